# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from pathlib import Path
from types import SimpleNamespace

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ...models.parameters.table import PARAMETERS

ROOT = Path(__file__).parents[2]
# As documented: a parameter of this addon and its value where nothing is stored.
DEFAULTS = {
    "bulk_recipients": 50,
    "daily_limit": 200,
    "daily_limit_public": 20,
    "daily_limit_reserve": 10,
    "daily_limit_reset_hour": 0,
    "daily_limit_urgent": 30,
    "dns_timeout": 5,
    "nameservers": (),
    "report_alias": "dmarc-reports",
    "retry_hours": 96,
    "sender_policy": "dmarc",
    "suppression": 1,
}
# Of a parameter: what is stored, past all checks too, and how it is read.
READ = [
    ("daily_limit", "500", 500),
    ("daily_limit", "0", 0),
    ("daily_limit", " 7 ", 7),
    ("daily_limit", "", 200),
    ("daily_limit", "many", 200),
    ("daily_limit", "-5", 200),
    ("daily_limit", "9" * 5000, 200),
    ("daily_limit_reset_hour", "25", 1),
    ("daily_limit_reset_hour", "noon", 0),
    ("dns_timeout", "2.5", 2.5),
    ("dns_timeout", "abc", UserError),
    ("dns_timeout", "61", UserError),
    ("nameservers", "dns.acme.example", UserError),
    ("report_alias", "DMARC", "dmarc"),
    ("report_alias", "a b", "dmarc-reports"),
    ("sender_policy", "always", "always"),
]


@tagged("post_install", "-at_install")
class TestTable(TransactionCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]

    def test_defaults(self):
        ours = {key for key in PARAMETERS if key.startswith("mail_deliverability.")}
        self.assertEqual(ours, {f"mail_deliverability.{name}" for name in DEFAULTS})
        self.parameters.search([("key", "in", list(ours))]).unlink()
        for name, default in DEFAULTS.items():
            with self.subTest(name):
                parameter = PARAMETERS[f"mail_deliverability.{name}"]
                self.assertEqual(self.parameters._get_value(parameter), default)

    def test_documented(self):
        for page in ("README.md", "ARCHITECTURE.md"):
            text = (ROOT / page).read_text()
            for key in PARAMETERS:
                with self.subTest(page, key=key):
                    self.assertIn(key, text, "it needs a row in the table")

    def test_a_default_can_be_typed(self):
        for parameter in PARAMETERS.values():
            if parameter.default:
                with self.subTest(parameter.key):
                    text = parameter.normalize(str(parameter.default))
                    self.assertEqual(parameter.read(text), parameter.default)

    def test_read(self):
        for name, stored, expected in READ:
            parameter = PARAMETERS[f"mail_deliverability.{name}"]
            self._store(parameter.key, stored)
            with self.subTest(name, stored=stored[:9]):
                if expected is UserError:
                    with self.assertRaisesRegex(UserError, f"{name}.*{stored}"):
                        self.parameters._get_value(parameter)
                    continue
                self.assertEqual(self.parameters._get_value(parameter), expected)

    def test_no_other_key_is_read_with_all_rights(self):
        """Templates can call each method, also those called _x."""
        key = "database.secret"
        with self.assertRaises(KeyError):
            self.parameters._get_value(SimpleNamespace(key=key, read=str, default=""))
        with self.assertRaises(KeyError):
            self.parameters._get_stored(key)

    def _store(self, key, value):
        """Store a value as before the installation: nothing checks it."""
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key, value],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
