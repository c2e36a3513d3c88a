# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sessions stay open between the batches of one run, and TLS sessions are resumed."""

import select
import smtplib
import ssl

from odoo.tests import BaseCase, tagged

from ...models.limit.kept_sessions import KeptSessions, keep_sessions
from ...models.sender.session_facts import SessionFacts, set_facts
from ..scripted_sink import CONNECT, CUT, MAIL, QUIT, STARTTLS, ScriptedSink
from ..tls import make_server_context
from .test_mail_mail import LimitCase

ENOUGH = "421 Connection closed by server. Maximum message count per session reached."


class TestKeptSessions(BaseCase):
    def setUp(self):
        super().setUp()
        self.sink = self.enterContext(ScriptedSink())
        self.now = 1000.0
        self.sessions = KeptSessions(clock=lambda: self.now)
        self.addCleanup(self.sessions.close)

    def open(self, key="key"):
        session = smtplib.SMTP(self.sink.host, self.sink.port, timeout=20)
        session.ehlo()
        set_facts(session, SessionFacts())
        self.sessions.keep(key, session)
        return session

    def take(self, key="key", most=1000):
        return self.sessions.take(key, most)

    def test_it_comes_back(self):
        session = self.open()
        self.assertIsNone(self.take())
        session.quit()
        self.assertIs(self.take(), session)
        self.assertIsNone(self.take(), "one user at a time")
        self.assertEqual((self.sink.count()[QUIT], self.sink.count()["NOOP"]), (0, 0))

    def test_other_settings_are_another_session(self):
        self.open("key").quit()
        self.assertIsNone(self.take("other"))

    def test_one_that_was_idle_is_asked(self):
        session = self.open()
        session.quit()
        self.now += 6
        self.assertIs(self.take(), session)
        self.assertEqual(self.sink.count()["NOOP"], 1)
        session.quit()
        self.now += 6
        self.sink.script["NOOP"] = "421 4.4.2 timeout"
        self.assertIsNone(self.take())

    def test_what_comes_unasked_is_looked_into(self):
        """The server has ended the connection at once: no mail meets that."""
        self.sink.script["RSET"] = CUT
        session = self.open()
        session.send("RSET\r\n")
        select.select([session.sock], [], [], 20)
        session.quit()
        self.assertIsNone(self.take())

    def test_one_that_is_closed_does_not_come_back(self):
        session = self.open()
        session.close()
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            session.quit()
        self.assertIsNone(self.take())

    def test_what_was_broken_off_ends(self):
        session = self.open()
        with self.assertRaises(ZeroDivisionError):
            try:
                raise ZeroDivisionError
            finally:
                session.quit()
        self.assertIsNone(self.take())
        self.assertEqual(self.sink.count()[QUIT], 1)

    def test_no_more_mails_than_odoo_sends_through_one(self):
        session = self.open()
        for _time in range(6):
            self.sessions.note_sent(session)
        session.quit()
        self.sessions.ahead = 4
        self.assertIs(self.take(most=10), session)
        session.quit()
        self.sessions.ahead = 5
        self.assertIsNone(self.take(most=10))

    def test_few_wait_for_nobody(self):
        sessions = [self.open(key) for key in range(12)]
        for session in sessions:
            self.now += 1
            session.quit()
        self.assertEqual(self.sink.count()[QUIT], 2)
        self.assertEqual([self.take(key) for key in (0, 1)], [None, None])
        self.assertIs(self.take(11), sessions[11])

    def test_the_end_of_the_run(self):
        first, second = self.open(), self.open()
        first.quit()
        self.sessions.close()
        second.quit()
        self.assertEqual(self.sink.count()[QUIT], 2)
        self.assertIsNone(self.take())


@tagged("post_install", "-at_install")
class TestRuns(LimitCase):
    """Two companies, whose mails Odoo gives a session each, and one server."""

    def setUp(self):
        super().setUp()
        self.set_limit(0)
        self.scripted = self.enterContext(ScriptedSink())
        values = {"smtp_host": self.scripted.host, "smtp_port": self.scripted.port}
        self.server.write({**values, "from_filter": False})

    def make_groups(self, count=2):
        """Make mails of as many senders, of two each."""
        mails = self.env["mail.mail"]
        for number in range(count):
            for mail in (f"a{number}@customer.example", f"b{number}@customer.example"):
                mails |= self._make_mail(
                    f"me{number}@acme.example", email_to=mail, auto_delete=False
                )
        self.server.from_filter = ", ".join(f"me{n}@acme.example" for n in range(count))
        return mails

    def count(self, verb):
        return self.scripted.count()[verb]

    def test_one_session_for_all_groups(self):
        mails = self.make_groups(5)
        self.process()
        self.assertEqual(mails.mapped("state"), ["sent"] * 10)
        self.assertEqual(self.scripted.sessions, 1)
        self.assertEqual(self.count(QUIT), 1)
        self.assertEqual(len(self.scripted.deliveries), 10)

    def test_by_hand_it_is_as_in_odoo(self):
        self.make_groups(3).send()
        self.assertEqual(self.scripted.sessions, 3)

    def test_other_settings_open_another(self):
        mails = self.make_groups(2)
        with keep_sessions(self.env["mail.mail"]) as queue:
            mails[:2].with_env(queue.env).send()
            self.server.smtp_debug = True
            mails[2:].with_env(queue.env).send()
        self.assertEqual(self.scripted.sessions, 2)

    def test_a_session_that_has_died_is_replaced(self):
        """With the first mail of the next group, so that nothing told of it before."""
        for words in (CUT, "421 4.4.2 idle for too long"):
            with self.subTest(words):
                self.scripted.forget()
                self.scripted.script[MAIL] = [None, None, words]
                mails = self.make_groups(2)
                self.process()
                self.assertEqual(mails.mapped("state"), ["sent"] * 4)
                self.assertEqual(self.scripted.sessions, 2)
                self.assertEqual(len(set(self.scripted.recipients())), 4)
                self.assertEqual(len(self.scripted.deliveries), 4)
                self.assertFalse(self.env["mail.server.pause"].search([]))

    def test_a_session_that_has_had_enough(self):
        self.scripted.script[MAIL] = [None, ENOUGH, None, ENOUGH]
        mails = self.make_groups(2)
        self.process()
        self.assertEqual(mails.mapped("state"), ["sent"] * 4)
        self.assertEqual(len(self.scripted.deliveries), 4)
        self.assertEqual(self.scripted.sessions, 3)

    def test_a_new_session_that_ends_is_trouble(self):
        for words in (CUT, ENOUGH):
            with self.subTest(words):
                self.scripted.forget()
                self.scripted.script[MAIL] = words
                mails = self.make_groups(1)
                self.process()
                self.assertEqual(mails.mapped("waiting_kind"), ["server"] * 2)
                self.assertEqual(self.count(MAIL), 1)
                self.env["mail.server.pause"].search([]).unlink()
                mails.unlink()

    def test_no_other_session_can_be_had(self):
        """Then it is as it would have been without a try."""
        self.scripted.script[MAIL] = [None, None, CUT]
        self.scripted.script[CONNECT] = ["220 sink", "421 4.3.2 not now"]
        mails = self.make_groups(2)
        self.process()
        self.assertEqual(mails.mapped("waiting_kind"), [False] * 2 + ["server"] * 2)
        self.assertEqual(len(self.scripted.deliveries), 2)

    def test_tls_sessions_are_resumed(self):
        self.scripted.extensions.append(STARTTLS)
        self.scripted.tls = make_server_context()
        self.server.smtp_encryption = "starttls"
        self.scripted.script[MAIL] = [None, ENOUGH, None, ENOUGH]
        mails = self.make_groups(2)
        self.process()
        self.assertEqual(mails.mapped("state"), ["sent"] * 4)
        self.assertEqual((self.scripted.sessions, self.scripted.resumed), (3, 2))

    def test_what_was_not_verified_is_not_resumed_where_it_must_be(self):
        self.scripted.extensions.append(STARTTLS)
        self.scripted.tls = make_server_context()
        connect = {"mail_server_id": self.server.id, "smtp_from": "me@acme.example"}
        with keep_sessions(self.env["ir.mail_server"]) as servers:
            for encryption, trusted in (
                ("starttls", True),
                ("starttls_strict", False),
                ("starttls", True),
            ):
                with self.subTest(encryption):
                    self.server.smtp_encryption = encryption
                    if trusted:
                        session = servers._connect__(**connect)
                        self.assertIsInstance(session.sock, ssl.SSLSocket)
                        continue
                    with self.assertRaises(ssl.SSLCertVerificationError):
                        servers._connect__(**connect)
        self.assertEqual(self.scripted.resumed, 1)
        session = self.env["ir.mail_server"]._connect__(**connect)
        session.quit()
        self.assertEqual(self.scripted.resumed, 1, "outside of a run it is as in Odoo")
