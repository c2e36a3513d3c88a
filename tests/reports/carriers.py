# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails that bring reports, as reporters send them. Never imports odoo."""

from base64 import encodebytes
from xml.sax.saxutils import escape

from ...mailauth.dkim.key import get_public_key
from ...mailauth.dkim.record import record_value
from ...mailauth.dkim.sign import Signer, sign_message
from ..keys import make_rsa
from .samples import gzipped

REPORTER = "receiver.example"
SIGNER = Signer(REPORTER, "s1", make_rsa())
ZONE = {
    (f"s1._domainkey.{REPORTER}", "TXT"): [record_value(get_public_key(SIGNER.key))]
}
BEGIN = 1_772_409_600  # 2026-03-02 00:00 UTC
_ROW = """<record><row><source_ip>{}</source_ip><count>{}</count><policy_evaluated>
<disposition>{}</disposition><dkim>{}</dkim><spf>{}</spf></policy_evaluated></row>
<identifiers><envelope_from>{}</envelope_from><header_from>{}</header_from></identifiers>
<auth_results><spf><domain>{}</domain><scope>mfrom</scope><result>{}</result></spf>
</auth_results></record>
"""


def make_report(
    *rows,
    domain="acme.example",
    begin=BEGIN,
    end=None,
    org=REPORTER,
    number="4711",
    email=f"noreply-dmarc@{REPORTER}",
):
    """Return a report of RFC 7489 as bytes.

    :param rows: (address, count, "pass" or "fail" of DKIM, of SPF, disposition, domain
        in From), the last two where they are others than "none" and the domain.
    """
    records = ""
    for ip, count, dkim, spf, *more in rows or [("192.0.2.25", 12, "pass", "fail")]:
        disposition, name = (*more, *("none", domain)[len(more) :])
        cells = (ip, count, disposition, dkim, spf, name, name, name, spf)
        records += _ROW.format(*(escape(str(one)) for one in cells))
    end = begin + 86_399 if end is None else end
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feedback><version>1.0</version><report_metadata><org_name>{escape(org)}</org_name>
<email>{email}</email><report_id>{number}</report_id>
<date_range><begin>{begin}</begin><end>{end}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>none</p>
<sp>none</sp><pct>100</pct></policy_published>
{records}</feedback>
""".encode()


def carry(data=None, author=f"noreply-dmarc@{REPORTER}", is_signed=True, **options):
    """Return a mail with a report as bytes.

    :param bytes data: the file; by default a report, packed.
    :param options: ``to``, ``subject``, ``name`` and ``content_type`` of the file, and
        ``more``: further header fields; ``signed_by``: the domain that signs.
    """
    domain = author.rpartition("@")[2].strip(">")
    data = gzipped(make_report()) if data is None else data
    name = options.get("name", f"{domain}!acme.example!{BEGIN}!{BEGIN + 86_399}.xml.gz")
    kind = options.get("content_type", "application/gzip")
    subject = options.get("subject", f"Report Domain: acme.example Submitter: {domain}")
    head = (
        f"From: {author}\nTo: {options.get('to', 'dmarc-reports@acme.example')}\n"
        f"Subject: {subject}\nDate: Tue, 03 Mar 2026 00:10:00 +0000\n"
        f"Message-ID: <{options.get('number', 1)}@{domain}>\nMIME-Version: 1.0\n"
        f"{options.get('more', '')}"
    )
    body = (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: text/plain\n\n"
        f'This is a report.\n--b\nContent-Type: {kind}; name="{name}"\n'
        f'Content-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{encodebytes(data).decode()}--b--\n"
    )
    raw = (head + body).replace("\n", "\r\n").encode()
    signer = Signer(options.get("signed_by", REPORTER), "s1", SIGNER.key)
    return sign_message(raw, [signer], BEGIN) if is_signed else raw


def pass_on(raw, to="sales@acme.example", more=()):
    """Return a mail that somebody has attached another one to, or several."""
    head = (
        f"From: Bob <bob@customer.example>\r\nTo: {to}\r\nSubject: Fwd: a report\r\n"
        "Message-ID: <7@customer.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
        "Content-Type: text/plain\r\n\r\nSee below.\r\n--outer"
    )
    begin = b"\r\nContent-Type: message/rfc822\r\n\r\n"
    attached = b"".join(begin + one + b"\r\n--outer" for one in (raw, *more))
    return head.encode() + attached + b"--\r\n"
