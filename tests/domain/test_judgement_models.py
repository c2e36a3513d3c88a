# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The rows of test_judgement.py in which Odoo has a part: cards, message, zone file."""

import base64

from odoo.exceptions import ValidationError

from ...mailauth.dkim.key import PublicKey
from ...mailauth.dkim.record import record_value
from ...mailauth.errors import TempError
from ..domain_common import DOMAIN, IP, DomainCase
from ..judgement import list_faults

TXT = (DOMAIN, "TXT")
DMARC = (f"_dmarc.{DOMAIN}", "TXT")
PTR = ("10.100.51.198.in-addr.arpa", "PTR")
FULL = f"v=spf1 include:_spf.google.com ip4:{IP} -all"
GOOGLE = {("_spf.google.com", "TXT"): ["v=spf1 ip4:203.0.113.0/24 ~all"]}
PROVIDERS = {
    ("spf.protection.outlook.com", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"],
    ("mailgun.org", "TXT"): ["v=spf1 ip4:203.0.113.0/24 ~all"],
}
TEST_KEY = record_value(PublicKey("ed25519", bytes(range(32))))
SIGNING = [
    (f"selector{n}-acme-example._domainkey.acme.onmicrosoft.com", "TXT") for n in (1, 2)
]


class TestJudgementModels(DomainCase):
    def _publish_soundly(self, setup):
        """Do what the cards say; no zone may be left that no server would take."""
        self._publish(setup)
        if name := self._card(setup, "ptr").filtered(lambda card: card.state == "ask"):
            self.zone[(name.full_name, "PTR")] = [
                name.value
            ]  # whoever owns it was told
        self.assertEqual(list(list_faults(self.zone)), [])

    def _assert_green(self, setup):
        """What the cards say is done, and then nothing is left to do."""
        self._publish_soundly(setup)
        self._see_check(setup)
        bad = self.domain.auth_check_ids.filtered(
            lambda row: row.status not in ("pass", "info")
        )
        self.assertFalse(bad, bad.mapped("sentence"))
        self.assertEqual(setup.auth_status, "pass")
        setup.action_back()
        self.assertEqual(setup.todo_count, 0)

    def _read_zone_file(self, setup):
        """Return the lines of the zone file that an import takes."""
        text = base64.b64decode(setup.zone_file).decode()
        lines = text.splitlines()
        return [line for line in lines if line.strip() and line[0] not in ";$"], text

    def test_damaged_records(self):
        self.zone.update(GOOGLE)
        for spoil in ('"{}"', "\u00a0{}"):
            with self.subTest(spoil):
                self.zone[TXT] = [spoil.format(FULL), "other=1"]
                self.zone[DMARC] = [spoil.format("v=DMARC1; p=reject; adkim=s")]
                setup = self._set_up()
                self.assertEqual(self._card(setup, "spf").value, FULL)
                card = self._card(setup, "dmarc")
                self.assertIn("p=reject; adkim=s", card.value)
                self._assert_green(setup)
                self.assertIn("other=1", self.zone[TXT])

    def test_dmarc_is_an_alias(self):
        """Neither the card nor the zone file puts a TXT beside a CNAME."""
        del self.zone[DMARC]
        self.zone[(DMARC[0], "CNAME")] = ["acme.dmarc.vendor.example"]
        setup = self._set_up()
        card = self._card(setup, "dmarc")
        self.assertIn("acme.dmarc.vendor.example", f"{card.note} {card.current}")
        lines, _text = self._read_zone_file(setup)
        self.assertFalse([line for line in lines if line.startswith("_dmarc")])
        self._publish_soundly(setup)

    def test_softer_policy_is_offered(self):
        """Of a record that was never in force, where a server would fail today."""
        self.server.sending_host_ips = False
        self.zone[DMARC] = [f'"v=DMARC1; p=reject; rua=mailto:d@{DOMAIN}"']
        card = self._card(self._set_up(), "dmarc")
        self.assertIn("p=reject", card.value)
        self.assertIn("Own host", card.note)
        self.assertEqual(card.alternative, f"v=DMARC1; p=none; rua=mailto:d@{DOMAIN}")

    def test_name_of_the_address(self):
        del self.zone[PTR]
        setup = self._set_up()
        card = self._card(setup, "ptr")
        self.assertIn(IP, f"{card.title} {card.note}")
        self._assert_green(setup)

    def test_private_addresses_are_refused(self):
        line = self.env["mail.domain.setup"].create({}).server_ids
        for ip in ("10.0.0.5", "::ffff:10.0.0.5", "100.64.0.1", "169.254.1.1",
                   "fe80::1", "224.0.0.1"):  # fmt: skip
            for record in (self.server, line):
                with self.subTest(ip, model=record._name):
                    with self.assertRaises(ValidationError):
                        record.sending_host_ips = ip
                    record.invalidate_recordset()

    def test_address_that_is_not_known(self):
        """Green, as far as can be seen from here."""
        self.server.sending_host_ips = False
        del self.zone[("smtp.acme.example", "A")]
        setup = self._set_up()
        self._publish_soundly(setup)
        seen = self._see_check(setup)
        self.assertEqual(setup.auth_status, "pass")
        self.assertIn("from here", seen["headline"])
        self.assertIn("your mails leave from", self._row("spf_authorizes").sentence)

    def test_all_alone(self):
        """With no known sender, there is nothing that could be published."""
        self.server.sending_host_ips = False
        for records in (["v=spf1 ~all"], ["other=1"]):
            with self.subTest(records):
                self.zone[TXT] = records
                setup = self._set_up()
                card = self._card(setup, "spf")
                self.assertEqual((card.state, card.value or ""), ("ask", ""))
                self.assertNotIn("Value: v=spf1", setup.dns_message)
                lines, _text = self._read_zone_file(setup)
                self.assertFalse([line for line in lines if "v=spf1" in line])

    def test_certain_rejection(self):
        """Two SPF records, no key and p=reject: whatever the address is."""
        self.server.sending_host_ips = False
        self.zone[TXT] = ["v=spf1 a -all", "v=spf1 mx -all"]
        self._check()
        rows = self.domain.auth_check_ids
        self.assertEqual(self._row("dmarc_alignment").status, "fail")
        self.assertEqual(rows.sorted()[0].status, "fail")

    def test_zone_file_adds(self):
        self.zone[TXT] = ["v=spf1 a -all", "v=spf1 mx -all", "other=1"]
        setup = self._set_up()
        lines, text = self._read_zone_file(setup)
        self.assertFalse([line for line in lines if "v=spf1" in line])
        self.assertIn("v=spf1 mx -all", text)
        self.assertTrue([line for line in lines if "v=DKIM1" in line])

    def test_draft(self):
        """A key that is only a draft spoils nothing, and gets no second card."""
        setup = self._set_up()
        self._assert_green(setup)
        self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        setup = self._set_up()
        self.assertEqual(setup.auth_status, "pass")
        cards = setup.all_record_ids.filtered(lambda card: card.kind == "dkim")
        self.assertEqual(len(cards), 1)
        self.assertEqual(setup.todo_count, 0)

    def test_domain_that_does_not_exist(self):
        self.zone.clear()
        self.zone[("example", "NS")] = ["ns.example"]
        setup = self._set_up()
        self._see_check(setup)
        self.assertEqual(self.domain.auth_check_ids.mapped("code"), ["domain_exists"])
        states = set(setup.all_record_ids.mapped("state"))
        self.assertFalse(states & {"add", "replace"})
        lines, _text = self._read_zone_file(setup)
        self.assertFalse(lines)

    def test_dns_is_silent(self):
        """One sentence with advice, and nothing is proposed."""

        async def query(name, rdtype):
            raise TempError("dns_timeout", f"{name} {rdtype}")

        self.resolver.query = query
        setup = self._set_up()
        seen = self._see_check(setup)
        self.assertIn("53", seen["headline"])
        self.assertNotIn("dns_timeout", seen["headline"])
        states = set(setup.all_record_ids.mapped("state"))
        self.assertFalse(states & {"add", "replace"})

    # ------------------------------------------------------- keys of providers

    def _set_up_provider(self, host, key, **values):
        """Set up a server of a provider, with what is typed into its line."""
        self.server.write({"smtp_host": host, "sending_host_ips": False})
        self.zone.update(PROVIDERS)
        self.zone.update({name: [key] for name in SIGNING})
        setup = self.env["mail.domain.setup"].create(
            {"alias_domain_id": self.domain.id}
        )
        setup.server_ids.write(values)
        setup.action_show_records()
        return setup

    def _list_keys(self, setup):
        """Return the cards of the keys, as (state, type, value)."""
        cards = setup.all_record_ids.filtered(lambda card: card.kind == "dkim")
        return [(card.state, card.rdtype, card.value or "") for card in cards]

    def test_cnames_whose_targets_are_not_known(self):
        """The card says where to look them up, and proposes no other type."""
        setup = self._set_up_provider("smtp.office365.com", TEST_KEY)
        self.assertEqual(self._list_keys(setup), [("ask", "CNAME", "")] * 2)
        self.assertNotIn("Type: TXT\nName: selector", setup.dns_message)
        card = self._card(setup, "dkim", "selector1._domainkey")
        self.assertIn("Microsoft", card.note)

    def test_cnames_whose_targets_are_typed_in(self):
        """They are on the cards at once, and green when they are published."""
        typed = "\n".join(f"{name.split('-')[0]} {name}" for name, _type in SIGNING)
        setup = self._set_up_provider(
            "smtp.office365.com", TEST_KEY, cname_targets=typed, signing_seen=True
        )
        expected = [("add", "CNAME", name) for name, _type in SIGNING]
        self.assertEqual(self._list_keys(setup), expected)
        self._assert_green(setup)

    def test_published_and_not_yet_seen(self):
        """A published key is no proof that anything is signed with it."""
        for (name, _type), selector in zip(SIGNING, ("1", "2"), strict=True):
            alias = (f"selector{selector}._domainkey.{DOMAIN}", "CNAME")
            self.zone[alias] = [name]
        setup = self._set_up_provider("smtp.office365.com", TEST_KEY)
        self._assert_green(setup)
        rows = self.domain.auth_check_ids.filtered(lambda row: row.code == "dkim_key")
        self.assertEqual(set(rows.mapped("status")), {"info"})
        self.assertIn("not yet seen", rows[0].sentence)

    def test_subdomain_that_signs(self):
        self.zone[(f"k1._domainkey.mg.{DOMAIN}", "TXT")] = [TEST_KEY]
        self.zone[(f"mg.{DOMAIN}", "TXT")] = ["v=spf1 include:mailgun.org ~all"]
        self.zone[(f"mg.{DOMAIN}", "MX")] = [(10, "mx.acme.example")]
        setup = self._set_up_provider(
            "smtp.mailgun.org",
            TEST_KEY,
            selectors="k1",
            envelope_domain=f"mg.{DOMAIN}",
            signing_domain=f"mg.{DOMAIN}",
            signing_seen=True,
        )
        self._assert_green(setup)
        self.assertEqual(self._row("dmarc_alignment").status, "pass")

    # ---------------------------------------------------------- what is minded

    def test_sender_that_the_provider_refuses(self):
        """A filter of one address, and a default that is another one."""
        login = f"odoo@{DOMAIN}"
        self._set_up_provider("smtp.office365.com", TEST_KEY)
        self.server.write({"from_filter": login, "smtp_user": login})
        self._check()
        row = self._row("sender")
        self.assertEqual(row.status, "warning")
        self.assertIn(login, row.sentence)

    def test_record_at_a_doubled_name(self):
        """The most frequent slip in DNS forms is named on the card."""
        doubled = f"{DMARC[0]}.{DOMAIN}"
        self.zone[(doubled, "TXT")] = self.zone.pop(DMARC)
        setup = self._set_up()
        self.assertIn(doubled, self._card(setup, "dmarc").note)
        self._assert_green(setup)
