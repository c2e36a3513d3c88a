# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The conformance suite of RFC 7208, from the source package of pyspf."""

import json
import os
from pathlib import Path

from odoo.tests import BaseCase

from ...mailauth.spf.check_host import check_host
from ..command_line import ask
from ..common import ZoneResolver, run
from ..dns_server import DnsServer, Zone

SUITE = "MAIL_DELIVERABILITY_SPF_SUITE"
FILE = "rfc7208-tests.yml"
CASES = 203
SILENCE = 1  # seconds after which a nameserver that is silent on purpose is given up


class TestSpfSuite(BaseCase):
    def test_conformance(self):
        cases = 0
        for scenario in _load_scenarios():
            zone = _make_zone(scenario["zonedata"])
            for name, case in scenario["tests"].items():
                cases += 1
                with self.subTest(case=name, section=case.get("spec")):
                    self._check_case(zone, case)
        self.assertEqual(cases, CASES)

    def _check_case(self, zone, case):
        sender, helo = case["mailfrom"], case["helo"]
        domain = sender.rpartition("@")[2] or helo
        resolver = ZoneResolver(zone)
        result = run(check_host(case["host"], domain, sender, helo, resolver))
        expected = case["result"]
        expected = [expected] if isinstance(expected, str) else expected
        self.assertIn(result.result, expected, result.problem)
        if "explanation" in case:
            explanation = result.explanation or "DEFAULT"
            self.assertEqual(explanation, case["explanation"])

    def test_conformance_by_the_command_line(self):
        """The same by ``python -m mailauth spf``, with a nameserver of its own."""
        cases = 0
        for scenario in _load_scenarios():
            zone = _make_zone(scenario["zonedata"])
            silent = "timeout" in zone.values()
            with DnsServer(zone) as server:
                for name, case in scenario["tests"].items():
                    cases += 1
                    with self.subTest(case=name, section=case.get("spec")):
                        self._ask(case, server.address, SILENCE if silent else 20)
        self.assertEqual(cases, CASES)

    def _ask(self, case, nameserver, timeout):
        sender, helo = case["mailfrom"], case["helo"]
        options = {"ip": case["host"], "helo": helo, "nameserver": nameserver}
        options |= {"timeout": timeout} | ({"sender": sender} if sender else {})
        words = [f"--{name}={value}" for name, value in options.items()]
        domain = sender.rpartition("@")[2] or helo
        code, printed, _complained = ask("spf", *words, "--json", "--", domain)
        answer = json.loads(printed)
        expected = case["result"]
        expected = [expected] if isinstance(expected, str) else expected
        self.assertIn(answer["result"], expected, answer["problem"])
        exits = {"pass": 0, "temperror": 3}
        self.assertEqual(code, exits.get(answer["result"], 1))
        if "explanation" in case:
            explanation = answer["explanation"] or "DEFAULT"
            self.assertEqual(explanation, case["explanation"])


def _load_scenarios():
    """Read the suite; that it is missing is a failure, never a skip."""
    import yaml

    folder = os.environ.get(SUITE)
    assert folder, f"{SUITE} must name the folder that holds {FILE}"
    with (Path(folder) / FILE).open("rb") as stream:
        return [scenario for scenario in yaml.safe_load_all(stream) if scenario]


def _make_zone(data):
    zone = Zone()
    for name, entries in data.items():
        name = name.lower()
        records = [entry for entry in entries if entry != "TIMEOUT"]
        texts = [entry["TXT"] for entry in records if "TXT" in entry]
        # The suite leaves it to its reader to publish type 99 as TXT as well.
        texts = texts or [entry["SPF"] for entry in records if "SPF" in entry]
        texts = [tuple(t) if isinstance(t, list) else t for t in texts if t != "NONE"]
        if texts:
            zone[(name, "TXT")] = texts
        for entry in records:
            for rdtype, value in entry.items():
                if rdtype not in ("TXT", "SPF"):
                    value = tuple(value) if rdtype == "MX" else value
                    zone.setdefault((name, rdtype), []).append(value)
        if "TIMEOUT" in entries:
            zone[(name, "ANY")] = "timeout"
    return zone
