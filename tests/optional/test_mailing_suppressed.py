# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mass mailings leave out addresses that don't work."""

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..refusal.suppressed_common import DAY, SuppressedMixin
from .test_mailings import COUNT, MailingCase


@tagged("-standard", "with_mass_mailing")
class TestSuppressedContacts(SuppressedMixin, MailingCase):
    def setUp(self):
        super().setUp()
        self.set_limit(50)
        self.now = fields.Datetime.now()
        self.dead = self.contacts[0].email

    def launch_all(self):
        self.mailing.action_launch()
        self.run_job()
        self.process()
        return len(self.sink.deliveries)

    def trace(self, email):
        return self.env["mailing.trace"].search(
            [("mass_mailing_id", "=", self.mailing.id), ("email", "=", email)]
        )

    def test_left_out(self):
        self.suppress(self.dead, when=self.now)
        self.assertEqual(self.launch_all(), COUNT - 1)
        trace = self.trace(self.dead)
        self.assertEqual(trace.trace_status, "cancel")
        self.assertEqual(trace.failure_type, "mail_email_invalid")
        self.assertEqual(self.mailing.state, "done")
        self.assertFalse(self.env["mail.blacklist"].search([]))

    def test_odoo_says_no_as_well(self):
        """Consent comes first: the trace says what it says without suppression."""
        emails = self.contacts[:2].mapped("email")
        self.suppress(*emails, when=self.now)
        self.env["mail.blacklist"]._add(emails[0])
        subscription = self.contacts[1].subscription_ids
        subscription.opt_out = True
        self.assertEqual(self.launch_all(), COUNT - 2)
        self.assertEqual(self.trace(emails[0]).failure_type, "mail_bl")
        self.assertEqual(self.trace(emails[1]).failure_type, "mail_optout")

    def test_suppressed_while_it_waits(self):
        self.set_limit(5)
        waiting = self.launch()
        mail = waiting[0]
        email = mail.mailing_trace_ids.email
        self.suppress(email, when=self.now)
        self.set_limit(50)
        with self.next_day():
            self.process()
        self.assertEqual(len(self.sink.deliveries), COUNT - 1)
        self.assertEqual(self.trace(email).trace_status, "cancel")
        self.assertEqual(self.trace(email).failure_type, "mail_email_invalid")

    def test_the_one_try(self):
        self.suppress(self.dead, when=self.now - 91 * DAY)
        self.assertEqual(self.launch_all(), COUNT)
        self.assertEqual(self.trace(self.dead).trace_status, "sent")
        self.assertTrue(self.entry(self.dead).tried_on)

    def test_the_try_waits_for_the_limit(self):
        """The mail that is the try goes, whenever its turn comes."""
        for contact in self.contacts:
            self.suppress(contact.email, when=self.now - 91 * DAY)
            self.entry(contact.email).last_refused_on = self.now - 91 * DAY
        self.set_limit(5)
        self.launch()
        self.set_limit(50)
        with self.next_day():
            self.process()
        self.assertEqual(len(self.sink.deliveries), COUNT)

    def test_a_test(self):
        """What a person sends as a test goes."""
        self.suppress(self.dead, when=self.now)
        test = self.env["mailing.mailing.test"].create(
            {"email_to": self.dead, "mass_mailing_id": self.mailing.id}
        )
        test.send_mail_test()
        self.process()
        self.assertEqual(self.recipients(), [self.dead.split("@")[0]])

    def test_switched_off(self):
        self.suppress(self.dead, when=self.now)
        self.set_limit(0, "suppression")
        self.assertEqual(self.launch_all(), COUNT)

    def test_a_document_with_two_mailings(self):
        """A refusal between two mailings a week apart, and the next one."""
        with freeze_time(self.now - 7 * DAY, tick=True):
            self.refuse(self.dead, self.now - 7 * DAY)
        self.assertEqual(self.launch_all(), COUNT)
        self.refuse(self.dead, self.now)
        self.assertTrue(self.entry(self.dead).active)
