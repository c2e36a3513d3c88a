# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The same key records and signatures, judged by us, by dkimpy and by OpenDKIM."""

from pathlib import Path

import dkim

from odoo.tests import BaseCase

from ...mailauth.dkim.key import get_public_key
from ...mailauth.dkim.record import record_value
from ...mailauth.dkim.sign import sign_message
from ...mailauth.dkim.verify import verify_dkim
from .. import opendkim
from ..common import ZoneResolver, run
from ..dkim_common import DOMAIN, NOW, SIGNERS, ZONE, build_message, dkimpy_verifies
from .by_hand import sign_by_hand

NAME = f"s1._domainkey.{DOMAIN}"
P = record_value(get_public_key(SIGNERS[0].key)).partition("p=")[2]
# (section of RFC 6376, the record, our problem, whether dkimpy and OpenDKIM take it)
RECORDS = [
    ("3.6.1", f"v=DKIM1; p={P}", "", True, True),
    ("3.6.1", f'v=DKIM1; n="a note"; p={P}', "", True, True),
    ("3.6.1", f"v=DKIM1; h=sha1; p={P}", "key_hash", True, False),
    ("3.6.1", f"v=DKIM1; h=SHA256; p={P}", "key_hash", True, True),
    ("3.6.1", f"k=rsa; v=DKIM1; p={P}", "key_version", True, True),
    ("3.6.1", f"v=DKIM1; t=y; p={P}", "key_testing", True, True),
    ("3.2", f"v=DKIM1; a-b=1; p={P}", "key_syntax", True, True),
    ("3.2", f"v=DKIM1; p={P}; p={P}", "key_syntax", False, True),
    ("3.2", f"v=dkim1; p={P}", "key_version", False, False),
    ("3.2", f"V=DKIM1; p={P}", "", True, True),
    ("3.2", f"v=DKIM1; k=RSA; p={P}", "key_type", False, True),
    ("3.6.1", f"v=DKIM1; s=tlsrpt; p={P}", "key_service", False, False),
    ("3.6.2.2", f'"v=DKIM1; p={P}"', "key_quoted", False, False),
]
FIELD = (
    "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=acme.example; s=s1;"
    " h=from:subject; bh={bh}; b={b}"
)
MESSAGE = "From: a@acme.example\r\nSubject: Hello\r\n\r\nHello\r\n"
# (section, what to replace in both, by what, our problem, whether dkimpy and OpenDKIM
# take it)
SIGNATURES = [
    ("6376, 3.5", "", "", "", True, True),
    ("6376, 3.5", "; b={b}", "; b=\r\n {b}", "", True, True),
    ("6376, 3.5", "; b={b}", "; b={b} ;", "", False, True),
    ("6376, 3.5", "; b={b}", "; b = {b}", "", True, False),
    ("6376, 3.5", " v=1; ", " b={b}; v=1; ", "", True, True),
    ("6376, 3.5", " v=1; ", "b={b};v=1; ", "", False, True),
    ("6376, 3.5", "bh=", "z=a: b=x; bh=", "", False, True),
    ("6376, 3.5", "bh=", "x=1234567890123; bh=", "", True, True),
    ("6376, 3.5", "bh=", "x=12345678901234567890123; bh=", "", True, False),
    ("6376, 3.5", "bh=", "x=1; bh=", "signature_expired", False, False),
    ("6376, 3.5", "bh=", "t=4000000000; bh=", "", False, False),
    ("6376, 3.5", "bh=", "q=x/y:dns/txt; bh=", "", False, True),
    ("6376, 3.5", "bh=", "q=x/y; bh=", "signature_query", False, False),
    ("6376, 3.5", "h=from", "h=from:dkim-signature", "", False, False),
    ("6376, 3.5", "h=from", "h=from::", "", True, True),
    ("6376, 3.5", "bh=", "i=a=20b@acme.example; bh=", "", True, True),
    ("6376, 3.5", "bh=", "i=a=40acme.example; bh=", "", False, True),
    ("8301, 3.1", "rsa-sha256", "rsa-sha1", "signature_algorithm", True, True),
    ("6376, 3.2", "bh=", "x-a=1; bh=", "signature_syntax", True, True),
    ("6376, 3.2", "bh=", "; bh=", "signature_syntax", False, False),
    ("6376, 3.2", "bh=", "y=1; y=1; bh=", "signature_syntax", False, True),
    ("6376, 3.4.1", "Subject:", "Subject :", "", False, True),
    ("6376, 3.4.1", "Subject:", "Subject \t:", "", False, False),
    ("6376, 3.4.3", "Hello\r\n\r\nHello\r\n", "Hello\r\n\r\nHello", "", True, True),
    (
        "6376, 8.15",
        "From:",
        "From: b@b.example\r\nFrom:",
        "signature_data",
        False,
        True,
    ),
    ("8616, 4", "bh=", "i=é@acme.example; bh=", "", True, False),
]


def _sign(old, new):
    field = FIELD
    if "{b}" in new and "{b}" not in old:
        field = field.replace("; b={b}", "")
    field = field.replace(old, new, 1)
    message = MESSAGE.replace(old, new, 1)
    return sign_by_hand(message.encode(), field.encode(), SIGNERS[0].key)


def _ask_dkimpy(signed, zone):
    try:
        return dkimpy_verifies(signed, zone=zone)
    except dkim.DKIMException:
        return False


class TestDkimDifferential(BaseCase):
    def test_key_records(self):
        """Where they differ, the RFC decides; tests/README.md has the list."""
        signed = sign_message(build_message().as_bytes(), SIGNERS[:1], NOW)
        for section, record, problem, dkimpy, theirs in RECORDS:
            with self.subTest(section=section, record=record.replace(P, "...")):
                zone = {(NAME, "TXT"): [record]}
                (found,) = run(verify_dkim(signed, ZoneResolver(zone), NOW))
                self.assertEqual(found.problem, problem)
                self.assertEqual(_ask_dkimpy(signed, zone), dkimpy)
                verdict = opendkim.verify([signed], zone)
                self.assertEqual(verdict, [["pass" if theirs else "fail"]])

    def test_signatures(self):
        messages = [_sign(old, new) for _section, old, new, *_results in SIGNATURES]
        verdicts = opendkim.verify(messages, ZONE)
        for row, signed, verdict in zip(SIGNATURES, messages, verdicts, strict=True):
            section, old, new, problem, dkimpy, theirs = row
            with self.subTest(section=section, old=old, new=new):
                (found,) = run(verify_dkim(signed, ZoneResolver(ZONE), NOW))
                took = _ask_dkimpy(signed, ZONE)
                self.assertEqual(found.problem, problem)
                self.assertEqual(took, dkimpy)
                self.assertEqual(verdict == ["pass"], theirs)

    def test_differences_are_written_down(self):
        readme = (Path(__file__).parents[1] / "README.md").read_text()
        rows = [(f"6376, {section}", *row) for section, *row in RECORDS]
        rows += [(section, new, *row) for section, _old, new, *row in SIGNATURES]
        for section, text, problem, *taken in rows:
            if any(one is bool(problem) for one in taken):
                with self.subTest(text.replace(P, "...")):
                    self.assertIn(f"| {section} |", readme)
