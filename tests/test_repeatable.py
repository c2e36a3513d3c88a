# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The tests are the same in every run: none depends on chance."""

import re
import sys
from pathlib import Path

from hypothesis import HealthCheck, is_hypothesis_test

from odoo.tests import BaseCase

HERE = Path(__file__)
# What is different in every run, and whose own tests may use it.
CHANCE = {
    r"Fernet\.generate_key": (),
    r"generate_private_key\(": ("test_key.py",),
    r"\b(urandom|uuid[14]|token_\w+|SystemRandom)\(": (),
    r"\brandom\.(?!Random\(\w)": (),
}


def _properties():
    """Return each test that hypothesis makes examples for, by name."""
    return {
        f"{name}.{key}": method
        for name, module in list(sys.modules.items())
        if name.startswith(f"{__package__}.")
        for one in list(vars(module).values())
        if isinstance(one, type) and one.__module__ == name
        for key, method in vars(one).items()
        if key.startswith("test_") and is_hypothesis_test(method)
    }


class TestRepeatable(BaseCase):
    def test_sources(self):
        for path in sorted(HERE.parent.rglob("*.py")):
            text = path.read_text()
            for pattern, allowed in CHANCE.items():
                if path.name not in (HERE.name, *allowed):
                    with self.subTest(path.name, pattern=pattern):
                        self.assertIsNone(re.search(pattern, text))

    def test_generated_examples(self):
        """Always the same ones, however long the machine takes for each."""
        properties = _properties()
        self.assertGreater(len(properties), 10)
        for name, method in properties.items():
            found = method._hypothesis_internal_use_settings
            with self.subTest(name):
                self.assertTrue(found.derandomize)
                self.assertIsNone(found.deadline)
                self.assertIn(HealthCheck.too_slow, found.suppress_health_check)
