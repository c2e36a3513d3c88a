# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from cryptography.hazmat.primitives import serialization

from odoo.tests import BaseCase

from ...mailauth.dkim.key import (
    dump_private_key,
    dump_public_key,
    generate_private_key,
    get_algorithm,
    get_public_key,
    load_private_key,
)
from ...mailauth.dkim.lookup import check_dkim_key
from ...mailauth.dkim.record import (
    record_value,
)
from ...mailauth.errors import PermError
from ..common import ZoneResolver, run
from ..keys import CURVE_KEY, make_ed25519, make_rsa
from .published import NAME, PEM, PKCS1, PKCS8, PLAIN, SPKI


class TestKeyPair(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rsa_key = make_rsa()
        cls.ed_key = make_ed25519()

    def test_what_is_published_is_what_is_read(self):
        for key in (self.rsa_key, self.ed_key):
            public_key = get_public_key(key)
            value = record_value(public_key)
            self.assertNotIn('"', value)
            zone = {(NAME, "TXT"): [value.encode()]}
            resolver = ZoneResolver(zone)
            found = run(check_dkim_key("s1", "acme.example", resolver, public_key))
            self.assertEqual((found.result, found.warnings), ("pass", ()))

    def test_algorithm_of_a_key(self):
        self.assertEqual(get_algorithm(self.rsa_key), "rsa-2048")
        self.assertEqual(get_algorithm(self.ed_key), "ed25519")

    def test_generate_all_sizes(self):
        for algorithm, bits in (("rsa-3072", 3072), ("rsa-4096", 4096)):
            key = generate_private_key(algorithm)
            self.assertEqual(key.key_size, bits)
            self.assertEqual(get_algorithm(key), algorithm)

    def test_generate_refuses(self):
        for algorithm in ("rsa-1024", "rsa", "", "dsa"):
            with self.assertRaises(PermError) as caught:
                generate_private_key(algorithm)
            self.assertEqual(caught.exception.code, "key_algorithm")

    def test_import(self):
        for key, form in (
            (self.rsa_key, PKCS1),
            (self.rsa_key, PKCS8),
            (self.ed_key, PKCS8),
        ):
            pem = key.private_bytes(PEM, form, PLAIN)
            expected = get_public_key(key)
            for text in (
                pem,
                pem.decode(),
                pem.replace(b"\n", b"\r\n"),
                pem.replace(b"\n", b"\r"),
                b"\n\n  " + pem.replace(b"\n", b" \n  ") + b"\n\n",
                dump_private_key(key),
            ):
                with self.subTest(form=form, text=text[:30]):
                    loaded = load_private_key(text)
                    self.assertEqual(get_public_key(loaded), expected)

    def test_import_refuses(self):
        rsa_1024 = make_rsa(1024)
        secret = serialization.BestAvailableEncryption(b"secret")
        pem = self.rsa_key.private_bytes(PEM, PKCS8, PLAIN)
        for code, text in (
            ("key_size", rsa_1024.private_bytes(PEM, PKCS8, PLAIN)),
            ("key_type", CURVE_KEY.private_bytes(PEM, PKCS8, PLAIN)),
            ("key_encrypted", self.rsa_key.private_bytes(PEM, PKCS8, secret)),
            ("key_encrypted", self.rsa_key.private_bytes(PEM, PKCS1, secret)),
            ("key_pem", self.rsa_key.public_key().public_bytes(PEM, SPKI)),
            ("key_pem", b""),
            ("key_pem", "un été"),
            ("key_pem", "half a \ud800"),
            ("key_pem", pem[:-200]),
            ("key_pem", pem.replace(b"BEGIN", b"BEGUN")),
            ("key_pem", pem[:200] + b"AAAA" + pem[204:]),
        ):
            with self.subTest(code, text=text[:30]):
                with self.assertRaises(PermError) as caught:
                    load_private_key(text)
                self.assertEqual(caught.exception.code, code)
                self.assertLess(len(str(caught.exception)), 40)
                self.assertIsNone(caught.exception.__cause__)

    def test_public_half_as_pem(self):
        for key in (self.rsa_key, self.ed_key):
            pem = dump_public_key(get_public_key(key))
            self.assertEqual(pem, key.public_key().public_bytes(PEM, SPKI))
