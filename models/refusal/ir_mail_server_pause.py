# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that does not work is left alone, until it does."""

from odoo import api, fields, models

from ..limit.queue_cron import get_queue_cron
from ..tools.moments import format_moment
from .pause_texts import explain_cause

# What a connection depends on: who changes it wants to see whether it works now.
CONNECTION_FIELDS = {
    "active",
    "google_gmail_refresh_token",
    "microsoft_outlook_refresh_token",
    "smtp_authentication",
    "smtp_encryption",
    "smtp_host",
    "smtp_pass",
    "smtp_port",
    "smtp_ssl_certificate",
    "smtp_ssl_private_key",
    "smtp_user",
}


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    paused_until = fields.Datetime(
        compute="_compute_pause",
        compute_sudo=True,
        help="The server does not work: emails wait until it is tried again.",
    )
    pause_reason = fields.Char(compute="_compute_pause", compute_sudo=True)
    pause_attempt = fields.Integer(
        string="Times Failed", compute="_compute_pause", compute_sudo=True
    )

    @api.depends_context("lang", "tz")
    def _compute_pause(self):
        rows = self.env["mail.server.pause"].search([("server_id", "in", self.ids)])
        pauses = {row.server_id: row for row in rows}
        for server in self:
            pause = pauses.get(server.id)
            server.paused_until = pause and pause.paused_until
            server.pause_attempt = pause.attempt if pause else 0
            server.pause_reason = pause and self.env._(
                "%(reason)s The next try is at about %(time)s.",
                reason=explain_cause(self.env, pause.cause),
                time=format_moment(self.env, pause.paused_until),
            )

    def test_smtp_connection(self, autodetect_max_email_size=False):
        """Test the connection; where it works, what waits for the server goes."""
        result = super().test_smtp_connection(autodetect_max_email_size)
        self._end_pauses()
        return result

    def write(self, vals):
        result = super().write(vals)
        if not CONNECTION_FIELDS.isdisjoint(vals):
            self._end_pauses()
        return result

    def _end_pauses(self):
        """Let servers be tried at once, since somebody has changed or tested them."""
        pauses = self.env["mail.server.pause"].sudo()
        rows = pauses.search([("server_id", "in", self.ids)])
        if rows:
            rows.unlink()
            pauses._forget_cached()
        if self.env["mail.mail"]._release_from_servers():
            get_queue_cron(self.env)._trigger()

    @api.ondelete(at_uninstall=False)
    def _unlink_pause(self):
        """Let what waits for a server look for another one."""
        self._end_pauses()
