# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""*Send Now* on mails that wait: they go, or it says why not, and asks."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ...models.limit import mail_mail_let_go, mail_mail_send_now
from ..axe import AxeMixin
from ..clock import at_noon
from .test_mail_mail_waiting import WaitingCase

NEXT_YEAR = timedelta(days=365)


class SendNowCase(WaitingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "send_now", groups="base.group_system")

    def press(self, mails):
        """Press *Send Now* as an administrator."""
        return mails.with_user(self.admin).action_send_now()

    def dialog(self, action):
        self.assertEqual(action.get("res_model"), "mail.send.now", action)
        return self.env["mail.send.now"].with_user(self.admin).browse(action["res_id"])

    def history(self):
        self.env["mail.send.counter"].invalidate_model()
        return self.env["mail.send.counter"].search([("server_id", "=", 0)])

    def wait(self, count, **values):
        mails = self.make_mails(count, first=100, **values)
        mails.send()
        self.assertEqual(set(mails.mapped("waiting_kind")), {"limit"})
        return mails


@tagged("post_install", "-at_install")
class TestSendNow(SendNowCase):
    def test_over_the_limit(self):
        """An administrator is asked first; who and how many is kept."""
        mail = self.make_waiting()
        action = self.press(mail)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(action["name"], "Send over the limit today?")
        dialog = self.dialog(action)
        self.assertIn("Still over the limit of 5 recipients until", dialog.question)
        told = dialog.action_send()
        self.assertEqual((mail.state, told["params"]["type"]), ("sent", "success"))
        row = self.history()
        self.assertEqual((row.sent, row.released, self.in_flight()), (6, 1, 0))
        self.assertEqual(row.released_by, f"{self.admin.name} (1)")

    def test_two_answer_the_question(self):
        """The second one lets nothing go, and the history does not name them."""
        mail = self.make_waiting()
        other = new_test_user(self.env, "send_later", groups="base.group_system")
        first = self.dialog(self.press(mail))
        action = mail.with_user(other).action_send_now()
        second = self.env["mail.send.now"].with_user(other).browse(action["res_id"])
        first.action_send()
        told = second.action_send()
        self.assertEqual(told["params"]["type"], "info")
        self.assertIn("No email waits", told["params"]["message"])
        self.assertEqual(self.history().released_by, f"{self.admin.name} (1)")

    def test_what_is_let_go_leaves_the_limit_to_others(self):
        self.set_limit(10)
        self.make_mails(5, first=50).send()
        self.dialog(self.press(self.wait(3))).action_send()
        self.assertEqual(self.history().released, 3)
        self.set_limit(11)
        mail = self.make_mails(1, first=70)
        mail.send()
        self.assertEqual(mail.state, "sent")

    def test_where_there_is_room_again_nobody_is_asked(self):
        mail = self.make_waiting()
        self.env["mail.send.counter"].search([]).unlink()
        told = self.press(mail)
        self.assertEqual((mail.state, told["params"]["type"]), ("sent", "success"))
        self.assertFalse(self.env["mail.send.release"].search([]))

    def test_before_its_turn(self):
        """A paced mass mailing has room in the limit: it takes that."""
        self.set_limit(100)
        news = self.make_mails(60, first=200, send_class="bulk")
        news.send()
        waiting = news.filtered("waiting_kind")
        self.assertTrue(waiting)
        with patch.object(mail_mail_send_now, "AT_ONCE", 0):
            action = self.press(waiting)
        self.assertEqual(action["name"], "Send before their turn?")
        with patch.object(mail_mail_let_go, "AT_ONCE", 100):
            self.dialog(action).action_send()
        self.assertEqual(set(waiting.mapped("state")), {"sent"})
        self.assertEqual((self.history().released, self.history().bulk), (0, 60))

    def test_the_limit_of_a_server_is_not_exceeded(self):
        self.set_limit(0)
        self.server.daily_limit = 5
        mail = self.make_waiting()
        dialog = self.dialog(self.press(mail))
        self.assertFalse(dialog.can_send)
        self.assertIn("(Relay)", dialog.hint)
        self.assertEqual(dialog.action_open_server()["res_id"], self.server.id)
        told = dialog.action_send()["params"]
        self.assertEqual((told["type"], mail.state), ("warning", "outgoing"))
        self.assertIn("Relay", told["message"])

    def test_many_are_sent_by_the_queue(self):
        mails = self.wait(12)
        self.env["ir.cron.trigger"].search([]).unlink()
        dialog = self.dialog(self.press(mails))
        told = dialog.action_send()["params"]
        self.assertIn("12 emails leave now", told["message"])
        self.assertTrue(self.env["ir.cron.trigger"].search([]))
        self.process()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual(self.history().released, 12)
        release = self.env["mail.send.release"].search([])
        self.assertEqual(
            (release.create_uid, release.emails, release.recipients),
            (self.admin, 12, 12),
        )

    def test_a_mail_to_several_goes_as_a_whole(self):
        self.set_limit(6)
        partners = self.make_partners(3)
        mail = self.make_mails(1, first=9, email_to=False, recipient_ids=partners.ids)
        mail.send()
        waiting = self.env["mail.mail"].search([("waiting_kind", "!=", False)])
        self.dialog(self.press(waiting)).action_send()
        self.assertEqual((self.history().sent, self.history().released), (8, 2))
        self.assertFalse(self.env["mail.mail"].search([("state", "=", "outgoing")]))

    def test_what_has_a_date_of_its_own_keeps_it(self):
        later = fields.Datetime.now() + NEXT_YEAR
        mail = self.make_waiting(scheduled_date=later)
        summary = self.env["mail.mail"].get_waiting_summary([])
        self.assertEqual(summary["count"], 0)
        told = self.env["mail.mail"].action_send_waiting_now([])
        self.assertEqual(told["tag"], "display_notification")
        self.assertEqual(mail.state, "outgoing")

    def test_retry_answers_for_what_waits(self):
        mails = self.make_waiting()
        action = mails.with_user(self.admin).action_retry()
        self.assertEqual(action["res_model"], "mail.send.now")
        mails.write({"state": "exception"})
        self.assertIsNone(mails.with_user(self.admin).action_retry())
        self.assertEqual(mails.state, "outgoing")

    def test_a_failure_is_told(self):
        mail = self.make_waiting()
        self.sink.refuse = True
        dialog = self.dialog(self.press(mail))
        mail.email_to = "nonsense"
        told = dialog.action_send()["params"]
        self.assertEqual(told["type"], "danger")

    def test_nobody_else_sends_over_the_limit(self):
        mail = self.make_waiting()
        colleague = new_test_user(self.env, "colleague")
        self.env["ir.model.access"].create(
            {
                "name": "mails",
                "model_id": self.env["ir.model"]._get_id("mail.mail"),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
                "perm_write": True,
            }
        )
        mine = mail.with_user(colleague)
        told = mine.action_send_now()["params"]
        self.assertIn("An administrator can send over the limit", told["message"])
        with self.assertRaises(AccessError):
            mine._release_over_limit()
        mine.write({"is_released": True})
        self.assertFalse(mail.is_released)

    def test_summary(self):
        """Of the list's emails, with when they go and the server that they wait for."""
        mails = self.wait(2)
        summary = self.env["mail.mail"].get_waiting_summary
        midnight = fields.Datetime.to_string(self.reset)
        self.assertEqual(
            summary([]),
            {
                "count": 2,
                "first": midnight,
                "last": midnight,
                "server_id": False,
                "held": [],
            },
        )
        self.assertEqual(summary([("id", "=", mails[0].id)])["count"], 1)
        mails.waiting_server_id = self.server.id
        self.assertEqual(summary([])["server_id"], self.server.id)
        mails.cancel()
        self.assertEqual(summary([])["count"], 0)

    def test_hostile_ids(self):
        dialog = self.env["mail.send.now"].with_user(self.admin)
        for ids in (["x"], [{}], False, {"a": 1}, [2**31 - 1], [True], True, 5):
            with self.subTest(ids):
                self.assertFalse(dialog.create({"mail_ids": ids})._get_mails())

    def test_old_releases_are_removed(self):
        releases = self.env["mail.send.release"]
        releases._note(self.env["mail.mail"], 3)
        old = releases.create({"day": "2020-01-01", "emails": 1, "recipients": 1})
        releases._gc_old_releases()
        self.assertFalse(old.exists())
        self.assertEqual(len(releases.search([])), 1)


@tagged("post_install", "-at_install")
class TestWaitingTour(AxeMixin, HttpCase):
    def test_tour(self):
        """From the alarm to what waits; leave one waiting, and send them all."""
        with at_noon():
            self.env["mail.mail"].search([]).unlink()
            self.env["ir.config_parameter"].set_param(
                "mail_deliverability.daily_limit", "1"
            )
            counter = self.env["mail.send.counter"]
            today = counter._get_day(fields.Datetime.now())
            counter.search([]).unlink()
            counter.create({"day": today, "server_id": 0, "sent": 1})
            mails = self.env["mail.mail"].create(
                [
                    {
                        "email_from": "me@acme.example",
                        "email_to": "customer@customer.example",
                        "subject": f"An invoice that waits {number}",
                    }
                    for number in range(2)
                ]
            )
            mails._wait("limit", counter._get_next_reset())
            counter._check_alarms()
        alarm = self.env["mail.activity"].search(
            [("alarm_subject", "=", "daily_limit:0:100")]
        )
        mine = alarm.filtered(lambda one: one.user_id.login == "admin")
        self.assertTrue(mine)
        self.start_tour(
            "/odoo/action-mail.mail_activity_without_access_action",
            "mail_waiting",
            login="admin",
            timeout=180,
        )
        self.assertTrue(all(mails.mapped("is_released")))
        release = self.env["mail.send.release"].search([])
        self.assertEqual((release.emails, release.recipients), (2, 2))
