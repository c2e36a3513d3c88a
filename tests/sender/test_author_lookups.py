# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import logging
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import BaseCase
from odoo.tools import config

from ...mailauth.dns.names import guess_registrable
from ...mailauth.dns.resolver import DnsResolver
from ...models.sender import author_lookups
from ...models.sender.author_lookups import Lookups
from ..dns_server import DnsServer

LOGGER = author_lookups.__name__
PATIENT = 60  # seconds; what waits so long has failed
ZONE = {("_dmarc.honest.test", "TXT"): ["v=DMARC1; p=reject"]}
# (domain, who has registered it)
OWNERS = [
    ("example", "example"),
    ("evil.example", "evil.example"),
    ("a.b.evil.example", "evil.example"),
    ("evil.co.uk", "evil.co.uk"),
    ("a.evil.co.uk", "evil.co.uk"),
    ("co.uk", "co.uk"),
    ("a.evil.de", "evil.de"),
    ("a.co.example", "co.example"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    (".".join(["a"] * 120 + ["evil", "example"]), "evil.example"),
]
FORKED = """
import gc, os, signal, sys
from odoo.tools import config
config.parse_config(["--addons-path", sys.argv[1]])
import odoo.modules.module
odoo.modules.module.initialize_sys_path()
from odoo.addons.mail_deliverability.mailauth.dns.resolver import DnsResolver
from odoo.addons.mail_deliverability.models.sender import author_lookups

def ask(domain):
    kept = []
    found = author_lookups.get().ask(
        "db", [domain], DnsResolver(sys.argv[2], 30), kept.append, 30
    )
    author_lookups.get()._keeper.shutdown()  # what is kept, is kept now
    return found[domain].policy == "reject" and len(kept) == 1

parent = author_lookups.get()
parent.ask("db", ["honest.test"], DnsResolver(sys.argv[2], 30), lambda _: None, 30)
parent.ask("db", ["held1.test"], DnsResolver(sys.argv[2], 30), lambda _: None, 0.01)
with parent._lock:
    child = os.fork()
    if not child:
        signal.alarm(60)
        gc.collect()
        fresh = author_lookups.get() is not parent and author_lookups.get().is_idle()
        os._exit(0 if fresh and ask("child.honest.test") else 1)
_pid, status = os.waitpid(child, 0)
# The parent's loop still hears what it is given.
print(os.waitstatus_to_exitcode(status), ask("parent.honest.test"), flush=True)
os._exit(0)
"""


class HeldDns(DnsServer):
    """It answers about names with "held" in them when they are released."""

    def __init__(self, zone):
        super().__init__(zone)
        self._held = []  # (name, function, arguments)
        self._released = []  # parts of names
        self._name = ""
        self._changed = threading.Condition()

    def answer(self, data, tcp):
        with self._changed:
            reply = super().answer(data, tcp)
            self._name = self.queries[-1][0]
            self._changed.notify_all()
        return reply

    def later(self, function, *args):
        if self._hangs(self._name):
            return self._held.append((self._name, function, args))
        return super().later(function, *args)

    def _hangs(self, name):
        return "held" in name and not any(part in name for part in self._released)

    def release(self, part="held"):
        """Answer now, and from now on, about names with ``part`` in them."""
        self._released.append(part)
        for name, function, args in self._held:
            if part in name:
                self._loop.call_soon_threadsafe(self._safely, function, args)

    def count(self, part):
        """Return the policies asked for, of domains with ``part`` in their names."""
        names = {name for name, _rdtype in list(self.queries)}
        return sum(name.startswith("_dmarc.") and part in name for name in names)

    def wait_for(self, part, count):
        with self._changed:
            arrived = self._changed.wait_for(lambda: self.count(part) >= count, PATIENT)
        if not arrived:
            raise AssertionError(f"{self.count(part)} of {count} were asked: {part}")


class TestAuthorLookups(BaseCase):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(HeldDns(ZONE))
        # Longer than anybody waits: a place does not get free by itself.
        self.resolver = DnsResolver(self.server.address, 10 * PATIENT)
        self.lookups = Lookups()
        self.kept = []
        self.threads = ThreadPoolExecutor(8)
        self.addCleanup(self._end)

    def _end(self):
        self.server.release()
        self.threads.shutdown()
        self._wait_until_idle()
        if gates := self.lookups._gates:
            self._halt(gates)
            self._clear(gates)

    def _wait_until_idle(self):
        self._wait_until(self.lookups.is_idle)

    def _wait_until(self, condition):
        """Wait for what other threads do."""
        deadline = time.monotonic() + PATIENT
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    @contextmanager
    def _logged_failure(self):
        with self.assertLogs(LOGGER, "WARNING") as logs:
            yield
            self._wait_until(lambda: logs.records)
            # Whoever has logged it is done with that when it does the next.
            self.lookups._keeper.submit(int).result()
            self.lookups._considerer.submit(int).result()
            if gates := self.lookups._gates:
                nothing = asyncio.sleep(0)
                asyncio.run_coroutine_threadsafe(nothing, gates._loop).result()
            self._wait_until_idle()

    @staticmethod
    def _halt(gates):
        gates._loop.call_soon_threadsafe(gates._loop.stop)
        gates._thread.join()

    @staticmethod
    def _clear(gates):
        """End what a loop had to do when it was halted."""
        tasks = asyncio.all_tasks(gates._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            gates._loop.run_until_complete(asyncio.wait(tasks))
        gates._loop.close()

    def _ask(self, *domains, timeout=PATIENT):
        found = self.lookups.ask(
            "db", domains, self.resolver, self.kept.append, timeout
        )
        return {domain: result.policy for domain, result in found.items()}

    def _ask_aside(self, *domains, timeout=10 * PATIENT):
        """Wait for domains in a thread of its own."""
        return self.threads.submit(self._ask, *domains, timeout=timeout)

    @contextmanager
    def _hanging_still(self):
        """Nobody who hangs has got an answer at the end."""
        yield
        self.assertFalse(self.server._released)

    # ------------------------------------------------------------
    # Who comes first
    # ------------------------------------------------------------

    def test_strangers_asked_ahead(self):
        """85 of them hang, and the honest author stands in line behind them."""
        strangers = [f"held{number}.test" for number in range(85)]
        self._ask(*strangers, "honest.test", timeout=0)
        self.server.wait_for("held", author_lookups.MAX_AHEAD)
        self.assertFalse(self.server.count("honest"))
        with self._hanging_still():
            self.assertEqual(self._ask("honest.test"), {"honest.test": "reject"})
        self.assertEqual(self.server.count("held"), author_lookups.MAX_AHEAD)

    def test_a_moment_without_files(self):
        """Whoever asks gets no answer then, and the next who asks gets one."""
        error = OSError(24, "Too many open files")
        for waits in (PATIENT, 0):
            with (
                self.subTest(waits=waits),
                self.assertLogs(LOGGER, "WARNING"),
                patch.object(asyncio, "new_event_loop", side_effect=error),
            ):
                self.assertEqual(self._ask("honest.test", timeout=waits), {})
                self.assertTrue(self.lookups.is_idle())
        self.assertEqual(self._ask("honest.test"), {"honest.test": "reject"})

    def test_strangers_waited_for(self):
        """More than have a place, in the batches of four threads."""
        for batch in range(4):
            self._ask_aside(*(f"held{batch}-{number}.test" for number in range(50)))
        self.server.wait_for("held", author_lookups.MAX_WAITED_FOR)
        with self._hanging_still():
            self.assertEqual(self._ask("honest.test"), {"honest.test": "reject"})

    def test_strangers_whose_batch_has_left(self):
        """What nobody waits for any longer takes no place from who is waited for."""
        self._let_strangers_leave(backlog=100)

    def test_strangers_who_left_have_no_room(self):
        self._let_strangers_leave(backlog=0)

    def _let_strangers_leave(self, backlog):
        """Let 60 wait behind one, then somebody honest; the one makes room."""
        few = {"MAX_WAITED_FOR": 1, "MAX_AHEAD": 1, "MAX_BACKLOG": backlog}
        with patch.multiple(author_lookups, TURN=10 * PATIENT, **few):
            self._ask("held-ahead.test", timeout=0)
            self._ask_aside("held-first.test")
            self.server.wait_for("held-first", 1)
            strangers = [f"left{number}.test" for number in range(60)]
            self.assertEqual(self._ask(*strangers, timeout=0.01), {})
            waiting = self._ask_aside("honest.test")
            self.server.release("held-first")
            self.assertEqual(waiting.result(PATIENT), {"honest.test": "reject"})
            self.assertFalse(self.server.count("left"))

    def test_who_waited_in_vain_is_asked_ahead(self):
        with patch.multiple(author_lookups, TURN=10 * PATIENT, MAX_WAITED_FOR=1):
            self._ask_aside("held.test")
            self.server.wait_for("held", 1)
            with self._hanging_still():
                self.assertEqual(self._ask("honest.test", timeout=0.01), {})
                self._wait_until(lambda: self.kept)
        self.assertEqual(self.kept[0].policy, "reject")

    def test_subdomains_share(self):
        """However many names somebody makes up, and whether anybody waits for them."""
        with patch.object(author_lookups, "TURN", 10 * PATIENT):
            for kind, timeout in (("ahead", 0), ("waited", 0.01)):
                names = [f"held{kind}{number}.{kind}.test" for number in range(50)]
                if timeout:
                    self._ask_aside(*names)
                else:
                    self._ask(*names, timeout=0)
                self.server.wait_for(f"held{kind}", author_lookups.MAX_OF_OWNER)
                with self.subTest(kind), self._hanging_still():
                    domain = f"{kind}.honest.test"
                    self.assertEqual(self._ask(domain), {domain: "reject"})
                    asked = self.server.count(f"held{kind}")
                    self.assertEqual(asked, author_lookups.MAX_OF_OWNER)

    def test_first_named_first(self):
        with patch.multiple(author_lookups, TURN=10 * PATIENT, MAX_WAITED_FOR=1):
            self._ask_aside("held1.test", "held2.test")
            self.server.wait_for("held1", 1)
            self.assertFalse(self.server.count("held2"))

    def test_many_names_open_few_sockets(self):
        """The walk of a long name asks for eight."""
        self._ask_aside(".".join("held" for _label in range(20)))
        self.server.wait_for("held", author_lookups.MAX_QUESTIONS)
        self._ask("honest.test")
        self.assertEqual(self.server.count("held"), author_lookups.MAX_QUESTIONS)

    def test_owner(self):
        for domain, owner in OWNERS:
            with self.subTest(domain):
                self.assertEqual(guess_registrable(domain), owner)

    # ------------------------------------------------------------
    # Nobody waits in vain, or twice
    # ------------------------------------------------------------

    def test_one_lookup_for_all(self):
        """Two threads wait for the same, which is asked ahead already."""
        self._ask("held.honest.test", timeout=0)
        waiting = [self._ask_aside("held.honest.test") for _thread in range(2)]
        self.server.wait_for("held", 1)
        self.server.release()
        for thread in waiting:
            self.assertEqual(thread.result(), {"held.honest.test": "reject"})
        asked = self.server.queries.count(("_dmarc.held.honest.test", "TXT"))
        self.assertEqual(asked, 1)
        self._wait_until_idle()
        self.assertEqual(len(self.kept), 1)

    def test_not_waited_for_again(self):
        self.assertEqual(self._ask("held.test", timeout=0.01), {})
        self.server.wait_for("held", 1)
        [lookup] = self.lookups._under_way.values()
        self.assertGreater(lookup.get_time_left(PATIENT), 0)
        lookup.begun -= PATIENT
        with self._hanging_still():
            self.assertEqual(self._ask("held.test"), {})
            both = self._ask("held.test", "honest.test")
            self.assertEqual(both, {"honest.test": "reject"})

    def test_given_up(self):
        """The oldest leave without an answer: who waits hears so, nothing is kept."""
        with patch.multiple(author_lookups, TURN=0, MAX_SLOW=2):
            waiting = [self._ask_aside(f"held{number}.test") for number in range(3)]
            with self._hanging_still():
                done, others = wait(waiting, PATIENT, FIRST_COMPLETED)
                self.assertEqual([one.result() for one in done], [{}])
        self.server.release()
        self.assertEqual(len([one.result() for one in others]), 2)
        self._wait_until_idle()
        self.assertEqual(len(self.kept), 2)

    def test_full(self):
        """Nothing is asked ahead beyond the backlog, nor considered."""
        with patch.object(author_lookups, "MAX_BACKLOG", 2):
            self._ask("held1.test", "held2.test", "held3.test", timeout=0)
            self.assertEqual(len(self.lookups._under_way), 2)
            self.lookups.consider(("db", "a.test"), self.fail)
            self.assertFalse(self.lookups.is_noted(("db", "a.test")))
            self.assertEqual(self._ask("honest.test"), {"honest.test": "reject"})

    def test_wait_until_stored(self):
        key = ("db", "held.test")
        self._ask("held.test", timeout=0)
        self.assertTrue(self.lookups.is_under_way(key))
        self.lookups.wait_until_ended(key, 0)
        self.assertFalse(self.kept)
        self.server.release()
        self.lookups.wait_until_ended(key, PATIENT)
        self.assertEqual([result.domain for result in self.kept], ["held.test"])
        self.assertFalse(self.lookups.is_under_way(key))
        self.lookups.wait_until_ended(key, PATIENT)

    def test_considered_once(self):
        seen = []
        for _time in range(2):
            self.lookups.consider(("db", "a.test"), lambda: seen.append("a.test"))
            self._wait_until_idle()
        self.assertEqual(seen, ["a.test"])
        with patch.object(author_lookups, "MAX_NOTED", 1):
            self.lookups.consider(("db", "b.test"), lambda: seen.append("b.test"))
        self.assertEqual(list(self.lookups._noted), [("db", "b.test")])

    def test_one_connection_for_each_purpose(self):
        """Whoever stores or decides does so in one thread."""
        threads = set()

        def note(*_arguments):
            threads.add(threading.current_thread().name)

        domains = [f"d{number}.test" for number in range(10)]
        self.lookups.ask("db", domains, self.resolver, note, PATIENT)
        self.assertFalse(threads - {"author_keeper_0"})
        for domain in domains:
            self.lookups.consider(("db", domain), note)
        self._wait_until_idle()
        self.assertEqual(threads, {"author_keeper_0", "author_ahead_0"})

    # ------------------------------------------------------------
    # What goes wrong
    # ------------------------------------------------------------

    def test_storing_fails(self):
        """The log tells it; the answer counts all the same, and is asked for anew."""
        for _time in range(2):
            with self._logged_failure():
                found = self.lookups.ask(
                    "db", ["honest.test"], self.resolver, self._break, PATIENT
                )
            self.assertEqual(found["honest.test"].policy, "reject")
        asked = self.server.queries.count(("_dmarc.honest.test", "TXT"))
        self.assertEqual(asked, 2)

    @staticmethod
    def _break(*_arguments):
        raise ValueError("broken")

    def test_asking_fails(self):
        """Whoever waits is told at once that there is nothing to wait for."""
        broken = patch.object(author_lookups, "discover_dmarc", self._break)
        with broken, self._logged_failure():
            self.assertEqual(self._ask("a.test"), {})
        self.assertEqual(self._ask("honest.test"), {"honest.test": "reject"})

    def test_considering_fails(self):
        with self._logged_failure():
            self.lookups.consider(("db", "a.test"), self._break)

    def test_the_loop_has_ended(self):
        """What was under way is given up with it, and a new one works."""
        waiting = self._ask_aside("held.test")
        self.server.wait_for("held", 1)
        gates = self.lookups._gates
        self._halt(gates)
        self.assertEqual(self._ask("honest.test"), {"honest.test": "reject"})
        self.assertEqual(waiting.result(PATIENT), {})
        self._clear(gates)

    def test_end_of_the_process(self):
        """Nobody is bothered with what can't be looked up any more."""
        no_thread = patch.object(threading.Thread, "start", side_effect=RuntimeError)
        with self.assertLogs(LOGGER, "DEBUG") as logs:
            with no_thread:
                self.assertEqual(self._ask("honest.test"), {})
            self.lookups._keeper.shutdown()
            self.lookups._considerer.shutdown()
            self.assertEqual(self._ask("honest.test"), {"honest.test": "reject"})
            self.lookups.consider(("db", "a.test"), self.fail)
            self._wait_until_idle()
        self.assertEqual({record.levelno for record in logs.records}, {logging.DEBUG})

    def test_fork(self):
        """A child asks for itself, though a lock was held and threads are gone."""
        paths = ",".join(config["addons_path"])
        done = subprocess.run(
            [sys.executable, "-c", FORKED, paths, self.server.address],
            capture_output=True,
            text=True,
            timeout=2 * PATIENT,
            check=False,
        )
        self.assertEqual(done.stdout, "0 True\n", done.stderr)
