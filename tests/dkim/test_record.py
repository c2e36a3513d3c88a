# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.dkim.key import (
    PublicKey,
)
from ...mailauth.dkim.record import (
    check_selector,
    parse_key_record,
    propose_selector,
    read_public_key,
    record_name,
    record_value,
    zone_file_value,
)
from ...mailauth.errors import PermError
from .published import (
    EC_DER,
    ED,
    ED_RAW,
    ED_SPKI,
    OUR_ED,
    OUR_RSA,
    RAW_RSA,
    RSA,
    RSA_1024,
    VALUE,
    b64,
    rsa_der,
)

# (rule, record, code of the error or "", warnings)
RECORDS = (
    ("6376 3.6.1: the usual record", b"v=DKIM1; k=rsa; p=" + RSA, "", ()),
    ("6376 3.6.1: v= is recommended, not required", b"k=rsa; p=" + RSA, "", ()),
    ("6376 3.6.1: k= is rsa by default", b"v=DKIM1; p=" + RSA, "", ()),
    ("6376 3.6.1: p= alone is enough", b"p=" + RSA, "", ()),
    ("6376 3.2: a last semicolon", b"v=DKIM1; p=" + RSA + b";", "", ()),
    ("6376 3.2: no white space", b"v=DKIM1;k=rsa;p=" + RSA, "", ()),
    ("6376 3.2: white space around all", b" v = DKIM1 ; p = " + RSA + b" ", "", ()),
    ("6376 3.2: tabs", b"v=DKIM1;\tk=rsa;\tp=" + RSA, "", ()),
    ("6376 3.2: folded", b"v=DKIM1;\r\n p=" + RSA, "", ()),
    ("6376 3.2: order after v= is free", b"v=DKIM1; p=" + RSA + b"; k=rsa", "", ()),
    (
        "6376 3.6.1: white space inside p=",
        b"v=DKIM1; p=" + RSA[:64] + b" " + RSA[64:100] + b"\t" + RSA[100:],
        "",
        (),
    ),
    ("6376 3.2: unknown tags are ignored", b"v=DKIM1; zz=1; p=" + RSA, "", ()),
    ("6376 3.6.1: a note", b"v=DKIM1; n=made in 2026; p=" + RSA, "", ()),
    ("6376 3.6.1: g= of RFC 4871 is ignored", b"v=DKIM1; g=x; p=" + RSA, "", ()),
    ("6376 3.2: tag names have a case", b"v=DKIM1; P=x; p=" + RSA, "", ()),
    ("6376 3.2: tag names have a case", b"V=DKIM1; P=" + RSA, "key_missing", ()),
    ("6376 3.6.1: another version", b"v=DKIM2; p=" + RSA, "key_version", ()),
    ("6376 3.2: values have a case", b"v=dkim1; p=" + RSA, "key_version", ()),
    ("6376 3.6.1: v= without value", b"v=; p=" + RSA, "key_version", ()),
    ("6376 3.6.1: v= is not first", b"k=rsa; v=DKIM1; p=" + RSA, "key_version", ()),
    ("6376 3.6.1: an SPF record there", b"v=spf1 -all", "key_version", ()),
    ("6376 3.6.1: a DMARC record there", b"v=DMARC1; p=none", "key_version", ()),
    ("6376 3.2: no tag list", b"hello", "key_syntax", ()),
    ("6376 3.2: an empty record", b"", "key_syntax", ()),
    ("6376 3.2: p= twice", b"p=" + RSA + b"; p=" + RSA, "key_syntax", ()),
    ("6376 3.2: not ASCII", b"v=DKIM1; n=\xe9; p=" + RSA, "key_syntax", ()),
    ("6376 3.2: a zero byte", b"v=DKIM1; n=\x00; p=" + RSA, "key_syntax", ()),
    ("6376 3.2: a tag name with a hyphen", b"a-b=1; p=" + RSA, "key_syntax", ()),
    ("6376 3.6.2.2: quotes published", b'"v=DKIM1; p=' + RSA + b'"', "key_quoted", ()),
    (
        "6376 3.6.2.2: the joint of two strings published",
        b"v=DKIM1; p=" + RSA[:99] + b'" "' + RSA[99:],
        "key_quoted",
        (),
    ),
    ("1035 5.1: escapes published", b"v=DKIM1\\; p=" + RSA, "key_quoted", ()),
    ("6376 3.6.1: quotes in a note", b'v=DKIM1; n="a note"; p=' + RSA, "", ()),
    ("6376 3.6.1: quotes in an unknown tag", b'x="y"; p=' + RSA, "", ()),
    ("6376 3.6.1: quotes around a flag", b't="s"; p=' + RSA, "key_quoted", ()),
    ("6376 3.6.1: p= is required", b"v=DKIM1; k=rsa", "key_missing", ()),
    ("6376 3.6.1: revoked", b"v=DKIM1; p=", "key_revoked", ()),
    ("6376 3.6.1: revoked, white space", b"v=DKIM1; k=rsa; p= \t;", "key_revoked", ()),
    ("6376 3.6.1: not base64", b"v=DKIM1; p=what?", "key_base64", ()),
    ("4648 5: base64url", b"v=DKIM1; p=ab-_" + RSA, "key_base64", ()),
    ("4648 4: padding inside", b"v=DKIM1; p=ab==" + RSA, "key_base64", ()),
    ("6376 3.6.1: cut off by the web form", b"p=" + RSA[:253], "key_base64", ()),
    ("6376 3.6.1: cut off by a quantum", b"p=" + RSA[:252], "key_data", ()),
    ("6376 3.6.1: no key", b"v=DKIM1; p=" + b64(b"hello"), "key_data", ()),
    ("6376 3.6.1: the key of a curve", b"v=DKIM1; p=" + b64(EC_DER), "key_data", ()),
    ("8463 4.2: k=rsa with Ed25519", b"v=DKIM1; k=rsa; p=" + ED, "key_data", ()),
    ("8463 4.2: Ed25519", b"v=DKIM1; k=ed25519; p=" + ED, "", ()),
    ("8463 4.2: Ed25519 after p=", b"v=DKIM1; p=" + ED + b"; k=ed25519", "", ()),
    ("8463 4.2: with ASN.1", b"k=ed25519; p=" + b64(ED_SPKI), "key_data", ()),
    ("8463 4.2: 31 bytes", b"k=ed25519; p=" + b64(ED_RAW[:31]), "key_data", ()),
    ("8463 4.2: 33 bytes", b"k=ed25519; p=" + b64(ED_RAW + b"x"), "key_data", ()),
    ("8463 4.2: k=ed25519 with RSA", b"k=ed25519; p=" + RSA, "key_data", ()),
    ("8463 4.2: revoked", b"v=DKIM1; k=ed25519; p=", "key_revoked", ()),
    ("6376 3.6.1: an unknown type", b"v=DKIM1; k=dsa; p=" + RSA, "key_type", ()),
    ("6376 3.2: values have a case", b"v=DKIM1; k=RSA; p=" + RSA, "key_type", ()),
    ("6376 3.6.1: k= without value", b"v=DKIM1; k=; p=" + RSA, "key_type", ()),
    ("6376 3.6.1: a bare RSAPublicKey", b"p=" + b64(rsa_der(2048, RAW_RSA)), "", ()),
    ("8301 3.2: 512 bits", b"p=" + b64(rsa_der(512)), "key_too_short", ()),
    ("8301 3.2: 1023 bits", b"p=" + b64(rsa_der(1023)), "key_too_short", ()),
    ("8301 3.2: 1024 bits are valid", b"p=" + RSA_1024, "", ("key_short",)),
    ("8301 3.2: 2047 bits", b"p=" + b64(rsa_der(2047)), "", ("key_short",)),
    ("8301 3.2: 4096 bits", b"p=" + b64(rsa_der(4096)), "", ()),
    ("8301 3.2: 4097 bits", b"p=" + b64(rsa_der(4097)), "", ("key_long",)),
    ("6376 3.6.1: h=sha256", b"v=DKIM1; h=sha256; p=" + RSA, "", ()),
    ("6376 3.6.1: h= with both", b"v=DKIM1; h=sha1 : sha256; p=" + RSA, "", ()),
    ("6376 3.6.1: h= with one more", b"v=DKIM1; h=sha256:sha512; p=" + RSA, "", ()),
    ("8301 3.1: h=sha1", b"v=DKIM1; h=sha1; p=" + RSA, "key_hash", ()),
    ("6376 3.6.1: h= empty", b"v=DKIM1; h=; p=" + RSA, "key_hash", ()),
    ("6376 3.2: values have a case", b"v=DKIM1; h=SHA256; p=" + RSA, "key_hash", ()),
    ("6376 3.6.1: s=email", b"v=DKIM1; s=email; p=" + RSA, "", ()),
    ("6376 3.6.1: s=*", b"v=DKIM1; s=*; p=" + RSA, "", ()),
    ("6376 3.6.1: s= with both", b"v=DKIM1; s=other:email; p=" + RSA, "", ()),
    ("8460 3: s=tlsrpt", b"v=DKIM1; s=tlsrpt; p=" + RSA, "key_service", ()),
    ("6376 3.6.1: s= empty", b"v=DKIM1; s=; p=" + RSA, "key_service", ()),
    ("6376 3.6.1: t=y", b"v=DKIM1; t=y; p=" + RSA, "", ("key_testing",)),
    ("6376 3.6.1: t=s", b"v=DKIM1; t=s; p=" + RSA, "", ("key_strict",)),
    (
        "6376 3.6.1: t= with both and an unknown one",
        b"v=DKIM1; t=s : y : q; p=" + RSA,
        "",
        ("key_testing", "key_strict"),
    ),
    ("6376 3.6.1: t= empty", b"v=DKIM1; t=; p=" + RSA, "", ()),
    ("6376 3.6.1: t=y, 1024", b"t=y; p=" + RSA_1024, "", ("key_testing", "key_short")),
    ("1035 3.3.14: a hostile length", b"p=" + b"A" * 60000, "key_too_large", ()),
)


class TestParseKeyRecord(BaseCase):
    def test_records(self):
        for rule, text, code, warnings in RECORDS:
            with self.subTest(rule, text=text[:60]):
                if code:
                    with self.assertRaises(PermError) as caught:
                        parse_key_record(text)
                    self.assertEqual(caught.exception.code, code)
                else:
                    record = parse_key_record(text)
                    self.assertEqual(record.warnings, warnings)
                    self.assertIn(record.public_key.key_type, ("rsa", "ed25519"))

    def test_fields(self):
        record = parse_key_record(b"h=sha1:sha256; s=email; t=y:s; p=" + RSA_1024)
        self.assertEqual(record.public_key.data, rsa_der(1024))
        self.assertEqual(record.bits, 1024)
        self.assertEqual(record.hashes, ("sha1", "sha256"))
        self.assertEqual(record.services, ("email",))
        self.assertEqual(record.flags, ("y", "s"))

    def test_defaults(self):
        record = parse_key_record(b"p=" + RSA)
        self.assertEqual(record.public_key, OUR_RSA)
        self.assertEqual((record.hashes, record.services), (None, ("*",)))

    def test_ed25519(self):
        record = parse_key_record(b"v=DKIM1; k=ed25519; p=" + ED)
        self.assertEqual((record.public_key, record.bits), (OUR_ED, 256))


class TestPublication(BaseCase):
    def test_read_public_key(self):
        for text, key_type, expected in (
            (VALUE.decode(), "rsa", OUR_RSA),
            (RSA.decode(), "rsa", OUR_RSA),
            (ED.decode(), "ed25519", OUR_ED),
            (f"v=DKIM1; k=ed25519; p={ED.decode()}", "rsa", OUR_ED),
        ):
            self.assertEqual(read_public_key(text, key_type), expected)
        with self.assertRaises(PermError):
            read_public_key("clé")

    def test_record_name(self):
        name = record_name("s1", "acme.example.")
        self.assertEqual(name, "s1._domainkey.acme.example")

    def test_zone_file_value(self):
        for value, strings in (
            ("", [""]),
            ("a", ["a"]),
            ("a" * 255, ["a" * 255]),
            ("a" * 256, ["a" * 255, "a"]),
            ("a" * 511, ["a" * 255, "a" * 255, "a"]),
        ):
            expected = " ".join(f'"{string}"' for string in strings)
            self.assertEqual(zone_file_value(value), expected)

    def test_zone_file_value_escapes(self):
        self.assertEqual(zone_file_value('a"b\\c'), '"a\\"b\\\\c"')

    def test_zone_file_value_is_read_back(self):
        value = record_value(PublicKey("rsa", rsa_der(4096)))
        parts = zone_file_value(value).removeprefix('"').removesuffix('"')
        strings = parts.split('" "')
        self.assertEqual("".join(strings), value)
        self.assertEqual([len(s) for s in strings[:-1]], [255] * (len(strings) - 1))

    def test_proposed_selectors_never_collide(self):
        taken = set()
        for expected in ("odoo-202611", "odoo-202611-2", "odoo-202611-3"):
            selector = propose_selector("odoo", 2026, 11, taken)
            self.assertEqual(selector, expected)
            self.assertEqual(check_selector(selector), selector)
            taken.add(selector)
        self.assertEqual(propose_selector("odoo", 2026, 12, taken), "odoo-202612")
