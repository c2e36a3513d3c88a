# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Signed messages in many spellings, the same in every run. Never imports odoo.

Left out is what OpenDKIM does not read (tests/README.md): white space between "b" and
"=", a tab before a colon, a body without a last line end; nor what it reads although it
should not: a signature with a letter behind its last "=".
"""

import random

from ...mailauth.dkim.key import get_public_key
from ...mailauth.dkim.record import record_value
from ..dkim_common import DOMAIN, NOW
from ..keys import make_ed25519, make_rsa
from .by_hand import sign_by_hand

KEYS = {"r1": make_rsa(1024), "ed": make_ed25519()}
ZONE = {
    (f"{selector}._domainkey.{DOMAIN}", "TXT"): [record_value(get_public_key(key))]
    for selector, key in KEYS.items()
}
FORMS = ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed")
WORDS = ("Hello", "b=x", "été", "a;b", ".", "From", "--", "x" * 70, "=20", ":")
NAMES = ("Subject", "To", "Date", "Reply-To", "X-Odd", "Received", "X-1_2")


class Maker:
    """Makes a message after the other.

    :param seed: of the random numbers.
    """

    def __init__(self, seed):
        self._random = random.Random(seed)

    def make(self):
        """Return a signed message, changed on its way as often as not."""
        message = self._make_message()
        selector = self._random.choice(list(KEYS))
        length = None
        if self._chance(0.1):
            length = self._random.randrange(5)
        field = self._make_field(selector, length)
        signed = sign_by_hand(message, field.encode(), KEYS[selector], length)
        return self._change(signed) if self._chance(0.5) else signed

    def _chance(self, share):
        return self._random.random() < share

    def _pick(self, *choices):
        return self._random.choice(choices)

    def _make_message(self):
        names = ["From", *self._random.choices(NAMES, k=self._random.randrange(7))]
        self._random.shuffle(names)
        head = "".join(self._make_header(name) for name in names)
        return (head + "\r\n").encode() + self._make_body().encode()

    def _make_header(self, name):
        name = self._pick(name, name, name.lower(), name.upper())
        colon = self._pick(":", ":", ":", " :", "  :")
        words = self._random.choices(WORDS, k=self._random.randrange(5))
        if name.lower() == "from":
            words = ["a@acme.example", *words]
        text = "".join(self._make_space() + word for word in words)
        return f"{name}{colon}{text}{self._pick('', '', ' ', chr(9))}\r\n"

    def _make_space(self):
        return self._pick(" ", " ", "  ", " \t", "\r\n ", "\r\n\t ")

    def _make_body(self):
        lines = [
            self._pick("", " ", "\t")
            + self._pick(" ", "  ", "\t").join(
                self._random.choices(WORDS, k=self._random.randrange(4))
            )
            + self._pick("", "", " ", "\t ")
            for _line in range(self._random.randrange(6))
        ]
        return "\r\n".join(lines) + self._pick("\r\n", "\r\n\r\n", "\r\n \r\n")

    def _make_field(self, selector, length):
        tags = [
            ("v", "1"),
            ("a", "ed25519-sha256" if selector == "ed" else "rsa-sha256"),
            ("d", DOMAIN),
            ("s", selector),
            ("c", self._pick(*FORMS)),
            ("h", self._make_names()),
            ("bh", "{bh}"),
            ("b", "{b}"),
            *self._choose_more(),
        ]
        if length is not None:
            tags.append(("l", str(length)))
        self._random.shuffle(tags)
        parts = (f"{self._make_around(name, text)}" for name, text in tags)
        name = self._pick("DKIM-Signature", "DKIM-Signature", "dkim-signature")
        return f"{name}:{';'.join(parts)}{self._pick('', '', ';', '; ')}"

    def _make_around(self, name, text):
        spaces = ("", "", "", " ", "\r\n\t")
        before, after, behind = (self._pick(*spaces) for _place in range(3))
        before = "" if name == "b" else before
        return f" {name}{before}={after}{text}{behind}"

    def _make_names(self):
        names = ["from", *self._random.choices(NAMES, k=self._random.randrange(8))]
        names += ["From"] * self._random.randrange(2)
        self._random.shuffle(names)
        return self._pick(":", ":", " : ", ":\r\n\t").join(names)

    def _choose_more(self):
        more = (
            ("t", str(NOW)),
            ("x", self._pick("4000000000", "1")),
            ("i", self._pick(f"@{DOMAIN}", f"a=20b@mail.{DOMAIN}", f"a@{DOMAIN}")),
            ("q", "dns/txt"),
            ("z", self._pick("From:a@b|To:b=20c", "To: b=x|Cc: b =y")),
            ("y", self._pick("b=x", "1", "")),
        )
        return [tag for tag in more if self._chance(0.2)]

    def _change(self, signed):
        head, _empty, body = signed.partition(b"\r\n\r\n")
        place = self._random.randrange(len(body) + 1)
        place -= body[:place].endswith(b"\r")  # no line end is taken apart
        old, new = self._pick(
            (b"Hello", b"Hallo"),
            (b" ", b"  "),
            (b"\r\n ", b" "),
            (b"\t", b" "),
            (b"Subject", b"subject"),
            (b"b=x", b"b=y"),
        )
        return self._pick(
            signed.replace(old, new, 1),
            signed[::-1].replace(old[::-1], new[::-1], 1)[::-1],
            head + b"\r\n\r\n" + body[:place] + b"x" + body[place:],
            head + b"\r\n\r\n" + body[:place] + b"\r\n",
            signed + self._pick(b"\r\n", b" \r\n", b"more\r\n"),
            b"Subject: more\r\n" + signed,
            head + b"\r\nTo: more\r\n\r\n" + body,
            self._break_data(signed),
        )

    def _break_data(self, signed):
        """Change a sign of the signature itself, most of the time."""
        place = self._random.randrange(min(len(signed), 300))
        if signed[place : place + 1] == b"=":
            return signed
        return signed[:place] + b"A" + signed[place + 1 :]
