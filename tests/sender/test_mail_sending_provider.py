# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged

# (host, login, the provider's name)
KNOWN = [
    ("smtp.gmail.com", "info@acme.example", "Google Workspace"),
    ("smtp.gmail.com", "info.acme@gmail.com", "Gmail"),
    ("SMTP.Gmail.com.", False, "Google Workspace"),
    ("smtp-relay.gmail.com", False, "Google Workspace SMTP relay"),
    ("smtp.office365.com", "info@acme.example", "Microsoft 365"),
    ("smtp.office365.com", "acme@outlook.com", "Outlook.com"),
    ("smtp-mail.outlook.com", "acme@hotmail.com", "Outlook.com"),
    ("acme-example.mail.protection.outlook.com", False, "Microsoft 365"),
    ("email-smtp.eu-central-1.amazonaws.com", "AKIA", "Amazon SES"),
    ("smtp.eu.mailgun.org", False, "Mailgun"),
    ("smtp.sendgrid.net", "apikey", "SendGrid"),
    ("smtp.postmarkapp.com", False, "Postmark"),
    ("smtp-relay.brevo.com", False, "Brevo"),
    ("smtp-relay.sendinblue.com", False, "Brevo"),
    ("in-v3.mailjet.com", False, "Mailjet"),
    ("smtp.sparkpostmail.com", False, "SparkPost"),
    ("ssl0.ovh.net", False, "OVHcloud"),
    ("pro1.mail.ovh.net", False, "OVHcloud"),
    ("mail.gandi.net", False, "Gandi"),
    ("mail.infomaniak.com", False, "Infomaniak"),
    ("smtp.ionos.de", False, "IONOS"),
    ("smtp.ionos.com", False, "IONOS (America)"),
    ("smtp.zoho.com", False, "Zoho Mail"),
    ("smtppro.zoho.eu", False, "Zoho Mail (Europe)"),
    ("smtp.zoho.in", False, "Zoho Mail (India)"),
    ("smtp.fastmail.com", False, "Fastmail"),
    ("smtp.yandex.com", False, "Yandex 360"),
    ("smtp.mandrillapp.com", False, "Mailchimp Transactional"),
    ("mail.acme.example", False, False),
    ("smtp.gmail.com.evil.example", False, False),
    ("127.0.0.1", False, False),
    ("", False, False),
    (False, False, False),
    ("\u202emoc.liamg" + "x" * 9000, "a@b@gmail.com", False),
]
PREFIX = "mail_deliverability.mail_sending_provider_"
VALUE, CNAME, ALL = (False,) * 3, (True, False, False), (True, True, False)
# name -> (wants CNAMEs, needs all selectors, signs as a subdomain)
DKIM = {
    "google_workspace": VALUE,
    "google_relay": VALUE,
    "microsoft_365": ALL,
    "amazon_ses": CNAME,
    "mailgun": (False, False, True),
    "sendgrid": ALL,
    "postmark": VALUE,
    "brevo": CNAME,
    "mailjet": VALUE,
    "sparkpost": VALUE,
    "ovh": CNAME,
    "gandi": ALL,
    "infomaniak": VALUE,
    "ionos": ALL,
    "ionos_us": ALL,
    "zoho": VALUE,
    "zoho_eu": VALUE,
    "zoho_in": VALUE,
    "fastmail": ALL,
    "yandex": VALUE,
    "mailchimp_transactional": CNAME,
    "odoo_online": CNAME,
    "flectra": CNAME,
    "mailchimp": ALL,
    "hubspot": ALL,
    "salesforce": ALL,
    "salesforce_marketing": VALUE,
    "zendesk": ALL,
    "freshdesk": ALL,
    "klaviyo": (True, True, True),
    "activecampaign": ALL,
    "constant_contact": ALL,
    "campaign_monitor": VALUE,
    "mailerlite": VALUE,
    "getresponse": VALUE,
    "intercom": CNAME,
    "helpscout": ALL,
    "shopify": ALL,
    "stripe": ALL,
    "zoho_campaigns": VALUE,
}


@tagged("post_install", "-at_install")
class TestMailSendingProvider(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.providers = cls.env["mail.sending.provider"]

    def test_find_by_host(self):
        for host, login, name in KNOWN:
            with self.subTest(host=str(host)[:60], login=login):
                found = self.providers._find_by_host(host, login)
                self.assertEqual(found.name, name)

    def test_regions_have_their_own_records(self):
        for host, term, exchange in (
            ("smtp.zoho.com", "include:zohomail.com", "10 mx.zoho.com"),
            ("smtp.zoho.eu", "include:zohomail.eu", "10 mx.zoho.eu"),
            ("smtp.zoho.in", "include:zoho.in", "10 mx.zoho.in"),
            ("smtp.ionos.de", "include:_spf-eu.ionos.com", None),
            ("smtp.ionos.com", "include:_spf-us.ionos.com", None),
            ("smtp.1and1.com", "include:_spf-us.ionos.com", None),
        ):
            with self.subTest(host):
                provider = self.providers._find_by_host(host)
                self.assertEqual(provider.spf_term, term)
                exchanges = provider._get_mx_records("acme.example")
                self.assertEqual((exchanges or [None])[0], exchange)

    def test_own_entry_that_is_more_specific_wins(self):
        own = self.providers.create(
            {
                "name": "Ours",
                "host_patterns": "email-smtp.eu-west-1.amazonaws.com",
                "source": "us",
            }
        )
        found = self.providers._find_by_host("email-smtp.eu-west-1.amazonaws.com")
        self.assertEqual(found, own)
        own.active = False
        found = self.providers._find_by_host("email-smtp.eu-west-1.amazonaws.com")
        self.assertEqual(found.name, "Amazon SES")

    def test_damaged_patterns_match_nothing(self):
        provider = self.providers.create({"name": "Damaged", "source": "us"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_sending_provider SET host_patterns = '*.com' WHERE id = %s",
            [provider.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self.providers._find_by_host("smtp.acme.com"))

    def test_invalid_patterns_are_refused(self):
        for text in ("*.com", "*", "gmail", "a**.b.example"):
            with (
                self.subTest(text),
                self.assertRaisesRegex(ValidationError, "no pattern"),
            ):
                self.providers.create(
                    {"name": "x", "host_patterns": text, "source": "x"}
                )

    def test_spf_term_of_an_inner_address(self):
        for term in ("ip4:10.0.0.5", "IP4:192.168.0.0/16", "ip6:fe80::1", "ip4:x"):
            with (
                self.subTest(term),
                self.assertRaisesRegex(ValidationError, "no public address"),
            ):
                self.providers.create({"name": "x", "spf_term": term, "source": "x"})
        for term in ("ip4:192.0.2.0/24", "include:_spf.x.example", "a:x.example"):
            self.providers.create({"name": "x", "spf_term": term, "source": "x"})

    def test_dkim_entries(self):
        brevo = self.env.ref("mail_deliverability.mail_sending_provider_brevo")
        entries = brevo._get_dkim_entries("mail.acme.example")
        self.assertEqual(
            [(entry.selector, entry.target) for entry in entries],
            [
                ("brevo1", "b1.mail-acme-example.dkim.brevo.com"),
                ("brevo2", "b2.mail-acme-example.dkim.brevo.com"),
            ],
        )
        google = self.env.ref(
            "mail_deliverability.mail_sending_provider_google_workspace"
        )
        (entry,) = google._get_dkim_entries("acme.example")
        self.assertEqual((entry.selector, entry.target), ("google", ""))

    def test_how_dkim_is_published(self):
        """Who wants CNAMEs, who needs all of them, and who signs as a subdomain."""
        found = {
            provider.get_external_id()[provider.id].removeprefix(PREFIX): (
                provider.dkim_by_cname,
                provider.dkim_needs_all,
                provider.dkim_subdomain,
            )
            for provider in self.providers.search([("signs", "=", True)])
            if provider.get_external_id()[provider.id].startswith(PREFIX)
        }
        self.assertEqual(found, DKIM)

    def test_cnames_have_a_target_or_an_example(self):
        for provider in self.providers.search([("dkim_by_cname", "=", True)]):
            with self.subTest(provider.name):
                entries = provider._get_dkim_entries("acme.example")
                known = entries and all(entry.target for entry in entries)
                example = provider._get_target_example("acme.example")
                self.assertTrue(known or example or not entries)
                self.assertNotIn("{", example)

    def test_invalid_dkim_records_are_refused(self):
        for text in ("s1 a b", "s1 {user}.dkim.example", "s1 a..b", "<b> x.example"):
            with (
                self.subTest(text),
                self.assertRaisesRegex(ValidationError, "DKIM record"),
            ):
                self.providers.create(
                    {"name": "x", "dkim_records": text, "source": "x"}
                )

    def test_rewritten_headers(self):
        ses = self.env.ref("mail_deliverability.mail_sending_provider_amazon_ses")
        self.assertEqual(ses._get_rewritten_headers(), {"date", "message-id"})
        gandi = self.env.ref("mail_deliverability.mail_sending_provider_gandi")
        self.assertEqual(gandi._get_rewritten_headers(), set())

    def test_every_entry_is_usable(self):
        for provider in self.providers.search([]):
            with self.subTest(provider.name):
                self.assertTrue(provider.source)
                provider._check_host_patterns()
                provider._check_dkim_records()
                if provider.envelope == "keep":
                    self.assertRegex(provider.spf_term, r"^include:[a-z0-9._-]+$")

    def test_access(self):
        user = new_test_user(self.env, "catalogue_user", "base.group_user")
        with self.assertRaises(AccessError):
            self.providers.with_user(user).search([])
        # Sending mails asks the catalogue for anybody.
        found = self.providers.with_user(user)._find_by_host("smtp.gmail.com")
        self.assertEqual(found.sudo().name, "Google Workspace")
        admin = new_test_user(self.env, "catalogue_admin", "base.group_system")
        own = self.providers.with_user(admin).create({"name": "Ours", "source": "us"})
        own.unlink()
