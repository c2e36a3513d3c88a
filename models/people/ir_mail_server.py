# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mailauth.from_filter import matches_filter
from ..domain.ir_mail_server_sender import get_default_sender
from .other_voices import list_filter_entries
from .voice import Companies

MOST_ENTRIES = 20  # of a filter that are judged while somebody types
MOST_LINES = 3


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    sender_line = fields.Text(
        compute="_compute_sender_line",
        help="Which senders of the filter can't send by this server as they are.",
    )

    @api.depends(
        "from_filter",
        "owner_user_id",
        "sequence",
        "smtp_authentication",
        "smtp_host",
        "smtp_user",
    )
    @api.depends_context("uid", "lang")
    def _compute_sender_line(self):
        for server in self:
            told = [] if server.owner_user_id else server._list_sender_lines()
            known = server.sender_warning
            told = [one for one in dict.fromkeys(told) if one != known]
            server.sender_line = "\n".join(told[:MOST_LINES]) or False

    def _list_sender_lines(self):
        """Return what is said of the addresses and domains that the filter names."""
        if not self.from_filter:
            return []
        try:
            self.env["ir.config_parameter"]._normalize_from_filter(self.from_filter)
        except ValidationError as error:
            return [error.args[0]]  # before it is saved
        lines = self.env["mail.sender.line"]

        def collect(env):
            draft = self.with_env(env)
            voices = list_filter_entries(draft, Companies(env))
            numbered = zip(range(MOST_ENTRIES), voices, strict=False)
            return [replace(voice, source_id=number) for number, voice in numbered]

        rows = lines._judge(collect, self.sudo())
        told = [self._say_default()]
        for number in sorted(rows):
            row = rows[number]
            told.append(lines._say(row, is_manager=True) or self._say_strict(row))
        return [one for one in told if one]

    def _say_default(self):
        """Return what is said of a default address that the filter does not name."""
        if self.sender_warning:
            return False  # it says so, with what the service does then
        for domain in self._get_domains_sent_for():
            default = get_default_sender(domain)
            inside = not default or matches_filter(default, self.from_filter)
            if not inside and self._takes_others(default):
                return self.env._(
                    "Emails of everybody else leave as %(default)s, which the filter "
                    "does not name. Add it, or change the “Default From Alias” of the "
                    "email domain.",
                    default=default,
                )
        return False

    def _say_strict(self, row):
        """Return what is said of a domain whose owner hardly lets this server send.

        What a service behind a server may send for is known to that service alone.

        :param row: of ``mail.sender.address``, about which DNS was not asked.
        """
        is_strict = row.is_mailbox_provider or row.policy in ("quarantine", "reject")
        if not is_strict or self.provider_id or row.reason != "dns_pending":
            return False
        if row.domain in self.env["mail.sender.line"]._list_own_domains():
            return False
        return self.env._(
            "Receivers distrust emails of %(domain)s from other servers, unless its "
            "owner lets this one send for it (SPF or DKIM).",
            domain=row.shown_domain,
        )
