# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dns.names import display_name, normalize_name
from ...mailauth.errors import PermError


class TestNames(BaseCase):
    def test_normalize(self):
        cases = [
            ("Acme.Example", "acme.example"),
            ("acme.example.", "acme.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u0308cher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("_dmarc.acme.example", "_dmarc.acme.example"),
        ]
        for name, expected in cases:
            with self.subTest(name=name):
                self.assertEqual(normalize_name(name), expected)

    def test_invalid(self):
        names = ["", ".", "a..example", "x" * 64 + ".example", "a.b." * 70, "ü" * 9999]
        for name in [*names, "\u0378.example", "a\u200b\u2488.example."]:
            with self.subTest(name=name), self.assertRaises(PermError) as caught:
                normalize_name(name)
            self.assertEqual(caught.exception.code, "name_invalid")

    def test_display(self):
        cases = [
            ("xn--bcher-kva.example", "bücher.example"),
            ("acme.example", "acme.example"),
            ("xn--\x7f.example", "xn--\x7f.example"),
        ]
        for name, expected in cases:
            with self.subTest(name=name):
                self.assertEqual(display_name(name), expected)
