# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A domain that is only being prepared is one that nothing finds."""

from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...hooks import uninstall_hook
from ...models.dkim import signing
from ...models.parameters.mail_alias_domain_draft import KEPT_DAYS
from ..keys import fixed_keys

NAME = "initech.example"


@tagged("post_install", "-at_install")
class TestDrafts(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(fixed_keys())
        cls.domains = cls.env["mail.alias.domain"]
        cls.companies = cls.env["res.company"].with_context(active_test=False)
        cls.companies = cls.companies.search([])
        cls.aliases = cls.env["mail.alias"].search([])
        cls.aliases.alias_domain_id = False
        cls.companies.alias_domain_id = False
        cls.domains.search([]).unlink()

    def _make_draft(self, name=NAME, **values):
        return self.domains.create({"name": name, "active": False, **values})

    def _make_aliases(self, domain=False):
        model = self.env["ir.model"]._get("res.partner").id
        values = {"alias_model_id": model, "alias_domain_id": domain and domain.id}
        return self.env["mail.alias"].create(
            [{**values, "alias_name": name} for name in ("jobs", "help")]
        )

    def _assert_unseen(self, draft):
        """Odoo's own searches, and those that look for archived records too."""
        for domains in (self.domains, self.domains.with_context(active_test=False)):
            self.assertNotIn(draft, domains.search([]))
            self.assertNotIn(draft.id, dict(domains.name_search("initech")))
        found = self.domains._find_aliases([f"bounce@{NAME}", f"catchall@{NAME}"])
        self.assertEqual(found, [])
        made = self.env["res.company"].create({"name": f"Since {draft.id}"})
        self.assertNotEqual(made.alias_domain_id, draft)

    def test_nothing_gets_a_draft(self):
        """Whether it is the first domain, or one that looks like the first."""
        aliases = self._make_aliases()
        first = self._make_draft()
        self.assertFalse(first.active)
        self.assertFalse(self.companies.alias_domain_id)
        self._assert_unseen(first)
        first._drop()
        used = self.domains.create({"name": "acme.example"})
        self.assertEqual(self.companies.alias_domain_id, used, "as Odoo does")
        self.companies[0].alias_domain_id = False
        aliases[0].alias_domain_id = False
        second = self._make_draft()
        self.assertFalse(second.active)
        self.assertFalse(self.companies[0].alias_domain_id)
        self.assertFalse(aliases[0].alias_domain_id)
        self._assert_unseen(second)
        third = self._make_draft("globex.example")
        self.assertFalse(third.active)

    def test_first_domain_in_service_gets_what_the_first_one_gets(self):
        aliases = self._make_aliases()
        draft = self._make_draft()
        draft.active = True
        self.assertEqual(self.companies.alias_domain_id, draft)
        self.assertEqual(aliases.alias_domain_id, draft)

    def test_second_domain_in_service_gets_nothing(self):
        self.domains.create({"name": "acme.example"})
        self.companies[0].alias_domain_id = False
        self._make_draft().active = True
        self.assertFalse(self.companies[0].alias_domain_id)

    def test_a_draft_is_in_nobody_s_way(self):
        """Who makes such a domain, or renames one, need not know of it."""
        draft = self._make_draft()
        key = self.env["mail.dkim.key"].create({"alias_domain_id": draft.id})
        made = self.domains.create(
            [{"name": "acme.example"}, {"name": "Initech.example", "sequence": 5}]
        )
        self.assertEqual(made[1], draft)
        self.assertEqual((draft.active, draft.sequence), (True, 5))
        self.assertEqual(draft.dkim_key_ids, key, "what may be published is kept")
        self.assertEqual(made[0].name, "acme.example")
        other = self._make_draft("globex.example")
        made[0].name = "globex.example"
        self.assertFalse(other.exists())
        icp = self.env["ir.config_parameter"]
        other = self._make_draft("hooli.example")
        icp.set_param("mail.catchall.domain", "hooli.example")
        self.assertEqual(self.domains._get_main().name, "hooli.example")

    @mute_logger("odoo.sql_db")
    def test_constraints_hold(self):
        self._make_draft()
        with self.assertRaises(psycopg2.IntegrityError):
            self._make_draft()

    def test_what_is_used_stays_in_service(self):
        domain = self.domains.create({"name": "acme.example"})
        with self.assertRaisesRegex(ValidationError, "acme.example"):
            domain.active = False
        self.companies.alias_domain_id = False
        self.env["mail.alias"].search([]).alias_domain_id = False
        domain.action_archive()
        self.assertFalse(domain.active)
        for record in (self.companies[0], self._make_aliases()[0]):
            with self.assertRaisesRegex(ValidationError, "being set up"):
                record.alias_domain_id = domain

    def test_never_signs(self):
        draft = self._make_draft()
        key = self.env["mail.dkim.key"].create({"alias_domain_id": draft.id})
        key.action_activate_unchecked()
        self.assertFalse(signing.find_active_keys(self.env))
        taken = key.selector
        draft.active = True
        [found] = signing.find_active_keys(self.env)
        self.assertEqual(found.selector, taken)

    def test_vacuum(self):
        drafts = [
            self._make_draft(f"draft{number}.example") for number in ("", "1", "2")
        ]
        keys = self.env["mail.dkim.key"]
        for draft in drafts[:2]:
            keys.create({"alias_domain_id": draft.id})
        drafts[1].dkim_key_ids.sudo().state = "published"
        used = self.domains.create({"name": "acme.example"})
        self.env.flush_all()
        old = fields.Datetime.now() - timedelta(days=KEPT_DAYS + 1)
        ids = [*used.ids, *drafts[0].ids, *drafts[1].ids]
        self.env.cr.execute(
            "UPDATE mail_alias_domain SET write_date = %s WHERE id = ANY(%s)",
            [old, ids],
        )
        self.env.invalidate_all()
        self.domains._gc_drafts()
        left = [bool(one.exists()) for one in (*drafts, used)]
        self.assertEqual(left, [False, True, True, True])

    def test_uninstalling_leaves_none(self):
        draft = self._make_draft()
        used = self.domains.create({"name": "acme.example"})
        uninstall_hook(self.env)
        self.assertFalse(draft.exists())
        self.assertTrue(used.exists())
