# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import os

from hypothesis import HealthCheck, given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.dkim.key import PublicKey, get_public_key
from ...mailauth.dkim.meant import LOSSES, TAKEN_BY_SEVERAL, read_meant_key
from ...mailauth.dkim.record import (
    parse_key_record,
    read_public_key,
    record_value,
)
from ...mailauth.dkim.sign import sign_message
from ...mailauth.errors import PermError
from .. import opendkim
from ..dkim_common import DOMAIN, NOW, SIGNERS, build_message, dkimpy_verifies
from .published import (
    ED,
    OUR_ED,
    OUR_RSA,
    RAW_RSA,
    RSA,
    RSA_1024,
    RSA_OTHER,
    VALUE,
    b64,
    rsa_der,
)

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES < 1000,
    suppress_health_check=list(HealthCheck),
)
TEXT, P = VALUE.decode(), RSA.decode()
# With every sign of base64, and padding, which RSA keys of 2048 bits don't have.
BARE = b64(rsa_der(1031, RAW_RSA)).decode()
PLUS = PublicKey("ed25519", bytes([251, 1, 2] * 10 + [255, 254]))
PLUS_P = b64(PLUS.data).decode()

# (rule, what is published, damages); mended it is the very key.
MENDED = [
    ("quotes typed in", f'"{TEXT}"', ("key_quotes",)),
    ("quotes of a word processor", f"\u201c{TEXT}\u201d", ("key_quotes",)),
    ("single quotes", f"'{TEXT}'", ("key_quotes",)),
    ("one quote", f'"{TEXT}', ("key_quotes",)),
    ("two strings typed in", f'"{TEXT[:200]}" "{TEXT[200:]}"', ("key_quotes",)),
    ("brackets as well", f'( "{TEXT[:200]}"\n "{TEXT[200:]}" )', ("key_quotes",)),
    (
        "a line of opendkim-genkey",
        f's1._domainkey\tIN\tTXT\t( "{TEXT[:18]}"\n\t  "{TEXT[18:]}" )  ; ----- DKIM',
        ("key_quotes",),
    ),
    ("the joint of two strings", f'v=DKIM1; p={P[:200]}" "{P[200:]}', ("key_joint",)),
    ("backslashes", TEXT.replace(";", "\\;"), ("key_backslashes",)),
    (
        "quotes and backslashes",
        '"' + TEXT.replace(";", "\\;") + '"',
        ("key_quotes", "key_backslashes"),
    ),
    ("a no-break space in front", "\u00a0" + TEXT, ("key_hidden",)),
    ("no-break spaces inside", TEXT.replace(" ", "\u00a0"), ("key_hidden",)),
    ("a byte order mark", "\ufeff" + TEXT, ("key_hidden",)),
    ("a zero-width space in the key", f"{TEXT[:99]}\u200b{TEXT[99:]}", ("key_hidden",)),
    ("no semicolons", TEXT.replace(";", ""), ("key_semicolons",)),
    ("commas", TEXT.replace(";", ","), ("key_semicolons",)),
    ("two semicolons", TEXT.replace("; k", ";; k"), ("key_semicolons",)),
    ("semicolons at both ends", f";{TEXT};;", ("key_semicolons",)),
    ("wide semicolons", TEXT.replace(";", "\uff1b"), ("key_semicolons",)),
    ("colons", TEXT.replace("=", ":", 2), ("key_semicolons",)),
    ("names in capitals", f"V=DKIM1; K=rsa; P={P}", ("key_capitals",)),
    ("a type in capitals", f"v=DKIM1; k=RSA; p={P}", ("key_capitals",)),
    ("a version in lower case", f"v=dkim1; k=rsa; p={P}", ("key_capitals",)),
    ("the headers of PEM",
     f"v=DKIM1; p=-----BEGIN PUBLIC KEY-----{P}-----END PUBLIC KEY-----", ("key_pem",)),
    ("the headers and lines of PEM",
     f"v=DKIM1; p=-----BEGIN PUBLIC KEY-----\n{P[:64]}\n{P[64:]}\n"
     "-----END PUBLIC KEY-----", ("key_pem",)),
    ("h= in capitals", f"v=DKIM1; h=SHA256; p={P}", ("key_hash_case",)),
    ("k= before v=", f"k=rsa; v=DKIM1; p={P}", ("key_order",)),
    ("v= at the end", f"k=rsa; p={P}; v=DKIM1", ("key_order",)),
    ("a tag name that no key has", f"v=DKIM1; a-b=1; p={P}", ("key_tag_name",)),
    ("words that are no tag", f"v=DKIM1; my key; p={P}", ("key_leftovers",)),
    ("a note in other letters", f"v=DKIM1; n=cl\u00e9; p={P}", ("key_leftovers",)),
    ("a tag twice", f"v=DKIM1; k=rsa; k=rsa; p={P}", ("key_repeated",)),
    ("the key twice", f"v=DKIM1; p={P}; p={P}", ("key_repeated",)),
    ("a sign that no key has", f"v=DKIM1; p={P[:50]}?{P[50:]}", ("key_letters",)),
]  # fmt: skip
# (rule, what is published, ours or None for somebody else's, damages): nobody can mend.
ASKED = [
    ("cut at 255", TEXT[:255], OUR_RSA, ("key_cut",)),
    ("cut at 255, without padding", TEXT[:254], OUR_RSA, ("key_cut",)),
    ("cut at 255, theirs", TEXT[:255], None, ("key_cut",)),
    ("cut at 255, quoted", f'"{TEXT[:254]}', OUR_RSA, ("key_cut",)),
    ("only the second string", "p=" + P[250:], OUR_RSA, ("key_cut_front",)),
    ("in lower case", TEXT.lower(), OUR_RSA, ("key_case_lost",)),
    ("in lower case, theirs", TEXT.lower(), None, ("key_case_lost",)),
    ("in capitals", TEXT.upper(), OUR_RSA, ("key_case_lost",)),
    ("in lower case and cut", TEXT.lower()[:255], OUR_RSA,
     ("key_cut", "key_case_lost")),
    ("Ed25519 in lower case", f"v=DKIM1; k=ed25519; p={ED.decode().lower()}", OUR_ED,
     ("key_case_lost",)),
    ("blanks for plus signs",
     f"v=DKIM1; k=ed25519; p={PLUS_P.replace('+', ' ')}", PLUS, ("key_plus_lost",)),
    ("no plus signs", f"v=DKIM1; k=ed25519; p={PLUS_P.replace('+', '')}", PLUS,
     ("key_plus_lost",)),
    ("a private key", "p=-----BEGIN RSA PRIVATE KEY-----" + P, None, ("key_private",)),
    ("two different keys", f"v=DKIM1; p={P}; p={RSA_OTHER.decode()}", None, ()),
    ("two versions", f"v=DKIM1; k=rsa; v=DKIM2; p={P}", None, ()),
    ("another version", f"v=DKIM2; p={P}", None, ()),
    ("revoked", "v=DKIM1; p=", OUR_RSA, ()),
    ("revoked and quoted", '"v=DKIM1; p="', None, ("key_quotes",)),
    ("nothing of the kind", "hello", OUR_RSA, ()),
    ("an SPF record", "v=spf1 -all", None, ()),
    ("another key", f"v=DKIM1; p={RSA_OTHER.decode()}", OUR_RSA, ()),
    ("too large", "p=" + "A" * 20000, OUR_RSA, ()),
]  # fmt: skip
# (rule, records, damages)
SPREAD = [
    ("two halves", [TEXT[:255], TEXT[255:]], ("key_spread",)),
    ("the other way round", [TEXT[255:], TEXT[:255]], ("key_spread",)),
    ("three parts", [TEXT[:99], TEXT[255:], TEXT[99:255]], ("key_spread",)),
    ("quoted", [f'"{TEXT[:255]}"', f'"{TEXT[255:]}"'], ("key_spread", "key_quotes")),
    ("two keys", [TEXT, f"v=DKIM1; p={RSA_OTHER.decode()}"], ()),
    ("a key and something else", [TEXT, "hello there"], ()),
    ("half of a key", [TEXT[:200], TEXT[255:]], ()),
    ("five parts", [TEXT[:99], "a", "b", "c", "d"], ()),
]


class TestMeantKey(BaseCase):
    def test_mended(self):
        for rule, text, damages in MENDED:
            for ours in (None, OUR_RSA):
                with self.subTest(rule, ours=bool(ours)):
                    meant = read_meant_key([text.encode()], ours)
                    self.assertEqual(meant.damages, damages)
                    self.assertEqual(read_public_key(meant.text), OUR_RSA)
                    with self.assertRaises(PermError):
                        parse_key_record(text.encode())

    def test_padding(self):
        for key_type, value in (("rsa", BARE), ("ed25519", ED.decode())):
            with self.subTest(key_type):
                text = f"v=DKIM1; k={key_type}; p={value}"
                meant = read_meant_key([text.rstrip("=").encode()])
                self.assertEqual((meant.text, meant.damages), (text, ("key_padding",)))

    def test_asked(self):
        for rule, text, ours, damages in ASKED:
            with self.subTest(rule):
                meant = read_meant_key([text.encode()], ours)
                self.assertEqual((meant.text, meant.damages), ("", damages))
                self.assertFalse(meant.is_taken_by_several)

    def test_spread_over_several_records(self):
        for rule, records, damages in SPREAD:
            with self.subTest(rule):
                meant = read_meant_key([record.encode() for record in records])
                self.assertEqual(meant.damages, damages)
                self.assertEqual(meant.text, TEXT if damages else "")

    def test_right_records(self):
        for text in (TEXT, f'v=DKIM1; n="a note"; p={P}', f"p={RSA_1024.decode()}"):
            self.assertEqual(read_meant_key([text.encode()]).damages, ())
        self.assertEqual(read_meant_key([TEXT.encode()], OUR_RSA).damages, ())

    def test_taken_by_several(self):
        """What is said of other verifiers is true: OpenDKIM and dkimpy take these."""
        signed = sign_message(build_message().as_bytes(), SIGNERS[:1], NOW)
        ours = get_public_key(SIGNERS[0].key)
        key = record_value(ours).partition("p=")[2]
        rows = [row for row in MENDED if set(row[2]) <= TAKEN_BY_SEVERAL]
        texts = [
            text.replace(P[:200], key[:200]).replace(P[200:], key[200:])
            for _rule, text, _damages in rows
        ]
        self.assertGreater(len(texts), 4)
        for (rule, *_), text in zip(rows, texts, strict=True):
            with self.subTest(rule):
                meant = read_meant_key([text.encode()], ours)
                self.assertTrue(meant.is_taken_by_several)
                zone = {(f"s1._domainkey.{DOMAIN}", "TXT"): [text]}
                self.assertTrue(dkimpy_verifies(signed, zone=zone))
                self.assertEqual(opendkim.verify([signed], zone), [["pass"]])


@st.composite
def damaged(draw):
    """A record of the right key with some of the usual damage."""
    text = draw(st.sampled_from([TEXT, f"v=DKIM1; p={P}", f"v=DKIM1;k=rsa;t=s;p={P}"]))
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=3, unique=True)):
        text = change(text)
    return text


CHANGES = [
    lambda text: f'"{text}"',
    lambda text: text.replace(";", "\\;"),
    lambda text: "\u00a0" + text,
    lambda text: text.replace(";", ","),
    lambda text: text.replace("v=DKIM1", "v=dkim1"),
    lambda text: f"{text[:120]}\n{text[120:]}",
    lambda text: text.replace("v=", "V=").replace("p=", "P="),
    lambda text: text + ";;",
]


class TestMeantKeyProperties(BaseCase):
    @FUZZ
    @given(damaged())
    def test_what_was_meant_is_kept(self, text):
        """Mended it is the same key, with the same flags, and nothing beside it."""
        meant = read_meant_key([text.encode()])
        record = parse_key_record((meant.text or text).encode())
        self.assertEqual(record.public_key, OUR_RSA)
        self.assertEqual(record.flags, ("s",) if "t=s" in text else ())

    @FUZZ
    @given(st.lists(st.binary(max_size=300), max_size=5))
    def test_whatever_is_there(self, records):
        for ours in (None, OUR_RSA):
            meant = read_meant_key(records, ours)
            if meant.text:
                self.assertTrue(meant.damages)
                parse_key_record(meant.text.encode())

    def test_hostile_sizes(self):
        for unit in (" ", '"', '" ', "\\", ";", "; ", "a=;", ",", "p=", "-----BEGIN A"):
            text = unit * (16000 // len(unit))
            read_meant_key([text.encode()], OUR_RSA)
            read_meant_key([text.encode()[:4000]] * 4)

    def test_losses_are_known(self):
        known = {code for *_rest, damages in ASKED for code in damages}
        self.assertLessEqual(set(LOSSES), known)
        self.assertLessEqual(
            TAKEN_BY_SEVERAL - {"key_padding"}, {c for *_, d in MENDED for c in d}
        )
