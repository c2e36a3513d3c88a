import base64
import dataclasses

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from odoo.tests import BaseCase

from ...mailauth.dkim.key import (
    PublicKey,
    dump_private_key,
    dump_public_key,
    generate_private_key,
    get_algorithm,
    get_public_key,
    load_private_key,
)
from ...mailauth.dkim.lookup import check_dkim_key
from ...mailauth.dkim.record import (
    check_selector,
    parse_key_record,
    propose_selector,
    read_public_key,
    record_name,
    record_value,
    zone_file_value,
)
from ...mailauth.errors import PermError, TempError
from ..common import ZoneResolver, run
from ..keys import CURVE_KEY, make_ed25519, make_rsa

PEM = serialization.Encoding.PEM
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
RAW_RSA = serialization.PublicFormat.PKCS1
PLAIN = serialization.NoEncryption()

NAME = "s1._domainkey.acme.example"
HOSTED = "s1._domainkey.hosting.example"


def _rsa_der(bits, form=SPKI):
    """A public key of that length; nobody has to sign with it, so it is no real one."""
    numbers = rsa.RSAPublicNumbers(65537, 2**bits - 2 ** (bits // 2) - 1)
    return numbers.public_key().public_bytes(serialization.Encoding.DER, form)


def _b64(data):
    return base64.b64encode(data)


RSA_DER = _rsa_der(2048)
RSA = _b64(RSA_DER)
RSA_1024 = _b64(_rsa_der(1024))
RSA_OTHER = _b64(_rsa_der(2056))
ED_RAW = bytes(range(32))
ED = _b64(ED_RAW)
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
    ("6376 3.6.1: p= is required", b"v=DKIM1; k=rsa", "key_missing", ()),
    ("6376 3.6.1: revoked", b"v=DKIM1; p=", "key_revoked", ()),
    ("6376 3.6.1: revoked, white space", b"v=DKIM1; k=rsa; p= \t;", "key_revoked", ()),
    ("6376 3.6.1: not base64", b"v=DKIM1; p=what?", "key_base64", ()),
    ("4648 5: base64url", b"v=DKIM1; p=ab-_" + RSA, "key_base64", ()),
    ("4648 4: padding inside", b"v=DKIM1; p=ab==" + RSA, "key_base64", ()),
    ("6376 3.6.1: cut off by the web form", b"p=" + RSA[:253], "key_base64", ()),
    ("6376 3.6.1: cut off by a quantum", b"p=" + RSA[:252], "key_data", ()),
    ("6376 3.6.1: no key", b"v=DKIM1; p=" + _b64(b"hello"), "key_data", ()),
    ("6376 3.6.1: the key of a curve", b"v=DKIM1; p=" + _b64(EC_DER), "key_data", ()),
    ("8463 4.2: k=rsa with Ed25519", b"v=DKIM1; k=rsa; p=" + ED, "key_data", ()),
    ("8463 4.2: Ed25519", b"v=DKIM1; k=ed25519; p=" + ED, "", ()),
    ("8463 4.2: Ed25519 after p=", b"v=DKIM1; p=" + ED + b"; k=ed25519", "", ()),
    ("8463 4.2: with ASN.1", b"k=ed25519; p=" + _b64(ED_SPKI), "key_data", ()),
    ("8463 4.2: 31 bytes", b"k=ed25519; p=" + _b64(ED_RAW[:31]), "key_data", ()),
    ("8463 4.2: 33 bytes", b"k=ed25519; p=" + _b64(ED_RAW + b"x"), "key_data", ()),
    ("8463 4.2: k=ed25519 with RSA", b"k=ed25519; p=" + RSA, "key_data", ()),
    ("8463 4.2: revoked", b"v=DKIM1; k=ed25519; p=", "key_revoked", ()),
    ("6376 3.6.1: an unknown type", b"v=DKIM1; k=dsa; p=" + RSA, "key_type", ()),
    ("6376 3.2: values have a case", b"v=DKIM1; k=RSA; p=" + RSA, "key_type", ()),
    ("6376 3.6.1: k= without value", b"v=DKIM1; k=; p=" + RSA, "key_type", ()),
    ("6376 3.6.1: a bare RSAPublicKey", b"p=" + _b64(_rsa_der(2048, RAW_RSA)), "", ()),
    ("8301 3.2: 512 bits", b"p=" + _b64(_rsa_der(512)), "key_too_short", ()),
    ("8301 3.2: 1023 bits", b"p=" + _b64(_rsa_der(1023)), "key_too_short", ()),
    ("8301 3.2: 1024 bits are valid", b"p=" + RSA_1024, "", ("key_short",)),
    ("8301 3.2: 2047 bits", b"p=" + _b64(_rsa_der(2047)), "", ("key_short",)),
    ("8301 3.2: 4096 bits", b"p=" + _b64(_rsa_der(4096)), "", ()),
    ("8301 3.2: 4097 bits", b"p=" + _b64(_rsa_der(4097)), "", ("key_long",)),
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

VALUE = b"v=DKIM1; k=rsa; p=" + RSA
OTHER_VALUE = b"v=DKIM1; k=rsa; p=" + RSA_OTHER
SHORT_VALUE = b"v=DKIM1; p=" + RSA_1024

# (rule, zone, our key or None, result, problem)
ANSWERS = (
    ("6376 3.6.2.1: there", {(NAME, "TXT"): [VALUE]}, None, "pass", ""),
    ("6376 3.6.2.1: ours", {(NAME, "TXT"): [VALUE]}, OUR_RSA, "pass", ""),
    (
        "6376 3.6.2.2: split strings are joined, no space between",
        {(NAME, "TXT"): [(VALUE[:200], VALUE[200:])]},
        OUR_RSA,
        "pass",
        "",
    ),
    (
        "6376 3.6.1: equal in type and data, whatever else it says",
        {(NAME, "TXT"): [b"p=" + RSA + b"; t=s; n=x"]},
        OUR_RSA,
        "pass",
        "",
    ),
    ("6376 3.6.2.1: no such name", {}, None, "none", "key_absent"),
    (
        "2308 2.2: the name has only other records",
        {(NAME, "A"): ["192.0.2.1"]},
        OUR_RSA,
        "none",
        "key_absent",
    ),
    (
        "6376 3.6.2.2: several records",
        {(NAME, "TXT"): [VALUE, OTHER_VALUE]},
        OUR_RSA,
        "permerror",
        "key_several",
    ),
    (
        "6376 3.6.1: revoked",
        {(NAME, "TXT"): [b"v=DKIM1; p="]},
        OUR_RSA,
        "permerror",
        "key_revoked",
    ),
    ("6376 6.1.2: nonsense", {(NAME, "TXT"): [b"x"]}, None, "permerror", "key_syntax"),
    (
        "6376 3.6.1: another key",
        {(NAME, "TXT"): [OTHER_VALUE]},
        OUR_RSA,
        "fail",
        "key_differs",
    ),
    (
        "8463 4.2: another type",
        {(NAME, "TXT"): [VALUE]},
        OUR_ED,
        "fail",
        "key_differs",
    ),
    (
        "1034 3.6.2: a CNAME to our key",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "TXT"): [VALUE]},
        OUR_RSA,
        "pass",
        "",
    ),
    (
        "1034 3.6.2: a CNAME to somebody else's key",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "TXT"): [OTHER_VALUE]},
        OUR_RSA,
        "fail",
        "key_cname_differs",
    ),
    (
        "1034 3.6.2: a CNAME that points nowhere",
        {(NAME, "CNAME"): [HOSTED]},
        OUR_RSA,
        "none",
        "key_cname_dangling",
    ),
    (
        "1034 3.6.2: a CNAME to a name without TXT",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "A"): ["192.0.2.1"]},
        None,
        "none",
        "key_cname_dangling",
    ),
    (
        "6376 6.1.2: DNS fails",
        {(NAME, "TXT"): TempError("dns_timeout", NAME)},
        OUR_RSA,
        "temperror",
        "dns_timeout",
    ),
    (
        "1034 3.6.2: CNAMEs in a circle",
        {(NAME, "CNAME"): [HOSTED], (HOSTED, "CNAME"): [NAME]},
        None,
        "temperror",
        "dns_loop",
    ),
    (
        "8301 3.2: short, and not ours: the difference counts",
        {(NAME, "TXT"): [SHORT_VALUE]},
        OUR_RSA,
        "fail",
        "key_differs",
    ),
)

# (rule, selector, valid)
SELECTORS = (
    ("6376 3.1: a label", "odoo-202611", True),
    ("6376 3.1: labels", "mail.2026.acme", True),
    ("6376 3.1: upper case", "S1", True),
    ("2181 11: an underscore inside", "s_1", True),
    ("6376 3.1: empty", "", False),
    ("6376 3.1: an empty label", "a..b", False),
    ("6376 3.1: a last dot", "a.", False),
    ("1035 2.3.1: a hyphen first", "-a", False),
    ("1035 2.3.1: a hyphen last", "a-", False),
    ("1035 2.3.4: 63 bytes", "a" * 63, True),
    ("1035 2.3.4: 64 bytes", "a" * 64, False),
    ("1035 2.3.1: a space", "a b", False),
    ("6376 3.5: a tag would end", "a;b", False),
    ("5321 2.3.1: a line would end", "a\nb", False),
    ("5321 2.3.1: a line would end", "a\n", False),
    ("6376 3.1: not ASCII", "clé", False),
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
        self.assertEqual(record.public_key.data, _rsa_der(1024))
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


class TestCheckDkimKey(BaseCase):
    def test_answers(self):
        for rule, zone, public_key, result, problem in ANSWERS:
            with self.subTest(rule):
                resolver = ZoneResolver(zone)
                check = check_dkim_key("s1", "acme.example", resolver, public_key)
                found = run(check)
                self.assertEqual((found.result, found.problem), (result, problem))
                self.assertEqual(found.name, NAME)
                self.assertEqual(resolver.calls, [(NAME, "TXT")])

    def test_the_tables_are_long_enough(self):
        self.assertGreaterEqual(len(RECORDS) + len(ANSWERS), 60)

    def test_selectors(self):
        for rule, selector, valid in SELECTORS:
            with self.subTest(rule, selector=selector):
                resolver = ZoneResolver({})
                found = run(check_dkim_key(selector, "acme.example", resolver))
                problem = "key_absent" if valid else "key_selector"
                self.assertEqual(found.problem, problem)
                self.assertEqual(len(resolver.calls), int(valid))

    def test_evidence_of_a_cname(self):
        zone = {(NAME, "CNAME"): [HOSTED], (HOSTED, "TXT"): [b"t=y; p=" + RSA]}
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver(zone)))
        self.assertEqual(found.cnames, (HOSTED,))
        self.assertEqual(found.found, ("t=y; p=" + RSA.decode(),))
        self.assertEqual(found.warnings, ("key_testing",))
        self.assertEqual(found.record.public_key, OUR_RSA)
        self.assertEqual(found.ttl, 300)

    def test_what_was_found_is_bounded(self):
        zone = {(NAME, "TXT"): [bytes([n % 256]) * 5000 for n in range(200)]}
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver(zone)))
        self.assertEqual((found.problem, found.detail), ("key_several", "200"))
        self.assertEqual(len(found.found), 10)
        self.assertLess(sum(map(len, found.found)), 10 * 4 * 4096 + 1)

    def test_what_was_found_is_shown_safely(self):
        zone = {(NAME, "TXT"): [b"v=DKIM1; n=\xe2\x80\xae\x1b[1m; p="]}
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver(zone)))
        for text in (*found.found, found.detail):
            self.assertTrue(text.isascii() and text.isprintable(), text)

    def test_a_result_is_frozen(self):
        found = run(check_dkim_key("s1", "acme.example", ZoneResolver({})))
        with self.assertRaises(dataclasses.FrozenInstanceError):
            found.result = "pass"


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
        value = record_value(PublicKey("rsa", _rsa_der(4096)))
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
