# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ast
import importlib
import inspect
from pathlib import Path

from odoo.tests import BaseCase

from .. import mailauth
from .common import run_python

ADDON = __package__.rpartition(".")[0]
ROOT = Path(__file__).resolve().parent.parent
# (name, its parameters): other people's scripts stand on these.
SIGNATURES = [
    ("check_host", "ip, domain, sender, helo, resolver, *, receiver, now"),
    ("discover_dmarc", "domain, resolver"),
    ("check_dkim_key", "selector, domain, resolver, public_key"),
    ("check_domain", "domain, facts, resolver, fetcher"),
    (
        "check_message",
        "raw, client_ip, helo, mail_from, resolver, *, now, sent, is_mailing",
    ),
    (
        "decide_sender",
        "author, from_filter, default_from, own_domains, author_policy, "
        "sender_policy, *, unfiltered_default",
    ),
    ("DnsResolver", "nameservers, timeout"),
    ("explain_refusal", "reply_code, enhanced_code, text, host"),
    ("parse_bounce", "raw"),
    ("read_report", "data, name, content_type"),
    ("Finding", "code, status, found, expected, why, rfc, subject, name, rdtype"),
]
# (name, some of its fields)
FIELDS = [
    ("SpfResult", ("result", "problem", "explanation", "trace", "lookups")),
    ("SpfResult", ("void_lookups",)),
    ("DmarcResult", ("policy", "organizational_domain", "record", "problem", "walk")),
    ("DmarcResult", ("testing",)),
    ("DkimKeyResult", ("result", "problem")),
    ("MessageResult", ("spf", "helo", "dkim", "arc", "dmarc", "hops", "client_ip")),
    ("MessageResult", ("findings", "grade")),
    ("MessageFinding", ("code", "status", "why", "cause", "weakens", "receivers")),
    ("SenderDecision", ("header_from", "encapsulated", "reason")),
    ("Refusal", ("provider", "category", "blame", "scope", "temporary", "advice")),
    ("Bounce", ("kind", "original_message_id", "original_headers", "recipients")),
]


def _run(code):
    """Return what a program prints that has the package without Odoo."""
    done = run_python("-c", code)
    return done.stdout.strip() or done.stderr


def _list_parameters(function):
    names = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind == parameter.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        names.append(parameter.name)
    return ", ".join(names)


def _list_imports(path):
    """Return (module, name) of what a script imports from the package."""
    for node in ast.walk(ast.parse(path.read_text())):
        module = (isinstance(node, ast.ImportFrom) and node.module) or ""
        if module.split(".")[0] == "mailauth":
            yield from ((module, alias.name) for alias in node.names)


class TestPublicNames(BaseCase):
    def test_signatures(self):
        for name, parameters in SIGNATURES:
            with self.subTest(name):
                found = _list_parameters(getattr(mailauth, name))
                self.assertEqual(found, parameters)

    def test_fields(self):
        for name, fields in FIELDS:
            with self.subTest(name):
                found = inspect.signature(getattr(mailauth, name)).parameters
                self.assertLessEqual(set(fields), found.keys())

    def test_each_name_is_there(self):
        for name in mailauth.__all__:
            with self.subTest(name):
                self.assertEqual(getattr(mailauth, name).__name__, name)
        self.assertLessEqual(set(mailauth.__all__), set(dir(mailauth)))
        with self.assertRaises(AttributeError):
            _ = mailauth.no_such_name

    def test_import_loads_nothing_else(self):
        code = (
            "import mailauth, sys; print([m for m in sys.modules if 'mailauth.' in m])"
        )
        self.assertEqual(_run(code), "[]")

    def test_scripts_find_what_they_import(self):
        """Benchmarks and the fuzzer run too seldom to tell."""
        for path in sorted([*ROOT.glob("bench/*.py"), *ROOT.glob("dev/*.py")]):
            for module, name in _list_imports(path):
                with self.subTest(path.name, module=module, name=name):
                    found = importlib.import_module(f"{ADDON}.{module}")
                    if not hasattr(found, name):
                        importlib.import_module(f"{ADDON}.{module}.{name}")

    def test_example(self):
        found = _run("import doctest, mailauth; print(doctest.testmod(mailauth))")
        self.assertRegex(found, r"\ATestResults\(failed=0, attempted=[1-9][0-9]?\)\Z")
