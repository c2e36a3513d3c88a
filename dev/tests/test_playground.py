# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ipaddress
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import Mock, patch

from devenv import playground, zone
from devenv.errors import SetupError
from devenv.state import ROOT


class TestZone(unittest.TestCase):
    def test_own_address_has_a_name(self):
        """Else nobody who publishes what the cards say would end green."""
        path = ROOT / "dev" / "playground" / "zone.json"
        names = json.loads(path.read_text())
        address = zone.own_address(path, playground.DOMAIN)
        (name,) = names[ipaddress.ip_address(address).reverse_pointer]["PTR"]
        self.assertEqual(names[name]["A"], [address])


def card(**values):
    blank = {"state": "add", "type": "TXT", "name": "a.example", "current": ""}
    return {**blank, **values}


# (what, what is there, the card, what is there then)
PUBLISHED = [
    ("a new name", {}, card(value="x"), {"TXT": ["x"]}),
    ("beside others", {"TXT": ["y"]}, card(value="x"), {"TXT": ["y", "x"]}),
    ("again", {"TXT": ["x", "y"]}, card(value="x"), {"TXT": ["y", "x"]}),
    (
        "what is replaced goes, and nothing else",
        {"TXT": ["y", " z", ["v", "w"], "kept"]},
        card(state="Replace", value="x", current="y\n z\nvw"),
        {"TXT": ["kept", "x"]},
    ),
    (
        "beside an alias there is nothing",
        {"CNAME": ["b.example"]},
        card(state="replace", value="x", current="CNAME b.example.\nx"),
        {"TXT": ["x"]},
    ),
    (
        "several values",
        {"MX": [[10, "old.example"]]},
        card(type="MX", state="replace", value="1 b\n2 c", current="10 old.example"),
        {"MX": ["1 b", "2 c"]},
    ),
    ("nothing to do", {"TXT": ["y"]}, card(state="done", value="y"), {"TXT": ["y"]}),
    ("a question", {}, card(state="ask", value=""), {}),
]


class TestPublish(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = folder / "zone.json"

    def test_cards(self):
        for what, there, one, wanted in PUBLISHED:
            with self.subTest(what):
                self.path.write_text(json.dumps({"a.example": there}))
                lines = zone.publish(self.path, [one])
                self.assertEqual(json.loads(self.path.read_text())["a.example"], wanted)
                self.assertEqual(len(lines), there != wanted)

    def test_without_a_running_playground(self):
        with (
            patch.object(playground, "checkout_folder", return_value=self.path),
            self.assertRaisesRegex(SetupError, "make run"),
        ):
            playground.publish()


class TestServe(unittest.TestCase):
    """The servers of tests/ start as programs, though its folders shadow packages."""

    def test_programs(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        path = folder / "zone.json"
        path.write_text("{}")
        with patch.object(playground, "Odoo", return_value=Mock(python=sys.executable)):
            servers = playground.Playground()
        programs = (("dns_server.py", "--port", 0, path), ("smtp_sink.py", folder))
        with servers.children:
            for program, *words in programs:
                with self.subTest(program):
                    self.assertGreater(servers._serve(program, *words), 1023)
