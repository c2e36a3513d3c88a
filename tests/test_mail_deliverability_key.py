import io
from unittest.mock import patch

from odoo.cli.command import find_command
from odoo.tests import tagged
from odoo.tools import config

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

    def test_running_workers_are_told(self):
        self._use_config(FERNET_KEYS[0])
        self._make_key(algorithm="ed25519")
        with patch.object(self.env.registry, "signal_changes") as signal_changes:
            self._run()
        signal_changes.assert_called_once()
