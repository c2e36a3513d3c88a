# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from ..command_line import ask
from ..common import run_python
from ..dns_server import DnsServer
from . import build
from .test_worlds import ZONE

KEYS = {
    "spf": {"result", "problem"},
    "helo": {"result", "problem"},
    "arc": {"found"},
    "dmarc": {"result", "policy", "aligned_spf", "aligned_dkim"},
}
LISTS = {
    "dkim": {"domain", "selector", "result", "problem"},
    "hops": {"from_host", "from_ip", "by", "protocol", "tls", "delay"},
    "findings": {"code", "status", "why"},
}
GOOD = build.deliver(build.sign(build.compose()))
BARE = build.sign(build.compose())
# (options, the message, words of the answer)
ANSWERS = [
    ((), GOOD, ("grade: A (", "spf: pass acme.example", "dkim: pass acme.example s1")),
    ((), GOOD, ("dmarc: pass acme.example, by spf and dkim, policy reject",)),
    ((), GOOD, ("handed over by: 192.0.2.10 [mail.acme.example]", "nothing is wrong")),
    ((), BARE, ("grade: none (it can't be told)", "dkim: unknown acme.example s1")),
    ((), BARE, ("WARNING   proves_nothing", "what to do: Send a test")),
    (
        ("--ip", "192.0.2.10", "--helo", build.HOST, "--mail-from", "b@acme.example"),
        BARE,
        ("grade: A", "helo: pass mail.acme.example"),
    ),
    (
        ("--ip", "192.0.2.10", "--helo", build.HOST, "--mail-from", "<>"),
        BARE,
        ("grade: A", "spf: pass mail.acme.example"),
    ),
    (
        ("--ip", "192.0.2.10", "--helo", build.HOST, "--mail-from", ""),
        BARE,
        ("grade: A", "spf: pass mail.acme.example"),
    ),
    (("--ip", "203.0.113.77"), GOOD, ("grade: C", "FAIL      spf_fails")),
    (
        ("--mail-from", "b@other.example"),
        GOOD,
        ("spf: none other.example", "FAIL      spf_missing"),
    ),
    ((), b"", ("grade: none", "dkim: none")),
    ((), b"\x00\xff\x1b[31m" * 50, ("grade: none",)),
]
ERRORS = [
    (("message",), "required"),
    (("message", "no such file.eml"), "No such file"),
    (("message", "."), "Is a directory"),
    (("message", "a\0b"), "can't be read"),
    (("message", "-", "--ip", "192.0.2.300"), "not an IP address"),
    (("message", "-", "--ip", ""), "not an IP address"),
    (("message", "-", "--mail-from", "b@"), "not an e-mail address"),
    (("message", "-", "--mail-from", "<nobody>"), "not an e-mail address"),
    (("message", "-", "--nameserver", "x"), "not a nameserver"),
    (("message", "-", "--timeout", "0"), "--timeout"),
    (("message", "-", "--selector", "s1"), "unrecognized arguments"),
    (("spf", "acme.example", "--mail-from", "b@acme.example"), "unrecognized"),
]


class TestMessageCommand(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = DnsServer(ZONE)
        cls.enterClassContext(server)
        cls.nameserver = ("--nameserver", server.address)

    def test_answers(self):
        for options, message, words in ANSWERS:
            with self.subTest(options, words=words):
                answer = ask(
                    "message", "-", *options, *self.nameserver, message=message
                )
                self.assertEqual((answer[0], answer[2]), (0, ""))
                for word in words:
                    self.assertIn(word, answer[1])
                self.assertTrue(answer[1].replace("\n", "").isprintable())

    def test_errors(self):
        for arguments, words in ERRORS:
            with self.subTest(arguments):
                code, printed, complained = ask(*arguments)
                self.assertEqual((code, printed), (2, ""))
                self.assertIn(words, complained)

    def test_json(self):
        """The keys that scripts stand on."""
        options = ("--json", *self.nameserver)
        broken = GOOD.replace(b"Hello", b"Hallo")
        for message in (GOOD, BARE, broken, b"", b"\r\n\r\n", b"From: \r\n"):
            code, printed, _complained = ask("message", "-", *options, message=message)
            found = json.loads(printed)
            self.assertEqual(code, 0)
            self.assertIn(found["grade"], ("A", "B", "C", "D", "F", None))
            self.assertIsInstance(found["client_ip"], str)
            for name, keys in KEYS.items():
                self.assertLessEqual(keys, set(found[name]))
            for name, keys in LISTS.items():
                for one in found[name]:
                    self.assertLessEqual(keys, set(one))

    def test_json_says_why(self):
        options = ("message", "-", "--json", *self.nameserver)
        message = GOOD.replace(b"Hello", b"Hallo")
        found = json.loads(ask(*options, message=message)[1])
        (finding,) = found["findings"]
        self.assertEqual(
            (finding["code"], finding["status"]), ("dkim_body_changed", "fail")
        )
        self.assertEqual(finding["why"][0]["code"], "signature_body_changed")
        self.assertIn("acme.example", finding["why"][0]["text"])
        self.assertTrue(finding["title"] and finding["todo"])

    def test_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mail.eml"
            path.write_bytes(GOOD)
            asked = ("message", str(path), *self.nameserver)
            done, answer = run_python("-m", "mailauth", *asked), ask(*asked)
        self.assertEqual((done.returncode, done.stdout, done.stderr), answer)
        self.assertIn("grade: A", done.stdout)

    def test_what_is_no_message(self):
        for begin, words in (
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save the message as .eml"),
            (b"PK\x03\x04", "an archive"),
            (b"\x89PNG", "a picture"),
        ):
            code, printed, complained = ask("message", "-", message=begin + b"x")
            self.assertEqual((code, printed), (2, ""))
            self.assertIn(words, complained)

    def test_options_before_the_command(self):
        options = (*self.nameserver, "--json")
        for words in (("message", "-"), ("dmarc", "acme.example")):
            first = ask(*options, *words, message=GOOD)
            last = ask(*words, *options, message=GOOD)
            self.assertEqual(first, last)
            self.assertEqual(first[0], 0)

    def test_help(self):
        code, printed, _complained = ask("message", "--help")
        self.assertEqual(code, 0)
        for word in ("--ip", "--helo", "--mail-from", "--nameserver", "--json"):
            self.assertIn(word, printed)
