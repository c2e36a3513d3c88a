# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What came back is judged by the scheduled action, and what did not ends."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ...models.proof import mail_test_message_judge
from ...models.proof.mail_test_message import CHANNEL
from ...models.proof.stored import keep_raw, load_raw
from ..smtp_sink import Delivery
from .trip_common import CLIENT, TripCase

JUDGE = "odoo.addons.mail_deliverability.models.proof.mail_test_message_judge"
BY_BOB = Delivery(
    "bob@acme.example",
    ("x@customer.example",),
    b"From: Bob <bob@acme.example>\r\nTo: x@customer.example\r\nSubject: S\r\n"
    b"Date: Thu, 26 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@acme.example>\r\n"
    b"\r\nHello\r\n",
    "127.0.0.1",
)


class JudgeCase(TripCase):
    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("mail_deliverability.mail_test_message_cron_judge")

    def publish(self, key=None):
        """Let DNS say what it should say of Acme."""
        spf = {("acme.example", "TXT"): [f"v=spf1 ip4:{CLIENT} -all"]}
        dmarc = {("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none"]}
        ptr = {("5.113.0.203.in-addr.arpa", "PTR"): ["mail.acme.example."]}
        host = {("mail.acme.example", "A"): [CLIENT]}
        mx = {("acme.example", "MX"): ["10 mx.acme.example."]}
        self.dns.zone = type(self.dns.zone)({**spf, **dmarc, **ptr, **host, **mx})
        if key:
            name = key.record_name
            self.dns.zone[name, "TXT"] = [key.record_value]

    def bring_back(self, **values):
        test = self.send_test(**values)
        self.hand_in(self.come_back(self.sink.deliveries[-len(test.leg_ids)]))
        return test

    def run_cron(self):
        self.env["mail.test.message"]._cron_judge()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestJudge(JudgeCase):
    def test_the_whole_way(self):
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        key.action_activate_unchecked()
        self.publish(key)
        test = self.bring_back()
        self.assertEqual(test.state, "judging")
        self.run_cron()
        self.assertEqual(test.state, "done", test.failure)
        verdict = test.verdict
        self.assertEqual(verdict["client_ip"], CLIENT)
        self.assertEqual(verdict["spf"]["result"], "pass")
        self.assertEqual(verdict["dkim"][0]["result"], "pass")
        self.assertEqual(verdict["dmarc"]["result"], "pass")
        self.assertEqual(test.grade, verdict["grade"])
        self.assertEqual(
            load_raw(test, "received_raw"), load_raw(self.leg(test), "raw")
        )

    def test_a_signature_that_was_seen(self):
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        key.action_activate_unchecked()
        self.publish(key)
        self.bring_back()
        domains = type(self.env["mail.alias.domain"])
        with patch.object(domains, "_note_signature") as note:
            self.run_cron()
        note.assert_called_once_with("acme.example", key.selector)

    def test_it_is_woken(self):
        triggers = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", self.cron.id)]
        triggers.search(mine).unlink()
        test = self.send_test()
        late = test.sent_on + mail_test_message_judge.USUAL
        (called,) = triggers.search(mine).mapped("call_at")
        self.assertAlmostEqual(called, late, delta=timedelta(seconds=30))
        self.hand_in(self.come_back(self.sink.deliveries[0]))
        self.assertEqual(len(triggers.search(mine)), 2)

    def test_the_browser_is_told(self):
        partner = self.admin.partner_id
        states = []
        users = type(self.admin)

        def send(user, kind, message, **_options):
            if kind == CHANNEL:
                self.assertEqual(user.partner_id, partner)
                states.append(message["state"])

        with patch.object(users, "_bus_send", send):
            self.bring_back()
            self.run_cron()
        self.assertEqual(
            list(dict.fromkeys(states)), ["sending", "waiting", "judging", "done"]
        )

    def test_what_breaks_is_tried_again(self):
        test = self.bring_back()
        check = patch.object(
            mail_test_message_judge, "check_message", side_effect=ValueError("broken")
        )
        now = fields.Datetime.now()
        with check as checked, mute_logger(JUDGE):
            for attempt in range(1, 6):
                later = now + attempt * mail_test_message_judge.AGAIN * 2
                with freeze_time(later, tick=True):
                    self.run_cron()
                    self.run_cron()  # it is claimed
        self.assertEqual(checked.call_count, mail_test_message_judge.TRIES)
        self.assertEqual(test.state, "failed")
        self.assertIn("could not be judged", test.failure)

    def test_dns_is_silent(self):
        """That is no verdict, and no error."""
        self.env["ir.config_parameter"].set_param(
            "mail_deliverability.nameservers", "127.0.0.1:9"
        )
        test = self.bring_back()
        self.run_cron()
        self.assertEqual((test.state, test.grade), ("done", False))

    def test_lost(self):
        test = self.send_test()
        with freeze_time(fields.Datetime.now() + timedelta(hours=23), tick=True):
            self.run_cron()
        self.assertEqual(test.state, "waiting")
        with freeze_time(fields.Datetime.now() + timedelta(hours=25), tick=True):
            self.run_cron()
            self.assertEqual(test.state, "lost")
            self.assertEqual(test.leg_ids.mapped("state"), ["lost"] * 3)
            self.hand_in(self.come_back(self.sink.deliveries[0]))
            self.run_cron()
        self.assertEqual(test.state, "done")

    def test_stuck(self):
        """The worker that was sending it is gone."""
        test = self.send_test()
        test.sudo().state = "sending"
        with freeze_time(fields.Datetime.now() + timedelta(hours=1), tick=True):
            self.run_cron()
        self.assertEqual(test.state, "failed")

    def test_stuck_and_only_a_bounce_is_back(self):
        """There is nothing to judge: it would be 'being judged' for ever."""
        test = self.send_test()
        self.hand_in(self.come_back(self.sink.deliveries[1]))
        test.sudo().state = "sending"
        with freeze_time(fields.Datetime.now() + timedelta(hours=1), tick=True):
            self.run_cron()
        self.assertEqual(test.state, "failed")
        self.assertEqual(self.leg(test, "bounce").state, "back")

    def test_the_worker_that_judges_it_is_killed(self):
        """Each time: of a message that no machine can judge there is an end."""
        test = self.bring_back()
        values = {"judge_tries": mail_test_message_judge.TRIES + 1}
        test.sudo().write({**values, "judge_after": fields.Datetime.now()})
        self.run_cron()
        self.assertEqual(test.state, "judging")  # its last turn is not over
        later = fields.Datetime.now() + 2 * mail_test_message_judge.AGAIN
        with freeze_time(later, tick=True):
            self.run_cron()
        self.assertEqual(test.state, "failed")
        self.assertIn("could not be judged", test.failure)

    def test_a_verdict_that_can_not_be_stored(self):
        """It is tried again, and those behind it are judged all the same."""
        first, second = self.bring_back(), self.bring_back()
        to_json = mail_test_message_judge.to_json
        answers = iter([{"spf": "\0"}])
        with (
            patch.object(
                mail_test_message_judge,
                "to_json",
                lambda result: next(answers, None) or to_json(result),
            ),
            mute_logger(JUDGE, "odoo.sql_db"),
        ):
            self.run_cron()
        self.assertEqual((first.state, second.state), ("judging", "done"))
        later = fields.Datetime.now() + 2 * mail_test_message_judge.AGAIN
        with freeze_time(later, tick=True):
            self.run_cron()
        self.assertEqual(first.state, "done")

    def test_deleted(self):
        """The messages themselves go with a test, those of its legs included."""
        test = self.bring_back()
        self.run_cron()
        token_to = self.sink.deliveries[-3].rcpt_tos[0]
        self.hand_in(b"Delivered-To: " + token_to.encode() + b"\r\n\r\nHello")
        kept = [
            ("res_model", "=like", "mail.test.message%"),
            ("res_field", "!=", False),
        ]
        before = self.env["ir.attachment"].search_count(kept)
        self.assertEqual(before, 4)
        test.unlink()
        self.assertFalse(self.env["ir.attachment"].search_count(kept))

    def test_a_message_is_stored_as_one(self):
        """Nothing of it is indexed, and nothing is shown as a page."""
        raw = b"Subject: Hi\r\nFrom: a@b.example\r\n\r\n<html><b>Hello</b></html>\r\n"
        for start in (b"", b"<html>\r\n"):
            test = self.bring_back()
            keep_raw(test, "received_raw", start + raw)
            found = [("res_model", "=", test._name), ("res_id", "=", test.id)]
            found.append(("res_field", "!=", False))
            for one in self.env["ir.attachment"].search(found):
                self.assertEqual(one.mimetype, "message/rfc822")
                self.assertFalse(one.index_content)

    def test_a_copy_of_the_database(self):
        """It has no part in the tests of the original."""
        test, back = self.send_test(), self.bring_back()
        raw = self.come_back(self.sink.deliveries[0])
        self.env.flush_all()
        for query in get_neutralization_queries(["mail_deliverability"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual((test | back).mapped("state"), ["failed", "failed"])
        self.assertIn("copied", test.failure)
        legs = self.env["mail.test.message.leg"].sudo()
        self.assertFalse(legs.search([("token_hash", "!=", False)]))
        self.hand_in(raw)
        self.assertEqual(self.leg(test).state, "failed")
        self.assertTrue(test.get_verdict()["headline"])

    def test_a_copy_of_a_database_from_before(self):
        """It is neutralized before it is brought up to date."""
        for table in ("mail_test_message_leg", "mail_test_message"):
            self.env.cr.execute(SQL("DROP TABLE %s CASCADE", SQL.identifier(table)))
        for query in get_neutralization_queries(["mail_deliverability"]):
            self.env.cr.execute(query)
        self.env.cr.execute("SELECT state FROM mail_dkim_key WHERE state <> 'revoked'")
        self.assertFalse(self.env.cr.fetchall())

    def test_what_is_kept(self):
        test = self.bring_back()
        self.run_cron()
        tests = self.env["mail.test.message"]
        with freeze_time(fields.Datetime.now() + timedelta(days=31), tick=True):
            tests._gc_tests()
        self.assertFalse(load_raw(test, "sent_raw") or load_raw(test, "received_raw"))
        self.assertFalse(load_raw(self.leg(test), "raw"))
        verdict = test.verdict
        self.assertTrue(verdict)
        with self.assertRaises(UserError):
            test.action_judge_again()  # there is nothing left to judge
        self.assertEqual(test.verdict, verdict)
        with freeze_time(fields.Datetime.now() + timedelta(days=91), tick=True):
            tests._gc_tests()
        self.assertFalse(test.exists())

    def test_explained(self):
        self.publish()
        raw = self.come_back(BY_BOB)
        tests = self.env["mail.test.message"].with_user(self.admin)
        test = tests.explain(raw, "customer.eml")
        self.assertEqual((test.kind, test.state), ("explained", "done"))
        self.assertEqual(test.verdict["spf"]["result"], "pass")
        self.assertEqual(load_raw(test, "received_raw"), raw)
        employee = new_test_user(self.env, "emil", email="emil@acme.example")
        with self.assertRaises(AccessError):
            tests.with_user(employee).explain(raw)


@tagged("post_install", "-at_install")
class TestAddress(JudgeCase):
    """The address that a message has left from."""

    def judged(self, **values):
        self.publish()
        test = self.bring_back(**values)
        self.run_cron()
        return test

    def test_offered(self):
        test = self.judged()
        self.assertEqual(self.server._get_last_seen_address(), CLIENT)
        test.action_use_address()
        self.assertEqual(self.server.sending_host_ips, CLIENT)
        test.action_use_address()
        self.assertEqual(self.server.sending_host_ips, CLIENT)

    def test_beside_another(self):
        self.server.sending_host_ips = "203.0.113.9"
        self.judged().action_use_address()
        self.assertEqual(self.server.sending_host_ips, f"203.0.113.9, {CLIENT}")

    def test_never_of_a_provider(self):
        test = self.judged()
        self.env["mail.server.domain"].create(
            {
                "alias_domain_id": self.domain.id,
                "mail_server_id": self.server.id,
                "provider_id": self.env["mail.sending.provider"].search([], limit=1).id,
            }
        )
        self.assert_nothing(test)

    def test_never_of_a_provider_by_its_name(self):
        test = self.judged()
        self.server.smtp_host = "smtp.gmail.com"
        self.assert_nothing(test)

    def test_never_a_personal_one(self):
        test = self.judged()
        self.server.owner_user_id = self.admin
        self.assert_nothing(test)

    def test_never_a_private_address(self):
        for address in ("10.0.0.5", "127.0.0.1", "x", None):
            with self.subTest(address):
                test = self.judged()
                test.sudo().verdict = {**test.verdict, "client_ip": address}
                self.assertFalse(test._get_offered_address())

    def test_never_what_proves_nothing(self):
        test = self.judged()
        test.sudo().verdict = {**test.verdict, "proves_nothing": "same_account"}
        self.assert_nothing(test)

    def assert_nothing(self, test):
        self.assertFalse(test._get_offered_address())
        self.assertFalse(self.server._get_last_seen_address())
        test.action_use_address()
        self.assertFalse(self.server.sending_host_ips)


@tagged("post_install", "-at_install")
class TestWaiting(JudgeCase):
    """What is told while a test is on its way."""

    def tell(self, test, minutes=0):
        with freeze_time(test.sent_on + timedelta(minutes=minutes), tick=True):
            return test.get_waiting()

    def test_the_story(self):
        test = self.send_test()
        told = self.tell(test, minutes=1)
        self.assertEqual([one["key"] for one in told["events"]], ["handed", "waiting"])
        handed = told["events"][0]
        self.assertIn("60 seconds ago", handed["sentence"])
        [handed, _waiting] = self.tell(test)["events"]
        self.assertIn(" just now.", handed["sentence"])
        self.assertEqual(handed["details"], ["It answered: 250 OK"])
        self.assertEqual(told["reasons"], [])

    def test_the_usual_reasons(self):
        self.publish()
        servers = self.env["fetchmail.server"]
        servers.search([]).unlink()
        test = self.send_test()
        with freeze_time(test.sent_on + timedelta(minutes=3), tick=True):
            self.run_cron()
        keys = [one["key"] for one in self.tell(test, minutes=3)["reasons"]]
        self.assertEqual(keys, ["no_incoming", "mx", "mailbox"])
        server = servers.create({"name": "Box", "state": "done", "server": "imap.x"})
        server.write({"date": test.sent_on - timedelta(minutes=1)})
        told = self.tell(test, minutes=3)["reasons"]
        self.assertEqual([one["key"] for one in told][0], "mx")
        self.assertIn("mx.acme.example", told[0]["sentence"])
        fetched = next(one for one in told if one["key"] == f"fetched_{server.id}")
        self.assertEqual(fetched["level"], "warning")
        server.write({"error_message": "Login failed", "error_date": test.sent_on})
        told = self.tell(test, minutes=3)["reasons"]
        fetched = next(one for one in told if one["key"] == f"fetched_{server.id}")
        self.assertEqual(
            (fetched["level"], fetched["details"]), ("danger", ["Login failed"])
        )

    def test_the_login_in_the_envelope(self):
        """Gmail lets bounces return to the login: does Odoo fetch that mailbox?"""
        test = self.send_test()
        self.server.write(
            {
                "smtp_host": "smtp.gmail.com",
                "smtp_authentication": "login",
                "smtp_user": "erp@acme.example",
            }
        )
        bounces = self.find(test, "bounces")
        self.assertIn("erp@acme.example", bounces["sentence"])
        self.assertEqual(bounces["level"], "warning")
        servers = self.env["fetchmail.server"]
        servers.create({"name": "Box", "state": "done", "user": "erp@acme.example"})
        self.assertEqual(self.find(test, "bounces")["level"], "success")

    def test_the_login_in_the_envelope_is_told_beside_the_verdict(self):
        """That the bounce address works proves nothing where no bounce goes to it."""
        self.publish()
        test = self.bring_back()
        self.hand_in(self.come_back(self.sink.deliveries[-2]))
        self.server.write(
            {
                "smtp_host": "smtp.gmail.com",
                "smtp_authentication": "login",
                "smtp_user": "erp@acme.example",
            }
        )
        self.run_cron()
        told = test.with_user(self.admin).get_verdict()["legs"]
        self.assertEqual(
            [(one["key"], one["level"]) for one in told],
            [("bounces", "warning"), ("bounce", "pass"), ("reply", "pending")],
        )
        self.assertIn("erp@acme.example", told[0]["sentence"])

    def test_what_came_again_is_told_beside_the_verdict(self):
        self.publish()
        test = self.bring_back()
        self.run_cron()
        raw = load_raw(self.leg(test), "raw")
        self.hand_in(raw)
        self.hand_in(raw.replace(b"Subject:", b"X:").replace(b"Date:", b"Y:"))
        story = test.with_user(self.admin).get_verdict()["story"]
        told = {one["key"]: one for one in story}
        self.assertEqual(told["stray_arrival"]["level"], "warning")
        self.assertIn("came again", str(told["stray_arrival"]))

    def find(self, test, key):
        return next(one for one in test.get_waiting()["events"] if one["key"] == key)

    def test_failed(self):
        with (
            patch.object(self.sink, "data_reply", "554 5.7.1 no"),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            test = self.send_test()
        handed = test.get_waiting()["events"][0]
        self.assertEqual(
            (handed["level"], handed["sentence"]), ("danger", "554 5.7.1 no")
        )
        self.assertEqual(handed["details"], [])
