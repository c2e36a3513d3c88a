# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from ...mailauth.reports.advice import Tally, advise, find_kind
from ...mailauth.reports.service import Services
from ...mailauth.reports.source import Source

OWN = "acme.example"
# (name in DNS, the service, what to do where none of its mails pass)
HOSTS = (
    ("mail-ed1-x536.google.com", "Google Workspace", "publish_dkim_key"),
    (
        "mail-db3eur04on2057.outbound.protection.outlook.com",
        "Microsoft 365",
        "publish_dkim_cnames",
    ),
    ("mail205.atl21.rsgsv.net", "Mailchimp", "publish_dkim_cnames"),
    ("mail7.suw14.mcsv.net", "Mailchimp", "publish_dkim_cnames"),
    (
        "mail187-10.suw11.mandrillapp.com",
        "Mailchimp Transactional",
        "publish_dkim_cnames",
    ),
    ("wfbtzhfr.outbound-mail.sendgrid.net", "SendGrid", "publish_dkim_cnames"),
    ("m194-164.eu.mailgun.net", "Mailgun", "publish_dkim_key"),
    ("a7-31.smtp-out.eu-west-1.amazonses.com", "Amazon SES", "publish_dkim_cnames"),
    ("ff.d.mailin.fr", "Brevo", "publish_dkim_cnames"),
    ("o211.p9.mailjet.com", "Mailjet", "publish_dkim_key"),
    ("mta195a-ord.mtasv.net", "Postmark", "publish_dkim_key"),
    ("mta-70-34-3.sparkpostmail.com", "SparkPost", "publish_dkim_key"),
    ("bid1234.b.hubspotemail.net", "HubSpot", "publish_dkim_cnames"),
    ("smtp07-ia4-sp3.mta.salesforce.com", "Salesforce", "publish_dkim_cnames"),
    ("mta2.e.exacttarget.com", "Salesforce Marketing Cloud", "publish_dkim_key"),
    ("outbyoip1.pod17.euw1.zdsys.com", "Zendesk", "publish_dkim_cnames"),
    ("mail.euc.freshemail.io", "Freshdesk", "publish_dkim_cnames"),
    ("sender4-pp-o91.zoho.com", "Zoho Mail", "publish_dkim_key"),
    ("sender11-of-o51.zoho.eu", "Zoho Mail (Europe)", "publish_dkim_key"),
    ("7.mo550.mail-out.ovh.net", "OVHcloud", "publish_dkim_cnames"),
    ("mout.kundenserver.de", "IONOS", "publish_dkim_cnames"),
    ("mout.perfora.net", "IONOS (America)", "publish_dkim_cnames"),
    ("relay9-d.mail.gandi.net", "Gandi", "publish_dkim_cnames"),
    ("a.klaviyomail.com", "Klaviyo", "publish_dkim_cnames"),
    ("s7.acems1.com", "ActiveCampaign", "publish_dkim_cnames"),
    ("ccm163.constantcontact.com", "Constant Contact", "publish_dkim_cnames"),
    ("mail1.odoo.com", "Odoo Online", "publish_dkim_cnames"),
    ("mail-a.gmail.com", "Gmail", "service_never"),
    ("ns31.ip-192-0-2.eu", None, "is_it_yours"),
    ("vps-1234.vps.ovh.net", None, "is_it_yours"),
    ("ec2-192-0-2-7.compute-1.amazonaws.com", None, "is_it_yours"),
)
# (selector of a signature in our name, the service)
SELECTORS = (
    ("k2", "Mailchimp"),
    ("google", "Google Workspace"),
    ("selector2", "Microsoft 365"),
    ("20260115103059pm", "Postmark"),
    ("scph0126", "SparkPost"),
    ("hs1-1234567", "HubSpot"),
    ("ovhmo123-selector1", "OVHcloud"),
    ("mte1", "Mailchimp Transactional"),
    ("s1", None),
    ("odoo-202611", None),
    ("default", None),
)


@tagged("post_install", "-at_install")
class TestMailSendingProviderSource(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.providers = cls.env["mail.sending.provider"]
        cls.services = Services(cls.providers._list_services())

    def test_hosts(self):
        for host, name, advice in HOSTS:
            with self.subTest(host):
                source, tally = Source("192.0.2.7"), Tally(100)
                found = self.services.find(source, OWN, host)
                self.assertEqual(found.service and found.service.name, name)
                kind = find_kind(source, found, tally)
                self.assertEqual(advise(source, found, tally, kind), advice)

    def test_selectors(self):
        for selector, name in SELECTORS:
            with self.subTest(selector):
                source = Source("192.0.2.7", signers=((OWN, selector),))
                found = self.services.find(source, OWN)
                self.assertEqual(found.service and found.service.name, name)

    def test_includes(self):
        for provider in self.providers.search([("spf_term", "=like", "include:%")]):
            with self.subTest(provider.name):
                include = provider.spf_term.removeprefix("include:")
                source = Source("192.0.2.7", path=(OWN, include))
                found = self.services.find(source, OWN)
                self.assertEqual(
                    found.service.name.split()[0], provider.name.split()[0]
                )

    def test_what_is_no_domain_and_no_selector_is_refused(self):
        for field, values in (
            ("source_domains", ("com", "a b..c", "*.x.example", "x/y.example")),
            ("dkim_selectors", ("*", "a*", "a*b*c", "k 2 <b>", "x" * 64)),
        ):
            for value in values:
                with self.subTest(value), self.assertRaises(ValidationError):
                    self.providers.create({"name": "x", "source": "x", field: value})
