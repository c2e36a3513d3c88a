# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, models

from ..tools.after_delivery import FAILURES, never_raise
from ..tools.apart import in_time
from .relay_reply import find_name, listen

_logger = logging.getLogger(__name__)


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Keep what the relay calls the message, where that may become its name.

        Once the server has taken it, nothing is raised: it would be sent again.
        """
        heard, listener = listen(smtp_session)
        try:
            refused = super()._deliver(heard, message, smtp_from, smtp_to_list)
        except FAILURES:
            if not listener.has_left:
                raise
            _logger.exception("What comes after a message has left fails")
            refused = {}
        with never_raise(_logger.warning, "What a relay calls a message is not kept"):
            message_id = "" if isinstance(message, bytes) else message["Message-Id"]
            if listener.reply and message_id:
                self._note_relay_name(listener.reply, str(message_id))
        return refused

    @api.model
    def _note_relay_name(self, reply, message_id):
        if name := find_name(reply, message_id):
            with in_time(self.env, flush=False):
                self.env["mail.relay.name"]._note(name, message_id)
