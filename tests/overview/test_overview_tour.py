# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..axe import AxeMixin


class TourCase(AxeMixin, HttpCase):
    """Nothing was set up, nothing was sent."""

    def setUp(self):
        super().setUp()
        self.env["mail.alias.domain"].search([]).unlink()
        self.env["ir.mail_server"].search([]).active = False
        self.env["mail.send.counter"].search([]).unlink()
        self.env["mail.activity"].search([("alarm_subject", "!=", False)]).unlink()


def _answer_with(answers):
    def get_overview(_model):
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    get_overview._api_model = True
    return get_overview


@tagged("post_install", "-at_install")
class TestOverviewTour(TourCase):
    def test_nothing_is_there_yet(self):
        """It is said where the page can't be had; the next time it can."""
        model = type(self.env["mail.deliverability.overview"])
        answers = [UserError("Busy at the moment"), {"tiles": []}]
        with (
            mute_logger("odoo.http"),
            patch.object(model, "get_overview", _answer_with(answers)),
        ):
            self.look()

    def look(self):
        tour = ("/odoo/settings", "mail_deliverability_overview_empty")
        self.start_tour(*tour, login="admin", timeout=300)


@tagged("post_install", "-at_install")
class TestOverviewOnAPhone(TourCase):
    browser_size = "390x844"
    touch_enabled = True

    def setUp(self):
        super().setUp()
        domain = self.env["mail.alias.domain"].create({"name": "acme.example"})
        self.env["res.company"].search([]).alias_domain_id = domain
        why = ["dmarc_absent", [["domain", "acme.example"]]]
        missing = {"status": "fail", "reasons": [why]}
        self.env["mail.domain.check"].create(
            [
                {"alias_domain_id": domain.id, "code": "spf_record", "status": "pass"},
                {"alias_domain_id": domain.id, "code": "dmarc_record", **missing},
            ]
        )
        domain.auth_checked_on = fields.Datetime.now()
        key = "mail_deliverability.daily_limit"
        self.env["ir.config_parameter"].set_param(key, "200")
        server = self.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "relay.acme.example"}
        )
        counter = self.env["mail.send.counter"]
        row = {"day": counter._get_day(fields.Datetime.now())}
        counter.create(
            [
                {**row, "sent": 170},
                {**row, "sent": 120, "waited": 3, "server_id": server.id,
                 "server_name": "Relay"},
            ]
        )  # fmt: skip
        alarms = self.env["mail.deliverability.alarm"]
        alarms._raise_alarm("test", lambda _env: ("It broke", "Look here"))

    def test_with_data(self):
        tour = ("/odoo/email-deliverability", "mail_deliverability_overview_phone")
        self.start_tour(*tour, login="admin", timeout=300)
