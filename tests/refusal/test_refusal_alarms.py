# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Administrators are told of what only they can end, and when it has ended."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, new_test_user, tagged

from ...models.refusal.mail_refusal_alarm import MAX_ALARMS, PREFIX
from .test_mail_refusal import GMAIL_DKIM, explained

NOW = datetime(2026, 11, 26, 10, 14)
LISTED = (
    "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org"
)
NO_DKIM = (
    "550 5.7.30 This mail has been blocked because DKIM does not pass. Gmail requires "
    "all large senders to authenticate with DKIM. gsmtp"
)


@tagged("-at_install", "post_install")
class TestRefusalAlarms(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "acme.example"})
        cls.env["res.company"].search([]).alias_domain_id = cls.domain
        cls.admin = new_test_user(
            cls.env, "refusal_admin", groups="base.group_system", tz="Europe/Berlin"
        )
        cls.cron = cls.env.ref("mail_deliverability.mail_refusal_cron_watch")
        cls.partner = cls.env["res.partner"].create(
            {"name": "Jo", "email": "jo@gmail.com"}
        )

    def setUp(self):
        super().setUp()
        clock = freeze_time(NOW)
        self.clock = clock.start()
        self.addCleanup(clock.stop)
        # What the database writes as the time of a change.
        self.patch(type(self.env.cr), "now", lambda _cr: self.clock())

    def note(self, text=NO_DKIM, count=1, receiver="gmail.com", **values):
        return self.env["mail.refusal"]._note(
            [
                explained(
                    text,
                    date=fields.Datetime.now(),
                    message_id=f"<{self.clock().timestamp()}.{n}@{receiver}.acme.example>",
                    recipient=f"jo@{receiver}",
                    **{"origin": "report", "is_proven": True, **values},
                )
                for n in range(count)
            ]
        )

    def watch(self):
        self.env["mail.refusal"]._cron_watch()
        return self.get_alarms()

    def get_alarms(self):
        mine = [("alarm_subject", "=like", f"{PREFIX}%")]
        mine += [("user_id", "=", self.admin.id)]
        return self.env["mail.activity"].search(mine, order="id")

    def send(self, status="sent", address="jo@gmail.com"):
        """Let a recipient get an email now."""
        partner = self.partner.create({"name": "Jo", "email": address})
        message = self.env["mail.message"].create({"date": fields.Datetime.now()})
        return self.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "notification_status": status,
                "notification_type": "email",
                "res_partner_id": partner.id,
            }
        )

    def test_who_how_many_since_when_and_why(self):
        self.note()
        self.clock.tick(timedelta(minutes=5))
        self.note(count=11)
        [alarm] = self.watch()
        self.assertEqual(
            alarm.summary.replace("\u202f", " "),
            "Gmail refused 12 emails since 11:14 AM: no valid DKIM signature",
        )
        self.assertIn("Set up DKIM", alarm.note)
        self.assertIn("/odoo/email-refusals", alarm.note)
        self.assertIn(f"/odoo/email-domain-checks/{self.domain.id}", alarm.note)
        self.assertIn("DKIM does not pass", alarm.note)

    def test_one(self):
        self.note()
        [alarm] = self.watch()
        self.assertIn("Gmail refused an email at 11:14", alarm.summary)

    def test_an_email_to_many_is_one(self):
        self.note().copy()
        [alarm] = self.watch()
        self.assertIn("refused an email", alarm.summary)

    def test_the_same_alarm_goes_on(self):
        self.note()
        before = self.watch()
        self.clock.tick(timedelta(days=1))
        self.note()
        self.assertEqual(self.watch(), before)
        self.assertIn("2 emails since", before.summary)
        self.assertIn("11/26/26", before.summary)

    def test_one_for_each_receiver_and_category(self):
        self.note()
        self.note(LISTED, count=3, scope="receiver")
        self.note(LISTED, count=3, receiver="customer.example", scope="receiver")
        subjects = self.watch().mapped("alarm_subject")
        self.assertEqual(len(subjects), len(set(subjects)))
        self.assertEqual(
            {subject.split(":")[3] for subject in subjects},
            {"authentication", "blocklist"},
        )

    def test_many_receivers_are_not_many_alarms(self):
        for number in range(40):
            receiver = f"customer{number}.example"
            self.note("550 5.7.1 SPF check failed", receiver=receiver)
        alarms = self.watch()
        self.assertEqual(len(alarms), MAX_ALARMS + 1)
        others = alarms.filtered(lambda one: "Other receivers" in one.summary)
        self.assertIn(f"{40 - MAX_ALARMS} emails", others.summary)

    def test_what_is_nobodys_trouble_here(self):
        self.note("550 5.1.1 User unknown", count=20)
        self.note("451 4.3.0 Temporary lookup failure", count=20)
        self.note("552 5.2.2 Mailbox full", count=20)
        self.note(LISTED, count=2, scope="receiver")  # may be wrong
        self.note(LISTED, count=9, scope="server")  # its own alarm tells of it
        self.assertFalse(self.watch())

    def test_what_anybody_may_have_written(self):
        self.note(is_proven=False)
        self.assertFalse(self.watch())

    def test_what_a_server_has_said_to_us(self):
        """That needs no proof, nor did it before there were any."""
        self.note(origin="smtp", is_proven=False)
        self.assertEqual(len(self.watch()), 1)

    def test_the_sender_that_an_account_may_not_use(self):
        self.note(
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
        )
        self.assertEqual(len(self.watch()), 1)

    def test_a_check_of_the_domain_begins_once(self):
        self.domain.auth_next_check = NOW + timedelta(days=1)
        self.note()
        self.watch()
        self.assertEqual(self.domain.auth_next_check, NOW)
        check = self.env.ref("mail_deliverability.mail_alias_domain_cron_check")
        triggers = [("cron_id", "=", check.id), ("call_at", "=", NOW)]
        self.assertEqual(self.env["ir.cron.trigger"].search_count(triggers), 1)
        self.domain.auth_next_check = NOW + timedelta(days=1)
        self.note()
        self.watch()
        self.assertNotEqual(self.domain.auth_next_check, NOW)

    def test_the_watch_is_woken_once(self):
        triggers = [("cron_id", "=", self.cron.id)]
        self.env["ir.cron.trigger"].search(triggers).unlink()
        self.note("550 5.1.1 User unknown")
        self.assertFalse(self.env["ir.cron.trigger"].search_count(triggers))
        for _number in range(3):
            self.note()
        self.assertEqual(self.env["ir.cron.trigger"].search_count(triggers), 1)

    def test_closed_when_emails_pass_again(self):
        self.note()
        self.assertTrue(self.watch())
        self.clock.tick(timedelta(hours=1))
        self.send()
        self.clock.tick(timedelta(hours=1))
        self.assertTrue(self.watch(), "it may still come back")
        self.clock.tick(timedelta(hours=2))
        self.assertFalse(self.watch())

    def test_what_does_not_show_that_they_pass(self):
        self.note()
        self.clock.tick(timedelta(hours=1))
        self.send("bounce")
        self.send("exception")
        self.send(address="jo@other.example")
        self.clock.tick(timedelta(hours=4))
        self.assertTrue(self.watch())

    def test_the_next_refusals_are_counted_anew(self):
        self.note(count=5)
        self.watch()
        self.clock.tick(timedelta(hours=1))
        self.send()
        self.clock.tick(timedelta(hours=3))
        self.assertFalse(self.watch())
        self.clock.tick(timedelta(hours=1))
        self.note(count=2)
        [alarm] = self.watch()
        self.assertIn("refused 2 emails", alarm.summary)

    def test_closed_by_hand(self):
        """It comes back with the next refusal only."""
        self.note()
        self.watch()
        mine = [("alarm_subject", "=like", f"{PREFIX}%")]
        self.env["mail.activity"].search(mine).action_archive()
        self.env.flush_all()
        self.clock.tick(timedelta(minutes=1))
        self.assertFalse(self.watch())
        self.note()
        self.assertEqual(len(self.watch()), 1)

    def test_closed_by_another_administrator(self):
        other = new_test_user(self.env, "refusal_other", groups="base.group_system")
        self.note()
        mine = self.watch()
        theirs = [("user_id", "=", other.id), ("alarm_subject", "!=", False)]
        self.env["mail.activity"].search(theirs).action_archive()
        self.env.flush_all()
        self.clock.tick(timedelta(hours=1))
        self.note()
        self.assertEqual(self.watch(), mine)
        self.assertIn("2 emails since", mine.summary)
        self.assertFalse(self.env["mail.activity"].search(theirs))

    def test_old_ones_are_over(self):
        self.note()
        self.watch()
        self.clock.tick(timedelta(days=8))
        self.assertFalse(self.watch())

    def test_administrators_of_other_companies_are_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = new_test_user(
            self.env,
            "refusal_other",
            groups="base.group_system",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.note(GMAIL_DKIM, company_id=other.id)
        self.assertFalse(self.watch())
        alarms = self.env["mail.activity"].search([("user_id", "=", theirs.id)])
        self.assertEqual(len(alarms), 1)

    def test_what_strangers_write_stays_text(self):
        self.note(NO_DKIM + " <script>alert(1)</script>" + "x" * 5000)
        [alarm] = self.watch()
        self.assertNotIn("<script>", alarm.note)
        self.assertLess(len(alarm.note), 2000)
