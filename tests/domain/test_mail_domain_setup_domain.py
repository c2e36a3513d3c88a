# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ast
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user

from ...mailauth.errors import TempError
from ...wizards.mail_domain_setup_domain import MOST_TYPED, read_domain
from ..domain_common import DOMAIN, DomainCase

# (typed, the domain)
TYPED = [
    ("acme.example", DOMAIN),
    (" Acme.Example. ", DOMAIN),
    ("https://Acme.example/shop?x=1", DOMAIN),
    ("info@acme.example", DOMAIN),
    ("Info <info@acme.example>", DOMAIN),
    ("m\xfcnchen.example", "xn--mnchen-3ya.example"),
    ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
    ("no domain", ""),
    ("acme", ""),
    ("192.0.2.1", ""),
    ("a" * 70 + ".example", ""),
    ("", ""),
    (None, ""),
]
IDN = "xn--mnchen-3ya.example"
# (typed, what is in DNS, status, mx, part of the sentence, suggestion)
LOOKS = [
    (DOMAIN, {}, "ok", True, "exists and takes mail", False),
    ("https://Acme.example/", {}, "ok", True, "acme.example exists", False),
    ("mx.acme.example", {}, "ok", False, "takes no mail", False),
    ("acme.exmaple", {}, "missing", False, "does not exist", DOMAIN),
    ("initech.con", {}, "missing", False, "not registered", "initech.com"),
    ("gmial.com", {}, "missing", False, "does not exist", "gmail.com"),
    ("gmail.com", {}, "missing", False, "mailbox provider", False),
    (
        "gmail.com",
        {("gmail.com", "MX"): [(10, "mx.acme.example")]},
        "missing",
        True,
        "mailbox provider",
        False,
    ),
    ("www.acme.example", {}, "missing", False, "does not exist", DOMAIN),
    (
        "m\xfcnchen.example",
        {(IDN, "MX"): [(10, "mx.acme.example")]},
        "ok",
        True,
        "m\xfcnchen.example exists",
        False,
    ),
    ("no domain", {}, "invalid", None, "no domain name", False),
    ("<b>x</b>", {}, "invalid", None, "no domain name", False),
    ("", {}, "invalid", None, "Enter your email domain", False),
]


class TestMailDomainSetupDomain(DomainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "info@acme.example"
        cls.setups = cls.env["mail.domain.setup"]

    def _count(self):
        """What six tries must not leave more of."""
        everything = [("active", "in", (True, False))]
        keys = self.env["mail.dkim.key"]
        action = self.env.ref("mail_deliverability.mail_dkim_key_action")
        return {
            "domains": self.env["mail.alias.domain"].search_count([]),
            "drafts": self.env["mail.alias.domain"].search_count(everything),
            "keys": keys.search_count([]),
            "listed": keys.search_count(ast.literal_eval(action.domain)),
        }

    # ------------------------------------------------------------ what is typed

    def test_typed(self):
        for text, expected in TYPED:
            with self.subTest(text):
                self.assertEqual(read_domain(text), expected)

    def test_what_is_understood_is_shown(self):
        form = Form(self.setups)
        self.assertEqual(form.domain_name, DOMAIN)
        form.domain_name = "https://M\xfcnchen.example/"
        self.assertEqual(form.domain_name, "m\xfcnchen.example")
        self.assertIn("m\xfcnchen.example", form.senders)
        form.domain_name = "no domain"
        self.assertFalse(form.senders)

    def test_what_is_no_domain(self):
        setup = self.setups.create({"domain_name": "no domain"})
        with self.assertRaisesRegex(ValidationError, "no domain name"):
            setup.action_show_records()
        self.assertEqual(self.resolver.calls, [])

    def test_six_domains_tried_and_left(self):
        """A key that is published stays, since with another one it would be in vain."""
        companies = self.env["res.company"].search([]).mapped("alias_domain_id")
        before = self._count()
        setup = self.setups.create({"domain_name": "try0.example"})
        for number in range(6):
            setup.domain_name = f"Try{number}.example"
            self.zone[f"try{number}.example", "SOA"] = self.zone[DOMAIN, "SOA"]
            setup.action_show_records()
            draft = setup.alias_domain_id
            self.assertEqual(draft.name, f"try{number}.example")
            self.assertFalse(draft.active)
            self.assertTrue(draft.dkim_key_ids)
            self._see_check(setup)
            setup.action_go_to("domain")
        self.assertEqual(
            self._count(),
            {**before, "drafts": before["drafts"] + 1, "keys": before["keys"] + 1},
        )
        setup.domain_name = DOMAIN
        setup.action_show_records()
        self.assertEqual(self.domain.dkim_key_ids, self.env["mail.dkim.key"].search([]))
        self.domain.dkim_key_ids.unlink()
        self.assertEqual(self._count(), before)
        after = self.env["res.company"].search([]).mapped("alias_domain_id")
        self.assertEqual(after, companies)

    def test_published_key_of_a_draft_is_kept(self):
        setup = self.setups.create({"domain_name": "initech.example"})
        self.zone["initech.example", "SOA"] = self.zone[DOMAIN, "SOA"]
        setup.action_show_records()
        draft = setup.alias_domain_id
        self._publish(setup)
        self._see_check(setup)
        self.assertEqual(draft.dkim_key_ids.state, "active")
        for name in (DOMAIN, "initech.example"):
            setup.domain_name = name
            setup.action_show_records()
        self.assertEqual(setup.alias_domain_id, draft)

    def test_draft_that_another_setup_has_is_kept(self):
        setups = self.setups.create([{"domain_name": "initech.example"}] * 2)
        for setup in setups:
            setup.action_show_records()
        self.assertEqual(len(setups.alias_domain_id), 1)
        setups[0].domain_name = DOMAIN
        setups[0].action_show_records()
        self.assertTrue(setups[1].alias_domain_id.exists())

    def test_what_was_entered_is_kept(self):
        """Also where the record is made only now."""
        setup = self.setups.create({"domain_name": "initech.example"})
        self.assertEqual(setup.server_ids.mapped("name"), ["Own host"])
        setup.server_ids.sending_host_ips = "192.0.2.77"
        setup.report_address = "postmaster@initech.example"
        setup.action_show_records()
        self.assertEqual(setup.server_ids.sending_host_ips, "192.0.2.77")
        self.assertEqual(self.server.sending_host_ips, "192.0.2.77")
        draft = setup.alias_domain_id.sudo()
        self.assertEqual(draft.auth_report_address, "postmaster@initech.example")

    def test_domain_that_is_there(self):
        """One that is active comes before a draft, and the company's before others."""
        namesake = self.domain.copy({"bounce_alias": "b", "catchall_alias": "c"})
        for own in (self.domain, namesake):
            self.company.alias_domain_id = own
            setup = self.setups.create({"alias_domain_id": False})
            setup.domain_name = "Acme.example"
            setup.action_show_records()
            self.assertEqual(setup.alias_domain_id, own)

    def test_domain_of_another_company(self):
        other = self.env["res.company"].create({"name": "Globex"})
        domains = self.env["mail.alias.domain"]
        other.alias_domain_id = domains.create({"name": "globex.example"})
        user = new_test_user(self.env, "setup_one", "base.group_system")
        setup = self.setups.with_user(user).create({"domain_name": "globex.example"})
        self.assertFalse(setup.server_ids, "nothing is told of it")
        with self.assertRaisesRegex(UserError, "Another company"):
            setup.action_show_records()
        seen = setup.look_at_domain("globex.example")
        self.assertEqual(seen["status"], "invalid")
        self.assertIn("Another company", seen["sentence"])
        self.assertNotIn("globex.example", setup.known_domains.split())
        self.assertIn(DOMAIN, setup.known_domains.split())
        self.assertEqual(self.resolver.calls, [])

    # ----------------------------------------------------- while it is typed

    def test_looks(self):
        for text, zone, status, takes_mail, sentence, suggestion in LOOKS:
            with self.subTest(text):
                self.zone.update(zone)
                before = self._count()
                seen = self.setups.look_at_domain(text)
                self.assertEqual((seen["status"], seen["mx"]), (status, takes_mail))
                self.assertIn(sentence, seen["sentence"])
                self.assertEqual(seen["suggestion"], suggestion)
                self.assertEqual(self._count(), before, "nothing is created")

    def test_both_spellings(self):
        for text in ("M\xfcnchen.example", IDN):
            seen = self.setups.look_at_domain(text)
            self.assertEqual((seen["name"], seen["ascii"]), ("m\xfcnchen.example", IDN))

    def test_silent_dns(self):
        silence = TempError("dns_timeout", DOMAIN)
        with patch.object(self.resolver, "query", side_effect=silence):
            seen = self.setups.look_at_domain(DOMAIN)
        self.assertEqual((seen["status"], seen["mx"]), ("unknown", None))
        self.assertIn("go on", seen["sentence"])

    def test_hostile_names(self):
        for text in ("x" * 100_000, "a." * 5000, 7, None, ["x"], "\x00.example", "@"):
            with self.subTest(str(text)[:20]):
                seen = self.setups.look_at_domain(text)
                self.assertLessEqual(len(seen["name"]), MOST_TYPED)
                self.assertLess(len(seen["sentence"]), 300)

    def test_rights(self):
        for groups in ("base.group_user", "base.group_portal", "base.group_public"):
            user = new_test_user(self.env, groups, groups)
            with self.subTest(groups), self.assertRaises(AccessError):
                self.setups.with_user(user).look_at_domain(DOMAIN)
        self.assertEqual(self.resolver.calls, [])

    def test_dns_is_never_asked_by_the_form(self):
        form = Form(self.setups)
        form.domain_name = "initech.example"
        form.save()
        self.assertEqual(self.resolver.calls, [])
        arch = etree.fromstring(self.setups.get_view(view_type="form")["arch"])
        [field] = arch.xpath("//field[@name='domain_name']")
        self.assertEqual(field.get("widget"), "mail_domain_name")
