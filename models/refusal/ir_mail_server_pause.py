# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that does not work is left alone, until it does."""

from odoo import api, fields, models

from ..limit.queue_cron import get_queue_cron
from ..sender.batch import Batch
from ..tools.carrier import carried
from ..tools.moments import format_moment
from .mail_server_pause import CONF_SERVER
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

    @api.model_create_multi
    def create(self, vals_list):
        """Make servers; what waits for odoo.conf's may leave through them."""
        servers = super().create(vals_list)
        self._end_pauses(CONF_SERVER)
        return servers

    def write(self, vals):
        result = super().write(vals)
        # While mails are sent, it is Odoo that writes the tokens which it is given.
        sends = carried(self.env, Batch)
        if not sends and not CONNECTION_FIELDS.isdisjoint(vals):
            self._end_pauses()
        return result

    def _end_pauses(self, *server_ids):
        """Let servers be tried at once, since somebody has changed or tested them.

        :param int server_ids: others, see ``mail.server.pause``.
        """
        pauses = self.env["mail.server.pause"].sudo()
        rows = pauses.search([("server_id", "in", [*self.ids, *server_ids])])
        if rows:
            rows.unlink()
            pauses._forget_cached()
        if self.env["mail.mail"]._release_from_servers():
            get_queue_cron(self.env)._trigger()

    @api.ondelete(at_uninstall=False)
    def _unlink_pause(self):
        """Let what waits for a server look for another one."""
        self._end_pauses()
