# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sessions that stay open between the batches of one run are used again."""

import logging

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..sender.message_session import unwrap
from ..sender.session_facts import SessionFacts, get_facts, set_facts
from .send_mark import get_call

_logger = logging.getLogger(__name__)

# What a session depends on; whoever changes one of them gets another one.
SETTINGS = (
    "smtp_authentication",
    "smtp_host",
    "smtp_port",
    "smtp_user",
    "smtp_pass",
    "smtp_encryption",
    "smtp_ssl_certificate",
    "smtp_ssl_private_key",
    "smtp_debug",
    "from_filter",
    # Of google_gmail and microsoft_outlook.
    "google_gmail_refresh_token",
    "microsoft_outlook_refresh_token",
)
# ValueError: names that can't be encoded, or that a certificate is not for.
NO_CONNECTION = (MailDeliveryException, OSError, UserError, ValueError)
USUAL_BATCH = 1000  # Odoo's, where mail.session.batch.size says nothing


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    def _connect__(  # noqa: PLW3201
        self, host=None, port=None, user=None, password=None, encryption=None,
        smtp_from=None, ssl_certificate=None, ssl_private_key=None, smtp_debug=False,
        mail_server_id=None, allow_archived=False,
    ):  # fmt: skip
        """Return a session that this run has open, or one that it will keep."""
        sessions = get_call(self.env).sessions
        named = {
            "host": host,
            "port": port,
            "user": user,
            "password": password,
            "encryption": encryption,
            "smtp_from": smtp_from,
            "ssl_certificate": ssl_certificate,
            "ssl_private_key": ssl_private_key,
            "smtp_debug": smtp_debug,
            "mail_server_id": mail_server_id,
            "allow_archived": allow_archived,
        }
        if sessions is None or not mail_server_id or self._disable_send():
            return super()._connect__(**named)
        server = self.sudo().browse(mail_server_id)
        self._check_forced_mail_server(server, allow_archived, smtp_from)
        key = server._get_connection_key(smtp_debug)
        kept = sessions.take(key, self._get_session_batch_size())
        if kept is not None:
            kept.from_filter, kept.smtp_from = server.from_filter, smtp_from
            set_facts(kept, SessionFacts(server_id=server.id))
            return kept
        with sessions.get_tls(key).resume():
            opened = super()._connect__(**named)
        sessions.keep(key, opened)
        return opened

    def _get_connection_key(self, smtp_debug):
        """Return what a session depends on; hashable.

        :param smtp_debug: as in ``_connect__``.
        """
        names = [name for name in SETTINGS if name in self._fields]
        return (self.id, smtp_debug, *(self[name] for name in names))

    @api.model
    def _get_session_batch_size(self):
        """Return how many mails Odoo sends through one session."""
        parameters = self.env["ir.config_parameter"].sudo()
        size = int(parameters.get_param("mail.session.batch.size") or 0)
        return size or USUAL_BATCH

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Note how many messages a session has had."""
        sessions, session = get_call(self.env).sessions, unwrap(smtp_session)
        if sessions:
            sessions.note_begun(session)
        refused = super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        if sessions:
            sessions.note_sent(session)
        return refused

    @api.model
    def _renew_session(self, smtp_session, error):
        session, sessions = unwrap(smtp_session), get_call(self.env).sessions
        if not sessions or not sessions.may_renew(session, error):
            return super()._renew_session(smtp_session, error)
        _logger.info("a connection is over, and another one is opened: %s", error)
        try:
            other = self._connect__(
                mail_server_id=get_facts(session).server_id, smtp_from=session.smtp_from
            )
        except NO_CONNECTION as failure:
            _logger.info("there is no other connection: %s", failure)
            return False
        sessions.replace(session, other)
        return True
