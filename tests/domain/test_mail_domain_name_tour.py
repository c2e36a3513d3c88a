# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from ..domain_common import DOMAIN, GOOD_ZONE
from .test_mail_domain_setup_tour import SetupTourCase

IDN = "xn--mnchen-3ya.example"


@tagged("post_install", "-at_install")
class TestMailDomainNameTour(SetupTourCase):
    def test_domain_is_typed_and_switched_to(self):
        self.zone.update(
            {
                (IDN, "SOA"): GOOD_ZONE[DOMAIN, "SOA"],
                (IDN, "MX"): [(10, "mx.acme.example")],
                ("silent.example", "ANY"): "timeout",
            }
        )
        url = "/odoo/email-domain-setup/new"
        self.start_tour(url, "mail_domain_name", login="admin", timeout=120)
        self.assertEqual(self.env.company.alias_domain_id, self.domain)
        drafts = self.env["mail.alias.domain"].search([("active", "=", False)])
        self.assertEqual(drafts.mapped("name"), [IDN], "of all that was typed")
