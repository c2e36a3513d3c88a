# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import inspect
import logging
import re

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ...mailauth.errors import PermError
from ...models.parameters import table
from ...models.parameters.table import (
    PARAMETERS,
    REASONS,
    one_of,
    whole_number,
)
from ..common import delete_alias_domains

DOMAIN = "mail.catchall.domain"
CATCHALL = "mail.catchall.alias"
BOUNCE = "mail.bounce.alias"
FROM = "mail.default.from"
FILTER = "mail.default.from_filter"
KEYS = (DOMAIN, CATCHALL, BOUNCE, FROM)
LOGGER = "odoo.addons.mail_deliverability.models.parameters"
LIVE_LOGGER = f"{LOGGER}.ir_config_parameter_live"

# key, value written, value of the key and of the alias domain
NORMALIZED = [
    (DOMAIN, "acme.example", "acme.example"),
    (DOMAIN, " @ACME.Example. ", "acme.example"),
    (DOMAIN, "müller.example", "xn--mller-kva.example"),
    (DOMAIN, "XN--Mller-KVA.example", "xn--mller-kva.example"),
    (CATCHALL, " Reply ", "reply"),
    (CATCHALL, "reply+odoo", "reply+odoo"),
    (CATCHALL, "@reply", "reply"),
    (BOUNCE, "Bounce.Odoo.", "bounce.odoo"),
    (BOUNCE, "b", "b"),
    (FROM, "Info", "info"),
    (FROM, "Info@ACME.example.", "info@acme.example"),
    (FROM, "info@müller.example", "info@xn--mller-kva.example"),
]
FILTERS = [
    ("acme.example", "acme.example"),
    (" Acme.Example. , @globex.example", "acme.example,globex.example"),
    ("Info@Müller.example,", "info@xn--mller-kva.example"),
    (",", ""),
    ("  ", ""),
]
# key, value, the part that the message names, a word of the reason
REFUSED = [
    (DOMAIN, "info@acme.example", "info@acme.example", "only its domain"),
    (DOMAIN, "acme example", "acme example", "not a domain"),
    (DOMAIN, "https://acme.example", "https://acme.example", "not a domain"),
    (DOMAIN, "192.0.2.1", "192.0.2.1", "an IP address"),
    (DOMAIN, "acme2", "acme2", "without its ending"),
    (DOMAIN, "*.acme.example", "*.acme.example", "no wildcards"),
    (DOMAIN, "@", "@", "missing"),
    (DOMAIN, "a.example,b.example", "a.example,b.example", "not a domain"),
    (CATCHALL, "catch all", "catch all", "before the @"),
    (CATCHALL, "catchall@acme.example", "catchall@acme.example", "before the @"),
    (CATCHALL, "@acme.example", "@acme.example", "this is a domain"),
    (BOUNCE, "bücher", "bücher", "before the @"),
    (BOUNCE, "a..b", "a..b", "before the @"),
    (BOUNCE, "x" * 65, "x" * 65, "before the @"),
    (FROM, "Acme <info@acme.example>", "Acme <info@acme.example>", "before the @"),
    (FROM, "info@", "info@", "missing"),
    (FROM, "info@acme", "info@acme", "without its ending"),
    (FROM, "info@acme_1.example", "info@acme_1.example", "not a domain"),
    (FROM, "@acme.example", "@acme.example", "this is a domain"),
    (FROM, "no reply", "no reply", "before the @"),
    (FILTER, "acme.example; b.example", "acme.example; b.example", "not a domain"),
    (FILTER, "acme.example, b c", "b c", "not a domain"),
    (FILTER, "acme.example, acme", "acme", "without its ending"),
    (FILTER, "*@acme.example", "*@acme.example", "the domain alone"),
    (FILTER, "acme.example, @", "@", "missing"),
    (FILTER, "a b@acme.example", "a b@acme.example", "before the @"),
]
# key, value, what the message says that was perhaps meant, "" for nothing
MEANT = [
    (DOMAIN, "https://acme.example/", "acme.example"),
    (DOMAIN, "info@acme.example", "acme.example"),
    (DOMAIN, "acme2", ""),
    (FROM, "Acme <info@acme.example>", "info@acme.example"),
    (FILTER, "b.example, *@acme.example", "acme.example"),
    (FILTER, "acme.example; b.example", "acme.example,b.example"),
    (FILTER, "acme", ""),
    (CATCHALL, "catchall@acme.example", ""),
]


class LiveParametersCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.icp = cls.env["ir.config_parameter"]
        cls.company = cls.env["res.company"]._get_main_company()
        cls.other_company = cls.env["res.company"].create({"name": "Globex"})
        everyone = cls.env["res.company"].with_context(active_test=False).search([])
        everyone.alias_domain_id = False
        delete_alias_domains(cls.env["mail.alias.domain"].search([]))
        cls.icp.search([("key", "in", KEYS)]).unlink()
        cls.alias_domain = cls._create_domain("first.example")

    @classmethod
    def _create_domain(cls, name, **values):
        return cls.env["mail.alias.domain"].create({"name": name, **values})

    def _get_keys(self):
        return tuple(self.icp.get_param(key) for key in KEYS)

    def _get_fields(self, alias_domain=None):
        record = alias_domain or self.company.alias_domain_id
        return (
            record.name,
            record.catchall_alias,
            record.bounce_alias,
            record.default_from,
        )

    def _assert_same(self, *expected):
        """Both screens show ``expected``."""
        self.assertEqual(self._get_keys(), expected)
        self.assertEqual(self._get_fields(), expected)

    def _set_as_before(self, values):
        """Set keys as they were before the addon: past every check."""
        for key, value in values.items():
            self.env.cr.execute(
                """
                INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """,
                [key, value],
            )
        self.env.invalidate_all()
        self.registry.clear_cache("stable")


@tagged("post_install", "-at_install")
class TestIrConfigParameter(LiveParametersCase):
    def test_normalized_on_both_screens(self):
        for key, value, expected in NORMALIZED:
            with self.subTest(key=key, value=value):
                self.icp.set_param(key, value)
                self.assertEqual(self.icp.get_param(key), expected)
                self.assertEqual(self._get_keys(), self._get_fields())

    def test_from_filter(self):
        for value, expected in FILTERS:
            with self.subTest(value=value):
                self.icp.set_param(FILTER, value)
                self.assertEqual(self.icp.get_param(FILTER) or "", expected)

    def test_refused(self):
        before = self._get_keys()
        for key, value, part, reason in REFUSED:
            with self.subTest(key=key, value=value):
                with self.assertRaises(ValidationError) as caught:
                    self.icp.set_param(key, value)
                message = str(caught.exception)
                self.assertIn(key, message)
                self.assertIn(f'"{part}"', message)
                self.assertIn(reason, message)
                self.assertIn(str(PARAMETERS[key].expected), message)
                self.assertFalse(self.icp.get_param(FILTER))
                self.assertEqual(self._get_keys(), before)
                self.assertEqual(self._get_fields(), before)

    def test_what_would_be_right(self):
        for key, value, meant in MEANT:
            with self.subTest(key=key, value=value):
                with self.assertRaises(ValidationError) as caught:
                    self.icp.set_param(key, value)
                message = str(caught.exception)
                if meant:
                    self.assertIn(f'Perhaps you mean "{meant}"', message)
                else:
                    self.assertNotIn("Perhaps", message)

    def test_refused_when_created(self):
        for key, value, _part, _reason in REFUSED:
            with self.subTest(key=key, value=value):
                with self.assertRaises(ValidationError):
                    self.icp.create({"key": key, "value": value})

    def test_every_reason_is_told(self):
        """No key can meet a code without a sentence."""
        codes = set()
        for parameter in PARAMETERS.values():
            for _key, value, _part, _reason in REFUSED:
                try:
                    parameter.normalize(value)
                except PermError as error:
                    codes.add(error.code)
        codes |= set(re.findall(r'PermError\("(\w+)"', inspect.getsource(table)))
        self.assertEqual(codes - REASONS.keys(), set(), "they need a text in REASONS")

    def test_other_keys_stay_as_typed(self):
        self.icp.set_param("acme.motto", " We, the @ People. ")
        self.assertEqual(self.icp.get_param("acme.motto"), " We, the @ People. ")

    def test_starts_with_the_alias_domain(self):
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_create_takes_a_mirrored_key_over(self):
        """A data file that sets all keys must not find them taken."""
        created = self.icp.browse()
        for key, value in [
            (DOMAIN, "acme.example"),
            (CATCHALL, "reply"),
            (BOUNCE, "return"),
            (FROM, "info"),
        ]:
            created |= self.icp.create({"key": key, "value": value})
        self.assertEqual(created.mapped("key"), list(KEYS))
        self._assert_same("acme.example", "reply", "return", "info")

    def test_create_many_at_once(self):
        """The order in which they are given makes no difference."""
        second = self._create_domain("second.example")
        created = self.icp.create(
            [
                {"key": FROM, "value": "Info"},
                {"key": "acme.motto", "value": "Motto"},
                {"key": BOUNCE, "value": "return"},
                {"key": DOMAIN, "value": "second.example"},
            ]
        )
        self.assertEqual(created.mapped("key"), [FROM, "acme.motto", BOUNCE, DOMAIN])
        self.assertEqual(self.company.alias_domain_id, second)
        self._assert_same("second.example", "catchall", "return", "info")
        self.assertEqual(
            self._get_fields(self.alias_domain),
            ("first.example", "catchall", "bounce", "notifications"),
        )

    def test_import(self):
        result = self.icp.load(
            ["key", "value"], [[BOUNCE, "Return"], [DOMAIN, "@Acme.example"]]
        )
        self.assertFalse(result["messages"])
        self._assert_same("acme.example", "catchall", "return", "notifications")

    def test_import_refused(self):
        result = self.icp.load(["key", "value"], [[DOMAIN, "acme example"]])
        self.assertIn(DOMAIN, result["messages"][0]["message"])
        self.assertEqual(self.alias_domain.name, "first.example")

    def test_data_file(self):
        self.env["ir.config_parameter"]._load_records(
            [
                {"xml_id": f"base.live_{n}", "values": {"key": key, "value": value}}
                for n, (key, value) in enumerate([(BOUNCE, "b"), (DOMAIN, "x.example")])
            ]
        )
        self._assert_same("x.example", "catchall", "b", "notifications")

    def test_write_to_several(self):
        parameters = self.icp.search([("key", "in", (CATCHALL, FROM))])
        with self.assertRaises(UserError):
            parameters.write({"value": "a b"})
        parameters.write({"value": " Reply "})
        self._assert_same("first.example", "reply", "bounce", "reply")

    def test_write_beside_other_keys(self):
        motto = self.icp.create({"key": "acme.motto", "value": "Motto"})
        uuid = self.icp.search([("key", "=", "database.uuid")])
        bounce = self.icp.search([("key", "=", BOUNCE)])
        (motto | bounce | uuid).write({"value": "Return"})
        self.assertEqual(motto.value, "Return")
        self.assertEqual(bounce.value, "return")
        self.assertEqual(self.alias_domain.bounce_alias, "return")

    def test_rename_a_key(self):
        """A key that is renamed away counts as removed, one renamed to it as set."""
        bounce = self.icp.search([("key", "=", BOUNCE)])
        bounce.value = "return"
        bounce.key = "acme.bounce"
        self._assert_same("first.example", "catchall", "bounce", "notifications")
        self.assertEqual(self.icp.get_param("acme.bounce"), "return")
        self.icp.set_param(FROM, False)
        bounce.write({"key": FROM, "value": "Info"})
        self._assert_same("first.example", "catchall", "bounce", "info")

    def test_rename_judges_the_value(self):
        self.icp.set_param(FROM, False)
        motto = self.icp.create({"key": "acme.motto", "value": "a b"})
        with self.assertRaises(ValidationError):
            motto.key = FROM
        self.assertEqual(motto.key, "acme.motto")

    def test_unlink_restores_defaults(self):
        self.alias_domain.write({"bounce_alias": "b", "catchall_alias": "c"})
        self._assert_same("first.example", "c", "b", "notifications")
        self.icp.search([("key", "=", BOUNCE)]).unlink()
        self._assert_same("first.example", "c", "bounce", "notifications")
        self.icp.set_param(CATCHALL, False)
        self._assert_same("first.example", "catchall", "bounce", "notifications")
        self.icp.set_param(CATCHALL, None)
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_unlink_default_from(self):
        self.icp.set_param(FROM, False)
        self.assertFalse(self.alias_domain.default_from)
        self.assertFalse(self.icp.get_param(FROM))
        self.icp.set_param(FROM, "info")
        self._assert_same("first.example", "catchall", "bounce", "info")

    def test_blank_is_like_removed(self):
        self.alias_domain.write({"bounce_alias": "b", "catchall_alias": "c"})
        for key, expected in [(BOUNCE, "bounce"), (CATCHALL, "catchall"), (FROM, "")]:
            with self.subTest(key):
                parameter = self.icp.search([("key", "=", key)])
                parameter.value = " "
                self.assertTrue(parameter.exists())
                self.assertEqual(self.icp.get_param(key) or "", expected)
        self.assertFalse(self.alias_domain.default_from)

    def test_clear_the_domain(self):
        """The main company is detached, the record and the other companies stay."""
        for value in (False, None, "", "  "):
            with self.subTest(value=value):
                self.icp.set_param(DOMAIN, "first.example")
                self.assertEqual(self.company.alias_domain_id, self.alias_domain)
                self.icp.set_param(DOMAIN, value)
                self.assertFalse(self.company.alias_domain_id)
                self.assertEqual(self.other_company.alias_domain_id, self.alias_domain)
                self.assertFalse(any(self._get_keys()))
        self.assertEqual(self.alias_domain.name, "first.example")

    def test_clear_all_keys_at_once(self):
        """Clearing the domain empties the others, while they are being written.

        None is removed: other modules look at what they have written (crm).
        """
        parameters = self.icp.search([("key", "in", KEYS)])
        parameters.write({"value": ""})
        self.assertEqual(set(parameters.mapped("key")), set(KEYS))
        self.assertFalse(self.company.alias_domain_id)
        self.assertFalse(any(self._get_keys()))
        self.assertEqual(
            self._get_fields(self.alias_domain),
            ("first.example", "catchall", "bounce", "notifications"),
        )

    def test_clear_the_domain_in_its_form(self):
        """The form reads the record that it has written."""
        parameter = self.icp.search([("key", "=", DOMAIN)])
        found = parameter.web_save({"value": " "}, {"key": {}, "value": {}})
        self.assertEqual((found[0]["key"], found[0]["value"] or ""), (DOMAIN, ""))
        self.assertFalse(self.company.alias_domain_id)
        self.company.alias_domain_id = self.alias_domain
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_unlink_all(self):
        self.icp.search([("key", "in", KEYS)]).unlink()
        self.assertFalse(self.company.alias_domain_id)
        self.assertFalse(any(self._get_keys()))
        self.assertEqual(
            self._get_fields(self.alias_domain),
            ("first.example", "catchall", "bounce", "notifications"),
        )

    def test_a_module_that_set_it_is_uninstalled(self):
        """The alias domain stays as it is; whoever deletes the key empties it."""
        values = {"key": DOMAIN, "value": "second.example"}
        parameter = self.icp._load_records(
            [{"xml_id": "web.catchall", "values": values, "noupdate": True}]
        )
        parameter |= self.icp.search([("key", "=", BOUNCE)])
        self._assert_same("second.example", "catchall", "bounce", "notifications")
        parameter.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()
        self._assert_same("second.example", "catchall", "bounce", "notifications")
        self.assertFalse(self.env.ref("web.catchall", raise_if_not_found=False))

    def test_switch_to_the_first_of_that_name(self):
        later = self._create_domain("second.example", sequence=20, bounce_alias="b2")
        first = self._create_domain(
            "second.example", sequence=5, bounce_alias="b1", catchall_alias="c1"
        )
        self.icp.set_param(DOMAIN, "Second.example")
        self.assertEqual(self.company.alias_domain_id, first)
        self._assert_same("second.example", "c1", "b1", "notifications")
        self.assertEqual(later.bounce_alias, "b2")
        self.assertEqual(self.alias_domain.name, "first.example")
        self.assertEqual(self.other_company.alias_domain_id, self.alias_domain)

    def test_same_name_again_does_not_switch(self):
        self._create_domain(
            "first.example", sequence=1, bounce_alias="b1", catchall_alias="c1"
        )
        self.icp.set_param(DOMAIN, " FIRST.example ")
        self.assertEqual(self.company.alias_domain_id, self.alias_domain)
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_spelling_of_an_existing_domain(self):
        """Odoo keeps upper case in alias domains; the key still means that record."""
        upper = self._create_domain("Second.Example")
        self.icp.set_param(DOMAIN, "second.example")
        self.assertEqual(self.company.alias_domain_id, upper)
        self.assertEqual(upper.name, "Second.Example")
        self.assertEqual(self.icp.get_param(DOMAIN), "second.example")

    def test_rename_is_logged(self):
        self._create_alias("acme-sales", self.alias_domain.id)
        used = [("alias_domain_id", "=", self.alias_domain.id)]
        count = self.env["mail.alias"].search_count(used)
        with self.assertLogs(f"{LOGGER}.mail_alias_domain", logging.INFO) as logs:
            self.icp.set_param(DOMAIN, "acme.example")
        self.assertEqual(self.alias_domain.name, "acme.example")
        self.assertEqual(self.other_company.alias_domain_id, self.alias_domain)
        for part in ("first.example", "acme.example", "Globex", f" {count} aliases"):
            self.assertIn(part, logs.output[0])

    def test_create_the_first(self):
        """Odoo gives the first alias domain to all companies and aliases."""
        self._remove_all_domains()
        alias = self._create_alias("acme-sales", False)
        self.icp.set_param(BOUNCE, "Return")
        self.icp.set_param(FROM, "Info@Globex.example")
        self.icp.set_param(DOMAIN, "acme.example")
        self._assert_same("acme.example", "catchall", "return", "info@globex.example")
        created = self.company.alias_domain_id
        self.assertEqual(self.other_company.alias_domain_id, created)
        self.assertEqual(alias.alias_domain_id, created)

    def test_create_another(self):
        """Only the main company gets what is not the first alias domain."""
        self.company.alias_domain_id = False
        self.icp.set_param(DOMAIN, "acme.example")
        self._assert_same("acme.example", "catchall", "bounce", "notifications")
        self.assertEqual(self.other_company.alias_domain_id, self.alias_domain)

    def test_odoo_refuses_and_nothing_is_written(self):
        """The alias domain's own rules stay: an alias may have the address already."""
        self._create_alias("acme-sales", self.alias_domain.id)
        with self.assertRaises(ValidationError):
            self.icp.set_param(BOUNCE, "acme-sales")
        self._assert_same("first.example", "catchall", "bounce", "notifications")
        self.assertEqual(self.icp.search([("key", "=", BOUNCE)]).value, "bounce")

    def test_addresses_of_companies_follow_at_once(self):
        """Odoo computes them anew only where a company changes its alias domain."""
        names = ("bounce_email", "catchall_email", "default_from_email")
        for company in (self.company, self.other_company):
            company.partner_id.email = False
            self.assertIn("@first.example", company.email_formatted)
        self.icp.set_param(DOMAIN, "acme.example")
        self.icp.set_param(BOUNCE, "return")
        expected = ("return@", "catchall@", "notifications@")
        for company in (self.company, self.other_company):
            found = [company[name] for name in names]
            self.assertEqual(found, [f"{start}acme.example" for start in expected])
            self.assertIn("return@acme.example", company.bounce_formatted)
            self.assertIn("catchall@acme.example", company.catchall_formatted)
            self.assertIn("catchall@acme.example", company.email_formatted)

    def test_other_company_is_another_matter(self):
        second = self._create_domain("second.example", default_from="other")
        self.other_company.alias_domain_id = second
        self._assert_same("first.example", "catchall", "bounce", "notifications")
        self.icp.set_param(FROM, "info")
        self.assertEqual(second.default_from, "other")

    def test_from_another_company(self):
        """The keys belong to the main company, whoever edits them."""
        admin = self.env["res.users"].create(
            {
                "name": "Admin of Globex",
                "login": "globex.admin",
                "company_id": self.other_company.id,
                "company_ids": [(6, 0, self.other_company.ids)],
                "group_ids": [(6, 0, self.env.ref("base.group_system").ids)],
            }
        )
        self.icp.with_user(admin).set_param(DOMAIN, "acme.example")
        self._assert_same("acme.example", "catchall", "bounce", "notifications")

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_rights_stay(self):
        user = self.env["res.users"].create({"name": "Joe", "login": "joe.user"})
        with self.assertRaises(AccessError):
            self.icp.with_user(user).set_param(BOUNCE, "return")
        with self.assertRaises(AccessError):
            self.icp.with_user(user).get_param(BOUNCE)
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_rollback_empties_the_cache(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.icp.set_param(DOMAIN, "acme.example")
            raise ZeroDivisionError
        self.registry.clear_cache("stable")
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_join_alias_domain_wins(self):
        self._set_as_before(
            {DOMAIN: "old.example", BOUNCE: "old", FILTER: " Acme.example "}
        )
        with self.assertLogs(LIVE_LOGGER, logging.INFO) as logs:
            self.icp._join_alias_domain()
        self._assert_same("first.example", "catchall", "bounce", "notifications")
        self.assertEqual(self.icp.get_param(FILTER), "acme.example")
        self.assertIn("old.example", logs.output[0])

    def test_join_keys_make_the_alias_domain(self):
        self._remove_all_domains()
        self._set_as_before({DOMAIN: "Old.example", BOUNCE: "Old", FROM: "x@y.example"})
        self.icp._join_alias_domain()
        self._assert_same("old.example", "catchall", "old", "x@y.example")

    def test_join_keys_that_are_no_values(self):
        """What an alias domain can't use is logged, and not made into something."""
        cases = [
            (FROM, '"Acme Inc" <Info@acme.example>', "info@acme.example"),
            (FROM, "Acme <info@müller.example>", "info@xn--mller-kva.example"),
            (FROM, "no reply", "notifications"),
            (BOUNCE, "x@y.example", "bounce"),
            (CATCHALL, "Catch All", "catchall"),
        ]
        for key, old, expected in cases:
            with self.subTest(key=key, old=old):
                delete_alias_domains(self.env["mail.alias.domain"].search([]))
                self._set_as_before({DOMAIN: "old.example", key: old})
                with self.assertLogs(LOGGER, logging.INFO) as logs:
                    self.icp._join_alias_domain()
                self.assertEqual(self.icp.get_param(key), expected)
                self.assertEqual(self._get_keys(), self._get_fields())
                self.assertTrue(any(repr(old) in line for line in logs.output))

    def test_join_keys_name_an_alias_domain(self):
        self.company.alias_domain_id = False
        self._set_as_before({DOMAIN: "first.example", BOUNCE: "old"})
        self.icp._join_alias_domain()
        self.assertEqual(self.company.alias_domain_id, self.alias_domain)
        self._assert_same("first.example", "catchall", "bounce", "notifications")

    def test_join_leaves_what_it_cannot_use(self):
        self._remove_all_domains()
        self._set_as_before({DOMAIN: "old example", FILTER: "a b"})
        with self.assertLogs(LIVE_LOGGER, logging.WARNING) as logs:
            self.icp._join_alias_domain()
        self.assertEqual(len(logs.output), 2)
        self.assertEqual(self.icp.get_param(DOMAIN), "old example")
        self.assertEqual(self.icp.get_param(FILTER), "a b")
        self.assertFalse(self.company.alias_domain_id)

    def test_join_nothing(self):
        self._remove_all_domains()
        self.icp._join_alias_domain()
        self.assertFalse(any(self._get_keys()))
        self.assertFalse(self.env["mail.alias.domain"].search([]))

    def test_normalizer_one_of(self):
        normalize = one_of("filter", "dmarc")
        self.assertEqual(normalize("DMARC"), "dmarc")
        with self.assertRaises(PermError):
            normalize("dmarcs")

    def test_normalizer_whole_number(self):
        normalize = whole_number(100)
        for text, expected in [("0", "0"), ("007", "7"), ("100", "100")]:
            self.assertEqual(normalize(text), expected)
        for text in ("-1", "101", "1.5", "ten", "١", "9" * 5000):
            with self.subTest(text[:9]), self.assertRaises(PermError):
                normalize(text)

    def _create_alias(self, name, alias_domain_id):
        return self.env["mail.alias"].create(
            {
                "alias_name": name,
                "alias_domain_id": alias_domain_id,
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )

    def _remove_all_domains(self):
        delete_alias_domains(self.alias_domain)
        self.assertFalse(any(self._get_keys()))
