# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What can be done about sender addresses, shown before, and taken back after."""

import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ...models.people import mail_sender_address_remedies
from ...wizards import mail_sender_address
from ..axe import AxeMixin
from .people_common import QUIET, PeopleCase, make_user

LINK = re.compile(r"/mail_deliverability/confirm-address/[\w-]+")


class RemedyMixin:
    """The dialog of a remedy, opened and pressed as an administrator does."""

    def _open(self, kind, rows):
        action = getattr(rows, f"action_prepare_{kind}")()
        return self.env[action["res_model"]].browse(action["res_id"])

    def _apply(self, kind, rows):
        remedy = self._open(kind, rows)
        self.assertTrue(remedy.can_apply, remedy.line_ids.mapped("problem"))
        remedy.action_apply()
        return remedy

    def _find_link(self):
        mails = [
            one.message.get_content()
            if not one.message.is_multipart()
            else one.message.get_body(("html", "plain")).get_content()
            for one in self.sink.deliveries
        ]
        return next(
            LINK.search(text)[0] for text in reversed(mails) if LINK.search(text)
        )


@tagged("post_install", "-at_install")
class TestSenderRemedies(RemedyMixin, PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = make_user(
            cls.env, "anna", name="Anna Zöllner", email="a@yahoo.example"
        )
        cls.bob = make_user(cls.env, "bob", name="Bob Ray", email="b.ray@acme.example")
        cls.cy = make_user(cls.env, "cy", name="Cy Lee", email="c.lee@acme.example")
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Offer",
                "model_id": cls.env.ref("base.model_res_partner").id,
                "email_from": "{{ user.email_formatted }}",
            }
        )

    # ------------------------------------------------------------ address

    def test_address(self):
        """Nothing changes before the link was followed, then the address alone."""
        self._audit()
        self.sink.deliveries.clear()
        row = self._row("res.users", self.anna)
        remedy = self._apply("address", row)
        self.assertEqual(remedy.line_ids.after, "a.zollner@acme.example")
        self.assertIn("anna", remedy.line_ids.hint)
        self.assertEqual(self.anna.email, "a@yahoo.example")
        self.assertEqual(
            [one.rcpt_tos for one in self.sink.deliveries],
            [("a.zollner@acme.example",)],
        )
        confirmation = self.env["mail.sender.confirmation"].search([])
        token = self._find_link().rpartition("/")[2]
        self.assertIn("confirmed by 0", self.rows.get_progress()["undo"])
        again = self._open("address", row).line_ids
        self.assertEqual(again.after, confirmation.email, "the same, not another one")
        self.assertIn("Not confirmed yet", again.hint)
        found = confirmation._find_by_token(token)
        self.assertEqual(found, confirmation)
        self.assertTrue(found._is_open())
        found._confirm()
        self.assertEqual(self.anna.email, "a.zollner@acme.example")
        self.assertEqual(self.anna.login, "anna")
        self.assertFalse(found._is_open(), "it works once")
        self.assertIn("Taken back for 1", self.rows.undo_last())
        self.assertEqual(self.anna.email, "a@yahoo.example")

    def test_links_that_lead_nowhere(self):
        self._audit()
        row = self._row("res.users", self.anna)
        confirmations = self.env["mail.sender.confirmation"]

        def ask():
            self.sink.deliveries.clear()
            self._apply("address", row.exists() or self._row("res.users", self.anna))
            return self._find_link().rpartition("/")[2]

        token = ask()
        for wrong in (
            "",
            "x",
            "x" * 10_000,
            token[:-4],
            token[:-1] + "!",
            "é",
            token * 2,
        ):
            with self.subTest(wrong[:20]):
                self.assertFalse(confirmations._find_by_token(wrong))
        again = ask()
        self.assertFalse(confirmations._find_by_token(token), "a later one replaces it")
        self.rows.undo_last()
        self.assertFalse(confirmations._find_by_token(again), "it was taken back")
        token = ask()
        self.anna.email = "other@yahoo.example"
        self.assertFalse(
            confirmations._find_by_token(token)._is_open(), "it was changed meanwhile"
        )
        token = ask()
        open_one = confirmations.search([("confirmed_on", "=", False)])
        open_one.expires_on = fields.Datetime.now() - timedelta(days=1)
        self.assertFalse(
            confirmations._find_by_token(token)._is_open(), "it is too old"
        )
        token = ask()
        self.bob.email = confirmations.search([("confirmed_on", "=", False)]).email
        self.assertFalse(
            confirmations._find_by_token(token)._is_open(), "it is another's by now"
        )
        token = ask()
        self.anna.active = False
        self.assertFalse(
            confirmations._find_by_token(token)._is_open(), "the user is gone"
        )

    def test_address_that_was_typed(self):
        self._audit()
        row = self._row("res.users", self.anna)
        for typed in (
            "x",
            "x@yahoo.example",
            "b.ray@acme.example",
            "bounce@acme.example",
        ):
            remedy = self._open("address", row)
            remedy.line_ids.after = typed
            with self.subTest(typed), self.assertRaises(UserError):
                remedy.action_apply()
        remedy = self._open("address", row)
        remedy.line_ids.after = "anna@acme.example"
        remedy.action_apply()
        self.assertEqual(
            self.env["mail.sender.confirmation"].search([]).email, "anna@acme.example"
        )

    def test_taken_since_it_was_asked_for(self):
        """What somebody else has by now is not given again."""
        self._audit()
        row = self._row("res.users", self.anna)
        self._apply("address", row)
        self.bob.email = self.env["mail.sender.confirmation"].search([]).email
        remedy = self._open("address", self._row("res.users", self.anna))
        remedy.line_ids.after = self.bob.email
        with self.assertRaises(UserError):
            remedy.action_apply()

    def test_many_addresses(self):
        """Of many the mails leave by the queue: nobody waits for them."""
        people = self.env["res.users"].with_context(**QUIET)
        people = people.create(
            [
                {"name": f"P {n}", "login": f"p{n}", "email": f"p{n}@yahoo.example"}
                for n in range(12)
            ]
        )
        self._audit()
        mine = [("source_model", "=", "res.users"), ("source_id", "in", people.ids)]
        self.sink.deliveries.clear()
        self._apply("address", self.rows.search(mine))
        self.assertFalse(self.sink.deliveries)
        waiting = self.env["mail.mail"].search([("state", "=", "outgoing")])
        links = waiting.filtered("auto_delete")
        self.assertEqual(len(links), 12)
        with patch.object(mail_sender_address, "MOST", 11):
            with self.assertRaisesRegex(UserError, "Choose 11 at most"):
                self.rows.search(mine).action_prepare_inbox()
        words = {"email_to": links[0].email_to, "body_html": "x"}
        other = self.env["mail.mail"].create(words)
        self.rows.undo_last()
        self.assertFalse(links.exists(), "links that lead nowhere don't leave")
        self.assertTrue(other.exists())

    def test_addresses_of_several(self):
        """Two of one name get two addresses; who has one is left out."""
        twin = make_user(self.env, "twin", name="Anna Zöllner", email="t@yahoo.example")
        self._audit()
        rows = [self._row("res.users", user) for user in (self.anna, twin, self.bob)]
        remedy = self._open("address", self.rows.concat(*rows))
        after = [line.after for line in remedy.line_ids]
        self.assertEqual(
            sorted(one or "" for one in after),
            ["", "a.zollner2@acme.example", "a.zollner@acme.example"],
        )
        self.assertEqual(len(remedy.line_ids.filtered("problem")), 1)

    # ------------------------------------------------------------ the others

    def test_inbox(self):
        self.anna.notification_type = "email"
        self._audit()
        self._apply("inbox", self._row("res.users", self.anna))
        self.assertEqual(self.anna.notification_type, "inbox")
        self.assertIn("Handle in Odoo", self.rows.get_progress()["undo"])
        self.rows.undo_last()
        self.assertEqual(self.anna.notification_type, "email")
        self.assertFalse(self.rows.get_progress()["undo"])

    def test_default(self):
        """Answers still reach the person, and nothing else is touched by the undo."""
        self.company_2.email = "info@yahoo.example"
        self._audit()
        rows = self._row("mail.template", self.template)
        rows += self._row("res.company", self.company_2)
        self._apply("default", rows)
        self.assertIn("notifications@acme.example", self.template.email_from)
        self.assertEqual(self.template.reply_to, "{{ user.email_formatted }}")
        self.assertEqual(self.company_2.email, "notifications@globex.example")
        changed = self._row("res.company", self.company_2)
        self.assertIn(changed, rows, "its page stays open")
        self.assertEqual(changed.outcome, "unauthenticated", "its SPF lets nobody send")
        self.company_2.email = "somebody@else.example"
        self.assertIn("1 were changed meanwhile", self.rows.undo_last())
        self.assertEqual(self.company_2.email, "somebody@else.example")
        self.assertEqual(self.template.email_from, "{{ user.email_formatted }}")
        self.assertFalse(self.template.reply_to)

    def test_default_of_the_company(self):
        """It is that of the template's company, whoever else has the same number."""
        self._audit()
        row = self._row("mail.template", self.template)
        other = row.sudo().create(
            {
                "source_model": "mail.alias",
                "source_id": self.template.id,
                "company_id": self.company_2.id,
                "email": "x@yahoo.example",
            }
        )
        remedy = self._open("default", row + other)
        self.assertIn("notifications@acme.example", remedy.line_ids.after)

    def test_filter(self):
        """Only a domain that receivers trust this server with, no mailbox provider."""
        self.env["mail.alias.domain"].create({"name": "initech.example"})
        self.server_2.from_filter = "globex.example"
        emails = (
            "x@initech.example",
            "x@yahoo.example",
            "x@gmail.com",
            "x@friendly.example",
        )
        users = [
            make_user(self.env, f"f{number}", email=email)
            for number, email in enumerate(emails)
        ]
        company = self.company_3
        company.alias_domain_id = self.env["mail.alias.domain"].search(
            [("name", "=", "initech.example")]
        )
        for user in users:
            user.company_ids = self.company + company
            user.company_id = company
        self._audit()
        rows = self.rows.search(
            [
                ("source_model", "=", "res.users"),
                ("source_id", "in", [user.id for user in users]),
                ("reason", "=", "filter_mismatch"),
            ]
        )
        with patch.object(mail_sender_address_remedies, "MOST_ASKED", 0):
            problems = self._open("filter", rows).line_ids.mapped("problem")
        self.assertIn("Too many at once: try it with fewer.", problems)
        remedy = self._open("filter", rows)
        possible = remedy.line_ids.filtered(lambda line: not line.problem)
        self.assertIn("initech.example", possible.mapped("after")[0])
        self.assertEqual(len(possible), 1, remedy.line_ids.mapped("problem"))
        before = self.server.from_filter
        remedy.action_apply()
        self.assertEqual(self.server.from_filter, "acme.example,initech.example")
        self.rows.undo_last()
        self.assertEqual(self.server.from_filter, before)

    def test_only_what_was_shown(self):
        self.anna.notification_type = "email"
        self._audit()
        row = self._row("mail.template", self.template)
        remedy = self._open("default", row)
        self.template.email_from = "new@acme.example"
        with self.assertRaises(UserError):
            remedy.action_apply()
        with self.assertRaises(UserError):
            self._row("res.users", self.anna).action_prepare_default()

    def test_of_others(self):
        """What another administrator did is theirs to undo; employees see nothing."""
        self.anna.notification_type = "email"
        self._audit()
        row = self._row("res.users", self.anna)
        self._apply("inbox", row)
        other = make_user(self.env, "other", groups="base.group_user,base.group_system")
        with self.assertRaises(UserError):
            self.rows.with_user(other).undo_last()
        with self.assertRaises(AccessError):
            row.with_user(self.bob).action_prepare_inbox()


@tagged("post_install", "-at_install")
class TestSenderPages(RemedyMixin, AxeMixin, HttpCase, PeopleCase):
    def registry_enter_test_mode(self, **_options):
        """HttpCase has done so for the whole class."""

    def setUp(self):
        super().setUp()
        self.anna = make_user(
            self.env, "anna", name="Anna Zöllner", email="a@yahoo.example"
        )
        self.anna.notification_type = "email"
        self._audit()

    def test_confirm_page(self):
        """Opening the link changes nothing: programs do so before people."""
        self._apply("address", self._row("res.users", self.anna))
        link = self._find_link()
        self.env.flush_all()
        for _time in range(2):
            page = self.url_open(link)
            self.assertIn("anna.zollner@acme.example", page.text)
            self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.anna.invalidate_recordset()
        self.assertEqual(self.anna.email, "a@yahoo.example")
        self.assertEqual(self.url_open(link, data={"x": "1"}).status_code, 400, "CSRF")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        done = self.url_open(link, data={"csrf_token": token})
        self.assertIn("is your address from now on", done.text)
        self.anna.invalidate_recordset()
        self.assertEqual(self.anna.email, "anna.zollner@acme.example")
        # Once more, by somebody hurried: it is done, and nothing else happens.
        for again in (
            self.url_open(link, data={"csrf_token": token}),
            self.url_open(link),
        ):
            self.assertIn("is your address from now on", again.text)
            self.assertNotIn("<form", again.text)
        self.anna.email = "a@yahoo.example"
        self.env.flush_all()
        self.url_open(link, data={"csrf_token": token})
        self.assertIn("does not work any more", self.url_open(link).text)
        self.anna.invalidate_recordset()
        self.assertEqual(self.anna.email, "a@yahoo.example", "it works once")
        self.assertIn("does not work any more", self.url_open(link[:-3] + "abc").text)

    def test_tour(self):
        self.start_tour(
            "/odoo/settings", "mail_sender_addresses", login="admin", timeout=300
        )
        self.anna.invalidate_recordset()
        self.assertEqual(self.anna.notification_type, "email", "it was undone")

    def test_phone(self):
        self.browser_size, self.touch_enabled = "390x844", True
        self.start_tour(
            "/odoo/settings", "mail_sender_addresses_phone", login="admin", timeout=300
        )
        self.anna.invalidate_recordset()
        self.assertEqual(self.anna.notification_type, "inbox")
