# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the page of a key offers in each state, and what it says."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import format_date

from ...mailauth.errors import TempError
from .test_mail_dkim_key import DkimCase


@tagged("post_install", "-at_install")
class TestMailDkimKeyPage(DkimCase):
    def test_one_button_checks_and_activates(self):
        key = self._make_key()
        self.assertFalse(key.is_refused)
        self.assertIn("Publish the record below", key.advice)
        key.action_check_and_activate()
        self.assertEqual((key.state, key.is_refused), ("draft", True))
        self.assertIn("DNS shows no record", key.advice)
        self._publish(key)
        key.action_check_and_activate()
        self.assertEqual((key.state, key.is_refused), ("active", False))
        activated = key.activated_on
        key.action_check_and_activate()
        self.assertEqual(key.activated_on, activated)

    def test_a_refusal_says_what_dns_shows(self):
        key, other = self._make_key(), self._make_key()
        ours = key.record_value.partition("p=")[2]
        theirs = other.record_value.partition("p=")[2]
        same = next(n for n in range(len(ours)) if ours[n] != theirs[n])
        rows = [
            (
                "another key",
                other.record_value,
                (theirs[same : same + 16], "has to be"),
            ),
            ("cut off", key.record_value[:90], ("cut off", "(72 characters)")),
            ("another kind", "v=DKIM1; k=ed25519; p=" + "A" * 44, ("k=ed25519",)),
            ("no key", "v=DKIM1; k=rsa", ("In DNS p= is missing",)),
            ("something else", "v=spf1 -all", ("In DNS",)),
            ("markup", "<b>v=DKIM1</b>", ("In DNS",)),
        ]
        for case, value, expected in rows:
            with self.subTest(case):
                self._publish(key, value)
                key.action_check_and_activate()
                self.assertEqual((key.state, key.is_refused), ("draft", True))
                for text in expected:
                    self.assertIn(text, key.advice)
                self.assertNotIn(ours, key.advice)  # shortened
                with self.assertRaises(UserError) as refused:
                    key.action_activate()
                self.assertIn("In DNS", str(refused.exception))

    def test_several_records_are_shown_shortened(self):
        key, other = self._make_key(), self._make_key()
        self.zone[(key.record_name, "TXT")] = [key.record_value, other.record_value]
        key.action_check_and_activate()
        self.assertEqual(key.advice.count("In DNS stands: v=DKIM1"), 2)
        self.assertLess(len(key.advice), 700)

    def test_no_answer_is_no_refusal(self):
        key = self._make_key()
        self.zone[(key.record_name, "TXT")] = TempError("dns_timeout")
        key.action_check_and_activate()
        self.assertFalse(key.is_refused)
        self.assertIn("did not answer", key.advice)

    def test_an_active_key_that_dns_does_not_show(self):
        key, other = self._make_key(), self._make_key()
        self._publish(key)
        key.action_check_and_activate()
        self._publish(key, other.record_value)
        key.action_check()
        self.assertTrue(key.is_troubled)
        self.assertIn("it has to be p=", key.advice)

    def test_revoking_is_asked(self):
        key = self._make_key()
        self._publish(key)
        key.action_check_and_activate()
        with self.assertRaises(UserError):
            key.action_revoke()
        key.action_retire()
        action = key.action_ask_to_revoke()
        self.assertEqual((action["res_id"], action["target"]), (key.id, "new"))
        self.assertIn(key.selector, action["name"])
        arch = self.env["mail.dkim.key"].get_view(action["views"][0][0], "form")["arch"]
        for label in ("Revoke the Key", "Keep It"):
            self.assertIn(label, arch)
        date = format_date(self.env, key.removable_on)
        self.assertTrue(key.is_record_needed)
        self.assertIn(date, key.revoke_advice)
        self.assertIn(date, key.advice)

    def test_the_record_of_an_old_key(self):
        """What is to be done with it depends on the day, and never contradicts."""
        key = self._make_key()
        self._publish(key)
        key.action_check_and_activate()
        key.action_retire()
        later = fields.Datetime.now() + timedelta(days=15)
        with freeze_time(later):
            key.invalidate_recordset()
            self.assertFalse(key.is_record_needed)
            self.assertIn("revoke it, then remove", key.advice)
            self.assertIn(key.record_name, key.revoke_advice)
            key.action_revoke()
            self.assertIn("Remove its record", key.advice)
        key.invalidate_recordset()
        self.assertTrue(key.is_record_needed)
        self.assertIn("Keep the record", key.advice)
        self.assertNotIn("ublish", key.advice)

    def test_a_new_key_where_none_is_left(self):
        key = self._make_key()
        self._publish(key)
        key.action_check_and_activate()
        key.action_retire()
        self.assertFalse(key.is_missed)
        key.action_revoke()
        self.assertTrue(key.is_missed)
        made = key.action_rotate()["res_id"]
        self.assertNotEqual(made, key.id)
        key.invalidate_recordset()
        self.assertFalse(key.is_missed)

    def test_names_as_the_dns_host_wants_them(self):
        key = self._make_key()
        self.assertEqual(key.host_name, f"{key.selector}._domainkey")
        self.assertFalse(key.host_text or key.host_editor_url)
        host = self.env["mail.dns.provider"].search(
            [("edit_path", "!=", False), ("editor_url", "!=", False)], limit=1
        )
        self.patch(type(self.domain), "_get_dns_host", lambda _domain: host)
        self.domain.sudo().auth_zone = "example"
        key.invalidate_recordset()
        self.assertEqual(key.host_name, f"{key.selector}._domainkey.acme")
        self.assertIn(host.name, key.host_text)
        self.assertIn(host.edit_path, key.host_text)
        self.assertEqual(key.host_url, host._get_help_url("TXT"))
        self.assertEqual(key.host_editor_url, host._get_editor_url("example"))

    def test_a_short_word_for_each_algorithm(self):
        algorithms = [name for name, _ in self.keys._fields["algorithm"].selection]
        for algorithm in algorithms:
            self.assertTrue(self.keys.new({"algorithm": algorithm}).kind, algorithm)
