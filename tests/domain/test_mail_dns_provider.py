# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged

# (nameservers, names of the providers)
KNOWN = [
    (["dns17.ovh.net", "ns17.ovh.net"], ["OVHcloud"]),
    (["ns37.domaincontrol.com"], ["GoDaddy"]),
    (["dns1.registrar-servers.com"], ["Namecheap"]),
    (["walter.ns.cloudflare.com"], ["Cloudflare"]),
    (["ns1.squarespacedns.com"], ["Squarespace Domains"]),
    (
        ["ns-cloud-a1.googledomains.com"],
        ["Google Cloud DNS", "Shopify", "Squarespace Domains"],
    ),
    (["ns1-04.azure-dns.com"], ["Azure DNS"]),
    (["ns-1234.awsdns-26.co.uk"], ["Amazon Route 53"]),
    (["ns-173-a.gandi.net"], ["Gandi LiveDNS"]),
    (["nsany1.infomaniak.com"], ["Infomaniak"]),
    (["ns1075.ui-dns.com"], ["IONOS"]),
    (["hydrogen.ns.hetzner.com"], ["Hetzner"]),
    (["ns1.digitalocean.com"], ["DigitalOcean"]),
    (["docks12.rzone.de"], ["STRATO"]),
    (["1-you.njalla.no"], ["Njalla"]),
    (["curitiba.ns.porkbun.com"], ["Porkbun"]),
    (["ns1.hover.com"], ["Hover"]),
    (["ns6.wixdns.net"], ["Wix"]),
    (["ns1.vercel-dns.com"], ["Vercel"]),
    (["ns1.acme.example", "ns1.hover.com"], ["Hover"]),
    (["ns1.acme.example"], []),
    ([], []),
    (["x" * 9000, "\u202e.example"], []),
]


@tagged("post_install", "-at_install")
class TestMailDnsProvider(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.providers = cls.env["mail.dns.provider"]

    def test_find_by_nameservers(self):
        for nameservers, names in KNOWN:
            with self.subTest(str(nameservers)[:60]):
                found = self.providers._find_by_nameservers(nameservers)
                self.assertEqual(sorted(found.mapped("name")), names)

    def test_each_is_known(self):
        names = {name for _servers, found in KNOWN for name in found}
        ours = self.env["ir.model.data"].search(
            [
                ("model", "=", "mail.dns.provider"),
                ("module", "=", "mail_deliverability"),
            ]
        )
        providers = self.providers.browse(ours.mapped("res_id"))
        self.assertEqual(set(providers.mapped("name")) - names, set(), "a row in KNOWN")

    def test_help_url(self):
        provider = self.providers.create(
            {
                "name": "Ours",
                "nameserver_patterns": "*.dns.acme.example",
                "source": "us",
                "txt_url": "https://acme.example/txt",
                "spf_url": "https://acme.example/spf",
            }
        )
        for rdtype, purpose, page in [
            ("TXT", "", "txt"),
            ("TXT", "spf", "spf"),
            ("CNAME", "", "txt"),
        ]:
            with self.subTest(rdtype=rdtype, purpose=purpose):
                url = provider._get_help_url(rdtype, purpose)
                self.assertEqual(url, f"https://acme.example/{page}")

    def test_editor(self):
        provider = self.providers.new({"editor_url": "https://dns.example/{zone}/edit"})
        for zone, url in [
            ("acme.example", "https://dns.example/acme.example/edit"),
            ("a/b?c#d", "https://dns.example/a%2Fb%3Fc%23d/edit"),
        ]:
            with self.subTest(zone):
                self.assertEqual(provider._get_editor_url(zone), url)
        self.assertEqual(self.providers._get_editor_url("acme.example"), "")
        with self.assertRaisesRegex(ValidationError, "https"):
            self.providers.search([], limit=1).editor_url = "javascript:alert(1)"

    def test_invalid_patterns_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "no pattern"):
            self.providers.create(
                {"name": "x", "nameserver_patterns": "*.com", "source": "x"}
            )

    def test_access(self):
        user = new_test_user(self.env, "catalogue_user", "base.group_user")
        with self.assertRaises(AccessError):
            self.providers.with_user(user).search([])
        admin = new_test_user(self.env, "catalogue_admin", "base.group_system")
        self.assertTrue(self.providers.with_user(admin).search([]))
