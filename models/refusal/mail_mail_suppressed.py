# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Notifications of followers whose address does not work: they are held back.

What somebody has written to a person by hand, with the composer or by naming a
recipient, goes; so do invoices, codes and all else that is made for its recipient.
"""

import logging

from odoo import api, fields, models, tools

from ..tools.after_delivery import never_raise
from .mail_mail_held import NO_FAILURE
from .values import NOT_REFUSED, to_marks

_logger = logging.getLogger(__name__)

# As Odoo calls an address that nothing can be sent to.
FAILURE_TYPE = "mail_email_invalid"
# What somebody sends to many records has a message of this type, and nobody is named.
BY_COMPOSER = "email_outgoing"
NOBODY = {"email_to": False, "email_cc": False}
GONE_AFTER = 90  # days, as long as an address is suppressed
GC_BATCH = 1000


class MailMail(models.Model):
    """Each recipient who is held back has a mail of his own: it can be sent later.

    Odoo would delete one that fails for its address (``auto_delete``).
    """

    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    held_address_id = fields.Many2one(
        "mail.suppressed.address",
        string="Held Back For",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The suppressed address that the email was not sent to.",
    )
    is_let_through = fields.Boolean(
        readonly=True,
        copy=False,
        help="The email goes, though its address is suppressed.",
    )

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Hold back, before anything is counted or connected to, who gets nothing.

        Whoever wants an exception waits for that very mail: nothing is held back.
        """
        held = self.browse()
        if not raise_exception and self.env["mail.suppressed.address"]._has_any():
            what = "Nobody is held back whose address is suppressed"
            with never_raise(_logger.exception, what):
                held = self._hold_suppressed(auto_commit is True)
        return super(MailMail, self - held).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _hold_suppressed(self, commits):
        """Hold back the recipients whose addresses are suppressed.

        :param bool commits: as ``auto_commit`` of ``send``.
        :return: the mails that nobody is left of.
        """
        held = self.browse()
        with self.env.cr.savepoint():
            found = self._find_suppressed()
            locked = self.browse(one.id for one in found)._lock_unchanged()
            for mail, addresses in found.items():
                if mail in locked and mail._hold(addresses):
                    held |= mail
        self._end_transaction(commits and bool(found))
        return self & held

    def _find_suppressed(self):
        """Return who of these mails' recipients is held back, by mail.

        :rtype: dict[mail.mail, dict[res.partner, mail.suppressed.address]]
        """
        asked = {
            mail: followers
            for mail in self.sudo()
            if (followers := mail._list_followers())
        }
        everybody = set().union(*map(_join, asked.values()))
        held, tried = self.env["mail.suppressed.address"]._find_held(everybody)
        found = {}
        for mail, emails in asked.items():
            if tried & _join(emails):
                mail.is_let_through = True
            found[mail] = {
                partner: held[own[0]]
                for partner, own in emails.items()
                if held.keys() >= set(own)
            }
        return {mail: partners for mail, partners in found.items() if partners}

    def _list_followers(self):
        """Return the addresses of those who get a notification as followers only.

        :rtype: dict[res.partner, list[str]]
        """
        goes = self.state != "outgoing" or self.is_let_through
        if goes or not self.is_notification or self.message_type == BY_COMPOSER:
            return {}
        followers = self.recipient_ids - self.mail_message_id.partner_ids
        emails = {
            one: tools.mail.email_normalize_all(one.email or "") for one in followers
        }
        return {one: own for one, own in emails.items() if own}

    def _hold(self, addresses):
        """Hold recipients back, each with a mail of his own.

        :param dict addresses: ``mail.suppressed.address`` by partner.
        :return: whether nobody else is left of this mail.
        """
        partners = self.recipient_ids.browse(one.id for one in addresses)
        is_rest = not (self.recipient_ids - partners or self.email_to or self.email_cc)
        for partner in partners[1:] if is_rest else partners:
            self._split_off(partner, NOBODY, {})._mark_held(addresses[partner])
        if is_rest:
            self._mark_held(addresses[partners[0]])
        return is_rest

    def _mark_held(self, address):
        """Say at the mail and at its recipient's notification why it has not gone."""
        reason = address._explain()
        refusal = address.refusal_ids[:1]
        marks = to_marks(refusal) if refusal else NOT_REFUSED
        failure = {"failure_type": FAILURE_TYPE, "failure_reason": reason, **marks}
        self.write({"state": "exception", "held_address_id": address.id, **failure})
        failing = self._get_unsent_notifications()
        # An author who is no colleague may read that; colleagues have held_reason.
        unsaid = {**failure, "failure_reason": False}
        failing.write({"notification_status": "exception", **unsaid})
        failing.invalidate_recordset(["held_reason"])
        self._tell_chatter()

    # ------------------------------------------------------------
    # Sent after all
    # ------------------------------------------------------------

    def mark_outgoing(self):
        """Let those go that were held back: who presses *Retry* means it."""
        self.check_access("write")
        self.filtered("held_address_id")._let_go_held()
        return super().mark_outgoing()

    def _let_go_held(self, through=True):
        """Put mails into the queue that were held back.

        :param bool through: whether they go though the address is suppressed.
        """
        held = self.sudo().filtered(lambda one: one.state == "exception")
        held.write(
            {
                "state": "outgoing",
                "held_address_id": False,
                "is_let_through": through,
                **NO_FAILURE,
            }
        )
        waiting = held._get_unsent_notifications()
        waiting.write({"notification_status": "ready", **NO_FAILURE})
        waiting.invalidate_recordset(["held_reason"])
        held._tell_chatter()
        return held

    @api.autovacuum
    def _gc_held(self):
        """Delete what was held back and would have been deleted once sent."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=GONE_AFTER)
        old = self.sudo().search(
            [
                ("held_address_id", "!=", False),
                ("state", "=", "exception"),
                ("auto_delete", "=", True),
                ("write_date", "<", limit),
            ],
            limit=GC_BATCH,
        )
        old.unlink()
        return len(old), len(old) == GC_BATCH


def _join(emails):
    """Return all addresses of several partners."""
    return {email for own in emails.values() for email in own}
