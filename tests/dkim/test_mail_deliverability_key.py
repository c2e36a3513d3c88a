# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import io
from unittest.mock import patch

import psycopg2

from odoo.cli.command import find_command
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ...models.dkim import encryption
from ...models.dkim.secrets import MARKS
from ..keys import FERNET_KEYS
from .test_mail_dkim_key import DkimCase

COMMAND = "odoo.addons.mail_deliverability.cli.mail_deliverability_key"


@tagged("post_install", "-at_install")
class TestMailDeliverabilityKey(DkimCase):
    """The command that changes the key of odoo.conf."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self._forget_marks()
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
            ("two for what is plain", [], [([old, new], refusal)] * 2),
            ("more than two", [old], [([new, old, older], refusal)] * 2),
            (
                "three, one after the other",
                [old],
                [([new, old], "1"), ([older, new, old], "1"), ([older], "1")],
            ),
            (
                "the wrong order later",
                [old],
                [([new, old], "1"), ([new, old, older], refusal)],
            ),
            ("the new one last", [old], [([old, older, new], refusal)]),
            ("back to an old key", [old], [([new, old], "1"), ([old, new], refusal)]),
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

    def test_the_wrong_order_before_there_is_a_key(self):
        old, new = FERNET_KEYS
        self._use_config(old, new)
        self.assertIn("encrypted keys: 0", self._run())
        key = self._make_key(algorithm="ed25519")
        self._run_order(key, "NEW,OLD")

    def test_what_earlier_versions_encrypted(self):
        """They noted nothing: what a key has encrypted tells that it was used."""
        old, new = FERNET_KEYS
        for name, keys, expected in (
            ("right", [new, old], "1"),
            ("wrong", [old, new], "NEW,OLD"),
        ):
            with self.subTest(name):
                self._use_config(old)
                key = self._make_key(algorithm="ed25519")
                self._forget_marks()
                self._use_config(*keys)
                self._run_order(key, expected)
                self._run_order(key, expected)
                key.unlink()

    def test_a_key_made_before_the_command_ran(self):
        """The new key is in use already, and still the newer one."""
        old, new = FERNET_KEYS
        self._use_config(old)
        self._make_key(algorithm="ed25519")
        self._forget_marks()
        self._use_config(new, old)
        self._make_key(algorithm="ed25519")
        for _time in range(2):
            self.assertIn("encrypted keys: 2", self._run())
        self._use_config(old, new)
        with self.assertRaisesRegex(SystemExit, "NEW,OLD"):
            self._run()

    def test_the_option_is_taken_out_of_the_configuration(self):
        """In each layer, and again when the configuration was read again."""
        names = ("runtime", "cli", "env", "file", "default")
        for name in names:
            self._use_config()
            layer = getattr(config, f"_{name}_options")
            layer[encryption.OPTION] = FERNET_KEYS[0]
            with self.subTest(name):
                self.assertTrue(encryption.has_key())
                self.assertNotIn(encryption.OPTION, layer)
                self.assertIsNone(config.get(encryption.OPTION))
                self.assertTrue(encryption.has_key(), "kept")

    def test_what_has_the_option_twice(self):
        old, new = FERNET_KEYS
        self._use_config()
        config._file_options[encryption.OPTION] = old
        config._cli_options[encryption.OPTION] = new
        (mark,) = encryption.list_marks()
        self.assertNotIn(encryption.OPTION, config.options)
        self._use_config(new)
        self.assertEqual(encryption.list_marks(), [mark])

    def test_marks_are_no_keys(self):
        self._use_config(FERNET_KEYS[0])
        self._make_key(algorithm="ed25519")
        marks = self.env["ir.config_parameter"].get_param(MARKS)
        self.assertRegex(marks, "^[0-9a-f]{16}$")

    @mute_logger("odoo.sql_db", "odoo.registry")
    def test_each_database_has_its_turn(self):
        """One that is not there, or has no such addon, ends the command badly."""
        self._use_config(FERNET_KEYS[0])
        self._make_key(algorithm="ed25519")
        name = self.env.cr.dbname
        missing = f"{name}_missing"

        def open_registry(database):
            if database == missing:
                raise psycopg2.OperationalError("does not exist")
            return {} if database == "bare" else self.registry

        self.startPatcher(patch(f"{COMMAND}.Registry", open_registry))
        for names, expected in (
            ([missing, name], missing),
            (["bare", name], "bare: mail_deliverability is not installed"),
            ([missing, "bare", name], f"{missing}.*\nbare"),
        ):
            out = io.StringIO()
            options = patch.dict(config.options, {"db_name": names})
            with self.subTest(names), options, patch("sys.stdout", out):
                with self.assertRaisesRegex(SystemExit, expected):
                    find_command("mail_deliverability_key")().run([])
                self.assertIn(f"{name}: encrypted keys: 1", out.getvalue())
