# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..domain.ir_mail_server import split_addresses
from ..sender.batch import Batch
from ..tools.carrier import carried
from .witness import Witness


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Look at a test message while it leaves."""
        batch = carried(self.env, Batch)
        witness = batch and batch.get_part(Witness)
        if not witness:
            return super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        with witness.watch(smtp_session, smtp_from) as watched:
            return super()._deliver(watched, message, smtp_from, smtp_to_list)

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
