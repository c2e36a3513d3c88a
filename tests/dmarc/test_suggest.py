# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dmarc.policy import discover_dmarc
from ...mailauth.dmarc.suggest import suggest_dmarc
from ..common import ZoneResolver, run

# (rule, records, report address, suggestion after "v=DMARC1; ")
CASES = [
    ("nothing yet", [], "d@acme.example", "p=none; rua=mailto:d@acme.example"),
    ("nowhere to report to", [], "", "p=none"),
    ("no address that a record can hold", [], "a;b@acme.example", "p=none"),
    ("a policy stays", ["v=DMARC1; p=reject"], "", "p=reject"),
    ("subdomains too", ["v=DMARC1; p=none; sp=reject"], "", "p=none; sp=reject"),
    (
        "reports stay where they go",
        ["v=DMARC1; p=none; rua=mailto:x@y.example"],
        "d@acme.example",
        "p=none; rua=mailto:x@y.example",
    ),
    (
        "outdated sizes go",
        ["v=DMARC1; p=none; rua=mailto:x@y.example!10m,nonsense"],
        "",
        "p=none; rua=mailto:x@y.example",
    ),
    ("outdated tags go", ["v=DMARC1; p=none; pct=5; ri=1; rf=afrf"], "", "p=none"),
    ("p comes second", ["v=DMARC1; adkim=s; p=none"], "", "p=none; adkim=s"),
    ("defaults go", ["v=DMARC1; p=none; t=n; psd=u; adkim=r; fo=0"], "", "p=none"),
    ("what is not valid goes", ["v=DMARC1; p=none; sp=x; x"], "", "p=none"),
    (
        "of several the strictest, and all addresses",
        [
            "v=DMARC1; p=none; sp=reject; rua=mailto:x@y.example",
            "v=DMARC1; p=quarantine; rua=mailto:z@y.example,mailto:x@y.example",
        ],
        "",
        "p=quarantine; sp=reject; rua=mailto:x@y.example,mailto:z@y.example",
    ),
    (
        "failure reports",
        ["v=DMARC1; p=none; ruf=mailto:x@y.example; fo=1:d"],
        "",
        "p=none; ruf=mailto:x@y.example; fo=1:d",
    ),
    ("options of no failure reports", ["v=DMARC1; p=none; fo=1"], "", "p=none"),
    ("one with a wrong version", ["v=dmarc1; p=reject"], "", "p=none"),
]


class TestDmarcSuggest(BaseCase):
    def test_suggest(self):
        for rule, records, address, expected in CASES:
            with self.subTest(rule):
                zone = {("_dmarc.acme.example", "TXT"): records} if records else {}
                dmarc = run(discover_dmarc("acme.example", ZoneResolver(zone)))
                text = suggest_dmarc(dmarc, address)
                self.assertEqual(text, f"v=DMARC1; {expected}")
