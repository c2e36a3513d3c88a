# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import importlib.util
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.limit.send_class import DATABASE, PEOPLE, Demand
from ...models.tools.moments import format_moment
from .test_mail_mail import LimitCase

ADDON = Path(__file__).parents[2]


class WaitingCase(LimitCase):
    """Five recipients have been written to today: the next mail waits."""

    def setUp(self):
        super().setUp()
        self.make_mails(5)
        self.process()
        self.now = fields.Datetime.now()
        self.reset = self.env["mail.send.counter"]._get_next_reset()

    def make_waiting(self, **values):
        mail = self.make_mails(1, first=5, **values)
        mail.send()
        self.assertEqual(mail.waiting_kind, "limit")
        return mail


@tagged("post_install", "-at_install")
class TestRequestedDate(WaitingCase):
    """A mail never leaves before the date that a person has set for it."""

    def change_reset_hour(self, _mail):
        self.set_limit(7, "daily_limit_reset_hour")
        self.set_limit(0, "daily_limit_reset_hour")

    def dates(self):
        """Return dates that somebody may have set: (name, date)."""
        return (
            ("none", False),
            ("past", self.now - timedelta(hours=1)),
            ("before the reset", self.now + timedelta(hours=1)),
            ("after the reset", self.reset + timedelta(days=3)),
        )

    def test_it_waits_for_the_later_one(self):
        for name, date in self.dates():
            mail = self.make_waiting(scheduled_date=date)
            with self.subTest(name):
                self.assertEqual(mail.waiting_until, self.reset)
                self.assertEqual(mail.requested_date, date)
                expected = max(self.reset, date or self.reset)
                self.assertEqual(mail.scheduled_date, expected)
                self.assertIn(format_moment(self.env, expected), mail.postponed_reason)
            mail.unlink()

    def test_a_raised_limit_releases_to_it(self):
        mails = [self.make_waiting(scheduled_date=date) for _name, date in self.dates()]
        self.set_limit(7)
        for mail, (name, date) in zip(mails, self.dates(), strict=True):
            with self.subTest(name):
                self.assertFalse(mail.waiting_kind)
                self.assertFalse(mail.postponed_reason)
                self.assertFalse(mail.requested_date)
                self.assertEqual(mail.scheduled_date, date)
        self.process()
        self.assertEqual(
            [mail.state for mail in mails], ["sent", "sent", "outgoing", "outgoing"]
        )

    def test_what_has_a_later_date_takes_no_room_from_others(self):
        later = self.make_waiting(scheduled_date=self.now + timedelta(hours=1))
        other = self.make_waiting()
        self.set_limit(6)
        self.process()
        self.assertEqual((later.state, other.state), ("outgoing", "sent"))
        self.assertEqual(later.scheduled_date, self.now + timedelta(hours=1))

    def test_every_way_out_of_waiting_keeps_it(self):
        ways = (
            ("cancelled, then sent again", lambda m: (m.cancel(), m.mark_outgoing())),
            (
                "failed, then tried again",
                lambda m: (m.write({"state": "exception"}), m.action_retry()),
            ),
            ("another reset hour", self.change_reset_hour),
            ("no limit", lambda _m: self.set_limit(0)),
        )
        for name, leave in ways:
            for date_name, date in self.dates():
                self.set_limit(5)
                mail = self.make_waiting(scheduled_date=date)
                leave(mail)
                with self.subTest(name, date=date_name):
                    self.assertEqual(mail.state, "outgoing")
                    self.assertFalse(mail.waiting_kind)
                    self.assertEqual(mail.scheduled_date, date)

    def test_still_to_be_sent_it_still_waits(self):
        mail = self.make_waiting()
        mail.mark_outgoing()
        self.assertEqual(
            (mail.waiting_kind, mail.scheduled_date), ("limit", self.reset)
        )

    def test_send_now_without_room_goes_on_waiting(self):
        date = self.reset + timedelta(days=3)
        mail = self.make_waiting(scheduled_date=date)
        mail.send()
        self.assertEqual(mail.requested_date, date)
        self.assertEqual(mail.scheduled_date, date)
        self.assertEqual(mail.waiting_attempt, 2)
        with self.next_day():
            self.process()
        self.assertEqual(mail.state, "outgoing")
        self.assertFalse(mail.waiting_kind)  # there is room: nothing but its date
        self.assertEqual(mail.scheduled_date, date)

    def test_send_now_with_room_goes_now(self):
        mail = self.make_waiting(scheduled_date=self.reset + timedelta(days=3))
        self.set_limit(6)
        mail.send()
        self.assertEqual(mail.state, "sent")

    def test_a_date_that_is_set_meanwhile(self):
        for name, date in self.dates():
            mail = self.make_waiting()
            mail.scheduled_date = date
            with self.subTest(name):
                self.assertFalse(mail.waiting_kind)
                self.assertFalse(mail.postponed_reason)
                self.assertEqual(mail.scheduled_date, date)
            mail.send()
            with self.subTest(name, again=True):
                self.assertEqual(mail.requested_date, date)
                self.assertEqual(
                    mail.scheduled_date, max(self.reset, date or self.reset)
                )

    def test_what_somebody_writes_at_once(self):
        mail = self.make_waiting()
        mail.write({"state": "cancel", "scheduled_date": self.now})
        self.assertFalse(mail.waiting_kind)
        self.assertEqual(mail.scheduled_date, self.now)

    def test_a_part_that_waits_keeps_the_date(self):
        self.set_limit(7)
        date = self.now - timedelta(hours=1)
        mail = self.make_mails(
            1,
            email_to=False,
            recipient_ids=self.make_partners(5).ids,
            scheduled_date=date,
        )
        self.process()
        self.assertEqual(len(mail.recipient_ids), 3)
        self.assertEqual((mail.waiting_kind, mail.requested_date), ("limit", date))

    def test_a_copy_does_not_wait(self):
        for name, date in self.dates():
            mail = self.make_waiting(scheduled_date=date)
            with self.subTest(name):
                self.assertFalse(mail.copy().waiting_kind)
                self.assertEqual(mail.copy().scheduled_date, date)
                given = mail.copy({"scheduled_date": "2099-01-01 00:00:00"})
                self.assertEqual(str(given.scheduled_date), "2099-01-01 00:00:00")


@tagged("post_install", "-at_install")
class TestWaiting(WaitingCase):
    def test_attempts_are_counted(self):
        mail = self.make_waiting()
        self.assertEqual(mail.waiting_attempt, 1)
        self.set_limit(3)
        with self.next_day():
            self.make_mails(3, first=6)
            mail.email_to = ",".join(f"to{n}@customer.example" for n in range(3))
            self.env["mail.mail"].search([("id", ">", mail.id)]).send()
            self.process()
            self.assertEqual(mail.waiting_attempt, 2)
            self.set_limit(9)
            self.process()
        self.assertEqual((mail.state, mail.waiting_attempt), ("sent", 0))

    def test_what_begins_to_wait_is_counted_once(self):
        """In the history, by the limit's count and by that of its server."""
        mail = self.make_waiting(email_to="a@customer.example,b@customer.example")
        mail.send()
        mail |= self.make_waiting()
        self.assertEqual(mail.mapped("waiting_attempt"), [2, 1])
        counter = self.env["mail.send.counter"]
        counter._count_uncounted()
        counter.invalidate_model()
        rows = counter.search([("day", "=", counter._get_day(self.now))])
        self.assertEqual(rows.mapped("server_id"), [0, self.server.id])
        self.assertEqual(rows.mapped("waited"), [3, 3])
        self.assertEqual(rows.mapped("sent"), [5, 5])

    def test_no_default_of_a_context_makes_a_mail_wait(self):
        """Employees send templates: one mail must not break the queue for all."""
        defaults = {
            "default_requested_date": "2030-01-01 00:00:00",
            "default_waiting_attempt": 2**31 - 1,
            "default_waiting_kind": "limit",
            "default_waiting_server_id": 2**31 - 1,
        }
        self.make_mails(9)
        mail = self.env["mail.mail"].with_context(**defaults)
        mail = mail.create(
            {"email_from": "me@acme.example", "email_to": "to@customer.example"}
        )
        self.assertFalse(mail.waiting_kind)
        self.process()
        self.assertEqual(
            (mail.waiting_kind, mail.waiting_attempt, mail.requested_date),
            ("limit", 1, False),
        )

    def test_search(self):
        waiting = self.make_waiting()
        mails = self.env["mail.mail"].search([])
        cases = (
            ("!=", False, waiting),
            ("=", False, mails - waiting),
            ("in", [False], mails - waiting),
            ("not in", [False], waiting),
            ("=", "", mails - waiting),
            ("!=", "", waiting),
        )
        for operator, value, expected in cases:
            with self.subTest(operator, value=value):
                domain = [("postponed_reason", operator, value)]
                self.assertEqual(self.env["mail.mail"].search(domain), expected)
                self.assertEqual(mails.filtered_domain(domain), expected)
        with self.assertRaises(UserError):
            self.env["mail.mail"].search([("postponed_reason", "ilike", "limit")])

    def test_the_sentence_is_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        mail = self.make_waiting()
        self.env["ir.module.module"].search(
            [("name", "=", "mail_deliverability")]
        )._update_translations(["de_DE"])
        english = mail.with_context(lang="en_US").postponed_reason
        in_german = mail.with_context(lang="de_DE")
        german = in_german.postponed_reason
        self.assertIn("Daily limit reached (All servers: 5 recipients)", english)
        self.assertNotEqual(english, german)
        self.assertIn(format_moment(in_german.env, self.reset), german)

    def test_the_sentence_tells_the_limit_as_it_is_now(self):
        self.server.daily_limit = 5
        self.set_limit(100)
        mail = self.make_waiting()
        self.assertIn("Relay: 5 recipients", mail.postponed_reason)
        self.server.name = "Renamed"
        mail.invalidate_recordset(["postponed_reason"])
        self.assertIn("Renamed: 5 recipients", mail.postponed_reason)

    def test_a_limit_that_is_gone_is_not_named(self):
        mail = self.make_waiting()
        mail.waiting_server_id = self.env["ir.mail_server"].search([], limit=1).id + 999
        self.assertEqual(
            mail.postponed_reason,
            f"Goes at about {format_moment(self.env, self.reset)}.",
        )

    def test_a_mail_from_before_the_installation(self):
        """Its columns are empty; what waits for the database's limit is found by 0."""
        mail = self.make_mails(1, first=5)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_mail SET waiting_server_id = NULL WHERE id = %s", [mail.id]
        )
        self.env.invalidate_all()
        mail.send()
        waiting = mail._get_waiting_domain(DATABASE, Demand(PEOPLE))
        self.assertEqual(self.env["mail.mail"].search(waiting), mail)
        self.assertEqual(mail.filtered_domain(waiting), mail)

    def test_one_question_for_all_that_wait_for_the_same(self):
        mails = self.make_waiting()
        for _count in range(20):
            mails |= self.make_waiting()
        self.env.flush_all()
        self.env.invalidate_all()
        mails.mapped("subject")
        with self.assertQueryCount(5):
            mails.mapped("postponed_reason")


@tagged("post_install", "-at_install")
class TestMigration(WaitingCase):
    def test_from_a_stored_sentence(self):
        """As the rows of 19.0.1.1.0 were; the table is as before when it is undone."""
        waiting = self.make_waiting()
        others = self.env["mail.mail"].search([]) - waiting
        self.env.flush_all()
        self.cr.execute(
            """
            ALTER TABLE mail_mail DROP COLUMN waiting_kind, DROP COLUMN waiting_until,
                DROP COLUMN waiting_attempt, ADD COLUMN postponed_reason VARCHAR;
            ALTER TABLE mail_mail RENAME waiting_server_id TO postponed_server_id;
            UPDATE mail_mail
               SET postponed_reason = 'Daily limit', postponed_server_id = 7
             WHERE id = %s
            """,
            [waiting.id],
        )
        path = ADDON / "migrations/19.0.1.2.0/pre-migrate.py"
        spec = importlib.util.spec_from_file_location("pre_migrate", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.cr, "19.0.1.1.0")
        self.env.invalidate_all()
        self.assertFalse(any(others.mapped("waiting_kind")))
        self.assertEqual(waiting.waiting_kind, "limit")
        self.assertEqual(waiting.waiting_until, self.reset)
        self.assertEqual(waiting.waiting_attempt, 1)
        self.assertEqual(waiting.waiting_server_id, 7)
        self.cr.execute(
            "SELECT 1 FROM information_schema.columns"
            " WHERE table_name = 'mail_mail' AND column_name LIKE 'postponed%'"
        )
        self.assertFalse(self.cr.fetchall())
