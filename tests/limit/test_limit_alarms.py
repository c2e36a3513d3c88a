# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What administrators are told of a limit stays true while the alarm is open."""

from datetime import datetime
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from ...models.limit.mail_send_counter_alarms import Situation, _name_sender
from ...models.limit.writers import name_writers
from .test_mail_mail import LimitCase


@tagged("post_install", "-at_install")
class TestLimitAlarms(LimitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env, "limit_admin", groups="base.group_system", tz="Asia/Tokyo"
        )
        names = ("Anna", "Ben", "Cleo", "Dora", "Emil")
        cls.authors = cls.env["res.partner"].create([{"name": one} for one in names])

    def alarm(self, level=100):
        subject = f"daily_limit:0:{level}"
        return self.env["mail.activity"].search(
            [("alarm_subject", "=", subject), ("user_id", "=", self.admin.id)]
        )

    def told(self, level=100):
        """Return the words of the open alarm."""
        return " ".join(self.alarm(level).note.striptags().split())

    def wait(self, *authors, first=5):
        mails = self.env["mail.mail"]
        for number, author in enumerate(authors, first):
            mails |= self.make_mails(1, first=number, author_id=author.id)
        mails.send()
        self.assertEqual(set(mails.mapped("waiting_kind")), {"limit"})
        return mails

    def count_triggers(self):
        self.env.cr.precommit.run()
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        now = fields.Datetime.now()
        due = [("cron_id", "=", cron.id), ("call_at", "<=", now)]
        return self.env["ir.cron.trigger"].search_count(due)

    def use_up(self):
        self.make_mails(5)
        self.process()
        self.process()

    def test_the_number_and_the_names_are_those_of_now(self):
        self.use_up()
        self.assertNotIn("wait.", self.told())
        anna, ben, *others = self.authors
        mails = self.wait(ben, anna, ben)
        self.process()
        self.assertIn("3 emails wait. Written by Ben and Anna.", self.told())
        mails[1:].cancel()
        self.process()
        self.assertIn("1 email waits. Written by Ben.", self.told())
        self.wait(anna, *others, first=20)
        self.process()
        self.assertIn("Written by Anna, Ben, Cleo, and 2 others.", self.told())

    def test_what_is_the_same_is_not_written_again(self):
        self.use_up()
        self.wait(self.authors[0])
        self.process()
        activities = self.env.registry["mail.activity"]
        with patch.object(activities, "write") as write:
            self.process()
        write.assert_not_called()

    def test_closed_by_hand_it_stays_closed(self):
        self.use_up()
        self.alarm().with_user(self.admin).action_done()
        self.wait(self.authors[0])
        self.process()
        self.assertFalse(self.alarm())

    def test_what_changes_wakes_the_queue(self):
        """But not where no alarm is open that could tell of it."""
        mails = self.make_mails(1, first=9)
        self.env["mail.activity"].search([("alarm_subject", "!=", False)]).unlink()
        self.set_limit(1)
        self.make_mails(1).send()
        self.env["ir.cron.trigger"].search([]).unlink()
        mails.send()
        self.assertEqual(self.count_triggers(), 0)
        self.process()
        self.env.cr.precommit.clear()
        changes = (
            ("more wait", lambda: self.wait(self.authors[0], first=30)),
            ("fewer wait", mails.cancel),
            (
                "one is deleted",
                lambda: mails.search([("waiting_kind", "!=", False)])[:1].unlink(),
            ),
            ("another hour", lambda: self.set_limit(7, "daily_limit_reset_hour")),
        )
        for name, change in changes:
            with self.subTest(name):
                self.env["ir.cron.trigger"].search([]).unlink()
                change()
                self.assertEqual(self.count_triggers(), 1)

    def test_in_the_time_zone_of_the_reader(self):
        self.use_up()
        self.assertIn("9:00", self.told())  # Tokyo's, of the reset at midnight
        self.assertNotIn("UTC", self.told())
        self.admin.tz = False
        self.alarm().unlink()
        self.process()
        self.assertRegex(self.told(), r"12:00\sAM UTC")

    def test_links_lead_to_pages_and_need_no_developer_mode(self):
        self.use_up()
        self.wait(self.authors[0])
        self.process()
        note = self.alarm().note
        self.assertIn('href="/odoo/emails-waiting"', note)
        self.assertIn('href="/odoo/settings#daily_limit_setting"', note)
        self.assertNotIn("Settings &gt;", note)
        self.assertEqual(
            self.env.ref("mail_deliverability.mail_mail_action_postponed").path,
            "emails-waiting",
        )

    def test_the_limit_of_a_server(self):
        self.set_limit(0)
        self.server.daily_limit = 2
        self.make_mails(2)
        self.process()
        self.process()
        subject = f"daily_limit:{self.server.id}:100"
        note = self.env["mail.activity"].search([("alarm_subject", "=", subject)])[0]
        self.assertIn(f'href="/odoo/ir.mail_server/{self.server.id}"', note.note)

    def test_names(self):
        root = self.env.ref("base.partner_root")
        cases = (
            ((), ""),
            ((root.id,), ""),
            ((2**31 - 1,), ""),
            ((root.id, *self.authors[:2].ids), "Anna and Ben"),
            (self.authors[:4].ids, "Anna, Ben, Cleo, and 1 other"),
        )
        for ids, expected in cases:
            with self.subTest(expected):
                self.assertEqual(name_writers(self.env, ids), expected)
        sender = ("res.partner", self.authors[0].id, 7)
        self.assertEqual(_name_sender(sender, self.env), "7 recipients: Contact, Anna")

    def test_names_are_escaped(self):
        self.authors[0].name = "<b>Anna</b>"
        self.use_up()
        self.wait(self.authors[0])
        self.process()
        self.assertIn("&lt;b&gt;Anna", self.alarm().note)

    def test_state(self):
        """Whatever the text tells of is part of it."""
        now = datetime(2026, 3, 11)
        first = Situation(now, 1, (1,), ())
        self.assertNotEqual(str(first), str(Situation(now, 1, (2,), ())))
