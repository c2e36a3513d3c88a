# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The whole loop: Odoo, a relay, who takes its mails, and Odoo's gateway."""

from dataclasses import replace

from odoo.tools import mute_logger

from ..common import SmtpCase
from ..messages import build
from ..messages.worlds import make_zone
from ..mx import Mx, Session

DOMAIN = build.DOMAIN
AUTHOR = f"Zoé <zoe@{DOMAIN}>"
KEY_LOGGER = "odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"
SESSION = Session(build.IP, build.HOST, build.HOST, build.RECEIVER)
# A receiver that finds out what is true in the good world, and says so.
RESULTS = {
    "spf": f"pass smtp.mailfrom={DOMAIN}",
    "dkim": f"pass header.d={DOMAIN}",
    "dmarc": f"pass header.from={DOMAIN}",
}


def enter_world(case, world):
    """Break one thing, as :class:`..messages.worlds.World` says."""
    case.mx.change = world.change
    told = {"tls": world.protocol == "ESMTPS"}
    if world.ip:
        told |= {"client_ip": world.ip, "client_name": "other.example"}
    case.mx.session = replace(SESSION, **told)


class LoopCase(SmtpCase):
    """What Odoo sends to itself goes a way outside: ``self.mx``.

    acme.example has a zone in which all is well, a key, and a server of its own.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mx = cls.enterClassContext(Mx())
        cls.server = cls._make_server(DOMAIN, smtp_port=cls.mx.port)
        cls.key = cls.env["mail.dkim.key"].create({"alias_domain_id": cls.domain.id})
        with mute_logger(KEY_LOGGER):
            cls.key.action_activate_unchecked()
        cls.zone = {
            **make_zone(DOMAIN),
            (cls.key.record_name, "TXT"): [cls.key.record_value],
            (DOMAIN, "MX"): [(10, build.RECEIVER)],
            ("77.113.0.203.in-addr.arpa", "PTR"): ["other.example"],
            ("other.example", "A"): ["203.0.113.77"],
        }

    def setUp(self):
        super().setUp()
        self._reset_loop()

    def _reset_loop(self):
        """All is well again, and nothing is on its way."""
        self.mx.session = SESSION
        self.mx.change = bytes
        self.mx.come_back()
        self.mx.deliveries.clear()
        self.dns.zone.clear()
        self.dns.zone.update(self.zone)

    def _make_test(self, **values):
        values = {
            "alias_domain_id": self.domain.id,
            "server_id": self.server.id,
            "email_from": AUTHOR,
            **values,
        }
        return self.env["mail.test.message"].create(values)

    def _send_test(self, **values):
        """Send a test; its mails are on the way then."""
        test = self._make_test(**values)
        test.action_send()
        self.assertEqual(test.state, "waiting", test.failure)
        return test

    def _come_back(self, *messages):
        """Hand these to the gateway as fetchmail does, else all that is on its way."""
        for message in messages or self.mx.come_back():
            self.env["mail.thread"].message_process(False, message)

    def _judge_tests(self):
        self.env["mail.test.message"]._cron_judge()
        self.env.invalidate_all()

    def _go_round(self, **values):
        """Send a test, let it come back, and return it with its verdict."""
        test = self._send_test(**values)
        self._come_back()
        self._judge_tests()
        self.assertEqual(test.state, "done", test.failure)
        return test
