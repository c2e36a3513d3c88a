# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ...mailauth.message.raw import MAX_MESSAGE, find_attached
from ...mailauth.printable import printable
from ..inbound.message import read_inbound
from .marks import is_same, make_marks, read_marks
from .stored import find_raw, keep_raw

_logger = logging.getLogger(__name__)

LATE = "late_raw"  # the field of what came while the leg was locked
MOST = 100  # messages in one run


class MailTestMessageLeg(models.Model):
    """What a leg does with what comes."""

    # A file for each concern.
    _inherit = "mail.test.message.leg"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _list_late(self):
        """Return the legs that something came of while they were locked."""
        late = [("res_model", "=", self._name), ("res_field", "=", LATE)]
        put_by = self.env["ir.attachment"].sudo().search(late, limit=MOST, order="id")
        return self.browse(dict.fromkeys(put_by.mapped("res_id"))).exists()

    def _receive_late(self):
        """Receive what came while the leg was locked, in its order."""
        put_by = find_raw(self, [LATE]).sorted("id")
        for one in put_by:
            self._receive(read_inbound(one.raw))
        put_by.unlink()

    def _receive(self, message):
        """Tell the message from what is not it, and keep what it is."""
        self.env.cr.execute(
            SQL(
                "SELECT FROM mail_test_message_leg WHERE id = %s FOR NO KEY UPDATE",
                self.id,
            )
        )
        self.invalidate_recordset()
        raw, note = self._recognize(message)
        if raw is None:
            self._keep_stray(message, note)
        elif self.state == "back":
            self.replays += 1
            _logger.info("a message of test %s came again", self.test_id.id)
        else:
            self._keep_back(raw, note)
        self.test_id._tell_state()

    def _recognize(self, message):
        """Return the bytes that were sent, None where it is another message.

        :return: the bytes, and what is to be said of it or "".
        """
        if len(message.raw) > MAX_MESSAGE:
            return None, self.env._(
                "A message that is larger than 30 MB has come; it is not kept."
            )
        # While the message is still being handed over, nobody else can know the token.
        if not self.marks or is_same(self.marks, make_marks(message.headers)):
            return message.raw, ""
        author = printable(message.author, 100) or self.env._("nobody")
        if message.headers.get_content_type() == "multipart/report":
            return None, self.env._("A delivery report has come, from %s.", author)
        attached = find_attached(message.raw)
        if attached and is_same(self.marks, read_marks(attached)):
            return attached, self.env._("Handed back by %s, as an attachment.", author)
        return None, self.env._(
            "A message from %s names this test, and is not the one that was sent.",
            author,
        )

    def _keep_back(self, raw, note):
        now = fields.Datetime.now()
        self.write({"state": "back", "back_on": now, "note": note or False})
        keep_raw(self, "raw", raw)
        if self.kind != "arrival":
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE mail_test_message
                   SET back_on = %s,
                       state = CASE WHEN state = 'sending' THEN state
                                    ELSE 'judging' END
                 WHERE id = %s
                """,
                now,
                self.test_id.id,
            )
        )
        self.test_id.invalidate_recordset()
        self.test_id._wake_cron()

    def _keep_stray(self, message, note):
        """Keep another message as evidence, the first one; the test goes on."""
        self.strays += 1
        _logger.info(
            "%r names test %s and is another message",
            message.message_id,
            self.test_id.id,
        )
        if self.strays > 1:
            return
        if len(message.raw) <= MAX_MESSAGE:
            keep_raw(self, "stray_raw", message.raw)
        self.stray_note = note
