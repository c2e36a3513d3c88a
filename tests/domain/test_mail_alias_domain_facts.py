# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import ValidationError

from ..domain_common import DOMAIN, IP, DomainCase


class TestMailAliasDomainFacts(DomainCase):
    def _servers(self, guesses=None):
        domain = self.domain
        prepare = domain._prepare_facts_later(domain._get_outgoing_servers())
        return {server.name: server for server in prepare(guesses or {}).servers}

    def _make(self, name, host, from_filter=False, **values):
        values = {"name": name, "smtp_host": host, "from_filter": from_filter, **values}
        return self.env["ir.mail_server"].create(values)

    def test_known_address(self):
        server = self._servers()["Own host"]
        self.assertEqual([(a.ip, a.known) for a in server.addresses], [(IP, True)])
        self.assertFalse(server.signs)

    def test_guessed_address(self):
        self.server.sending_host_ips = False
        servers = self.domain._get_outgoing_servers()
        hosts = self.domain._get_guessed_hosts(servers)
        self.assertEqual(hosts, ["smtp.acme.example"])
        server = self._servers({"smtp.acme.example": ["192.0.2.9"]})["Own host"]
        guessed = [(a.ip, a.known) for a in server.addresses]
        self.assertEqual(guessed, [("192.0.2.9", False)])

    def test_private_hosts_are_no_guess(self):
        for host in ("localhost", "127.0.0.1", "10.0.0.1", "mailhost", "::1"):
            with self.subTest(host):
                self.server.write({"sending_host_ips": False, "smtp_host": host})
                hosts = self.domain._get_guessed_hosts(
                    self.domain._get_outgoing_servers()
                )
                self.assertEqual(hosts, [])

    def test_inner_addresses_are_no_guess(self):
        self.server.sending_host_ips = False
        self.zone[("smtp.acme.example", "A")] = ["10.0.0.5"]
        self._check()
        self.assertNotIn("10.0.0.5", self._row("spf_authorizes").explanation)
        self.zone[("smtp.acme.example", "A")] = ["192.0.2.9"]
        self._check()
        self.assertIn("192.0.2.9", self._row("spf_authorizes").explanation)

    def test_provider(self):
        self.server.smtp_host = "smtp.gmail.com"
        server = self._servers()["Own host"]
        self.assertEqual(server.provider, "Google Workspace")
        self.assertEqual(server.envelope, "ours")
        self.assertEqual(server.spf_term, "include:_spf.google.com")
        self.assertTrue(server.signs)
        self.assertEqual(server.selectors, ("google",))

    def test_providers_submission_host_is_no_guess(self):
        self.server.write({"smtp_host": "smtp.gmail.com", "sending_host_ips": False})
        hosts = self.domain._get_guessed_hosts(self.domain._get_outgoing_servers())
        self.assertEqual(hosts, [])

    def test_provider_with_its_own_envelope(self):
        self.server.smtp_host = "smtp.postmarkapp.com"
        server = self._servers()["Own host"]
        self.assertEqual((server.envelope, server.spf_term), ("provider", ""))
        self.assertEqual(server.rewritten_headers, ("message-id",))

    def test_corrections(self):
        self.server.smtp_host = "email-smtp.eu-west-1.amazonaws.com"
        self.env["mail.server.domain"].create(
            {
                "alias_domain_id": self.domain.id,
                "mail_server_id": self.server.id,
                "selectors": "abc123, def456",
                "envelope_domain": "bounces.acme.example",
            }
        )
        server = self._servers()["Own host"]
        self.assertEqual(server.selectors, ("abc123", "def456"))
        self.assertEqual(server.envelope, "subdomain")
        self.assertEqual(server.envelope_domain, "bounces.acme.example")
        self._check()
        row = self._row("spf_authorizes", "Own host")
        self.assertEqual(row.status, "fail")
        self.zone[(row.record_name, "TXT")] = ["v=spf1 include:amazonses.com -all"]
        self.zone[("amazonses.com", "TXT")] = ["v=spf1 ip4:192.0.2.0/24 -all"]
        self._check()
        self.assertEqual(self._row("spf_authorizes", "Own host").status, "pass")
        expected = self.domain.auth_check_ids.mapped("expected")
        self.assertNotIn("amazonses", "".join(text or "" for text in expected))

    def test_corrections_of_another_domain_don_t_count(self):
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        self.server.smtp_host = "email-smtp.eu-west-1.amazonaws.com"
        self.env["mail.server.domain"].create(
            {
                "alias_domain_id": other.id,
                "mail_server_id": self.server.id,
                "selectors": "abc123",
            }
        )
        self.assertEqual(self._servers()["Own host"].selectors, ())

    def test_wrong_corrections(self):
        wrong = [
            {"selectors": "a b"},
            {"selectors": "<b>"},
            {"selectors": "a..b"},
            {"envelope_domain": "bounces.globex.example"},
            {"envelope_domain": "acme.example"},
            {"sending_host_ips": "192.0.2.300"},
        ]
        for values in wrong:
            with self.subTest(values), self.assertRaises(ValidationError):
                self.env["mail.server.domain"].create(
                    {"alias_domain_id": self.domain.id, **values}
                )

    def test_addresses_that_no_receiver_sees(self):
        """Refused wherever they are typed, with the reason and what to do."""
        setup = self.env["mail.domain.setup"].create(
            {"alias_domain_id": self.domain.id}
        )
        places = (
            self.server,
            self.env["mail.server.domain"].create({"alias_domain_id": self.domain.id}),
            setup.server_ids[0],
        )
        for text, words in [
            ("10.0.0.5", "inside your own network"),
            ("192.0.2.1, 192.168.0.2", "192.168.0.2 is an address inside"),
            ("::ffff:10.0.0.5", "inside your own network"),
            ("127.0.0.1", "inside your own network"),
            ("fe80::1", "inside your own network"),
            ("169.254.3.4", "inside your own network"),
            ("100.64.0.1", "shares among its customers"),
            ("224.0.0.1", "of a group"),
            ("ff02::1", "of a group"),
            ("255.255.255.255", "reserved"),
            ("::ffff:192.0.2.1", "as the IP address 192.0.2.1"),
            ("::ffff:c000:201", "as the IP address 192.0.2.1"),
            ("192.0.2.0/24", "is a network"),
            ("smtp.acme.example", "no IP address"),
        ]:
            for place in places:
                with (
                    self.subTest(text, model=place._name),
                    self.assertRaises(ValidationError) as caught,
                ):
                    place.sending_host_ips = text
                self.assertIn(words, str(caught.exception))

    def test_wrong_addresses(self):
        wrong = ("smtp.acme.example", "192.0.2.0/24", "1.2.3", "192.0.2.1;::1")
        for text in (*wrong, "10.1.2.3", "192.0.2.1, 100.64.0.1", "fec0::1"):
            with self.subTest(text), self.assertRaisesRegex(ValidationError, "address"):
                self.server.sending_host_ips = text

    def test_which_servers_count(self):
        self._make("Exact address", "a.example", "sales@acme.example")
        self._make("Another domain", "b.example", "globex.example")
        self._make("Upper case", "c.example", "x@other.example, ACME.example")
        self._make("Subdomain", "d.example", "mail.acme.example")
        self._make("Archived", "e.example", DOMAIN, active=False)
        names = set(self._servers())
        self.assertEqual(names, {"Own host", "Exact address", "Upper case"})

    def test_server_without_filter_is_picked(self):
        self.server.from_filter = "globex.example"
        self._make("Any", "a.example")
        self._make("Any other", "b.example")
        self.assertEqual(set(self._servers()), {"Any"})

    def test_forced_by_a_template(self):
        forced = self._make("Forced", "a.example")
        self.env["mail.template"].create({"name": "T", "mail_server_id": forced.id})
        self.assertEqual(set(self._servers()), {"Own host", "Forced"})

    def test_configuration_file_where_no_record_is_picked(self):
        self._configure(smtp_server="mail.host.example", smtp_user="")
        self.assertNotIn("odoo.conf", self._servers())
        self.server.active = False
        (server,) = self.domain._get_outgoing_servers()
        self.assertEqual((server.host, server.record.id), ("mail.host.example", False))
        self.env["mail.server.domain"].create(
            {"alias_domain_id": self.domain.id, "sending_host_ips": "192.0.2.7"}
        )
        (server,) = self._servers().values()
        self.assertEqual([a.ip for a in server.addresses], ["192.0.2.7"])

    def test_cli_server_is_that_of_the_configuration_file(self):
        self._configure(smtp_server="smtp.sendgrid.net", smtp_user="apikey")
        self.server.write({"smtp_authentication": "cli", "smtp_host": "x.example"})
        self.assertEqual(self._servers()["Own host"].provider, "SendGrid")

    def test_from_domains(self):
        self.assertEqual(self.domain._get_from_domains(), (DOMAIN,))
        self.domain.default_from = "odoo@globex.example"
        expected = (DOMAIN, "globex.example")
        self.assertEqual(self.domain._get_from_domains(), expected)

    def test_default_sender_of_another_domain(self):
        """Its key signs what leaves in its name."""
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        key = self.env["mail.dkim.key"].create({"alias_domain_id": other.id})
        key.action_activate_unchecked()
        self.domain.default_from = "odoo@globex.example"
        self.zone[(key.record_name, "TXT")] = [key.record_value]
        self.zone[("_dmarc.globex.example", "TXT")] = ["v=DMARC1; p=reject"]
        self._check()
        row = self._row("dmarc_alignment", "Own host (globex.example)")
        self.assertEqual(row.status, "pass", row.explanation)

    def test_envelope_domain(self):
        """What is judged is what leaves: see TestEnvelope for the mails themselves."""
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        company = self.env["res.company"].create({"name": "Globex"})
        company.alias_domain_id = False
        both = "acme.example, globex.example"
        for case, used, names, expected in [
            ("a company uses it", True, both, "globex.example"),
            ("no company uses it", False, both, DOMAIN),
            ("a server for everybody", False, False, DOMAIN),
            ("no filter names the bounce address", False, "globex.example",
             "globex.example"),
            ("one filter names it", False, "globex.example, bounce@acme.example",
             DOMAIN),
        ]:  # fmt: skip
            with self.subTest(case):
                company.alias_domain_id = other if used else False
                self.server.from_filter = names
                for domain, right in ((other, expected), (self.domain, DOMAIN)):
                    servers = domain._get_outgoing_servers()
                    facts = domain._prepare_facts_later(servers)({})
                    self.assertEqual(facts.envelope_domain, right)

    def test_foreign_envelope_is_told(self):
        """SPF passes for the wrong domain: it does not count for From."""
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        self.server.from_filter = "acme.example, globex.example"
        self.zone["globex.example", "TXT"] = [f"v=spf1 ip4:{IP} -all"]
        self.zone["_dmarc.globex.example", "TXT"] = ["v=DMARC1; p=reject"]
        self._check(other)
        rows = other.auth_check_ids
        row = rows.filtered(lambda row: row.code == "dmarc_alignment")
        self.assertEqual(row.status, "fail", row.explanation)
        self.company.alias_domain_id = other
        self._check(other)
        row = other.auth_check_ids.filtered(lambda row: row.code == "dmarc_alignment")
        self.assertEqual(row.status, "pass", row.explanation)

    def test_set_up_is_judged_as_it_will_be(self):
        """By all steps alike, whether the domain is a draft or not."""
        other = self.env["mail.alias.domain"].create({"name": "globex.example"})
        self.server.from_filter = "acme.example, globex.example"
        self.zone["globex.example", "TXT"] = [f"v=spf1 ip4:{IP} -all"]
        self.zone["_dmarc.globex.example", "TXT"] = ["v=DMARC1; p=reject"]
        setup = self.env["mail.domain.setup"].create({"alias_domain_id": other.id})
        for name, judge, status in [
            ("Next", setup.action_show_records, "pass"),
            ("its page", lambda: other.look_again(used=True), "pass"),
            ("elsewhere", other.action_check_authentication, "fail"),
        ]:
            with self.subTest(name):
                judge()
                rows = other.auth_check_ids
                row = rows.filtered(lambda row: row.code == "dmarc_alignment")
                self.assertEqual(row.status, status, row.explanation)

    def test_sender_warning(self):
        for host, from_filter, words in [
            ("smtp.gmail.com", DOMAIN, "replaces"),
            ("smtp.gmail.com", False, "replaces"),
            ("smtp.gmail.com", "a@acme.example, acme.example", "replaces"),
            ("smtp.office365.com", DOMAIN, "refuses"),
            # The default address is replaced, too, where it is none of these.
            ("smtp.gmail.com", "a@acme.example", "replaces"),
            ("smtp.gmail.com", "notifications@acme.example", False),
            ("smtp.office365.com", "a@acme.example", "550 5.7.60"),
            ("smtp.office365.com", "a@acme.example", "Make a@acme.example the"),
            ("smtp.zoho.eu", "a@acme.example", "refuses"),
            ("smtp.office365.com", "a@acme.example, Notifications@acme.example", False),
            ("smtp.sendgrid.net", DOMAIN, False),
            ("smtp-relay.gmail.com", DOMAIN, False),
            ("smtp-relay.gmail.com", "a@acme.example", False),
            ("smtp.acme.example", DOMAIN, False),
            ("smtp.acme.example", "a@acme.example", False),
        ]:
            with self.subTest(host=host, from_filter=from_filter):
                self.server.write({"smtp_host": host, "from_filter": from_filter})
                if words:
                    self.assertIn(words, self.server.sender_warning)
                else:
                    self.assertFalse(self.server.sender_warning)

    def test_senders_are_checked(self):
        """The form, the check and the wizard say the same, with the one change."""
        values = {"smtp_host": "smtp.office365.com", "from_filter": f"info@{DOMAIN}"}
        self.server.write({**values, "smtp_user": f"info@{DOMAIN}"})
        self._check()
        row = self._row("sender", "Own host")
        self.assertEqual(row.status, "warning")
        self.assertIn(f"Make info@{DOMAIN} the", row.explanation)
        self.assertEqual(self.server.sender_warning, row.explanation)
        setup = self.env["mail.domain.setup"].create(
            {"alias_domain_id": self.domain.id}
        )
        self.assertEqual(setup.server_ids.advice, row.explanation)
        self.domain.default_from = "info"
        self._check()
        self.assertEqual(self._row("sender", "Own host").status, "pass")
        self.server.invalidate_recordset(["sender_warning"])
        self.assertFalse(self.server.sender_warning)

    def test_another_server_takes_the_others(self):
        """Then an address that is not in the filter never leaves by this one."""
        values = {"smtp_host": "smtp.office365.com", "from_filter": f"info@{DOMAIN}"}
        self.server.write(values)
        for case, names, template, expected in [
            ("of the domain", DOMAIN, False, "pass"),
            ("of the default address", f"notifications@{DOMAIN}", False, "pass"),
            ("for everybody", False, False, "pass"),
            ("of another domain, later", "globex.example", False, "warning"),
            ("of the domain, but a template forces this one", DOMAIN, True, "warning"),
        ]:
            other = self._make("Other", "smtp.acme.example", names, sequence=20)
            forced = template and self.env["mail.template"].create(
                {"name": "T", "mail_server_id": self.server.id}
            )
            with self.subTest(case):
                self.server.invalidate_recordset()
                self._check()
                self.assertEqual(self._row("sender", "Own host").status, expected)
                warned = bool(self.server.sender_warning)
                self.assertEqual(warned, expected == "warning")
            other.active = False
            if forced:
                forced.unlink()
