# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An old version with mails, keys, checks and a count; the upgrade; the end."""

import json
from datetime import datetime
from unittest.mock import patch

import dkim
from life import ADDON, Life, expect

from odoo.tools import config

SUBJECTS = [f"mail {number}" for number in range(8)]
FILTER = "mail.default.from_filter"
# Two of Google's, which signs: for one of them somebody says that it does not.
GOOGLE = ("preset", "chosen")
KEYS = ("mail.catchall.domain", "mail.bounce.alias", "mail.default.from")
DOMAIN = "acme.example"
DATES = (datetime(2099, 1, 1), datetime(2100, 1, 1))
OPTION = f"{ADDON}_key"
ZONE = {
    (DOMAIN, "MX"): [(10, "mx.acme.example")],
    (DOMAIN, "NS"): ["ns1.acme.example"],
    (DOMAIN, "SOA"): ["ns1.acme.example. admin.acme.example. 1 7200 3600 86400 300"],
    (DOMAIN, "TXT"): ["v=spf1 mx ~all"],
    ("mx.acme.example", "A"): ["192.0.2.10"],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none"],
}
# What the check of a domain keeps, by its public names.
CHECK = ["code", "subject", "status", "pending", "found", "expected", "checked_on"]
KEY = ["selector", "algorithm", "state", "record_name", "record_value", "activated_on"]


class Upgrade(Life):
    def before(self):
        """A database as its owner has it: an alias domain, an old key, mails."""
        self.note_columns()
        self.parameters.set_param("mail.bounce.alias", "old-bounce")
        values = {"name": DOMAIN, "bounce_alias": "return"}
        self.env["mail.alias.domain"].create(values)
        self.main_company.email = "info@acme.example"
        self._make_servers()
        values = {"name": "Eve", "email": "eve@yahoo.example"}
        partner = self.env["res.partner"].create(values)
        for subject in SUBJECTS:
            self._make_mail(partner, subject)

    def _make_servers(self):
        place = {"smtp_host": "smtp.gmail.com", "smtp_user": "me@acme.example"}
        values = [{**place, "name": name, "active": False} for name in GOOGLE]
        self.env["ir.mail_server"].create(values)

    def _expect_who_signs(self, *expected):
        """Whether the servers that were there before the addon sign themselves."""
        expect(tuple(self.servers.mapped("signs_itself")), expected)

    @property
    def servers(self):
        servers = self.env["ir.mail_server"].with_context(active_test=False)
        return servers.search([("name", "in", GOOGLE)], order="id")

    def _make_mail(self, partner, subject):
        message = partner.message_post(body="Hello", subject=subject)
        self.env["mail.mail"].create(
            {
                "mail_message_id": message.id,
                "recipient_ids": partner.ids,
                "email_from": '"Bob" <bob@acme.example>',
                "body_html": "<p>Hello</p>",
                "auto_delete": False,
            }
        )

    def installed(self):
        """The alias domain has won, and every mail still waits. Then the work begins.

        Two mails leave, the others wait for the limit. One private key is encrypted,
        the other is not.
        """
        expect(self.mails.mapped("state"), ["outgoing"] * len(SUBJECTS))
        self._expect_keys(DOMAIN, "return", "notifications")
        self._choose_who_signs()
        self.parameters.set_param("mail.default.from", "Info@acme.example")
        self.keep_reset_away()
        self.set_limit(2)
        with self.dns(dict(ZONE)) as dns:
            self._activate_key("rsa-2048", dns)
            with patch.dict(config.options, {OPTION: ""}):
                self._activate_key("ed25519", dns)
            self.alias_domain.action_check_authentication()
        self._mark_checks()
        expect(len(self.send_queue()), 2)
        state = json.dumps(self._get_state(), default=str)
        self.parameters.set_param("acme.state", state)

    def _choose_who_signs(self):
        """The old version has preset nothing: its catalogue came too late."""
        self._expect_who_signs(False, False)
        self.servers[1].signs_itself = False

    def _activate_key(self, algorithm, dns):
        values = {"alias_domain_id": self.alias_domain.id, "algorithm": algorithm}
        key = self.env["mail.dkim.key"].create(values)
        dns.zone[key.record_name, "TXT"] = [key.record_value]
        key.action_check()
        key.action_activate()

    def _mark_checks(self):
        """DNS did not answer once, and somebody was told that it got worse than 3."""
        self.env.cr.execute(
            "UPDATE mail_domain_check SET doubted = TRUE, calm_severity = 3"
        )

    def _expect_marked_checks(self):
        checks = self.env["mail.domain.check"].search([])
        marks = {(check.temperror_once, check.baseline) for check in checks}
        expect(marks, {(True, 3)})

    def upgraded(self):
        """Nothing is lost: mails wait and leave, keys sign, the count goes on."""
        self._expect_keys(DOMAIN, "return", "info@acme.example")
        self._expect_who_signs(True, False)
        expect(self.parameters.get_param(f"{ADDON}.daily_limit"), "2")
        state = json.loads(json.dumps(self._get_state(), default=str))
        before = json.loads(self.parameters.get_param("acme.state"))
        for name, value in before.items():
            expect({name: state[name]}, {name: value})
        expect(len(state["waiting"]), 6)
        expect(len(state["keys"]), 2)
        expect(len(state["checks"]) > 5, True)
        self._expect_marked_checks()
        expect(self.send_queue(), [])
        self.set_limit(4)
        deliveries = self.send_queue()
        expect(len(deliveries), 2)
        for delivery in deliveries:
            self._expect_signed(delivery.data)
        expect(self._get_state()["sent"], 4)

    def _get_state(self):
        """What must not be lost, by the addon's public names."""
        keys = self.env["mail.dkim.key"].search([], order="id")
        checks = self.env["mail.domain.check"].search([], order="code, subject")
        counters = self.env["mail.send.counter"].search([("server_id", "=", 0)])
        waiting = [("postponed_reason", "!=", False), ("state", "=", "outgoing")]
        return {
            "sent": sum(counters.mapped("sent")),
            "waiting": sorted((self.mails.search(waiting) & self.mails).ids),
            "keys": keys.read([*KEY, "is_usable", "is_encrypted"], load=""),
            "checks": checks.read(CHECK, load=""),
            "auth_status": self.alias_domain.auth_status,
        }

    def _expect_signed(self, data):
        """Each active key has signed, and the record in DNS fits."""
        keys = self.env["mail.dkim.key"].search([("state", "=", "active")])
        header = data.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"").decode()
        for key in keys:
            expect(f"s={key.selector};" in header, True)
        records = {f"{key.record_name}.": key.record_value for key in keys}

        def ask(name, timeout=5):
            return records[name.decode()].encode()

        # The RSA key's stands first; for the other one dkimpy needs another package.
        expect(dkim.verify(data, dnsfunc=ask), True)

    def uninstall(self):
        """Leave while some mails have left and others wait: for a date, the limit.

        One waits for the limit and for a date, and there is an alarm.
        """
        waiting = self.mails.filtered(lambda mail: mail.state == "outgoing")
        waiting[:2].scheduled_date = DATES[0]
        waiting[1]._wait("limit", DATES[1])
        self.set_limit(5)
        expect(len(self.send_queue()), 1)
        self.parameters.set_param(FILTER, DOMAIN)
        alarms = self.env["mail.deliverability.alarm"]
        alarms._raise_alarm("acme:1", lambda _env: ("Trouble", "Look at it"))
        self.uninstall_addon()

    def uninstalled(self):
        """Odoo is as it was, and keys are dead again.

        What waited for the limit goes, but not before the date that somebody has set.
        """
        self.expect_uninstalled()
        expect(len(self.mails), len(SUBJECTS))
        self.main_company.alias_domain_id.name = "globex.example"
        expect(self.parameters.get_param("mail.catchall.domain"), DOMAIN)
        expect(self.parameters.get_param(FILTER), DOMAIN)
        expect(len(self.send_queue()), 1)
        left = self.mails.filtered(lambda mail: mail.state == "outgoing")
        expect(left.mapped("scheduled_date"), [DATES[0]] * 2)

    def reinstalled(self):
        """What changed meanwhile on the alias domain has won again; all mails leave."""
        expect(len(self.mails), len(SUBJECTS))
        self._expect_keys("globex.example", "return", "info@acme.example")
        self._expect_who_signs(True, True)
        self.set_limit(0)
        self.mails.scheduled_date = False
        self.send_queue()
        expect(self.mails.mapped("state"), ["sent"] * len(SUBJECTS))
        expect(sorted(self.mails.mapped("subject")), SUBJECTS)

    @property
    def mails(self):
        return self.env["mail.mail"].search([("subject", "in", SUBJECTS)], order="id")

    @property
    def alias_domain(self):
        return self.main_company.alias_domain_id

    def _expect_keys(self, *values):
        expect(tuple(self.parameters.get_param(key) for key in KEYS), values)
        domain = self.alias_domain
        expect((domain.name, domain.bounce_alias, domain.default_from), values)
