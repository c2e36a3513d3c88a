# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server that does not work is left alone, until it does."""

from odoo import api, fields, models

from ..sender.batch import Batch
from ..tools.carrier import carried
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


class Opened:
    """A part of a batch: the session that was opened before Odoo asks for it.

    :param session: None where there is none.
    :param error: what Odoo is to see then.
    """

    def __init__(self, server_id, smtp_from, session=None, error=None):
        self._asked = (server_id or False, smtp_from)
        self.session = session
        self._error = error

    def is_for(self, host, server_id, smtp_from):
        """Whether somebody asks for this one."""
        return not host and self._asked == (server_id or False, smtp_from)

    def take(self):
        """Return the session; whoever has it closes it."""
        if self._error:
            raise self._error
        session, self.session = self.session, None
        return session


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
        self.env["mail.server.pause"]._end_for(self)
        return result

    def write(self, vals):
        result = super().write(vals)
        if not CONNECTION_FIELDS.isdisjoint(vals):
            self.env["mail.server.pause"]._end_for(self)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_pause(self):
        """Let what waits for a server look for another one."""
        self.env["mail.server.pause"]._end_for(self)

    def _connect__(  # noqa: PLW3201
        self, host=None, port=None, user=None, password=None, encryption=None,
        smtp_from=None, ssl_certificate=None, ssl_private_key=None, smtp_debug=False,
        mail_server_id=None, allow_archived=False,
    ):  # fmt: skip
        """Return the session that was opened for these mails, if there is one."""
        batch = carried(self.env, Batch)
        opened = batch and batch.get_part(Opened)
        if opened and opened.is_for(host, mail_server_id, smtp_from):
            batch.drop_part(Opened)
            return opened.take()
        return super()._connect__(
            host=host, port=port, user=user, password=password, encryption=encryption,
            smtp_from=smtp_from, ssl_certificate=ssl_certificate,
            ssl_private_key=ssl_private_key, smtp_debug=smtp_debug,
            mail_server_id=mail_server_id, allow_archived=allow_archived,
        )  # fmt: skip
