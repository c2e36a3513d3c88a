# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the way of a message, and how it came in, changes about its verdict."""

import asyncio

from odoo.tests import BaseCase

from ...mailauth.message.check import check_message
from ..common import ZoneResolver
from ..messages import build
from . import ways

BODY = "Grüße\r\n".encode()
FIELDS = {
    "Content-Transfer-Encoding": "8bit",
    "Date": "Thu, 26 Nov 2026 11:59:58 +0000",
}
SIGNED = build.sign(build.compose(FIELDS, BODY))
HEADER = (ways.PATH + ways.POSTFIX).replace("\n", "\r\n").encode()
FILTERED = ways.PATH + ways.make_filtered("auth=pass smtp.auth=acme", "fail")
SILENT = (
    f"Received: from mail.acme.example by mx.other.example with ESMTP id 1{ways.DATE}\n"
)
CONVERTED = "X-MIME-Autoconverted: from 8bit to base64 by x\n"
ZONE = {
    ("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none"],
    ("s1._domainkey.acme.example", "TXT"): [build.make_record("s1")],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["mail.acme.example"],
    ("mail.acme.example", "A"): ["192.0.2.1"],
}
# (case, the message as it came in, the result of the signature, a finding, a reason)
CASES = [
    ("POP", (HEADER + SIGNED).replace(b"\r\n", b"\n"), "pass", "", ""),
    ("a pipe", b"From zoe Thu Nov 26\n" + HEADER + SIGNED, "pass", "", ""),
    (
        "a pipe in another locale",
        (HEADER + SIGNED).decode("latin-1").replace("\r", "").encode(),
        "unknown",
        "dkim_unsure",
        "signature_eight_bit",
    ),
    (
        "another letter",
        (HEADER + SIGNED).replace("ß".encode(), "ä".encode()),
        "fail",
        "dkim_body_changed",
        "signature_body_changed",
    ),
    (
        "only the header",
        (HEADER + SIGNED).partition(b"\r\n\r\n")[0] + b"\r\n",
        "unknown",
        "dkim_unsure",
        "signature_cut",
    ),
    (
        "encoded anew",
        CONVERTED.encode() + HEADER + SIGNED.replace(BODY, b"R3LDvMOfZQ==\r\n"),
        "fail",
        "dkim_body_changed",
        "signature_converted",
    ),
    (
        "a receiver that notes no address",
        (ways.PATH + SILENT).encode() + SIGNED,
        "pass",
        "client_unknown",
        "client_not_told",
    ),
    ("a filter", FILTERED.encode() + SIGNED, "pass", "spf_fails", "spf_by_filter"),
    (
        "forwarded",
        (ways.PATH + ways.FORWARDER).encode() + SIGNED,
        "pass",
        "spf_fails",
        "spf_forwarded",
    ),
]


class TestWayFindings(BaseCase):
    def test_cases(self):
        for case, raw, word, code, why in CASES:
            with self.subTest(case=case):
                question = raw, None, None, None, ZoneResolver(ZONE)
                result = asyncio.run(check_message(*question))
                self.assertEqual([one.result for one in result.dkim], [word])
                found = {one.code: one for one in result.findings}
                if code:
                    self.assertIn(code, found)
                    self.assertIn(why, [each.code for each in found[code].why])
                else:
                    self.assertEqual((result.grade, found), ("A", {}))
