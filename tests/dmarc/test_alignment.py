# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dmarc.alignment import evaluate_alignment
from ..common import ZoneResolver, run
from .zone import zone_of

# (section, SPF domain, DKIM domains, tags of acme.example's record, result)
ALIGNMENTS = [
    ("4.4.1 relaxed, same", None, ["acme.example"], "p=reject", "pass"),
    ("4.4.1 relaxed, below", None, ["mail.acme.example"], "p=reject", "pass"),
    ("4.4.1 strict, same", None, ["acme.example"], "p=reject; adkim=s", "pass"),
    ("4.4.1 strict, below", None, ["a.acme.example"], "p=reject; adkim=s", "fail"),
    ("4.4.1 somebody else", None, ["other.example"], "p=reject", "fail"),
    (
        "4.4.1 any signature will do",
        None,
        ["o.example", "acme.example"],
        "p=none",
        "pass",
    ),
    ("4.4.1 d= is a suffix", None, ["example"], "p=reject", "fail"),
    ("4.4.1 a name that only ends alike", None, ["xacme.example"], "p=reject", "fail"),
    ("4.4.2 relaxed, below", "bounce.acme.example", [], "p=reject", "pass"),
    ("4.4.2 strict, below", "b.acme.example", [], "p=reject; aspf=s", "fail"),
    ("4.4.2 strict, same", "acme.example", [], "p=reject; aspf=s", "pass"),
    ("4.4 case", "ACME.example.", [], "p=reject; aspf=s", "pass"),
    ("5.3.5 neither", None, [], "p=reject", "fail"),
    ("5.3.5 one is enough", "o.example", ["acme.example"], "p=reject", "pass"),
    ("4.10.2 psd=n below", None, ["own.acme.example"], "p=reject", "fail"),
    ("4.10.1 no valid policy", None, ["acme.example"], "p=x", "none"),
]


class TestDmarcAlignment(BaseCase):
    def test_alignment(self):
        for section, spf, dkim, tags, expected in ALIGNMENTS:
            with self.subTest(section):
                records = {"acme.example": tags, "own.acme.example": "p=none; psd=n"}
                resolver = ZoneResolver(zone_of(records))
                result = run(evaluate_alignment("acme.example", spf, dkim, resolver))
                self.assertEqual(result.result, expected)

    def test_alignment_without_policy(self):
        resolver = ZoneResolver({})
        result = run(evaluate_alignment("acme.example", "acme.example", [], resolver))
        self.assertEqual(result.result, "none")

    def test_alignment_temperror(self):
        resolver = ZoneResolver(
            zone_of({"acme.example": "p=reject"}), failing=["_dmarc.b.acme.example"]
        )
        result = run(evaluate_alignment("acme.example", "b.acme.example", [], resolver))
        self.assertEqual(result.result, "temperror")
        result = run(
            evaluate_alignment(
                "acme.example", "b.acme.example", ["acme.example"], resolver
            )
        )
        self.assertEqual(result.result, "pass")

    def test_foreign_domain_is_not_walked(self):
        resolver = ZoneResolver(zone_of({"acme.example": "p=reject"}))
        run(evaluate_alignment("acme.example", "x.other.example", [], resolver))
        names = [name for name, _rdtype in resolver.calls]
        self.assertFalse([name for name in names if "other" in name])
