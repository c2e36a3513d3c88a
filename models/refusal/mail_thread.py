# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Odoo makes of a report: it counts only that an address does not work."""

from odoo import api, models

from ...mailauth.refusal.bounce import Bounce
from ..inbound.message import InboundMessage
from ..inbound.takers import MAX_TAKEN
from ..tools.carrier import carried
from .report import QUESTION, Report, spell

# The other addresses of one report, in what Odoo knows of a message.
FURTHER = "mail_deliverability_bounced"
# What Odoo raises of reports that are damaged, and of signs that no database takes.
UNREADABLE = (AttributeError, LookupError, ValueError)


class MailThread(models.AbstractModel):
    # A file for each concern.
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_delivery_report(self):
        """Return the report that the incoming message is, None where nobody knows.

        :rtype: Report
        """
        inbound = carried(self.env, InboundMessage)
        if inbound and len(inbound.raw) > MAX_TAKEN:
            return Report(Bounce("none"), is_noted=True)  # nobody has looked at it
        report = inbound and inbound.ask_once(QUESTION, lambda: None)
        return report if report and report.is_noted else None

    @api.model
    def _message_parse_extract_bounce(self, email_message, message_dict):
        """Count addresses that don't work, and no other report.

        Whatever Odoo takes for a bounce stays one: else it would be routed into the
        thread that it refers to, a read receipt as well.
        """
        report = self._get_delivery_report()
        try:
            values = super()._message_parse_extract_bounce(email_message, message_dict)
        except UNREADABLE:
            if report is None:
                raise
            values = {"is_bounce": True}
        if report is None or not (values["is_bounce"] or report.is_delivery_report):
            return values
        first, *others = report.counted or [False]
        return {
            **values,
            "is_bounce": True,
            "bounced_msg_ids": [report.message_id] if first else [],
            "bounced_message": report.message or self.env["mail.message"].sudo(),
            **self._prepare_bounced(first),
            FURTHER: others,
        }

    @api.model
    def _message_parse_extract_payload(
        self, message, message_dict, save_original=False
    ):
        """Let what is kept of a bounce be the words of the server, not all of it.

        Odoo and mass_mailing take them from the body: with the technical part, and the
        email that has come back.
        """
        values = super()._message_parse_extract_payload(
            message, message_dict, save_original=save_original
        )
        report = FURTHER in message_dict and self._get_delivery_report()
        if report:
            values["body"] = report.word(message_dict["bounced_email"])
        return values

    @api.model
    def _prepare_bounced(self, address):
        """Return what Odoo knows of an address that bounces.

        :param address: folded, or False.
        """
        partners = self.env["res.partner"].sudo()
        if address:
            partners = partners.search(
                [("email_normalized", "in", list(spell(address)))]
            )
            address = partners[:1].email_normalized or address
        return {"bounced_email": address, "bounced_partner": partners}

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Count each recipient of a report; Odoo and its modules know one of them."""
        others = message_dict.pop(FURTHER, None)
        result = super()._routing_handle_bounce(email_message, message_dict)
        for address in others or ():
            one = {**message_dict, **self._prepare_bounced(address)}
            one["body"] = self._get_delivery_report().word(one["bounced_email"])
            self._routing_handle_bounce(email_message, one)
        report = self._get_delivery_report()
        if report and others is not None:
            # Odoo has written over what the words of the server mean.
            self.env["mail.delivery.report"].sudo()._tell_counted(report)
        return result
