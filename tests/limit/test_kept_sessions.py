# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sessions stay open between the batches of one run, and TLS sessions are resumed."""

import functools
import select
import smtplib
import ssl
import threading
from types import SimpleNamespace
from unittest.mock import patch

from urllib3.contrib.pyopenssl import PyOpenSSLContext

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ...models.limit import kept_sessions
from ...models.limit.kept_sessions import MOST_FREE, KeptSessions, keep_sessions
from ...models.sender.pipelining import send_together
from ...models.sender.session_facts import SessionFacts, get_facts, set_facts
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

    def test_what_was_refused_ends(self):
        """Nobody knows what the server thinks of it; it may not even be logged in."""
        session = self.open()
        self.sessions.note_begun(session)
        self.sessions.note_sent(session)
        session.quit()
        self.assertIs(self.take(), session)
        self.sessions.note_begun(session)
        session.quit()
        self.assertIsNone(self.take())
        self.assertEqual(self.sink.count()[QUIT], 1)

    def test_an_answer_to_nothing_is_none_to_the_next_command(self):
        self.sink.script["RSET"] = "250 OK\r\n250 OK"
        session = self.open()
        session.rset()
        session.quit()
        self.assertIsNone(self.take())

    def test_nobody_waits_long_for_a_server_that_says_nothing(self):
        goes_on = threading.Event()
        self.addCleanup(goes_on.set)
        self.sink.script["NOOP"] = lambda _argument: goes_on.wait(20) and None
        self.open().quit()
        self.now += 6
        with patch.object(kept_sessions, "PATIENCE", 0.05):
            self.assertIsNone(self.take())

    def test_ended_twice_it_is_still_one(self):
        session = self.open()
        self.assertEqual(session.quit()[0], 221)
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            session.quit()
        self.assertIs(self.take(), session)
        self.assertIsNone(self.take())

    def test_another_takes_its_place(self):
        session = self.open()
        set_facts(session, SessionFacts(server_id=7))
        self.sessions.replace(session, self.open("other"))
        self.assertEqual(session.noop()[0], 250)
        self.assertEqual(get_facts(session).server_id, 7)
        session.quit()
        self.assertIsNone(self.take())
        self.assertIs(self.take("other"), session)

    def test_sessions_of_another_kind_are_left_alone(self):
        """As of an addon whose sessions are data classes: they have no hash."""
        session = SimpleNamespace(quit=lambda: "gone")
        self.sessions.keep("key", session)
        self.sessions.note_begun(session)
        self.sessions.note_sent(session)
        self.assertEqual(session.quit(), "gone")
        self.assertIsNone(self.take())

    def test_certificates_of_our_own(self):
        """pyOpenSSL's sockets lack what Python's have."""
        self.sink.extensions += [STARTTLS, "PIPELINING"]
        self.sink.tls = make_server_context()
        context = PyOpenSSLContext(ssl.PROTOCOL_TLS)
        context.verify_mode = ssl.CERT_NONE
        session = self.open()
        session.starttls(context=context)
        session.ehlo()
        for _time in range(2):
            message = ("me@acme.example", ["you@customer.example"], b"Hello")
            send = functools.partial(session.sendmail, *message)
            send_together(session, message[1], send, can_wait=True)
            session.quit()
            self.now += 6
            self.assertIs(self.take(), session)
        self.assertEqual(len(self.sink.deliveries), 2)
        self.assertEqual(self.sink.count()["NOOP"], 2)

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
        sessions = [self.open(key) for key in range(MOST_FREE + 2)]
        for session in sessions:
            self.now += 1
            session.quit()
        self.assertEqual(self.sink.count()[QUIT], 2)
        self.assertEqual([self.take(key) for key in (0, 1)], [None, None])
        self.assertIs(self.take(MOST_FREE + 1), sessions[-1])

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

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_after_a_refusal_the_next_group_has_its_own(self):
        self.scripted.script["END"] = [None, "554 5.7.1 not this one"]
        mails = self.make_groups(2)
        self.process()
        states = [mail.state for mail in mails]
        self.assertEqual(states, ["sent", "exception", "sent", "sent"])
        self.assertEqual(self.scripted.sessions, 2)
        self.assertEqual(self.count(QUIT), 2)

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
