from odoo import api, fields, models

from ..models.domain.ir_mail_server import check_addresses, split_addresses
from ..models.domain.mail_alias_domain_facts import CONFIGURATION_FILE, Way


class MailDomainSetupWay(models.TransientModel):
    """One way that mails of the domain leave, as the guided setup shows it."""

    _name = "mail.domain.setup.way"
    _description = "Way That Mails Leave"

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
    envelope_domain = fields.Char(
        string="Return-Path Domain",
        help="Only if you have set up a subdomain for bounces at the provider.",
    )
    advice = fields.Char(compute="_compute_advice")

    @api.depends("provider_id", "sending_host_ips", "mail_server_id")
    def _compute_advice(self):
        for way in self:
            way.advice = way._get_advice()

    def _get_advice(self):
        if self.provider_id:
            return self.mail_server_id.sender_warning
        if self.sending_host_ips:
            return False
        return self.env._(
            "This server belongs to no provider that is known. From which public IP "
            "address do its mails leave? Whoever runs the server knows it."
        )

    @api.constrains("sending_host_ips")
    def _check_sending_host_ips(self):
        for way in self:
            check_addresses(way, way.sending_host_ips)

    def _check_typed(self, alias_domain):
        """Refuse what the checks can't ask DNS for.

        :raises ValidationError:
        """
        entries = self.env["mail.server.domain"]
        for way in self:
            entries._check_selectors(way.selectors)
            entries._check_envelope_domain(way.envelope_domain, alias_domain)

    def _prepare_way(self):
        """Return the :class:`Way` that this line describes, corrections included."""
        server, provider = self.mail_server_id, self.provider_id
        corrected = provider != self.guessed_provider_id
        preset = server.signs_itself if server and not corrected else provider.signs
        return Way(
            name=server.name or CONFIGURATION_FILE,
            host=self.host,
            server=server,
            recognized=self.guessed_provider_id,
            provider=provider.sudo(),
            addresses=split_addresses(self.sending_host_ips),
            typed_selectors=split_addresses(self.selectors),
            envelope_domain=self.envelope_domain or "",
            signs=preset or bool(self.selectors),
        )

    def _store(self, alias_domain):
        """Keep what was corrected, where the checks read it."""
        for way in self:
            way._store_addresses()
            entry = self.env["mail.server.domain"].search(
                [
                    ("alias_domain_id", "=", alias_domain.id),
                    ("mail_server_id", "=", way.mail_server_id.id),
                ]
            )
            values = way._prepare_entry()
            if entry:
                entry.write(values)
            elif any(values.values()):
                ids = {
                    "alias_domain_id": alias_domain.id,
                    "mail_server_id": way.mail_server_id.id,
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
            "envelope_domain": self.envelope_domain,
            "sending_host_ips": not self.mail_server_id and self.sending_host_ips,
        }
