# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dmarc.policy import discover_dmarc, list_walk
from ..common import ZoneResolver, run
from .zone import zone_of

# Sections are RFC 9989's where no other document is named.
# (section, domain, DMARC records, policy, tag, organizational domain, problem)
DISCOVERIES = [
    ("4.10.1 author", "acme.example", {"acme.example": "p=reject"}, "reject", "p"),
    ("4.10.1 nothing", "acme.example", {}, None, "p", "acme.example", "dmarc_absent"),
    (
        "4.10.1 organizational",
        "a.acme.example",
        {"acme.example": "p=reject; sp=quarantine"},
        "quarantine",
        "sp",
    ),
    ("4.10.1 no sp", "a.acme.example", {"acme.example": "p=reject"}, "reject", "sp"),
    (
        "4.10.1 np, it does not exist",
        "gone.acme.example",
        {"acme.example": "p=none; sp=quarantine; np=reject"},
        "reject",
        "np",
    ),
    (
        "4.10.1 np, it exists",
        "a.acme.example",
        {"acme.example": "p=none; sp=quarantine; np=reject"},
        "quarantine",
        "sp",
    ),
    (
        "4.10.1 the author's own record comes first",
        "a.acme.example",
        {"a.acme.example": "p=none", "acme.example": "p=reject; sp=reject"},
        "none",
        "p",
    ),
    (
        "4.10.1 not the nearest, the organizational one",
        "a.b.acme.example",
        {"b.acme.example": "p=reject", "acme.example": "p=none; sp=quarantine"},
        "quarantine",
        "sp",
    ),
    (
        "4.10.1 the public suffix",
        "acme.example",
        {"example": "p=reject; psd=y"},
        "reject",
        "sp",
    ),
    (
        "4.10.1 not the suffix where the organization has one",
        "a.acme.example",
        {"acme.example": "p=none", "example": "p=reject; psd=y"},
        "none",
        "sp",
    ),
    (
        "4.10 step 2, several are discarded",
        "acme.example",
        {"acme.example": ["p=reject", "p=none"]},
        None,
        "p",
        "acme.example",
        "dmarc_several",
    ),
    (
        "4.10 step 6, also above",
        "a.acme.example",
        {"acme.example": ["p=reject", "p=none"]},
        None,
        "p",
        "a.acme.example",
        "dmarc_several",
    ),
    (
        "4.10.1 no valid p",
        "acme.example",
        {"acme.example": "p=x"},
        None,
        "p",
        "acme.example",
        "dmarc_invalid",
    ),
    (
        "4.10.1 no valid p, but rua",
        "acme.example",
        {"acme.example": "sp=x; p=reject; rua=mailto:a@b.example"},
        "none",
        "p",
        "acme.example",
        "dmarc_invalid",
    ),
    (
        "4.10.2 rule 1, psd=n",
        "a.b.acme.example",
        {"b.acme.example": "p=none; psd=n", "acme.example": "p=reject"},
        "none",
        "sp",
        "b.acme.example",
    ),
    (
        "4.10.2 rule 1 at the start",
        "a.acme.example",
        {"a.acme.example": "p=none; psd=n", "acme.example": "p=reject"},
        "none",
        "p",
        "a.acme.example",
    ),
    (
        "4.10.2 rule 2, psd=y above",
        "a.b.acme.example",
        {"example": "p=none; psd=y"},
        "none",
        "sp",
        "acme.example",
    ),
    (
        "4.10.2 rule 2 before rule 3",
        "a.b.acme.example",
        {"a.b.acme.example": "p=none", "acme.example": "p=reject; psd=y"},
        "none",
        "p",
        "b.acme.example",
    ),
    (
        "4.10.2 psd=y at the start is no boundary below itself",
        "gov.example",
        {"gov.example": "p=reject; psd=y", "example": "p=none"},
        "reject",
        "p",
        "gov.example",
    ),
    (
        "4.10.2 rule 3, the fewest labels",
        "a.b.acme.example",
        {"a.b.acme.example": "p=reject", "acme.example": "p=none"},
        "reject",
        "p",
        "acme.example",
    ),
    (
        "4.10.2 a record of the top level without psd=y",
        "acme.example",
        {"acme.example": "p=reject", "example": "p=none"},
        "reject",
        "p",
        "example",
    ),
    (
        "5.3.1 U-labels become A-labels",
        "Bücher.EXAMPLE.",
        {"xn--bcher-kva.example": "p=reject"},
        "reject",
        "p",
        "xn--bcher-kva.example",
    ),
]


class TestDmarcCheck(BaseCase):
    def test_discover(self):
        for section, domain, records, policy, tag, *rest in DISCOVERIES:
            with self.subTest(section, domain=domain):
                result = run(discover_dmarc(domain, ZoneResolver(zone_of(records))))
                organizational = rest[0] if rest else "acme.example"
                self.assertEqual(result.policy, policy)
                self.assertEqual(result.policy_tag, tag)
                self.assertEqual(result.organizational_domain, organizational)
                self.assertEqual(result.problem, rest[1] if len(rest) > 1 else "")

    def test_walk_of_eight(self):
        """The example of RFC 9989 section 4.10."""
        resolver = ZoneResolver({})
        run(discover_dmarc("a.b.c.d.e.f.g.h.i.j.mail.acme.example", resolver))
        self.assertEqual(
            [name for name, _rdtype in resolver.calls],
            [
                "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.acme.example",
                "_dmarc.g.h.i.j.mail.acme.example",
                "_dmarc.h.i.j.mail.acme.example",
                "_dmarc.i.j.mail.acme.example",
                "_dmarc.j.mail.acme.example",
                "_dmarc.mail.acme.example",
                "_dmarc.acme.example",
                "_dmarc.example",
            ],
        )

    def test_walk_length(self):
        for labels in range(1, 60):
            walk = list_walk(".".join(["a"] * labels))
            self.assertEqual(len(walk), min(labels, 8))
            self.assertEqual(walk[-1], "a")

    def test_deadline(self):
        """The walk and what follows it share one deadline."""
        resolver = ZoneResolver({}, delay=5)
        resolver.timeout = 0.1
        result = run(discover_dmarc("acme.example", resolver))
        self.assertEqual((result.problem, result.policy), ("temperror", None))

    def test_walk_ends_at_psd(self):
        zone = zone_of({"b.acme.example": "p=none; psd=n"})
        result = run(discover_dmarc("a.b.acme.example", ZoneResolver(zone)))
        domains = [step.domain for step in result.walk]
        self.assertEqual(domains, ["a.b.acme.example", "b.acme.example"])

    def test_temperror(self):
        zone = zone_of({"acme.example": "p=reject"})
        cases = [
            ("acme.example", "_dmarc.acme.example", None, None, "temperror"),
            ("a.acme.example", "_dmarc.acme.example", None, None, "temperror"),
            # The record of the domain itself applies, whatever is above.
            ("acme.example", "_dmarc.example", "reject", None, ""),
        ]
        for domain, failing, policy, organizational, problem in cases:
            with self.subTest(domain, failing=failing):
                resolver = ZoneResolver(zone, failing=[failing])
                result = run(discover_dmarc(domain, resolver))
                self.assertEqual(result.policy, policy)
                self.assertEqual(result.organizational_domain, organizational)
                self.assertEqual(result.problem, problem)

    def test_temperror_of_existence(self):
        zone = zone_of({"acme.example": "p=none; np=reject"})
        resolver = ZoneResolver(zone, failing=["b.acme.example"])
        result = run(discover_dmarc("b.acme.example", resolver))
        self.assertEqual((result.policy, result.problem), (None, "temperror"))

    def test_names(self):
        for name in ("", ".", "a..b", "x" * 64 + ".example", "a." * 200):
            with self.subTest(name):
                result = run(discover_dmarc(name, ZoneResolver({})))
                self.assertEqual(
                    (result.policy, result.problem), (None, "name_invalid")
                )

    def test_longest_name(self):
        name = ".".join(["x" * 60] * 4 + ["example"])
        result = run(discover_dmarc(name, ZoneResolver({})))
        self.assertEqual(result.problem, "dmarc_absent")

    def test_nearly_is_shown(self):
        zone = {
            ("_dmarc.acme.example", "TXT"): ["v=dmarc1; p=none", "other", "#v=DMARC1"]
        }
        result = run(discover_dmarc("acme.example", ZoneResolver(zone)))
        self.assertEqual(result.problem, "dmarc_absent")
        shown = ("#v=DMARC1", "v=dmarc1; p=none")
        self.assertEqual(result.walk[0].found, shown)

    def test_ttl(self):
        zone = zone_of({"acme.example": "p=none"})
        result = run(discover_dmarc("acme.example", ZoneResolver(zone)))
        self.assertEqual(result.ttl, 300)
