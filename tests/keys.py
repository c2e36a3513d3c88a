# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Keys that are the same in every run: rows of tests edit the texts made of them.

Two primes of one size make an RSA key, so few of them make many. They are published
here, so no key made of them protects anything.
"""

import functools
import hashlib
import itertools
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..models.dkim import secrets

# bits -> primes of half that size
PRIMES = {
    512: (
        0xF78003B64DC064FEA710E9AD255B3564738F0940D42B6E1692C4FE4794D68159,
        0xC504C897340CDD4AB8C15D3E269A6B780C5322B9784E163152DB8134EA63D3AF,
    ),
    1024: (
        int(
            "fe0dcecaaed095e0c18a03b16878b1711ef7a7f9dad1eff5e20c5239eb45e75b6c3e9b8e5f"
            "b43db6006dc32c8e96fe4bea9f31fd398f3c6eb5ad1cc44366d7ff",
            16,
        ),
        int(
            "e13435cd4dc0e910d499de3b179011c3faab7afd3a198e5a81f0c7955a9863a67ebed60d96"
            "6d8982305e260783f2656ea77524d8f2596d29897ede2c949c5d79",
            16,
        ),
    ),
    2048: (
        int(
            "d371293f6d55198098866ed23b1ec5da1b11decfaab7b0cee3a87b033d0afeac26837b17c5"
            "997be5c1c519c25849c80e50fbf3fb45540263d83590de7d0393b01dbcc6f5b9b6c05a5bae"
            "8d2600064fd2cbf079f432f008a48078afd77710e1e212b6becfc7f43fec2bfbc9ec873b7a"
            "50ba31549b0747010ccec8794046ab6627",
            16,
        ),
        int(
            "cb293b956a4741c60a8cddff3526ed1a9bb45ac81fcfe6bcc54f71753bf6b28e694ca474a9"
            "c70c29780594e32f35f01711ac9ddbbdce82ef9f9bf24bc0e6090c461becb240722341cbb2"
            "9a3ef947d5fb0ac253bb185ace8d1cf88c81914378f091de3da5e093062670ea3c0693a49a"
            "a0fb8961cea47af741f6ce1800769c9091",
            16,
        ),
        int(
            "dcd78b2d7219d2cf9f561bbbcdf0c8ec4e896e7f8a9bb14b52c0c54d0da19848694f8ca4be"
            "077dbc954d35cbb8db59d46f2591e4838fdb1f4c5c2cf01c4ad30ad7871de44f68806585f9"
            "42fbc30e1720cb9144038ee46650c40bf6b175581118ced5292e8fc44a85b8e9bcecbe36b2"
            "ca37d351b310a28f1e5d1f0c00520b79e5",
            16,
        ),
        int(
            "b83711ac30fde89ca2ea0a56041f1b18fd36f4999a1813a3db2dbec504f1e3e78fc3cd539a"
            "6dfae9a20e11d29de185835e79445ac53885f9b1b7521a0c4c8d9b647277e3132c6f68c362"
            "1b3775b864cdd36cdfd6408b769ebffd91fd6be792aa359260f805ea53b26e246deab5803f"
            "59069b60febaad54eda1ac7cf29ee73453",
            16,
        ),
        int(
            "d6b0060d8c475dabe16e88cbcd39ea0dd06b771b9cd88760cce0f028ae625a5a200fd00c99"
            "2feb515bb8b7ba2a3210fd0e7790a37ead3a37a6b73d8ea9f4048e2b9f5d91707eefe1b9bf"
            "ae4395c6ddad9fdea98b8472f6f5bedb7dad1c02f6b148306f4564839cda3e83ba51a5a8bc"
            "cf86936a2440fe8c4aa3ae8fc5ba2396d5",
            16,
        ),
        int(
            "c025bf9de576cb2027c72a850ed7bc2ec8af92ae4bd1bff4e6fcd41217300a630ccb62787b"
            "91d452eb051c427b974d6e5a00d35e38a7afc6e3e7df65e41bbec29904afb9b9a01402e0b7"
            "31903a315c53b42ed34b8966bdcc869f6b39d13766c087e3952ac74b63e2fc526b4e31fc29"
            "ae66340419e977e069fa2aeccc39ec64df",
            16,
        ),
        int(
            "d9de31484b222cf7ea6852b2e26110a684c4f22c1f8c02459e64d9d3e221bbb32c88ce1994"
            "0e84062c091429503cb68f2d174cfeb4ce780fad688d6ee7def31049af1ecc8ef2bec786b0"
            "5ca16e26563eedf519fa9f3cea354f0f2db93fb09c5c1e35a5127588dfe2ae6b3d870b6387"
            "5c96c4a3f6b0abe8745ff31a07837ca0c1",
            16,
        ),
    ),
}
EXPONENT = 65537
CURVE_KEY = ec.derive_private_key(2**128 + 51, ec.SECP256R1())
# Not bytes in a row: tables of characters have these, and tests look for keys.
FERNET_KEYS = (
    "CzBVep_E6Q4zWH2ix-wRNluApcrvFDleg6jN8hc8YYY=",
    "yCN-2TSP6kWg-1axDGfCHXjTLonkP5r1UKsGYbwXcs0=",
)


@functools.cache
def make_rsa(bits=2048, number=0):
    """Return an RSA key, made once: OpenSSL takes long to see that it is one.

    :param bits: of :data:`PRIMES`.
    :param number: which of the keys of this size; after the last comes the first.
    """
    pairs = list(itertools.combinations(PRIMES[bits], 2))
    p, q = pairs[number % len(pairs)]
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    rest = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *rest, public).private_key()


def make_ed25519(number=0):
    seed = hashlib.sha256(b"%d" % number).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


class KeyMaker:
    """Stands in for ``generate_private_key``: the same keys in the same order."""

    MAKERS = {"ed25519": make_ed25519, "rsa-2048": lambda n: make_rsa(2048, n)}

    def __init__(self):
        self._numbers = {name: itertools.count() for name in self.MAKERS}

    def __call__(self, algorithm):
        return self.MAKERS[algorithm](next(self._numbers[algorithm]))


def fixed_keys():
    """Return a patcher: while it is started, records get keys of :class:`KeyMaker`."""
    return patch.object(secrets, "generate_private_key", KeyMaker())
