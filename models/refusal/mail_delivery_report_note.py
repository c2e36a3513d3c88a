# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a delivery report says, kept with the recipients whom it is about."""

from odoo import api, models

from ...mailauth.refusal.result import Refusal
from ..optional.mass_mailing import tell_refused
from .report import COUNTED
from .values import to_marks, to_values

SUPPRESSED_MODEL = "mail.suppressed.address"
# A complaint is no answer of a server; what is wrong with it is what people think.
COMPLAINT = Refusal(
    provider="",
    category="content",
    blame="our_message",
    scope="recipient",
    temporary=False,
    advice="change_content",
)


class MailDeliveryReport(models.AbstractModel):
    # A file for each concern.
    _inherit = "mail.delivery.report"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _note(self, report):
        """Keep what a report says.

        :param Report report: about a mail of ours.
        """
        before = self._find_known(report)
        known = {(one.recipient, one.temporary, one.category): one for one in before}
        fresh = []
        for one in report.reported:
            if not (one.told and one.told.refusal) and one.action != "complaint":
                continue
            category = (one.told.refusal if one.told else COMPLAINT).category
            one.refusal = known.get((one.address, one.action == "delayed", category))
            if not one.refusal:
                fresh.append(one)
        values = [self._prepare_refusal(report, one) for one in fresh]
        for one, refusal in zip(
            fresh, self.env["mail.refusal"]._note(values), strict=True
        ):
            one.refusal = refusal
        refusals = [one.refusal for one in report.reported if one.refusal]
        self.env["mail.refusal"].union(*refusals)._prove()
        self._tell(report)
        # What another transaction is in the way of must not look like an error of what
        # follows, which is only logged.
        self.env.flush_all()
        self._count(report, before)

    @api.model
    def _find_known(self, report):
        """Return what other reports have said of this mail before, maybe forged ones.

        :rtype: mail.refusal
        """
        return self.env["mail.refusal"].search(
            [
                ("message_id", "=", report.message_id),
                ("origin", "=", "report"),
                ("recipient", "in", [one.address for one in report.reported]),
            ]
        )

    @api.model
    def _prepare_refusal(self, report, one):
        """Return what ``mail.refusal`` keeps.

        What has failed is final, whatever the status: the relay has tried long enough.
        """
        mail = one.mails[:1]
        values = to_values(one.told.refusal if one.told else COMPLAINT)
        text = "Feedback-Type: abuse"
        if one.told:
            text = one.told.diagnostic.strip()
            if text.lower() in ("", "smtp;"):  # a type without words
                text = one.told.status
        return {
            **values,
            "temporary": one.action == "delayed",
            "text": text,
            "recipient": one.address,
            "origin": "report",
            "message_id": report.message_id,
            "mail_message_id": report.message.id or mail.mail_message_id.id,
            "mail_mail_id": mail.id,
            "server_id": mail.mail_server_id.id,
        }

    # ------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------

    @api.model
    def _tell(self, report):
        """Tell notifications, mails and traces what has become of each recipient."""
        for one in report.reported:
            if one.action == "failed":
                self._tell_failed(one)
            else:
                one.notifications._note_report(one.action)
        messages = report.message.filtered(lambda message: message._is_thread_message())
        messages.sudo(False)._notify_message_notification_update()

    @api.model
    def _tell_failed(self, one):
        """Tell that a recipient does not get the mail.

        :param Reported one: the recipient.
        """
        reason = one.refusal.text
        self._tell_notifications(one)
        # A mail to several stays what it is for the others.
        alone = one.mails.filtered(
            lambda mail: mail.state == "sent" and mail._count_recipients() == 1
        )
        alone.write({**to_marks(one.refusal), "failure_reason": reason})
        if one.traces:
            tell_refused(one.traces, one.refusal.category in COUNTED, reason)

    @api.model
    def _tell_notifications(self, one):
        one.notifications.write(
            {
                **to_marks(one.refusal),
                "notification_status": "bounce",
                "failure_type": "mail_bounce",
                "failure_reason": one.refusal.text,
                "delivery_report": False,
            }
        )

    @api.model
    def _tell_counted(self, report):
        """Tell again what Odoo has written over."""
        for one in report.reported:
            if one.address in report.counted:
                self._tell_notifications(one)

    @api.model
    def _count(self, report, before):
        """Note whose address does not work.

        What was known already may be proven only now; Odoo counts an address once.

        :param before: as :meth:`_find_known`.
        """
        failed = [one for one in report.reported if one.action == "failed"]
        final = before.filtered(lambda one: not one.temporary)
        counted = final.filtered(lambda one: one.category in COUNTED)
        known = set(counted.mapped("recipient"))
        refusals = self.env["mail.refusal"].union(*(one.refusal for one in failed))
        if refusals and SUPPRESSED_MODEL in self.env:
            self.env[SUPPRESSED_MODEL]._note_refusal(refusals)
        report.counted = [
            one.address
            for one in failed
            if one.refusal.category in COUNTED and one.address not in known
        ]
