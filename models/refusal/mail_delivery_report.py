# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Delivery reports: read at the door, and told to those whom they are about."""

import logging

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize_all

from ...mailauth.from_filter import fold_address
from ...mailauth.refusal.bounce import Bounce, parse_bounce
from ..optional.mass_mailing import find_traces
from .report import (
    ABOUT_DELIVERY,
    QUESTION,
    Report,
    Reported,
    list_ids,
    may_be_report,
    spell,
)

_logger = logging.getLogger(__name__)

MAX_MESSAGES = 5  # that have one Message-ID
MAX_MAILS = 100  # of one message
MAX_LIKE = 20  # recipients who are looked for in fields with several addresses


class MailDeliveryReport(models.AbstractModel):
    _name = "mail.delivery.report"
    _description = "Delivery Report"

    # ------------------------------------------------------------
    # In
    # ------------------------------------------------------------

    @api.model
    def _take_inbound(self, message):
        """See :mod:`..inbound.takers`; a report is left to Odoo, which counts it."""
        reports = self.sudo()
        if may_be_report(message, reports._list_bounce_addresses()):
            report = reports._read(message)
            report.is_noted = False
            if report.reported:
                reports._note(report)
            elif report.bounce.kind in ABOUT_DELIVERY:
                _logger.info(
                    "%r says %s of no mail that was sent to whom it names: ignored",
                    message.message_id,
                    report.bounce.kind,
                )
            report.is_noted = True
        else:
            # Odoo may take it for one all the same, by what only it can read.
            message.ask_once(QUESTION, lambda: Report(Bounce("none"), is_noted=True))
        return False

    @api.model
    def _list_bounce_addresses(self):
        domains = self.env["mail.alias.domain"].search_fetch(
            [], ["name", "bounce_alias"]
        )
        return {fold_address(one.bounce_email) for one in domains if one.bounce_email}

    @api.model
    def _read(self, message):
        """Return the report that an incoming message is, read once.

        :param InboundMessage message: what came.
        :rtype: Report
        """
        return message.ask_once(QUESTION, lambda: self._find(parse_bounce(message.raw)))

    # ------------------------------------------------------------
    # Which mail
    # ------------------------------------------------------------

    @api.model
    def _find(self, bounce):
        """Return a report with the mail that was sent to whom it names.

        Never by an address alone: anybody may say anything of an address.

        :param Bounce bounce: what the core has read.
        """
        if bounce.kind not in ABOUT_DELIVERY:
            return Report(bounce)
        own, relayed, referred = list_ids(bounce)
        names = self.env["mail.relay.name"]
        for ids in (own, names._find_message_ids(relayed), referred):
            if ids and (report := self._find_by_ids(bounce, ids)):
                report.is_answer = ids is referred
                return report
        return Report(bounce)

    @api.model
    def _find_by_ids(self, bounce, ids):
        """Return the report where a mail with one of these identifiers is meant."""
        messages = self.env["mail.message"].search(
            [("message_id", "in", ids)], order="id desc", limit=MAX_MESSAGES
        )
        traces = find_traces(self.env, ids)
        for message in messages or [messages]:
            if reported := self._match(bounce, message, traces):
                found = [message.message_id] if message else traces.mapped("message_id")
                return Report(bounce, message, found[0] or ids[0], reported)
        return None

    @api.model
    def _match(self, bounce, message, traces):
        """Return a Reported for each recipient whom the mail was sent to."""
        named = {one.address: one for one in bounce.recipients}
        addresses = [*named, *bounce.about]
        originals = [one.original_address for one in bounce.recipients]
        sent = self._list_sent(message, traces, [*addresses, *originals])
        if bounce.kind == "complaint" and not addresses and len(sent) == 1:
            addresses = list(sent)  # it hides who complains
        found = {}
        for address in addresses:
            told = named.get(address)
            tried = [address, told.original_address if told else ""]
            folded = next((one for one in map(fold_address, tried) if one in sent), "")
            if folded:
                action = told.action if told else bounce.kind
                found[folded] = Reported(folded, action, told, *sent[folded])
        return list(found.values())

    @api.model
    def _list_sent(self, message, traces, addresses):
        """Return who a mail was sent to, as far as that is kept.

        :param addresses: those who matter, none of them: all matter.
        :return: by folded address: notifications, mails, traces.
        """
        sent = {}
        mails = self.env["mail.mail"]
        if message:
            of_message = [("mail_message_id", "=", message.id)]
            mails = mails.search(of_message, limit=MAX_MAILS)
        kinds = (
            (self._find_notifications(message, addresses), _get_notified),
            (mails, _get_recipients),
            (traces, lambda trace: [trace.email]),
        )
        empty = [
            records.browse() if records is not None else None for records, _ in kinds
        ]
        for position, (records, list_addresses) in enumerate(kinds):
            for record in records or ():
                for address in filter(None, list_addresses(record)):
                    entry = sent.setdefault(fold_address(address), list(empty))
                    entry[position] |= record
        return sent

    @api.model
    def _find_notifications(self, message, addresses):
        """Return the notifications by mail of a message, of these addresses."""
        notifications = self.env["mail.notification"]
        if not message:
            return notifications
        domain = Domain("mail_message_id", "=", message.id)
        domain &= Domain("notification_type", "=", "email")
        spellings = sorted({name for one in addresses for name in spell(one)})
        if spellings:
            named = Domain("res_partner_id.email_normalized", "in", spellings)
            named |= Domain("mail_email_address", "in", spellings)
            if len(spellings) <= MAX_LIKE:
                like = [("res_partner_id.email", "ilike", one) for one in spellings]
                named |= Domain.OR([Domain(*one) for one in like])
            domain &= named
        elif addresses:
            return notifications
        return notifications.search(domain, limit=None if addresses else 2)


def _get_notified(notification):
    """Return the addresses that a notification was sent to."""
    partner = notification.res_partner_id
    return [*email_normalize_all(partner.email), notification.mail_email_address]


def _get_recipients(mail):
    texts = [mail.email_to, mail.email_cc, *mail.recipient_ids.mapped("email")]
    return [address for text in texts for address in email_normalize_all(text)]
