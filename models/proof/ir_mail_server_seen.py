# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

MOST = 20  # tests that are looked through for one of a server


class IrMailServer(models.Model):
    """What tests have shown of a server."""

    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    def _get_last_seen_address(self):
        """Return the address that the last test by this server has left from, or ""."""
        self.ensure_one()
        tests = self.env["mail.test.message"].sudo()
        mine = [("used_server_id", "=", self.id), ("state", "=", "done")]
        for test in tests.search(mine, limit=MOST):
            if address := test._get_seen_address():
                return address if self._is_own_server(test.alias_domain_id) else ""
        return ""
