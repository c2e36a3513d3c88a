# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One full check of a domain against checkdmarc and pyspf, with the same DNS server.

Run from the repository's root: python bench/domain_check.py [--rounds N] [--delay MS]
"""

import argparse
import asyncio
import contextlib
import gc
import importlib.util
import statistics
import subprocess
import sys
import time
from pathlib import Path

import _environment

_environment.enter()

import checkdmarc.dmarc  # noqa: E402
import checkdmarc.spf  # noqa: E402
import checkdmarc.utils  # noqa: E402
import dns.asyncquery  # noqa: E402
import dns.message  # noqa: E402
import dns.resolver  # noqa: E402
import spf as pyspf  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
SERVER = ROOT / "tests" / "dns_server.py"
sys.path.insert(0, str(ROOT))

from mailauth.dns.resolver import DnsResolver  # noqa: E402
from mailauth.domain.check import check_domain  # noqa: E402
from mailauth.domain.facts import Address, Facts, Server  # noqa: E402
from mailauth.findings import worst_status  # noqa: E402

DOMAIN = "acme.example"
# The same SPF record and nothing else: what is missing brings more questions, such as
# those for records that were published at a doubled name.
BARE = "bare.example"
OURS, MORE = "mailauth, all checks", "mailauth, most is missing"
IP = "192.0.2.10"
KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
SELECTORS = ("s1", "s2", "google")
# The longest chain of answers that need one another: record, include, include in it.
CRITICAL_LEVELS = 3
MAX_RATIO_CRITICAL = 1.2
MIN_RATIO_CHECKDMARC = 8

# A company with Google Workspace, Microsoft 365, a newsletter service, a relay of its
# own and a service that reads its DMARC reports: 8 lookups.
ZONE = {
    (DOMAIN, "TXT"): [
        "v=spf1 mx include:_spf.google.example include:spf.outlook.example"
        " include:news.example a:relay.acme.example -all",
        "google-site-verification=abc",
        "MS=ms12345678",
    ],
    (DOMAIN, "MX"): [(10, "mx1.acme.example"), (20, "mx2.acme.example")],
    (DOMAIN, "NS"): ["ns1.acme.example", "ns2.acme.example"],
    (DOMAIN, "SOA"): ["ns1.acme.example. dns.acme.example. 1 7200 900 1209600 300"],
    ("mx1.acme.example", "A"): ["192.0.2.21"],
    ("mx2.acme.example", "A"): ["192.0.2.22"],
    ("ns1.acme.example", "A"): ["192.0.2.31"],
    ("ns2.acme.example", "A"): ["192.0.2.32"],
    ("relay.acme.example", "A"): [IP],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["relay.acme.example"],
    ("_spf.google.example", "TXT"): [
        "v=spf1 include:_netblocks.google.example include:_netblocks2.google.example"
        " include:_netblocks3.google.example ~all"
    ],
    ("_netblocks.google.example", "TXT"): [
        "v=spf1 ip4:198.51.100.0/25 ip4:203.0.113.0/26 ~all"
    ],
    ("_netblocks2.google.example", "TXT"): ["v=spf1 ip6:2001:db8:1::/48 ~all"],
    ("_netblocks3.google.example", "TXT"): ["v=spf1 ip4:203.0.113.64/26 ~all"],
    ("spf.outlook.example", "TXT"): [
        "v=spf1 ip4:198.51.100.128/26 ip6:2001:db8:2::/48 -all"
    ],
    ("news.example", "TXT"): ["v=spf1 ip4:198.51.100.192/26 ~all"],
    **{(f"{name}._domainkey.{DOMAIN}", "TXT"): [KEY] for name in SELECTORS},
    (f"_dmarc.{DOMAIN}", "TXT"): [
        "v=DMARC1; p=quarantine; rua=mailto:acme@rua.reports.example;"
        " ruf=mailto:acme@ruf.reports.example"
    ],
    (f"{DOMAIN}._report._dmarc.rua.reports.example", "TXT"): ["v=DMARC1"],
    (f"{DOMAIN}._report._dmarc.ruf.reports.example", "TXT"): ["v=DMARC1"],
    ("rua.reports.example", "MX"): [(10, "mx1.reports.example")],
    ("ruf.reports.example", "MX"): [(10, "mx1.reports.example")],
    ("mx1.reports.example", "A"): ["198.51.100.250"],
    (f"_mta-sts.{DOMAIN}", "TXT"): ["v=STSv1; id=20261122"],
    (f"_smtp._tls.{DOMAIN}", "TXT"): ["v=TLSRPTv1; rua=mailto:tls@acme.example"],
    (f"default._bimi.{DOMAIN}", "TXT"): ["v=BIMI1; l=https://acme.example/l.svg"],
}
ZONE |= {(BARE, rdtype): ZONE[DOMAIN, rdtype] for rdtype in ("TXT", "MX", "NS", "SOA")}
FACTS = Facts(
    servers=(
        Server("relay", addresses=(Address(IP),)),
        Server(
            "Google",
            provider="Google",
            spf_term="include:_spf.google.example",
            signs=True,
            selectors=SELECTORS,
        ),
    )
)


def load_dns_server():
    """Import tests/dns_server.py, whose package would import Odoo."""
    spec = importlib.util.spec_from_file_location("dns_server", SERVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_server(delay):
    """Return a server that makes each answer once: we don't measure how it does it."""

    class CachingServer(load_dns_server().DnsServer):
        answers = {}

        def answer(self, data, tcp):
            key = (data[2:], tcp)
            if key not in self.answers:
                self.answers[key] = super().answer(data, tcp)
            return data[:2] + self.answers[key][2:]

    return CachingServer(ZONE, delay)


def run_server(delay):
    """Serve until standard input ends."""
    with make_server(delay) as server:
        print(server.address, flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def serve(delay):
    """Run the DNS server in a process of its own and yield its address.

    In a thread it would compete with the contestants for the interpreter.
    """
    command = [sys.executable, __file__, "--serve", "--delay", str(delay)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process.stdout.readline().strip()
        process.communicate("")


class Contest:
    """The contestants, with one nameserver for all.

    :param address: the nameserver, ip:port.
    """

    def __init__(self, address):
        self.address = address
        host, _colon, port = address.partition(":")
        self.host, self.port = host, int(port)
        self.stub = dns.resolver.Resolver(configure=False)
        self.stub.nameservers, self.stub.port = [host], self.port
        # pyspf asks dnspython's default resolver.
        dns.resolver.default_resolver = self.stub

    def run_ours(self):
        resolver = DnsResolver([self.address])
        findings = asyncio.run(check_domain(DOMAIN, FACTS, resolver))
        if worst_status(findings) != "pass":
            raise SystemExit("\n".join(str(f) for f in findings if f.status != "pass"))

    def run_with_most_missing(self):
        resolver = DnsResolver([self.address])
        findings = asyncio.run(check_domain(BARE, FACTS, resolver))
        if any(finding.status == "temperror" for finding in findings):
            raise SystemExit("\n".join(map(str, findings)))

    def run_checkdmarc(self):
        # Its cache for the whole process would leave nothing to measure.
        checkdmarc.utils.DNS_CACHE.clear()
        found = checkdmarc.spf.check_spf(DOMAIN, resolver=self.stub)
        policy = checkdmarc.dmarc.check_dmarc(DOMAIN, resolver=self.stub)
        if not (found["valid"] and policy["valid"]):
            raise SystemExit(f"checkdmarc: {found} {policy}")

    def run_pyspf(self):
        # The address that the record's last mechanism authorizes: the worst case.
        result, _explanation = pyspf.check2(IP, f"a@{DOMAIN}", DOMAIN)
        if result != "pass":
            raise SystemExit(f"pyspf: {result}")

    def run_critical_path(self):
        """Ask as many questions, one after the other, as must follow one another."""

        async def ask():
            for _level in range(CRITICAL_LEVELS):
                query = dns.message.make_query(DOMAIN, "TXT")
                await dns.asyncquery.udp(query, self.host, 5, self.port)

        asyncio.run(ask())


def measure(function):
    """Return (seconds, seconds of processor time) of one run."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.thread_time()
    function()
    return time.perf_counter() - wall, time.thread_time() - cpu


def measure_all(address, rounds):
    """Run all contestants in turn, ``rounds`` times; medians in milliseconds."""
    runs = list_runs(Contest(address))
    times = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, function in runs.items():
            result = measure(function)
            if number:  # the first round only warms up
                times[name].append(result)
    return {
        name: tuple(
            statistics.median(column) * 1000 for column in zip(*results, strict=True)
        )
        for name, results in times.items()
    }


def list_runs(contest):
    return {
        "critical path": contest.run_critical_path,
        OURS: contest.run_ours,
        MORE: contest.run_with_most_missing,
        "pyspf, SPF alone": contest.run_pyspf,
        "checkdmarc, SPF and DMARC": contest.run_checkdmarc,
    }


def count_questions():
    """Return how many questions each contestant asks."""
    counts = {}
    with load_dns_server().DnsServer(ZONE) as server:
        for name, function in list_runs(Contest(server.address)).items():
            server.queries.clear()
            function()
            counts[name] = len(server.queries)
    return counts


def show(title, medians, counts):
    print(title)
    for name, (wall, cpu) in medians.items():
        count = f"{counts[name]:3} questions"
        print(f"  {name:<28} {wall:8.1f} ms  {cpu:7.1f} ms CPU  {count}")


def compare(medians):
    """Print the ratios and return whether they are what they should be."""
    ours, more = medians[OURS][0], medians[MORE][0]
    faster = medians["checkdmarc, SPF and DMARC"][0] / ours
    good = faster >= MIN_RATIO_CHECKDMARC
    for name, time_taken in ((OURS, ours), (MORE, more)):
        ratio = time_taken / medians["critical path"][0]
        good = good and ratio <= MAX_RATIO_CRITICAL
        print(
            f"  {ratio:.2f} x the critical path (at most {MAX_RATIO_CRITICAL}): {name}"
        )
    print(f"  {faster:.1f} x faster than checkdmarc (at least {MIN_RATIO_CHECKDMARC})")
    print(f"  {medians['pyspf, SPF alone'][0] / ours:.1f} x faster than pyspf")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--delay", type=float, default=30, help="milliseconds")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return run_server(options.delay)
    counts = count_questions()
    with serve(options.delay) as address:
        medians = measure_all(address, options.rounds)
    show(
        f"{options.delay:g} ms an answer, median of {options.rounds}:", medians, counts
    )
    good = compare(medians)
    with serve(0) as address:
        show("0 ms an answer:", measure_all(address, options.rounds), counts)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
