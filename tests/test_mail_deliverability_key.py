import io
from unittest.mock import patch

from odoo.cli.command import find_command
from odoo.tests import tagged
from odoo.tools import config

from ..models.dkim_secrets import MARKS
from .keys import FERNET_KEYS
from .test_mail_dkim_key import DkimCase


@tagged("post_install", "-at_install")
class TestMailDeliverabilityKey(DkimCase):
    """The command that changes the key of odoo.conf."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.startPatcher(patch.object(config, "parse_config"))
        self.startPatcher(patch.dict(config.options, {"db_name": [self.env.cr.dbname]}))

    def _run(self):
        command = find_command("mail_deliverability_key")
        self.env.flush_all()
        with patch("sys.stdout", io.StringIO()) as out:
            command().run([])
        self.env.invalidate_all()
        return out.getvalue()

    def test_command(self):
        self._use_config()
        key = self._make_key(algorithm="ed25519")
        old, new = FERNET_KEYS
        self._use_config(old)
        self.assertIn("encrypted keys: 1", self._run())
        self.assertTrue(key.is_encrypted and key.is_usable)
        self._use_config(new, old)
        self.assertIn("encrypted keys: 1", self._run())
        self._use_config(new)
        self.assertTrue(key.is_usable)
        self._use_config(old)
        with self.assertRaises(SystemExit) as caught:
            self._run()
        self.assertIn(key.record_name, str(caught.exception))

    def test_command_with_a_malformed_key(self):
        self._use_config()
        self._make_key(algorithm="ed25519")
        for option in ("hello", "clé"):
            self._use_config(option)
            with self.subTest(option), self.assertRaises(SystemExit) as caught:
                self._run()
            self.assertIn("is no Fernet key", str(caught.exception))

    def test_command_without_a_database(self):
        with patch.dict(config.options, {"db_name": []}):
            with self.assertRaisesRegex(SystemExit, "Name a database"):
                self._run()

    def test_command_without_a_key(self):
        self._use_config()
        self._make_key(algorithm="ed25519")
        with self.assertRaisesRegex(SystemExit, "is missing in odoo.conf"):
            self._run()

    def test_the_order_of_keys(self):
        """OLD,NEW is refused before OLD is removed; all else is done."""
        old, new, older = (*FERNET_KEYS, "Z" * 42 + "A=")
        refusal = "NEW,OLD"
        for name, made_with, runs in (
            ("the right order", [old], [([new, old], "1")]),
            ("twice", [old], [([new, old], "1"), ([new, old], "1"), ([new], "1")]),
            ("the wrong order", [old], [([old, new], refusal)]),
            ("then the right one", [old], [([old, new], refusal), ([new, old], "1")]),
            ("a single key", [old], [([old], "1"), ([old], "1")]),
            ("the first key", [], [([old], "1"), ([old], "1")]),
            ("two for what is plain", [], [([old, new], "1"), ([old, new], "1")]),
            ("more than two", [old], [([new, old, older], "1")] * 2),
            (
                "the wrong order later",
                [old],
                [([new, old], "1"), ([new, old, older], refusal)],
            ),
            ("the new one last", [old], [([old, older, new], refusal)]),
            ("back to an old key", [old], [([new, old], "1"), ([old, new], "1")]),
        ):
            with self.subTest(name):
                self._forget_marks()
                self._use_config(*made_with)
                key = self._make_key(algorithm="ed25519")
                for fernet_keys, expected in runs:
                    self._use_config(*fernet_keys)
                    self._run_order(key, expected)
                key.unlink()

    def _run_order(self, key, expected):
        stored = key.sudo().private_key
        if expected == "1":
            self.assertIn("encrypted keys: 1", self._run())
        else:
            with self.assertRaisesRegex(SystemExit, expected):
                self._run()
            self.assertEqual(key.sudo().private_key, stored)
        key.invalidate_recordset()
        self.assertTrue(key.is_usable)

    def _forget_marks(self):
        self.env["ir.config_parameter"].search([("key", "=", MARKS)]).unlink()

    def test_the_wrong_order_without_a_key_to_lose(self):
        self._use_config(*FERNET_KEYS)
        self.assertIn("encrypted keys: 0", self._run())

    def test_marks_are_no_keys(self):
        self._use_config(FERNET_KEYS[0])
        self._run()
        marks = self.env["ir.config_parameter"].get_param(MARKS)
        self.assertRegex(marks, "^[0-9a-f]{16}$")
