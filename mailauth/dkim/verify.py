# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Verify the DKIM signatures of a message as a strict receiver does (RFC 6376).

With RFC 8301 (no rsa-sha1, no short keys), RFC 8463 (Ed25519), RFC 8616 (addresses in
any alphabet) and the results of RFC 8601. Input made to cost time costs none.
"""

import asyncio
import base64
import hashlib
import math
import re
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, utils

from ..dns.names import normalize_name
from ..dns.resolver import Resolver
from ..errors import PermError
from ..printable import printable
from ..tags import TagList, parse_tags, scan_tags
from .canonical import CanonicalForm, HeaderField, Message, field_name, get_form
from .key import PublicKey
from .lookup import DkimKeyResult, check_dkim_key

# A message is hostile: more than this is refused, whatever it says.
MAX_SIGNATURES = 10
MAX_FIELDS = 1000
_MAX_SIGNATURE_BYTES = 16384
_MAX_SIGNED_NAMES = 200

_ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")
_DIGITS = re.compile(r"[0-9]+\Z")
_TIME_DIGITS = 12  # section 3.5, t=: a longer number may be taken for infinite
_LENGTH_DIGITS = 76  # section 3.5, l=
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+\Z")
_WHITESPACE = re.compile(r"[ \t\r\n]+")
_QUOTED = re.compile(r"=([0-9A-Fa-f]{2})")  # section 2.11
_SHOWN = 100
_SHA256 = utils.Prehashed(hashes.SHA256())


@dataclass(frozen=True)
class DkimSignatureResult:
    """What a receiver says of one signature (results of RFC 8601 section 2.7.1).

    :param result: "pass", "fail" (it doesn't verify), "policy" (it may verify, but
        must not be trusted), "temperror", "permerror", or "unknown" (of a message that
        proves nothing; not by this module).
    :param problem: the code of the reason, "" for pass. Of "fail": "signature_body"
        (the body is not what was signed; ``header_matches`` says whether the header
        is), "signature_data" (only the header is not) or "signature_key" (another key
        than the one in DNS has signed, or b= is damaged; told of RSA only). Of
        "policy": "signature_length" (l=) or "key_testing" (t=y). Of "temperror": a
        code of DNS. Of "permerror": a code of :func:`parse_signature` or of
        :func:`~.lookup.check_dkim_key` ("key_absent", "key_revoked",
        "key_too_short"...), "signature_key_type", "signature_identity_strict",
        "message_headers" or "message_too_many_fields".
    :param detail: evidence for the problem, printable ASCII.
    :param domain: the d= tag in A-labels and lower case, "" where it can't be read.
    :param selector: the s= tag in the same way.
    :param algorithm: the a= tag.
    :param identity: the i= tag decoded, printable ASCII, or its default.
    :param key: what DNS says of the key, None where it was not asked.
    :param signed: the names of the fields that it covers, in lower case, each once.
    :param canonical: what c= names, such as "relaxed/simple".
    :param body_hash: the bh= tag, decoded.
    :param length: the l= tag, None where there is none.
    :param body_matches: whether the body is the one that was signed, None where that
        was not looked at.
    :param header_matches: whether the header is, None where that can't be told.
    """

    result: Literal["pass", "fail", "policy", "temperror", "permerror", "unknown"]
    problem: str = ""
    detail: str = ""
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    identity: str = ""
    key: DkimKeyResult | None = None
    signed: tuple[str, ...] = ()
    canonical: str = ""
    body_hash: bytes = b""
    length: int | None = None
    body_matches: bool | None = None
    header_matches: bool | None = None


@dataclass(frozen=True)
class _Signature:
    """The tags of a DKIM-Signature field that verification needs (section 3.5).

    ``value`` is the field without the value of b=, as it is hashed (section 3.7).
    """

    domain: str
    selector: str
    algorithm: str
    identity: str
    identity_domain: str
    names: tuple[bytes, ...]
    form: CanonicalForm
    body_hash: bytes
    data: bytes
    length: int | None
    value: bytes


async def verify_dkim(
    message: bytes, resolver: Resolver, now: int, body: bytes = b""
) -> tuple[DkimSignatureResult, ...]:
    """Verify the signatures of a message, the first ten; never raises.

    All keys are asked for at once.

    :param body: as for :class:`.canonical.Message`.
    :param now: seconds since 1970, against which x= is held: when the message arrived.
    :returns: one result a signature, in the order of the header; () for none.
    """
    try:
        parsed, fields = _read_message(message, body)
    except PermError as error:
        return (DkimSignatureResult("permerror", error.code, error.detail),)
    read = [_read_signature(field, now) for field in fields]
    keys = await asyncio.gather(*[_ask_key(found, resolver) for found in read])
    work = list(zip(fields, read, keys, strict=True))
    # One canonical body after the other, so that only one takes memory.
    order = sorted(range(len(work)), key=lambda number: _body_form(read[number]))
    results = {number: _judge(parsed, *work[number]) for number in order}
    return tuple(results[number] for number in range(len(work)))


async def find_signature(
    message: bytes, domain: str, resolver: Resolver, now: int
) -> DkimSignatureResult | None:
    """Return a signature of the author's domain that verifies; never raises.

    What DMARC calls relaxed alignment, without asking for the organizational domain:
    d= is the domain, one above or one below it (RFC 9989 section 4.4.1). DNS is asked
    for such signatures only, so that others cost nothing.

    :param domain: of From, A-labels in lower case.
    :param now: as for :func:`verify_dkim`.
    :return: the first one, None where there is none.
    """
    try:
        parsed, fields = _read_message(message)
    except PermError:
        return None
    for field in fields:
        signature = _read_signature(field, now)
        if not _is_aligned(signature, domain):
            continue
        key = await _ask_key(signature, resolver)
        result = _judge(parsed, field, signature, key)
        if result.result == "pass":
            return result
    return None


def _read_message(
    message: bytes, body: bytes = b""
) -> tuple["_Verifier", list[HeaderField]]:
    parsed = _Verifier(message, body)
    if len(parsed.headers) > MAX_FIELDS:
        raise PermError("message_too_many_fields", str(len(parsed.headers)))
    fields = [f for f in parsed.headers if field_name(f[0]) == b"dkim-signature"]
    return parsed, fields[:MAX_SIGNATURES]


def _read_signature(field: HeaderField, now: int) -> _Signature | DkimSignatureResult:
    try:
        return parse_signature(field[1], now)
    except PermError as error:
        return _describe_unreadable(field[1], error)


def _describe_unreadable(value: bytes, error: PermError) -> DkimSignatureResult:
    """Say whose signature it is, as far as that can be read."""
    tags = scan_tags(value[:_MAX_SIGNATURE_BYTES], wide=True)
    names = []
    for name in ("d", "s"):
        try:
            names.append(_read_name(tags, name))
        except PermError:
            names.append("")
    algorithm = printable(_unfold(tags.get("a", "")), 40)
    detail = printable(error.detail, _SHOWN)
    return DkimSignatureResult("permerror", error.code, detail, *names, algorithm)


def _is_aligned(signature: _Signature | DkimSignatureResult, domain: str) -> bool:
    if isinstance(signature, DkimSignatureResult):
        return False
    signer = signature.domain
    return f".{signer}".endswith(f".{domain}") or f".{domain}".endswith(f".{signer}")


async def _ask_key(
    signature: _Signature | DkimSignatureResult, resolver: Resolver
) -> DkimKeyResult | None:
    if isinstance(signature, DkimSignatureResult):
        return None
    return await check_dkim_key(signature.selector, signature.domain, resolver)


def _body_form(signature: _Signature | DkimSignatureResult) -> str:
    return "" if isinstance(signature, DkimSignatureResult) else signature.form.body


def _judge(
    parsed: "_Verifier",
    field: HeaderField,
    signature: _Signature | DkimSignatureResult,
    key: DkimKeyResult | None,
) -> DkimSignatureResult:
    if isinstance(signature, DkimSignatureResult):
        return signature
    body_matches, size = parsed.compare_body(signature)
    result, problem, detail, header_matches = "", "", "", None
    if faults := _find_fault(signature, key):
        result, problem, detail = faults
    else:
        # From is hashed once more than h= names it, so that a second From field, which
        # a reader may be shown, makes the signature fail (section 8.15).
        names = [*signature.names, b"from"]
        own = (field[0], signature.value)
        digest = parsed.hash_headers(signature.form, names, own, field)
        fault = _compare_data(key.record.public_key, signature.data, digest)
        header_matches = {"": True, "signature_data": False}.get(fault)
        result, problem = _decide(signature, key, body_matches, fault)
        if signature.length is not None:
            detail = f"l={signature.length} of {size}"
    return DkimSignatureResult(
        result,
        problem,
        detail,
        signature.domain,
        signature.selector,
        signature.algorithm,
        signature.identity,
        key,
        tuple(dict.fromkeys(name.decode("latin-1") for name in signature.names)),
        signature.form.to_c_value(),
        signature.body_hash,
        signature.length,
        body_matches,
        header_matches,
    )


def _find_fault(
    signature: _Signature, key: DkimKeyResult
) -> tuple[str, str, str] | None:
    """Return why the key can't be used for this signature."""
    if key.record is None:
        result = "temperror" if key.result == "temperror" else "permerror"
        return result, key.problem, key.detail
    key_type = key.record.public_key.key_type
    if key_type != _ALGORITHMS[signature.algorithm]:
        return "permerror", "signature_key_type", key_type
    if "s" in key.record.flags and signature.identity_domain != signature.domain:
        return "permerror", "signature_identity_strict", signature.identity
    return None


def _decide(
    signature: _Signature, key: DkimKeyResult, body_matches: bool, fault: str
) -> tuple[str, str]:
    if fault == "signature_key":
        return "fail", fault
    if not body_matches:
        return "fail", "signature_body"
    if fault:
        return "fail", fault
    if signature.length is not None:  # section 8.2: anything can be appended
        return "policy", "signature_length"
    if "y" in key.record.flags:  # section 3.6.1: as if it were not signed
        return "policy", "key_testing"
    return "pass", ""


def _compare_data(public_key: PublicKey, data: bytes, digest: bytes) -> str:
    """Return why b= does not sign this hash, "" where it does."""
    if public_key.key_type == "ed25519":
        key = ed25519.Ed25519PublicKey.from_public_bytes(public_key.data)
        return "" if _holds(key.verify, data, digest) else "signature_data"
    key = serialization.load_der_public_key(public_key.data)
    if _holds(key.verify, data, digest, padding.PKCS1v15(), _SHA256):
        return ""
    # The hash that was signed can be read with the right key, and only with that.
    read = key.recover_data_from_signature
    known = _holds(read, data, padding.PKCS1v15(), hashes.SHA256())
    return "signature_data" if known else "signature_key"


def _holds(check, *arguments) -> bool:
    try:
        check(*arguments)
    except (InvalidSignature, ValueError):  # ValueError: OpenSSL refuses the key
        return False
    return True


class _Verifier(Message):
    """A message, with the last canonical form of its body and what was hashed of it."""

    def __init__(self, message: bytes, body: bytes = b""):
        super().__init__(message, body)
        self._body_form = ""
        self._canonical_body = b""
        self._digests: dict[int, bytes] = {}

    def compare_body(self, signature: _Signature) -> tuple[bool, int]:
        """Return whether the signed body is there, and how long the whole one is.

        In octets of its canonical form, which is what l= counts (section 3.5).
        """
        if self._body_form != signature.form.body:
            self._body_form = signature.form.body
            self._canonical_body = signature.form.canonicalize_body(self.body)
            self._digests = {}
        size = len(self._canonical_body)
        length = size if signature.length is None else signature.length
        if length > size:  # a part of what was signed is missing
            return False, size
        if length not in self._digests:
            body = memoryview(self._canonical_body)[:length]
            self._digests[length] = hashlib.sha256(body).digest()
        return self._digests[length] == signature.body_hash, size


def parse_signature(value: bytes, now: int) -> _Signature:
    """Read a DKIM-Signature field (RFC 6376 sections 3.5 and 6.1.1).

    :param value: what stands after the colon, folds included.
    :param now: seconds since 1970; x= is held against it after all else.
    :raises PermError: "signature_too_large", "signature_syntax", "signature_missing",
        "signature_version", "signature_algorithm", "signature_canonical",
        "signature_domain", "signature_selector", "signature_identity",
        "signature_headers", "signature_base64", "signature_query", "signature_number"
        or "signature_expired".
    """
    tags = _parse_tags(value)
    _check_tags(tags)
    form = get_form(_unfold(tags.get("c", "simple/simple")))
    if form is None:
        raise PermError("signature_canonical", tags.get("c", "")[:40])
    domain = _read_name(tags, "d")
    if not _DOMAIN.match(domain):
        raise PermError("signature_domain", domain[:60])
    signature = _Signature(
        domain,
        _read_name(tags, "s"),
        _unfold(tags.get("a")),
        *_read_identity(tags, domain),
        _read_names(tags),
        form,
        _read_base64(tags, "bh"),
        _read_base64(tags, "b"),
        _read_length(tags),
        _remove_data(value, tags),
    )
    _check_times(tags, now)
    return signature


def _parse_tags(value: bytes) -> TagList:
    if len(value) > _MAX_SIGNATURE_BYTES:
        raise PermError("signature_too_large", f"{len(value)} bytes")
    try:
        value.decode()  # RFC 6532 section 3.2: UTF-8 or nothing
        return parse_tags(value, wide=True)
    except UnicodeDecodeError:
        raise PermError("signature_syntax", "no UTF-8") from None
    except PermError as error:
        raise PermError("signature_syntax", error.detail) from None


def _remove_data(value: bytes, tags: TagList) -> bytes:
    """Return the field without the value of b= and what surrounds it (section 3.7)."""
    (tag,) = [tag for tag in tags.tags if tag.name == "b"]
    start = value.index(b"=", tag.position) + 1
    end = value.find(b";", start)
    return value[:start] + (value[end:] if end >= 0 else b"")


def _check_tags(tags: TagList) -> None:
    for name in _REQUIRED:
        if tags.get(name) is None:
            raise PermError("signature_missing", f"{name}=")
    if tags.get("v") != "1":
        raise PermError("signature_version", tags.get("v")[:40])
    if _unfold(tags.get("a")) not in _ALGORITHMS:
        raise PermError("signature_algorithm", tags.get("a")[:40])
    methods = _unfold(tags.get("q", "dns/txt")).split(":")
    if "dns/txt" not in methods:
        raise PermError("signature_query", tags.get("q")[:40])


def _check_times(tags: TagList, now: int) -> None:
    """Hold t= and x= against each other and the clock (section 3.5)."""
    signed, expires = (_read_time(tags, name) for name in ("t", "x"))
    if expires is None:
        return
    if expires < now or (signed is not None and expires <= signed):
        raise PermError("signature_expired", f"x={expires}")


def _read_time(tags: TagList, name: str) -> float | None:
    value = tags.get(name)
    if value is None:
        return None
    if not _DIGITS.match(value):
        raise PermError("signature_number", f"{name}={value[:40]}")
    if len(value) > _TIME_DIGITS:
        # Two numbers that nobody compares: x= never passes, t= says nothing.
        return math.inf if name == "x" else None
    return int(value)


def _read_length(tags: TagList) -> int | None:
    value = tags.get("l")
    if value is None:
        return None
    if not _DIGITS.match(value) or len(value) > _LENGTH_DIGITS:
        raise PermError("signature_number", f"l={value[:40]}")
    return int(value)


def _read_name(tags: TagList, name: str) -> str:
    """Return d= or s= in A-labels, as it is asked for (RFC 8616 section 4).

    :raises PermError: "signature_domain" or "signature_selector".
    """
    text = _unfold(_to_text(tags.get(name, "")))
    try:
        normal = normalize_name(text)
    except PermError:
        normal = ""
    if not normal or text.endswith("."):
        code = "signature_domain" if name == "d" else "signature_selector"
        raise PermError(code, printable(text, 60))
    return normal


def _read_identity(tags: TagList, domain: str) -> tuple[str, str]:
    """Return i= and its domain, which must be d= or below (section 3.5)."""
    quoted = _unfold(tags.get("i", f"@{domain}"))
    # An "=" that quotes nothing is left as it is: VERP has it in local parts.
    identity = _to_text(_QUOTED.sub(_unquote, quoted))
    try:
        host = normalize_name(identity.rpartition("@")[2])
    except PermError:
        raise PermError("signature_identity", printable(quoted, _SHOWN)) from None
    if "@" not in identity or not f".{host}".endswith(f".{domain}"):
        raise PermError("signature_identity", printable(quoted, _SHOWN))
    return printable(identity, _SHOWN), host


def _unquote(match: re.Match) -> str:
    return chr(int(match[1], 16))


def _read_names(tags: TagList) -> tuple[bytes, ...]:
    names = [n.lower().encode("latin-1") for n in _unfold(tags.get("h")).split(":")]
    if b"from" not in names or len(names) > _MAX_SIGNED_NAMES:
        raise PermError("signature_headers", printable(b":".join(names), _SHOWN))
    return tuple(names)


def _read_base64(tags: TagList, name: str) -> bytes:
    try:
        return base64.b64decode(_unfold(tags.get(name)), validate=True)
    except ValueError:  # binascii.Error is one; so is a character above ASCII
        raise PermError("signature_base64", f"{name}=") from None


def _to_text(value: str) -> str:
    """Return a value of which each character is a byte as what its bytes say."""
    return value.encode("latin-1").decode(errors="replace")


def _unfold(value: str) -> str:
    return _WHITESPACE.sub("", value)
