# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The same key records, judged by us, by dkimpy and by OpenDKIM."""

from pathlib import Path

import dkim

from odoo.tests import BaseCase

from ...mailauth.dkim.key import get_public_key
from ...mailauth.dkim.record import record_value
from ...mailauth.dkim.sign import sign_message
from ...mailauth.dkim.verify import verify_dkim
from .. import opendkim
from ..common import ZoneResolver, run
from ..dkim_common import DOMAIN, NOW, SIGNERS, build_message, dkimpy_verifies

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

    def test_differences_are_written_down(self):
        readme = (Path(__file__).parents[1] / "README.md").read_text()
        for section, record, problem, *taken in RECORDS:
            if any(one is bool(problem) for one in taken):
                with self.subTest(record.replace(P, "...")):
                    self.assertIn(f"| 6376, {section} |", readme)
