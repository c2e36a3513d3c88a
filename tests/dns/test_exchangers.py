# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dns.exchangers import MOST, find_exchangers
from ...mailauth.errors import TempError
from ..common import ZoneResolver, run

ZONE = {
    ("two.example", "MX"): [(20, "b.two.example"), (10, "a.two.example")],
    ("none.example", "TXT"): ["v=spf1 -all"],
    ("null.example", "MX"): [(0, ".")],
    ("many.example", "MX"): [(n, f"mx{n}.many.example") for n in range(MOST + 5)],
    ("silent.example", "MX"): TempError("dns_timeout", "silent.example"),
    ("xn--bcher-kva.example", "MX"): [(10, "mx.bcher.example")],
}
# domain -> who takes its mail
CASES = {
    "two.example": ("a.two.example", "b.two.example"),
    "none.example": (),
    "null.example": (),
    "nowhere.example": (),
    "many.example": tuple(f"mx{n}.many.example" for n in range(MOST)),
    "silent.example": None,
    "b\u00fccher.example": ("mx.bcher.example",),
    "a..b": None,
    "x" * 64 + ".example": None,
    "": None,
}


class TestExchangers(BaseCase):
    def test_find(self):
        self.assertEqual(run(find_exchangers(CASES, ZoneResolver(ZONE))), CASES)

    def test_each_is_asked_once(self):
        resolver = ZoneResolver(ZONE)
        found = run(find_exchangers(["two.example"] * 3, resolver))
        self.assertEqual(list(found), ["two.example"])
        self.assertEqual(len(resolver.calls), 1)
