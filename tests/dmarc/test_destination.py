# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dmarc.destination import check_destination
from ...mailauth.dmarc.policy import discover_dmarc
from ...mailauth.errors import TempError
from ..common import ZoneResolver, run
from .zone import zone_of

# (section, address, what the destination publishes, status)
DESTINATIONS = [
    ("RFC 9990 4 same domain", "d@acme.example", None, "own"),
    ("RFC 9990 4 same organization", "d@mail.acme.example", None, "own"),
    ("RFC 9990 4 step 5", "d@reports.example", b"v=DMARC1", "authorized"),
    ("RFC 9990 4 step 5", "d@reports.example", b"v=DMARC1; rua=x", "authorized"),
    ("RFC 9990 4 step 6", "d@reports.example", None, "unauthorized"),
    ("RFC 9990 4 step 5", "d@reports.example", b"v=DMARC2", "unauthorized"),
    (
        "RFC 9990 4 step 4",
        "d@reports.example",
        TempError("dns_timeout"),
        "temperror",
    ),
]


class TestDmarcDestination(BaseCase):
    def test_destination(self):
        for section, address, published, status in DESTINATIONS:
            with self.subTest(section, published=published):
                zone = zone_of({"acme.example": "p=none"})
                name = "acme.example._report._dmarc.reports.example"
                if isinstance(published, Exception):
                    zone[(name, "TXT")] = published
                elif published:
                    zone[(name, "TXT")] = [published]
                resolver = ZoneResolver(zone)
                dmarc = run(discover_dmarc("acme.example", resolver))
                result = run(check_destination(dmarc, address, resolver))
                self.assertEqual(result.status, status)
