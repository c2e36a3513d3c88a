# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Keys as they are published, for the tests of keys, records and lookups."""

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ...mailauth.dkim.key import PublicKey

PEM = serialization.Encoding.PEM
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
RAW_RSA = serialization.PublicFormat.PKCS1
PLAIN = serialization.NoEncryption()

NAME = "s1._domainkey.acme.example"
HOSTED = "s1._domainkey.hosting.example"


def rsa_der(bits, form=SPKI):
    """A public key of that length; nobody has to sign with it, so it is no real one."""
    numbers = rsa.RSAPublicNumbers(65537, 2**bits - 2 ** (bits // 2) - 1)
    return numbers.public_key().public_bytes(serialization.Encoding.DER, form)


def b64(data):
    return base64.b64encode(data)


RSA_DER = rsa_der(2048)
RSA = b64(RSA_DER)
RSA_1024 = b64(rsa_der(1024))
RSA_OTHER = b64(rsa_der(2056))
ED_RAW = bytes(range(32))
ED = b64(ED_RAW)
EC_DER = (
    ec.derive_private_key(1, ec.SECP256R1())
    .public_key()
    .public_bytes(serialization.Encoding.DER, SPKI)
)
ED_SPKI = (
    ed25519.Ed25519PrivateKey.from_private_bytes(ED_RAW)
    .public_key()
    .public_bytes(serialization.Encoding.DER, SPKI)
)

OUR_RSA = PublicKey("rsa", RSA_DER)
OUR_ED = PublicKey("ed25519", ED_RAW)
VALUE = b"v=DKIM1; k=rsa; p=" + RSA
OTHER_VALUE = b"v=DKIM1; k=rsa; p=" + RSA_OTHER
SHORT_VALUE = b"v=DKIM1; p=" + RSA_1024
