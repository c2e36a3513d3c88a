# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import time
from unittest.mock import patch
from urllib.parse import unquote

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ...mailauth.domain.audit import Network
from ...mailauth.domain.check import check_domain
from ...mailauth.domain.publish_record import NOTES, RecordToPublish
from ...mailauth.errors import TempError
from ...mailauth.findings import Reason
from ...wizards.mail_domain_setup_record import render_difference
from ...wizards.mail_domain_setup_record_texts import Card
from ..common import run
from ..dns_server import DnsServer
from ..domain_common import DOMAIN, GOOD_ZONE, IP, DomainCase

BROKEN = {
    (DOMAIN, "A"): ["203.0.113.80"],
    (DOMAIN, "TXT"): [
        "v=spf1 a -all",
        "other=1",
        "v=spf1 include:_spf.old.example ?all",
    ],
    ("_spf.old.example", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"],
    (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject"],
}
# (old, new, marked)
DIFFERENCES = [
    ("v=spf1 a -all", "v=spf1 a -all", "v=spf1 a -all"),
    ("v=spf1 a -all", "v=spf1 a mx -all", "v=spf1 a <ins>mx</ins> -all"),
    ("v=spf1 +all", "v=spf1 ~all", "v=spf1 <del>+all</del><ins>~all</ins>"),
    ("", "v=spf1", "<ins>v=spf1</ins>"),
    ("<b>", "v=spf1", "<del>&lt;b&gt;</del><ins>v=spf1</ins>"),
]


class TestMailDomainSetup(DomainCase):
    def _break(self):
        self.zone.update(BROKEN)

    # ------------------------------------------------------------- the domain

    def test_next_changes_nothing_of_the_company(self):
        domain = self.env["mail.alias.domain"].create({"name": "initech.example"})
        setup = self._set_up(alias_domain_id=domain.id)
        self._see_check(setup)
        self.assertEqual(self.company.alias_domain_id, self.domain)
        key = self.env["ir.config_parameter"].get_param("mail.catchall.domain")
        self.assertEqual(key, DOMAIN)

    def test_domain_of_the_company_is_the_default(self):
        setup = self.env["mail.domain.setup"].create({})
        self.assertEqual(setup.alias_domain_id, self.domain)
        self.assertEqual(setup.domain_name, DOMAIN)
        self.assertEqual(setup.server_ids.mapped("name"), ["Own host"])
        self.assertIn("notifications@acme.example", setup.senders)

    def test_domain_is_proposed(self):
        for email, proposed in (
            ("info@acme.example", DOMAIN),
            ("acme@gmail.com", False),
            (False, False),
        ):
            with self.subTest(email):
                self.company.write({"alias_domain_id": False, "email": email})
                setup = self.env["mail.domain.setup"].create({})
                self.assertFalse(setup.alias_domain_id)
                self.assertEqual(setup.domain_name, proposed)
        with self.assertRaisesRegex(UserError, "Enter your email domain"):
            setup.action_show_records()

    def test_no_domain_yet(self):
        self.env.company.write({"alias_domain_id": False, "email": False})
        setup = self.env["mail.domain.setup"].create({"alias_domain_id": False})
        fields = ("senders", "obstacle", "report_address")
        self.assertEqual([setup[name] for name in fields], [False] * len(fields))
        self.assertFalse(setup.server_ids)

    def test_domain_that_no_company_uses_yet(self):
        """The company is about to use it: its own bounce address is judged."""
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        self.server.from_filter = "acme.example, globex.example"
        self.zone["globex.example", "SOA"] = self.zone[DOMAIN, "SOA"]
        setup = self._set_up(alias_domain_id=other.id)
        card = self._card(setup, "spf")
        self.assertEqual(card.full_name, "globex.example")
        names = other.auth_check_ids.filtered(lambda row: row.code == "spf_record")
        self.assertEqual(names.mapped("record_name"), ["globex.example"])

    def test_domain_that_is_none(self):
        self._rename_past_checks("a" * 70 + ".example")
        with self.assertRaisesRegex(ValidationError, "no domain name"):
            self._set_up()
        self.assertEqual(self.resolver.calls, [])

    def test_what_dns_can_t_be_asked_for(self):
        for values, sentence in (
            ({"envelope_domain": "a..b"}, "no subdomain"),
            ({"envelope_domain": "bounces.globex.example"}, "no subdomain"),
            ({"selectors": "a..b"}, "no DKIM selector"),
        ):
            with self.subTest(values):
                setup = self.env["mail.domain.setup"].create({})
                setup.server_ids.write(values)
                with self.assertRaisesRegex(ValidationError, sentence):
                    setup.action_show_records()
                self.assertEqual(self.resolver.calls, [])

    def test_corrections_are_kept(self):
        setup = self.env["mail.domain.setup"].create({})
        line = setup.server_ids
        self.assertEqual(line.sending_host_ips, IP)
        ses = self.env.ref("mail_deliverability.mail_sending_provider_amazon_ses")
        line.write(
            {"provider_id": ses.id, "selectors": "abc", "sending_host_ips": False}
        )
        setup.action_show_records()
        self.assertFalse(self.server.sending_host_ips)
        self.assertTrue(self.server.signs_itself)
        entry = self.env["mail.server.domain"].search([])
        self.assertEqual((entry.provider_id, entry.selectors), (ses, "abc"))
        again = self.env["mail.domain.setup"].create({})
        self.assertEqual(again.server_ids.provider_id, ses)
        again.server_ids.provider_id = False
        again.action_show_records()
        self.assertFalse(entry.provider_id)

    def test_nothing_typed_is_lost_in_a_new_setup(self):
        """Of lines that are not saved yet the client knows what the cards have."""
        lines = self.env["mail.domain.setup.server"]
        views = lines.get_views([(False, "kanban"), (False, "form")])["views"]
        names = {
            kind: {node.get("name") for node in etree.fromstring(view["arch"]).iter()}
            & set(lines._fields)
            for kind, view in views.items()
        }
        self.assertEqual(names["form"] - names["kanban"], set())
        self.assertLessEqual({"selectors", "signing_seen"}, names["kanban"])

    def test_what_is_not_known_is_asked(self):
        self.server.sending_host_ips = False
        setup = self._set_up()
        self.assertIn("public IP address", setup.server_ids.advice)
        self.assertIn("Own host", setup.unknown_hint)
        setup.server_ids.sending_host_ips = IP
        self.assertFalse(setup.server_ids.advice)
        self.assertFalse(setup.unknown_hint)
        with self.assertRaises(ValidationError):
            setup.server_ids.sending_host_ips = "smtp.acme.example"

    # ------------------------------------------------------------ the records

    def test_broken_domain_becomes_green(self):
        """By publishing exactly what the cards say."""
        self._break()
        setup = self._set_up()
        self.assertEqual(setup.auth_status, "fail")
        self.assertGreater(setup.todo_count, 1)
        self._publish(setup)
        self._see_check(setup)
        self.assertEqual(setup.step, "check")
        self.assertEqual(setup.auth_status, "pass")
        self.assertIn("other=1", self.zone[(DOMAIN, "TXT")])
        key = self.env["mail.dkim.key"].search(
            [("alias_domain_id", "=", self.domain.id)]
        )
        self.assertEqual(key.state, "active")
        alignment = self._row("dmarc_alignment")
        self.assertEqual(alignment.status, "pass")
        setup.action_back()
        self.assertEqual(setup.todo_count, 0)

    def test_spf_is_one_record(self):
        self._break()
        card = self._card(self._set_up(), "spf")
        self.assertEqual(card.state, "replace")
        self.assertIn("ip4:198.51.100.10", card.value)
        self.assertIn("include:_spf.old.example", card.value)
        self.assertEqual(len(card.current.splitlines()), 2)
        self.assertIn("2 such records", card.note)
        self.assertIn("added: </span>", card.change_html)

    def test_spf_in_place(self):
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 mx -all"]
        card = self._card(self._set_up(), "spf")
        self.assertEqual(card.value, "v=spf1 mx ip4:198.51.100.10 -all")
        self.assertIn("Don't add a second one", card.note)

    def test_what_was_mended_stands_below_the_comparison(self):
        """What there is to do comes first, and alone."""
        self.zone[(DOMAIN, "TXT")] = [f"v=spf1;include:gone.example ip4: {IP} -all"]
        card = self._card(self._set_up(), "spf")
        self.assertEqual(card.state, "replace")
        self.assertIn("Don't add a second one", card.note)
        self.assertIn("include:gone.example", card.note, "left out")
        self.assertIn(f'"ip4: {IP}"', card.mended)
        self.assertFalse(set(card.mended.splitlines()) & set(card.note.splitlines()))

    def test_names(self):
        self.zone[(DOMAIN, "NS")] = ["ns37.domaincontrol.com"]
        setup = self._set_up()
        self.assertEqual(setup.dns_host, "GoDaddy")
        card = self._card(setup, "spf")
        self.assertEqual((card.host_name, card.full_name), ("@", DOMAIN))
        key = self._card(setup, "dkim")
        self.assertTrue(key.host_name.endswith("._domainkey"))
        self.assertEqual(key.full_name, f"{key.host_name}.{DOMAIN}")

    def test_names_in_a_zone_above(self):
        self.domain.name = "mail.acme.example"
        self.server.from_filter = "mail.acme.example"
        setup = self._set_up()
        self.assertEqual(self._card(setup, "spf").host_name, "mail")
        self.assertEqual(
            self._card(setup, "dkim").full_name[-18:], ".mail.acme.example"
        )
        # The record of the domain above counts.
        self.assertEqual(self._card(setup, "dmarc").full_name, f"_dmarc.{DOMAIN}")

    def test_shared_nameservers(self):
        self.zone[(DOMAIN, "NS")] = ["ns-cloud-a1.googledomains.com"]
        setup = self._set_up()
        self.assertIn(" or ", setup.dns_host)
        self.assertFalse(setup.dns_path)
        card = self._card(setup, "spf")
        self.assertEqual((card.host_name, card.help_url), ("@", ""))

    def test_dmarc_starts_with_none(self):
        del self.zone[(f"_dmarc.{DOMAIN}", "TXT")]
        setup = self._set_up(report_address="postmaster@acme.example")
        card = self._card(setup, "dmarc")
        self.assertEqual(card.state, "add")
        self.assertEqual(
            card.value, "v=DMARC1; p=none; rua=mailto:postmaster@acme.example"
        )
        self.assertIn("p=quarantine", card.note)
        self.assertIn("p=reject", card.note)

    def test_dmarc_without_an_address_says_so(self):
        del self.zone[(f"_dmarc.{DOMAIN}", "TXT")]
        card = self._card(self._set_up(report_address=False), "dmarc")
        self.assertEqual(card.value, "v=DMARC1; p=none")
        self.assertIn("Nobody will get the reports", card.note)

    def test_valid_policy_is_never_weakened(self):
        for text, is_advised in (
            ("v=DMARC1; p=reject; sp=reject; rua=mailto:x@acme.example", False),
            ("v=DMARC1; p=quarantine", False),
            ("v=DMARC1; p=reject; sp=none", False),
            ("v=DMARC1; p=none; rua=mailto:x@acme.example", True),
            ("v=DMARC1; p = NONE; rua=mailto:x@acme.example", True),
        ):
            with self.subTest(text):
                self.zone[(f"_dmarc.{DOMAIN}", "TXT")] = [text]
                card = self._card(self._set_up(), "dmarc")
                self.assertEqual((card.state, card.value), ("done", text))
                self.assertEqual("p=quarantine (" in (card.note or ""), is_advised)

    def test_activation_asks_dns_once(self):
        """How it will be is judged by the answers that are there already."""
        setup = self._set_up()
        self._publish(setup)
        key = self.domain.dkim_key_ids
        self.resolver.calls.clear()
        self.domain._audit()
        once = sorted(self.resolver.calls)
        self.assertIn((key.record_name, "TXT"), once)
        self.resolver.calls.clear()
        self._see_check(setup)
        self.assertEqual(sorted(self.resolver.calls), once)
        self.assertEqual((key.state, key.check_result), ("active", "pass"))
        self.assertEqual(key.check_found, key.record_value)
        self.assertEqual(self._row("dkim_key").status, "pass")
        self.assertIn("matches From", self._row("dmarc_alignment").explanation)

    def test_own_key(self):
        setup = self._set_up()
        card = self._card(setup, "dkim")
        key = self.env["mail.dkim.key"].search(
            [("alias_domain_id", "=", self.domain.id)]
        )
        self.assertEqual(card.state, "add")
        self.assertEqual(card.value, key.record_value)
        self.assertEqual(card.full_name, key.record_name)
        self._set_up()
        self.assertEqual(
            self.env["mail.dkim.key"].search_count(
                [("alias_domain_id", "=", self.domain.id)]
            ),
            1,
            "one key, however often",
        )

    def test_own_key_that_is_kept_elsewhere(self):
        target = "acme.dkim.host.example"
        key = self.env["mail.dkim.key"].create(
            {"alias_domain_id": self.domain.id, "cname_target": target}
        )
        setup = self._set_up()
        card = self._card(setup, "dkim")
        self.assertEqual(
            (card.state, card.rdtype, card.value), ("add", "CNAME", target)
        )
        line = f"{key.record_name}. 3600 IN CNAME {target}.\n"
        self.assertIn(line, base64.b64decode(setup.zone_file).decode())
        self.assertIn(f"Type: CNAME\nValue: {target}", setup.dns_message)
        self.zone[(target, "TXT")] = [key.record_value]
        self._publish(setup)
        self._see_check(setup)
        self.assertEqual(key.state, "active")

    def test_own_key_that_can_t_be_used(self):
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        self.zone[(key.record_name, "TXT")] = [key.record_value]
        key.action_activate()
        key.sudo().private_key = "damaged"
        with mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"):
            card = self._card(self._set_up(), "dkim")
        self.assertEqual((card.state, card.note), ("ask", key.advice))
        self.assertIn("can't be read", card.note)

    def test_key_that_is_not_published_is_not_used(self):
        setup = self._set_up()
        self._see_check(setup)
        key = self.env["mail.dkim.key"].search(
            [("alias_domain_id", "=", self.domain.id)]
        )
        self.assertEqual(key.state, "draft")

    def test_another_key_is_there(self):
        setup = self._set_up()
        card = self._card(setup, "dkim")
        self.zone[(card.full_name, "TXT")] = ["v=DKIM1; k=rsa; p="]
        self._see_check(setup)
        setup.action_back()
        card = self._card(setup, "dkim")
        self.assertEqual(card.state, "replace")
        self.assertEqual(card.current, "v=DKIM1; k=rsa; p=")

    def test_provider_with_known_records(self):
        self.server.smtp_host = "smtp-relay.brevo.com"
        setup = self._set_up()
        card = self._card(setup, "dkim", "brevo1._domainkey")
        self.assertEqual(card.rdtype, "CNAME")
        self.assertEqual(card.value, "b1.acme-example.dkim.brevo.com")
        self.assertEqual(card.state, "add")
        self.assertIn("Brevo", card.note)
        self.assertFalse(self.env["mail.dkim.key"].search([]), "Brevo signs")

    def test_provider_whose_records_are_shown_there(self):
        self.server.smtp_host = "smtp.gmail.com"
        card = self._card(self._set_up(), "dkim")
        self.assertEqual((card.state, card.value), ("ask", ""))
        self.assertIn("Google Admin console", card.note)

    def test_provider_with_random_selectors(self):
        self.server.smtp_host = "smtp.postmarkapp.com"
        card = self._card(self._set_up(), "dkim")
        self.assertEqual(card.state, "ask")
        self.assertIn("first step", card.note)
        self.assertFalse(card.full_name)

    def test_mx_at_google(self):
        self.zone[(DOMAIN, "MX")] = [(1, "smtp.google.com")]
        self.zone[("smtp.google.com", "A")] = ["8.8.8.8"]
        card = self._card(self._set_up(), "mx")
        self.assertEqual(card.state, "done")
        self.assertIn("catchall@acme.example", card.note)
        self.assertIn("bounce@acme.example", card.note)
        self.assertIn("Incoming Mail Servers", card.note)

    def test_mx_is_missing(self):
        del self.zone[(DOMAIN, "MX")]
        card = self._card(self._set_up(), "mx")
        self.assertEqual((card.state, card.value), ("ask", ""))
        self.server.smtp_host = "smtp.gmail.com"
        card = self._card(self._set_up(), "mx")
        self.assertEqual((card.state, card.value), ("add", "1 smtp.google.com"))

    def test_optional_records_fold_away(self):
        setup = self._set_up(report_address="postmaster@acme.example")
        kinds = setup.all_record_ids.filtered("optional").mapped("kind")
        self.assertEqual(sorted(kinds), ["mta_sts", "tls_rpt"])
        self.assertNotIn("tls_rpt", setup.record_ids.mapped("kind"))

    def test_dns_is_silent(self):
        self.resolver.failing = {DOMAIN, f"_dmarc.{DOMAIN}"}
        setup = self._set_up()
        self.assertEqual(self._card(setup, "spf").state, "unknown")
        self.assertEqual(self._card(setup, "dmarc").state, "unknown")
        seen = self._see_check(setup)
        self.assertIn("did not answer", seen["headline"])

    def test_difference_for_those_who_can_t_see_it(self):
        """Said before each mark, and not copied with the text."""
        labels = {"del": "removed:", "ins": "added:"}
        marked = render_difference("a <x>", "a b", labels)
        said = '<span class="visually-hidden user-select-none">%s </span>'
        self.assertEqual(
            marked,
            f'<div class="o_setup_code">a <del>{said % "removed:"}&lt;x&gt;</del>'
            f"<ins>{said % 'added:'}b</ins></div>",
        )

    def test_difference(self):
        for old, new, marked in DIFFERENCES:
            with self.subTest(new):
                self.assertIn(f">{marked}</div>", render_difference(old, new))

    # ------------------------------------------------------ message and file

    def test_message(self):
        self._break()
        setup = self._set_up()
        for card in setup.record_ids:
            if card.state in ("add", "replace"):
                self.assertIn(f"Value: {card.value}", setup.dns_message)
                self.assertIn(f"Name: {card.full_name}", setup.dns_message)
        self.assertIn("Remove: v=spf1 a -all", setup.dns_message)
        for jargon in ("SPF", "DKIM", "DMARC", "selector", "alignment"):
            lines = [line for line in setup.dns_message.splitlines() if ":" not in line]
            self.assertNotIn(jargon, "\n".join(lines))
        action = setup.action_mail_message()
        self.assertTrue(action["url"].startswith("mailto:?subject="))
        self.assertIn(setup.dns_message, unquote(action["url"]))

    def test_zone_file(self):
        self._break()
        setup = self._set_up()
        text = base64.b64decode(setup.zone_file).decode()
        self.assertIn(f";   {DOMAIN}. TXT v=spf1 a -all", text)
        added = [row for row in text.splitlines() if not row.startswith(";")]
        self.assertTrue(added)
        for card in setup.record_ids.filtered(lambda one: one.state == "replace"):
            names = [row.partition(" ")[0] for row in added]
            self.assertNotIn(f"{card.full_name}.", names, "it would stand beside")
        (line,) = [row for row in text.splitlines() if "_domainkey" in row]
        self.assertRegex(line, r'IN TXT "v=DKIM1[^"]{200,250}" "[^"]+"$')
        url = setup.action_download_zone()["url"]
        self.assertIn("acme.example.zone.txt?download=true", url)

    # -------------------------------------------------------------- reports

    def test_report_address(self):
        alias = self.env["mail.alias"].create(
            {
                "alias_name": "reports",
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
                "alias_domain_id": self.domain.id,
            }
        )
        self.assertEqual(alias.alias_full_name, "reports@acme.example")
        for address, problem in [
            ("postmaster@acme.example", False),
            ("Reports <REPORTS@acme.example>", False),
            ("catchall@acme.example", "replies and bounces"),
            ("bounce@acme.example", "replies and bounces"),
            ("notifications@acme.example", "replies and bounces"),
            ("me@gmail.com", "another domain"),
            ("me@sub.acme.example", "another domain"),
            ("nonsense", "no address"),
        ]:
            with self.subTest(address):
                found = self.domain._get_report_problem(address)
                if problem:
                    self.assertIn(problem, found)
                else:
                    self.assertFalse(found)

    def test_report_address_where_odoo_takes_all_mail(self):
        url = "https://odoo.acme.example"
        self.env["ir.config_parameter"].set_param("web.base.url", url)
        self.zone[(DOMAIN, "MX")] = [(10, "odoo.acme.example")]
        self.zone[("odoo.acme.example", "A")] = ["8.8.4.4"]
        self._check()
        problem = self.domain._get_report_problem("postmaster@acme.example")
        self.assertIn("no alias", problem)
        with self.assertRaises(ValidationError):
            self._set_up(report_address="postmaster@acme.example")

    def test_proposed_report_address_takes_mail(self):
        self.env.user.email = "Admin <Admin@acme.example>"
        self.assertEqual(self.domain._get_report_address(), "admin@acme.example")
        admins = self.env.ref("base.group_system").all_user_ids
        (admins | self.env.user).write({"email": "admin@gmail.com"})
        self.env["res.company"].search([]).write({"email": "catchall@acme.example"})
        self.assertEqual(self.domain._get_report_address(), "")
        self.domain.auth_report_address = "x@acme.example"
        self.assertEqual(self.domain._get_report_address(), "x@acme.example")

    # -------------------------------------------------------------- the check

    def test_pending(self):
        setup = self._set_up()
        self._publish(setup)
        published = {**self.zone, (DOMAIN, "SOA"): GOOD_ZONE[(DOMAIN, "SOA")]}
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 -all"]
        self.zone[("ns1.dns.example", "A")] = ["192.0.2.1"]
        published[(DOMAIN, "TXT")] = GOOD_ZONE[(DOMAIN, "TXT")]
        with DnsServer(published) as server:
            network = Network(lambda _addresses: (server.address,), None)
            with patch.object(self.__class__, "_network", lambda _self: network):
                seen = self._see_check(setup)
        row = self._row("spf_authorizes")
        self.assertIn("not yet visible", row.sentence)
        self.assertIn("5 minutes", row.sentence)
        self.assertFalse(seen["authority"]["hint"])
        setup.action_back()
        self.assertEqual(self._card(setup, "spf").state, "pending")

    def test_what_is_not_proven_is_not_called_good(self):
        self.server.sending_host_ips = False
        setup = self._set_up()
        self.env["mail.dkim.key"].search([]).unlink()
        seen = self._see_check(setup)
        self.assertEqual(setup.auth_status, "pass")
        self.assertIn("not proven", seen["headline"])
        self.server.sending_host_ips = IP
        self.assertIn("All good", self._see_check(setup)["headline"])

    def test_authority_hint(self):
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 -all"]
        setup = self._set_up()
        seen = self._see_check(setup)
        self.assertIn("could not be asked", seen["authority"]["hint"])

    def test_evidence(self):
        self._break()
        self._check()
        row = self._row("spf_single")
        self.assertIn("v=spf1 a -all", row.evidence)
        self.assertIn("RFC 7208", row.evidence)
        row = self._row("spf_lookups")
        self.assertIn("lookups", row.details)

    def test_time(self):
        """Odoo's own work is less than 400 ms of processor time; DNS is waited for."""
        self._break()
        setup = self._set_up()
        self.resolver.delay = 0.03
        self.env.flush_all()
        domain = self.domain
        facts = domain._prepare_facts_later(domain._get_outgoing_servers())({})
        start = time.process_time()
        run(check_domain(DOMAIN, facts, self.resolver))
        core = time.process_time() - start
        start = time.process_time()
        self._see_check(setup)
        self.env.flush_all()
        whole = time.process_time() - start
        self.assertLess(whole - core, 0.4, f"core {core:.3f} s, in all {whole:.3f} s")

    def test_nothing_is_written_before_dns_has_answered(self):
        events = []
        cr = type(self.env.cr)
        execute, query = cr.execute, self.resolver.query

        def spy_execute(cursor, statement, *args, **kwargs):
            text = str(getattr(statement, "code", statement)).lstrip()
            events.append(text.split(maxsplit=1)[0].upper())
            return execute(cursor, statement, *args, **kwargs)

        async def spy_query(*args):
            events.append("dns")
            return await query(*args)

        self._break()
        setup = self.env["mail.domain.setup"].create(
            {"report_address": "a@acme.example"}
        )
        setup.server_ids.sending_host_ips = "192.0.2.77"
        self.env.flush_all()
        self.resolver.query = spy_query
        check = self.domain.action_check_authentication
        for step in (setup.action_show_records, check):
            events.clear()
            with self.subTest(step.__name__), patch.object(cr, "execute", spy_execute):
                step()
                last = len(events) - events[::-1].index("dns")
                self.assertFalse({"INSERT", "UPDATE", "DELETE"} & set(events[:last]))
        self._publish(setup)
        self._see_check(setup)
        self.assertEqual(self.domain.dkim_key_ids.state, "active")

    # ----------------------------------------------------------------- rights

    def test_other_users_see_nothing(self):
        for login, groups in (
            ("inner", "base.group_user"),
            ("portal", "base.group_portal"),
            ("public", "base.group_public"),
        ):
            user = new_test_user(self.env, f"setup_{login}", groups)
            with self.subTest(login), self.assertRaises(AccessError):
                self.env["mail.domain.setup"].with_user(user).create({})

    def test_administrator(self):
        user = new_test_user(self.env, "setup_admin", "base.group_system")
        setup = self.env["mail.domain.setup"].with_user(user).create({})
        setup.action_show_records()
        self.assertTrue(self._see_check(setup)["groups"])

    def _make_other_administrator(self, name):
        """Return an administrator of another company that has a domain."""
        other = self.env["res.company"].create({"name": "Globex"})
        other.alias_domain_id = self.env["mail.alias.domain"].create({"name": name})
        companies = self.env["res.company"].search([("id", "!=", self.company.id)])
        companies.filtered(
            lambda company: company.alias_domain_id == self.domain
        ).alias_domain_id = False
        return new_test_user(
            self.env,
            "setup_other",
            "base.group_system",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )

    def test_administrator_of_another_company(self):
        self._check()
        user = self._make_other_administrator("globex.example")
        values = {"alias_domain_id": self.domain.id}
        setup = self.env["mail.domain.setup"].with_user(user).create(values)
        self.assertEqual(setup.auth_status, "unknown")
        self.assertFalse(setup.obstacle, "nothing is told of it")
        with self.assertRaisesRegex(AccessError, "Only administrators of its"):
            setup.action_show_records()

    def test_one_of_several_companies(self):
        self._check()
        user = self._make_other_administrator("globex.example")
        user.company_ids |= self.company
        domain = self.domain.with_user(user)
        domain._check_may_see_authentication()
        with self.assertRaisesRegex(AccessError, "Only administrators of its"):
            domain.with_context(
                allowed_company_ids=user.company_id.ids
            )._check_may_see_authentication()

    def test_key_of_another_company_signs(self):
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        key.action_activate_unchecked()
        user = self._make_other_administrator(f"mail.{DOMAIN}")
        setup = self.env["mail.domain.setup"].with_user(user).create({})
        setup.action_show_records()
        card = self._card(setup, "dkim")
        self.assertEqual((card.state, card.full_name), ("add", key.record_name))
        self._see_check(setup)
        self.assertEqual(setup.step, "check")

    def test_name_of_an_address(self):
        """Who owns the address is asked, in the message too; then it is green."""
        reverse = ("10.100.51.198.in-addr.arpa", "PTR")
        host = self.zone.pop(reverse)
        setup = self._set_up()
        card = self._card(setup, "ptr")
        self.assertEqual((card.state, card.rdtype, card.value), ("ask", "PTR", *host))
        self.assertEqual(card.host_name, IP)
        self.assertIn(f"ask whoever owns the address {IP}", card.note)
        self.assertIn(f"(PTR): {host[0]}", setup.dns_message)
        text = base64.b64decode(setup.zone_file).decode()
        self.assertIn(f";   {reverse[0]}. 3600 IN PTR {host[0]}.\n", text)
        self._publish(setup)
        self._see_check(setup)
        bad = self.domain.auth_check_ids.filtered(lambda row: row.severity <= 2)
        self.assertEqual(bad.mapped("code"), ["ptr"])
        self.zone[reverse] = [card.value]
        self._see_check(setup)
        self.assertEqual(setup.auth_status, "pass")

    def test_milder_value(self):
        """Beside a policy that counts for the first time, where mails may fail."""
        name = f"_dmarc.{DOMAIN}"
        policy = ["v=DMARC1; p=reject; rua=mailto:dmarc@acme.example"]
        del self.zone[(name, "TXT")]
        self.zone[(f"{name}.{DOMAIN}", "TXT")] = policy
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 ip4:203.0.113.9 -all"]
        setup = self._set_up()
        card = self._card(setup, "dmarc")
        mild = "v=DMARC1; p=none; rua=mailto:dmarc@acme.example"
        self.assertEqual((card.state, card.value), ("add", *policy))
        self.assertEqual(card.alternative, mild)
        self.assertIn(f"{name}.{DOMAIN}", card.note)
        self.assertIn("Own host", card.note)
        self.assertIn(f"pass, first: {mild}", setup.dns_message)
        text = base64.b64decode(setup.zone_file).decode()
        self.assertIn(f"pass, first: {mild}", text)

    # -------------------------------------------------------------- obstacles

    def test_domain_that_does_not_exist(self):
        self._check()
        self.assertGreater(len(self.domain.auth_check_ids), 10)
        self.zone.clear()
        setup = self._set_up()
        self.assertEqual(self.domain.auth_check_ids.mapped("code"), ["domain_exists"])
        self.assertFalse(setup.all_record_ids)
        self.assertIn("not registered", setup.obstacle)
        seen = self._see_check(setup)
        self.assertEqual(setup.auth_status, "fail")
        self.assertEqual(seen["headline"], setup.obstacle)
        self.assertEqual(self.domain.auth_sentence, setup.obstacle)

    def test_silent_dns(self):
        """One sentence with advice; nothing is proposed, not even a new key."""
        silence = TempError("dns_timeout", DOMAIN)
        with patch.object(self.resolver, "query", side_effect=silence):
            setup = self._set_up()
            seen = self._see_check(setup)
        self.assertFalse(setup.all_record_ids)
        self.assertIn("port 53", setup.obstacle)
        self.assertIn("mail_deliverability.nameservers", setup.obstacle)
        self.assertEqual(seen["headline"], setup.obstacle)
        self.assertEqual(setup.auth_status, "temperror")
        setup.action_back()
        setup.action_show_records()
        self.assertFalse(setup.obstacle)
        self.assertTrue(setup.all_record_ids)

    # ---------------------------------------------------------------- hostile

    def test_every_note_has_a_text(self):
        params = (("count", "2"), ("domain", DOMAIN), ("host", "Google"))
        params += (("target", "key.host.example"), ("value", "v=DKIM1; p=x"))
        params += (("address", IP), ("zone", DOMAIN))
        cards = self.env["mail.domain.setup.record"]
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        for code in NOTES:
            note = Reason(code, params)
            record = RecordToPublish("dkim", "ask", key.record_name, "", notes=(note,))
            card = Card(self.domain, record, self.env["mail.sending.provider"])
            with self.subTest(code):
                self.assertTrue(cards._render_note(card))

    def test_hostile_records_on_cards(self):
        self.server.sending_host_ips = "192.0.2.55"
        for text in (
            b"v=spf1 <script>alert(1)</script> -all",
            b"v=spf1 \xe2\x80\xaetxt.exe\x00\x1b[31m -all",
            b"v=spf1 ip4:192.0.2.1 " + b"x" * 20000 + b" -all",
        ):
            with self.subTest(text[:30]):
                self.zone[(DOMAIN, "TXT")] = [text]
                setup = self._set_up()
                self._see_check(setup)
                html = "".join(
                    f"{card.change_html}{card.current_html}"
                    for card in setup.all_record_ids
                )
                html += "".join(row.evidence for row in self.domain.auth_check_ids)
                self.assertNotIn("<script", html)
                self.assertNotIn("\u202e", html)
                self.assertNotIn("\x1b", html)
                shown = html.partition("<details>")[0]
                self.assertLess(len(shown), 6000)
