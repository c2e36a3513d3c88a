# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The ladder's next step reaches the guided setup, and from there the zone."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..domain.test_mail_domain_setup_tour import SetupTourCase
from ..domain_common import DOMAIN, IP
from ..smtp_sink import SmtpSink
from .reports_common import ReportRows

NAME = (f"_dmarc.{DOMAIN}", "TXT")


class LadderTourCase(ReportRows, SetupTourCase):
    def setUp(self):
        super().setUp()
        self.zone[NAME] = ["v=DMARC1; p=none; rua=mailto:d@acme.example"]
        self.zone[(DOMAIN, "TXT")] = [f"v=spf1 ip4:{IP} -all"]
        self.domain.action_check_authentication()
        reporter, origin = self.make_reporter(), self.make_origin()
        self.make_rows(origin, reporter, range(1, 29), 20)
        day = fields.Date.today() - timedelta(days=5)
        self.env["mail.dmarc.sent"].create(
            {
                "alias_domain_id": self.domain.id,
                "day": day,
                "receiver": "gmail.com",
                "mail_count": 600,
                "connection": 0,
            }
        )
        self.url = f"/odoo/{self.domain.id}/email-dmarc-reports"


@tagged("post_install", "-at_install")
class TestLadderTour(LadderTourCase):
    def test_the_step_reaches_the_zone(self):
        self.start_tour(self.url, "mail_dmarc_ladder", login="admin", timeout=120)
        setup = self.env["mail.domain.setup"].search([], limit=1, order="id desc")
        card = setup.all_record_ids.filtered(lambda one: one.kind == "dmarc")
        self._publish(
            {
                "name": card.full_name,
                "type": card.rdtype,
                "state": card.state,
                "current": card.current,
                "value": card.value,
            }
        )
        wanted = "v=DMARC1; p=quarantine; pct=0; t=y; rua=mailto:d@acme.example"
        self.assertEqual(self.zone[NAME], [wanted])


@tagged("post_install", "-at_install")
class TestLadderPhone(LadderTourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_the_address_is_tried(self):
        sink = self.enterContext(SmtpSink())
        servers = self.env["ir.mail_server"]
        self.startPatcher(patch.object(type(servers), "_disable_send", lambda _: False))
        servers.search([]).write({"smtp_host": "127.0.0.1", "smtp_port": sink.port})
        self.env.ref("base.user_admin").email = "anna@acme.example"
        self.start_tour(self.url, "mail_dmarc_ladder_phone", login="admin", timeout=120)
        self.assertEqual(sink.deliveries[0].rcpt_tos, ("dmarc-reports@acme.example",))
