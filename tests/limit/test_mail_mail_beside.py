# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Several sessions at once, in real transactions: each has a cursor of its own."""

import logging
import smtplib
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from email.utils import parseaddr
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, config, mute_logger

from odoo.addons.mail.models import mail_mail

from ...models.limit import mail_mail_beside
from ...models.limit.kept_sessions import keep_sessions
from ...models.limit.ledger import Ledger, LedgerUnavailableError
from ...models.limit.line import Line
from ...models.limit.queue_run import QueueRun
from ...models.limit.sending import Sending
from ...models.refusal.smtp_trouble import read_delivery_error
from ...models.sender.batch import Batch
from ...models.tools.carrier import carry
from ..clock import at_noon
from ..scripted_sink import CONNECT, CUT, END, MAIL, RCPT, ScriptedSink
from .test_mail_mail import LimitCase

MAILS = 41
AUTHOR, DEFAULT = "me@acme.example", "notifications@acme.example"
# What is committed besides mails.
WRITTEN = (
    "mail.dmarc.sent",
    "mail.refusal",
    "mail.send.counter",
    "mail.send.tally",
    "mail.send.uncounted",
    "mail.server.pause",
    "mail.suppressed.address",
)
CHANGE_ALL = """
    UPDATE mail_mail SET email_cc = NULL WHERE id IN (
        SELECT id FROM mail_mail WHERE id IN %s FOR UPDATE SKIP LOCKED)
"""
SET_CONNECTIONS = "UPDATE ir_mail_server SET connections = %s WHERE id = %s"
WAITS = """
    SELECT pid FROM pg_stat_activity
     WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""
BESIDE = "odoo.addons.mail_deliverability.models.limit.mail_mail_beside"


class TestLine(BaseCase):
    def test_who_finds_nothing_waits_for_what_comes_back(self):
        line, taken = Line([1, 2]), []

        def work():
            while one := line.take():
                taken.append(one)
                line.put_down()

        self.assertEqual(line.take(), 1)
        other = threading.Thread(target=work)
        other.start()
        line.put_first([3, 4])
        line.put_last(5)
        line.put_down()
        other.join(20)
        self.assertFalse(other.is_alive())
        self.assertEqual(Counter(taken), Counter([2, 3, 4, 5]))
        self.assertIsNone(line.take())

    def test_a_line_that_is_stopped(self):
        line = Line([1, 2])
        self.assertEqual(line.take(), 1)
        line.stop()
        self.assertIsNone(line.take())
        self.assertEqual(line.take_rest(), [2])


@tagged("post_install", "-at_install")
class TestBeside(BaseCase):
    """Mails leave through one server that is sent to with four connections."""

    def setUp(self):
        super().setUp()
        self.enterContext(at_noon())
        self.sink = self.enterContext(ScriptedSink())
        # Else one session would have sent all before the next one is open.
        self.sink.script[END] = lambda _to: time.sleep(0.01)
        self.registry = Registry(get_db_name())
        # Odoo's runner holds it, and threads would wait for it.
        self.startPatcher(patch.object(Registry, "_lock", threading.RLock()))
        can_wait = patch.object(mail_mail_beside, "_can_wait_for_threads")
        self.startPatcher(can_wait).return_value = True
        servers = self.registry["ir.mail_server"]
        self.startPatcher(patch.object(servers, "_disable_send", lambda *_: False))
        self.addCleanup(self.clean_up)
        with self.worker() as env:
            self.parameters = {
                f"mail_deliverability.{name}": value
                for name, value in (
                    ("bulk_recipients", "0"),
                    ("daily_limit", "1000"),
                    ("sender_policy", "filter"),
                )
            }
            for key, value in self.parameters.items():
                env["ir.config_parameter"].set_param(key, value)
            server = env["ir.mail_server"].create(
                {
                    "name": "sink",
                    "smtp_host": self.sink.host,
                    "smtp_port": self.sink.port,
                    "smtp_encryption": "none",
                    "connections": 4,
                }
            )
            self.server_id = server.id
        self.make_mails()

    def make_mails(self, **values):
        """Make mails to send.

        :param values: of the mails, each a function of a mail's number.
        """
        with self.worker() as env:
            mails = env["mail.mail"].create(
                [
                    {
                        "email_from": AUTHOR,
                        "email_to": f"to{number}@customer.example",
                        "mail_server_id": self.server_id,
                        "auto_delete": number % 2,
                        **{name: make(number) for name, make in values.items()},
                    }
                    for number in range(MAILS)
                ]
            )
            self.ids = mails.ids
            self.addCleanup(self.unlink_mails, self.ids)

    def unlink_mails(self, ids):
        with self.worker() as env:
            env["mail.mail"].browse(ids).exists().unlink()

    def clean_up(self):
        with self.worker() as env:
            env["ir.mail_server"].browse(self.server_id).unlink()
            for model in WRITTEN:
                env[model].with_context(active_test=False).search([]).unlink()
            keys = list(self.parameters)
            env["ir.config_parameter"].search([("key", "in", keys)]).unlink()

    @contextmanager
    def worker(self):
        """Yield the environment of a worker, whose transaction is committed."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def send(self, env):
        """Send as the queue does; returns what it was told to be done."""
        done = []
        mails = env["mail.mail"].browse(self.ids).exists()
        mails = carry(mails, QueueRun(mails))
        mails.send(auto_commit=True, post_send_callback=done.extend)
        return done

    def run_queue(self):
        with self.worker() as env:
            self.assertEqual(sorted(self.send(env)), self.ids)

    def states(self):
        """Return how many mails are in each state; those deleted are "sent"."""
        with self.worker() as env:
            mails = env["mail.mail"].browse(self.ids).exists()
            states = Counter(one.waiting_kind or one.state for one in mails)
            states["sent"] += len(self.ids) - len(mails)
            return states

    def assert_each_once(self, count=MAILS):
        got = Counter(self.sink.recipients())
        self.assertEqual((len(got), got.total()), (count, count))

    def count_pauses(self):
        with self.worker() as env:
            return env["mail.server.pause"].search_count([])

    def test_each_mail_goes_once_and_is_counted(self):
        self.run_queue()
        self.assertEqual(self.sink.sessions, 4)
        self.assert_each_once()
        self.assertEqual(self.states(), {"sent": MAILS})
        senders = Counter(one for one, verb, _to in self.sink.asked if verb == MAIL)
        self.assertEqual(len(senders), 4, "each takes its share")
        with self.worker() as env:
            counters = env["mail.send.counter"].search([])
            self.assertEqual(set(counters.mapped("sent")), {MAILS})
            self.assertEqual(set(counters.mapped("in_flight")), {0})

    def test_the_limit_is_exact(self):
        for limit in (7, 23):
            with self.subTest(limit), self.worker() as env:
                set_param = env["ir.config_parameter"].set_param
                set_param("mail_deliverability.daily_limit", str(limit))
                env.cr.commit()
                env["mail.mail"].browse(self.ids).exists()._stop_waiting()
                env.cr.commit()
                self.send(env)
                self.assert_each_once(limit)
                expected = {"sent": limit, "limit": MAILS - limit}
                self.assertEqual(self.states(), expected)

    def test_one_connection_is_as_ever(self):
        with self.worker() as env:
            env["ir.mail_server"].browse(self.server_id).connections = 1
        with patch.object(self.registry["mail.mail"], "_make_thread") as start:
            self.run_queue()
        self.assertFalse(start.called)
        self.assertEqual(self.sink.sessions, 1)
        self.assert_each_once()

    def test_few_mails_of_each_of_many_authors(self):
        self.make_mails(email_from=lambda number: f"a{number % 20}@acme.example")
        self.run_queue()
        self.assertEqual(self.sink.sessions, 4)
        self.assert_each_once()
        self.assertEqual(self.states(), {"sent": MAILS})
        got = defaultdict(list)
        for session, verb, to in self.sink.asked:
            if verb == RCPT:
                got[session].append(int(to.partition("@")[0].removeprefix("to")))
        for numbers in got.values():
            self.assertEqual(numbers, sorted(numbers), "the oldest come first")

    def test_each_mail_leaves_as_in_a_group_of_its_sender(self):
        # Odoo keeps the author where the mail names a server, else the default sends.
        self.make_mails(mail_server_id=lambda number: number % 3 and self.server_id)
        with patch.dict(config.options, {"email_from": DEFAULT}):
            self.run_queue()
        self.assertEqual(self.sink.sessions, 4)
        self.assert_each_once()
        expected = [DEFAULT if number % 3 == 0 else AUTHOR for number in range(MAILS)]
        self.assertEqual([self.find_sender(n) for n in range(MAILS)], expected)

    def test_a_part_leaves_as_the_whole_would(self):
        with self.worker() as env:
            env["ir.config_parameter"].set_param("mail_deliverability.daily_limit", "2")
            robot = env.ref("base.partner_root")
        self.make_mails(
            mail_server_id=lambda number: number != 1 and self.server_id,
            recipient_ids=lambda number: number == 1 and [Command.link(robot.id)],
        )
        with patch.dict(config.options, {"email_from": DEFAULT}), self.worker() as env:
            self.send(env)
        self.assertEqual(len(self.sink.deliveries), 2)
        self.assertEqual(self.sink.sessions, 1)
        self.assertEqual([self.find_sender(n) for n in (0, 1)], [AUTHOR, DEFAULT])

    def test_the_group_of_the_oldest_mail_comes_first(self):
        with self.worker() as env:
            server = env["ir.mail_server"].browse(self.server_id)
            other = server.copy({"connections": 1})
        self.addCleanup(self.unlink_server, other.id)
        self.make_mails(
            mail_server_id=lambda number: self.server_id if number < 20 else other.id,
            email_to=lambda number: f"{'a' if number < 20 else 'b'}@customer.example",
        )
        self.run_queue()
        got = [to[0] for to in self.sink.recipients()]
        self.assertEqual("".join(got), "a" * 20 + "b" * (MAILS - 20))

    def unlink_server(self, server_id):
        with self.worker() as env:
            env["ir.mail_server"].browse(server_id).unlink()

    def test_a_mail_that_another_addon_adds(self):
        *ids, added = self.ids
        plain = mail_mail.MailMail._split_by_mail_configuration

        def split(mails):
            for *configuration, members in plain(mails):
                yield *configuration, [*members, added]

        change = patch.object(mail_mail.MailMail, plain.__name__, split)
        with change, self.worker() as env:
            env["mail.mail"].browse(ids).send(auto_commit=True)
        self.assertEqual(self.sink.sessions, 4)
        self.assert_each_once()

    def test_whom_another_addon_sends_as(self):
        def split(mails):
            for server_id, domain_id, _smtp_from, members in plain(mails):
                yield server_id, domain_id, DEFAULT, members

        mails = self.registry["mail.mail"]
        plain = mails._split_by_mail_configuration
        with (
            patch.object(mails, plain.__name__, split),
            patch.dict(config.options, {"email_from": DEFAULT}),
        ):
            self.run_queue()
        self.assert_each_once()
        self.assertEqual({self.find_sender(n) for n in range(MAILS)}, {DEFAULT})

    def test_what_another_addon_splits_off(self):
        def split(mails):
            for *configuration, members in plain(mails):
                parts = [
                    one.copy({"mail_message_id": one.mail_message_id.id}).id
                    for one in mails.browse(members)
                ]
                self.addCleanup(self.unlink_mails, parts)
                yield *configuration, parts

        mails = self.registry["mail.mail"]
        plain = mails._split_by_mail_configuration
        self.make_mails(mail_server_id=lambda number: number % 3 and self.server_id)
        with (
            patch.object(mails, plain.__name__, split),
            patch.dict(config.options, {"email_from": DEFAULT}),
            self.worker() as env,
        ):
            self.send(env)
        self.assert_each_once()
        expected = [DEFAULT if number % 3 == 0 else AUTHOR for number in range(MAILS)]
        self.assertEqual([self.find_sender(n) for n in range(MAILS)], expected)

    def test_what_another_addon_does_not_let_commit(self):
        mails = self.registry["mail.mail"]
        plain = mails._send
        change = patch.object(
            mails, "_send", lambda *args, **kw: plain(*args, **kw | {"auto_commit": 0})
        )
        with change, patch.object(mails, "_make_thread") as start:
            self.run_queue()
        self.assertFalse(start.called)
        self.assert_each_once()

    def find_sender(self, number):
        """Return the address in From of the mail with a number."""
        to = f"to{number}@customer.example"
        [delivery] = [one for one in self.sink.deliveries if to in one.rcpt_tos]
        return parseaddr(delivery.message["From"])[1]

    def test_a_server_that_wants_no_more_connections(self):
        self.sink.script[CONNECT] = ["220 sink", *["421 4.7.0 too many"] * 3]
        with self.assertLogs(BESIDE, logging.INFO) as logs, self.worker() as env:
            with keep_sessions(env["mail.mail"]) as queue:
                self.send(queue.env)
                self.make_mails()
                self.send(queue.env)
        self.assertEqual(len(logs.output), 3)
        # The second time it is not asked again, and the first session is still open.
        self.assertEqual(self.sink.sessions, 4)
        self.assertEqual(set(Counter(self.sink.recipients()).values()), {2})
        self.assertEqual(self.count_pauses(), 0)

    def test_a_server_that_lets_further_connections_wait(self):
        self.enterContext(mute_logger(BESIDE))
        self.enterContext(patch.object(mail_mail_beside, "SLOW", 0))
        # The clock of the threads is another one here: it is not the noon of a test.
        for rest, sessions in ((10**12, 1), (0, 4)):
            with (
                self.subTest(rest),
                patch.dict(mail_mail_beside.RESTING),
                patch.object(mail_mail_beside, "REST", rest),
            ):
                self.sink.forget()
                self.sink.script[CONNECT] = ["220 sink", *["421 4.7.0 too many"] * 3]
                self.run_queue()
                self.assertEqual(self.sink.sessions, 4)
                self.make_mails()
                self.run_queue()
                self.assertEqual(self.sink.sessions, 4 + sessions)
                self.make_mails()

    def test_a_session_that_is_cut(self):
        """Another one sends its mail, and the server is not paused."""
        for words in (CUT, "421 4.3.2 too many connections"):
            with self.subTest(words):
                self.make_mails()
                self.sink.forget()
                self.sink.script[END] = lambda _to: time.sleep(0.01)
                self.sink.script[MAIL] = lambda _from, words=words: (
                    None if self.sink.asked[-1][0] == 1 else words
                )
                self.run_queue()
                self.assert_each_once()
                self.assertEqual(self.count_pauses(), 0)

    def test_an_account_that_is_blocked_stops_all(self):
        blocked = "550 5.4.5 Daily user sending limit exceeded."
        answers = iter(["250 ok"] * 12)
        self.sink.script[MAIL] = lambda _from: next(answers, blocked)
        self.run_queue()
        self.assert_each_once(12)
        self.assertEqual(self.states(), {"sent": 12, "server": MAILS - 12})
        # No more than one of each session after the first that heard of it.
        self.assertLessEqual(self.sink.count()[MAIL], 12 + 4)
        self.assertEqual(self.count_pauses(), 1)

    def test_a_session_that_fails_does_not_touch_the_others(self):
        mails = self.registry["mail.mail"]
        broken = patch.object(mails, "_send_beside", side_effect=ZeroDivisionError)
        with broken, self.assertLogs(BESIDE, level="ERROR") as logs:
            self.run_queue()
        self.assertEqual(len(logs.output), 3)
        self.assert_each_once()

    def test_the_first_session_fails_and_the_others_go_on(self):
        mails = self.registry["mail.mail"]
        plain, main = mails._send_next, threading.current_thread()

        def fail(mail, *args):
            if threading.current_thread() is main and len(self.sink.deliveries) > 8:
                mail.failure_reason = "locked until the transaction ends"
                mail.flush_recordset()
                raise smtplib.SMTPServerDisconnected("gone")
            return plain(mail, *args)

        with (
            patch.object(mails, "_send_next", fail),
            self.assertRaises(smtplib.SMTPServerDisconnected),
            self.worker() as env,
        ):
            self.send(env)
        self.assert_each_once(MAILS - 1)
        self.assertEqual(self.states(), {"sent": MAILS - 1, "outgoing": 1})

    def test_an_interrupt_ends_all(self):
        mails = self.registry["mail.mail"]
        plain, main = mails._send_next, threading.current_thread()

        def interrupt(mail, *args):
            if threading.current_thread() is main and len(self.sink.deliveries) > 8:
                raise KeyboardInterrupt
            return plain(mail, *args)

        with (
            patch.object(mails, "_send_next", interrupt),
            self.assertRaises(KeyboardInterrupt),
            self.worker() as env,
        ):
            self.send(env)
        left = MAILS - len(self.sink.deliveries)
        self.assertGreater(left, 20)
        self.assertEqual(self.states(), {"sent": MAILS - left, "outgoing": left})

    def test_a_process_that_may_have_no_more_threads(self):
        plain, started = threading.Thread.start, []

        def start(thread):
            if thread._target is mail_mail_beside._run_beside:
                started.append(thread)
                if len(started) > 1:
                    raise RuntimeError("can't start new thread")
            plain(thread)

        with (
            patch.object(threading.Thread, "start", start),
            self.assertLogs(BESIDE, logging.WARNING),
        ):
            self.run_queue()
        self.assertEqual((len(started), self.sink.sessions), (2, 2))
        self.assert_each_once()

    def test_what_others_change_while_a_session_connects(self):
        plain, changed = mail_mail_beside._connect, threading.Event()

        def connect(env, way):
            session = plain(env, way)
            if not changed.is_set():
                with self.worker() as other:
                    other.cr.execute(CHANGE_ALL, [tuple(self.ids)])
                changed.set()
            return session

        with self.worker() as env:  # one more session is enough
            env["ir.mail_server"].browse(self.server_id).connections = 2
        self.sink.script[END] = lambda _to: changed.wait(20) and None
        with patch.object(mail_mail_beside, "_connect", connect):
            self.run_queue()
        self.assert_each_once()

    def test_a_session_that_can_count_nothing(self):
        """Its mails go through the others."""
        plain, main = Ledger.reserve, threading.current_thread()

        def reserve(ledger, *args):
            if threading.current_thread() is not main:
                raise LedgerUnavailableError
            return plain(ledger, *args)

        with patch.object(Ledger, "reserve", reserve):
            self.run_queue()
        self.assert_each_once()

    def test_a_session_that_fails_while_it_decides(self):
        """It takes no other mail than its own along."""
        mails, main = self.registry["mail.mail"], threading.current_thread()
        decide, send_next = mails._decide, mails._send_next
        lowered, failed = threading.Event(), threading.Event()

        def fail(mail, refusal):
            if threading.current_thread() is not main:
                failed.set()
                raise psycopg2.errors.SerializationFailure
            return decide(mail, refusal)

        def wait(mail, *args):
            if threading.current_thread() is main and not failed.is_set():
                with self.worker() as env:  # below what there was room for
                    set_param = env["ir.config_parameter"].set_param
                    set_param("mail_deliverability.daily_limit", "5")
                lowered.set()
                failed.wait(20)
            return send_next(mail, *args)

        self.sink.script[END] = lambda _to: lowered.wait(20) and None
        with (
            patch.object(mails, "_decide", fail),
            patch.object(mails, "_send_next", wait),
            mute_logger(BESIDE),
        ):
            self.run_queue()
        states = self.states()
        self.assert_each_once(states["sent"])
        self.assertGreater(states["limit"], 10)
        self.assertLessEqual(states["outgoing"], 3)

    def test_two_sessions_that_hear_the_same_at_once(self):
        """The server is paused once, and both know for how long."""
        error, found = smtplib.SMTPSenderRefused(550, b"5.7.1 blocked", "me"), []
        trouble = read_delivery_error(error, "", [])

        def pause():
            with self.worker() as env:
                found.append(env["mail.server.pause"]._pause(7, trouble))

        other = threading.Thread(target=pause)
        with self.worker() as env:
            now = fields.Datetime.now()
            pauses = env["mail.server.pause"]
            found.append(pauses._keep_pause(env.cr, 7, trouble, False, now))
            other.start()
            while other.is_alive() and not env.execute_query(SQL(WAITS)):
                time.sleep(0.01)
        other.join()
        self.assertEqual(found[0], found[1])
        self.assertEqual((found[1].attempt, self.count_pauses()), (1, 1))

    def test_numbers_that_are_no_form_s(self):
        cases = ((999, 1001, 9), (999, 41, 4), (0, 1001, 0), (-5, 1001, 0))
        with self.worker() as env, patch.dict(config.options, {"db_maxconn": 400}):
            for number, count, expected in cases:
                with self.subTest(number, count=count):
                    env.cr.execute(SET_CONNECTIONS, [number, self.server_id])
                    env.invalidate_all()
                    found = self.count_beside(env, self.server_id, count)
                    self.assertEqual(found, expected)
            # One that somebody has just deleted.
            self.assertEqual(self.count_beside(env, 10**9, 1001), 0)

    def count_beside(self, env, server_id, count):
        batch = Batch()
        batch.set_part(Sending(None, True, False))
        mails = carry(env["mail.mail"].browse(range(1, count + 1)), batch)
        return mails._count_beside(server_id)

    def test_few_database_connections(self):
        with patch.dict(config.options, {"db_maxconn": 12}):
            self.run_queue()
        self.assertEqual(self.sink.sessions, 2)
        self.assert_each_once()

    def test_a_recipient_who_is_refused(self):
        self.sink.script[RCPT, "to3@customer.example"] = "550 5.1.1 unknown"
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.run_queue()
        self.assert_each_once(MAILS - 1)
        self.assertEqual(self.states(), {"sent": MAILS - 1, "exception": 1})


@tagged("post_install", "-at_install")
class TestConnections(LimitCase):
    def test_in_one_transaction_there_is_one(self):
        self.server.connections = 4
        self.make_mails(30)
        with patch.object(self.registry["mail.mail"], "_make_thread") as start:
            self.process()
        self.assertFalse(start.called)
        self.assertEqual(self.sink.sessions, 1)

    def test_what_a_provider_takes_is_offered(self):
        self.env["mail.sending.provider"].create(
            {
                "name": "One",
                "host_patterns": "smtp.one.example",
                "source": "a test",
                "connections": 1,
            }
        )
        for host, offered, hint in (
            ("smtp.office365.com", 2, "up to 3 .*With 2 here, one stays free"),
            ("smtp.sendgrid.net", 10, "up to 10000 .*At most 10 of them are used"),
            ("smtp.sparkpostmail.com", 9, "up to 10 .*With 9 here, one stays free"),
            ("smtp.one.example", 1, "^One takes one connection at a time.$"),
            ("mail.acme.example", 0, "^$"),
        ):
            with self.subTest(host):
                server = self._make_server(smtp_host=host)
                self.assertEqual(server.connections, 1)
                self.assertEqual(server.provider_connections, offered)
                self.assertRegex(server.connections_hint or "", hint)
                server.action_use_provider_connections()
                self.assertEqual(server.connections, offered or 1)

    def test_how_many(self):
        self.server.connections = 10
        for count in (0, -1, 11):
            with self.subTest(count), self.assertRaises(ValidationError):
                self.server.connections = count
