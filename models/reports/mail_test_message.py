# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Tests that go to the address of reports: whether what is sent there comes in."""

import logging

from odoo import api, models

from ...mailauth.from_filter import fold_address
from ..tools.after_delivery import never_raise

_logger = logging.getLogger(__name__)


class MailTestMessage(models.Model):
    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def _make_own_address(self, token):
        """Of a test of the address of reports it is that, without a token."""
        return self._get_report_address() or super()._make_own_address(token)

    def _get_report_address(self):
        """Return the address of reports where it is what is tested, else ""."""
        address = self.alias_domain_id._get_report_inbox()
        is_tested = address and fold_address(self.email_to or "") == address
        return address if is_tested else ""

    @api.model
    def _list_own(self, domains):
        return super()._list_own(domains) | {
            one._get_report_inbox() for one in domains
        } - {""}


class MailTestMessageLeg(models.Model):
    # A file for each concern.
    _inherit = "mail.test.message.leg"  # pylint: disable=consider-merging-classes-inherited

    def _keep_back(self, raw, note):
        """Have the domain checked where reports can come in from now on.

        The record that is proposed asks for them there.
        """
        result = super()._keep_back(raw, note)
        what = "The domain is checked later"
        if self.kind == "arrival" and self.test_id._get_report_address():
            with never_raise(_logger.info, what), self.env.cr.savepoint():
                self.test_id.alias_domain_id._check_soon()
                self.env.flush_all()
        return result
