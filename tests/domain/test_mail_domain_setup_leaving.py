# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import Form

from ...models.parameters.table import DAILY_LIMIT, DEFAULT_FROM_FILTER
from ..domain_common import DOMAIN, DomainCase

NAME = "initech.example"
# (field, value, part of what is said)
NONSENSE = [
    ("sending_host_ips", "10.0.0.7", "inside your own network"),
    ("sending_host_ips", "smtp.acme.example", "no IP address"),
    ("selectors", "a..b", "no DKIM selector"),
    ("cname_targets", "only-one-word", "no CNAME"),
    ("signing_domain", "globex.example", "neither"),
    ("envelope_domain", "globex.example", "no subdomain"),
]


class TestMailDomainSetupLeaving(DomainCase):
    def _begin(self, **values):
        return self.env["mail.domain.setup"].create(values)

    def _use_gmail(self, **values):
        values = {
            "smtp_host": "smtp.gmail.com",
            "smtp_user": "info@acme.example",
            "sending_host_ips": False,
            **values,
        }
        self.server.write(values)
        return self.server.provider_id

    def test_nonsense_is_said_in_the_dialog(self):
        """Also of a line that is not saved yet, where nothing was typed in at Next."""
        line = self._begin().server_ids
        self.assertFalse(line.problem)
        for name, value, sentence in NONSENSE:
            with self.subTest(name), Form(self.env["mail.domain.setup"]) as form:
                with form.server_ids.edit(0) as one:
                    if name in ("signing_domain", "envelope_domain", "cname_targets"):
                        one.provider_id = self.env.ref(
                            "mail_deliverability.mail_sending_provider_amazon_ses"
                        )
                    one[name] = value
                    self.assertIn(sentence, one.problem)
                    one[name] = False
                    self.assertFalse(one.problem)

    def test_address_is_typed_in_place(self):
        self.server.sending_host_ips = False
        with Form(self.env["mail.domain.setup"]) as form:
            form.own_address = "10.0.0.7"
            self.assertIn("inside your own network", form.own_problem)
            form.own_address = "192.0.2.77"
            self.assertFalse(form.own_problem)
            with form.server_ids.edit(0) as line:
                self.assertEqual(line.sending_host_ips, "192.0.2.77")
                line.sending_host_ips = "192.0.2.78"
            self.assertEqual(form.own_address, "192.0.2.78")
            form.domain_name = NAME
            self.assertEqual(form.own_address, "192.0.2.78")
        setup = form.record
        self.assertEqual(setup.server_ids.sending_host_ips, "192.0.2.78")
        self.assertEqual(setup.own_server, self.server.name)
        setup.own_address = "192.0.2.79"
        setup.action_show_records()
        self.assertEqual(self.server.sending_host_ips, "192.0.2.79")

    def test_the_address_of_the_last_test_is_offered(self):
        self.server.sending_host_ips = "192.0.2.77"
        setup = self._begin()
        self.assertFalse(setup.seen_address)
        self.env["mail.test.message"].create(
            {
                "state": "done",
                "used_server_id": self.server.id,
                "verdict": {"client_ip": "192.0.2.80"},
            }
        )
        setup = self._begin()
        self.assertEqual(setup.seen_address, "192.0.2.80")
        setup.action_use_seen_address()
        self.assertEqual(setup.own_address, "192.0.2.77, 192.0.2.80")
        self.assertFalse(setup.seen_address)

    def test_two_servers_of_ones_own_have_their_dialogs(self):
        self.server.copy({"name": "Second"})
        setup = self._begin()
        self.assertEqual(len(setup.server_ids), 2)
        self.assertFalse(setup.own_server or setup.own_address)
        self._use_gmail()
        self.assertEqual(self._begin().own_server, "Second")

    def test_filter_that_excludes_the_domain(self):
        setup = self._begin()
        self.assertFalse(setup.filter_hint)
        setup = self._begin(domain_name=NAME)
        self.assertIn(f"Own host may send only for {DOMAIN}", setup.filter_hint)
        self.assertTrue(setup.can_extend_filter)
        setup.action_extend_filter()
        self.assertEqual(self.server.from_filter, f"{DOMAIN},{NAME}")
        self.assertFalse(setup.filter_hint)
        self.assertFalse(self.env["mail.alias.domain"]._find_drafts(NAME))

    def test_mailbox_sends_in_its_own_name(self):
        provider = self._use_gmail(from_filter="info@acme.example")
        provider.from_policy = "rewrite"
        setup = self._begin(domain_name=NAME)
        self.assertFalse(setup.can_extend_filter)
        self.assertIn("one mailbox", setup.filter_hint)
        setup.action_extend_filter()
        self.assertEqual(self.server.from_filter, "info@acme.example")

    def test_filter_of_the_configuration_file(self):
        self.server.active = False
        self._configure(from_filter="acme.example")
        setup = self._begin(domain_name=NAME)
        self.assertIn("configuration file", setup.filter_hint)
        self.assertFalse(setup.can_extend_filter)
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(DEFAULT_FROM_FILTER.key, DOMAIN)
        setup = self._begin(domain_name=NAME)
        setup.action_extend_filter()
        self.assertEqual(
            parameters.get_param(DEFAULT_FROM_FILTER.key), f"{DOMAIN},{NAME}"
        )

    def test_limit_of_the_provider(self):
        parameters = self.env["ir.config_parameter"]
        most = self._use_gmail().daily_limit
        self.assertGreater(most, 200)
        for total, after in ((200, most), (most + 1, most + 1)):
            with self.subTest(total):
                self.server.daily_limit = 0
                parameters.set_param(DAILY_LIMIT.key, str(total))
                setup = self._begin()
                self.assertTrue(setup.can_use_limit)
                self.assertIn(str(most), setup.limit_hint)
                setup.action_use_provider_limits()
                self.assertEqual(self.server.daily_limit, most)
                self.assertEqual(parameters._get_value(DAILY_LIMIT), after)
                self.assertFalse(setup.can_use_limit)

    def test_limit_that_is_met_on_the_first_day(self):
        parameters = self.env["ir.config_parameter"]
        people = self.env["res.users"].search_count([("share", "=", False)])
        for total, is_said in ((people * 10, True), (people * 10 + 1, False)):
            parameters.set_param(DAILY_LIMIT.key, str(total))
            hint = self._begin().limit_hint or ""
            self.assertEqual("first day" in hint, is_said, total)
