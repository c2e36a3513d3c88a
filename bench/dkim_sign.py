# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One RSA-2048 signature of a 10 KB mail: plain dkimpy beside ours, taking turns.

Ours also makes the message robust against relays, which dkimpy does not. Run from the
repository's root: python bench/dkim_sign.py [--rounds N]
"""

import argparse
import email.policy
import statistics
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import dkim

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailauth.dkim.key import dump_private_key, generate_private_key, get_public_key  # noqa: E402
from mailauth.dkim.record import record_value  # noqa: E402
from mailauth.dkim.sign import Signer, sign_message  # noqa: E402
from mailauth.errors import PermError  # noqa: E402

DOMAIN, SELECTOR = "acme.example", "s1"
MAIL_BYTES = 10_000
MIN_RATIO = 6
REPEATS = 20  # signatures a measurement


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


def measure(sign) -> float:
    """Return milliseconds of processor time for one signature."""
    begin = time.process_time()
    for _time in range(REPEATS):
        sign()
    return (time.process_time() - begin) / REPEATS * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    mail = build_mail()
    contestants = make_contestants(mail)
    times: dict = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, sign in contestants.items():
            spent = measure(sign)
            if number:  # the first round warms up
                times[name].append(spent)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    ratio = medians["dkimpy"] / medians["ours"]
    print(f"RSA-2048 signature of {len(mail)} bytes; {rounds} runs each, medians")
    for name, median in medians.items():
        print(f"{name:8} {median:6.2f} ms")
    verdict = "ok" if ratio >= MIN_RATIO else "TOO SLOW"
    print(f"ratio {ratio:.1f}, at least {MIN_RATIO}: {verdict}")
    return ratio < MIN_RATIO


if __name__ == "__main__":
    sys.exit(main())
