# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where the reports on a domain can come in: an address that a test has reached."""

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.sql import escape_psql

from ...mailauth.from_filter import fold_address
from ..parameters.table import REPORT_ALIAS
from ..tools.host_names import fold

# States in which a test says nothing of its address yet.
UNDER_WAY = ("sending", "waiting")


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def action_test_report_address(self):
        """Send a test message to the address of reports.

        :return: the id of the ``mail.test.message``.
        :raises AccessError: who is no administrator of one of its companies.
        :raises UserError: it can't be sent.
        """
        self._check_may_see_authentication()
        self.ensure_one()
        address = self._get_report_inbox()
        if not address:
            raise UserError(self._explain_no_inbox())
        company = (self.company_ids & self.env.companies)[:1] or self.env.company
        test = (
            self.env["mail.test.message"]
            .with_company(company)
            .create(
                {
                    "name": self.env._("Test of the address for DMARC reports"),
                    "alias_domain_id": self.id,
                    "email_to": address,
                    "to_own": True,
                }
            )
        )
        test.action_send()
        return test.id

    def _get_report_inbox(self):
        """Return the address of the domain whose DMARC reports are read, or ""."""
        return fold_address(self.report_email or "")

    def _explain_no_inbox(self):
        return self.env._(
            "Something else takes the address at which Odoo would read DMARC reports. "
            "Another one can be chosen by the system parameter %(key)s.",
            key=REPORT_ALIAS.key,
        )

    def _find_report_inbox(self):
        """Return an address that reports on the domain can be sent to.

        Its own, or where no test has reached that, one of another domain of the same
        company, its parents and branches: that one has to allow it in its DNS.

        :return: the address and "", or the address and the other domain; "" and ""
            where none is proven.
        """
        domain = self.sudo()
        companies = domain.company_ids or domain._get_main().company_ids
        tree = companies.search([("id", "child_of", companies.root_id.ids)])
        for one in domain | tree.alias_domain_id:
            if one._test_report_inbox()[0] == "back":
                other = fold(one.name) if one != domain else ""
                same = other == fold(domain.name)
                return one._get_report_inbox(), "" if same else other
        return "", ""

    def _test_report_inbox(self):
        """Return whether mail to the address of reports comes in, by the last test.

        :return: "untried", "waiting", "back", "lost" or "failed", and the test.
        """
        address = self._get_report_inbox()
        tests = self.env["mail.test.message"].sudo()
        asked = Domain("alias_domain_id", "=", self.id) & Domain("kind", "=", "trip")
        asked &= Domain("state", "!=", "draft")
        asked &= Domain("email_to", "=ilike", escape_psql(address))
        test = address and tests.search(asked, limit=1)
        if not test:
            return "untried", tests
        leg = test.leg_ids[:1]
        if leg.state == "back":
            return "back", test
        return "waiting" if test.state in UNDER_WAY else test.state, test
