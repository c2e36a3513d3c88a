# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, TransactionCase, new_test_user, tagged

from ...models.parameters.table import OWN, PARAMETERS, find_meant

LIMIT = "mail_deliverability.daily_limit"
# What was typed, and what is meant: "" where it may be another module's.
TYPED = [
    (LIMIT, ""),
    (f"{OWN}daily_limt", LIMIT),
    (f"{OWN}Daily_Limit", LIMIT),
    (f" {LIMIT} ", LIMIT),
    ("mail_deliverabilty.daily_limit", LIMIT),
    ("mail.deliverability.daily_limit", LIMIT),
    ("daily_limt", LIMIT),
    (f"{OWN}nameserver", f"{OWN}nameservers"),
    (f"{OWN}reset_hour", ""),
    (f"{OWN}retry_hour", f"{OWN}retry_hours"),
    (f"{OWN}report_alias", ""),
    (f"{OWN}something_else", ""),
    ("mail.catchal.domain", "mail.catchall.domain"),
    ("mail.bounce.alais", "mail.bounce.alias"),
    ("mail.default.from.filter", "mail.default.from_filter"),
    ("mail.catchall.domain.allowed", ""),
    ("mail.session.batch.size", ""),
    ("mail.mail.queue.batch.size", ""),
    ("web.base.url", ""),
    ("dns_timeout", ""),
    ("", ""),
]


class TestFindMeant(BaseCase):
    def test_find_meant(self):
        for typed, meant in TYPED:
            with self.subTest(typed):
                self.assertEqual(find_meant(typed), meant)


@tagged("post_install", "-at_install")
class TestMailDeliverabilityParameter(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "parameters", groups="base.group_system")
        cls.parameters = cls.env["ir.config_parameter"].with_user(cls.admin)
        cls.listed = cls.env["mail.deliverability.parameter"].with_user(cls.admin)

    def row(self, key=LIMIT):
        self.env.flush_all()
        return self.listed.search([("key", "=", key)])

    def test_a_mistyped_key_is_asked_back(self):
        values = {"key": f"{OWN}daily_limt", "value": "5"}
        with self.assertRaisesRegex(ValidationError, f"Did you mean {LIMIT}"):
            self.parameters.create(values)
        parameter = self.parameters.create({**values, "key": "somebody.else"})
        with self.assertRaisesRegex(ValidationError, f"Did you mean {LIMIT}"):
            parameter.key = values["key"]
        # What modules and scripts set is theirs.
        self.assertTrue(parameter.sudo().create(values))

    def test_all_are_listed(self):
        self.assertEqual(self.listed.search([]).mapped("key"), list(PARAMETERS))
        for row in self.listed.search([]):
            with self.subTest(row.key):
                self.assertTrue(row.meaning)
                self.assertTrue(row.expected)

    def test_a_value_is_set_and_taken_back(self):
        self.parameters.search([("key", "=", LIMIT)]).unlink()
        row = self.row()
        self.assertEqual((row.value, row.default), (False, "200"))
        row.value = " 300 "
        self.assertEqual(self.parameters.get_param(LIMIT), "300")
        self.assertEqual(self.row().value, "300")
        self.assertIn(row, self.listed.search([("value", "!=", False)]))
        with self.assertRaisesRegex(ValidationError, "it can't be below 0"):
            row.value = "-5"
        row.value = "0"
        self.assertEqual(self.row().value, "0")
        row.value = False
        self.assertFalse(self.parameters.search([("key", "=", LIMIT)]))
        self.assertFalse(self.row().value)

    def test_numbers(self):
        cases = (
            (f"{OWN}daily_limit", "-5", "below 0"),
            (f"{OWN}daily_limit", "\u22125", "below 0"),
            (f"{OWN}daily_limit", "5.5", "whole number"),
            (f"{OWN}daily_limit", "--5", "whole number"),
            (f"{OWN}daily_limit", "9" * 30, "too large"),
            (f"{OWN}daily_limit_reserve", "91", "too large"),
            (f"{OWN}dns_timeout", "0", "more than 0"),
            (f"{OWN}dns_timeout", "-1", "more than 0"),
            (f"{OWN}dns_timeout", "61", "too large"),
            (f"{OWN}dns_timeout", "nan", "number of seconds"),
        )
        for key, value, reason in cases:
            with self.subTest(key, value=value):
                with self.assertRaisesRegex(ValidationError, reason):
                    self.parameters.set_param(key, value)
