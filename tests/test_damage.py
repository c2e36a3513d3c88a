# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ..mailauth.damage import decode_text
from ..mailauth.dkim.meant import read_meant_key
from ..mailauth.dmarc import meant as dmarc
from ..mailauth.spf import meant as spf
from .dkim.published import VALUE

SPF = "v=spf1 ip4:192.0.2.10 -all"
DMARC = "v=DMARC1; p=reject"
KEY = VALUE.decode()
# (case, how a record is damaged): each kind of record is read all the same.
DAMAGES = [
    ("typed quotes", lambda text: f'"{text}"'.encode()),
    ("single quotes", lambda text: f"'{text}'".encode()),
    ("English quotes", lambda text: f"\u201c{text}\u201d".encode()),
    ("German quotes", lambda text: f"\u201e{text}\u201c".encode()),
    ("French quotes", lambda text: f"\u00ab{text}\u00bb".encode()),
    ("inches", lambda text: f"\u2033{text}\u2033".encode()),
    ("quotes in Windows' bytes", lambda text: b"\x93" + text.encode() + b"\x94"),
    ("a no-break space before it", lambda text: f"\u00a0{text}".encode()),
    ("the same in Windows' bytes", lambda text: b"\xa0" + text.encode()),
    ("a mark of the byte order", lambda text: f"\ufeff{text}".encode()),
    ("a space that has no width", lambda text: f"\u200b{text}".encode()),
]


class TestDamage(BaseCase):
    def test_every_kind_of_record(self):
        for case, damage in DAMAGES:
            with self.subTest(case, kind="spf"):
                self.assertEqual(spf.sort_records([damage(SPF)]).near, (damage(SPF),))
                meant = spf.read_meant(damage(SPF))
                texts = [term.text for term in meant.record.terms]
                self.assertEqual(texts, ["ip4:192.0.2.10", "-all"])
            with self.subTest(case, kind="dmarc"):
                self.assertTrue(dmarc.is_meant(damage(DMARC)))
                self.assertEqual(dmarc.read_meant(damage(DMARC)).p, "reject")
            with self.subTest(case, kind="dkim"):
                self.assertEqual(read_meant_key([damage(KEY)]).text, KEY)

    def test_decode_text(self):
        cases = [
            (b"caf\xc3\xa9", "caf\u00e9"),
            (b"caf\xc3", "caf"),
            (b"\x93a\x94 \x96all", "\u201ca\u201d \u2013all"),
            (b"\x81", "\ufffd"),
            (b"", ""),
        ]
        for data, expected in cases:
            with self.subTest(data):
                self.assertEqual(decode_text(data), expected)
