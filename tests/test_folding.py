# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import email
import email.policy
import email.utils
import re
import time
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.mime.text import MIMEText

from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase

from ..mailauth.dkim.sign import sign_message
from ..mailauth.dkim.verify import verify_dkim
from ..mailauth.folding import FromHeader, make_faithful
from .common import run
from .dkim_common import NOW, SIGNERS, build_message, dkimpy_verifies, resolver

SMTP = email.policy.SMTP
URL = f"https://acme.example/mailing/4711/unsubscribe_oneclick?token={'a' * 160}"
IDS = [f"<{number:09d}.{'5' * 40}-crm.lead@acme.example>" for number in range(40)]
BOUNCE = f"bounce+{'7' * 60}-crm.lead-12@acme.example"

# (what it is, name, value, what leaves: unfolded, without the name)
SAME = [
    ("a URL", "List-Unsubscribe", f"<{URL}>"),
    ("two of them", "List-Unsubscribe", f"<{URL}>, <mailto:{BOUNCE}>"),
    ("one click", "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ("identifiers", "References", " ".join(IDS)),
    ("any case", "references", " ".join(IDS)),
    ("a long identifier", "In-Reply-To", f"<{'a' * 200}@acme.example>"),
    ("its own", "Message-Id", f"<{'a' * 200}@acme.example>"),
    ("of a part", "Content-ID", f"<{'a' * 200}@acme.example>"),
    ("where bounces go", "Return-Path", BOUNCE),
    ("an address", "To", BOUNCE),
    ("for feedback loops", "Feedback-ID", ":".join(["campaign"] * 20)),
    ("Odoo's own", "X-Odoo-Objects", "mail.message-1," * 30),
    ("of some module", "X-Token", "x" * 500),
    ("the longest line", "X-Token", "x" * (998 - len("X-Token: "))),
    ("longer with its name", "X-Token", "x" * 997),
    ("a subject without blanks", "Subject", "x" * 500),
    ("blanks keep their number", "X-Blanks", "a  b\t c" * 60),
    ("not encoded, though it looks so", "X-Odoo-Token", "a =?utf-8?q?x b"),
    ("names that need quotes", "Cc", '"Doe, John" <j@b.example>, "A  B" <a@b.example>'),
    ("many addresses", "To", ", ".join(f'"N. {n}" <n{n}@b.example>' for n in range(9))),
    ("a group", "To", "friends: a@b.example, c@d.example;"),
    ("a group of nobody", "To", "undisclosed-recipients:;"),
    ("an address of nothing", "To", '"N" <False>'),
    ("an empty one", "To", ""),
    ("no subject", "Subject", ""),
]
# What is not ASCII, or can't stay as it is.
ENCODED = [
    ("a phrase", "List-Id", "Müller <list.acme.example>",
     "=?utf-8?q?M=C3=BCller?= <list.acme.example>"),
    ("a phrase in quotes", "List-Id", '"Müller, Söhne" <list.acme.example>',
     "=?utf-8?b?TcO8bGxlciwgU8O2aG5l?= <list.acme.example>"),
    ("a comment", "List-Unsubscribe", f"<{URL}> (für alle Zeit)",
     f"<{URL}> (=?utf-8?q?f=C3=BCr_alle_Zeit?=)"),
    ("an IRI", "List-Unsubscribe", "<https://acme.example/ü?a=%20>, <mailto:ü@b>",
     "<https://acme.example/%C3%BC?a=%20>, <mailto:%C3%BC@b>"),
    ("an IRI's host", "List-Unsubscribe", "<https://münchen.example:8069/ü?a=%20>",
     "<https://xn--mnchen-3ya.example:8069/%C3%BC?a=%20>"),
    ("a bounce address", "Return-Path", "<bounce@münchen.example>",
     "<bounce@xn--mnchen-3ya.example>"),
    ("an IDN", "Cc", "b@münchen.example, k@acme.example",
     "b@xn--mnchen-3ya.example, k@acme.example"),
    ("a name with a comma", "To", '"Müller, Hans" <h@b.example>',
     "=?utf-8?q?M=C3=BCller=2C_Hans?= <h@b.example>"),
    ("one that was encoded", "Reply-To", "=?utf-8?q?Doe=2C_John?= <j@b.example>",
     '"Doe, John" <j@b.example>'),
    ("a group", "To", "Söhne: a@b.example;", "=?utf-8?b?U8O2aG5l?=: a@b.example;"),
    ("a list, as Odoo sets it", "To", ["=?utf-8?b?w7w=?= <u@b.example>", "a@b.example"],
     "=?utf-8?b?w7w=?= <u@b.example>, a@b.example"),
    ("nothing can carry it", "Cc", "ü@b.example, a@b.example",
     "=?utf-8?b?w7w=?=@b.example, a@b.example"),
    ("what looks encoded", "Subject", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=",
     "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?="),
    ("an encoded line end", "X-A", "=?utf-8?q?a=0D=0AB:_x?=", "a B: x"),
    ("the same in another", "List-Id", "=?utf-8?q?a=0AB:_x?= <a>", "a B: x <a>"),
    ("free text", "X-Text", "für alle", "=?utf-8?q?f=C3=BCr?= alle"),
    ("surrogates", "X-Text", "a\udcfcb", "=?unknown-8bit?q?a=FCb?="),
    ("surrogates in a list's header", "List-Id", "a\udcfcb <a>",
     "=?unknown-8bit?q?a=FCb?= <a>"),
]  # fmt: skip
# Header fields of a message that was parsed, and what leaves of them.
SOURCES = [
    (b"DKIM-Signature: v=1; b=" + b"x" * 300 + b"\r\n", None),
    (b"X: a\r\n  b\r\n\tc\r\n", None),
    (b"X: " + b"x" * 700 + b" " + b"y" * 700 + b"\r\n",
     b"X: " + b"x" * 700 + b"\r\n " + b"y" * 700 + b"\r\n"),
    (b"Subject: h\xe9\r\n", None),
    (b"X:\r\n a\r\n", b"X: \r\n a\r\n"),
]  # fmt: skip

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]))
# The same letters again and again, so that what is special meets.
odd_texts = st.text('abü€ =?."\\,<>@():;[]\t' + "x" * 5, max_size=150)
free_texts = st.one_of(texts, odd_texts, st.text("ab xyz", min_size=70, max_size=300))
tokens = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="<>()?"),
    min_size=1,
    max_size=400,
)
names = st.one_of(texts, odd_texts).map(lambda text: " ".join(text.split()))


def _write(fields, **options):
    message = EmailMessage(policy=SMTP)
    for name, value in fields:
        message[name] = value
    message.policy = make_faithful(message.policy)
    return message.as_bytes(policy=message.policy.clone(**options)), message


def _unfold(data, name):
    """The value of a field, as RFC 5322 section 2.2.3 reads it."""
    head = data.partition(b"\r\n\r\n")[0].decode()
    head = re.sub(r"\r\n(?=[ \t])", "", head)
    (value,) = re.findall(rf"(?m)^{name}: ?(.*?)\r?$", head)
    return value


def _decode(text):
    return str(make_header(decode_header(text))).strip(" \t")


class TestFolding(BaseCase):
    def _assert_well_formed(self, data, longest=998):
        head = data.partition(b"\r\n\r\n")[0]
        lines = head.split(b"\r\n")
        self.assertNotIn(b"\r", b"".join(lines))
        self.assertNotIn(b"\n", b"".join(lines))
        self.assertLessEqual(max(map(len, lines)), longest)
        for line in lines:
            self.assertTrue(line.strip())
            if b"=?" in line and b"?=" in line:
                self.assertLessEqual(len(line), 78)

    def test_what_stays(self):
        for case, name, value in SAME:
            with self.subTest(case, name=name):
                data, _message = _write([(name, value)])
                self.assertEqual(_unfold(data, name), value)
                self._assert_well_formed(data)

    def test_what_is_encoded(self):
        for case, name, value, expected in ENCODED:
            with self.subTest(case, name=name):
                data, _message = _write([(name, value)])
                self.assertEqual(_unfold(data, name), expected)
                self._assert_well_formed(data)

    def test_lines_are_short_where_there_are_blanks(self):
        for value in (" ".join(IDS), f"<{URL}>, <mailto:a@acme.example>"):
            data, _message = _write([("List-X", value)])
            lines = data.rstrip().split(b"\r\n")
            self.assertEqual(len(lines), len(value.split()))

    def test_addresses_stay_in_one_piece(self):
        value = ", ".join(f'"My Name" <n{number}@b.example>' for number in range(40))
        data, _message = _write([("To", value)])
        for line in data.rstrip().split(b"\r\n"):
            self.assertEqual(line.count(b'"My Name" <'), line.count(b"example>"))

    def test_line_length_is_the_policy_s(self):
        header = FromHeader.from_encoded(f'"{"My name " * 20}" <a@acme.example>')
        for most, longest in ((40, 40), (78, 78), (200, 200), (None, 998), (0, 998)):
            with self.subTest(most=most):
                fields = [("From", header), ("X-Text", "word " * 300)]
                data, _message = _write(fields, max_line_length=most)
                self._assert_well_formed(data, longest)
                lines = data.rstrip().split(b"\r\n")
                self.assertGreater(max(map(len, lines)), longest - 30)

    def test_from_is_one_case_of_it(self):
        for encoded in ('"Doe, John" <j@b.example>', f'"{"ab " * 60}" <j@b.example>'):
            data, _message = _write([("From", FromHeader.from_encoded(encoded))])
            self.assertEqual(_unfold(data, "From"), encoded)
            for policy in (SMTP, make_faithful(SMTP)):
                folded = FromHeader.from_encoded(encoded).fold(policy=policy)
                self.assertEqual(data.rstrip(), folded.encode().rstrip())

    def test_a_word_that_no_line_can_carry(self):
        url = f"<https://acme.example/{'a' * 2000}>"
        data, _message = _write([("List-Unsubscribe", url)])
        self._assert_well_formed(data)
        self.assertEqual(_unfold(data, "List-Unsubscribe").replace(" ", ""), url)
        self.assertNotIn(b"=?", data)
        for name, value in (
            ("X-Token", "x" * 2000),
            ("Subject", "x" * 2000),
            ("To", f"{'x' * 2000} <a@b.example>"),
        ):
            data, _message = _write([(name, value)])
            self._assert_well_formed(data)
            self.assertEqual(_decode(_unfold(data, name)), value)

    def test_white_space_alone(self):
        """It costs no time that grows by the square, and stays."""
        blanks = " " * 100000
        cases = ("a," + blanks, blanks, "a," + blanks + "b", "a;" + blanks + "b, ")
        started = time.process_time()
        for name in ("Subject", "List-Unsubscribe"):
            for value in cases:
                with self.subTest(name, start=value[:2], end=value[-2:]):
                    data, _message = _write([(name, value)])
                    found = _decode(_unfold(data, name))
                    self.assertEqual(found.split(), value.split())
                    if name != "Subject":
                        self.assertNotIn(b"=?", data)
        self.assertLess(time.process_time() - started, 10)

    def test_international(self):
        for name, value in (
            ("To", '"Müller, J" <josé@b.example>'),
            ("Subject", "für alle"),
            ("List-Unsubscribe", f"<{URL}>"),
            ("Subject", "ü" * 450),
            ("Subject", "ü " * 450 + "ü"),
        ):
            for most in (78, 2000, None):
                options = {"utf8": True, "max_line_length": most}
                data, _message = _write([(name, value)], **options)
                self.assertEqual(_unfold(data, name), value)
                self._assert_well_formed(data)

    def test_set_twice(self):
        data, _message = _write([("List-Help", f"<{URL}>"), ("List-Help", "<a:b>")])
        self.assertEqual(data.count(b"List-Help: <"), 2)

    def test_the_same_as_python(self):
        """Where Python does it right, nothing changes."""
        message = build_message(
            html="<p>é</p>",
            attachments=[
                ("a.pdf", b"x", "application", "pdf"),
                ("ä" * 50 + ".pdf", b"x", "application", "pdf"),
                ("a" * 90 + ".txt", b"x", "text", "plain"),
            ],
            headers={"Subject": "Grüße und so weiter, immer weiter, " * 9},
        )
        expected = message.as_bytes()
        message.policy = make_faithful(message.policy)
        self.assertEqual(message.as_bytes(), expected)

    def test_parsed_messages(self):
        for source, expected in SOURCES:
            message = email.message_from_bytes(source + b"\r\n", policy=SMTP)
            message.policy = make_faithful(message.policy)
            expected = (expected or source) + b"\r\n"
            self.assertEqual(message.as_bytes(), expected)

    def test_a_field_can_not_be_smuggled_in(self):
        for value in ("a\nBcc: x", "a\r\n\r\nb", "a\rb", "\udce9\nBcc: x"):
            message = EmailMessage(policy=SMTP)
            message.set_raw("X-Text", value)
            message.policy = make_faithful(message.policy)
            data = message.as_bytes()
            self.assertRegex(data, rb"\AX-Text: [^\r\n]+\r\n [^\r\n]+\r\n\r\n\Z")

    def test_other_policies_and_other_headers(self):
        compat = MIMEText("text").policy
        self.assertIs(make_faithful(compat), compat)
        faithful = make_faithful(SMTP)
        self.assertIs(make_faithful(faithful), faithful)
        self.assertIs(make_faithful(SMTP), faithful)

        class Own(email.policy.EmailPolicy):
            def header_max_count(self, name):
                return 1

        own = make_faithful(Own(linesep="\r\n", max_line_length=50))
        self.assertIsInstance(own, Own)
        self.assertEqual((own.linesep, own.max_line_length), ("\r\n", 50))
        self.assertEqual(own.fold("List-Help", "x" * 90), f"List-Help: {'x' * 90}\r\n")

        class Header(str):
            name = "X"

            def fold(self, *, policy):
                return "X: folded\r\n"

        self.assertEqual(_write([("X", Header("x"))])[0], b"X: folded\r\n\r\n")

    @settings(max_examples=400)
    @given(st.sampled_from(["Subject", "X-Text", "Comments"]), free_texts)
    def test_any_text_keeps_its_value(self, name, text):
        data, message = _write([(name, text)])
        found = email.message_from_bytes(data, policy=SMTP)[name]
        self.assertEqual(str(found).strip(" \t"), str(message[name]).strip(" \t"))

    @settings(max_examples=200)
    @given(
        st.sampled_from(["List-Unsubscribe", "References", "X-Odoo-Token", "X-Any"]),
        st.lists(tokens, min_size=1, max_size=9),
    )
    def test_any_tokens_stay(self, name, words):
        value = " ".join(f"<{word}>" for word in words)
        data, _message = _write([(name, value)])
        self.assertEqual(_unfold(data, name), value)
        self._assert_well_formed(data)

    @settings(max_examples=200)
    @given(st.lists(st.tuples(names, st.booleans()), min_size=1, max_size=4))
    def test_any_names_keep_their_value(self, people):
        pairs = [(name, f"p{n}@b.example") for n, (name, _) in enumerate(people)]
        value = [email.utils.formataddr(pair) for pair in pairs]
        data, message = _write([("To", ", ".join(value)), ("Cc", value)])
        self._assert_well_formed(data)
        people = message["To"].addresses
        expected = [(one.display_name, one.addr_spec) for one in people]
        for name in ("To", "Cc"):
            # Python's own reader puts blanks between encoded words of a name.
            found = email.utils.getaddresses([_unfold(data, name)])
            found = [(_decode(text), address) for text, address in found]
            self.assertEqual(found, expected)

    @settings(max_examples=40)
    @given(free_texts, names, st.lists(tokens, max_size=9), st.booleans())
    def test_signatures_verify(self, text, name, words, utf8):
        headers = {
            "Subject": text,
            "From": email.utils.formataddr((name, "zoe@acme.example")),
            "List-Unsubscribe": f"<{URL}>",
            "References": " ".join(words),
        }
        message = build_message(headers=headers)
        policy = make_faithful(message.policy).clone(utf8=utf8)
        signed = sign_message(message.as_bytes(policy=policy), SIGNERS, NOW)
        self._assert_well_formed(signed)
        results = run(verify_dkim(signed, resolver(), NOW))
        self.assertEqual([found.result for found in results], ["pass", "pass"])
        self.assertTrue(dkimpy_verifies(signed))
        self.assertEqual(_unfold(signed, "List-Unsubscribe"), f"<{URL}>")
