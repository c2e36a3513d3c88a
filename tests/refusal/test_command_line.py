# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from ..command_line import ask
from .shapes import ORIGINAL_ID, postfix

UNKNOWN = "550 5.1.1 No such user"
REFUSAL_KEYS = {"provider", "category", "blame", "scope", "temporary", "advice"}
RECIPIENT_KEYS = {"address", "action", "status", "diagnostic", "category", "blame"}


class TestCommandLine(BaseCase):
    def test_refusal(self):
        code, text, _complained = ask("refusal", UNKNOWN, "--host", "mx.acme.example")
        self.assertEqual(code, 0)
        self.assertIn("category: mailbox_unknown", text)
        self.assertIn("Correct the address", text)

    def test_refusal_in_words(self):
        """Whoever forgets the quotes is understood all the same."""
        self.assertEqual(ask("refusal", *UNKNOWN.split()), ask("refusal", UNKNOWN))

    def test_refusal_as_json(self):
        code, text, _complained = ask("--json", "refusal", UNKNOWN)
        self.assertEqual(code, 0)
        found = json.loads(text)
        self.assertLessEqual(REFUSAL_KEYS, found.keys())
        self.assertEqual(found["blame"], "recipient")
        self.assertIs(found["temporary"], False)

    def test_nothing_is_understood(self):
        code, text, _complained = ask("refusal", "\x1b[2J", "--host", "\x1b[2J")
        self.assertEqual(code, 0)
        self.assertIn("category: unknown", text)
        self.assertNotIn("\x1b", text)

    def test_bounce(self):
        raw = postfix("jane@receiver.example", "mx.receiver.example", UNKNOWN)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "bounce.eml")
            path.write_bytes(raw)
            code, text, _complained = ask("bounce", str(path))
            self.assertEqual(code, 0)
            self.assertIn("kind: failed", text)
            self.assertIn(ORIGINAL_ID, text)
            code, text, _complained = ask("bounce", str(path), "--json")
        found = json.loads(text)
        self.assertEqual((code, found["kind"]), (0, "failed"))
        self.assertEqual(found["original_message_id"], ORIGINAL_ID)
        self.assertLessEqual(RECIPIENT_KEYS, found["recipients"][0].keys())
        self.assertEqual(found["recipients"][0]["category"], "mailbox_unknown")

    def test_what_is_not_understood(self):
        for arguments in (
            ("refusal",),
            ("bounce",),
            ("bounce", "/nowhere.eml"),
            ("refusal", UNKNOWN, "--nameserver", "192.0.2.1"),
        ):
            with self.subTest(arguments):
                self.assertEqual(ask(*arguments)[0], 2)
