# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The command line on a fresh machine: Python, and what the README says to install."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from importlib import metadata
from pathlib import Path

from devenv.state import ROOT

OFFLINE = {"refusal", "bounce", "report"}  # commands that ask nobody
SERVER = ROOT / "tests" / "dns_server.py"
ZONE = {
    ("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
    ("acme.example", "MX"): [(10, "mx.acme.example")],
    ("mx.acme.example", "A"): ["192.0.2.10"],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@acme.example"],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["mx.acme.example"],
    ("s1._domainkey.acme.example", "TXT"): [
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ],
}


def read_section():
    """Return the commands of the README's section: what to install, what to ask."""
    text = (ROOT / "README.md").read_text()
    section = re.search(r"^## Without Odoo\n(.*?)^## ", text, re.M | re.S)[1]
    return (
        re.findall(r"^    pip install (.+)$", section, re.M),
        re.findall(r"^    python (-m mailauth .+)$", section, re.M),
    )


def with_what_comes_along(packages):
    """Return the packages that pip installs for these: with what they need, always."""
    names, found = list(packages), {}
    while names:
        distribution = metadata.distribution(names.pop())
        if found.setdefault(distribution.name, distribution) is distribution:
            wanted = [
                one for one in distribution.requires or () if "extra ==" not in one
            ]
            names += [re.match(r"[\w.-]+", one)[0] for one in wanted]
    return list(found.values())


class TestBareEnvironment(unittest.TestCase):
    """What is installed comes from this environment, where each file has its hash."""

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.python = Path(folder, "bin", "python")
        make = (sys.executable, "-m", "venv", "--without-pip", folder)
        subprocess.run(make, check=True)
        self.site = next(Path(folder).glob("lib/python3*/site-packages"))

    def install(self, packages):
        for distribution in with_what_comes_along(packages):
            for path in distribution.files:
                if ".." not in path.parts and "__pycache__" not in path.parts:
                    target = self.site / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.symlink_to(distribution.locate_file(path))

    def ask(self, *words):
        own = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        return subprocess.run(
            [self.python, *words],
            cwd=ROOT,
            env={**own, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_one_command_is_enough(self):
        (named,), examples = read_section()
        self.install(named.split())
        self.assertEqual(len(examples), 8)
        mail = self.site / "mail.eml"
        mail.write_bytes(b"From: a@acme.example\r\n\r\nHello\r\n")
        files = re.compile(r"\b(?:mail|bounce)\.eml$|\S+\.xml\.gz$")
        with load_dns_server().DnsServer(ZONE) as server:
            for example in examples:
                with self.subTest(example):
                    words = shlex.split(files.sub(str(mail), example))
                    if not OFFLINE & {*words}:
                        words += ["--nameserver", server.address]
                    done = self.ask(*words)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        done = self.ask("-c", "import odoo")
        self.assertIn(
            "ModuleNotFoundError", done.stderr, "it is not as bare as it seems"
        )

    def test_less_is_not_enough(self):
        """Each package that is named is needed, unless another one brings it along."""
        (named,), _examples = read_section()
        self.install(["dnspython"])
        self.assertIn("ModuleNotFoundError", self.ask("-m", "mailauth", "-h").stderr)
        self.assertEqual(sorted(named.split()), ["cryptography", "dnspython", "idna"])


def load_dns_server():
    """Import tests/dns_server.py, whose package would import Odoo."""
    spec = importlib.util.spec_from_file_location("dns_server", SERVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
