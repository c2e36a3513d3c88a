# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What counts against an address: an answer that we got ourselves, or a proven report.

Anybody can write a delivery report, and give any address in it: see :mod:`.reporter`.
"""

from odoo import tools

from .reporter import is_proven_report

COUNTS = ("mailbox_unknown", "mailbox_disabled")


def is_evidence(refusal):
    """Whether a refusal says of an address, for good, that it does not work.

    :param refusal: of ``mail.refusal``, with all rights.
    """
    if refusal.category not in COUNTS or refusal.temporary or not refusal.recipient:
        return False
    if not tools.email_normalize(refusal.recipient):
        return False
    if refusal.origin == "smtp":
        return True
    return _was_sent_to(refusal) and is_proven_report(refusal.env, refusal.receiver)


# ------------------------------------------------------------
# Who it was sent to
# ------------------------------------------------------------


def _was_sent_to(refusal):
    """Whether the mail that a report is about went to that very address."""
    mail = refusal.mail_mail_id
    message = refusal.mail_message_id or mail.mail_message_id
    email = refusal.recipient
    if mail and email in mail._list_emails():
        return True
    if message and email in _list_notified(message):
        return True
    return _has_trace(refusal, message)


def _list_notified(message):
    """Return the addresses that a message was sent to by email."""
    notifications = message.env["mail.notification"].search(
        [("mail_message_id", "=", message.id), ("notification_type", "=", "email")]
    )
    texts = notifications.res_partner_id.mapped("email")
    texts += notifications.mapped("mail_email_address")
    return set(tools.mail.email_normalize_all(",".join(filter(None, texts))))


def _has_trace(refusal, message):
    """Whether a mass mailing has sent that email to the address."""
    traces = refusal.env.get("mailing.trace")
    message_id = refusal.message_id or message.message_id
    if traces is None or not message_id:
        return False
    sent = [("message_id", "=", message_id), ("email", "=", refusal.recipient)]
    return bool(traces.sudo().search_count(sent, limit=1))
