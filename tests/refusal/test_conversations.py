# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whole conversations with a server that answers as it is told, seen from outside.

What counts is what the server was asked, who has got what in the end, and what people
see meanwhile; not by which steps.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.sender.pipelining import HABITS
from ..limit.test_mail_mail import MAIL_LOGGER, LimitCase
from ..scripted_sink import (
    AUTH,
    CONNECT,
    CUT,
    DATA,
    EHLO,
    END,
    MAIL,
    RCPT,
    STARTTLS,
    ScriptedSink,
)

LATER = "451 4.3.0 Temporary lookup failure"
BUSY = "450 4.2.0 Greylisted, please come back in five minutes"
UNKNOWN = "550 5.1.1 No such user here"
TOO_BIG = "552 5.3.4 Message size exceeds fixed limit"
DOWN = "421 4.3.2 Service not available, closing transmission channel"
NO_LOGIN = (
    "535 5.7.8 Username and Password not accepted. Learn more at "
    "https://support.google.com/mail/?p=BadCredentials",
    "534 5.7.9 Application-specific password required.",
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for "
    "the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
)
# Of the account or of the connection, each at the place where it is said.
THROTTLES = (
    (MAIL, "421 4.7.0 Too many messages from this connection, try again later"),
    (RCPT, "421 4.7.0 Too many messages from this connection, try again later"),
    (END, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    (MAIL, "450 4.7.1 Error: too much mail from 198.51.100.7"),
    (MAIL, "454 4.7.0 Too many login attempts, please try again later"),
    (END, "421 4.3.2 Message rate exceeded for this account"),
)
TRIES_OVER = 120  # hours after which nothing is tried any more


class ConversationCase(LimitCase):
    """An outgoing server with a login, whose answers stand in a script."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sink = cls.enterClassContext(ScriptedSink())

    def setUp(self):
        super().setUp()
        self.begin()

    def begin(self):
        """Begin a conversation with a server that nothing is known of."""
        self.env["mail.mail"].search([]).unlink()
        self.env["mail.server.pause"].search([]).unlink()
        self.alarms().unlink()
        self.forget_counts()
        self.server.unlink()
        self.server = self._make_server("acme.example", name="Relay")
        self.server.write({"smtp_user": "me", "smtp_pass": "secret"})
        self.sink.forget()
        self.sink.extensions.append("PIPELINING")
        HABITS.forget()
        HABITS.note_right(self.sink.host)
        self.set_limit(1000)
        self.passed = timedelta()

    def process(self, **later):
        """Work off the queue, so much later than the last time."""
        self.passed += timedelta(**later)
        moment = fields.Datetime.now() + self.passed
        with freeze_time(moment, tick=True), mute_logger(MAIL_LOGGER):
            return super().process()

    def process_for(self, hours):
        """Let the scheduled action run whenever something is due, as Odoo does."""
        end = self.passed + timedelta(hours=hours)
        while (waiting := self.outgoing()) and self.passed < end:
            now = fields.Datetime.now()
            due = min(one.scheduled_date or now for one in waiting) - now
            step = max(due - self.passed, timedelta())
            self.process(minutes=1 + step / timedelta(minutes=1))

    def outgoing(self):
        self.env.invalidate_all()
        return self.env["mail.mail"].search([("state", "=", "outgoing")])

    def look(self):
        """Return what one administrator is told of servers; the queue tells it."""
        self.process()
        return self.alarms()

    def alarms(self):
        admin = self.env.ref("base.user_admin")
        found = self.env["mail.activity"].search([("user_id", "=", admin.id)])
        return found.filtered(
            lambda one: (one.alarm_subject or "").startswith("server_pause")
        )

    def got(self):
        return sorted(self.sink.recipients())

    def assert_settled(self, mails):
        """Each has left once, and nothing else is asked of the server any more."""
        self.assertEqual(self.got(), sorted(mails.mapped("email_to")))
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual(set(mails.mapped("waiting_kind")), {False})
        self.assertEqual(self.in_flight(), 0)
        asked = len(self.sink.asked)
        self.process(days=2)
        self.assertEqual(len(self.sink.asked), asked)


@tagged("post_install", "-at_install")
class TestConversations(ConversationCase):
    def test_later_and_then_taken(self):
        """Once more, and once, wherever the server has said so."""
        for stage in (MAIL, RCPT, DATA, END):
            with self.subTest(stage):
                self.begin()
                mails = self.make_mails(1)
                self.sink.script[stage] = [LATER]
                self.process()
                self.assertEqual(mails.state, "outgoing")
                self.assertTrue(mails.postponed_reason)
                self.assertNotIn("without exception", mails.failure_reason or "")
                self.assertEqual((self.used(), self.in_flight()), (0, 0))
                asked = len(self.sink.asked)
                self.process()
                self.assertEqual(len(self.sink.asked), asked, "at once")
                self.process(minutes=10)
                self.assertEqual(self.sink.count()[MAIL], 2)
                self.assertEqual(self.used(), 1)
                self.assert_settled(mails)

    def test_closed_at_connect(self):
        mails = self.make_mails(3)
        self.sink.script[CONNECT] = DOWN
        for _time in range(3):
            self.process()
        self.assertEqual(self.sink.sessions, 1)
        self.assertEqual(mails.mapped("waiting_kind"), ["server"] * 3)
        self.assertEqual(len(self.look()), 1)
        for minutes, sessions in ((2, 2), (2, 2), (6, 3)):
            self.process(minutes=minutes)
            self.assertEqual(self.sink.sessions, sessions)
        self.assertEqual(len(self.look()), 1)
        self.sink.script.clear()
        self.process(minutes=20)
        self.assertFalse(self.look())
        self.assert_settled(mails)

    def test_login_refused(self):
        """All three wait, one alarm, and the button frees them."""
        for answer in NO_LOGIN:
            with self.subTest(answer[:12]):
                self.begin()
                mails = self.make_mails(3)
                self.sink.script[AUTH] = answer
                for _time in range(3):
                    self.process()
                self.assertEqual(self.sink.count()[AUTH], 1)
                self.assertEqual(mails.mapped("state"), ["outgoing"] * 3)
                self.assertEqual(mails.mapped("waiting_kind"), ["server"] * 3)
                self.assertEqual(len(self.look()), 1)
                self.assertIn(self.server.name, self.alarms().summary)
                self.assertFalse(self.env["mail.refusal"].search_count([]))
                self.sink.script.clear()
                self.server.test_smtp_connection()
                self.process()
                self.assertFalse(self.look())
                self.assert_settled(mails)

    def test_encryption_fails(self):
        """A server without it, one that has none to give, and one that breaks it."""
        for extensions, answer in (
            ([], None),
            ([STARTTLS], "454 4.7.0 TLS not available due to local problem"),
            ([STARTTLS], None),
        ):
            with self.subTest(extensions=extensions, answer=answer):
                self.begin()
                self.server.smtp_encryption = "starttls"
                mails = self.make_mails(2)
                self.sink.extensions = extensions
                if answer:
                    self.sink.script[STARTTLS] = answer
                self.process()
                self.assertEqual(mails.mapped("waiting_kind"), ["server"] * 2)
                self.assertEqual(self.sink.count()[MAIL], 0)
                self.assertEqual(len(self.look()), 1)
                self.sink.forget()
                self.server.smtp_encryption = "none"
                self.process(minutes=2)
                self.assert_settled(mails)

    def test_one_of_three_messages(self):
        """Each recipient of a note has a message of his own."""
        partners = self.make_partners(3)
        mail = self.make_mails(1, email_to=False, recipient_ids=partners.ids)
        self.sink.script[RCPT, "p1@customer.example"] = [BUSY]
        self.process()
        self.assertEqual(self.got(), ["p0@customer.example", "p2@customer.example"])
        self.assertEqual((self.used(), self.in_flight()), (2, 0))
        self.process_for(hours=1)
        self.assertEqual(self.got(), partners.mapped("email"))
        self.assertEqual(self.sink.count()[RCPT], 4)
        self.assertEqual((self.used(), self.in_flight()), (3, 0))
        self.assertEqual(mail.state, "sent")

    def test_one_of_three_in_one_message(self):
        to = ", ".join(f"p{number}@customer.example" for number in range(3))
        self.make_mails(1, email_to=to)
        self.sink.script[RCPT, "p1@customer.example"] = [BUSY, BUSY]
        self.process()
        self.assertEqual(self.got(), ["p0@customer.example", "p2@customer.example"])
        self.process_for(hours=2)
        self.assertEqual(", ".join(self.got()), to)
        self.assertEqual((self.used(), self.in_flight()), (3, 0))
        self.assertFalse(self.outgoing())

    def test_refused_after_the_message(self):
        """It is final, of that mail alone, and never the recipient's fault."""
        mails = self.make_mails(3)
        self.sink.script[END] = [TOO_BIG]
        self.process()
        self.assertEqual(mails.mapped("state"), ["exception", "sent", "sent"])
        self.assertIn("Message size exceeds", mails[0].failure_reason)
        self.assertEqual((self.used(), self.in_flight()), (2, 0))
        self.assertFalse(self.server.paused_until)
        refusal = self.env["mail.refusal"].search([("mail_mail_id", "=", mails[0].id)])
        self.assertEqual(refusal.category, "size")
        self.assertNotEqual(refusal.blame, "recipient")
        asked = len(self.sink.asked)
        self.process_for(hours=TRIES_OVER)
        self.assertEqual(len(self.sink.asked), asked)

    def test_refused_by_all_in_a_row(self):
        """Hundreds of dead addresses are no trouble of the server."""
        mails = self.make_mails(12)
        self.sink.script[RCPT] = UNKNOWN
        self.process()
        self.assertEqual(mails.mapped("state"), ["exception"] * 12)
        self.assertEqual(self.sink.count()[RCPT], 12)
        self.assertFalse(self.look())

    def test_cut_before_the_message(self):
        """Nothing is lost, and nobody gets it twice."""
        for stage in (CONNECT, EHLO, AUTH, MAIL, RCPT, DATA):
            with self.subTest(stage):
                self.begin()
                mails = self.make_mails(3)
                self.sink.script[stage] = [CUT]
                self.process()
                self.assertFalse(set(mails.mapped("state")) - {"outgoing", "sent"})
                self.assertTrue(self.outgoing(), "it has waited")
                self.process_for(hours=3)
                self.assert_settled(mails)

    def test_cut_after_the_message(self):
        """Whether it has come nobody knows: somebody decides, and the others go."""
        mails = self.make_mails(3)
        self.sink.script[END] = [CUT]
        self.process()
        self.process_for(hours=3)
        self.assertEqual(mails.mapped("state"), ["exception", "sent", "sent"])
        self.assertIn("may have arrived", mails[0].failure_reason.lower())
        self.process_for(hours=TRIES_OVER)
        self.assertEqual(self.sink.count()[END], 3)

    def test_cut_for_ever(self):
        """A mail that brings a server to hang up does not keep the others."""
        self.sink.script[RCPT, "to1@customer.example"] = CUT
        mails = self.make_mails(4)
        self.process_for(hours=TRIES_OVER)
        bad = mails[1]
        self.assertEqual(bad.state, "exception")
        self.assertEqual(set((mails - bad).mapped("state")), {"sent"})
        self.assertLess(self.sink.count()[RCPT], 60)

    def test_throttled(self):
        """Two further commands at most, and then silence; other servers go on."""
        other_sink = self.enterContext(ScriptedSink())
        other = self._make_server("globex.example", name="Other")
        other.smtp_port = other_sink.port
        mails = self.make_mails(200)
        others = self.env["mail.mail"]
        for number in range(3):
            to = f"other{number}@customer.example"
            others |= self._make_mail("me@globex.example", email_to=to)
        self.sink.script[MAIL] = self.throttle(40, THROTTLES[0][1])
        self.process()
        self.assertEqual(len(self.sink.deliveries), 40)
        self.assertEqual(set(others.mapped("state")), {"sent"})
        self.assertFalse(other.paused_until)
        self.assert_silent_after(41)
        self.assertEqual((self.used(), self.in_flight()), (43, 0))
        self.assertEqual(len(self.look()), 1)
        self.sink.script.clear()
        self.process(minutes=2)
        self.assert_settled(mails)

    def test_throttled_in_many_words(self):
        for stage, answer in THROTTLES:
            with self.subTest(stage=stage, answer=answer):
                self.begin()
                mails = self.make_mails(8)
                self.sink.script[stage] = self.throttle(4, answer)
                self.process()
                self.process()
                self.assertEqual(len(self.sink.deliveries), 4)
                self.assertEqual(mails[4:].mapped("waiting_kind"), ["server"] * 4)
                self.assert_silent_after(5)
                self.sink.script.clear()
                self.process_for(hours=2)
                self.assert_settled(mails)

    def throttle(self, count, answer):
        return lambda _to: answer if len(self.sink.deliveries) >= count else None

    def assert_silent_after(self, number):
        """Nothing but RSET and QUIT comes behind what was said to a mail.

        :param number: of the mail that was refused.
        """
        verbs = [verb for _session, verb, _argument in self.sink.asked]
        begins = [at for at, verb in enumerate(verbs) if verb == MAIL]
        self.assertEqual(len(begins), number)
        after = verbs[begins[-1] + 1 :]
        ours = [verb for verb in after if verb not in (RCPT, DATA, END)]
        self.assertLessEqual(len(ours), 2, after)
        self.assertEqual(self.sink.sessions, 1)

    def test_near_the_daily_limit(self):
        """What was refused takes no room, what waits no more than there is."""
        self.set_limit(5)
        for name in ("daily_limit_reserve", "daily_limit_urgent"):
            self.set_limit(0, name)
        mails = self.make_mails(7)
        self.sink.script[RCPT, "to1@customer.example"] = [BUSY]
        for _time in range(2):
            self.process()
        self.assertEqual(len(self.sink.deliveries), 5)
        self.assertEqual((self.used(), self.in_flight()), (5, 0))
        self.process(minutes=10)
        self.assertEqual(len(self.sink.deliveries), 5)
        self.assertEqual(len(self.outgoing()), 2)
        self.process(hours=24)
        self.process(hours=6)
        self.assert_settled(mails)

    def test_server_that_is_down_takes_no_room(self):
        self.set_limit(5)
        self.sink.script[CONNECT] = DOWN
        self.make_mails(7)
        self.process()
        self.assertEqual((self.used(), self.in_flight()), (0, 0))
        self.sink.script.clear()
        self.process(minutes=2)
        self.assertEqual(len(self.sink.deliveries), 5)
