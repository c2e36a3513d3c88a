# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A thousand mails from a queue through a real Postfix, and through a real Exim.

Run by dev/devenv on a database of its own, since it commits:
``python mail_servers.py DATABASE``. What they hand on comes to a sink: everybody gets
each mail once, with a signature that OpenDKIM verifies.
"""

import sys
import time
import unittest

import harness
from harness import Sink, wait_until
from real_servers import Exim, Postfix

import odoo.modules.registry

sys.path.append(str(harness.TESTS))  # at the end: its folders are named like packages
from opendkim import verify
from tls import make_certificate

MAILS, WITHIN_TLS = 1000, 200
TEN = 20  # of that many mails one has ten recipients
# What SMTP must hand on as it is: dots, long lines and letters.
BODY = "<p>Some words of a message, with an été in it.</p>\n.\n..\n.dot\n" * 20
HOST = "127.0.0.1"


def environment():
    return harness.environment(DATABASE)


def prepare(port, encryption, connections):
    """Have one outgoing server, and a key that signs; returns the key's records."""
    with environment() as env:
        env["mail.mail"].search([]).unlink()
        set_param = env["ir.config_parameter"].set_param
        set_param("mail_deliverability.daily_limit", "0")
        set_param("mail_deliverability.bulk_recipients", "0")
        servers = env["ir.mail_server"].with_context(active_test=False)
        servers.search([]).unlink()
        values = {"name": "real", "smtp_host": HOST, "smtp_port": port}
        values |= {"smtp_encryption": encryption, "from_filter": "acme.example"}
        servers.create({**values, "connections": connections})
        key = env["mail.dkim.key"].search([("state", "=", "active")], limit=1)
        return {(key.record_name, "TXT"): [key.record_value]}


def make_key():
    with environment() as env:
        domain = env["mail.alias.domain"].create(
            {"name": "acme.example", "default_from": "notifications"}
        )
        env.company.alias_domain_id = domain
        key = env["mail.dkim.key"].create(
            {
                "alias_domain_id": domain.id,
                "selector": "real",
                "algorithm": "rsa-2048",
            }
        )
        key.action_activate_unchecked()


def queue(count):
    """Queue mails; returns who gets them."""
    to = [[f"to{n}@x.example"] for n in range(count)]
    for n in range(0, count, TEN):
        to[n] += [f"to{n}-{number}@x.example" for number in range(9)]
    with environment() as env:
        env["mail.mail"].create(
            [
                {
                    "email_from": '"Zoé" <me@acme.example>',
                    "email_to": ", ".join(addresses),
                    "subject": f"Message {n} of this été",
                    "body_html": BODY,
                }
                for n, addresses in enumerate(to)
            ]
        )
    return [one for addresses in to for one in addresses]


class ServerCase:
    """What both have to stand."""

    make = None

    def setUp(self):
        self.sink = self.enterContext(Sink())
        self.server = self.enterContext(self.make(self.sink.port, make_certificate()))

    def send(self, count, connections=1, encryption="none"):
        """Send so many mails through it, and see that all come."""
        zone = prepare(self.server.port, encryption, connections)
        wanted = queue(count)
        HABITS.forget()
        begin = time.monotonic()
        with environment() as env:
            env["mail.mail"].process_email_queue()
        seconds = time.monotonic() - begin
        self.see_states(count)
        wait_until(lambda: self.sink.recipients().total() >= len(wanted), "some lack")
        self.see_once(wanted)
        self.assertTrue(HABITS.allow(HOST, can_wait=False), "it was not pipelined")
        self.assertEqual(self.server.count_one_by_one(), 0)
        self.assertEqual(self.server.count_sessions(), connections)
        signed = self.see_signatures(zone)
        print(
            f"{self.server.name} {self.server.version()}: {count} mails to "
            f"{len(wanted)} recipients, connections: {connections}, encryption: "
            f"{encryption}, pipelined: {seconds:.1f} s; {signed} signatures verified"
        )

    def see_states(self, count):
        with environment() as env:
            mails = env["mail.mail"].search([])
            states = set(mails.mapped("state"))
            reasons = {mail.failure_reason or mail.postponed_reason for mail in mails}
            reasons -= {False, ""}
        self.assertEqual((len(mails), states, reasons), (count, {"sent"}, set()))

    def see_once(self, wanted):
        """Nobody gets a mail twice, also not a little later."""
        time.sleep(1)
        got = self.sink.recipients()
        self.assertEqual(sorted(got.elements()), sorted(wanted))

    def see_signatures(self, zone):
        """Let OpenDKIM verify them all; returns how many."""
        messages = [path.read_bytes() for path, _to in self.sink.envelopes()]
        wrong = [n for n, one in enumerate(verify(messages, zone)) if one != ["pass"]]
        self.assertFalse(wrong, "signatures that don't verify")
        return len(messages)

    def test_one_connection(self):
        self.send(MAILS)

    def test_four_connections(self):
        self.send(MAILS, connections=4)

    def test_within_tls(self):
        self.send(WITHIN_TLS, connections=2, encryption="starttls")


class TestPostfix(ServerCase, unittest.TestCase):
    make = Postfix


class TestExim(ServerCase, unittest.TestCase):
    make = Exim


if __name__ == "__main__":
    DATABASE = harness.begin()
    odoo.modules.registry.Registry(DATABASE)
    from odoo.addons.mail_deliverability.models.sender.pipelining import HABITS

    make_key()
    harness.run_tests()
