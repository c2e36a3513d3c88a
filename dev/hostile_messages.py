#!/usr/bin/env python3
# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Let mailauth explain hostile messages, and count seconds and megabytes.

    python dev/hostile_messages.py [--count 1000] [--every 1] [--only 42]

Ends with 1 at an exception, where an answer is no answer or is endless, and where the
messages take more time or memory together than they may.
"""

import argparse
import asyncio
import importlib.util
import json
import re
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).resolve().parent.parent
STATUS = Path("/proc/self/status")
sys.path.insert(0, str(ROOT))

from mailauth.dkim.key import PublicKey  # noqa: E402
from mailauth.dkim.record import record_value  # noqa: E402
from mailauth.dns.resolver import Answer  # noqa: E402
from mailauth.message.as_json import to_json  # noqa: E402
from mailauth.message.check import check_message  # noqa: E402

SECONDS = 120.0  # of all
EACH = 4.0  # seconds of processor time of one message
MEGABYTES = 200
MAX_ANSWER = 1_000_000  # characters
DER = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
MOST_FAILED = 50  # as many are shown
NOW = 1_767_225_600
GRADES = ("A", "B", "C", "D", "F", None)
# As good as any key to verify with: of two large primes or not is nobody's question.
NUMBERS = rsa.RSAPublicNumbers(65537, 2**2047 + 1)
KEY = record_value(PublicKey("rsa", NUMBERS.public_key().public_bytes(*DER))).encode()


class EveryName:
    """Every name has everything, so that nothing is left out for want of an answer."""

    timeout = 5.0

    async def query(self, name, rdtype):
        """Answer at once."""
        return Answer(name, rdtype, "found", self._find(name, rdtype), ttl=60)

    @staticmethod
    def _find(name, rdtype):
        if rdtype == "TXT" and "._domainkey." in name:
            return (KEY,)
        if rdtype == "TXT" and name.startswith("_dmarc."):
            return (b"v=DMARC1; p=reject",)
        texts = {
            "TXT": b"v=spf1 ip4:198.51.100.10 include:b.example -all",
            "A": "198.51.100.10",
            "AAAA": "2001:db8::1",
            "PTR": "smtp.acme.example",
        }
        return (texts[rdtype],) if rdtype in texts else ()


def load_test_module(path: str):
    """Import a file of tests/, whose package would import Odoo."""
    spec = importlib.util.spec_from_file_location(
        f"tests/{path}", ROOT / "tests" / path
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def explain(message: bytes, ip: str | None) -> None:
    """Do what is done with each message.

    :raises AssertionError: the answer is none.
    """
    check = check_message(message, ip, resolver=EveryName(), now=NOW)
    answer = to_json(asyncio.run(check))
    assert answer["grade"] in GRADES, answer["grade"]
    text = json.dumps(answer)
    assert len(text) <= MAX_ANSWER, f"{len(text)} characters"


def count_megabytes() -> float:
    """The most memory that this program has had.

    getrusage would tell that of whoever has started it, if that is more.
    """
    (peak,) = re.findall(r"VmHWM:\s+([0-9]+) kB", STATUS.read_text())
    return int(peak) / 1024


class Account:
    """What the messages have taken, a row each: seconds, number, kind, size."""

    def __init__(self):
        self.rows = []
        self.failed = []

    def explain(self, number: int, kind: str, message: bytes, ip: str | None) -> None:
        start = time.process_time()
        try:
            explain(message, ip)
        # Whatever it is, the next message still counts.
        except Exception as error:  # noqa: BLE001
            self.failed.append(
                f"{number} ({kind}): {type(error).__name__} {error}"[:300]
            )
        seconds = time.process_time() - start
        self.rows.append((seconds, number, kind, len(message)))
        if seconds > EACH:
            self.failed.append(f"{number} ({kind}): {seconds:.1f} s")

    def show(self, most: int) -> None:
        for seconds, number, kind, size in sorted(self.rows, reverse=True)[:most]:
            print(f"  {seconds:6.2f} s  {size:9} bytes  {number:4} {kind}")
        for failure in self.failed[:MOST_FAILED]:
            print(f"FAILED: {failure}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="how many")
    parser.add_argument("--every", type=int, default=1, help="each so-manieth only")
    parser.add_argument("--only", type=int, help="the number of one message")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--show", type=int, default=5, help="how many of the slowest")
    options = parser.parse_args()
    messages = load_test_module("hostile_messages.py")
    numbers = messages.pick_numbers(options.count, options.every)
    if options.only is not None:
        numbers = [options.only]
    account, start = Account(), time.monotonic()
    for number in numbers:
        kind, message = messages.make_message(number)
        # Of every other one the address is known, so that what has no hop is judged.
        account.explain(number, kind, message, messages.IP if number % 2 else None)
        del message  # else there would be two at a time
    seconds, megabytes = time.monotonic() - start, count_megabytes()
    account.show(options.show)
    count = len(account.rows)
    print(f"{count} messages, {seconds:.1f} s of {options.seconds:g}", end="")
    print(f", {megabytes:.0f} MB of {MEGABYTES}")
    late = seconds > options.seconds
    return int(late or megabytes > MEGABYTES or bool(account.failed))


if __name__ == "__main__":
    sys.exit(main())
