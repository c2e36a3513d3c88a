# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ipaddress
import json
import signal
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import Mock, patch

from devenv import playground
from devenv.state import ROOT


class TestZone(unittest.TestCase):
    def test_own_address_has_a_name(self):
        """Else nobody who publishes what the cards say would end green."""
        zone = json.loads((ROOT / "dev" / "playground" / "zone.json").read_text())
        (exchange,) = zone["acme.example"]["MX"]
        (address,) = zone[exchange[1]]["A"]
        reverse = ipaddress.ip_address(address).reverse_pointer
        self.assertEqual(zone[reverse]["PTR"], [exchange[1]])


class TestServe(unittest.TestCase):
    """The servers of tests/ start as programs, though its folders shadow packages."""

    def test_programs(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        zone = folder / "zone.json"
        zone.write_text("{}")
        with patch.object(playground, "Odoo", return_value=Mock(python=sys.executable)):
            servers = playground.Playground()
        for program, *words in (
            ("dns_server.py", "--port", 0, zone),
            ("smtp_sink.py", folder),
        ):
            with self.subTest(program):
                self.assertGreater(servers._serve(program, *words), 1023)
        for child in servers.children:
            child.send_signal(signal.SIGTERM)
            child.wait(timeout=30)
            child.stdout.close()
