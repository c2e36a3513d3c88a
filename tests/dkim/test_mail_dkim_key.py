# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import csv
import io
import json
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from cryptography.hazmat.primitives import serialization

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import (
    Form,
    HttpCase,
    JsonRpcException,
    TransactionCase,
    new_test_user,
    tagged,
)
from odoo.tools import file_open, format_date, mute_logger

from odoo.addons.base.models.ir_qweb import QWebError

from ...mailauth.dkim.key import get_public_key
from ...mailauth.dkim.record import parse_key_record
from ...mailauth.errors import TempError
from ...models.dkim import mail_dkim_key_alarm, signing
from ...models.dkim.reencryption import encrypt_all
from ..clock import at_noon
from ..common import ZoneResolver, delete_alias_domains, use_fernet_keys
from ..keys import FERNET_KEYS, fixed_keys, make_ed25519, make_rsa

PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
MARK = "PRIVATE KEY"


def make_pem(key, form=serialization.PrivateFormat.PKCS8):
    encoding = serialization.Encoding.PEM
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


class DkimCase(TransactionCase):
    """Domains whose DNS is ``self.zone``."""

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(at_noon())
        super().setUpClass()
        cls.startClassPatcher(fixed_keys())
        cls.keys = cls.env["mail.dkim.key"]
        cls.domain = cls.env["mail.alias.domain"].create({"name": "acme.example"})

    def setUp(self):
        super().setUp()
        self.zone = {}
        self.resolvers = []
        self.patch(
            type(self.env["ir.config_parameter"]),
            "_get_dns_resolver",
            lambda _self, timeout=None: self._make_resolver(),
        )

    def _make_resolver(self):
        self.resolvers.append(ZoneResolver(self.zone))
        return self.resolvers[-1]

    def _make_key(self, **values):
        return self.keys.create({"alias_domain_id": self.domain.id, **values})

    def _publish(self, key, value=None):
        self.zone[(key.record_name, "TXT")] = [value or key.record_value]

    def _make_active(self, **values):
        key = self._make_key(**values)
        self._publish(key)
        key.action_activate()
        return key

    def _let_nobody_use_domains(self):
        companies = self.env["res.company"].with_context(active_test=False)
        companies.search([]).alias_domain_id = False

    def _use_config(self, *fernet_keys):
        self.enterContext(use_fernet_keys(*fernet_keys))
        signing.forget()  # as after the restart that Odoo needs

    def _get_signers(self, domain, alias_domain=None):
        """Return (domain, selector) of the keys that sign, and can."""
        active = signing.find_active_keys(self.env)
        keys = signing.pick_keys(active, domain, alias_domain and alias_domain.id)
        usable = signing.find_secrets(self.env, [key.id for key in keys])
        return [(key.domain, key.selector) for key in keys if usable[key.id][0]]


@tagged("post_install", "-at_install")
class TestMailDkimKey(DkimCase):
    def test_create(self):
        for algorithm in ("rsa-2048", "ed25519"):
            key = self._make_key(algorithm=algorithm)
            record = parse_key_record(key.record_value.encode())
            self.assertEqual(record.public_key, key._get_public_key())
            self.assertEqual(record.public_key.key_type, key.key_type)
            self.assertEqual(key.record_name, f"{key.selector}._domainkey.acme.example")
            self.assertEqual(key.state, "draft")
            self.assertTrue(key.is_usable)

    def test_keys_of_tests_are_the_same_in_every_run(self):
        for algorithm, make in (("ed25519", make_ed25519), ("rsa-2048", make_rsa)):
            fixed = {get_public_key(make(number=n)) for n in range(21)}
            self.assertIn(self._make_key(algorithm=algorithm)._get_public_key(), fixed)

    def test_the_default_is_rsa_2048(self):
        key = self._make_key()
        self.assertEqual(key.algorithm, "rsa-2048")
        self.assertEqual(key.record_value[:18], "v=DKIM1; k=rsa; p=")

    def test_1024_is_not_offered(self):
        with self.assertRaises(ValueError):
            self._make_key(algorithm="rsa-1024")

    def test_idn_domain(self):
        domain = self.env["mail.alias.domain"].create({"name": "xn--bcher-kva.example"})
        key = self.keys.create({"alias_domain_id": domain.id})
        self.assertTrue(key.record_name.endswith("._domainkey.xn--bcher-kva.example"))

    def test_selectors_differ(self):
        today = fields.Date.today()
        base = f"odoo-{today.year}{today.month:02d}"
        one = self._make_key(algorithm="ed25519")
        two, three = self.keys.create(
            [{"alias_domain_id": self.domain.id, "algorithm": "ed25519"}] * 2
        )
        found = [key.selector for key in (one, two, three)]
        self.assertEqual(found, [base, f"{base}-2", f"{base}-3"])

    def test_selectors_differ_in_more_than_case(self):
        today = fields.Date.today()
        base = f"odoo-{today.year}{today.month:02d}"
        self._make_key(algorithm="ed25519", selector=base.upper())
        key = self._make_key(algorithm="ed25519")
        self.assertEqual(key.selector, f"{base}-2")

    def test_selectors_differ_between_records_of_one_name(self):
        other = self.env["mail.alias.domain"].create(
            {"name": "ACME.example", "bounce_alias": "b", "catchall_alias": "c"}
        )
        self._make_key(algorithm="ed25519", selector="s1")
        with self.assertRaises(ValidationError):
            self.keys.create(
                {
                    "alias_domain_id": other.id,
                    "selector": "S1",
                    "algorithm": "ed25519",
                }
            )

    def test_what_is_missing(self):
        """An error of PostgreSQL would have the row in it: part of the private key."""
        key = self._make_key(algorithm="ed25519")
        admin = self.env.ref("base.user_admin")
        required = [name for name, field in key._fields.items() if field.required]
        self.assertIn("selector", required)
        for record in (key.with_user(admin), key.sudo()):
            for name in required:
                with self.subTest(name, su=record.env.su):
                    with self.assertNoLogs("odoo.sql_db", "ERROR"):
                        with self.assertRaises(UserError):
                            record.write({name: False})
                            record.flush_recordset()
        with self.assertRaises(ValidationError):
            key.selector = ""
        with self.assertRaisesRegex(ValidationError, '"" can.t be a selector'):
            self._make_key(selector="")

    def test_a_form_without_a_selector(self):
        key = self._make_key(algorithm="ed25519")
        fields = dict.fromkeys(key._fields, {})
        for record in (key, key.browse()):
            record.onchange({"selector": False}, ["selector"], fields)

    def test_bad_selectors(self):
        for selector in ("a b", "-a", "a..b", "é", "x" * 64):
            with self.subTest(selector), self.assertRaises(ValidationError):
                self._make_key(selector=selector, algorithm="ed25519")

    def test_form(self):
        with Form(self.keys) as form:
            form.alias_domain_id = self.domain
            form.algorithm = "ed25519"
            self.assertTrue(form.selector.startswith("odoo-"))
        self.assertTrue(form.record.record_value.startswith("v=DKIM1; k=ed25519; p="))

    def test_large_records_are_announced(self):
        for algorithm, warns in (
            ("rsa-2048", False),
            ("rsa-3072", True),
            ("rsa-4096", True),
            ("ed25519", False),
        ):
            key = self.keys.new({"algorithm": algorithm})
            self.assertEqual(bool(key._onchange_algorithm()), warns, algorithm)

    def test_zone_line(self):
        key = self._make_key()
        line = key.record_zone_line
        self.assertTrue(line.startswith(f'{key.record_name}. IN TXT "v=DKIM1; k=rsa'))
        strings = line.partition(" TXT ")[2][1:-1].split('" "')
        self.assertEqual("".join(strings), key.record_value)

    # --- Import

    def test_import(self):
        key = make_rsa()
        expected = get_public_key(key)
        for pem in (
            make_pem(key),
            make_pem(key, PKCS1),
            make_pem(key).replace("\n", "\r\n"),
        ):
            record = self._make_key(private_key_import=pem, algorithm="ed25519")
            self.assertEqual(record._get_public_key(), expected)
            self.assertEqual(record.algorithm, "rsa-2048")
            self.assertFalse(record.private_key_import)

    def test_import_into_a_draft(self):
        record = self._make_key(algorithm="ed25519")
        key = make_rsa()
        record.private_key_import = make_pem(key)
        self.assertEqual(record._get_public_key(), get_public_key(key))
        self.assertFalse(record.private_key_import)
        self.assertTrue(record.is_usable)

    def test_import_into_a_published_key(self):
        record = self._make_active(algorithm="ed25519")
        with self.assertRaises(UserError):
            record.private_key_import = make_pem(make_rsa())

    def test_import_errors_repeat_nothing(self):
        small = make_pem(make_rsa(1024))
        for pem in (small, "hello-secret", small[:300], f"\ud800{small}"):
            with self.assertRaises(ValidationError) as caught:
                self._make_key(private_key_import=pem)
            text = str(caught.exception)
            self.assertNotIn(pem[40:80] or pem, text)
            self.assertNotIn("hello-secret", text)

    # --- States

    def test_states(self):
        key = self._make_key()
        key.action_check()
        self.assertEqual((key.state, key.check_result), ("draft", "none"))
        self._publish(key)
        key.action_check()
        self.assertEqual((key.state, key.check_result), ("published", "pass"))
        key.action_activate()
        self.assertEqual(key.state, "active")
        self.assertTrue(key.activated_on)

    def test_activation_needs_the_record(self):
        key = self._make_key()
        other = self._make_key(algorithm="ed25519")
        for name, records in (
            ("nothing", []),
            ("another key", [other.record_value]),
            ("two", [key.record_value, other.record_value]),
            ("revoked", ["v=DKIM1; p="]),
            ("no answer", TempError("dns_timeout")),
        ):
            with self.subTest(name):
                self.zone[(key.record_name, "TXT")] = records
                with self.assertRaises(UserError), self.cr.savepoint():
                    key.action_activate()
                self.assertNotEqual(key.state, "active")

    def test_a_published_key_that_vanishes(self):
        key = self._make_key()
        self._publish(key)
        key.action_check()
        self.zone[(key.record_name, "TXT")] = TempError("dns_timeout")
        key.action_check()
        self.assertEqual(key.state, "published")
        self.zone.clear()
        key.action_check()
        self.assertEqual(key.state, "draft")

    def test_an_active_key_that_vanishes_stays_active(self):
        key = self._make_active()
        self.zone.clear()
        key.action_check()
        self.assertEqual((key.state, key.check_result), ("active", "none"))
        self.assertTrue(key.is_troubled)
        self.assertIn("DNS does not show it", key.advice)

    def test_activation_by_an_expert(self):
        key = self._make_key()
        with self.assertLogs(
            "odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"
        ):
            key.action_activate_unchecked()
        self.assertEqual(key.state, "active")

    def test_cname(self):
        key = self._make_key()
        target = "acme._domainkey.hosting.example"
        key.cname_target = target
        self.zone[(key.record_name, "CNAME")] = [target]
        key.action_check()
        self.assertEqual(key.check_problem, "key_cname_dangling")
        self.zone[(target, "TXT")] = [key.record_value]
        key.action_activate()
        self.assertEqual(key.state, "active")
        self.assertIn(target, key.check_found)

    def test_bad_cname_target(self):
        with self.assertRaises(ValidationError):
            self._make_key(cname_target="a..b", algorithm="ed25519")

    def test_rotation(self):
        old = self._make_active()
        action = old.action_rotate()
        new = self.keys.browse(action["res_id"])
        self.assertEqual((old.state, new.state), ("active", "draft"))
        self.assertNotEqual(new.selector, old.selector)
        self.assertEqual(old.action_rotate()["res_id"], new.id)
        self._publish(new)
        new.action_activate()
        self.assertEqual((old.state, new.state), ("retiring", "active"))
        expected = (old.retired_on + timedelta(days=14)).date()
        self.assertEqual(old.removable_on, expected)
        self.assertIn(str(expected.year), old.advice)
        old.action_revoke()
        self.assertEqual(old.state, "revoked")
        self.assertFalse(old.sudo().private_key)
        self.assertEqual(old.record_value, "v=DKIM1; k=rsa; p=")
        self.assertIn(f"until {format_date(self.env, expected)}", old.advice)
        old.retired_on -= timedelta(days=14)
        self.assertIn("Remove its record", old.advice)

    def test_use_a_retiring_key_again(self):
        old = self._make_active()
        new = self.keys.browse(old.action_rotate()["res_id"])
        self._publish(new)
        new.action_activate()
        old.action_activate()
        self.assertEqual((old.state, new.state), ("active", "retiring"))
        self.assertFalse(old.retired_on)

    def test_one_active_key_of_each_type(self):
        first = self._make_active()
        second = self._make_active(algorithm="ed25519")
        self.assertEqual((first.state, second.state), ("active", "active"))
        third = self._make_active(algorithm="rsa-2048")
        self.assertEqual(
            (first.state, second.state, third.state), ("retiring", "active", "active")
        )

    def test_an_active_key_is_kept(self):
        key = self._make_active()
        with self.assertRaises(UserError):
            key.action_revoke()
        with self.assertRaises(UserError):
            key.unlink()
        key.action_retire()
        key.action_revoke()
        with self.assertRaises(UserError):
            key.action_activate_unchecked()

    def test_a_selector_is_not_used_again_at_once(self):
        key = self._make_active(algorithm="ed25519")
        key.action_retire()
        key.action_revoke()
        with self.assertRaisesRegex(UserError, "can be deleted after"):
            key.unlink()
        self.assertNotEqual(self._make_key(algorithm="ed25519").selector, key.selector)
        key.retired_on -= timedelta(days=14)
        key.unlink()
        unused = self._make_key(algorithm="ed25519")
        unused.action_revoke()
        unused.unlink()

    def test_what_makes_a_key_can_not_be_changed(self):
        key = self._make_active(algorithm="ed25519")
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        for values in (
            {"algorithm": "rsa-2048"},
            {"alias_domain_id": other.id},
            {"public_key": "AAAA"},
            {"selector": "other"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                key.write(values)
        draft = self._make_key(algorithm="ed25519")
        draft.selector = "other"

    def test_domain_spelled_otherwise(self):
        """DNS knows no upper case: what it shows is still there."""
        key = self._make_active(algorithm="ed25519")
        self.domain.name = "ACME.example"
        self.assertEqual((key.state, key.check_result), ("active", "pass"))

    def test_renamed_domain(self):
        key = self._make_active()
        self.domain.name = "globex.example"
        self.assertEqual(key.state, "draft")
        self.assertEqual(self._get_signers("acme.example"), [])
        self.assertEqual(self._get_signers("globex.example"), [])
        self.domain.bounce_alias = "b"
        self._publish(key)
        key.action_activate()
        self.domain.catchall_alias = "c"
        self.assertEqual(key.state, "active")

    def test_domain_renamed_to_one_that_has_the_selector(self):
        first = self._make_key(algorithm="ed25519", selector="S1")
        values = {"bounce_alias": "b", "catchall_alias": "c"}
        other, third = self.env["mail.alias.domain"].create(
            [
                {"name": "globex.example", **values},
                {"name": "x.example", "bounce_alias": "d", "catchall_alias": "e"},
            ]
        )
        values = {"selector": "s1", "algorithm": "ed25519"}
        moved, kept, last = self.keys.create(
            [
                {"alias_domain_id": other.id, **values},
                {"alias_domain_id": other.id, **values, "selector": "s2"},
                {"alias_domain_id": third.id, **values},
            ]
        )
        (other | third).name = "acme.example"
        selectors = (first | moved | kept | last).mapped("selector")
        self.assertEqual((selectors[0], selectors[2]), ("S1", "s2"))
        self.assertEqual(len({selector.lower() for selector in selectors}), 4)
        self.assertTrue(moved.record_name.startswith("odoo-"))

    def test_all_checks_run_at_once(self):
        keys = self._make_key(algorithm="ed25519") | self._make_key(algorithm="ed25519")
        keys.action_check()
        self.assertEqual(len(self.resolvers), 1)
        self.assertEqual(len(self.resolvers[0].calls), 2)

    def test_texts(self):
        key = self._make_key(algorithm="ed25519")
        self.assertIn("Not checked", key.check_text)
        for records, expected in (
            ([], "no record"),
            (["v=DKIM1; p="], "revoked"),
            ([key.record_value, "other"], "There are 2 records"),
            (["<b>x</b>"], "can't be read"),
            ([self._make_key().record_value], "another key"),
            ([f"{key.record_value}; t=y"], "being tested"),
            ([f'"{key.record_value}"'], "Quotation marks were typed in"),
            ([key.record_value[:50]], "cut off after 50 characters"),
            ([key.record_value[:40], key.record_value[40:]], "as several records"),
            (TempError("dns_timeout"), "did not answer"),
        ):
            with self.subTest(records):
                self.zone[(key.record_name, "TXT")] = records
                key.action_check()
                self.assertIn(expected, key.check_text)

    def test_advice_on_a_record_for_tests(self):
        key = self._make_key(algorithm="ed25519")
        self._publish(key, f"{key.record_value}; t=y")
        key.action_check()
        self.assertIn("(t=y)", key.advice)
        key.action_activate()
        self.assertIn("(t=y)", key.advice)
        self._publish(key)
        key.action_check()
        self.assertNotIn("t=y", key.advice)

    def test_advice_names_servers_that_sign_themselves(self):
        key = self._make_active(algorithm="ed25519")
        values = {"name": "Mailhost", "smtp_host": "smtp.b.example"}
        server = self.env["ir.mail_server"].create(values)
        self.assertNotIn("Mailhost", key.advice)
        server.signs_itself = True
        key.invalidate_recordset(["advice"])
        self.assertIn("Mailhost", key.advice)

    def test_facts(self):
        key = self._make_active(algorithm="ed25519")
        (facts,) = key._prepare_signing_keys()
        self.assertEqual(facts.selector, key.selector)
        self.assertEqual(facts.algorithm, "ed25519")
        self.assertTrue(facts.active and facts.usable)
        self.assertTrue(key.record_value.endswith(facts.public_key))


@tagged("post_install", "-at_install")
class TestMailDkimKeySigners(DkimCase):
    def test_nearest_domain(self):
        parent = self._make_active(algorithm="ed25519")
        below = self.env["mail.alias.domain"].create({"name": "mail.acme.example"})
        child = self.keys.create({"alias_domain_id": below.id, "algorithm": "ed25519"})
        above = [("acme.example", parent.selector)]
        for domain, expected in (
            ("acme.example", above),
            ("ACME.Example", above),
            ("a.b.acme.example", above),
            ("mail.acme.example", above),
            ("notacme.example", []),
            ("example", []),
            ("", []),
            (False, []),
        ):
            self.assertEqual(self._get_signers(domain), expected, domain)
        self._publish(child)
        child.action_activate()
        nearest = [("mail.acme.example", child.selector)]
        self.assertEqual(self._get_signers("mail.acme.example"), nearest)
        self.assertEqual(self._get_signers("x.mail.acme.example"), nearest)
        self.assertEqual(self._get_signers("acme.example"), above)

    def test_both_types_sign(self):
        second = self._make_active(algorithm="ed25519")
        first = self._make_active()
        found = [selector for _domain, selector in self._get_signers("acme.example")]
        self.assertEqual(found, [first.selector, second.selector])

    def test_only_active_keys_sign(self):
        key = self._make_key(algorithm="ed25519")
        self.assertEqual(self._get_signers("acme.example"), [])
        self._publish(key)
        key.action_check()
        self.assertEqual(self._get_signers("acme.example"), [])
        key.action_activate()
        self.assertEqual(len(self._get_signers("acme.example")), 1)
        key.action_retire()
        self.assertEqual(self._get_signers("acme.example"), [])

    def test_a_key_is_loaded_once(self):
        self._make_active(algorithm="ed25519")
        self._get_signers("acme.example")
        with patch.object(signing, "load_private_key") as load:
            self._get_signers("acme.example")
            self._get_signers("sub.acme.example")
        load.assert_not_called()

    def test_domains_of_one_name_that_no_company_uses(self):
        self._let_nobody_use_domains()
        other = self.env["mail.alias.domain"].create(
            {"name": "acme.example", "bounce_alias": "b", "catchall_alias": "c"}
        )
        first = self._make_active(algorithm="ed25519")
        second = self.keys.create({"alias_domain_id": other.id, "algorithm": "ed25519"})
        self._publish(second)
        second.action_activate()
        self.assertEqual(first.state, "retiring")
        found = self._get_signers("acme.example")
        self.assertEqual(found, [("acme.example", second.selector)])

    def test_keys_of_a_deleted_domain(self):
        key = self._make_active(algorithm="ed25519")
        self.assertEqual(len(self._get_signers("acme.example")), 1)
        key._raise_unusable_alarm()
        subject = key._get_alarm_subject()
        alarms = self.env["mail.deliverability.alarm"]
        self.assertTrue(alarms._get_alarms(subject).filtered("active"))
        delete_alias_domains(self.domain)
        self.assertEqual(self._get_signers("acme.example"), [])
        self.assertFalse(alarms._get_alarms(subject).filtered("active"))

    def test_neutralized_copies_do_not_sign(self):
        key = self._make_active(algorithm="ed25519")
        with file_open("mail_deliverability/data/neutralize.sql") as script:
            self.env.flush_all()
            self.cr.execute(script.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual(self._get_signers("acme.example"), [])
        self.assertFalse(key.sudo().private_key)
        self.assertEqual(key.state, "revoked")
        stored = key.state_order
        key._compute_state_order()
        self.assertEqual(key.state_order, stored)

    def test_copies_leave_the_dns_of_the_original_alone(self):
        key = self._make_key(algorithm="ed25519")
        key.action_revoke()
        self.assertIn("Remove its record", key.advice)
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        key.invalidate_recordset()
        self.assertIn("leave its record in DNS alone", key.advice)
        self.assertFalse(key.record_value)
        self.assertFalse(key.record_zone_line)


@tagged("post_install", "-at_install")
class TestMailDkimKeyEncryption(DkimCase):
    def test_plain_without_a_key(self):
        self._use_config()
        key = self._make_key(algorithm="ed25519")
        self.assertIn(MARK, key.sudo().private_key)
        self.assertFalse(key.is_encrypted)
        self.assertIn("odoo.conf", key.encryption_hint)

    def test_encrypted_with_a_key(self):
        self._use_config(FERNET_KEYS[0])
        key = self._make_active(algorithm="ed25519")
        self.assertNotIn(MARK, key.sudo().private_key)
        self.assertTrue(key.is_encrypted)
        self.assertFalse(key.encryption_hint)
        self.assertEqual(len(self._get_signers("acme.example")), 1)

    def test_new_keys_with_a_malformed_key(self):
        for option in ("hello", "clé", f"hello,{FERNET_KEYS[0]}"):
            self._use_config(option)
            with self.subTest(option):
                with self.assertRaisesRegex(UserError, "is no Fernet key") as caught:
                    self._make_key(algorithm="ed25519")
                self.assertNotIn("hello", str(caught.exception))

    def test_rotation(self):
        old, new = FERNET_KEYS
        self._use_config()
        plain = self._make_active()
        self._use_config(old)
        encrypted = self._make_active(algorithm="ed25519")
        self._use_config(new, old)
        self.assertEqual(encrypt_all(self.env), (2, []))
        self._use_config(new)
        self.assertTrue(plain.is_encrypted and encrypted.is_encrypted)
        self.assertEqual(len(self._get_signers("acme.example")), 2)
        self._use_config(old)
        self.assertEqual(encrypt_all(self.env)[0], 0)
        self.assertEqual(len(encrypt_all(self.env)[1]), 2)

    def test_what_is_written_with_all_rights(self):
        """A program that brings a key along; one that is encrypted stays as it is."""
        self._use_config(FERNET_KEYS[0])
        key = self._make_key(algorithm="ed25519")
        stored = key.sudo().private_key
        key.sudo().private_key = stored
        self.assertEqual(key.sudo().private_key, stored)
        key.sudo().write({"private_key": make_pem(make_ed25519())})
        self.assertNotIn(MARK, key.sudo().private_key)
        self.assertTrue(key.is_encrypted)

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_keys_that_can_not_be_used(self):
        first, second = FERNET_KEYS
        self._use_config(first)
        key = self._make_active(algorithm="ed25519")
        stored = key.sudo().private_key
        other = self._make_key(algorithm="ed25519").sudo().private_key
        for name, keys, value in (
            ("another Fernet key", [second], stored),
            ("no Fernet key", [], stored),
            ("not a Fernet key", ["hello"], stored),
            ("damaged", [first], stored[:-9] + "AAAAAAAA="),
            ("no ASCII", [first], "fernet:clé"),
            ("nothing", [first], False),
            ("no key", [first], "hello"),
            ("the key of another record", [first], other),
        ):
            with self.subTest(name):
                self._use_config(*keys)
                key.sudo().private_key = value
                self.assertEqual(self._get_signers("acme.example"), [])
                self.assertFalse(key.is_usable)
                self.assertIn("can't be read", key.advice)

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_a_damaged_key_replaces_no_other(self):
        old = self._make_active(algorithm="ed25519")
        new = self._make_key(algorithm="ed25519")
        self._publish(new)
        new.sudo().private_key = "damaged"
        for activate in (new.action_activate, new.action_activate_unchecked):
            with self.subTest(activate.__name__):
                with self.assertRaisesRegex(UserError, "can't be read"):
                    activate()
                self.assertEqual(old.state, "active")
                self.assertNotEqual(new.state, "active")

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_administrators_are_told_once(self):
        key = self._make_active(algorithm="ed25519")
        pem = key.sudo().private_key
        key.sudo().private_key = "damaged"
        key._raise_unusable_alarm()
        alarms = self.env["mail.deliverability.alarm"]
        subject = key._get_alarm_subject()
        told = alarms._get_alarms(subject).filtered("active")
        self.assertTrue(told)
        self.assertEqual(len(told), len(told.user_id))
        self.assertIn("acme.example", told[0].summary)
        self.assertIn(key.record_name, told[0].note)
        self.assertEqual(self.domain.auth_status, "fail")
        (check,) = self.domain.auth_check_ids
        self.assertEqual((check.status, check.subject), ("fail", key.selector))
        self.assertIn("can't be read", check.explanation)
        told.action_archive()
        self.assertTrue(key._is_unusable_told())
        key._raise_unusable_alarm()
        self.assertFalse(alarms._get_alarms(subject).filtered("active"))
        key.sudo().private_key = pem
        key.action_check()
        self.assertTrue(key.is_usable)

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_all_domains_of_the_name_fail(self):
        """Those that the same companies use: none."""
        self._let_nobody_use_domains()
        other = self.env["mail.alias.domain"].create(
            {"name": "ACME.example", "bounce_alias": "b", "catchall_alias": "c"}
        )
        key = self._make_active(algorithm="ed25519")
        key.sudo().private_key = "damaged"
        key._raise_unusable_alarm()
        for domain in self.domain | other:
            self.assertEqual(domain.auth_status, "fail")
            (check,) = domain.auth_check_ids
            self.assertEqual((check.status, check.subject), ("fail", key.selector))

    def test_telling_may_fail(self):
        """Whoever commits after a mail has left must not notice."""
        key = self._make_active(algorithm="ed25519")
        self.env.flush_all()
        self.registry_enter_test_mode()
        for failure in (
            psycopg2.errors.SerializationFailure("another worker"),
            psycopg2.InterfaceError("the connection is gone"),
            UserError("another addon's rule"),
            ValidationError("another addon's check"),
            AccessError("another addon's right"),
            ValueError("External ID not found"),
            QWebError("a template that somebody has edited"),
            KeyError("a field that is gone"),
            TypeError("an automation"),
            AttributeError("an automation"),
            ZeroDivisionError("an automation"),
            RecursionError("an automation"),
        ):
            activities = type(self.env["mail.activity"])
            raising = patch.object(activities, "create", side_effect=failure)
            log = patch.object(mail_dkim_key_alarm._logger, "info")
            with self.subTest(repr(failure)), raising, log as info:
                mail_dkim_key_alarm._tell_unusable(self.env.registry, key.id)
                info.assert_called_once()
        self.assertFalse(self._get_open_alarms(key))

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_a_repaired_key_closes_the_alarm(self):
        key = self._make_active(algorithm="ed25519")
        pem = key.sudo().private_key
        key.sudo().private_key = "damaged"
        key._raise_unusable_alarm()
        key.sudo().private_key = pem
        key.action_check()
        self.assertFalse(self._get_open_alarms(key))

    def _get_open_alarms(self, key):
        alarms = self.env["mail.deliverability.alarm"]
        return alarms._get_alarms(key._get_alarm_subject()).filtered("active")

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_the_check_of_the_domain_closes_the_alarm(self):
        """And a failure after that is told again, as it is another one."""
        key = self._make_active(algorithm="ed25519")
        pem = key.sudo().private_key
        for failure in ("first", "second"):
            with self.subTest(failure):
                key.sudo().private_key = "damaged"
                key._raise_unusable_alarm()
                self.domain.action_check_authentication()
                self.assertTrue(self._get_open_alarms(key))
                key.sudo().private_key = pem
                self.domain.action_check_authentication()
                self.assertFalse(self._get_open_alarms(key))


@tagged("post_install", "-at_install")
class TestMailDkimKeyAccess(DkimCase):
    """No private key leaves, whoever asks and however."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.keys.create(
            {"alias_domain_id": cls.domain.id, "algorithm": "ed25519"}
        )
        cls.secret = cls.key.sudo().private_key.splitlines()[1]
        cls.users = {
            "administrator": new_test_user(cls.env, "dkim_admin", "base.group_system"),
            "internal": new_test_user(cls.env, "dkim_user", "base.group_user"),
            "portal": new_test_user(cls.env, "dkim_portal", "base.group_portal"),
            "public": cls.env.ref("base.public_user"),
        }
        cls.admin_key = cls.key.with_user(cls.users["administrator"])

    def test_others_see_nothing(self):
        for name in ("internal", "portal", "public"):
            key = self.key.with_user(self.users[name])
            for call in (
                lambda key=key: key.read(["selector"]),
                lambda key=key: key.search([]),
                lambda key=key: key.search_count([]),
                lambda key=key: key.name_search("odoo"),
                lambda key=key: key.write({"state": "active"}),
                lambda key=key: key.create({"alias_domain_id": self.domain.id}),
                lambda key=key: key.unlink(),
                lambda key=key: key.copy(),
                lambda key=key: key.action_check(),
                lambda key=key: key.action_activate_unchecked(),
                lambda key=key: key.action_revoke(),
            ):
                with self.subTest(name), self.assertRaises(AccessError):
                    call()

    def test_others_export_nothing(self):
        for name in ("internal", "portal", "public"):
            with self.subTest(name), self.assertRaises(UserError):
                self.key.with_user(self.users[name]).export_data(["selector"])

    def test_administrators_use_keys(self):
        key = self.keys.with_user(self.users["administrator"]).create(
            {"alias_domain_id": self.domain.id, "algorithm": "ed25519"}
        )
        self._publish(key)
        key.action_activate()
        successor = key.browse(key.action_rotate()["res_id"])
        self._publish(successor)
        successor.action_activate()
        key.action_revoke()
        self.assertEqual(key.state, "revoked")

    def test_administrators_use_every_button(self):
        key = self.admin_key
        self._publish(key)
        for action, expected in (
            ("action_check", "published"),
            ("action_activate", "active"),
            ("action_retire", "retiring"),
            ("action_activate_unchecked", "active"),
            ("action_retire", "retiring"),
            ("action_revoke", "revoked"),
        ):
            with mute_logger(
                "odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"
            ):
                getattr(key, action)()
            self.assertEqual(key.state, expected, action)
        self.assertEqual(key.copy().state, "draft")
        with Form(self.keys.with_env(key.env)) as form:
            form.algorithm = "ed25519"
        with Form(form.record) as form:
            form.cname_target = "s1.hosting.example"
        self.assertEqual(form.record.state, "draft")

    def test_only_the_buttons_activate(self):
        """Without a check a key would make mails fail: RPC and import can't skip it."""
        key = self.admin_key
        today = fields.Datetime.now()
        values = {"alias_domain_id": self.domain.id, "algorithm": "ed25519"}
        one = Command.create({**values, "state": "active"})
        for name, call in (
            ("state", lambda: key.write({"state": "active"})),
            ("date", lambda: key.write({"activated_on": today})),
            ("retired", lambda: key.write({"retired_on": today})),
            ("result", lambda: key.write({"check_result": "pass"})),
            ("public half", lambda: key.write({"public_key": "AAAA"})),
            ("type", lambda: key.write({"key_type": "rsa"})),
            ("create", lambda: key.create({**values, "state": "active"})),
            ("several", lambda: key.create([values, {**values, "state": "active"}])),
            (
                "default",
                lambda: key.with_context(default_state="active").create(values),
            ),
            (
                "by the domain",
                lambda: self.domain.with_env(key.env).write({"dkim_key_ids": [one]}),
            ),
        ):
            with self.subTest(name):
                with self.assertRaisesRegex(UserError, "Use the buttons"):
                    call()
        columns = ["alias_domain_id/.id", "algorithm", "state"]
        result = key.load(columns, [[str(self.domain.id), "ed25519", "active"]])
        self.assertFalse(result["ids"])
        self.assertIn("Use the buttons", result["messages"][0]["message"])

    def test_administrators_read_no_secret(self):
        key = self.admin_key
        names = [name for name in key.fields_get() if name != "id"]
        self.assertNotIn("private_key", names)
        self.assertNotIn(self.secret, json.dumps(key.read(), default=str))
        self.assertNotIn(self.secret, json.dumps(key.read(names), default=str))
        self.assertNotIn(self.secret, str(key.copy_data()))
        self.assertNotIn(self.secret, str(key.web_read(dict.fromkeys(names, {}))))

    def test_administrators_are_refused_the_secret(self):
        key = self.admin_key
        for call in (
            lambda: key.read(["private_key"]),
            lambda: key.private_key,
            lambda: key.search([("private_key", "ilike", "MC4")]),
            lambda: key.search([("private_key", "!=", False)]),
            lambda: key.search([], order="private_key"),
            lambda: key.search_read([], ["private_key"]),
            lambda: key.export_data(["private_key"]),
            lambda: key.export_data(["private_key/id"]),
            lambda: key.mapped("private_key"),
            lambda: key.filtered_domain([("private_key", "!=", False)]),
            lambda: key.web_read({"private_key": {}}),
            lambda: key._read_group([], ["private_key"]),
            lambda: key.formatted_read_group([], ["private_key"], ["__count"]),
            lambda: key.write({"private_key": "mine"}),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_search_by_related_fields(self):
        domain = self.domain.with_user(self.users["administrator"])
        with self.assertRaises(AccessError):
            domain.search([("dkim_key_ids.private_key", "ilike", "MC4")])

    def test_name_search_finds_no_secret(self):
        found = self.admin_key.name_search(self.secret[:20])
        self.assertEqual(found, [])

    def test_create_takes_no_secret(self):
        pem = self.key.sudo().private_key
        made = self.admin_key.create(
            {
                "alias_domain_id": self.domain.id,
                "algorithm": "ed25519",
                "private_key": pem,
            }
        )
        self.assertNotEqual(made.sudo().private_key, pem)

    def test_import_of_files_takes_no_secret(self):
        columns = ["alias_domain_id/.id", "selector", "algorithm", "private_key"]
        row = [str(self.domain.id), "s9", "ed25519", self.key.sudo().private_key]
        self.admin_key.load(columns, [row])
        made = self.keys.search([("selector", "=", "s9")])
        if made:
            self.assertNotEqual(made.sudo().private_key, self.key.sudo().private_key)

    def test_copies_get_a_key_of_their_own(self):
        copy = self.admin_key.copy()
        self.assertNotEqual(copy.public_key, self.key.public_key)
        self.assertNotEqual(copy.sudo().private_key, self.key.sudo().private_key)
        self.assertNotEqual(copy.selector, self.key.selector)
        self.assertEqual(copy.state, "draft")

    def test_nothing_that_is_imported_is_stored_elsewhere(self):
        pem = make_pem(make_rsa())
        key = self.admin_key.create(
            {"alias_domain_id": self.domain.id, "private_key_import": pem}
        )
        self.assertFalse(key.private_key_import)
        self.assertFalse(key.read(["private_key_import"])[0]["private_key_import"])
        field = self.keys._fields["private_key_import"]
        self.assertFalse(field.store)

    def test_export_of_all_fields(self):
        names = list(self.admin_key.fields_get())
        rows = self.admin_key.export_data(names)["datas"]
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        self.assertNotIn(self.secret, out.getvalue())

    def test_logs_and_texts(self):
        with self.assertLogs("odoo", level="DEBUG") as logs:
            key = self._make_key(algorithm="ed25519")
            self._publish(key)
            key.action_activate()
            self._get_signers("acme.example")
        secret = key.sudo().private_key.splitlines()[1]
        lines = [line for line in logs.output if "odoo.sql_db" not in line]
        self.assertNotIn(secret, "\n".join(lines))
        self.assertNotIn(secret, repr(self._get_signers("acme.example")))

    def test_companies(self):
        globex = self.env["res.company"].create({"name": "Globex"})
        domain = self.env["mail.alias.domain"].create({"name": "globex.example"})
        globex.alias_domain_id = domain
        theirs = self.keys.create(
            {"alias_domain_id": domain.id, "algorithm": "ed25519"}
        )
        self.env.company.alias_domain_id = self.domain
        seen = self.admin_key.search([])
        self.assertIn(self.key, seen)
        self.assertNotIn(theirs, seen)
        with self.assertRaises(AccessError):
            theirs.with_user(self.users["administrator"]).action_revoke()


@tagged("post_install", "-at_install")
class TestMailDkimKeyRpc(HttpCase):
    """What a client of the API gets to see."""

    def test_rpc(self):
        self.startPatcher(fixed_keys())
        domain = self.env["mail.alias.domain"].create({"name": "acme.example"})
        key = self.env["mail.dkim.key"].create(
            {"alias_domain_id": domain.id, "algorithm": "ed25519"}
        )
        secret = key.sudo().private_key.splitlines()[1]
        new_test_user(self.env, "dkim_rpc", "base.group_system", password="dkim_rpc")
        self.authenticate("dkim_rpc", "dkim_rpc")
        for method, arguments, allowed in (
            ("read", [key.ids], True),
            ("read", [key.ids, ["selector", "record_value"]], True),
            ("read", [key.ids, ["private_key"]], False),
            ("search_read", [[["private_key", "ilike", secret[:9]]]], False),
            ("search_read", [[], ["private_key"]], False),
            ("export_data", [key.ids, ["private_key"]], False),
            ("web_read", [key.ids, {"private_key": {}}], False),
            ("copy_data", [key.ids], True),
            ("fields_get", [], True),
            ("_compute_is_usable", [key.ids], False),
        ):
            with self.subTest(method, arguments=arguments):
                params = {"model": "mail.dkim.key", "method": method}
                params |= {"args": arguments, "kwargs": {}}
                if allowed:
                    answer = self.make_jsonrpc_request("/web/dataset/call_kw", params)
                    self.assertNotIn(secret, str(answer))
                    continue
                with self.assertRaises(JsonRpcException) as caught:
                    with mute_logger("odoo.http"):
                        self.make_jsonrpc_request("/web/dataset/call_kw", params)
                self.assertNotIn(secret, str(caught.exception))
