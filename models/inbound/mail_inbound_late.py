# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Incoming mails that another transaction was in the way of: they are read again.

A delivery report may come while its mail is still being sent. fetchmail takes what
fails for read, so that the report would be lost.
"""

import base64
import logging
from datetime import timedelta

from odoo import api, fields, models

from ..tools.apart import CONFLICTS
from ..tools.wake import wake_cron
from .fall_through import FallThrough
from .message import read_inbound

_logger = logging.getLogger(__name__)

CRON = "mail_deliverability.mail_inbound_late_cron"
AGAIN = timedelta(minutes=1)  # what is in the way lasts for seconds
TRIES = 30
BATCH = 100


class MailInboundLate(models.Model):
    _name = "mail.inbound.late"
    _description = "Incoming Email to Read Again"
    _order = "id"

    raw = fields.Binary(attachment=False, readonly=True, groups=fields.NO_ACCESS)
    options = fields.Json(
        readonly=True, help="Technical: what message_process was called with."
    )
    tries = fields.Integer(readonly=True)

    @api.model
    def _keep(self, inbound, model, options):
        """Keep a message, to be read again soon.

        :param InboundMessage inbound: what came.
        :param model: as ``message_process`` got it.
        :param dict options: likewise, by name.
        """
        _logger.info("%r is read again: something is in its way", inbound.message_id)
        raw = base64.b64encode(inbound.raw)
        self.sudo().create({"raw": raw, "options": {**options, "model": model}})
        self._wake_cron()

    @api.model
    def _wake_cron(self):
        wake_cron(self.env, CRON, AGAIN)

    @api.model
    def _cron_read_again(self):
        """Read what was kept, each message in a transaction of its own."""
        cron = self.env["ir.cron"]
        late = self.search([], limit=BATCH)
        cron._commit_progress(remaining=len(late))
        for row in late:
            if row.try_lock_for_update():
                row._read_again()
            if not cron._commit_progress(1):
                break
        if self.search_count([], limit=1):
            self._wake_cron()

    def _read_again(self):
        inbound = read_inbound(base64.b64decode(self.raw or b""))
        try:
            with (
                FallThrough("mail.thread", inbound, CONFLICTS),
                self.env.cr.savepoint(),
            ):
                thread = self.env["mail.thread"].sudo()
                thread.message_process(message=inbound.raw, **self.options)
        except CONFLICTS as error:
            self.tries += 1
            if self.tries < TRIES:
                return
            _logger.warning("%r is given up: %s", inbound.message_id, error)
        self.unlink()
