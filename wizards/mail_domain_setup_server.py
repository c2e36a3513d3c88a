# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.domain.ir_mail_server import check_addresses, split_addresses
from ..models.domain.mail_alias_domain_facts import CONFIGURATION_FILE, OutgoingServer
from ..models.domain.mail_server_domain import list_cnames


class MailDomainSetupServer(models.TransientModel):
    """A server by which mails of the domain leave, as the guided setup shows it."""

    _name = "mail.domain.setup.server"
    _description = "Outgoing Server in the Email Domain Setup"

    setup_id = fields.Many2one(
        "mail.domain.setup", required=True, index=True, ondelete="cascade"
    )
    mail_server_id = fields.Many2one("ir.mail_server")
    name = fields.Char(string="Server")
    host = fields.Char()
    guessed_provider_id = fields.Many2one("mail.sending.provider")
    provider_id = fields.Many2one(
        "mail.sending.provider",
        help="The service that the server belongs to; empty for a server of your own.",
    )
    sending_host_ips = fields.Char(
        string="Public IP Addresses",
        help="The addresses that mails leave from, as the internet sees them, "
        "separated by commas. Needed for a server of your own.",
    )
    selectors = fields.Char(
        string="DKIM Selectors",
        help="The names of the provider's keys, separated by commas, as it shows them "
        "with its DKIM records. Empty: the usual ones.",
    )
    cname_targets = fields.Text(
        string="DKIM CNAMEs",
        help="If the provider shows CNAME records for DKIM: one a line, the selector "
        "and the target, as it shows them.",
    )
    needs_targets = fields.Boolean(
        string="Asks for CNAMEs",
        compute="_compute_needs_targets",
        help="The provider asks for CNAME records.",
    )
    envelope_domain = fields.Char(
        string="Return-Path Domain",
        help="Only if you have set up a subdomain for bounces at the provider.",
    )
    signing_domain = fields.Char(
        string="Signing Domain (d=)",
        help="Only if the provider signs as a subdomain of yours, such as "
        "mg.acme.example.",
    )
    signing_seen = fields.Boolean(
        string="DKIM Seen to Pass",
        help="A mail that was sent by this server has arrived somewhere, and its "
        "details (Show original, View source) say dkim=pass for your domain.",
    )
    advice = fields.Char(compute="_compute_advice")
    problem = fields.Char(
        compute="_compute_problem", help="What was typed and can't be right."
    )

    @api.onchange("provider_id")
    def _onchange_provider_id(self):
        """What another provider has shown proves nothing of this one."""
        if self.provider_id != self._origin.provider_id:
            self.signing_seen = False

    @api.depends("provider_id", "cname_targets")
    def _compute_needs_targets(self):
        for server in self:
            provider = server.provider_id.sudo()
            server.needs_targets = provider.dkim_by_cname or server.cname_targets

    @api.depends("provider_id", "sending_host_ips", "mail_server_id")
    def _compute_advice(self):
        for server in self:
            server.advice = server._get_advice()

    def _get_advice(self):
        if self.provider_id:
            return self.mail_server_id.sender_warning
        if self.sending_host_ips:
            return False
        return self.env._(
            "This server belongs to no provider that is known. From which public IP "
            "address do its mails leave? Whoever runs the server knows it."
        )

    @api.depends(
        "cname_targets",
        "envelope_domain",
        "selectors",
        "sending_host_ips",
        "setup_id.domain_name",
        "signing_domain",
    )
    def _compute_problem(self):
        for server in self:
            server.problem = False
            try:
                check_addresses(server, server.sending_host_ips)
                server._check_typed(server.setup_id._get_domain())
            except ValidationError as error:
                server.problem = error.args[0]

    @api.constrains("sending_host_ips")
    def _check_sending_host_ips(self):
        for server in self:
            check_addresses(server, server.sending_host_ips)

    def _check_typed(self, alias_domain):
        """Refuse what the checks can't ask DNS for.

        :raises ValidationError:
        """
        entries = self.env["mail.server.domain"]
        for server in self:
            entries._check_selectors(server.selectors)
            entries._check_cname_targets(server.cname_targets, alias_domain)
            entries._check_signing_domain(server.signing_domain, alias_domain)
            entries._check_envelope_domain(server.envelope_domain, alias_domain)

    def _prepare_outgoing_server(self):
        """Return this line as :class:`OutgoingServer`, corrections included."""
        record, provider = self.mail_server_id, self.provider_id
        domain = self.setup_id.alias_domain_id.name
        corrected = provider != self.guessed_provider_id
        preset = record.signs_itself if record and not corrected else provider.signs
        return OutgoingServer(
            name=record.name or CONFIGURATION_FILE,
            host=self.host,
            record=record,
            recognized=self.guessed_provider_id,
            provider=provider.sudo(),
            addresses=split_addresses(self.sending_host_ips),
            typed_selectors=split_addresses(self.selectors),
            typed_targets=list_cnames(self.cname_targets, domain),
            envelope_domain=self.envelope_domain or "",
            typed_signing_domain=self.signing_domain or "",
            seen=self.signing_seen,
            signs=preset or bool(self.selectors or self.cname_targets),
        )

    def _store(self, alias_domain):
        """Keep what was corrected, where the checks read it."""
        for server in self:
            server._store_addresses()
            entry = self.env["mail.server.domain"].search(
                [
                    ("alias_domain_id", "=", alias_domain.id),
                    ("mail_server_id", "=", server.mail_server_id.id),
                ]
            )
            values = server._prepare_entry()
            if entry:
                entry.write(values)
            elif any(values.values()):
                ids = {
                    "alias_domain_id": alias_domain.id,
                    "mail_server_id": server.mail_server_id.id,
                }
                entry.create({**values, **ids})

    def _store_addresses(self):
        server = self.mail_server_id
        if server and (server.sending_host_ips or False) != self.sending_host_ips:
            server.sending_host_ips = self.sending_host_ips
        if server and self.provider_id != self.guessed_provider_id:
            server.signs_itself = self.provider_id.signs

    def _prepare_entry(self):
        corrected = self.provider_id != self.guessed_provider_id
        return {
            "provider_id": self.provider_id.id if corrected else False,
            "selectors": self.selectors,
            "cname_targets": self.cname_targets,
            "signing_domain": self.signing_domain,
            "signing_seen": self.signing_seen,
            "envelope_domain": self.envelope_domain,
            "sending_host_ips": not self.mail_server_id and self.sending_host_ips,
        }
