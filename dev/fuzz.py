#!/usr/bin/env python3
# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Throw hostile input at mailauth: texts, DNS packets and whole zones.

    nice python dev/fuzz.py --minutes 60 texts packets zones

Ends with 1 at the first exception that is not the package's own, at the first result
after the deadline, and where a text takes more time than its length explains.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import time
from pathlib import Path
from unittest.mock import patch

import dns.message
import dns.rrset
from hypothesis import HealthCheck, given, settings, strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mailauth import mta_sts, printable, tags  # noqa: E402
from mailauth.dkim.meant import read_meant_key  # noqa: E402
from mailauth.dkim.record import parse_key_record  # noqa: E402
from mailauth.dmarc.meant import is_meant, is_near_miss  # noqa: E402
from mailauth.dmarc.policy import discover_dmarc  # noqa: E402
from mailauth.dmarc.record import parse_dmarc  # noqa: E402
from mailauth.dmarc.suggest import suggest_dmarc  # noqa: E402
from mailauth.dns import names, resolver  # noqa: E402
from mailauth.dns.wire import Mx, read_response  # noqa: E402
from mailauth.domain.check import check_domain  # noqa: E402
from mailauth.domain.facts import Address, Facts, Server, SigningKey  # noqa: E402
from mailauth.errors import MailauthError, TempError  # noqa: E402
from mailauth.spf import macro, meant, record  # noqa: E402
from mailauth.spf.check_host import check_host  # noqa: E402
from mailauth.spf.lint import lint_record  # noqa: E402
from mailauth.spf.suggest import suggest_for_domain, suggest_spf  # noqa: E402

DEADLINE = 0.2
SLACK = 2.0  # the policy's grace, and other processes on the machine
TEXT_SECONDS = 1.0  # for 64 KB
BATCH = 200
ATTEMPTS = 3
HARD = settings(
    max_examples=BATCH,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
WORDS = [
    "v=spf1", "v=DMARC1;", "v=DKIM1;", "v=STSv1;", "all", "include:", "redirect=",
    "exp=", "a", "mx", "ptr", "exists:", "ip4:", "ip6:", "%{", "}", "%{s}", "%{d2r-}",
    "%%", "%", "/24", "//64", "/", ":", ".", "=", ";", " ", "  ", "\t", "\r\n",
    "192.0.2.1", "2001:db8::", "p=", "k=rsa", "h=sha256", "t=y:s", "rua=mailto:",
    "!10m", ",", "x.example", "-", "~", "?", "+", "\x00", "\xff", "\u202e", "xn--",
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB", "[", "]", "version: STSv1\n", "mode: enforce\n",
    "mx: *.x.example\n", "max_age: 99\n",
]  # fmt: skip
WORD = st.one_of(st.sampled_from(WORDS), st.text(max_size=6))
TEXT = st.lists(WORD, max_size=25).map("".join)
# Few inputs are long, but those show what grows faster than its input.
LONG = st.tuples(TEXT, st.integers(1, 20000)).map(lambda d: (d[0] * d[1])[:64000])
STARTS = ["", "v=spf1 ", "v=DMARC1; p=reject; ", "v=DKIM1; p=", "v=STSv1; id="]
TEXTS = st.tuples(st.sampled_from(STARTS), st.one_of(TEXT, TEXT, TEXT, LONG)).map(
    "".join
)
PARSERS = [
    lambda text: record.parse_record(text.encode()),
    lambda text: record.parse_record("v=spf1 " + text),
    record.parse_term,
    lambda text: [
        meant.read_meant(one) for one in meant.sort_records([text.encode()]).counting
    ],
    printable.printable,
    lambda text: suggest_spf([text.encode()], ["mx", "ip4:192.0.2.1"]),
    lambda text: expand_all(macro.parse_domain_macros(text)),
    lambda text: expand_all(macro.parse_explanation(text)),
    lambda text: tags.parse_tags(text.encode()),
    lambda text: parse_dmarc(text.encode()),
    lambda text: is_meant(text.encode()) or is_near_miss(text.encode()),
    lambda text: suggest_dmarc([text.encode()] * 2, "d@acme.example"),
    lambda text: parse_key_record(text.encode()),
    lambda text: read_meant_key([text.encode()]),
    lambda text: mta_sts.parse_sts_record(text.encode()),
    lambda text: mta_sts.parse_sts_policy(text.encode()),
    lambda text: mta_sts.read_response(text.encode()),
    names.normalize_name,
    names.display_name,
    resolver.parse_nameservers,
]


def expand_all(string):
    values = dict.fromkeys("slodipvhcrt", "first-last+x@a.b.example")
    return macro.expand(string, values), macro.expand_domain(string, values)


@HARD
@given(st.sampled_from(range(len(PARSERS))), TEXTS)
def fuzz_texts(number, text):
    start = time.thread_time()
    with contextlib.suppress(MailauthError):
        PARSERS[number](text)
    assert time.thread_time() - start < TEXT_SECONDS, f"slow: {number}"


QUESTIONS = [("x.example", kind) for kind in ("A", "AAAA", "MX", "TXT", "CNAME", "PTR")]
ANSWERS = {
    "A": "192.0.2.1", "AAAA": "2001:db8::1", "MX": "10 mx.x.example.",
    "TXT": '"v=spf1 -all"', "CNAME": "y.example.", "PTR": "host.example.",
}  # fmt: skip


def make_packet(query, rdtype, changes, cut, alias, answered):
    """Return a response with some bytes changed, and maybe its end missing."""
    reply = dns.message.make_response(query)
    owner = query.question[0].name.to_text()
    if alias:
        reply.answer.append(dns.rrset.from_text(owner, 9, "IN", "CNAME", alias))
        owner = alias
    if answered:
        text = ANSWERS[rdtype]
        reply.answer.append(dns.rrset.from_text(owner, 9, "IN", rdtype, text))
    wire = bytearray(reply.to_wire())
    for place, value in changes:
        wire[place % len(wire)] = value
    return bytes(wire[: len(wire) - cut])


@HARD
@given(
    st.sampled_from(QUESTIONS),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=6),
    st.integers(0, 30),
    st.sampled_from(["", "", "y.example.", ".", "x.example.", r"\000" * 63 + ".y."]),
    st.booleans(),
)
def fuzz_packets(question, changes, cut, alias, answered):
    async def answer(address, port, sent, timeout):
        query = dns.message.from_wire(sent.wire)
        wire = make_packet(query, question[1], changes, cut, alias, answered)
        response = read_response(wire, sent)
        if response is None:
            raise TimeoutError
        return response

    with patch.object(resolver, "exchange", answer):
        asked = resolver.DnsResolver(["192.0.2.53"], 0.2)
        try:
            found = asyncio.run(asked.query(*question))
        except MailauthError:
            return
    assert found.status in ("found", "nxdomain", "nodata")


DOMAINS = [
    "x.example",
    "_dmarc.x.example",
    "s._domainkey.x.example",
    "_mta-sts.x.example",
]
DOMAINS += ["_smtp._tls.x.example", "a.x.example", "b.x.example", "example"]
MECHANISMS = [f"include:{name}" for name in DOMAINS] + [f"a:{name}" for name in DOMAINS]
MECHANISMS += [f"mx:{name}" for name in DOMAINS] + ["ptr", "exists:%{i}.x.example"]
MECHANISMS += [
    "redirect=a.x.example",
    "redirect=b.x.example",
    "-all",
    "exp=b.x.example",
]
SPF = st.lists(st.sampled_from(MECHANISMS), max_size=40).map(
    lambda terms: " ".join(["v=spf1", *terms])
)
RECORD = st.one_of(SPF, SPF, TEXTS).map(lambda text: text.encode(errors="replace"))
HOST = st.one_of(st.sampled_from(DOMAINS), st.text(max_size=20), st.just("x" * 70))
ADDRESS = st.sampled_from(["192.0.2.1", "192.0.2.2", "127.0.0.1", "10.0.0.1"])
FAILURE = st.sampled_from(["slow", "servfail", "timeout"])
ENTRIES = st.dictionaries(
    st.tuples(st.sampled_from(DOMAINS), st.sampled_from(["TXT", "MX", "A", "CNAME"])),
    st.one_of(*[st.integers(0, 2**32)] * 30, FAILURE),
    max_size=25,
)


class HostileResolver:
    """Answers from a drawn zone, some questions late and some never."""

    timeout = DEADLINE

    def __init__(self, entries, texts, hosts):
        self.entries = entries
        self.texts = texts
        self.hosts = hosts
        self.asked = 0

    async def query(self, name, rdtype):
        self.asked += 1
        entry = self.entries.get((name, rdtype))
        if entry in ("servfail", "timeout"):
            raise TempError(f"dns_{entry}", name)
        if entry == "slow":
            await asyncio.sleep(2 * DEADLINE + SLACK)
        if not isinstance(entry, int):
            return resolver.Answer(name, rdtype, "nxdomain")
        records = tuple(self._draw(rdtype, random.Random(entry)))
        status = "found" if records else "nodata"
        return resolver.Answer(name, rdtype, status, records, ttl=60)

    def _draw(self, rdtype, source):
        if rdtype == "TXT":
            return source.choices(self.texts, k=source.choice([0, 1, 1, 1, 2]))
        if rdtype == "MX":
            count = source.choice([1, 2, 11, 3000])
            hosts = source.choices(self.hosts, k=count)
            return [Mx(number, host) for number, host in enumerate(hosts)]
        return ["192.0.2.1"] if rdtype == "A" else ["y.example"]


FACTS = Facts(
    servers=(
        Server("own", addresses=(Address("192.0.2.1"), Address("2001:db8::1"))),
        Server("far", provider="Far", spf_term="include:a.x.example", signs=True),
    ),
    keys=(SigningKey("s", "AAAA"),),
    report_address="reports@x.example",
)


async def ask_everything(asked, sender):
    domain = "x.example"
    results = (
        check_host("192.0.2.1", domain, sender, "helo.example", asked),
        check_host("2001:db8::1", domain, sender, sender, asked),
        lint_record(domain, asked),
        suggest_for_domain(domain, ["include:b.x.example"], asked),
        discover_dmarc(domain, asked),
        check_domain(domain, FACTS, asked),
    )
    times = await asyncio.gather(*map(measure, results))
    return max(times) - DEADLINE - SLACK


async def measure(result):
    start = time.monotonic()
    with contextlib.suppress(MailauthError):
        await result
    return time.monotonic() - start


@HARD
@given(
    ENTRIES,
    st.lists(RECORD, min_size=1, max_size=6),
    st.lists(HOST, min_size=1, max_size=6),
    TEXT,
)
def fuzz_zones(entries, texts, hosts, sender):
    # A busy machine is late once in a while, a zone that holds us up always.
    for _attempt in range(ATTEMPTS):
        hostile = HostileResolver(entries, texts, hosts)
        late = asyncio.run(ask_everything(hostile, sender))
        if late < 0:
            return
    raise AssertionError(f"{late:.2f} s after the deadline")


TARGETS = {"texts": fuzz_texts, "packets": fuzz_packets, "zones": fuzz_zones}


def run(target, minutes):
    """Run one target on ever new inputs; return how many it saw."""
    end = time.monotonic() + 60 * minutes
    count = 0
    while time.monotonic() < end:
        target()
        count += BATCH
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=list(TARGETS))
    parser.add_argument("--minutes", type=float, default=60, help="in all")
    args = parser.parse_args()
    for name in args.targets:
        start = time.monotonic()
        count = run(TARGETS[name], args.minutes / len(args.targets))
        print(f"{name}: {count} inputs, {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
