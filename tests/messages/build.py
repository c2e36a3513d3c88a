# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages as receivers get them, the same in every run. Never imports odoo.

One is composed, signed and delivered: each step takes bytes and returns bytes.
"""

import base64
import email.utils
import hashlib
import re

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils

from ...mailauth.dkim.key import get_public_key
from ...mailauth.dkim.record import record_value
from ..keys import EXPONENT, make_ed25519, make_rsa

NOW = 1_790_000_000  # 21 September 2026
DOMAIN = "acme.example"
IP = "192.0.2.10"
HOST = "mail.acme.example"
RECEIVER = "mx.receiver.example"
SIGNED = (
    "from",
    "from",
    "to",
    "subject",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
_WEAK_PRIMES = (
    0xF78003B64DC064FEA710E9AD255B3564738F0940D42B6E1692C4FE4794D68159,
    0xC504C897340CDD4AB8C15D3E269A6B780C5322B9784E163152DB8134EA63D3AF,
)
# What comes before a SHA-256 digest in a signature (RFC 8017 section 9.2).
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def make_weak_key():
    """Return an RSA key of 512 bits, as no library makes them any more."""
    p, q = _WEAK_PRIMES
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    rest = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, *rest, public)


def make_weak_record() -> str:
    """Return the record of :func:`make_weak_key`."""
    key = make_weak_key().public_numbers.public_key()
    return record_value(get_public_key(_Half(key)))


class _Half:
    """The public half of a key, for who asks a private one for it."""

    def __init__(self, public):
        self.public_key = lambda: public


KEYS = {
    "s1": make_rsa(2048),
    "s2": make_rsa(2048, 1),
    "old": make_rsa(1024),
    "e1": make_ed25519(),
    "weak": make_weak_key(),
}


def make_record(selector: str, **tags: str) -> str:
    """Return the record of one of :data:`KEYS`, with tags before its key."""
    if selector == "weak":
        return make_weak_record()
    extra = "".join(f" {name}={value};" for name, value in tags.items())
    record = record_value(get_public_key(KEYS[selector]))
    return record.replace("; p=", f";{extra} p=")


def compose(
    fields: dict[str, str | None] | None = None, body: str | bytes = "Hello\r\n"
) -> bytes:
    """Return a message as it is written.

    :param fields: those that are another than usual; None leaves one out.
    :param body: with CRLF line ends.
    """
    usual = {
        "Message-ID": "<1@acme.example>",
        "Date": email.utils.formatdate(NOW - 10),
        "From": "Zoe <zoe@acme.example>",
        "To": "kim@receiver.example",
        "Subject": "Your order",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
    }
    lines = {**usual, **(fields or {})}
    head = "".join(f"{n}: {v}\r\n" for n, v in lines.items() if v is not None)
    data = body if isinstance(body, bytes) else body.encode()
    return head.encode() + b"\r\n" + data


def sign(
    message: bytes,
    selector: str = "s1",
    domain: str = DOMAIN,
    names: tuple[str, ...] = SIGNED,
    **tags: str,
) -> bytes:
    """Return a message with a signature on top (relaxed/relaxed).

    :param tags: more of them; ``l`` is also what is hashed of the body.
    """
    head, _empty, body = message.partition(b"\r\n\r\n")
    hashed = _relax_body(body)
    hashed = hashed[: int(tags["l"])] if "l" in tags else hashed
    key = KEYS[selector]
    algorithm = "ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else "rsa"
    given = {
        "v": "1",
        "a": f"{algorithm}-sha256",
        "c": "relaxed/relaxed",
        "d": domain,
        "s": selector,
        "t": str(NOW - 10),
        **tags,
        "h": ":".join(names),
        "bh": base64.b64encode(hashlib.sha256(hashed).digest()).decode(),
        "b": "",
    }
    value = ";\r\n\t".join(f"{name}={tag}" for name, tag in given.items())
    own = _relax_field(f"DKIM-Signature: {value}".encode())
    data = _select(head, names) + own
    signature = base64.b64encode(_sign(key, hashlib.sha256(data).digest()))
    return f"DKIM-Signature: {value}".encode() + signature + b"\r\n" + message


def _select(head: bytes, names: tuple[str, ...]) -> bytes:
    """Return the fields that are signed, from the last of a name upwards."""
    left: dict[bytes, list[bytes]] = {}
    for field in re.split(rb"\r\n(?![ \t])", head):
        left.setdefault(field.partition(b":")[0].strip().lower(), []).append(field)
    chosen = [left[n].pop() for name in names if left.get(n := name.encode())]
    return b"".join(_relax_field(field) + b"\r\n" for field in chosen)


def _relax_field(field: bytes) -> bytes:
    name, _colon, value = field.partition(b":")
    return name.strip().lower() + b":" + b" ".join(value.split())


def _relax_body(body: bytes) -> bytes:
    lines = [
        re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")
    ]
    text = b"\r\n".join(lines).rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _sign(key, digest: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(digest)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    modulus = key.public_numbers.n
    size = (modulus.bit_length() + 7) // 8
    block = _DIGEST_INFO + digest
    padded = b"\x00\x01" + b"\xff" * (size - len(block) - 3) + b"\x00" + block
    signed = pow(int.from_bytes(padded, "big"), key.d, modulus)
    return signed.to_bytes(size, "big")


def deliver(
    message: bytes,
    *,
    ip: str = IP,
    helo: str = HOST,
    protocol: str = "ESMTPS",
    mail_from: str | None = "bounce@acme.example",
    on_top: str = "",
) -> bytes:
    """Return a message as a receiver has stored it.

    :param ip: where it came from; "" for no sign of that.
    :param mail_from: the envelope sender, None where nothing tells it.
    :param on_top: fields that the receiver adds besides, with CRLF.
    """
    top = "" if mail_from is None else f"Return-Path: <{mail_from}>\r\n"
    top += on_top
    if ip:
        tls = " (using TLSv1.3)" if protocol.endswith("S") else ""
        top += (
            f"Received: from {helo} ({helo} [{ip}])\r\n\tby {RECEIVER} (Postfix) with"
            f" {protocol}{tls}\r\n\tid 4ABC; {email.utils.formatdate(NOW)}\r\n"
        )
    return top.encode() + message
