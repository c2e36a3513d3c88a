# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...mailauth.domain.check import check_domain
from ...mailauth.domain.facts import Facts
from ..common import ZoneResolver, run
from .test_mail_dkim_key import DkimCase


@tagged("post_install", "-at_install")
class TestMailAliasDomainDkim(DkimCase):
    """What the check of a domain learns of its keys."""

    def _get_facts(self, domain):
        servers = domain._get_outgoing_servers()
        return domain._prepare_facts_later(servers)({})

    def _find(self, keys):
        facts = Facts(keys=keys)
        findings = run(check_domain("acme.example", facts, self._make_resolver()))
        return [f for f in findings if f.code == "dkim_key"]

    def test_own_keys(self):
        active = self._make_active(algorithm="ed25519")
        waiting = self._make_key(algorithm="ed25519")
        retiring = self._make_key(algorithm="ed25519")
        retiring._retire()
        keys = self._get_facts(self.domain).keys
        found = {key.selector: (key.active, key.usable) for key in keys}
        expected = {active.selector: (True, True), waiting.selector: (False, True)}
        self.assertEqual(found, expected)

    def test_keys_of_the_parent(self):
        active = self._make_active(algorithm="ed25519")
        below = self.env["mail.alias.domain"].create({"name": "mail.acme.example"})
        (key,) = self._get_facts(below).keys
        self.assertEqual((key.selector, key.domain), (active.selector, "acme.example"))

    def test_alignment_with_the_key_of_the_parent(self):
        """RFC 9989 section 4.4: strict mode and psd=n keep the two apart."""
        self._make_active(algorithm="ed25519")
        below = self.env["mail.alias.domain"].create({"name": "mail.acme.example"})
        self.env["ir.mail_server"].create(
            {
                "name": "own",
                "smtp_host": "192.0.2.1",
                "sending_host_ips": "192.0.2.1",
                "from_filter": "mail.acme.example",
            }
        )
        facts = self._get_facts(below)
        self.zone[("mail.acme.example", "TXT")] = ["v=spf1 -all"]
        self.zone[("_dmarc.acme.example", "TXT")] = ["v=DMARC1; p=none"]
        for records, expected in (
            ({}, "pass"),
            ({("_dmarc.mail.acme.example", "TXT"): ["v=DMARC1; p=reject"]}, "pass"),
            (
                {("_dmarc.mail.acme.example", "TXT"): ["v=DMARC1; p=reject; adkim=s"]},
                "fail",
            ),
            (
                {("_dmarc.mail.acme.example", "TXT"): ["v=DMARC1; p=reject; psd=n"]},
                "fail",
            ),
        ):
            with self.subTest(records):
                resolver = ZoneResolver(self.zone | records)
                findings = run(check_domain("mail.acme.example", facts, resolver))
                (found,) = [
                    f
                    for f in findings
                    if f.code == "dmarc_alignment" and f.subject == "own"
                ]
                self.assertEqual(found.status, expected, found)

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_an_unusable_key_fails(self):
        key = self._make_active(algorithm="ed25519")
        facts = key._prepare_signing_keys()
        (finding,) = self._find(facts)
        self.assertEqual(finding.status, "pass")
        key.sudo().private_key = "damaged"
        (finding,) = self._find(key._prepare_signing_keys())
        found = (finding.status, finding.why[0].code)
        self.assertEqual(found, ("fail", "key_unusable"))
        (unused,) = self._find((replace(facts[0], usable=False, active=False),))
        self.assertEqual(unused.status, "warning")

    def test_server_that_signs_itself(self):
        server = self.env["ir.mail_server"].create(
            {
                "name": "acme",
                "smtp_host": "smtp.acme.example",
                "from_filter": "acme.example",
                "signs_itself": True,
                "rewritten_headers": "Date",
            }
        )
        facts = self._get_facts(self.domain)
        (found,) = [one for one in facts.servers if one.name == server.name]
        self.assertTrue(found.signs)
        self.assertEqual(found.rewritten_headers, ("date",))

    def test_checks_note_an_unusable_key_once(self):
        key = self._make_active(algorithm="ed25519")
        self.domain._note_unusable_key(key)
        self.domain._note_unusable_key(key)
        self.assertEqual(len(self.domain.auth_check_ids), 1)
        self.assertEqual(self.domain.auth_status, "fail")
        self.assertFalse(self.domain.auth_next_check)
