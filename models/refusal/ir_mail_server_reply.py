# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, models

from ..tools.after_delivery import never_raise
from .relay_reply import find_name, listen

_logger = logging.getLogger(__name__)


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Keep what the relay calls the message, where that may become its name."""
        heard, listener = listen(smtp_session)
        refused = super()._deliver(heard, message, smtp_from, smtp_to_list)
        message_id = "" if isinstance(message, bytes) else message["Message-Id"]
        if listener.reply and message_id:
            self._note_relay_name(listener.reply, str(message_id))
        return refused

    @api.model
    def _note_relay_name(self, reply, message_id):
        name = find_name(reply, message_id)
        if not name:
            return
        with (
            never_raise(_logger.warning, f"{name} is not kept for {message_id}"),
            self.env.cr.savepoint(flush=False),
        ):
            self.env["mail.relay.name"]._note(name, message_id)
