# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a zone can make us do is counted, not timed: machines differ."""

import asyncio
import tracemalloc
from unittest.mock import patch

from odoo.tests import BaseCase

from ...mailauth.dns import resolver
from ...mailauth.dns.resolver import MAX_CHECK_ADDRESSES, MAX_CONCURRENT
from ...mailauth.domain.check import CODES
from ...mailauth.domain.reasons import explain
from ...mailauth.spf import (
    check_host as spf_check,
    lint,
    meant,
    record as spf_record,
    walker,
)
from ...mailauth.spf.record import MAX_RECORD_SIZE
from ...mailauth.spf.walker import MAX_NETWORKS, MAX_TERMS, MAX_TREE
from ..common import run
from ..hostile_zones import MOST, OWN, ZONES, HostileResolver, audit_hostile
from .test_check import CODE

NEVER = 3600.0  # seconds: the bounds alone must do
MAX_BYTES = 150e6
# Trees of one check: of two envelope domains, and of a provider's term.
TREES = 3
# check_host runs for each address of ours, and once more for a provider's term.
EVALUATIONS = len(OWN) + 1


class Counter:
    """Counts the calls of functions that it stands in for."""

    def __init__(self, case):
        self.case = case
        self.calls = {}

    def count(self, holder, name, then=None):
        original = getattr(holder, name)
        self.calls[name] = []

        def counted(*args, **options):
            self.calls[name].append(args)
            if then:
                then()
            return original(*args, **options)

        self.case.startPatcher(patch.object(holder, name, counted))

    def __getitem__(self, name):
        return len(self.calls[name])


class TestHostileWork(BaseCase):
    def setUp(self):
        super().setUp()
        self.counter = Counter(self)

    def _audit(self, make_zone, timeout=NEVER):
        return run(audit_hostile(HostileResolver(make_zone(), timeout)))

    def test_work_is_bounded(self):
        self.counter.count(walker, "make_network")
        self.counter.count(spf_record, "_parse_term")
        self.counter.count(spf_check._Evaluation, "_count_term")
        self.counter.count(walker.TreeWalker, "fetch")
        self.counter.count(walker, "TermNode")
        most = {
            # Those of a domain's several records are expanded for the suggestion.
            "TermNode": TREES * MAX_TERMS + MAX_RECORD_SIZE // 2,
            "make_network": TREES * MAX_NETWORKS,
            # One term takes two characters; each record is read once, but those of a
            # domain itself again by lint and suggestion.
            "_parse_term": (MAX_TREE + 2 * 8) * MAX_RECORD_SIZE // 2,
            "_count_term": EVALUATIONS * (MAX_TERMS + 1),
        }
        for name, make_zone in ZONES.items():
            for calls in self.counter.calls.values():
                calls.clear()
            with self.subTest(name):
                audit = self._audit(make_zone)
                for function, limit in most.items():
                    self.assertLessEqual(self.counter[function], limit, function)
                # Check, lint, suggestion and the text share one tree of each domain.
                domains = [args[1] for args in self.counter.calls["fetch"]]
                self.assertEqual(len(domains), len(set(domains)))
                self._check_findings(audit)

    def _check_findings(self, audit):
        codes = list(dict.fromkeys(f.code for f in audit.findings))
        self.assertEqual(codes, list(CODES))
        for finding in audit.findings:
            texts = [finding.found, finding.expected]
            texts += [value for why in finding.why for _, value in why.params]
            self.assertLess(sum(map(len, texts)), 100000, finding.code)
            for why in finding.why:
                self.assertFalse(CODE.findall(explain(why)))
        self.assertLess(len(audit.spf_tree), 20000)

    def test_memory(self):
        for name in ("60 includes with mx as above", "a chain of 60 redirects"):
            with self.subTest(name):
                zone = ZONES[name]()
                tracemalloc.start()
                self.addCleanup(tracemalloc.stop)
                self._audit(lambda: zone)  # noqa: B023
                self.assertLess(tracemalloc.get_traced_memory()[1], MAX_BYTES)

    def test_addresses_of_one_check(self):
        resolver = HostileResolver(ZONES["60 includes with mx as above"](), NEVER)
        self.counter.count(resolver, "query")
        run(audit_hostile(resolver))
        taken = [
            len(resolver.zone.get(question, ()))
            for question in self.counter.calls["query"]
            if question[1] in ("A", "AAAA")
        ]
        # Questions that were open already when it was too much are still answered.
        self.assertLessEqual(sum(taken), MAX_CHECK_ADDRESSES + MOST * MAX_CONCURRENT)


class Clock:
    """Stands in for the module ``time``: it goes on only when told to."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def tick(self):
        self.now += 1.0


class TestDeadline(BaseCase):
    """Work ends with the deadline, as waiting does."""

    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.startPatcher(patch.object(resolver, "time", self.clock))
        self.counter = Counter(self)

    def _audit(self, name):
        return run(audit_hostile(HostileResolver(ZONES[name](), timeout=5.0)))

    def test_reading(self):
        for module in (walker, lint, meant):
            self.counter.count(module, "parse_record", self.clock.tick)
        for name in ("60 includes of 8 KB, 4,000 lookups", "7 SPF records of 8 KB"):
            self.clock.now = 0.0
            with self.subTest(name):
                self._audit(name)
                self.assertLessEqual(self.clock.now, 6.0)

    def test_expanding(self):
        self.counter.count(walker, "make_network")
        original = walker.TreeWalker._fetch_addresses

        async def fetch(tree_walker, term, host):
            found = await original(tree_walker, term, host)
            self.clock.tick()
            return found

        self.patch(walker.TreeWalker, "_fetch_addresses", fetch)
        self._audit("60 includes with mx as above")
        # Those of one exchange that wait for their answers at the deadline end as well.
        self.assertLess(self.counter["make_network"], 6 * 1000 + 1)

    def test_evaluating(self):
        self.counter.count(spf_check._Evaluation, "_count_term", self.clock.tick)
        self._audit("one record of 8 KB, 680 networks")
        self.assertLessEqual(self.counter["_count_term"], 6 + EVALUATIONS)

    def test_what_is_known_already_counts(self):
        """A check that is late may still use the answers that it has."""

        async def ask():
            zone = {("a", "A"): ("8.8.8.8",)}
            async with resolver.per_check(HostileResolver(zone)) as checked:
                await checked.query("a", "A")
                self.clock.now = 5.2
                known = await checked.query("a", "A")
                with self.assertRaises(resolver.TempError) as new:
                    await checked.query("b", "A")
                self.clock.now = 5.6
                with self.assertRaises(resolver.TempError) as late:
                    await checked.query("a", "A")
                return known.records, new.exception.code, late.exception.code

        expected = (("8.8.8.8",), "dns_deadline", "dns_deadline")
        self.assertEqual(run(ask()), expected)


class TestShare(BaseCase):
    def test_runs_once_whoever_gives_up(self):
        """What is shared goes on where one of those who wait is cancelled."""
        started = []

        async def work():
            started.append(1)
            await asyncio.sleep(0.01)
            return "done"

        async def ask():
            async with resolver.per_check(HostileResolver({})) as checked:
                waiting = asyncio.ensure_future(checked.share("key", work))
                await asyncio.sleep(0)
                waiting.cancel()
                return await checked.share("key", work), checked.is_shared("key")

        self.assertEqual(run(ask()), ("done", True))
        self.assertEqual(len(started), 1)

    def test_ends_with_the_check(self):
        ended = []

        async def work():
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append(1)

        async def ask():
            async with resolver.per_check(HostileResolver({})) as checked:
                task = asyncio.ensure_future(checked.share("key", work))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                task.cancel()

        run(ask())
        self.assertEqual(len(ended), 1)
