# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...models.limit.send_class import PUBLIC
from ...models.limit.send_mark import SendMark
from ...models.tools.carrier import carry
from ...models.tools.moments import format_moment
from .test_mail_mail import LimitCase

BEGIN, NOON, EVENING = (timedelta(hours=hour) for hour in (0, 12, 21))


class QueueCase(LimitCase):
    def sent(self, mails):
        return len(mails.filtered(lambda mail: mail.state == "sent"))

    def use_up(self, count):
        """Use a part of today's limit, at noon."""
        mails = self.make_mails(count, first=1000)
        mails.send()
        self.assertEqual(self.sent(mails), count)


@tagged("post_install", "-at_install")
class TestDue(QueueCase):
    def test_whether_any_is_due(self):
        mails = self.env["mail.mail"]
        mails.search([("state", "=", "outgoing")]).cancel()
        now = fields.Datetime.now()
        self.assertFalse(mails._is_any_due())
        mail = self.make_mails(1)
        cases = (
            ({"scheduled_date": False}, True),
            ({"scheduled_date": now - timedelta(hours=1)}, True),
            ({"scheduled_date": now + timedelta(hours=1)}, False),
            ({"scheduled_date": False, "state": "exception"}, False),
        )
        for values, due in cases:
            with self.subTest(values):
                mail.write(values)
                self.assertIs(mails._is_any_due(), due)
                self.assertEqual(bool(mails.search(mails._get_due_domain())), due)


@tagged("post_install", "-at_install")
class TestOrder(QueueCase):
    def test_class_by_class_the_oldest_first(self):
        """On the wire, whatever was made first."""
        self.set_limit(0)
        classes = ("bulk", "people", "bulk", "account", "people", "public", "code")
        for number, send_class in enumerate(classes):
            self.make_mails(1, first=number, send_class=send_class)
        self.process()
        order = [to.split("@")[0] for to in self.sink.recipients()]
        self.assertEqual(order, ["to3", "to5", "to6", "to1", "to4", "to0", "to2"])

    def test_a_long_queue_of_newsletters_keeps_nobody(self):
        self.set_limit(0)
        self.env["ir.config_parameter"].set_param("mail.mail.queue.batch.size", "3")
        self.make_mails(6, send_class="bulk")
        mails = self.make_mails(2, first=6)
        self.process()
        self.assertEqual(self.sent(mails), 2)
        self.assertEqual(len(self.sink.deliveries), 3)

    def test_people_take_the_room_that_there_is(self):
        self.set_limit(20)
        self.use_up(17)
        news = self.make_mails(4, send_class="bulk")
        mails = self.make_mails(4, first=4)
        self.process()
        self.assertEqual((self.sent(mails), self.sent(news)), (3, 0))

    def test_no_newsletter_goes_while_people_wait(self):
        """Not at the reset, nor in between, nor sent beside the queue."""
        self.set_limit(20)
        self.use_up(20)
        news = self.make_mails(4, send_class="bulk")
        mails = self.make_mails(17, first=4)
        self.process()
        for passed in (BEGIN, NOON, EVENING):
            with self.next_day(passed):
                self.process()
                news[0].send()
            self.assertLess(self.sent(mails), 17)
            self.assertEqual(self.sent(news), 0)
        with self.next_day():
            self.process()
        self.assertEqual((self.sent(mails), self.sent(news)), (17, 1))

    def test_visitors_can_not_stop_newsletters_for_ever(self):
        """What these may not use goes to newsletters, late in the day."""
        self.set_limit(20)
        self.use_up(20)
        news = self.make_mails(4, send_class="bulk")
        mails = self.make_mails(40, first=4, by_visitor=True)
        self.process()
        for passed, expected in ((BEGIN, 0), (NOON, 0), (EVENING, 4)):
            with self.next_day(passed):
                self.process()
                self.assertGreaterEqual(self.sent(mails), 5)
                self.assertEqual(self.sent(news), expected)


@tagged("post_install", "-at_install")
class TestBacklog(QueueCase):
    def setUp(self):
        super().setUp()
        self.set_limit(20)
        self.use_up(20)
        self.waiting = self.make_mails(60)
        self.process()

    def test_it_leaves_room_for_visitors_and_for_today(self):
        """The public part, and a quarter; when the day ends all of it is used."""
        with self.next_day(BEGIN):
            self.process()
            self.assertEqual(self.sent(self.waiting), 11)
            reset = self._make_reset()
            reset.send()
            today = self.make_mails(5, first=100)
            today.send()
            self.assertEqual((reset.state, self.sent(today)), ("sent", 5))
        with self.next_day():
            self.process()
        self.assertEqual(self.used(), 20)
        self.assertEqual(self.sent(self.waiting), 14)
        self.assertEqual(self.waiting[:14].mapped("state"), ["sent"] * 14)

    def _make_reset(self):
        user = self.env.ref("base.user_admin")
        mark = SendMark(PUBLIC, frozenset({"reset@customer.example"}))
        mail = self.env["mail.mail"].with_user(user).sudo()
        values = {"email_to": "reset@customer.example", "auto_delete": False}
        return carry(mail, mark).create({**values, "email_from": "me@acme.example"})

    def test_a_fresh_days_own_mails_may_use_all_of_it(self):
        self.waiting.cancel()
        with self.next_day(BEGIN):
            mails = self.make_mails(25, first=100)
            self.process()
            self.assertEqual(self.sent(mails), 20)

    def test_each_has_its_turn(self):
        """They are told when, and only those whose turn it is are looked at then."""
        turns = self.waiting.mapped("scheduled_date")
        reset = self.env["mail.send.counter"]._get_next_reset()
        self.assertEqual(turns, sorted(turns))
        self.assertEqual(turns.count(reset), 11)
        days = [(turn - reset).days for turn in turns]
        self.assertEqual(days.count(0), 19)
        self.assertEqual(days[-1], 3)

    def test_what_waits_says_so(self):
        with self.next_day(BEGIN):
            self.process()
            reason = self.waiting[11].postponed_reason
        self.assertIn("room for what is written today", reason)
        self.assertIn("20 recipients", reason)

    def test_a_raised_limit_needs_leave_no_room(self):
        self.set_limit(80)
        self.process()
        self.assertEqual(self.sent(self.waiting), 60)

    def test_send_now_needs_leave_no_room(self):
        with self.next_day(BEGIN):
            self.process()
            late = self.waiting[-1]
            late.send()
            self.assertEqual(late.state, "sent")

    def test_one_large_message_does_not_starve(self):
        self.waiting.cancel()
        addresses = ", ".join(f"many{n}@customer.example" for n in range(16))
        large = self.make_mails(1, email_to=addresses)
        others = self.make_mails(30, first=100)
        self.process()
        with self.next_day(BEGIN):
            self.process()
            self.assertEqual(large.state, "sent")
            self.assertEqual(self.sent(others), 0)


@tagged("post_install", "-at_install")
class TestPaceOfTheQueue(QueueCase):
    def setUp(self):
        super().setUp()
        self.set_limit(40)  # newsletters leave 4 of them
        self.news = self.make_mails(60, send_class="bulk")

    def run_at(self, hour):
        with self.next_day(timedelta(hours=hour)):
            self.process()
        return self.sent(self.news)

    def test_a_newsletter_is_spread_over_the_day(self):
        self.env["mail.mail"].search([]).scheduled_date = self.env[
            "mail.send.counter"
        ]._get_next_reset()
        sent = [self.run_at(hour) for hour in (0, 6, 12, 18, 23.9)]
        self.assertEqual(sent, [3, 9, 18, 26, 36])

    def test_people_have_room_all_day(self):
        self.process()
        self.assertEqual(self.sent(self.news), 18)
        mails = self.make_mails(22, first=100)
        mails.send()
        self.assertEqual(self.sent(mails), 22)

    def test_the_exact_limit_is_that_of_all(self):
        for hour in (*range(0, 24, 2), 23.98):
            self.run_at(hour)
        mails = self.make_mails(9, first=100)
        with self.next_day():
            mails.send()
            self.assertEqual(self.used(), 40)
        self.assertEqual((self.sent(mails), self.sent(self.news)), (4, 36))

    def test_the_queue_wakes_for_the_next(self):
        self.process()
        waiting = self.news.filtered("waiting_kind")
        turns = waiting.mapped("waiting_until")
        self.assertEqual(turns, sorted(turns))
        gaps = {later - one for one, later in zip(turns, turns[1:], strict=False)}
        self.assertGreaterEqual(min(gaps - {timedelta()}), timedelta(minutes=15))
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(turns[0], triggers.mapped("call_at"))
        reason = waiting[0].postponed_reason
        self.assertIn("spread over the day", reason)
        self.assertIn(f"about {format_moment(self.env, turns[0])}", reason)
        self.assertNotIn("reached", reason)

    def test_a_servers_own_limit_paces_as_well(self):
        self.set_limit(0)
        self.server.daily_limit = 40
        self.process()
        # A tenth is kept free for codes and accounts, and four for people.
        self.assertEqual(self.sent(self.news), 16)

    def test_a_test_that_sets_no_limit_is_not_paced(self):
        """It would fail in the morning, and hold in the evening."""
        self.news.unlink()
        for value, first in (("", 0), ("200", 100)):
            self.set_limit(value)
            self.forget_counts()
            mails = self.make_mails(20, first=first, send_class="bulk")
            with self.next_day(BEGIN), self.subTest(value):
                self.process()
                self.assertEqual(self.sent(mails), 18 if value else 20)

    def test_without_a_limit_nothing_is_paced(self):
        self.set_limit(0)
        self.process()
        self.assertEqual(self.sent(self.news), 60)
