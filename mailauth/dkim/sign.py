# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sign messages with DKIM (RFC 6376), with RSA and Ed25519 side by side (RFC 8463).

The private key works in cryptography, which is some ten times faster than Python.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, utils

from ..errors import PermError
from .canonical import CanonicalForm, Message, field_name
from .key import PrivateKey
from .robust import make_robust

# RFC 6376 section 5.4.1, RFC 8058 section 4 for the last: what a reader sees or a mail
# program acts on. Never what a relay changes, nor Odoo's own fields.
SIGNED_HEADERS = (
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
SIGNED_PREFIX = "list-"
# RFC 6376 section 8.15: signed once more than present, so that none can be added.
OVERSIGNED_HEADERS = ("from", "subject", "to", "cc", "date", "reply-to")

_SHA256 = utils.Prehashed(hashes.SHA256())
_FORM = CanonicalForm("relaxed", "relaxed")
_NAME = b"DKIM-Signature"
_LINE = 72
_ATOM = re.compile(rb"[^:;]+(?::|; |\Z)")


@dataclass(frozen=True)
class Signer:
    """A key and the name that it is published under.

    :param domain: the d= tag, A-labels.
    :param selector: the s= tag.
    :param key: the private key, kept out of every text form of this object.
    """

    domain: str
    selector: str
    key: PrivateKey = field(repr=False)


def sign_message(
    message: bytes,
    signers: Sequence[Signer],
    timestamp: int,
    unsigned_headers: Iterable[str] = (),
) -> bytes:
    """Return the message as it must leave: robust, one signature a signer on top.

    :param message: a whole message; line ends of any kind.
    :param timestamp: seconds since 1970, for the t= tag.
    :param unsigned_headers: fields that the server rewrites: neither signed nor
        protected from being added. From is always signed.
    :raises PermError: "message_headers" (a line that is no field) or "message_from"
        (no From field: RFC 6376 section 5.4 wants it signed).
    """
    message = make_robust(message)
    signature = _Signature(message)
    if not any(field_name(name) == b"from" for name, _value in signature.headers):
        raise PermError("message_from")
    names = list_signed_headers(signature.headers, unsigned_headers)
    signed = [signature.make(signer, names, timestamp) for signer in signers]
    return b"".join([*signed, message])


def list_signed_headers(
    fields: Sequence[Sequence[bytes]], unsigned_headers: Iterable[str] = ()
) -> list[bytes]:
    """Return the names for the h= tag, in a fixed order, repeated as often as signed.

    :param fields: (name, value) of each header field.
    """
    present = Counter(field_name(name).decode("ascii") for name, _value in fields)
    unsigned = {name.lower() for name in unsigned_headers} - {"from"}
    lists = sorted(name for name in present if name.startswith(SIGNED_PREFIX))
    return [
        name.encode()
        for name in dict.fromkeys([*SIGNED_HEADERS, *lists])
        if name not in unsigned
        for _time in range(present[name] + (name in OVERSIGNED_HEADERS))
    ]


class _Signature(Message):
    """A message that signs itself, hashed once however many keys sign it."""

    def __init__(self, message: bytes):
        # The line ends are right, and there are some in front of the body.
        is_headless = message.startswith(b"\r\n")
        body = b"" if is_headless else message.partition(b"\r\n\r\n")[2]
        super().__init__(message, body)
        body = hashlib.sha256(_FORM.canonicalize_body(self.body)).digest()
        self._body_hash = base64.b64encode(body)

    def make(self, signer: Signer, names: list[bytes], timestamp: int) -> bytes:
        """Return one DKIM-Signature field with its CRLF (RFC 6376 section 3.5)."""
        is_rsa = not isinstance(signer.key, ed25519.Ed25519PrivateKey)
        value = _fold_tags(
            [
                (b"v", b"1"),
                (b"a", b"rsa-sha256" if is_rsa else b"ed25519-sha256"),
                (b"c", _FORM.to_c_value().encode()),
                (b"d", signer.domain.encode("ascii")),
                (b"s", signer.selector.encode("ascii")),
                (b"t", b"%d" % timestamp),
                (b"h", b":".join(names)),
                (b"bh", self._body_hash),
                (b"b", b""),
            ]
        )
        digest = self.hash_headers(_FORM, names, (_NAME, value))
        data = base64.b64encode(_sign_digest(signer.key, digest))
        lines = [data[start : start + _LINE] for start in range(0, len(data), _LINE)]
        return b"\r\n\t".join([_NAME + b":" + value, *lines]) + b"\r\n"


def _sign_digest(key: PrivateKey, digest: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(digest)  # RFC 8463 section 3: the hash is what is signed
    return key.sign(digest, padding.PKCS1v15(), _SHA256)


def _fold_tags(fields: list[tuple[bytes, bytes]]) -> bytes:
    """Fold between tags, and in h= after its colons (RFC 6376 section 3.2)."""
    text = b"; ".join(b"=".join(tag) for tag in fields)
    lines = [_NAME + b": "]
    for atom in _ATOM.findall(text):
        if len(lines[-1]) + len(atom) > _LINE:
            lines.append(b"")
        lines[-1] += atom
    value = b"\r\n\t".join(line.rstrip() for line in lines)
    return value.removeprefix(_NAME + b":")
