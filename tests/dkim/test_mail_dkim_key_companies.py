# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .test_mail_dkim_key import DkimCase

LOGGER = "odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"
LOCAL = {"bounce_alias": "b2", "catchall_alias": "c2"}
MARK = "secret-of-acme"  # in all that is company A's


class CompaniesCase(DkimCase):
    """Acme and Globex each have an alias domain acme.example; Globex's is spelled so.

    Acme has an active key, checks, their history, an alarm and what was typed into the
    guided setup; ``self.theirs`` is all that Globex has. ``self.admin`` administers
    Globex alone.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        companies = cls.env["res.company"]
        cls.acme = cls.env.company
        cls.globex = companies.create({"name": "Globex"})
        cls.acme.alias_domain_id = cls.domain
        cls.theirs = cls.env["mail.alias.domain"].create(
            {"name": "ACME.Example", **LOCAL}
        )
        cls.globex.alias_domain_id = cls.theirs
        cls.admin = new_test_user(
            cls.env,
            "admin_globex",
            "base.group_system",
            company_id=cls.globex.id,
            company_ids=[Command.set(cls.globex.ids)],
        )

    def setUp(self):
        super().setUp()
        self.key = self._make_active(algorithm="ed25519", selector=MARK)
        values = {"alias_domain_id": self.domain.id, "code": "spf_record"}
        self.env["mail.domain.check"].create(
            {**values, "status": "fail", "subject": MARK, "record_name": MARK}
        )
        self.env["mail.domain.check.change"].create({**values, "subject": MARK})
        self.env["mail.server.domain"].create(
            {"alias_domain_id": self.domain.id, "selectors": MARK}
        )
        self.domain.write(
            {
                "auth_checked_on": "2020-01-02",
                "auth_nameservers": f"{MARK}.example",
                "auth_zone": MARK,
                "auth_report_address": f"{MARK}@acme.example",
            }
        )

    def _as_admin(self, records):
        return records.with_user(self.admin).with_context(
            allowed_company_ids=self.globex.ids
        )

    def _make_theirs(self, **values):
        values = {"algorithm": "ed25519", **values}
        return self._as_admin(self.keys).create(
            {"alias_domain_id": self.theirs.id, **values}
        )

    def _make_setup(self, domain):
        setups = self._as_admin(self.env["mail.domain.setup"])
        return setups.create({"alias_domain_id": domain.id})


@tagged("post_install", "-at_install")
class TestMailDkimKeyCompanies(CompaniesCase):
    """What the administrator of one company can do to another's keys: nothing."""

    @mute_logger(LOGGER)
    def test_activation_retires_no_other_companys_key(self):
        for activate in ("action_activate", "action_activate_unchecked"):
            key = self._make_theirs()
            self._publish(key)
            with self.subTest(activate):
                getattr(key, activate)()
                self.assertEqual((self.key.state, key.state), ("active", "active"))
        self.assertEqual(
            self._get_signers("acme.example", self.domain), [("acme.example", MARK)]
        )
        self.assertEqual(
            self._get_signers("acme.example", self.theirs),
            [("acme.example", key.selector)],
        )

    def test_activation_in_a_domain_that_nobody_uses(self):
        """All administrators see it, and it belongs to none of them."""
        unused = self.env["mail.alias.domain"].create(
            {"name": "acme.EXAMPLE", "bounce_alias": "b3", "catchall_alias": "c3"}
        )
        key = self._make_theirs(alias_domain_id=unused.id)
        self._publish(key)
        key.action_activate()
        self.assertEqual((self.key.state, key.state), ("active", "active"))

    def test_an_archived_company_keeps_its_key(self):
        self.admin.active = False
        self.globex.active = False
        self.assertEqual(self.theirs._get_shared_namesakes(), self.theirs)
        unused = self.env["mail.alias.domain"].create(
            {"name": "acme.example", "bounce_alias": "b3", "catchall_alias": "c3"}
        )
        self.assertEqual(unused._get_shared_namesakes(), unused)

    def test_the_guided_setup_activates_its_own_key(self):
        setup = self._make_setup(self.theirs)
        setup.action_show_records()
        key = self._as_admin(self.keys).search([])
        self.assertEqual(key.alias_domain_id, self.theirs)
        self._publish(key)
        setup.alias_domain_id.look_again(force=True)
        self.assertEqual((self.key.state, key.state), ("active", "active"))

    def test_rotation_makes_its_own_key(self):
        waiting = self.keys.browse(self.key.action_rotate()["res_id"])
        key = self._make_theirs()
        self._publish(key)
        key.action_activate()
        successor = key.browse(key.action_rotate()["res_id"])
        self.assertNotEqual(successor.id, waiting.id)
        self.assertEqual(successor.alias_domain_id, self.theirs)

    def test_nothing_can_be_done_to_it(self):
        key = self._as_admin(self.key)
        domain = self._as_admin(self.domain)
        values = {"alias_domain_id": self.domain.id, "algorithm": "ed25519"}
        for name, call in (
            ("check", lambda: key.action_check()),
            ("activate", lambda: key.action_activate()),
            ("unchecked", lambda: key.action_activate_unchecked()),
            ("retire", lambda: key.action_retire()),
            ("rotate", lambda: key.action_rotate()),
            ("revoke", lambda: key.action_revoke()),
            ("_activate", lambda: key._activate()),
            ("_retire", lambda: key._retire()),
            ("write", lambda: key.write({"cname_target": "a.example"})),
            ("import", lambda: key.write({"private_key_import": "x"})),
            ("unlink", lambda: key.unlink()),
            ("copy", lambda: key.copy()),
            ("read", lambda: key.read(["selector"])),
            ("a new one", lambda: key.create(values)),
            (
                "by the domain",
                lambda: domain.write({"dkim_key_ids": [Command.create(values)]}),
            ),
            (
                "cleared",
                lambda: domain.write({"dkim_key_ids": [Command.delete(key.id)]}),
            ),
            ("domain renamed", lambda: domain.write({"name": "x.example"})),
            ("domain deleted", lambda: domain.unlink()),
            ("domain checked", lambda: domain.action_check_authentication()),
            ("checks opened", lambda: domain.action_open_checks()),
            ("set up", lambda: domain.action_set_up()),
        ):
            with self.subTest(name):
                with self.assertRaises(AccessError), mute_logger("odoo.models"):
                    with self.cr.savepoint():
                        call()
                self.assertEqual(self.key.state, "active")
                self.assertEqual(self.domain.name, "acme.example")

    def test_nothing_by_way_of_parameters(self):
        """The main company's domain is what mail.catchall.domain says."""
        parameters = self._as_admin(self.env["ir.config_parameter"])
        self.env["mail.alias.domain"].create({"name": "unused.example"})
        self.env["mail.alias.domain"]._mirror_in_parameters()
        live = parameters.search([("key", "=", "mail.catchall.domain")])
        for name, call in (
            ("renamed", lambda: live.set_param(live.key, "x.example")),
            ("switched", lambda: live.set_param(live.key, "unused.example")),
            ("none", lambda: live.set_param(live.key, False)),
            ("written", lambda: live.write({"value": "x.example"})),
            ("created", lambda: live.create({"key": live.key, "value": "x.example"})),
            ("another key", lambda: live.write({"key": "x"})),
            ("deleted", lambda: live.unlink()),
        ):
            with self.subTest(name):
                with self.assertRaisesRegex(AccessError, "select such a company"):
                    call()
                self.env.invalidate_all()
                self.assertEqual(self.key.state, "active")
                self.assertEqual(self.domain.name, "acme.example")
                self.assertEqual(self.acme.alias_domain_id, self.domain)
        live.set_param(live.key, "ACME.example")
        live.sudo().set_param(live.key, "x.example")
        self.assertEqual(self.domain.name, "x.example")

    def test_their_own_domain_stays_theirs(self):
        domain = self._as_admin(self.theirs)
        domain.name = "globex.example"
        domain.write({"name": "GLOBEX.example"})
        domain.unlink()
        self.assertEqual(self.key.state, "active")

    def test_a_domain_that_nobody_uses_is_everybodys(self):
        unused = self.env["mail.alias.domain"].create({"name": "unused.example"})
        key = self._make_theirs(alias_domain_id=unused.id)
        self.assertEqual(key.state, "draft")
        self.assertIn("No company", key.used_by)
        self._as_admin(unused).name = "other.example"

    def test_a_shared_domain_is_shared_on_purpose(self):
        self.globex.alias_domain_id = self.domain
        key = self._as_admin(self.key)
        for name in (self.acme.name, "Globex"):
            self.assertIn(name, key.used_by)
        with Form(key) as form:
            self.assertEqual(form.create_uid, self.env.user)
            self.assertIn("Globex", form.used_by)
        key.action_retire()
        self.assertEqual(self.key.state, "retiring")

    # --- Selectors

    def test_a_selector_is_chosen_around_theirs(self):
        ours = self._make_key(algorithm="ed25519")
        theirs = self._make_theirs()
        self.assertEqual(theirs.selector, f"{ours.selector}-2")

    def test_a_typed_selector_is_refused_in_the_same_words(self):
        self._make_theirs(selector="mine")
        texts = []
        for selector in (MARK.upper(), "MINE"):
            with self.assertRaises(ValidationError) as caught:
                self._make_theirs(selector=selector)
            texts.append(str(caught.exception).replace(selector.lower(), "%s"))
        self.assertEqual(len(set(texts)), 1)
        self.assertNotIn(self.acme.name, texts[0])


@tagged("post_install", "-at_install")
class TestStateOfOtherCompanies(CompaniesCase):
    """What the administrator of one company learns of another's mails: nothing."""

    def _assert_silent(self, found):
        self.assertNotIn(MARK, json.dumps(found, default=str))

    def test_reading_the_domain(self):
        domain = self._as_admin(self.domain)
        names = list(domain.fields_get())
        for name, found in (
            ("read", domain.read()),
            ("named", domain.read(names)),
            ("search_read", domain.search_read([], names)),
            ("web_read", domain.web_read({name: {} for name in names})),
            ("export", domain.export_data(names)),
            ("export below", domain.export_data(["dkim_key_ids/selector"])),
            ("checks below", domain.export_data(["auth_check_ids/subject"])),
            ("copy", domain.copy_data()),
            ("summary", domain._get_auth_summary()),
        ):
            with self.subTest(name):
                self._assert_silent(found)
        self.assertEqual(domain.auth_status, "unknown")
        self.assertEqual(domain.auth_problem_count, 0)
        self.assertFalse(domain.auth_last_check)
        self.assertFalse(domain.dkim_key_ids | domain.dkim_key_ids.search([]))
        self.assertEqual(self.domain.auth_status, "fail", "for its own company")

    def test_the_reader_decides_not_who_read_before(self):
        """One cache serves all users of a transaction."""
        for _time in range(2):
            self.assertEqual(self.domain.auth_status, "fail")
            self.assertEqual(self._as_admin(self.domain).auth_status, "unknown")
            self.assertTrue(self.domain.auth_last_check)
            self.assertFalse(self._as_admin(self.domain).auth_last_check)

    def test_searching_the_domain(self):
        domains = self._as_admin(self.env["mail.alias.domain"])
        for condition in (
            [("auth_status", "=", "fail")],
            [("auth_status", "in", ["fail", "warning"])],
            [("auth_status", "!=", "unknown")],
            [("dkim_key_ids.selector", "=", MARK)],
            [("dkim_key_ids", "any", [("state", "=", "active")])],
            [("auth_check_ids.status", "=", "fail")],
            [("auth_change_ids.subject", "=", MARK)],
        ):
            with self.subTest(condition):
                self.assertNotIn(self.domain, domains.search(condition))
        self.assertIn(self.domain, self.domain.search([("auth_status", "=", "fail")]))

    def test_what_is_stored_is_closed(self):
        domains = self._as_admin(self.env["mail.alias.domain"])
        for name in (
            "auth_checked_on",
            "auth_next_check",
            "auth_watch_until",
            "auth_zone",
            "auth_nameservers",
            "auth_authority_asked",
            "auth_report_address",
        ):
            for method, call in (
                ("read", lambda name=name: domains.search([]).read([name])),
                (
                    "search",
                    lambda name=name: domains.search([(name, "!=", False)]),
                ),
                ("order", lambda name=name: domains.search([], order=name)),
                ("group", lambda name=name: domains._read_group([], [name])),
                ("write", lambda name=name: domains.search([]).write({name: False})),
            ):
                with self.subTest(name, method=method):
                    self.assertRaises(AccessError, call)

    def test_no_column_of_ours_is_open(self):
        """A new one needs a decision: closed, or computed for each reader."""
        for name, field in self.env["mail.alias.domain"]._fields.items():
            if name.startswith("auth_") and field.store and field.column_type:
                self.assertEqual(field.groups, ".", name)

    def test_other_models(self):
        for model in (
            "mail.dkim.key",
            "mail.domain.check",
            "mail.domain.check.change",
            "mail.server.domain",
        ):
            with self.subTest(model):
                records = self._as_admin(self.env[model])
                self.assertFalse(records.search([]))
                self.assertEqual(records.search_count([]), 0)
                self.assertEqual(records._read_group([], [], ["__count"]), [(0,)])
                self.assertTrue(records.sudo().search([]))

    @mute_logger(LOGGER)
    def test_alarms(self):
        self.key._raise_unusable_alarm()
        self.domain._tell([])
        alarms = self.env["mail.activity"].search([("alarm_subject", "!=", False)])
        self.assertTrue(alarms)
        self.assertNotIn(self.admin, alarms.user_id)
        seen = self._as_admin(alarms).search([("alarm_subject", "!=", False)])
        self.assertFalse(seen)
        self.assertFalse(self.theirs.auth_check_ids)

    def test_their_own_check(self):
        self.theirs.action_check_authentication()
        self.theirs.invalidate_recordset()
        rows = self._as_admin(self.theirs).auth_check_ids
        self.assertTrue(rows)
        self._assert_silent(rows.read())
        self.assertEqual(self.theirs._get_dkim_keys(), self.keys)

    def test_their_check_has_no_key_that_does_not_sign(self):
        """Such as a parent's, where another one of the very name signs."""
        nearer = self.env["mail.alias.domain"].create(
            {"name": "mail.acme.example", "bounce_alias": "b3", "catchall_alias": "c3"}
        )
        self.theirs.name = "MAIL.acme.example"
        self._make_active(alias_domain_id=nearer.id, selector="nearer")
        signers = self._get_signers(self.theirs.name, self.theirs)
        self.assertEqual(signers, [("mail.acme.example", "nearer")])
        self.assertEqual(self.theirs._get_dkim_keys(), self.keys)

    def test_guided_setup_of_their_own(self):
        setup = self._make_setup(self.theirs)
        setup.action_show_records()
        self._assert_silent(setup.read())
        self._assert_silent(setup.all_record_ids.read())
        setup.alias_domain_id.look_again(force=True)
        self._assert_silent(setup.read())

    def test_guided_setup_of_ours(self):
        setup = self._make_setup(self.domain)
        self._assert_silent(setup.read())
        self.assertEqual(setup.auth_status, "unknown")
        self.assertFalse(setup.auth_checked_on or setup.server_ids or setup.obstacle)
        for action in ("action_show_records", "action_next"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(setup, action)()
        with self.assertRaises(AccessError):
            setup.alias_domain_id.look_again(force=True)
        with Form(setup) as form:
            self.assertFalse(form.report_address or form.senders)
            self.assertEqual(len(form.server_ids), 0)
        with Form(self._as_admin(self.env["mail.domain.setup"])) as form:
            form.domain_name = self.domain.name
            self.assertNotEqual(form.alias_domain_id, self.domain)
            self.assertFalse(form.report_address)

    def test_guided_setup_for_another_company(self):
        """It would give our company their domain."""
        setup = self._make_setup(self.theirs)
        setup.company_id = self.acme
        with self.assertRaisesRegex(AccessError, "can choose its domain"):
            setup.action_show_records()
        self.assertEqual(self.acme.alias_domain_id, self.domain)

    def test_guided_setup_of_somebody_else(self):
        setup = self.env["mail.domain.setup"].create(
            {"alias_domain_id": self.domain.id}
        )
        setup.action_show_records()
        for record in (setup, setup.server_ids, setup.all_record_ids):
            with self.subTest(record._name):
                self.assertTrue(record)
                seen = self._as_admin(record)
                self.assertFalse(seen.search([("id", "in", record.ids)]))
                self.assertRaises(AccessError, seen.read)
        lines = self._as_admin(self.env["mail.domain.setup.server"])
        with self.assertRaises(AccessError):
            lines.create({"setup_id": setup.id, "selectors": "theirs"})

    def test_general_settings(self):
        settings = self._as_admin(self.env["res.config.settings"]).create({})
        self.assertEqual(settings.auth_status, "unknown")
        self._assert_silent(settings.read())

    def test_proposed_report_address(self):
        ours = new_test_user(
            self.env,
            "admin_acme",
            "base.group_system",
            email=f"{MARK}.admin@acme.example",
            company_id=self.acme.id,
            company_ids=[Command.set(self.acme.ids)],
        )
        proposed = self._as_admin(self.theirs)._propose_report_address()
        self.assertNotIn(MARK, proposed)
        self.domain.auth_report_address = False
        self.assertTrue(self.domain.with_user(ours)._propose_report_address())


@tagged("post_install", "-at_install")
class TestMailDkimKeyStrangers(DkimCase):
    """Who is no administrator learns nothing, not even what exists."""

    def test_no_oracle(self):
        key = self._make_active(algorithm="ed25519")
        self._make_key(algorithm="ed25519")
        missing = self.keys.browse(key.id + 1000)
        actions = [
            name
            for name in dir(type(key))
            if name.startswith("action_")
            and getattr(type(key), name).__module__.startswith(
                "odoo.addons.mail_deliverability"
            )
        ]
        self.assertGreater(len(actions), 5)
        for login, group in (("p", "base.group_portal"), ("e", "base.group_user")):
            user = new_test_user(self.env, f"stranger_{login}", group)
            for name in (*actions, "write", "unlink", "read", "copy"):
                arguments = [{"selector": "x"}] if name == "write" else []
                texts = set()
                for records in (key, missing, key | missing):
                    with self.subTest(name, group=group, ids=records.ids):
                        with self.assertRaises(AccessError) as caught:
                            getattr(records.with_user(user), name)(*arguments)
                        texts.add(str(caught.exception))
                self.assertLessEqual(len(texts), 1, name)

    def test_domains(self):
        missing = self.domain.browse(self.domain.id + 1000)
        for login, group in (("p", "base.group_portal"), ("e", "base.group_user")):
            user = new_test_user(self.env, f"stranger_{login}", group)
            for name in (
                "action_check_authentication",
                "action_open_checks",
                "action_set_up",
            ):
                texts = set()
                for domain in (self.domain, missing):
                    with self.subTest(name, group=group, ids=domain.ids):
                        with self.assertRaises(AccessError) as caught:
                            getattr(domain.with_user(user), name)()
                        texts.add(str(caught.exception))
                self.assertEqual(len(texts), 1)

    def test_administrators_still_get_reasons(self):
        key = self._make_active(algorithm="ed25519")
        with self.assertRaises(UserError):
            key.action_revoke()
