# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One RSA-2048 signature of a 10 KB mail: plain dkimpy beside ours, taking turns.

Ours also makes the message robust against relays, which dkimpy does not. Then ours from
several threads, as several connections sign: how many in a second, and how much of one
is OpenSSL's. Threads share one processor for both: cryptography 42 does not let go of
Python's lock while it signs. What OpenSSL takes depends on the processor (0.3 ms with
AVX-512 IFMA, 0.7 without), and the ratio with it. Run from the repository's root:
python bench/dkim_sign.py [--rounds N] [--threads 4]
"""

import argparse
import email.policy
import functools
import os
import statistics
import sys
import threading
import time
from collections import defaultdict
from email.message import EmailMessage
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailauth.dkim.key import dump_private_key, generate_private_key, get_public_key  # noqa: E402
from mailauth.dkim.record import record_value  # noqa: E402
from mailauth.dkim.sign import Signer, sign_message  # noqa: E402
from mailauth.errors import PermError  # noqa: E402

DOMAIN, SELECTOR = "acme.example", "s1"
MAIL_BYTES = 10_000
MIN_RATIO = 11
# Signatures a measurement: each takes about as long, so that what else the machine does
# slows both alike.
REPEATS = {"dkimpy": 20, "ours": 200}
THREADED = 2000  # signatures of all threads together


def build_mail() -> bytes:
    """Return a mail of some 10 KB as Odoo makes it, 8-bit parts included."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Zoé <zoe@acme.example>"
    message["To"] = "customer@customer.example"
    message["Subject"] = "Your order of this été"
    message["Date"] = "Thu, 01 Jan 2026 00:00:00 +0000"
    message["Message-Id"] = "<1@acme.example>"
    line = "Some words of an ordinary message, with an été in it.\n"
    message.set_content(line * (MAIL_BYTES // 2 // len(line)), charset="utf-8")
    html = f"<p>{line.strip()}</p>\n"
    message.add_alternative(
        html * (MAIL_BYTES // 2 // len(html)), subtype="html", charset="utf-8"
    )
    return message.as_bytes()


def make_contestants(mail: bytes) -> dict:
    """Return a function for each that signs once."""
    key = generate_private_key("rsa-2048")
    pem = dump_private_key(key)
    signers = [Signer(DOMAIN, SELECTOR, key)]
    arguments = (mail, SELECTOR.encode(), DOMAIN.encode(), pem)
    forms = (b"relaxed", b"relaxed")
    value = record_value(get_public_key(key)).encode()
    signed = sign_message(mail, signers, int(time.time()))
    if not dkim.DKIM(signed).verify(dnsfunc=lambda name, timeout: value):
        raise PermError("bench", "our signature does not verify")
    return {
        "dkimpy": lambda: dkim.sign(*arguments, canonicalize=forms),
        "ours": lambda: sign_message(mail, signers, int(time.time())),
    }


def measure(sign, repeats: int) -> float:
    """Return milliseconds of processor time for one signature."""
    begin = time.process_time()
    for _time in range(repeats):
        sign()
    return (time.process_time() - begin) / repeats * 1000


def measure_private_key() -> float:
    """Return milliseconds of processor time that OpenSSL takes for one signature."""
    key = generate_private_key("rsa-2048")
    digest, how = bytes(32), utils.Prehashed(hashes.SHA256())
    sign = functools.partial(key.sign, digest, padding.PKCS1v15(), how)
    return measure(sign, REPEATS["ours"])


def sign_beside(sign, threads: int) -> tuple[float, float]:
    """Sign in several threads at once.

    :return: signatures a second, and how many processors were busy.
    """

    def work():
        for _time in range(THREADED // threads):
            sign()

    workers = [threading.Thread(target=work) for _number in range(threads)]
    begin, busy = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - begin
    return THREADED / seconds, (time.process_time() - busy) / seconds


def report_threads(sign, threads: int, rounds: int) -> None:
    """Print what threads reach together, in turns."""
    runs = defaultdict(list)
    for _round in range(rounds):
        for count in (1, threads):
            runs[count].append(sign_beside(sign, count))
    present = len(os.sched_getaffinity(0))
    for count, found in runs.items():
        speed, busy = map(statistics.median, zip(*found, strict=True))
        line = f"threads: {count}, {speed:.0f} mails a second, "
        print(f"{line}{busy:.2f} of {present} processors busy")
    own = statistics.median(measure_private_key() for _round in range(rounds))
    print(f"of one signature {own:.2f} ms are OpenSSL's, the rest is Python's")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=4)
    options = parser.parse_args()
    rounds = options.rounds
    mail = build_mail()
    contestants = make_contestants(mail)
    times: dict = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, sign in contestants.items():
            spent = measure(sign, REPEATS[name])
            if number:  # the first round warms up
                times[name].append(spent)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    pairs = zip(times["dkimpy"], times["ours"], strict=True)
    ratio = statistics.median(theirs / own for theirs, own in pairs)
    print(f"RSA-2048 signature of {len(mail)} bytes; {rounds} runs each, medians")
    for name, median in medians.items():
        print(f"{name:8} {median:6.2f} ms")
    verdict = "ok" if ratio >= MIN_RATIO else "TOO SLOW"
    print(f"ratio {ratio:.1f}, at least {MIN_RATIO}: {verdict}")
    report_threads(contestants["ours"], options.threads, max(1, rounds // 3))
    return ratio < MIN_RATIO


if __name__ == "__main__":
    sys.exit(main())
