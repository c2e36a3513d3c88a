# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""DKIM keys: making, reading and writing a pair (RFC 6376, RFC 8301, RFC 8463)."""

from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from ..errors import PermError
from ..printable import printable

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

RSA_BITS = {"rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096}
ALGORITHMS = (*RSA_BITS, "ed25519")

_PEM_BYTES = 65536


@dataclass(frozen=True)
class PublicKey:
    """The half that is published: two records are of one key when these are equal.

    :param key_type: the k= tag: "rsa" or "ed25519".
    :param data: what p= decodes to.
    """

    key_type: str
    data: bytes


def generate_private_key(algorithm: str) -> PrivateKey:
    """Make a new key pair.

    :param algorithm: one of ``ALGORITHMS``.
    :raises PermError: "key_algorithm".
    """
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm not in RSA_BITS:
        raise PermError("key_algorithm", printable(algorithm, 40))
    return rsa.generate_private_key(65537, RSA_BITS[algorithm])


def load_private_key(pem: str | bytes) -> PrivateKey:
    """Read a private key from PEM (PKCS#1 or PKCS#8), whatever its line ends.

    No error repeats any part of the input.

    :raises PermError: "key_pem" (no readable private key), "key_encrypted",
        "key_type" (neither RSA nor Ed25519) or "key_size" (a length that we don't
        sign with).
    """
    # A strict encoding would put the whole text, a secret, into its error.
    data = pem.encode(errors="replace") if isinstance(pem, str) else pem
    lines = data[:_PEM_BYTES].strip().splitlines()
    clean = b"\n".join(line.strip() for line in lines) + b"\n"
    try:
        key = serialization.load_pem_private_key(clean, None)
    except TypeError:
        raise PermError("key_encrypted") from None
    except (ValueError, UnsupportedAlgorithm):
        raise PermError("key_pem") from None
    if not isinstance(key, PrivateKey):
        raise PermError("key_type")
    get_algorithm(key)
    return key


def get_algorithm(key: PrivateKey) -> str:
    """Return which of ``ALGORITHMS`` a key is for.

    :raises PermError: "key_size".
    """
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    for algorithm, bits in RSA_BITS.items():
        if key.key_size == bits:
            return algorithm
    raise PermError("key_size", f"{key.key_size} bits")


def dump_private_key(key: PrivateKey) -> bytes:
    """Return a key as unencrypted PKCS#8 PEM: a secret."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def get_public_key(key: PrivateKey) -> PublicKey:
    """Return the half to publish.

    RSA as SubjectPublicKeyInfo, as all verifiers read it (RFC 6376 appendix C);
    Ed25519 as its 32 raw bytes (RFC 8463 section 4.2).
    """
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return PublicKey("ed25519", public.public_bytes_raw())
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return PublicKey("rsa", der)


def dump_public_key(public_key: PublicKey) -> bytes:
    """Return a public key as PEM, for those who verify outside DNS."""
    if public_key.key_type == "ed25519":
        key = ed25519.Ed25519PublicKey.from_public_bytes(public_key.data)
    else:
        key = serialization.load_der_public_key(public_key.data)
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
