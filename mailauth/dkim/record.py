# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Key records: what to publish, and what a verifier reads in what is published.

RFC 6376 sections 3.6.1 and 3.6.2, with RFC 8301 (key sizes, hashes) and RFC 8463
(Ed25519).
"""

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import PermError
from ..printable import printable
from ..tags import TagList, parse_tags
from .key import PublicKey

MIN_RSA_BITS = 1024  # RFC 8301 section 3.2: less is not valid
GOOD_RSA_BITS = 2048  # RFC 8301 section 3.2: signers SHOULD use at least this
MAX_RSA_BITS = 4096  # RFC 8301 section 3.2: no verifier has to take more
ED25519_BYTES = 32  # RFC 8463 section 4.2: the raw public key, no ASN.1

_STRING_BYTES = 255  # RFC 1035 section 3.3: one character-string
_RECORD_BYTES = 16384  # a hostile zone may send 64 KB; no key needs this much
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")
_WHITESPACE = re.compile(r"[ \t\r\n]+")
_QUOTES = re.compile(rb'"|\\')
_TAGS = ("v", "k", "p", "h", "s", "t")


@dataclass(frozen=True)
class DkimKeyRecord:
    """A key record that a verifier can use (RFC 6376 section 3.6.1).

    :param public_key: the key.
    :param bits: its length.
    :param hashes: the h= tag, None where every hash is allowed.
    :param services: the s= tag.
    :param flags: the t= tag.
    :param warnings: codes of what should be different, in a fixed order.
    """

    public_key: PublicKey
    bits: int
    hashes: tuple[str, ...] | None = None
    services: tuple[str, ...] = ("*",)
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check_selector(selector: str) -> str:
    """Return the selector in lower case (RFC 6376 section 3.1: labels, dots between).

    :raises PermError: "key_selector".
    """
    labels = selector.split(".")
    short = len(selector) <= 200 and all(len(label) <= 63 for label in labels)
    if not short or not all(_LABEL.match(label) for label in labels):
        raise PermError("key_selector", printable(selector, 63))
    return selector.lower()


def propose_selector(product: str, year: int, month: int, taken: set[str]) -> str:
    """Return a selector that no key of the domain has, such as "odoo-202611".

    :param taken: the selectors of all keys of the domain in lower case, revoked ones
        too: a cache may still hold their records.
    """
    base = f"{product}-{year:04d}{month:02d}"
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name


def record_name(selector: str, domain: str) -> str:
    """Return the full name of a key record, no trailing dot (RFC 6376 3.6.2.1)."""
    return f"{selector}._domainkey.{domain.rstrip('.')}"


def record_value(public_key: PublicKey) -> str:
    """Return the TXT value as one unquoted line (RFC 6376 section 3.6.1)."""
    data = base64.b64encode(public_key.data).decode()
    return f"v=DKIM1; k={public_key.key_type}; p={data}"


def zone_file_value(value: str) -> str:
    """Return a TXT value as quoted strings of at most 255 bytes (RFC 1035 5.1)."""
    strings = [
        value[start : start + _STRING_BYTES]
        for start in range(0, len(value), _STRING_BYTES)
    ] or [""]
    escaped = (s.replace("\\", "\\\\").replace('"', '\\"') for s in strings)
    return " ".join(f'"{string}"' for string in escaped)


def read_public_key(text: str, key_type: str = "rsa") -> PublicKey:
    """Return a public key from the whole TXT value, or from its p= in base64.

    :param key_type: the k= tag, where the text is not the whole value.
    :raises PermError: as :func:`parse_key_record`.
    """
    value = text if "p=" in text else f"k={key_type}; p={text}"
    return parse_key_record(value.encode("ascii", "replace")).public_key


def parse_key_record(text: bytes) -> DkimKeyRecord:
    """Read a key record as a verifier does (RFC 6376 sections 3.6.1 and 6.1.2).

    :raises PermError: "key_too_large", "key_quoted", "key_syntax", "key_version",
        "key_missing", "key_revoked", "key_type", "key_base64", "key_data",
        "key_too_short", "key_hash" or "key_service".
    """
    tags = _parse_record_tags(text)
    key_type = tags.get("k", "rsa")
    if key_type not in ("rsa", "ed25519"):
        raise PermError("key_type", key_type[:40])
    public_key = PublicKey(key_type, _decode_key_data(tags))
    bits = _measure_key(public_key)
    hashes = _split_list(tags.get("h"))
    services = _split_list(tags.get("s")) or ("*",)
    if hashes is not None and "sha256" not in hashes:
        raise PermError("key_hash", ":".join(hashes)[:100])
    if not {"*", "email"} & set(services):
        raise PermError("key_service", ":".join(services)[:100])
    flags = _split_list(tags.get("t")) or ()
    warnings = _list_warnings(key_type, bits, flags)
    return DkimKeyRecord(public_key, bits, hashes, services, flags, warnings)


def _parse_record_tags(text: bytes) -> TagList:
    if len(text) > _RECORD_BYTES:
        raise PermError("key_too_large", str(len(text)))
    try:
        tags = parse_tags(text)
    except PermError as error:
        code = "key_quoted" if _QUOTES.search(text) else "key_syntax"
        detail = printable(text, 100) if code == "key_quoted" else error.detail
        raise PermError(code, detail) from None
    # Section 3.6.1: a note (n=) may have them, and unknown tags are ignored.
    if any(_QUOTES.search(tags.get(name, "").encode()) for name in _TAGS):
        raise PermError("key_quoted", printable(text, 100))
    # Section 3.6.1: v= must come first, and another version is discarded.
    versions = [(i, t.value) for i, t in enumerate(tags.tags) if t.name == "v"]
    if versions not in ([], [(0, "DKIM1")]):
        raise PermError("key_version", printable(text, 40))
    return tags


def _decode_key_data(tags: TagList) -> bytes:
    value = tags.get("p")
    if value is None:
        raise PermError("key_missing")
    value = _WHITESPACE.sub("", value)
    if not value:
        raise PermError("key_revoked")
    if not _BASE64.match(value):
        raise PermError("key_base64", value[:60])
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise PermError("key_base64", f"...{value[-20:]}") from None


def _measure_key(public_key: PublicKey) -> int:
    data = public_key.data
    if public_key.key_type == "ed25519":
        if len(data) != ED25519_BYTES:
            raise PermError("key_data", str(len(data)))
        return ED25519_BYTES * 8
    try:
        key = serialization.load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise PermError("key_data", str(len(data))) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise PermError("key_data", str(len(data)))
    if key.key_size < MIN_RSA_BITS:
        raise PermError("key_too_short", str(key.key_size))
    return key.key_size


def _split_list(value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return tuple(item.strip(" \t\r\n") for item in value.split(":"))


def _list_warnings(key_type: str, bits: int, flags: tuple[str, ...]) -> tuple[str, ...]:
    rules = (
        ("key_testing", "y" in flags),
        ("key_strict", "s" in flags),
        ("key_short", key_type == "rsa" and bits < GOOD_RSA_BITS),
        ("key_long", key_type == "rsa" and bits > MAX_RSA_BITS),
    )
    return tuple(code for code, applies in rules if applies)
