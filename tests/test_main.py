# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo.tests import BaseCase

from ..mailauth.__main__ import Checked, _render_check
from ..mailauth.errors import TempError
from ..mailauth.findings import give_up
from .command_line import ask
from .common import run_python
from .dns_server import DnsServer

ZONE = {
    ("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
    ("acme.example", "MX"): [(10, "mx.acme.example")],
    ("mx.acme.example", "A"): ["192.0.2.20"],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@acme.example"],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["relay.acme.example"],
    ("relay.acme.example", "A"): ["192.0.2.10"],
    ("s1._domainkey.acme.example", "TXT"): [
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ],
    ("slow.example", "ANY"): "servfail",
    ("_dmarc.slow.example", "ANY"): "servfail",
    ("open.example", "TXT"): ["v=spf1 +all"],
    ("damaged.example", "TXT"): ["v=spf1 ip4: 192.0.2.9 -all"],
    ("_dmarc.damaged.example", "TXT"): [" v=DMARC1; p=none"],
}
IP = ("--ip", "192.0.2.10")
# (arguments, exit code, words that the answer must hold)
ANSWERS = [
    (("spf", "acme.example", *IP), 0, ("result: pass", "ip4:192.0.2.10")),
    (("spf", "acme.example", "--ip", "192.0.2.11"), 1, ("result: fail",)),
    (("spf", "slow.example", *IP), 3, ("result: temperror",)),
    (("spf", "other.example", *IP, "--sender", "a@acme.example"), 0, ("pass",)),
    (("spf", "a..b", *IP), 1, ("result: none", "not a domain name")),
    (("spf", "", *IP), 1, ("result: none", "not a domain name")),
    (("spf", "x" * 64 + ".example", *IP), 1, ("result: none", "not a domain name")),
    (("spf", "localhost", *IP), 1, ("result: none", "at least two labels")),
    (("spf", "[192.0.2.1]", *IP), 1, ("result: none", "at least two labels")),
    (("spf", "acme.example", *IP, "--sender", "a@b..c"), 1, ("result: none",)),
    (("spf", "a..b", *IP, "--sender", "a@acme.example"), 0, ("result: pass",)),
    (("dkim", "acme.example", "--selector", "s1"), 0, ("result: pass",)),
    (("dkim", "acme.example", "--selector", "s2"), 1, ("key_absent",)),
    (("dmarc", "acme.example"), 0, ("policy: reject", "_dmarc.acme.example")),
    (("dmarc", "none.example"), 1, ("dmarc_absent",)),
    (("dmarc", "slow.example"), 3, ("temperror",)),
    (("check", "acme.example", *IP, "--selector", "s1"), 0, ("PASS      spf_record",)),
    (("check", "acme.example", "--ip", "192.0.2.11"), 1, ("FAIL", "REJECT")),
    (("check", "open.example"), 1, ("+all lets everybody",)),
    (("check", "damaged.example", *IP), 1, ("must begin with exactly “v=DMARC1;”",)),
    (
        ("check", "acme.example"),
        0,
        (
            "OPEN      spf_authorizes ",
            "OPTIONAL  tls_rpt ",
            "PASS      all that can be seen from here",
        ),
    ),
    (
        ("check", "acme.example", *IP, "--selector", "s1"),
        0,
        ("N/A       sender ", "PASS      all together"),
    ),
    (
        ("check", "open.example", *IP),
        1,
        (
            "REPLACE   TXT at open.example\n"
            "          remove: v=spf1 +all\n"
            "          publish: v=spf1 ip4:192.0.2.10 ~all\n",
            "ADD       TXT at _dmarc.open.example\n"
            "          publish: v=DMARC1; p=none\n",
        ),
    ),
]
# (arguments, words of the error)
ERRORS = [
    ((), "required"),
    (("ask", "acme.example"), "invalid choice"),
    (("spf", "acme.example"), "spf needs one --ip"),
    (("spf", "acme.example", "--ip", "192.0.2.300"), "not an IP address"),
    (("dkim", "acme.example"), "dkim needs one --selector"),
    (("dmarc", "a..b"), "not a domain name"),
    (("dmarc", "acme.example", "--nameserver", "dns.example"), "not a nameserver"),
    (("dmarc", "acme.example", "--timeout", "0"), "--timeout"),
    (("spf", "acme.example", *IP, "--sender", "a@"), "not an e-mail address"),
]


class TestCommandLine(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = DnsServer(ZONE)
        cls.enterClassContext(server)
        cls.nameserver = ("--nameserver", server.address)

    def test_answers(self):
        for arguments, code, words in ANSWERS:
            with self.subTest(arguments):
                answer = ask(*arguments, *self.nameserver)
                self.assertEqual(answer.returncode, code, answer)
                self.assertEqual(answer.stderr, "")
                for word in words:
                    self.assertIn(word, answer.stdout)

    def test_as_a_program(self):
        """It ends with the exit code, and complains where that belongs."""
        name = "acme.example"
        for words, code in ((("spf", name, *IP), 0), (("dmarc", "no.example"), 1)):
            asked = ("-m", "mailauth", *words, *self.nameserver)
            done, answer = run_python(*asked), ask(*words, *self.nameserver)
            ran = (done.returncode, done.stdout, done.stderr)
            self.assertEqual(ran, (code, *answer[1:]))
        done = run_python("-m", "mailauth", "spf", name)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("usage: python -m mailauth", done.stderr)
        self.assertIn("spf needs one --ip", done.stderr)

    def test_silent_dns(self):
        """One sentence, and none of the records."""
        codes = ("spf_record", "dmarc_record", "mx", "domain_exists")
        error = TempError("dns_timeout")
        findings = tuple(give_up(code, error) for code in codes)
        sentence, state = _render_check(Checked(findings, ()))
        self.assertIn("port 53", sentence)
        self.assertIn("--nameserver", sentence)
        self.assertIn("TEMPERROR", state)

    def test_nothing_is_said_twice(self):
        arguments = ("check", "damaged.example", *IP, *self.nameserver)
        lines = ask(*arguments).stdout.splitlines()
        mended = [line for line in lines if '"ip4: 192.0.2.9"' in line]
        self.assertEqual(len(mended), 1, lines)

    def test_errors(self):
        for arguments, words in ERRORS:
            with self.subTest(arguments):
                answer = ask(*arguments)
                self.assertEqual((answer.returncode, answer.stdout), (2, ""))
                self.assertIn(words, answer.stderr)
                self.assertNotIn("Traceback", answer.stderr)

    def test_json_spf(self):
        answer = ask("spf", "acme.example", *IP, "--json", *self.nameserver)
        result = json.loads(answer.stdout)
        keys = {"result", "problem", "explanation", "lookups", "void_lookups", "trace"}
        self.assertLessEqual(keys, set(result))
        self.assertEqual(result["result"], "pass")
        self.assertEqual(result["trace"]["children"][0]["outcome"], "match")

    def test_json_of_what_is_no_answer(self):
        for domain, result in (("a..b", "none"), ("slow.example", "temperror")):
            answer = ask("spf", domain, *IP, "--json", *self.nameserver)
            self.assertEqual(json.loads(answer.stdout)["result"], result, answer)

    def test_json_check(self):
        options = (*IP, "--selector", "s1", "--json", *self.nameserver)
        result = json.loads(ask("check", "acme.example", *options).stdout)
        self.assertEqual(result["status"], "pass")
        first = result["findings"][0]
        self.assertEqual((first["code"], first["status"]), ("spf_record", "pass"))
        self.assertEqual(first["found"], "v=spf1 ip4:192.0.2.10 -all")
        self.assertEqual(first["why"][0]["code"], "spf_record_ok")
        self.assertIn("acme.example", first["why"][0]["text"])

    def test_json_dkim_and_dmarc(self):
        answer = ask(
            "dkim", "acme.example", "--selector", "s1", "--json", *self.nameserver
        )
        self.assertEqual(json.loads(answer.stdout)["result"], "pass")
        answer = ask("dmarc", "acme.example", "--json", *self.nameserver)
        result = json.loads(answer.stdout)
        self.assertEqual(result["policy"], "reject")
        self.assertEqual(result["organizational_domain"], "acme.example")
        self.assertEqual(result["record"]["p"], "reject")

    def test_help(self):
        answer = ask("--help")
        self.assertEqual(answer.returncode, 0)
        for word in ("spf,dkim,dmarc,check", "--nameserver", "exit codes", "--json"):
            self.assertIn(word, answer.stdout)

    def test_import_loads_no_odoo(self):
        """The whole package, every module of it, stands alone."""
        code = (
            "import importlib, pkgutil, sys, mailauth\n"
            "for m in pkgutil.walk_packages(mailauth.__path__, 'mailauth.'):\n"
            "    importlib.import_module(m.name)\n"
            "print(sorted(m for m in sys.modules if m.split('.')[0] == 'odoo'))\n"
        )
        answer = run_python("-c", code)
        self.assertEqual((answer.stdout, answer.stderr), ("[]\n", ""))
