# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..models.domain.ir_mail_server import split_addresses


class MailDomainSetup(models.TransientModel):
    """The address of the only server of one's own, typed without a dialog."""

    # A file for each concern.
    _inherit = "mail.domain.setup"  # pylint: disable=consider-merging-classes-inherited

    own_server = fields.Char(string="Name", compute="_compute_own_address")
    own_address = fields.Char(
        string="Public IP Addresses",
        compute="_compute_own_address",
        inverse="_inverse_own_address",
        help="The addresses that mails leave from, as the internet sees them, "
        "separated by commas. Needed for a server of your own.",
    )
    own_problem = fields.Char(
        string="Problem",
        compute="_compute_own_problem",
        help="What was typed and can't be right.",
    )

    seen_address = fields.Char(
        string="Address of the Last Test Message",
        compute="_compute_seen_address",
        help="The address that the last test message by this server has left from.",
    )

    def _get_own_server(self):
        """Return the line of the server of one's own where there is only one."""
        own = self.server_ids.filtered(lambda line: not line.provider_id)
        return own if len(own) == 1 else own.browse()

    @api.depends(
        "server_ids.name", "server_ids.provider_id", "server_ids.sending_host_ips"
    )
    def _compute_own_address(self):
        for setup in self:
            own = setup._get_own_server()
            setup.own_server = own.name
            setup.own_address = own.sending_host_ips

    @api.depends("server_ids.problem", "server_ids.provider_id")
    def _compute_own_problem(self):
        for setup in self:
            setup.own_problem = setup._get_own_server().problem

    @api.depends("server_ids.sending_host_ips", "server_ids.provider_id")
    def _compute_seen_address(self):
        for setup in self:
            own = setup._get_own_server()
            server = own.mail_server_id
            seen = server and server._get_last_seen_address()
            known = split_addresses(own.sending_host_ips)
            setup.seen_address = seen if seen and seen not in known else False

    def action_use_seen_address(self):
        """Take the address that the last test message has left from.

        :return: True, for the button.
        """
        self.ensure_one()
        own = self._get_own_server()
        if address := self.seen_address:
            known = split_addresses(own.sending_host_ips)
            own.sending_host_ips = ", ".join((*known, address))
        return True

    @api.onchange("own_address")
    def _inverse_own_address(self):
        """Keep what was typed where the dialog keeps it."""
        for setup in self:
            setup._get_own_server().sending_host_ips = setup.own_address
