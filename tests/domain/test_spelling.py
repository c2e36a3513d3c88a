# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.domain.glance import Glance, glance
from ...mailauth.domain.spelling import (
    MOST,
    count_mistakes,
    mend_ending,
    suggest_name,
)
from ...mailauth.errors import TempError
from ..common import ZoneResolver, run

KNOWN = ("acme.example", "gmail.com", "gmx.de", "xn--mnchen-3ya.example")
# (typed, suggested)
SUGGESTIONS = [
    ("acme.example", ""),
    ("acme.exmaple", "acme.example"),
    ("amce.example", "acme.example"),
    ("acmee.exampl", "acme.example"),
    ("gmial.com", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gmx.at", ""),
    ("gmx.d", "gmx.de"),
    ("globex.example", ""),
    ("xn--mnchen-3y.example", "xn--mnchen-3ya.example"),
    ("", ""),
]
ENDINGS = [
    ("acme.cmo", "acme.com"),
    ("acme.con", "acme.com"),
    ("acme.nte", "acme.net"),
    ("acme.ogr", "acme.org"),
    ("acme.exmaple", "acme.example"),
    ("acme.com", ""),
    ("acme.de", ""),
    ("acme", ""),
    ("com", ""),
]
NAME = "acme.example"
MAIL = {(NAME, "MX"): [(10, "mx.acme.example")]}
SILENT = TempError("dns_timeout", NAME)
GLANCES = [
    ("there, with mail", MAIL, Glance(True, True)),
    ("there, without", {(NAME, "TXT"): ["x"]}, Glance(True, False)),
    ("null MX", {(NAME, "MX"): [(0, "")]}, Glance(True, False)),
    ("missing", {("other.example", "TXT"): ["x"]}, Glance(False, False)),
    ("silent", {(NAME, "TXT"): SILENT, (NAME, "MX"): SILENT}, Glance(None, None)),
    ("MX only is known", {**MAIL, (NAME, "TXT"): SILENT}, Glance(True, True)),
    (
        "existence only is known",
        {(NAME, "TXT"): ["x"], (NAME, "MX"): SILENT},
        Glance(True, None),
    ),
]


class TestSpelling(BaseCase):
    def test_suggestions(self):
        for typed, expected in SUGGESTIONS:
            with self.subTest(typed):
                self.assertEqual(suggest_name(typed, KNOWN), expected)

    def test_endings(self):
        for typed, expected in ENDINGS:
            with self.subTest(typed):
                self.assertEqual(mend_ending(typed), expected)

    def test_the_nearest_is_suggested(self):
        known = ("acmes.example", "acme.example")
        self.assertEqual(suggest_name("acmme.example", known), "acme.example")

    def test_bounded(self):
        known = [f"name{number}.example" for number in range(MOST)]
        self.assertEqual(suggest_name("acme.exampl", [*known, NAME]), "")
        self.assertEqual(count_mistakes("a" * 250, "b" * 250, 2), 3)

    def test_glances(self):
        for case, zone, expected in GLANCES:
            with self.subTest(case):
                self.assertEqual(run(glance(NAME, ZoneResolver(zone), 1)), expected)
