# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ..domain.ir_mail_server import split_addresses

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

    def _is_own_server(self, alias_domain):
        """Whether it is a server of one's own: no provider's, nobody's personal one."""
        if not self or self.owner_user_id or self.sudo().provider_id:
            return False
        typed = self.env["mail.server.domain"].sudo()
        mine = [
            ("mail_server_id", "=", self.id),
            ("alias_domain_id", "=", alias_domain.id),
            ("provider_id", "!=", False),
        ]
        return not typed.search_count(mine, limit=1)

    def _add_sending_address(self, address):
        """Add an address to those that mails of this server leave from."""
        known = split_addresses(self.sending_host_ips)
        self.sending_host_ips = ", ".join((*known, address))
