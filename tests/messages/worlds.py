# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Twelve worlds, with one thing broken in each. Never imports odoo.

What is done to a message that has left, signed, and how it is handed over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ...mailauth.message.raw import read_raw
from . import build

OTHER_IP = "203.0.113.77"
UNSUBSCRIBE = (
    b"List-Unsubscribe: =?utf-8?q?=3Chttps=3A//acme=2Eexample/u/1=3E?=\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)


def keep(message: bytes) -> bytes:
    """Return it as it is."""
    return message


def change_body(message: bytes) -> bytes:
    """Change one byte of the body: the first letter."""
    head, empty, body = message.partition(b"\r\n\r\n")
    place = re.search(rb"[A-Za-z]", body).start()
    other = b"x" if body[place : place + 1] != b"x" else b"y"
    return head + empty + body[:place] + other + body[place + 1 :]


def change_subject(message: bytes) -> bytes:
    return re.sub(rb"(?m)^(Subject: )", rb"\g<1>[spam?] ", message, count=1)


def change_selector(message: bytes) -> bytes:
    return re.sub(rb"(?<=[;\s])s=[^;]+", b"s=gone", message)


def change_author(message: bytes) -> bytes:
    """Let From name another domain."""
    return re.sub(
        rb"(?m)^(From:[^\r\n]*@)[^\r\n>]+", rb"\g<1>other.example", message, count=1
    )


def add_author(message: bytes) -> bytes:
    return b"From: Mallory <mallory@other.example>\r\n" + message


def drop_message_id(message: bytes) -> bytes:
    return re.sub(rb"(?mi)^Message-ID:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", b"", message)


def add_footer(message: bytes) -> bytes:
    return message.rstrip(b"\r\n") + b"\r\n--\r\nSent by the newest gateway.\r\n"


def drop_signatures(message: bytes) -> bytes:
    """Return it without its signatures."""
    field = rb"(?mi)^DKIM-Signature:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*"
    return re.sub(field, b"", message)


def _get_domain(message: bytes) -> str:
    (value,) = read_raw(message).get_all("from")
    return value.decode().rpartition("@")[2].strip().rstrip(">")


def sign_weakly(message: bytes) -> bytes:
    """Sign it anew with 512 bits."""
    message = drop_signatures(message)
    return build.sign(message, "weak", _get_domain(message))


def sign_expired(message: bytes) -> bytes:
    """Sign it anew, for a time that is over."""
    message = drop_signatures(message)
    times = {"t": "1000000000", "x": "1000086400"}
    return build.sign(message, "s2", _get_domain(message), **times)


def encode_unsubscribe(message: bytes) -> bytes:
    """Let it be a mailing whose program has encoded what must not be, and sign it."""
    message = UNSUBSCRIBE + drop_signatures(message)
    return build.sign(message, "s2", _get_domain(message))


@dataclass(frozen=True)
class World:
    """One thing that is broken.

    :param name: of the world.
    :param code: of the finding that has to be the first one.
    :param grade: of the message.
    :param change: what is done to the message as it left, signed.
    :param ip: the address that hands it over, "" for the usual one.
    :param protocol: of the hand-over, as in Received.
    """

    name: str
    code: str
    grade: str
    change: Callable[[bytes], bytes] = keep
    ip: str = ""
    protocol: str = "ESMTPS"

    def deliver(self, message: bytes) -> bytes:
        """Return a message as a receiver gets it in this world."""
        values = {"ip": self.ip or build.IP, "protocol": self.protocol}
        return build.deliver(self.change(message), **values)


# Both the domain that sends and other.example have a policy of "reject".
WORLDS = (
    World("a body byte", "dkim_body_changed", "C", change_body),
    World("Subject", "dkim_header_changed", "C", change_subject),
    World("selector", "dkim_no_key", "C", change_selector),
    World("From's domain", "dmarc_fails", "F", change_author),
    World("client address", "spf_fails", "C", ip=OTHER_IP),
    World("a second From", "from_several", "F", add_author),
    World("no Message-ID", "message_id_missing", "C", drop_message_id),
    World("512-bit key", "dkim_key_weak", "C", sign_weakly),
    World("expired signature", "dkim_expired", "C", sign_expired),
    World("footer added", "footer_added", "C", add_footer),
    World("no TLS", "tls_missing", "B", protocol="ESMTP"),
    World("encoded List-Unsubscribe", "unsubscribe_encoded", "B", encode_unsubscribe),
)


def make_zone(domain: str = build.DOMAIN) -> dict:
    """Return what DNS has to know of a domain in these worlds.

    What signs the messages before they are changed is not in it.
    """
    keys = {name: build.make_record(name) for name in ("weak", "s2")}
    return {
        (domain, "TXT"): [f"v=spf1 ip4:{build.IP} -all"],
        (f"_dmarc.{domain}", "TXT"): ["v=DMARC1; p=reject"],
        ("_dmarc.other.example", "TXT"): ["v=DMARC1; p=reject"],
        (build.HOST, "A"): [build.IP],
        (build.HOST, "TXT"): ["v=spf1 a -all"],
        ("10.2.0.192.in-addr.arpa", "PTR"): [build.HOST],
        **{(f"{n}._domainkey.{domain}", "TXT"): [text] for n, text in keys.items()},
    }
