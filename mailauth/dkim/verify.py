# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Verify the DKIM signatures of a message as a strict receiver does (RFC 6376).

dkimpy canonicalizes and hashes. Around it stands what its own verifier leaves out:
rsa-sha1 (RFC 8301), l=, t=s, failures of DNS, and input made to cost time.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, utils
from dkim.canonicalization import CanonicalizationPolicy

from ..address import split_address
from ..dns.resolver import Resolver
from ..errors import PermError
from ..printable import printable
from ..tags import TagList, parse_tags
from .canonical import Message, get_policy
from .key import PublicKey
from .lookup import DkimKeyResult, check_dkim_key
from .record import DkimKeyRecord

# A message is hostile: more than this is refused, whatever it says.
MAX_SIGNATURES = 10
MAX_FIELDS = 1000
_MAX_SIGNATURE_BYTES = 16384
_MAX_SIGNED_NAMES = 200
_LONG_RUN = re.compile(rb"\s{101}")  # dkimpy is quadratic in these

_ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")
_NUMBER = re.compile(r"[0-9]{1,12}\Z")  # section 3.5: twelve digits are plenty
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+\Z")
_WHITESPACE = re.compile(r"[ \t\r\n]+")
_SHA256 = utils.Prehashed(hashes.SHA256())


@dataclass(frozen=True)
class DkimSignatureResult:
    """What a receiver says of one signature (results of RFC 8601 section 2.7.1).

    :param result: "pass", "fail" (it doesn't verify), "policy" (it may verify, but
        must not be trusted), "temperror" or "permerror".
    :param problem: the code of the reason, "" for pass.
    :param detail: evidence for the problem, printable ASCII.
    :param domain: the d= tag in lower case, "" where it could not be read.
    :param selector: the s= tag in lower case, "" where it could not be read.
    :param algorithm: the a= tag.
    :param identity: the i= tag, or its default.
    :param key: what DNS says of the key, None where it was not asked.
    """

    result: Literal["pass", "fail", "policy", "temperror", "permerror"]
    problem: str = ""
    detail: str = ""
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    identity: str = ""
    key: DkimKeyResult | None = None


@dataclass(frozen=True)
class _Signature:
    """The tags of a DKIM-Signature field that verification needs (section 3.5)."""

    domain: str
    selector: str
    algorithm: str
    identity: str
    names: tuple[bytes, ...]
    policy: CanonicalizationPolicy
    body_hash: bytes
    data: bytes
    partial: bool


async def verify_dkim(
    message: bytes, resolver: Resolver, now: int
) -> tuple[DkimSignatureResult, ...]:
    """Verify the signatures of a message, the first ten; never raises.

    :param now: seconds since 1970, against which x= is held.
    :returns: one result a signature, in the order of the header; () for none.
    """
    try:
        parsed = _Verifier(message)
    except dkim.MessageFormatError:
        return (DkimSignatureResult("permerror", "message_headers"),)
    if len(parsed.headers) > MAX_FIELDS:
        return (DkimSignatureResult("permerror", "message_too_many_fields"),)
    fields = [f for f in parsed.headers if f[0].lower() == b"dkim-signature"]
    return tuple(
        [
            await _verify_signature(parsed, field, resolver, now)
            for field in fields[:MAX_SIGNATURES]
        ]
    )


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
        parsed = _Verifier(message)
    except dkim.MessageFormatError:
        return None
    if len(parsed.headers) > MAX_FIELDS:
        return None
    fields = [f for f in parsed.headers if f[0].lower() == b"dkim-signature"]
    for field in fields[:MAX_SIGNATURES]:
        if not _is_aligned(field[1], domain, now):
            continue
        result = await _verify_signature(parsed, field, resolver, now)
        if result.result == "pass":
            return result
    return None


def _is_aligned(value: bytes, domain: str, now: int) -> bool:
    try:
        signer = parse_signature(value, now).domain
    except PermError:
        return False
    return f".{signer}".endswith(f".{domain}") or f".{domain}".endswith(f".{signer}")


async def _verify_signature(
    parsed: "_Verifier", field: list[bytes], resolver: Resolver, now: int
) -> DkimSignatureResult:
    try:
        signature = parse_signature(field[1], now)
    except PermError as error:
        return DkimSignatureResult("permerror", error.code, error.detail)
    key = await check_dkim_key(signature.selector, signature.domain, resolver)
    result, problem, detail = _judge(parsed, field, signature, key)
    return DkimSignatureResult(
        result,
        problem,
        detail,
        signature.domain,
        signature.selector,
        signature.algorithm,
        signature.identity,
        key,
    )


def _judge(
    parsed: "_Verifier", field: list[bytes], signature: _Signature, key: DkimKeyResult
) -> tuple[str, str, str]:
    if key.record is None:
        result = "temperror" if key.result == "temperror" else "permerror"
        return result, key.problem, key.detail
    key_type = key.record.public_key.key_type
    if key_type != _ALGORITHMS[signature.algorithm]:
        return "permerror", "signature_key_type", key_type
    identity_domain = split_address(signature.identity)[1].lower()
    if "s" in key.record.flags and identity_domain != signature.domain:
        return "permerror", "signature_identity_strict", signature.identity[:100]
    if parsed.hash_body(signature.policy) != signature.body_hash:
        return "fail", "signature_body", ""
    if not _verify_data(key.record, parsed.hash_headers(field, signature), signature):
        return "fail", "signature_data", ""
    if signature.partial:  # section 8.2: anything can be appended
        return "policy", "signature_length", ""
    if "y" in key.record.flags:  # section 3.6.1: as if it were not signed
        return "policy", "key_testing", ""
    return "pass", "", ""


def _verify_data(record: DkimKeyRecord, digest: bytes, signature: _Signature) -> bool:
    try:
        _verify_digest(record.public_key, signature.data, digest)
    except InvalidSignature:
        return False
    return True


def _verify_digest(public_key: PublicKey, signature: bytes, digest: bytes) -> None:
    if public_key.key_type == "ed25519":
        key = ed25519.Ed25519PublicKey.from_public_bytes(public_key.data)
        key.verify(signature, digest)
    else:
        key = serialization.load_der_public_key(public_key.data)
        key.verify(signature, digest, padding.PKCS1v15(), _SHA256)


class _Verifier(Message):
    """A message, hashed once for each canonical form that its signatures name."""

    def set_message(self, message: bytes) -> None:  # pylint: disable=missing-return
        super().set_message(message)
        self._bodies: dict[bytes, bytes] = {}
        self._fields: dict[bytes, list[tuple[bytes, bytes]]] = {}

    def hash_body(self, policy: CanonicalizationPolicy) -> bytes:
        """Return SHA-256 of the body (section 3.7)."""
        name = policy.body_algorithm.name
        if name not in self._bodies:
            body = policy.canonicalize_body(self.body)
            self._bodies[name] = hashlib.sha256(body).digest()
        return self._bodies[name]

    def hash_headers(self, field: list[bytes], signature: _Signature) -> bytes:
        """Return SHA-256 of the fields that h= names and the signature's own."""
        name = signature.policy.header_algorithm.name
        if name not in self._fields:
            self._fields[name] = signature.policy.canonicalize_headers(self.headers)
        # From is hashed once more than h= names it, so that a second From field, which
        # a reader may be shown, makes the signature fail (section 8.15).
        names = [*signature.names, b"from"]
        hasher = hashlib.sha256()
        dkim.hash_headers(
            hasher, signature.policy, self._fields[name], names, field, {}
        )
        return hasher.digest()


def parse_signature(value: bytes, now: int) -> _Signature:
    """Read a DKIM-Signature field (RFC 6376 sections 3.5 and 6.1.1).

    :param value: what stands after the colon, folds included.
    :raises PermError: "signature_too_large", "signature_syntax", "signature_missing",
        "signature_version", "signature_algorithm", "signature_canonical",
        "signature_domain", "signature_identity", "signature_headers",
        "signature_base64", "signature_query", "signature_number" or
        "signature_expired".
    """
    if len(value) > _MAX_SIGNATURE_BYTES or _LONG_RUN.search(value):
        raise PermError("signature_too_large", f"{len(value)} bytes")
    try:
        tags = parse_tags(value)
    except PermError as error:
        raise PermError("signature_syntax", error.detail) from None
    _check_tags(tags)
    _check_times(tags, now)
    policy = get_policy(_unfold(tags.get("c", "simple/simple")))
    if policy is None:
        raise PermError("signature_canonical", tags.get("c", "")[:40])
    domain = _unfold(tags.get("d")).lower()
    return _Signature(
        domain,
        _unfold(tags.get("s")).lower(),
        _unfold(tags.get("a")),
        _read_identity(tags, domain),
        _read_names(tags),
        policy,
        _read_base64(tags, "bh"),
        _read_base64(tags, "b"),
        tags.get("l") is not None,
    )


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
    times = {}
    for name in ("t", "x"):
        value = tags.get(name)
        if value is not None and not _NUMBER.match(value):
            raise PermError("signature_number", f"{name}={value[:40]}")
        times[name] = None if value is None else int(value)
    if times["x"] is None:
        return
    if times["x"] < now or (times["t"] is not None and times["x"] <= times["t"]):
        raise PermError("signature_expired", f"x={times['x']}")


def _read_identity(tags: TagList, domain: str) -> str:
    """Return i=, which must be in d= or below (section 3.5)."""
    if not _DOMAIN.match(domain):
        raise PermError("signature_domain", domain[:60])
    identity = _unfold(tags.get("i", f"@{domain}"))
    host = split_address(identity)[1]
    if "@" not in identity or not f".{host.lower()}".endswith(f".{domain}"):
        raise PermError("signature_identity", identity[:100])
    return identity


def _read_names(tags: TagList) -> tuple[bytes, ...]:
    names = [n.lower().encode() for n in _unfold(tags.get("h")).split(":")]
    if b"from" not in names or len(names) > _MAX_SIGNED_NAMES:
        raise PermError("signature_headers", printable(b":".join(names), 100))
    return tuple(names)


def _read_base64(tags: TagList, name: str) -> bytes:
    try:
        return base64.b64decode(_unfold(tags.get(name)), validate=True)
    except binascii.Error:
        raise PermError("signature_base64", f"{name}=") from None


def _unfold(value: str) -> str:
    return _WHITESPACE.sub("", value)
