# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One message explained, against npm's mailauth and dkimpy with pyspf, on the same DNS.

Run from the repository's root: python bench/check_message.py [--rounds N] [--delay MS]
With --table, what the README shows of it.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import _environment

_environment.enter()

import dkim  # noqa: E402
import dns.asyncquery  # noqa: E402
import dns.message  # noqa: E402
import dns.resolver  # noqa: E402
import spf as pyspf  # noqa: E402
from domain_check import load_dns_server, measure  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mailauth.dkim.key import generate_private_key, get_public_key  # noqa: E402
from mailauth.dkim.record import record_value  # noqa: E402
from mailauth.dkim.sign import Signer, sign_message  # noqa: E402
from mailauth.dns.resolver import DnsResolver  # noqa: E402
from mailauth.message.check import check_message  # noqa: E402

DOMAIN = "acme.example"
IP = "198.51.100.10"
HELO = "smtp.acme.example"
SENDER = f"bounce@{DOMAIN}"
NOW = 1_767_225_600
SIZE = 10_000
# The longest chain of answers that need one another: record, include, include in it.
CRITICAL_LEVELS = 3
MAX_RATIO_CRITICAL = 1.5
OURS, CRITICAL = "mailauth, all of it", "critical path"
NPM, PYTHON = "mailauth of npm: SPF, DKIM, DMARC", "dkimpy and pyspf: SPF, DKIM"
RECEIVED = (
    f"Received: from {HELO} ({HELO} [{IP}])\r\n"
    "\tby mx.mailhost.example (Postfix) with ESMTPS id 4F2K\r\n"
    "\tfor <a@mailhost.example>; Thu, 01 Jan 2026 00:00:00 +0000\r\n"
)
# A company that sends by a provider's network: three answers deep.
ZONE = {
    (DOMAIN, "TXT"): ["v=spf1 include:_spf.esp.example -all"],
    ("_spf.esp.example", "TXT"): ["v=spf1 include:_net.esp.example ~all"],
    ("_net.esp.example", "TXT"): [f"v=spf1 ip4:{IP} ~all"],
    (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@acme.example"],
    (HELO, "TXT"): ["v=spf1 a -all"],
    (HELO, "A"): [IP],
    (DOMAIN, "MX"): [(10, HELO)],
    ("10.100.51.198.in-addr.arpa", "PTR"): [HELO],
}


def make_message() -> tuple[bytes, dict]:
    """Return a message with two signatures, and the zone with their keys."""
    message = EmailMessage(policy=SMTP)
    fields = {
        "From": f"Zoe <zoe@{DOMAIN}>",
        "To": "a@mailhost.example",
        "Subject": "Hello",
        "Date": "Thu, 01 Jan 2026 00:00:00 +0000",
        "Message-ID": f"<1@{DOMAIN}>",
    }
    for name, value in fields.items():
        message[name] = value
    lines = "The chairs are blue, and they come on Monday by ten.\n"
    message.set_content(lines * (SIZE // 2 // len(lines)))
    html = "".join(f"<p>{line}</p>\n" for line in [lines] * (SIZE // 2 // 80))
    message.add_alternative(html, subtype="html")
    signers = [
        Signer(domain, "s1", generate_private_key("rsa-2048"))
        for domain in (DOMAIN, "esp.example")
    ]
    keys = {
        (f"{one.selector}._domainkey.{one.domain}", "TXT"): [
            record_value(get_public_key(one.key))
        ]
        for one in signers
    }
    signed = sign_message(message.as_bytes(), signers, NOW)
    return RECEIVED.encode() + signed, ZONE | keys


@contextlib.contextmanager
def serve(zone: Path, delay: float):
    """Run the DNS server in a process of its own and yield its address."""
    program = ROOT / "tests" / "dns_server.py"
    command = [sys.executable, "-P", program, "--port", "0", "--delay", delay, zone]
    words = [str(word) for word in command]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()
        process.terminate()


class Contest:
    """The contestants, with one nameserver for all.

    :param address: the nameserver, ip:port.
    :param path: the file of the message.
    """

    def __init__(self, address: str, path: Path):
        self.address = address
        self.message = path.read_bytes()
        host, _colon, port = address.partition(":")
        self.host, self.port = host, int(port)
        self.stub = dns.resolver.Resolver(configure=False)
        self.stub.nameservers, self.stub.port = [host], self.port
        # pyspf asks dnspython's default resolver.
        dns.resolver.default_resolver = self.stub
        modules = _environment.node_modules()
        script = Path(__file__).with_name("_mailauth.cjs")
        words = ["node", script, modules, address, path, IP, HELO, SENDER]
        pipe = subprocess.PIPE
        self.node = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.node.communicate("")

    def run_ours(self):
        resolver = DnsResolver([self.address])
        check = check_message(self.message, IP, HELO, SENDER, resolver, now=NOW)
        found = asyncio.run(check)
        signatures = [one.result for one in found.dkim]
        answers = (found.spf.result, signatures, found.dmarc.result, found.grade)
        if answers != ("pass", ["pass", "pass"], "pass", "A"):
            raise SystemExit(f"{answers}: {found.findings}")

    def run_npm(self):
        """Let it measure itself, so that the way there and back doesn't count."""
        self.node.stdin.write("\n")
        self.node.stdin.flush()
        found = json.loads(self.node.stdout.readline())
        answers = (found["spf"], found["dkim"], found["dmarc"])
        if answers != ("pass", ["pass", "pass"], "pass"):
            raise SystemExit(f"npm's mailauth: {answers}")
        return found["wall"] / 1000, found["cpu"] / 1000

    def run_python(self):
        def ask(name, timeout=5):
            answer = self.stub.resolve(name.decode().rstrip("."), "TXT")
            return b"".join(answer[0].strings)

        result, _explanation = pyspf.check2(IP, SENDER, HELO)
        verifier = dkim.DKIM(self.message)
        signatures = [verifier.verify(number, dnsfunc=ask) for number in range(2)]
        if result != "pass" or not all(signatures):
            raise SystemExit(f"dkimpy, pyspf: {result} {signatures}")

    def run_critical_path(self):
        """Ask as many questions, one after the other, as must follow one another."""

        async def ask():
            for _level in range(CRITICAL_LEVELS):
                query = dns.message.make_query(DOMAIN, "TXT")
                await dns.asyncquery.udp(query, self.host, 5, self.port)

        asyncio.run(ask())


def measure_all(address, path, rounds) -> dict[str, tuple[float, float]]:
    """Run all contestants in turn, ``rounds`` times; medians in milliseconds."""
    with Contest(address, path) as contest:
        runs = {
            CRITICAL: contest.run_critical_path,
            OURS: contest.run_ours,
            NPM: contest.run_npm,
            PYTHON: contest.run_python,
        }
        times = {name: [] for name in runs}
        for number in range(rounds + 1):
            for name, function in runs.items():
                taken = function() if name == NPM else measure(function)
                if number:  # the first round only warms up
                    times[name].append(taken)
    return {
        name: tuple(
            statistics.median(column) * 1000 for column in zip(*rows, strict=True)
        )
        for name, rows in times.items()
    }


def count_questions(zone, path) -> dict[str, int]:
    """Return how many questions each contestant asks."""
    counts = {}
    with load_dns_server().DnsServer(zone) as server:
        with Contest(server.address, path) as contest:
            runs = {OURS: contest.run_ours, NPM: contest.run_npm}
            runs[PYTHON] = contest.run_python
            for name, function in runs.items():
                server.queries.clear()
                function()
                counts[name] = len(server.queries)
    return counts


def show(title, medians, counts):
    print(title)
    for name, (wall, cpu) in medians.items():
        count = f"{counts[name]:3} questions" if name in counts else ""
        print(f"  {name:<34} {wall:8.1f} ms  {cpu:7.1f} ms CPU  {count}".rstrip())


def show_table(delay, medians, counts):
    """Print what the README has."""
    print(f"| {delay:g} ms an answer | time | processor | questions |")
    print("| --- | ---: | ---: | ---: |")
    for name in (OURS, NPM, PYTHON):
        wall, cpu = medians[name]
        print(f"| {name} | {wall:.0f} ms | {cpu:.0f} ms | {counts[name]} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--delay", type=float, default=30, help="milliseconds")
    parser.add_argument("--table", action="store_true", help="as the README has it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        message, zone = make_message()
        path, zone_path = Path(folder, "message.eml"), Path(folder, "zone.json")
        path.write_bytes(message)
        names: dict = {}
        for (name, kind), records in zone.items():
            names.setdefault(name, {})[kind] = records
        zone_path.write_text(json.dumps(names))
        counts = count_questions(zone, path)
        with serve(zone_path, options.delay) as address:
            medians = measure_all(address, path, options.rounds)
    if options.table:
        show_table(options.delay, medians, counts)
    else:
        title = f"a message of {len(message)} bytes with two signatures"
        show(f"{title}, {options.delay:g} ms an answer:", medians, counts)
    ratio = medians[OURS][0] / medians[CRITICAL][0]
    print(f"  {ratio:.2f} x the critical path (at most {MAX_RATIO_CRITICAL})")
    return int(ratio > MAX_RATIO_CRITICAL)


if __name__ == "__main__":
    sys.exit(main())
