# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What counts against an address: an answer that we got ourselves, or a proven report.

Anybody can write a delivery report, and give any address in it.
"""

from odoo import tools

from ...mailauth.message.handover import read_way
from ...mailauth.message.raw import read_raw
from ..domain.ir_mail_server import split_addresses
from ..inbound.author import is_author_proven
from ..inbound.message import InboundMessage
from ..tools.carrier import carried

INSIDE = ("no_outside_hop", "private_only")  # of Way.proves_nothing
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
    return _was_sent_to(refusal) and _is_proven_report(refusal.env)


# ------------------------------------------------------------
# Who reports
# ------------------------------------------------------------


def _is_proven_report(env):
    """Whether the report that is being processed is to be believed; asked once."""
    message = carried(env, InboundMessage)
    if not message:
        return False
    return message.ask_once(
        "is a proven report",
        lambda: _is_from_own_relay(env, message) or is_author_proven(env, message),
    )


def _is_from_own_relay(env, message):
    """Whether our own servers made a report, as the receiver's Received fields tell.

    Either it never came from outside, or from an address that our mails leave from.
    Who has an account at our own provider is no relay. Whoever else calls
    ``message_process`` than fetchmail or an administrator's gateway writes these
    fields, too.
    """
    if not env.user._is_system():
        return False
    way = read_way(read_raw(message.raw))
    if not way.client_ip:
        return bool(way.hops) and way.proves_nothing in INSIDE
    servers = env["ir.mail_server"].sudo().search([])
    known = {ip for one in servers for ip in split_addresses(one.sending_host_ips)}
    return way.client_ip in known


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
