# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is wrong is told, what is right is left alone, and what is proposed is right.

Each row is checked, exactly what its records say is published, and it is checked again:
then it is green, or what is left is what the row names.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from odoo.tests import BaseCase

from ...mailauth.domain import check
from ...mailauth.domain.facts import Address, Facts, Server, SigningKey
from ..judgement import TO_DO, judge, list_faults, publish
from .test_check import (
    FACTS,
    KEEPS,
    KEY,
    OTHER_KEY,
    OWN,
    PUTS_OWN,
    ZONE,
    change,
    facts_of,
)

BAD = ("warning", "fail")
FINE = ("pass", "info")
REPORTED = replace(FACTS, report_address="reports@acme.example")
UNKNOWN = Server("relay")
UNSIGNED = facts_of(OWN, keys=())
NEW = "v=spf1 ip4:192.0.2.10 ~all"
INCLUDE = "include:_spf.provider.example"
REPORTS = "rua=mailto:d@acme.example"
OWN6 = Server("relay", addresses=(Address("2001:db8::10"),))


@dataclass(frozen=True)
class Row:
    """A domain, and what is right to say of it.

    :param case: what it is an example of.
    :param zone: what DNS has.
    :param facts: how its mails leave.
    :param now: by check, the worst status, or several of which one is right.
    :param value: by kind, what is to be published; "" where nothing is.
    :param types: by kind, the type of its records.
    :param shown: by kind, what is shown as present.
    :param said: by beginning of codes, evidence that the sentences name.
    :param noted: by kind, evidence that its records themselves name.
    :param unsaid: the same, what no sentence may name.
    :param alternative: by kind, the softer record that is offered, "" for none.
    :param left: by check, what is not green afterwards.
    :param open: the records that are not done afterwards, as "kind: state".
    :param domain: the domain that is checked.
    """

    case: str
    zone: dict
    facts: Facts = FACTS
    now: dict = field(default_factory=dict)
    value: dict = field(default_factory=dict)
    types: dict = field(default_factory=dict)
    shown: dict = field(default_factory=dict)
    said: dict = field(default_factory=dict)
    noted: dict = field(default_factory=dict)
    unsaid: dict = field(default_factory=dict)
    alternative: dict = field(default_factory=dict)
    left: dict = field(default_factory=dict)
    open: tuple = ()
    domain: str = "acme.example"


def spf(case, text, value, **fields):
    """Make a row about an SPF record."""
    records = [text] if isinstance(text, str | bytes | tuple) else text
    fields["value"] = {"spf": value} | fields.pop("value", {})
    return Row(case, fields.pop("zone", {}) or change(spf=records), **fields)


def dmarc(case, text, value, **fields):
    """Make a row about a DMARC record."""
    records = [text] if isinstance(text, str | bytes | tuple) else text
    fields["value"] = {"dmarc": value} | fields.pop("value", {})
    return Row(case, fields.pop("zone", {}) or change(dmarc=records), **fields)


FULL = f"v=spf1 {INCLUDE} ip4:192.0.2.10 -all"
TWO = "v=spf1 ip4:198.51.100.20 ip4:192.0.2.10 -all"
NO_SPF = {"spf_record": BAD, "spf_authorizes": "fail"}
UNREADABLE = {"spf_syntax": "fail", "spf_authorizes": "fail"}

MEANT_SPF = [
    spf("leading blank", f" {FULL}", FULL, now=NO_SPF, shown={"spf": f" {FULL}"}),
    spf("quotes typed in", f'"{FULL}"', FULL, now=NO_SPF, shown={"spf": f'"{FULL}"'},
        said={"spf": ("quot",)}),
    spf("v=spf1;", FULL.replace(" ", "; ", 1), FULL, now=NO_SPF),
    spf("tab", FULL.replace(" ", "\t", 1), FULL, now=NO_SPF,
        shown={"spf": FULL.replace(" ", "\\x09", 1)}),
    spf("no-break space", FULL.replace(" ", "\u00a0", 1), FULL, now=NO_SPF),
    spf("v=spf1ip4:", "v=spf1ip4:198.51.100.20 ip4:192.0.2.10 -all", TWO, now=NO_SPF),
    spf("ip4: x", TWO.replace("ip4:198", "ip4: 198"), TWO, now=UNREADABLE),
    spf("ip4:x-all", TWO.replace(" -all", "-all"), TWO, now=UNREADABLE),
    spf("ip4:x~all", "v=spf1 ip4:198.51.100.20 ip4:192.0.2.10~all",
        "v=spf1 ip4:198.51.100.20 ip4:192.0.2.10 ~all", now=UNREADABLE),
    spf("include._spf", FULL.replace("include:", "include."), FULL, now=UNREADABLE),
    spf("ipv4:", TWO.replace("ip4:198", "ipv4:198"), TWO, now=UNREADABLE),
    spf("trailing comma", TWO.replace(".20 ", ".20, "), TWO, now=UNREADABLE),
    spf("bare address", TWO.replace("ip4:198", "198"), TWO, now=UNREADABLE),
    spf("bare network", "v=spf1 198.51.100.0/28 ip4:192.0.2.10 -all",
        "v=spf1 ip4:198.51.100.0/28 ip4:192.0.2.10 -all", now=UNREADABLE),
    spf("strings that parse only with a blank between",
        ("v=spf1 ip4:198.51.100.20", "ip4:192.0.2.10 -all"), TWO, now=UNREADABLE),
    spf("strings that parse as they are",
        ("v=spf1 ip4:198.51.100.", "20 ip4:192.0.2.10 -all"), "",
        now={"spf_record": FINE, "spf_authorizes": "pass"}),
    spf("a foreign include behind a damaged term",
        f"v=spf1 ipv4:192.0.2.10 {INCLUDE} ~all",
        f"v=spf1 ip4:192.0.2.10 {INCLUDE} ~all", now=UNREADABLE),
    spf("qualifiers and order stay",
        ' v=spf1 -ip4:192.0.2.66 ?ip4:198.51.100.9 ip4:192.0.2.0/24 -all',
        "v=spf1 -ip4:192.0.2.66 ?ip4:198.51.100.9 ip4:192.0.2.0/24 -all", now=NO_SPF),
    spf("a server that the damaged record did not name",
        f' v=spf1 {INCLUDE} -all', f"v=spf1 {INCLUDE} ip4:192.0.2.10 -all", now=NO_SPF),
    spf("+all is ~all, and named", " v=spf1 ip4:192.0.2.10 +all", NEW, now=NO_SPF,
        noted={"spf": ("+all",)}),
    spf("a bare all is ~all, and named", "v=spf1 ip4:192.0.2.10 all", NEW,
        now={"spf_record": "fail"}, said={"spf": ("all",)}),
    spf("two records, one of them damaged", [FULL, " v=spf1 ip4:198.51.100.20 -all"],
        "", now={"spf_record": FINE}, said={"spf": ("198.51.100.20",)}),
    spf("two valid records", [FULL, "v=spf1 ip4:198.51.100.20 -all"],
        f"v=spf1 {INCLUDE} ip4:192.0.2.10 ip4:198.51.100.20 -all",
        now={"spf_single": "fail", "spf_authorizes": "fail"}),
    spf("two damaged records", [f" {FULL}", '"v=spf1 ip4:198.51.100.20 -all"'],
        f"v=spf1 {INCLUDE} ip4:192.0.2.10 ip4:198.51.100.20 -all", now=NO_SPF),
    spf("an address as a name", "v=spf1 a:198.51.100.20 ip4:192.0.2.10 -all", TWO),
    # What can't be mended for certain is left out, and named
    *(
        spf(f"left out and named: {term}", f"v=spf1 {term} ip4:192.0.2.10 -all",
            "v=spf1 ip4:192.0.2.10 -all", now=UNREADABLE, noted={"spf": (term,)})
        for term in (
            "ip4:198.51.100.20-198.51.100.30", "ip4:198.51.100.300", "ip4:198.51.100",
            "ip4:198.51.100.0/33", "ip6:2001:db8::/129", "include", "inlcude:x.test",
            "a:%{q}.example", "ip4:198.51.100.*",
        )
    ),
    spf("an include of itself", f"v=spf1 include:acme.example {INCLUDE}"
        " ip4:192.0.2.10 -all", f"v=spf1 {INCLUDE} ip4:192.0.2.10 -all",
        now={"spf_lookups": "fail"}, noted={"spf": ("include:acme.example",)}),
    spf("twice the same record", [FULL, FULL + " "], FULL, now={"spf_single": "fail"}),
    spf("a redirect that leads nowhere",
        "v=spf1 ip4:192.0.2.10 redirect=gone.provider.example", NEW,
        now={"spf_lookups": "fail"}, noted={"spf": ("gone.provider.example",)}),
    spf("ours is behind a term that refuses it",
        "v=spf1 -ip4:192.0.2.0/24 ip4:198.51.100.20 -all", None,
        now={"spf_authorizes": "fail"}, said={"spf": ("192.0.2.0/24",)},
        left={"spf_record": "warning", "spf_authorizes": "fail"},
        open=("spf: ask",)),
    # Not mended: shown, and asked
    spf("a term behind all", f"v=spf1 ip4:192.0.2.10 -all {INCLUDE}",
        "v=spf1 ip4:192.0.2.10 -all",
        noted={"spf": (INCLUDE,)}),
    spf("a domain that nobody has registered",
        "v=spf1 include:_spf.goggle-mail.test ip4:192.0.2.10 -all",
        "v=spf1 ip4:192.0.2.10 -all", now={"spf_lookups": "fail"},
        noted={"spf": ("_spf.goggle-mail.test",)}),
    spf("a misspelt name of a provider",
        "v=spf1 include:_sfp.provider.example ip4:192.0.2.10 -all",
        "v=spf1 ip4:192.0.2.10 -all", now={"spf_lookups": "fail"},
        noted={"spf": ("_sfp.provider.example",)}),
    spf("v=spf2.0", f"v=spf2.0 {INCLUDE} -all", NEW, said={"spf": ("v=spf2.0",)}),
    spf("xv=spf1", f"xv=spf1 {INCLUDE} -all", NEW, said={"spf": ("xv=spf1",)}),
    spf("#v=spf1", f"#v=spf1 {INCLUDE} -all", NEW, said={"spf": ("#v=spf1",)}),
    # A record that receivers ignored had no effect
    spf("-all that was never in force, and all is known", f" {FULL}", FULL,
        alternative={"spf": ""}),
    spf("-all that was never in force, and an address is not known",
        " v=spf1 ip4:198.51.100.20 -all", "v=spf1 ip4:198.51.100.20 -all",
        facts=facts_of(UNKNOWN), said={"spf": ("relay",)},
        alternative={"spf": "v=spf1 ip4:198.51.100.20 ~all"}),
    spf("cut at 255 characters",
        "v=spf1 " + " ".join(f"ip4:198.51.100.{n}" for n in range(100, 117))[:248],
        None, said={"spf": ("255",)}),
]  # fmt: skip

REJECT = f"v=DMARC1; p=reject; {REPORTS}"
MEANT_DMARC = [
    dmarc("leading blank", f" {REJECT}", REJECT, now={"dmarc_record": BAD},
          shown={"dmarc": f" {REJECT}"}),
    dmarc("quotes typed in", f'"{REJECT}"', REJECT, now={"dmarc_record": BAD},
          said={"dmarc": ("quot",)}),
    dmarc("escaped semicolons", REJECT.replace(";", "\\;"), REJECT,
          now={"dmarc_record": BAD}),
    dmarc("no semicolons", REJECT.replace(";", ""), REJECT, now={"dmarc_record": BAD}),
    dmarc("v=dmarc1", REJECT.replace("DMARC", "dmarc"), REJECT,
          now={"dmarc_record": BAD}),
    dmarc("commas", REJECT.replace(";", ","), REJECT, now={"dmarc_record": BAD}),
    dmarc("a second address after a semicolon", f"{REJECT}; e@acme.example",
          f"{REJECT},mailto:e@acme.example", now={"dmarc_record": BAD}),
    dmarc("rua twice", f"{REJECT}; rua=mailto:e@acme.example",
          f"{REJECT},mailto:e@acme.example", now={"dmarc_record": BAD}),
    dmarc("sp, np, alignment and ruf are kept",
          f'"v=DMARC1; p=quarantine; sp=reject; np=reject; adkim=s; aspf=s; {REPORTS};'
          ' ruf=mailto:f@acme.example"',
          f"v=DMARC1; p=quarantine; sp=reject; np=reject; adkim=s; aspf=s; {REPORTS};"
          " ruf=mailto:f@acme.example", now={"dmarc_record": BAD}),
    dmarc("names in capitals", "V=DMARC1; P=REJECT; RUA=mailto:d@acme.example", None,
          now={"dmarc_record": "info", "dmarc_policy": "pass", "dmarc_reports": "pass"},
          said={"dmarc": ("small letters",)}),
    dmarc("SP= in capitals is seen", f"v=DMARC1; p=reject; SP=none; {REPORTS}", None,
          now={"dmarc_policy": "info"}, said={"dmarc_policy": ("none",)}),
    dmarc("capitals and a fault", " V=DMARC1; P=REJECT; RUA=mailto:d@acme.example",
          REJECT),
    dmarc("pct=0", f"v=DMARC1; p=quarantine; pct=0; {REPORTS}",
          f"v=DMARC1; p=quarantine; pct=0; t=y; {REPORTS}"),
    dmarc("pct=0, published as proposed",
          f"v=DMARC1; p=quarantine; pct=0; t=y; {REPORTS}", "",
          now={"dmarc_record": "info", "dmarc_policy": "info"}),
    dmarc("pct=100", f"v=DMARC1; p=reject; pct=100; {REPORTS}", REJECT),
    dmarc("no mailto", "v=DMARC1; p=reject; rua=d@acme.example", REJECT,
          now={"dmarc_reports": BAD}),
    dmarc("mailto once",
          "v=DMARC1; p=reject; rua=mailto:d@acme.example,e@acme.example",
          f"{REJECT},mailto:e@acme.example", now={"dmarc_reports": BAD}),
    dmarc("an empty rua is ours", "v=DMARC1; p=reject; rua=",
          "v=DMARC1; p=reject; rua=mailto:reports@acme.example", facts=REPORTED),
    dmarc("an empty rua, and nobody reads reports", "v=DMARC1; p=reject; rua=",
          "v=DMARC1; p=reject"),
    dmarc("a damaged record, and reports to a domain that does not take them",
          " v=DMARC1; p=reject; rua=mailto:d@reports.example",
          "v=DMARC1; p=reject; rua=mailto:d@reports.example",
          now={"dmarc_record": BAD}, left={"dmarc_reports": "warning"}),
    dmarc("a near miss beside a valid record", [REJECT, " v=DMARC1; p=none"], "",
          now={"dmarc_policy": "pass"}, said={"dmarc": (" v=DMARC1; p=none",)}),
    dmarc("v=DMARC2", f"v=DMARC2; p=reject; {REPORTS}", "v=DMARC1; p=none",
          said={"dmarc": ("v=DMARC2",)}),
    dmarc("xv=DMARC1", f"xv=DMARC1; p=reject; {REPORTS}", "v=DMARC1; p=none",
          said={"dmarc": ("xv=DMARC1",)}),
    dmarc("#v=DMARC1", f"#v=DMARC1; p=reject; {REPORTS}", "v=DMARC1; p=none",
          said={"dmarc": ("#v=DMARC1",)}),
    dmarc("a policy that is none is no policy", f"v=DMARC1; p=block; {REPORTS}", "",
          left={"dmarc_record": BAD}, open=("dmarc: ask",),
          noted={"dmarc": ("p=block",)},
          unsaid={"dmarc_record": ("one valid",)}),
    dmarc("a policy that runs on from the version",
          f"v=DMARC1v=DMARC1p=reject; {REPORTS}", "", left={"dmarc_record": BAD},
          open=("dmarc: ask",), noted={"dmarc": ("p=reject",)}),
    dmarc("two policies in one record", f"v=DMARC1; p=none; p=reject; {REPORTS}",
          REJECT),
    dmarc("two records, one of them stricter",
          [f"v=DMARC1; p=none; sp=reject; {REPORTS}",
           "v=DMARC1; p=quarantine; rua=mailto:e@acme.example"],
          f"v=DMARC1; p=quarantine; sp=reject; {REPORTS},mailto:e@acme.example",
          now={"dmarc_record": "fail"}),
    dmarc("two records", [REJECT, "v=DMARC1; p=reject; rua=mailto:e@acme.example"],
          f"{REJECT},mailto:e@acme.example", now={"dmarc_record": "fail"}),
    dmarc("alignment in words", f"v=DMARC1; p=reject; adkim=strict; {REPORTS}",
          f"v=DMARC1; p=reject; adkim=s; {REPORTS}"),
    dmarc("no policy, but reports", f"v=DMARC1; {REPORTS}",
          f"v=DMARC1; p=none; {REPORTS}"),
    dmarc("an empty policy", f"v=DMARC1; p=; {REPORTS}",
          f"v=DMARC1; p=none; {REPORTS}"),
    dmarc("only the version", "v=DMARC1", "v=DMARC1; p=none"),
    dmarc("a policy for subdomains that is none",
          f"v=DMARC1; p=reject; sp=rejcet; {REPORTS}", "",
          left={"dmarc_record": BAD}, open=("dmarc: ask",),
          noted={"dmarc": ("sp=rejcet",)}),
    dmarc("reports to a domain that does not take them",
          "v=DMARC1; p=reject; rua=mailto:d@reports.example", "",
          now={"dmarc_reports": "warning"}, left={"dmarc_reports": "warning"}),
    # A record that receivers ignored had no effect
    dmarc("p=reject that was never in force, and all is known to align", f" {REJECT}",
          REJECT, alternative={"dmarc": ""}),
    dmarc("p=reject that was never in force, and a server would fail", f" {REJECT}",
          REJECT, facts=facts_of(OWN, replace(OWN, name="old"), UNKNOWN, keys=()),
          said={"dmarc": ("relay",)},
          alternative={"dmarc": f"v=DMARC1; p=none; {REPORTS}"}),
]  # fmt: skip


def alias(target, *records):
    """Return the zone with a CNAME in the place of its DMARC record."""
    zone = change(dmarc=None) | {("_dmarc.acme.example", "CNAME"): [target]}
    return zone | ({(target, "TXT"): list(records)} if records else {})


VENDOR = "acme.dmarc.vendor.example"
ALIASES = [
    dmarc("a vendor's record", None, "", zone=alias(VENDOR, REJECT),
          now={"dmarc_record": FINE, "dmarc_policy": "pass"}),
    dmarc("a vendor's record that is damaged", None, None,
          zone=alias(VENDOR, f" {REJECT}"), now={"dmarc_record": BAD},
          said={"dmarc": (VENDOR,)}, left={"dmarc_record": BAD},
          open=("dmarc: ask",)),
    dmarc("a CNAME that leads nowhere", None, None, zone=alias(VENDOR),
          now={"dmarc_record": BAD}, said={"dmarc": (VENDOR,)},
          left={"dmarc_record": BAD}, open=("dmarc: ask",)),
]  # fmt: skip

LONG = " ".join(f"include:i{n}.example" for n in range(12))
LONG_ZONE = {(f"i{n}.example", "TXT"): [f"v=spf1 ip4:203.0.113.{n}"] for n in range(12)}
DEEP = LONG_ZONE | {
    ("deep.example", "TXT"): [
        "v=spf1 include:d1.example include:d2.example include:d3.example"
        " include:d4.example -all"
    ],
    **{(f"d{n}.example", "TXT"): ["v=spf1 a:mx.acme.example -all"] for n in range(5)},
}
DEEPER = "include:deep.example include:i1.example"
TLS_REPORTS = "v=TLSRPTv1; rua=mailto:d@acme.example"
SUB = "_dmarc.mail.acme.example"
SUB_ZONE = change() | {
    ("mail.acme.example", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
    ("mail.acme.example", "MX"): [(10, "mx.acme.example")],
    ("s1._domainkey.mail.acme.example", "TXT"): [KEY],
}
WORKS = [
    Row("a key with a note", change(key=[KEY.replace("; p=", '; n="a note"; p=')]),
        now={"dkim_key": FINE}, value={"dkim": ""}),
    Row("void lookups of one term",
        change(spf=["v=spf1 mx ip6:2001:db8::10 -all"],
               mx=[(n, f"mx{n}.acme.example") for n in (1, 2, 3)])
        | {(f"mx{n}.acme.example", "A"): ["192.0.2.20"] for n in (1, 2, 3)}
        | {("0.1.0.0." + "0." * 20 + "8.b.d.0.1.0.0.2.ip6.arpa", "PTR"): ["x.example"]},
        facts=facts_of(OWN6), now={"spf_authorizes": "pass", "spf_lookups": "pass"},
        value={"spf": ""}),
    Row("v= is not first", change(key=["k=ed25519; v=DKIM1; " + KEY.split("; ")[-1]]),
        now={"dkim_key": "warning"}, unsaid={"dkim": ("no verifier",)}),
    Row("h=SHA256", change(key=[KEY.replace("; p=", "; h=SHA256; p=")]),
        now={"dkim_key": "warning"}, value={"dkim": KEY}),
    Row("an unknown tag", change(key=[KEY.replace("; p=", "; x=y; p=")]),
        now={"dkim_key": FINE}),
    Row("missing padding", change(key=[KEY.rstrip("=")]),
        now={"dkim_key": "warning"}, value={"dkim": KEY}),
]  # fmt: skip


def rsa_key(bits):
    """Return the record of a key of so many bits; nobody has its private half."""
    numbers = RSAPublicNumbers(65537, 1 << (bits - 1) | 0x9F3B)
    kind = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    data = numbers.public_key().public_bytes(*kind)
    return f"v=DKIM1; k=rsa; p={b64encode(data).decode()}"


LONG_KEY, RSA_KEY = rsa_key(5120), rsa_key(2048)
WORKS += [
    Row("more than 4096 bits", change(key=[LONG_KEY]),
        facts_of(OWN, keys=(SigningKey("s1", LONG_KEY),)),
        now={"dkim_key": "warning", "dmarc_alignment": "pass"}, value={"dkim": ""},
        left={"dkim_key": "warning"}),
    Row("two strings of a key", change(key=[(RSA_KEY[:255], RSA_KEY[255:])]),
        facts_of(OWN, keys=(SigningKey("s1", RSA_KEY),)), now={"dkim_key": "pass"}),
    Row("a policy of the domain above", SUB_ZONE, domain="mail.acme.example",
        now={"dmarc_record": "pass", "dmarc_policy": "pass"}, value={"dmarc": ""}),
]  # fmt: skip

MIND = replace(
    OWN, name="Office", provider="Microsoft 365", from_policy="refuse", is_mailbox=True,
    login="odoo@acme.example", from_filter="odoo@acme.example",
)  # fmt: skip
BROKEN = [
    Row("a filter of one address, and another default", ZONE,
        replace(facts_of(MIND), default_from="notifications@acme.example"),
        now={"sender": "warning"}, left={"sender": "warning"},
        said={"sender": ("odoo@acme.example", "notifications@acme.example")}),
    Row("a filter of one address, and the default is it", ZONE,
        replace(facts_of(MIND), default_from="odoo@acme.example"),
        now={"sender": "pass"}),
    Row("our key cut at 255 characters", change(key=[RSA_KEY[:255]]),
        facts_of(OWN, keys=(SigningKey("s1", RSA_KEY),)), now={"dkim_key": "fail"},
        value={"dkim": RSA_KEY}, said={"dkim": ("255",)}),
    Row("our key in quotes", change(key=[f'"{KEY}"']), now={"dkim_key": "fail"},
        value={"dkim": KEY}, said={"dkim": ("quot",)}),
    dmarc("cut at 255 characters",
          (f"v=DMARC1; p=reject; {REPORTS}," + ",".join(
              f"mailto:reports{n}@acme.example" for n in range(9)))[:255],
          None, said={"dmarc": ("255",)}, now={"dmarc_record": BAD}),
    Row("two records of a subdomain", SUB_ZONE
        | {(SUB, "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=quarantine"]},
        domain="mail.acme.example", now={"dmarc_record": "warning"},
        shown={"dmarc": "v=DMARC1; p=none\nv=DMARC1; p=quarantine"},
        said={"dmarc": ("policy of acme.example instead", "older ones apply none")}),
    Row("v=dmarc1 of a subdomain", SUB_ZONE
        | {(SUB, "TXT"): ["v=dmarc1; p=quarantine; rua=mailto:d@acme.example"]},
        domain="mail.acme.example", now={"dmarc_record": "warning"},
        shown={"dmarc": "v=dmarc1; p=quarantine; rua=mailto:d@acme.example"},
        said={"dmarc": ("policy of acme.example applies instead",)}),
    dmarc("np=none", f"v=DMARC1; p=reject; np=none; {REPORTS}", "",
          now={"dmarc_policy": ("info", "warning")}, said={"dmarc_policy": ("np",)}),
    dmarc("psd=y", f"v=DMARC1; p=reject; psd=y; {REPORTS}", None,
          now={"dmarc_record": ("info", "warning")}, said={"dmarc": ("psd",)}),
    dmarc("fo=0:1", f"{REJECT}; ruf=mailto:f@acme.example; fo=0:1", "",
          now={"dmarc_record": "info"}, said={"dmarc": ("fo",)}),
    dmarc("fo=0:1 without ruf", f"{REJECT}; fo=0:1", None,
          now={"dmarc_record": "info"}),
    dmarc("!10p", f"v=DMARC1; p=reject; {REPORTS}!10p", None,
          now={"dmarc_reports": "warning"}, said={"dmarc": ("!10p",)}),
    dmarc("!10m", f"v=DMARC1; p=reject; {REPORTS}!10m", None,
          now={"dmarc_reports": FINE}),
    dmarc("mailto://", "v=DMARC1; p=reject; rua=mailto://d@acme.example", REJECT,
          now={"dmarc_reports": "warning"}),
    dmarc("an address that is none", "v=DMARC1; p=reject; rua=mailto:d@(x)", None,
          now={"dmarc_reports": "warning"}, said={"dmarc": ("d@(x)",)}),
    # Includes, and too many lookups
    spf("an include that leads nowhere", "v=spf1 include:gone.provider.example -all",
        "v=spf1 ip4:192.0.2.10 -all", now={"spf_lookups": "fail"},
        noted={"spf": ("gone.provider.example",)}),
    spf("an include of a name without SPF",
        "v=spf1 include:mx.acme.example ip4:192.0.2.10 -all",
        "v=spf1 ip4:192.0.2.10 -all", now={"spf_lookups": "fail"},
        noted={"spf": ("mx.acme.example",)}),
    *(
        spf(f"an include that DNS does not answer: {failure}", [],
            f"v=spf1 ip4:192.0.2.10 {INCLUDE} -all",
            zone=change(spf=[f"v=spf1 {INCLUDE} -all"], provider=failure),
            left={"spf_lookups": "temperror"}, open=("spf: unknown",))
        for failure in ("timeout", "servfail")
    ),
    spf("too many lookups", f"v=spf1 {LONG} -all",
        f"v=spf1 {LONG} -all".replace("include:i10", "ip4:192.0.2.10 include:i10"),
        zone=change(spf=[f"v=spf1 {LONG} -all"]) | LONG_ZONE,
        now={"spf_lookups": "fail", "spf_authorizes": "fail"},
        left={"spf_lookups": "fail"}, open=("spf: ask",)),
    spf("too many lookups, and a provider's term would cost one more", [], "",
        zone=change(spf=[f"v=spf1 {LONG} -all"]) | LONG_ZONE, facts=Facts((KEEPS,)),
        noted={"spf": (INCLUDE,)}, left={
            "spf_record": BAD, "spf_lookups": "fail", "spf_authorizes": "fail"},
        open=("spf: ask", "dkim: ask")),
    spf("what is needed pushes nothing needed behind the tenth lookup", [],
        f"v=spf1 ip4:198.51.100.20 mx {INCLUDE} ip4:192.0.2.10 include:deep.example"
        " ~all", zone=change(
            spf=["v=spf1 ipv4:198.51.100.20 mx include:deep.example +all"]) | DEEP,
        facts=facts_of(OWN, KEEPS), left={"spf_lookups": "fail"},
        open=("spf: ask", "dkim: ask")),
    spf("what is needed pushes nobody who passes behind the tenth lookup", [],
        f"v=spf1 {DEEPER} ~all",
        zone=change(spf=[f"v=spf1 {DEEPER} redirect=gone.test"]) | DEEP,
        facts=Facts((KEEPS,)), noted={"spf": (INCLUDE, "gone.test")},
        left={"spf_record": BAD, "spf_authorizes": "fail"},
        open=("spf: ask", "dkim: ask")),
    # All alone
    spf("~all alone", "v=spf1 ~all", "", facts=facts_of(UNKNOWN),
        now={"spf_record": BAD, "spf_authorizes": "fail"},
        left={"spf_record": BAD, "spf_authorizes": "fail"}, open=("spf: ask",)),
    spf("-all alone", "v=spf1 -all", "", facts=facts_of(UNKNOWN),
        now={"spf_authorizes": "fail"},
        left={"spf_record": BAD, "spf_authorizes": "fail"},
        open=("spf: ask",)),
    spf("?all alone", "v=spf1 ?all", "", facts=facts_of(UNKNOWN),
        now={"spf_authorizes": "fail"},
        left={"spf_record": BAD, "spf_authorizes": "fail"},
        open=("spf: ask",)),
    spf("+all alone", "v=spf1 +all", "", facts=facts_of(UNKNOWN),
        now={"spf_record": "fail"}, left={"spf_record": "fail"}, open=("spf: ask",)),
    spf("a bare version", "v=spf1", "", facts=facts_of(UNKNOWN),
        now={"spf_authorizes": "fail"},
        left={"spf_record": BAD, "spf_authorizes": "fail"}, open=("spf: ask",)),
    spf("no record, and nothing is known", [], "", facts=facts_of(UNKNOWN),
        now={"spf_record": "fail", "spf_authorizes": "fail"},
        left={"spf_record": "fail", "spf_authorizes": "fail"}, open=("spf: ask",)),
    spf("no record, and a private address", [], "",
        facts=facts_of(Server("relay", addresses=(Address("10.0.0.5"),))),
        left={"spf_record": "fail", "spf_authorizes": "fail"}, open=("spf: ask",)),
    # Green is true
    Row("an address that is not known", ZONE, facts=facts_of(UNKNOWN),
        now={"spf_authorizes": "info", "ptr": "info"}, said={"spf": ("relay",)}),
    Row("two SPF records, no key and p=reject", change(spf=[FULL, "v=spf1 mx -all"]),
        facts=facts_of(UNKNOWN, keys=()),
        now={"dmarc_alignment": "fail", "spf_authorizes": "fail"}),
    Row("no SPF record, no key and p=reject", change(spf=None),
        facts=facts_of(UNKNOWN, keys=()),
        now={"dmarc_alignment": "fail", "spf_authorizes": "fail"},
        left={"spf_record": "fail", "dmarc_alignment": "fail",
              "spf_authorizes": "fail"}, open=("spf: ask",)),
    Row("a guess, two SPF records, no key and p=reject",
        change(spf=[FULL, "v=spf1 mx -all"]),
        facts=facts_of(Server("relay", addresses=(Address("192.0.2.10", False),)),
                       keys=()),
        now={"dmarc_alignment": "fail", "spf_authorizes": "fail"}),
    Row("no name of the address", change(ptr=None), now={"ptr": "fail"},
        said={"ptr": ("192.0.2.10",)}),
    *(
        Row(f"{ip} is not seen by receivers",
            change(spf=[f"v=spf1 {kind}:{ip} ip4:192.0.2.10 -all"]),
            facts=facts_of(Server("relay", addresses=(Address(ip),))),
            now={"spf_authorizes": ("info", "warning", "fail"), "ptr": "info"},
            value={"spf": ""}, said={"spf_authorizes": (ip.removeprefix("::ffff:"),)})
        for kind, ip in (
            ("ip4", "10.0.0.5"), ("ip6", "::ffff:10.0.0.5"), ("ip4", "100.64.0.1"),
            ("ip4", "169.254.1.1"), ("ip6", "fe80::1"), ("ip4", "224.0.0.1"))
    ),
    # What is optional
    *(
        Row(f"TLS reports: {damaged}", change(tls=[damaged]), facts=REPORTED,
            now={"tls_rpt": BAD}, value={"tls_rpt": TLS_REPORTS},
            shown={"tls_rpt": damaged})
        for damaged in (f'"{TLS_REPORTS}"', f" {TLS_REPORTS}")
    ),
    # DNS itself
    Row("a domain that does not exist", {("example", "NS"): ["ns.example"]},
        now={"domain_exists": "fail"}, value={"spf": "", "dkim": "", "dmarc": ""},
        said={"domain": ("regist",)}, left={"domain_exists": "fail"}),
    Row("another key is there", change(key=[OTHER_KEY]), value={"dkim": KEY},
        now={"dkim_key": "fail"}),
    Row("a draft beside a key that signs", ZONE,
        facts=facts_of(OWN, keys=(*FACTS.keys, SigningKey(
            "s2", OTHER_KEY, "ed25519", active=False, published=False))),
        now={"dkim_key": FINE}, value={"dkim": ""}),
    *(
        Row(f"at the doubled name: {what}", change(**{what: None}) | {
            (f"{name}.acme.example", "TXT"): ZONE[(name, "TXT")]},
            said={kind: (f"{name}.acme.example",)})
        for what, kind, name in (
            ("spf", "spf", "acme.example"),
            ("key", "dkim", "s1._domainkey.acme.example"),
            ("dmarc", "dmarc", "_dmarc.acme.example"))
    ),
]  # fmt: skip

MICROSOFT = Server(
    "Office", provider="Microsoft 365", spf_term=INCLUDE, signs=True,
    selectors=("selector1", "selector2"), wants_cnames=True, needs_all_selectors=True,
    signing_seen=True,
)  # fmt: skip
TENANT = {
    name: f"{name}-acme-example._domainkey.acme.onmicrosoft.example"
    for name in ("selector1", "selector2")
}
TYPED = replace(MICROSOFT, cname_targets=tuple(TENANT.items()))
MAILGUN = Server(
    "Mailgun", provider="Mailgun", envelope="subdomain", signs=True,
    envelope_domain="mg.acme.example", spf_term=INCLUDE, selectors=("k1",),
    signs_as="subdomain", signing_domain="mg.acme.example", signing_seen=True,
)  # fmt: skip


def aliases(*selectors, **keys):
    """Return the zone with CNAMEs of selectors, and with keys where they lead."""
    found = {
        (f"{name}._domainkey.acme.example", "CNAME"): [TENANT[name]]
        for name in selectors
    }
    found |= {(TENANT[name], "TXT"): [key] for name, key in keys.items()}
    tenant = {("onmicrosoft.example", "NS"): ["ns.onmicrosoft.example"]}
    return change(key=None, spf=[f"v=spf1 {INCLUDE} -all"]) | tenant | found


def mailgun(**records):
    zone = change(**records) | {
        ("mg.acme.example", "TXT"): [f"v=spf1 {INCLUDE} ~all"],
        ("mg.acme.example", "MX"): [(10, "mx.acme.example")],
        ("k1._domainkey.mg.acme.example", "TXT"): [KEY],
    }
    return {key: value for key, value in zone.items() if value is not None}


BOTH = ("selector1", "selector2")
PROVIDERS = [
    Row("both selectors are live", aliases(*BOTH, selector1=KEY, selector2=OTHER_KEY),
        Facts((MICROSOFT,)), now={"dkim_key": "pass", "dmarc_alignment": "pass"},
        value={"dkim": ""}),
    Row("the next key is not there yet", aliases(*BOTH, selector1=KEY),
        Facts((MICROSOFT,)), now={"dkim_key": FINE, "dmarc_alignment": "pass"},
        value={"dkim": ""}),
    Row("the other one is live", aliases(*BOTH, selector2=KEY), Facts((MICROSOFT,)),
        now={"dkim_key": FINE, "dmarc_alignment": "pass"}, value={"dkim": ""}),
    Row("the other one is retired",
        aliases(*BOTH, selector1=KEY, selector2="v=DKIM1; p="), Facts((MICROSOFT,)),
        now={"dkim_key": FINE}, value={"dkim": ""}),
    Row("the CNAME of the next key is missing", aliases("selector1", selector1=KEY),
        Facts((MICROSOFT,)), now={"dkim_key": "warning"}, types={"dkim": "CNAME"},
        left={"dkim_key": "warning"}, open=("dkim: ask",)),
    Row("and what it leads to is known", aliases("selector1", selector1=KEY),
        Facts((TYPED,)), now={"dkim_key": "warning"}, types={"dkim": "CNAME"},
        value={"dkim": TENANT["selector2"]}),
    Row("it needs one selector only", aliases("selector1", selector1=KEY),
        Facts((replace(MICROSOFT, needs_all_selectors=False),)),
        now={"dkim_key": FINE}),
    Row("nothing is there, and what it leads to is known", aliases(selector1=KEY),
        Facts((TYPED,)), now={"dkim_key": "fail"}, types={"dkim": "CNAME"},
        value={"dkim": "\n".join(TENANT.values())}),
    Row("nothing is there, and what it leads to is not known", aliases(),
        Facts((MICROSOFT,)), now={"dkim_key": "fail"}, types={"dkim": "CNAME"},
        value={"dkim": ""}, left={"dkim_key": "fail"}, open=("dkim: ask",)),
    Row("a CNAME that leads elsewhere",
        aliases(*BOTH, selector1=KEY)
        | {("selector1._domainkey.acme.example", "CNAME"): ["old.example"]},
        Facts((TYPED,)), now={"dkim_key": "fail"}, types={"dkim": "CNAME"},
        value={"dkim": TENANT["selector1"]}, said={"dkim": ("old.example",)}),
    Row("published, and not yet seen on a mail",
        aliases(*BOTH, selector1=KEY, selector2=OTHER_KEY),
        Facts((replace(MICROSOFT, signing_seen=False),)),
        now={"dkim_key": "info", "dmarc_alignment": "pass"},
        said={"dkim": ("not yet seen",)}),
    Row("published, not yet seen on a mail, and SPF does not help",
        aliases(*BOTH, selector1=KEY, selector2=OTHER_KEY),
        Facts((replace(MICROSOFT, signing_seen=False, envelope="provider"),)),
        now={"dkim_key": "info", "dmarc_alignment": "info"}),
    Row("a subdomain signs", mailgun(), Facts((MAILGUN,)),
        now={"dkim_key": "pass", "dmarc_alignment": "pass"}, value={"dkim": ""}),
    Row("a subdomain signs, and DMARC is strict",
        mailgun(dmarc=[f"v=DMARC1; p=reject; adkim=s; aspf=s; {REPORTS}"]),
        Facts((MAILGUN,)), now={"dkim_key": "pass", "dmarc_alignment": "fail"},
        left={"dmarc_alignment": "fail"}),
    Row("a key of theirs in quotes", change(key=[f'"{KEY}"']),
        Facts((replace(KEEPS, selectors=("s1",), signing_seen=True),)),
        now={"dkim_key": "fail"}, types={"dkim": "TXT"}, value={"dkim": KEY}),
    Row("a key of theirs that is cut off", change(key=[KEY[:-9]]),
        Facts((replace(KEEPS, selectors=("s1",), signing_seen=True),)),
        now={"dkim_key": "fail"}, value={"dkim": ""}, left={"dkim_key": "fail"},
        open=("dkim: ask",)),
]  # fmt: skip

ROWS = {
    "SPF, as it was meant": MEANT_SPF,
    "DMARC, as it was meant": MEANT_DMARC,
    "CNAMEs": ALIASES,
    "keys of providers": PROVIDERS,
    "what works": WORKS,
    "what is broken": BROKEN,
}
# What a program calls something has no place in a sentence; names of DNS have.
_CODE = re.compile(r"(?<![\w.@/-])[a-z]+(?:_[a-z]+)+(?![\w.])|nxdomain|noerror")
# Sentences that can't be true at once.
CONTRADICTIONS = (("There is one valid DMARC record", "This is not a policy"),)


class TestJudgement(BaseCase):
    def setUp(self):
        super().setUp()
        # Nothing is slow here.
        self.startPatcher(patch.object(check, "HEAD_START", 0))

    def test_rows(self):
        for part, rows in ROWS.items():
            for row in rows:
                with self.subTest(part, case=row.case):
                    self._check_row(row)

    def _check_row(self, row):
        before = judge(row.zone, row.facts, row.domain)
        self._check_now(row, before)
        self._check_after(row, publish(before))
        softer = {r.kind: (r.alternative,) for r in before.records if r.alternative}
        if softer:
            self._check_after(row, publish(before, softer))

    def _check_after(self, row, zone):
        self.assertEqual(list(list_faults(zone)), [])
        after = judge(zone, row.facts, row.domain)
        told = (after.to_do, after.said())
        self.assertEqual(set(after.to_do), set(row.left), told)
        for code, status in row.left.items():
            self.assertIn(after.statuses[code], _several(status), code)
        self.assertEqual(after.open_records, set(row.open))

    def _check_now(self, row, before):
        for code, status in row.now.items():
            self.assertIn(before.statuses[code], _several(status), code)
        for kind, value in row.value.items():
            if value is not None:
                self.assertEqual(before.proposals(kind), value, kind)
        for kind, rdtype in row.types.items():
            types = {record.rdtype for record in before.of_kind(kind)}
            self.assertEqual(types, {rdtype})
        for kind, shown in row.shown.items():
            (record,) = before.of_kind(kind)
            self.assertEqual("\n".join(record.current), shown)
        for kind, value in row.alternative.items():
            (record,) = before.of_kind(kind)
            self.assertEqual(record.alternative, value)
        for kind, words in row.said.items():
            for word in words:
                self.assertIn(word, before.said(kind))
        for kind, words in row.noted.items():
            for word in words:
                self.assertIn(word, before.noted(kind))
        for kind, words in row.unsaid.items():
            for word in words:
                self.assertNotIn(word, before.said(kind))
        self._check_sentences(before.said())

    def _check_sentences(self, said):
        self.assertEqual(_CODE.findall(said), [], said)
        for one, other in CONTRADICTIONS:
            self.assertFalse(one in said and other in said, said)

    def test_dns_is_silent(self):
        """Nothing is known, so nothing is proposed."""
        zone = {(name, "ANY"): "timeout" for name, _rdtype in ZONE}
        outcome = judge(zone, FACTS)
        self.assertFalse({"pass", "warning", "fail"} & set(outcome.statuses.values()))
        self.assertEqual([r for r in outcome.records if r.state in TO_DO], [])
        self._check_sentences(outcome.said())

    def test_facts_without_servers(self):
        """A domain that sends nothing is right as it is."""
        zone = change(spf=["v=spf1 -all"])
        self.assertEqual(judge(zone, Facts()).proposals("spf"), "")
        self.assertEqual(judge(change(spf=None), facts_of(PUTS_OWN)).of_kind("spf"), [])


def _several(status):
    return (status,) if isinstance(status, str) else status
