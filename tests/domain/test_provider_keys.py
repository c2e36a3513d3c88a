# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DKIM keys of services that sign by themselves, through the models."""

import importlib.util
from pathlib import Path

from odoo.exceptions import ValidationError
from odoo.tests import Form

from ...mailauth.dkim.key import PublicKey
from ...mailauth.dkim.record import record_value
from ...models.domain.mail_server_domain import read_cname
from ..domain_common import DOMAIN, DomainCase

KEY = record_value(PublicKey("ed25519", bytes(range(32))))
TARGET = "selector{}-acme-example._domainkey.acme.onmicrosoft.com"
MIGRATION = "migrations/19.0.1.3.0/post-providers.py"


def name(selector, domain=DOMAIN):
    return f"{selector}._domainkey.{domain}"


def alias(number):
    """The CNAME of one selector, as Microsoft 365 wants it."""
    return {(name(f"selector{number}"), "CNAME"): [TARGET.format(number)]}


LIVE = {(TARGET.format(1), "TXT"): [KEY]}
TYPED = "\n".join(f"selector{n} {TARGET.format(n)}" for n in (1, 2))
# (case, zone, values of the server's line, [(status of a selector, its card, value)])
MICROSOFT = [
    (
        "right, and a mail has shown it",
        alias(1) | alias(2) | LIVE,
        {"signing_seen": True},
        [("pass", "done", False), ("info", "done", False)],
    ),
    (
        "right, and no mail has shown it",
        alias(1) | alias(2) | LIVE,
        {},
        [("info", "done", False), ("info", "done", False)],
    ),
    (
        "selector2 is missing: the next key would not be found",
        alias(1) | LIVE,
        {"signing_seen": True},
        [("pass", "done", False), ("warning", "ask", False)],
    ),
    (
        "selector2 is missing, and its target is known",
        alias(1) | LIVE,
        {"signing_seen": True, "cname_targets": TYPED},
        [("pass", "done", False), ("warning", "add", TARGET.format(2))],
    ),
    ("nothing is there", {}, {}, [("fail", "ask", False), ("fail", "ask", False)]),
    (
        "nothing is there, and the targets are known",
        {},
        {"cname_targets": TYPED},
        [("fail", "add", TARGET.format(1)), ("fail", "add", TARGET.format(2))],
    ),
    (
        "selector1 leads elsewhere",
        {(name("selector1"), "CNAME"): ["old.example"]} | alias(2),
        {"cname_targets": TYPED},
        [("fail", "replace", TARGET.format(1)), ("fail", "ask", TARGET.format(2))],
    ),
]
# (a line as people copy it, what is read)
LINES = [
    ("s1 s1.dkim.example", ("s1", "s1.dkim.example")),
    ("S1._domainkey.Acme.example. 3600 IN CNAME T.Host.example.",
     ("s1", "t.host.example")),
    ("s1._domainkey -> t.host.example", ("s1", "t.host.example")),
    ("s1\tCNAME\tt.host.example", ("s1", "t.host.example")),
    ("a._domainkey.mg.acme.example t.example", ("a", "t.example")),
    ("s1", None),
    ("s1 s2 t.example", None),
    ("s1 target", None),
    ("s1 a..b", None),
    ("s1._domainkey.globex.example t.example", None),
    ("<b> t.example", None),
]  # fmt: skip


class TestProviderKeys(DomainCase):
    def setUp(self):
        super().setUp()
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 include:spf.protection.outlook.com -all"]
        outlook = ("spf.protection.outlook.com", "TXT")
        self.zone[outlook] = ["v=spf1 ip4:203.0.113.0/24 -all"]

    def _use(self, host, **values):
        """Let the mails leave by a service; return the guided setup's second step."""
        self.server.write(
            {
                "smtp_host": host,
                "sending_host_ips": False,
                "signs_itself": self._find(host).signs,
            }
        )
        setup = self.env["mail.domain.setup"].create({})
        if values:
            setup.server_ids.write(values)
        setup.action_show_records()
        return setup

    def _find(self, host):
        return self.env["mail.sending.provider"]._find_by_host(host)

    def test_microsoft_365(self):
        original = dict(self.zone)
        for case, zone, values, expected in MICROSOFT:
            with self.subTest(case):
                self.env["mail.server.domain"].search([]).unlink()
                self.zone.clear()
                self.zone.update(original | zone)
                setup = self._use("smtp.office365.com", **values)
                found = []
                for selector in ("selector1", "selector2"):
                    card = self._card(setup, "dkim", f"{selector}._domainkey")
                    self.assertEqual(card.rdtype, "CNAME")
                    row = self._row("dkim_key", selector)
                    found.append((row.status, card.state, card.value or False))
                self.assertEqual(found, expected)

    def test_a_right_set_up_becomes_green(self):
        setup = self._use("smtp.office365.com", cname_targets=TYPED, signing_seen=True)
        self._publish(setup)
        self.zone.update(LIVE)
        self._see_check(setup)
        self.assertEqual(self.domain.auth_status, "pass")
        self.assertEqual(self._row("dkim_key", "selector1").status, "pass")
        self.assertEqual(self._row("dmarc_alignment").status, "pass")

    def test_what_the_card_says(self):
        setup = self._use("smtp.office365.com")
        note = self._card(setup, "dkim", "selector1._domainkey").note
        self.assertIn("Defender", note)
        self.assertIn("selector1-acme-example._domainkey.", note)
        self.zone.update(alias(1) | alias(2) | LIVE)
        setup = self._use("smtp.office365.com")
        note = self._card(setup, "dkim", "selector1._domainkey").note
        self.assertIn("Sign messages for this domain", note)
        self.assertIn("dkim=pass for acme.example", note)

    def test_targets_of_a_service_without_usual_selectors(self):
        setup = self._use(
            "email-smtp.eu-west-1.amazonaws.com",
            cname_targets="abc abc.dkim.amazonses.com",
        )
        card = self._card(setup, "dkim", "abc._domainkey")
        self.assertEqual((card.state, card.value), ("add", "abc.dkim.amazonses.com"))

    def test_service_that_signs_as_a_subdomain(self):
        setup = self._use("smtp.mailgun.org", selectors="k1")
        self.assertIn("subdomain", self._card(setup, "dkim").note)
        self.zone[(name("k1", f"mg.{DOMAIN}"), "TXT")] = [KEY]
        for values in (
            {"envelope_domain": f"mg.{DOMAIN}"},
            {"envelope_domain": False, "signing_domain": f"mg.{DOMAIN}"},
        ):
            with self.subTest(values):
                setup = self._use(
                    "smtp.mailgun.org", selectors="k1", signing_seen=True, **values
                )
                self.assertEqual(self._card(setup, "dkim").state, "done")
                self.assertEqual(self._row("dkim_key").status, "pass")
                self.assertEqual(self._row("dmarc_alignment").status, "pass")

    def test_lines_as_people_copy_them(self):
        for line, expected in LINES:
            with self.subTest(line):
                self.assertEqual(read_cname(line, DOMAIN), expected)

    def test_what_is_refused(self):
        for values, words in (
            ({"cname_targets": "s1 target"}, "no CNAME of a DKIM key"),
            ({"cname_targets": "s1 t.example\nx"}, "x is no CNAME"),
            ({"signing_domain": "mg.globex.example"}, "nor a subdomain"),
            ({"signing_domain": "a..b"}, "nor a subdomain"),
        ):
            with self.subTest(values):
                with self.assertRaisesRegex(ValidationError, words):
                    self._use("smtp.office365.com", **values)
                with (
                    self.assertRaisesRegex(ValidationError, words),
                    self.env.cr.savepoint(),
                ):
                    self.env["mail.server.domain"].create(
                        {"alias_domain_id": self.domain.id, **values}
                    )

    def test_what_was_entered_is_shown_again(self):
        values = {
            "cname_targets": "s9 t9.example",
            "signing_domain": f"mg.{DOMAIN}",
            "signing_seen": True,
        }
        self._use("smtp.office365.com", **values)
        again = self.env["mail.domain.setup"].create({}).server_ids
        self.assertEqual({key: again[key] for key in values}, values)

    def test_another_provider_has_shown_nothing(self):
        self._use("smtp.office365.com", signing_seen=True)
        entry = self.env["mail.server.domain"].search([])
        self.server.smtp_host = "smtp.office365.com"
        self.assertTrue(entry.signing_seen)
        self.server.smtp_host = "smtp.sendgrid.net"
        self.assertFalse(entry.signing_seen)
        setup = self.env["mail.domain.setup"].create({})
        line = setup.server_ids
        line.signing_seen = True
        with Form(line) as form:
            form.provider_id = self._find("smtp.gmail.com")
        self.assertFalse(line.signing_seen)

    def test_a_mail_has_shown_the_signature(self):
        self.zone.update(alias(1) | alias(2) | LIVE)
        self._use("smtp.office365.com")
        self.assertEqual(self._row("dkim_key", "selector1").status, "info")
        for selector, status in (("other", "info"), ("selector2", "pass")):
            self.domain.seen_signatures = {name(selector): "2026-11-26"}
            self._check()
            self.assertEqual(self._row("dkim_key", "selector1").status, status)

    def test_providers_that_are_there_already(self):
        """An update tells them what is new, and keeps what somebody has changed."""
        providers = "mail_deliverability.mail_sending_provider_"
        microsoft = self.env.ref(f"{providers}microsoft_365")
        google = self.env.ref(f"{providers}google_workspace")
        microsoft.write({"dkim_by_cname": False, "dkim_switch": False})
        google.dkim_switch = "Ours"
        path = Path(__file__).parents[2] / MIGRATION
        spec = importlib.util.spec_from_file_location("post_providers", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.1.1.0")
        self.assertTrue(microsoft.dkim_by_cname)
        self.assertIn("Defender", microsoft.dkim_switch)
        self.assertEqual(google.dkim_switch, "Ours")
