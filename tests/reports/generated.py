# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Intact reports of both RFCs, the same ones each time."""

import random

RESULTS = ("pass", "fail")
DKIM = ("none", "pass", "fail", "policy", "neutral", "temperror", "permerror")
SPF = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")
POLICIES = ("none", "quarantine", "reject")
REASONS = ("local_policy", "mailing_list", "other", "trusted_forwarder")


def generate(number, records=None):
    """Return a report as bytes: of RFC 9990 where the number is odd.

    :param records: how many, a few by default.
    """
    some = random.Random(number)
    is_new = bool(number % 2)
    space = ' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"' if is_new else ""
    begin = 1_600_000_000 + number * 86_400
    rows = "".join(
        _generate_record(some, is_new)
        for _time in range(some.randrange(1, 4) if records is None else records)
    )
    extra = (
        f"<discovery_method>{some.choice(('psl', 'treewalk'))}</discovery_method>"
        f"<testing>{some.choice('ny')}</testing>"
        if is_new
        else f"<pct>{some.randrange(101)}</pct>"
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feedback{space}><version>1.0</version>
<report_metadata><org_name>Receiver {number}</org_name>
<email>dmarc@receiver{number}.example</email>
<report_id>id-{number}.{some.randrange(10**9)}</report_id>
<date_range><begin>{begin}</begin><end>{begin + 86_399}</end></date_range>
{"" if some.random() < 0.8 else "<error>no policy &lt;found&gt;</error>"}
</report_metadata>
<policy_published><domain>acme{some.randrange(9)}.example</domain>
<p>{some.choice(POLICIES)}</p><sp>{some.choice(POLICIES)}</sp>
<adkim>{some.choice("rs")}</adkim><aspf>{some.choice("rs")}</aspf><fo>0</fo>{extra}
</policy_published>
{rows}</feedback>
""".encode()


def _generate_record(some, is_new):
    address = ".".join(str(some.randrange(1, 255)) for _time in range(4))
    if some.random() < 0.2:
        address = f"2001:db8::{some.randrange(1, 65535):x}"
    dispositions = (*POLICIES, "pass") if is_new else POLICIES
    reason = ""
    if some.random() < 0.3:
        kind = some.choice(REASONS[:3] if is_new else REASONS)
        reason = f"<reason><type>{kind}</type><comment>a &amp; b</comment></reason>"
    signatures = "".join(
        f"<dkim><domain>d{some.randrange(9)}.example</domain><selector>s"
        f"{some.randrange(9)}</selector><result>{some.choice(DKIM)}</result></dkim>"
        for _time in range(some.randrange(3))
    )
    return f"""<record><row><source_ip>{address}</source_ip>
<count>{some.randrange(1, 5000)}</count><policy_evaluated>
<disposition>{some.choice(dispositions)}</disposition>
<dkim>{some.choice(RESULTS)}</dkim><spf>{some.choice(RESULTS)}</spf>{reason}
</policy_evaluated></row>
<identifiers><envelope_to>receiver.example</envelope_to>
<envelope_from>b{some.randrange(9)}.example</envelope_from>
<header_from>h{some.randrange(9)}.example</header_from></identifiers>
<auth_results>{signatures}<spf><domain>b{some.randrange(9)}.example</domain>
<scope>mfrom</scope><result>{some.choice(SPF)}</result></spf></auth_results></record>
"""
