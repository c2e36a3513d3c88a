# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails of the chatter, and the reports that come in on them."""

from odoo.tests import TransactionCase

from .shapes import ORIGINAL, ORIGINAL_ID, report

UNKNOWN_USER = "550 5.1.1 The email account that you tried to reach does not exist"
NO_DKIM = "550 5.7.26 Your email has been blocked because the sender is unauthenticated"
FULL = "552 5.2.2 The recipient's inbox is out of storage space"
NO_ROOM = "452 4.2.2 The recipient's inbox is out of storage space"


def describe(*recipients, head=""):
    """Return the fields of a report: (address, action, status, reply) each."""
    parts = [f"Reporting-MTA: dns; mail.acme.example\n{head}"]
    for address, action, status, reply in recipients:
        parts.append(
            f"Final-Recipient: rfc822; {address}\nAction: {action}\n"
            f"Status: {status}\nRemote-MTA: dns; mx.receiver.example\n"
            f"Diagnostic-Code: smtp; {reply}\n"
        )
    return "\n".join(parts)


class InboundCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jane, cls.john = cls.make_partners("jane", "john")
        cls.thread = cls.env["res.partner"].create({"name": "The Offer"})
        cls.message = cls.send(cls.jane | cls.john)

    @classmethod
    def make_partners(cls, *names):
        return cls.env["res.partner"].create(
            [{"name": one, "email": f"{one}@receiver.example"} for one in names]
        )

    @classmethod
    def send(cls, partners, **values):
        """Return a message of the chatter that these have been sent."""
        message = cls.thread.message_post(
            body="The offer",
            partner_ids=partners.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        message.notification_ids.write({"notification_status": "sent"})
        message.mail_ids.write({"state": "sent"})
        message.write(values)
        cls.env.flush_all()
        return message

    def report(self, fields_, message=None, original=ORIGINAL, **options):
        """Return a report on a message as it comes in."""
        message_id = (message or self.message).message_id
        raw = report(fields_, "Sorry.", original=original, **options)
        self.number = getattr(self, "number", 0) + 1
        own = f"Message-ID: <report-{self.number}@mail.acme.example>\r\n".encode()
        return own + raw.replace(ORIGINAL_ID.encode(), message_id.encode())

    def receive(self, raw):
        result = self.env["mail.thread"].message_process(False, raw)
        self.env.flush_all()
        self.env.invalidate_all()
        return result

    def bounce(self, *addresses, reply=UNKNOWN_USER, status="5.1.1", **options):
        """Let a report come in that says of these addresses that they failed."""
        told = [(one, "failed", status, reply) for one in addresses]
        return self.receive(self.report(describe(*told), **options))

    def note_of(self, partner, message=None):
        notifications = (message or self.message).notification_ids
        return notifications.filtered(lambda one: one.res_partner_id == partner)

    def statuses(self, message=None):
        """Return the status of each notification of a message, by name."""
        notifications = (message or self.message).notification_ids
        return {
            one.res_partner_id.name: one.notification_status for one in notifications
        }

    def bounces(self):
        return [self.jane.message_bounce, self.john.message_bounce]

    def refusals(self):
        return self.env["mail.refusal"].search([], order="id")

    def count_messages(self):
        return self.env["mail.message"].search_count([])

    def make_mail(self, message_id="<7.3.1@acme.example>", **values):
        """Return a mail that has been sent, and is no notification."""
        return self.env["mail.mail"].create(
            {
                "message_id": message_id,
                "email_to": "Jane <jane@receiver.example>",
                "body_html": "Hello",
                "state": "sent",
                **values,
            }
        )
