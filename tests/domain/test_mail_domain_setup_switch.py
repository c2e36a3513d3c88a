# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from ..domain_common import DOMAIN, IP, DomainCase

NAME = "initech.example"
GOOD = {
    (NAME, "SOA"): ["ns1.dns.example. admin.initech.example. 1 7200 3600 1209600 300"],
    (NAME, "NS"): ["ns1.dns.example"],
    (NAME, "TXT"): [f"v=spf1 ip4:{IP} -all"],
    (NAME, "MX"): [(10, "mx.acme.example")],
    (f"_dmarc.{NAME}", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@initech.example"],
}


class TestMailDomainSetupSwitch(DomainCase):
    def setUp(self):
        super().setUp()
        self.zone.update(GOOD)
        self.server.from_filter = f"{DOMAIN}, {NAME}"
        self.key = self.env["ir.config_parameter"]

    def _prepare(self, publish=True, **values):
        """Return a setup of a domain that is new, as far as the check."""
        values = {"domain_name": NAME, "report_address": False, **values}
        setup = self.env["mail.domain.setup"].create(values)
        setup.action_show_records()
        if publish:
            self._publish(setup)
        self._see_check(setup)
        return setup

    def _make_aliases(self, domain, *names):
        model = self.env["ir.model"]._get("res.partner").id
        values = {"alias_model_id": model, "alias_domain_id": domain and domain.id}
        return self.env["mail.alias"].create(
            [{**values, "alias_name": name} for name in names]
        )

    def _leave_no_domain(self):
        self.env["mail.alias"].search([]).alias_domain_id = False
        companies = self.env["res.company"].with_context(active_test=False)
        companies.search([]).alias_domain_id = False
        self.env["mail.alias.domain"].search([]).unlink()

    def test_switch_and_undo(self):
        names = [f"desk{number}" for number in range(7)]
        aliases = self._make_aliases(self.domain, *names)
        setup = self._prepare()
        draft = setup.alias_domain_id
        self.assertEqual(setup.auth_status, "pass")
        self.assertEqual((setup.can_switch, setup.switched), (True, False))
        self.assertFalse(setup.switch_warning)
        self.assertIn(f"notifications@{NAME}", setup.switch_hint)
        self.assertIn(f"stay at {DOMAIN}", setup.switch_hint)
        self.assertIn(f"desk0@{DOMAIN}, desk1@{DOMAIN}", setup.switch_hint)
        self.assertRegex(setup.switch_hint, r"and \d+ more")
        self.assertEqual(self.company.alias_domain_id, self.domain)
        setup.action_switch_company()
        self.assertTrue(draft.active)
        self.assertEqual(self.company.alias_domain_id, draft)
        self.assertEqual(self.key.get_param("mail.catchall.domain"), NAME)
        self.assertEqual(aliases.alias_domain_id, self.domain)
        self.assertEqual((setup.can_switch, setup.switched), (False, True))
        setup.action_switch_company()
        self.assertTrue(setup.switched, "twice is once")
        setup.action_undo_switch()
        self.assertEqual(self.company.alias_domain_id, self.domain)
        self.assertEqual(self.key.get_param("mail.catchall.domain"), DOMAIN)
        self.assertFalse(draft.active)
        self.assertEqual((setup.can_switch, setup.switched), (True, False))

    def test_what_fails_is_named(self):
        del self.zone[NAME, "TXT"]
        setup = self._prepare(publish=False)
        self.assertIn("SPF", setup.switch_warning)
        setup.action_switch_company()
        self.assertEqual(self.company.alias_domain_id.name, NAME)

    def test_domain_that_does_not_exist(self):
        setup = self._prepare(publish=False, domain_name="missing.example")
        self.assertTrue(setup.can_switch)
        self.assertIn("not registered", setup.switch_warning)

    def test_company_that_uses_the_domain(self):
        setup = self._set_up()
        self._see_check(setup)
        self.assertEqual((setup.can_switch, setup.switched), (False, False))
        setup.action_undo_switch()
        self.assertEqual(self.company.alias_domain_id, self.domain)

    def test_only_the_company_of_the_setup(self):
        other = self.env["res.company"].create({"name": "Globex"})
        other.alias_domain_id = self.domain
        third = self.env["res.company"].create({"name": "Hooli"})
        third.alias_domain_id = False
        aliases = self._make_aliases(False, "nowhere")
        setup = self._prepare()
        setup.action_switch_company()
        self.assertEqual(other.alias_domain_id, self.domain)
        self.assertFalse(third.alias_domain_id)
        self.assertFalse(aliases.alias_domain_id)

    def test_first_domain(self):
        """All companies and aliases without one get it, as Odoo does it."""
        self._leave_no_domain()
        other = self.env["res.company"].create({"name": "Globex"})
        aliases = self._make_aliases(False, "jobs", "help")
        setup = self._prepare()
        self.assertFalse(other.alias_domain_id)
        self.assertIn("first email domain", setup.switch_hint)
        self.assertIn("Globex", setup.switch_hint)
        setup.action_switch_company()
        domain = setup.alias_domain_id
        self.assertEqual((self.company | other).alias_domain_id, domain)
        self.assertEqual(aliases.alias_domain_id, domain)
        setup.action_undo_switch()
        self.assertFalse((self.company | other).alias_domain_id)
        self.assertFalse(aliases.alias_domain_id)
        self.assertFalse(domain.active)
        self.assertFalse(self.key.get_param("mail.catchall.domain"))

    def test_undo_leaves_what_came_since(self):
        self._leave_no_domain()
        aliases = self._make_aliases(False, "jobs", "help")
        setup = self._prepare()
        setup.action_switch_company()
        domain = setup.alias_domain_id
        self._make_aliases(domain, "since")
        aliases[0].unlink()
        action = setup.action_undo_switch()
        self.assertIn(f"since@{NAME}", action["params"]["message"])
        self.assertFalse(self.company.alias_domain_id)
        self.assertFalse(aliases[1].alias_domain_id)
        self.assertTrue(domain.active, "an address is there")

    def test_undo_after_another_change(self):
        setup = self._prepare()
        setup.action_switch_company()
        other = self.env["mail.alias.domain"].create({"name": "hooli.example"})
        self.company.alias_domain_id = other
        self.assertFalse(setup.switched)
        with self.assertRaisesRegex(UserError, "another email domain meanwhile"):
            setup.action_undo_switch()
        self.assertEqual(self.company.alias_domain_id, other)

    def test_undo_after_the_former_domain_is_gone(self):
        companies = self.env["res.company"].with_context(active_test=False)
        (companies.search([]) - self.company).alias_domain_id = False
        self.env["mail.alias"].search([]).alias_domain_id = False
        setup = self._prepare()
        setup.action_switch_company()
        self.domain.unlink()
        with self.assertRaisesRegex(UserError, "deleted"):
            setup.action_undo_switch()
        self.assertEqual(self.company.alias_domain_id.name, NAME)

    def test_rights(self):
        other = self.env["res.company"].create({"name": "Globex"})
        user = new_test_user(self.env, "switcher", "base.group_system")
        setup = self._prepare()
        setups = self.env["mail.domain.setup"].with_user(user)
        mine = setups.create(
            {"alias_domain_id": setup.alias_domain_id.id, "company_id": other.id}
        )
        self.assertFalse(mine.can_switch)
        for action in ("action_switch_company", "action_undo_switch"):
            with self.assertRaises(AccessError):
                getattr(mine, action)()
        with self.assertRaises(AccessError):
            mine.write({"switch_done": {"company": self.company.id}})
        mine.company_id = self.company
        mine.action_switch_company()
        self.assertTrue(mine.switched)
        mine.action_undo_switch()
        self.assertEqual(self.company.alias_domain_id, self.domain)
