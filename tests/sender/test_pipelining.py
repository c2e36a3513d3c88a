# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whatever a server answers: what comes of a mail is what smtplib alone makes of it."""

import functools
import itertools
import smtplib
import ssl
from contextlib import contextmanager
from smtplib import SMTP
from unittest.mock import Mock, patch

from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase
from odoo.tools import mute_logger

from ...models.refusal.relay_reply import listen
from ...models.refusal.smtp_trouble import END as AT_END, find_stage
from ...models.sender.message_session import hand_over
from ...models.sender.pipelining import (
    FORGOTTEN_AFTER,
    GROUP,
    GROUP_BYTES,
    RESTED_AFTER,
    Habits,
    may_pipeline,
    send_together,
)
from ...models.sender.session_facts import SessionFacts, set_facts
from ..scripted_sink import (
    CUT,
    DATA,
    EHLO,
    END,
    FORGET,
    MAIL,
    RCPT,
    STARTTLS,
    SWAP,
    ScriptedSink,
)
from ..tls import make_server_context

LOGGER = "odoo.addons.mail_deliverability.models.sender.pipelining"
FROM = "me@acme.example"
TO = ("a@x.example", "b@x.example", "c@x.example")
TEXT = b"Subject: x\r\n\r\ntext\r\n.dot\r\n"
LONG = TEXT + b"more text\r\n" * 1_000_000  # more than what TCP keeps
# One of each class, the odd ones included (RFC 5321 section 4.2).
ANSWERS = (
    "250 2.0.0 OK",
    "250-two\r\n250 lines",
    "251 2.1.5 forwarded",
    "252 perhaps",
    "150 wait",
    "354 go on",
    "421 4.3.2 closing",
    "421-4.7.0 closing\r\n421 now",
    "450 4.2.1 later",
    "451 4.3.0 later",
    "452 4.5.3 too many recipients",
    "500 5.5.2 what",
    "501 5.1.3 bad address",
    "502 5.5.1 not implemented",
    "503 5.5.1 bad sequence",
    "550 5.1.1 unknown",
    "552 5.3.4 too big",
    "554 5.5.0 Error: SMTP protocol synchronization",
    "554 5.7.1 spam",
    "hello",
    "",
    "25",
    "250 " + "x" * 9000,
    CUT,
    # Cut within the code, behind it, within the text, the line end and the lines.
    b"2",
    b"250",
    b"250 o",
    b"550 5.1.1 unknown\r",
    b"250-ok\r\n",
    b"250-ok\r\n25",
    b"450 4.2.1 later\r\n",
)
# Two servers take commands in any order: DATA without recipients, and all.
SANE, LATE, LAX = {MAIL, RCPT}, {MAIL}, set()
PLACES = (MAIL, RCPT, (RCPT, TO[0]), (RCPT, TO[-1]), DATA, END)
ORDERS = [(place, SANE) for place in PLACES] + [(RCPT, LATE), (MAIL, LAX), (RCPT, LAX)]
REFUSALS = ("450 4.2.1 later", "550 5.1.1 unknown", "421 4.3.2 closing", CUT)
# What comes behind an answer, and is none to any command.
TOO_MUCH = ("250 OK", "354 go on", "421 4.4.2 timeout", "550 5.1.1 unknown", "hello")
# Bytes of TEXT: none, its head, its text, all but the dot, the dot without a line end.
PARTS = (0, 3, 16, 27, 28, 29)
# What servers do that can't have commands together.
RUSHED = (
    *(FORGET, SWAP, CUT),
    "503 5.5.1 one command at a time",
    "421 4.7.0 improper command pipelining",
    b"554 5.5.0 SMTP synchronization error\r\n",
)


class Outcome:
    """What comes of two messages that leave through one session.

    :ivar first: what came of the first one, comparable.
    :ivar second: of the second one.
    :ivar bool is_cut: whether the session has ended with the first one.
    :ivar bool is_wrong: whether the server is known to be confused by then.
    :ivar got: what the server has taken.
    """

    def __init__(self, sink, habits, recipients=TO, timeout=10, text=TEXT):
        sink.deliveries.clear()
        self._text = text
        with connect(sink, timeout) as session:
            self.first = self._send(session, recipients, habits)
            self.is_cut = session.sock is None
            self.is_wrong = bool(habits) and not habits.allow(sink.host)
            self.second = self._send(session, ["d@x.example"], habits)
        sink.wait_until_over()
        # A lone dot is a message to nobody: none.
        self.got = [
            (one.mail_from, one.rcpt_tos, one.data)
            for one in sink.deliveries
            if one.rcpt_tos or one.data
        ]

    def _send(self, session, recipients, habits):
        send = functools.partial(session.sendmail, FROM, recipients, self._text)
        if habits:
            send = functools.partial(
                send_together, session, recipients, send, True, habits
            )
        try:
            return send()
        except smtplib.SMTPException as error:
            stage = find_stage(error)
            if isinstance(error, smtplib.SMTPServerDisconnected):
                return "cut", stage  # the words are the system's
            return type(error), error.args, stage


@contextmanager
def connect(sink, timeout=10):
    """Yield a session, which is closed without a word."""
    session = smtplib.SMTP(sink.host, sink.port, "me", timeout=timeout)
    try:
        session.ehlo()
        if sink.tls:
            secure(session)
        yield session
    finally:
        session.close()


def secure(session):
    """Go on within TLS, whoever the server is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    session.starttls(context=context)
    session.ehlo()


def ends_session(answer):
    """Tell whether the server closes the connection with it, or smtplib does."""
    is_cut = isinstance(answer, bytes) or answer == CUT or answer.startswith("421")
    return is_cut or len(answer) > smtplib._MAXLINE


class Recorder:
    """A socket that keeps what was sent by each call."""

    def __init__(self, session):
        self._socket, self.sent = session.sock, []
        session.sock = self

    def sendall(self, data):
        self.sent.append(data)
        self._socket.sendall(data)

    def __getattr__(self, name):
        return getattr(self._socket, name)


class Other(smtplib.SMTP):
    """Another addon's sessions."""

    def rcpt(self, recip, options=()):
        return super().rcpt(recip, ["NOTIFY=NEVER"])


class Impatient:
    """What replies are read from, while somebody ends the program."""

    def readline(self, _size):
        raise KeyboardInterrupt

    def peek(self):
        return b""

    def close(self):
        pass


class TestPipelining(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sink = cls.enterClassContext(ScriptedSink())
        cls.tls = make_server_context()
        cls.enterClassContext(mute_logger(LOGGER))

    def setUp(self):
        super().setUp()
        self.be({})

    def be(self, script, **attributes):
        """Be a server that offers PIPELINING, with these answers."""
        self.sink.forget()
        self.sink.extensions = ["PIPELINING", "SIZE 10000000"]
        self.sink.script = {
            place: list(answer) if isinstance(answer, list) else answer
            for place, answer in script.items()
        }
        for name, value in attributes.items():
            setattr(self.sink, name, value)

    def compare(self, script, recipients=TO, text=TEXT, timeout=10, **attributes):
        """See that a script ends as it does without PIPELINING."""
        words = {"recipients": recipients, "text": text, "timeout": timeout}
        self.be(script, **attributes)
        plain = Outcome(self.sink, None, **words)
        self.be(script, **attributes)
        habits = Habits()
        together = Outcome(self.sink, habits, **words)
        is_wrong = together.is_wrong
        if is_wrong and together.is_cut and together.first != plain.first:
            # It has not left, and is tried once more.
            self.assertNotEqual(together.first, ("cut", AT_END))
            self.assertFalse(together.got)
            self.be(script, **attributes)
            together = Outcome(self.sink, habits, **words)
        if together.first != plain.first:
            # To the plain one RSET is answered so that even smtplib gives up.
            self.assertEqual(plain.first[1], (500, "Line too long."))
        # The session had to end, since somebody might have got an empty message; or it
        # has ended with an answer to what is not asked where each command waits.
        may_end = is_wrong or any(map(ends_session, script.values()))
        # Or the second message has found out that answers don't belong to commands.
        is_found = not (together.is_cut or habits.allow(self.sink.host))
        if (may_end or is_found) and together.second != plain.second:
            self.assertEqual(together.second[0], "cut")
            self.assertFalse(set(together.got) - set(plain.got))
        else:
            self.assertEqual(together.second, plain.second)
            self.assertEqual(together.got, plain.got)
        if not may_end:
            self.assertEqual(together.is_cut, plain.is_cut)

    def send(self, session, recipients, habits=None):
        """Send a message; returns what has left, a call each."""
        recorder = Recorder(session)
        send = functools.partial(session.sendmail, FROM, recipients, TEXT)
        send_together(session, recipients, send, True, habits or Habits())
        return recorder.sent

    def test_each_answer_at_each_command(self):
        for (place, needed), answer in itertools.product(ORDERS, ANSWERS):
            with self.subTest(place=place, answer=answer, needed=needed):
                self.compare({place: answer}, needed=needed)

    def test_each_answer_to_reset(self):
        """What follows on a refusal."""
        for refused, answer in itertools.product((MAIL, RCPT, DATA, END), ANSWERS):
            with self.subTest(refused=refused, answer=answer):
                self.compare({refused: "550 5.7.1 no", "RSET": answer})

    def test_refusals_of_many_recipients(self):
        """In the first group of commands, in the next ones, on their borders."""
        to = [f"{number}@x.example" for number in range(GROUP + 20)]
        border = GROUP - 1  # MAIL is the first command
        for refused in (
            *([0], [border - 1], [border], [-1], [0, border, -1]),
            *(range(border), range(border, len(to)), range(len(to))),
        ):
            for answer, needed in itertools.product(REFUSALS, (SANE, LATE)):
                with self.subTest(refused=refused, answer=answer, needed=needed):
                    script = {(RCPT, to[number]): answer for number in refused}
                    self.compare(script, recipients=to, needed=needed)

    @settings(max_examples=30, deadline=None)
    @given(
        st.integers(1, 2 * GROUP + 50),
        st.lists(st.tuples(st.floats(0, 1), st.sampled_from(REFUSALS)), max_size=6),
        st.sampled_from([SANE, LATE]),
        st.booleans(),
    )
    def test_scripts_of_many_recipients(self, count, refused, needed, is_long):
        """In groups of 100, or of fewer where addresses are long."""
        to = [f"{'long' * 20 * is_long}{number}@x.example" for number in range(count)]
        script = {
            (RCPT, to[int(place * (count - 1))]): answer for place, answer in refused
        }
        self.compare(script, recipients=to, needed=needed)

    def test_some_refused_for_now_some_for_ever(self):
        answers = ("250 OK", "251 2.1.5 forwarded", "450 4.2.1 later", "550 5.1.1 no")
        for row in itertools.product(answers, repeat=len(TO)):
            with self.subTest(row):
                self.compare({(RCPT, to): one for to, one in zip(TO, row, strict=True)})

    def test_answers_too_many(self):
        for place, more in itertools.product((MAIL, RCPT, DATA, END), TOO_MUCH):
            usual = "354 go on" if place == DATA else "250 OK"
            with self.subTest(place=place, more=more):
                self.compare({place: f"{usual}\r\n{more}"}, timeout=0.3)

    def test_closed_amid_the_message(self):
        for takes, text in (*((part, TEXT) for part in PARTS), (10_000, LONG)):
            with self.subTest(takes=takes):
                self.compare({}, text=text, takes=takes)

    def test_byte_by_byte(self):
        """Each byte of an answer in a packet of its own."""
        to_first = (RCPT, TO[0])
        for script in (
            *({}, {MAIL: "550 5.7.1 no"}, {RCPT: "550 5.1.1 no"}),
            *({to_first: "450 4.2.1 later"}, {DATA: "451 4.3.0 later"}),
            *({END: "552-5.3.4 too\r\n552 big"}, {END: b"2"}),
            {RCPT: "421 4.3.2 closing"},
        ):
            for needed in (SANE, LATE):
                with self.subTest(script=script, needed=needed):
                    self.compare(script, needed=needed, dribbles=True)

    def test_within_tls(self):
        offers = ["PIPELINING", STARTTLS]
        answers = (
            *("250 OK", "421 4.3.2 closing", "450 4.2.1 later", "550 5.1.1 unknown"),
            *("503 5.5.1 bad sequence", CUT, b"25"),
        )
        for place, answer in itertools.product(PLACES, answers):
            with self.subTest(place=place, answer=answer):
                self.compare({place: answer}, tls=self.tls, extensions=offers)

    @settings(max_examples=60, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from([*PLACES, (RCPT, TO[1]), "RSET"]),
            st.sampled_from([*ANSWERS, "250 OK"]),
            max_size=4,
        ),
        st.sampled_from([SANE, LATE, LAX]),
        st.booleans(),
        st.booleans(),
    )
    def test_scripts(self, script, needed, dribbles, secured):
        tls = self.tls if secured else None
        offers = ["PIPELINING", "SIZE 10000000", *([STARTTLS] if tls else [])]
        options = {"dribbles": dribbles, "tls": tls, "extensions": offers}
        self.compare(script, needed=needed, **options)

    def test_what_leaves_together(self):
        with connect(self.sink) as session:
            many = [f"{number}@x.example" for number in range(GROUP + 50)]
            *groups, message = self.send(session, many)
            self.assertEqual([one.count(b"\r\n") for one in groups], [GROUP, 52])
            self.assertTrue(groups[0].startswith(b"mail FROM:<me@acme.example> size="))
            self.assertTrue(groups[1].endswith(b"rcpt TO:<149@x.example>\r\ndata\r\n"))
            self.assertTrue(message.endswith(b"..dot\r\n.\r\n"))
            self.assertEqual(len(self.send(session, TO)), 2)
            long = [f"{number}{'x' * 400}@x.example" for number in range(20)]
            *groups, _message = self.send(session, long)
            self.assertEqual([one.count(b"\r\n") for one in groups], [10, 9, 3])
            self.assertLessEqual(max(map(len, groups)), GROUP_BYTES)
        self.assertEqual(self.sink.recipients(), [*many, *TO, *long])

    def test_confused_servers(self):
        """The mail leaves in that session or in the next, and all others one by one."""
        for rush in RUSHED:
            with self.subTest(rush=rush):
                self.be({}, rush=rush)
                habits = Habits()
                # What it waits for in vain never comes.
                timeout = 0.5 if rush in (FORGET, SWAP) else 10
                first = Outcome(self.sink, habits, TO, timeout)
                self.assertFalse(habits.allow(self.sink.host))
                if first.first:
                    self.assertEqual(first.first[0], "cut")
                    self.assertNotEqual(first.first[1], AT_END)
                    self.assertFalse(first.got)
                self.assertEqual(Outcome(self.sink, habits).first, {})
                self.assertEqual(self.sink.recipients()[:3], [*TO])
                with connect(self.sink) as session:
                    self.assertEqual(len(self.send(session, TO, habits)), 6)

    def test_another_server_behind_a_name(self):
        """That one of them can do it costs mails to the others one try."""
        habits = Habits()
        self.assertEqual(Outcome(self.sink, habits).first, {})
        self.be({}, rush=FORGET)
        self.assertEqual(Outcome(self.sink, habits, TO, 0.5).first[0], "cut")
        self.assertEqual(Outcome(self.sink, habits).first, {})
        self.assertEqual(self.sink.recipients()[:3], [*TO])

    def test_builders_of_pipelines(self):
        """A refusal names an address: it tells nothing of the order of commands."""
        to = ("a@x.example", "me@synchronization.example", "b@x.example")
        for text in ("<me@pipelining.example>", "synchronization.example", "pipeline"):
            self.be({(RCPT, to[1]): f"550 5.1.1 {text}: unknown"})
            with self.subTest(text):
                habits = Habits()
                outcome = Outcome(self.sink, habits, to)
                self.assertEqual([*outcome.first], [to[1]])
                self.assertEqual(outcome.second, {})
                self.assertTrue(habits.allow(self.sink.host))

    def test_one_by_one_in_the_same_session(self):
        """An answer that is none to its command costs the mail nothing."""
        self.be({}, rush="503 5.5.1 one command at a time")
        outcome = Outcome(self.sink, Habits())
        self.assertEqual((outcome.first, outcome.second), ({}, {}))
        self.assertEqual(self.sink.sessions, 1)

    def test_one_recipient_lost_in_the_confusion(self):
        """Who was refused for that alone gets the message with all others, later."""
        rush = "503 5.5.1 one command at a time"
        self.be({}, rush=rush, rushed={(RCPT, TO[1])})
        habits = Habits()
        outcome = Outcome(self.sink, habits)
        self.assertEqual((outcome.first, outcome.got), (("cut", DATA.lower()), []))
        self.assertFalse(habits.allow(self.sink.host))
        self.assertEqual(Outcome(self.sink, habits).first, {})
        self.assertEqual(self.sink.recipients(), [*TO, "d@x.example"])

    def test_what_is_remembered(self):
        now = 1000
        habits = Habits(lambda: now)
        habits.note_right("a.example")
        habits.note_cut("a.example")
        habits.note_cut("b.example")
        habits.note_wrong("c.example")
        hosts = [f"{letter}.example" for letter in "abcd"]
        self.assertEqual([*map(habits.allow, hosts)], [False, False, False, True])
        now += RESTED_AFTER
        self.assertEqual([*map(habits.allow, hosts)], [True, False, False, True])
        habits.note_right("a.example")
        now += FORGOTTEN_AFTER
        self.assertTrue(all(map(habits.allow, hosts)))
        # Who can't wait tries nothing out.
        known = [habits.allow(host, can_wait=False) for host in hosts]
        self.assertEqual(known, [True, False, False, False])

    def test_an_interrupted_session_is_closed(self):
        """Else the next mail would be taken for answered."""
        with connect(self.sink) as session:
            session.file = Impatient()
            with self.assertRaises(KeyboardInterrupt):
                self.send(session, TO)
            self.assertIsNone(session.sock)

    def test_who_is_not_asked(self):
        with connect(self.sink) as session:
            self.assertTrue(may_pipeline(session))
            session.data = session.data
            self.assertFalse(may_pipeline(session), "an attribute of its own")
        with Other(self.sink.host, self.sink.port, "me", timeout=10) as session:
            session.ehlo()
            self.assertFalse(may_pipeline(session), "another addon's class")
        with connect(self.sink) as session, patch.object(SMTP, "rcpt", Other.rcpt):
            self.assertFalse(may_pipeline(session), "smtplib itself, changed")
        with connect(self.sink) as session, patch.object(SMTP, "data", Mock()):
            self.assertFalse(may_pipeline(session), "a test's")
        self.assertFalse(may_pipeline(Mock()))
        self.sink.extensions = ["SIZE 10000000"]
        with connect(self.sink) as session:
            self.assertEqual(len(self.send(session, TO)), 6)

    def test_what_can_not_be_said(self):
        for recipient, kind in (
            ("<>\r\nDATA", ValueError),
            ("é@x.example", UnicodeEncodeError),
        ):
            with self.subTest(recipient), connect(self.sink) as session:
                self.assertRaises(kind, self.send, session, [TO[0], recipient])
        self.assertFalse(self.sink.deliveries)

    def test_witnesses_and_other_alphabets(self):
        """Who looks at a session sees what it would see without PIPELINING."""
        self.sink.extensions.append("SMTPUTF8")
        self.sink.script[END] = "250 2.0.0 queued as 0123456789abcdef0123"
        with connect(self.sink) as session:
            set_facts(session, SessionFacts(can_wait=True))
            heard, listener = listen(session)
            recorder = Recorder(session)
            self.assertEqual(hand_over(heard, TEXT, FROM, ["é@x.example", *TO]), {})
        self.assertEqual(len(recorder.sent), 2)
        self.assertTrue(listener.has_left)
        self.assertIn(b"queued", listener.reply)
        self.assertIn("é@x.example", self.sink.recipients())


class TestStartTls(BaseCase):
    """What comes before TLS counts for nothing (RFC 3207 section 4.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sink = cls.enterClassContext(ScriptedSink())

    def start(self, *offers, answer="220 go on"):
        """Return a session with TLS.

        :param offers: what the server offers each time that it is asked.
        """
        self.sink.forget()
        self.sink.tls = make_server_context()
        self.sink.script = {
            EHLO: ["250-sink\r\n250-" + offer + "\r\n250 STARTTLS" for offer in offers],
            STARTTLS: answer,
        }
        session = smtplib.SMTP(self.sink.host, self.sink.port, "me", timeout=10)
        self.addCleanup(session.close)
        secure(session)
        return session

    def test_only_offers_within_tls_count(self):
        self.assertFalse(may_pipeline(self.start("PIPELINING", "SIZE 1000")))
        session = self.start("SIZE 1000", "PIPELINING")
        self.assertTrue(may_pipeline(session))
        send = functools.partial(session.sendmail, FROM, TO, TEXT)
        self.assertEqual(send_together(session, TO, send, True, Habits()), {})
        self.assertEqual(self.sink.recipients(), [*TO])

    def test_answers_from_before_tls_are_none(self):
        """CVE-2011-0411: what was put behind the answer to STARTTLS is not read."""
        offer = "250-evil\r\n250 PIPELINING"
        answers = "250 OK\r\n250 OK\r\n250 OK\r\n250 OK\r\n354 go on\r\n250 queued"
        seen = 0
        for injected in (offer, f"{offer}\r\n{answers}", answers, "421 closing", "25"):
            for real in ("SIZE 2000", "PIPELINING"):
                with self.subTest(injected=injected, real=real):
                    seen += self.see_injected(injected, real)
        self.assertTrue(seen, "no session got as far as TLS")

    def see_injected(self, injected, real):
        """Return whether the session got as far as TLS: what came then was right."""
        try:
            session = self.start("SIZE 1000", real, answer=f"220 go\r\n{injected}")
        except (OSError, smtplib.SMTPException):
            return False  # it came later: no handshake
        self.assertEqual(may_pipeline(session), real == "PIPELINING")
        self.sink.script[(RCPT, TO[0])] = "550 5.1.1 unknown"
        send = functools.partial(session.sendmail, FROM, TO, TEXT)
        refused = send_together(session, TO, send, True, Habits())
        self.assertEqual(refused, {TO[0]: (550, b"5.1.1 unknown")})
        self.assertEqual(self.sink.recipients(), [*TO[1:]])
        return True
