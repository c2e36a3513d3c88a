# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The pages of a message in a browser, on a screen and on a phone."""

from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..axe import AxeMixin
from .verdicts import BODY_CHANGED


class TourCase(AxeMixin, HttpCase):
    def setUp(self):
        super().setUp()
        model = type(self.env["mail.test.message"])
        self.env["mail.test.message"].search([]).unlink()
        self.env.ref("base.user_admin").email = "admin@acme.example"
        self.startPatcher(patch.object(model, "_judge", lambda tests: None))
        get_verdict = model.get_verdict

        def judge_meanwhile(test):
            told = get_verdict(test)
            if test.state == "judging":
                values = {"state": "done", "verdict": BODY_CHANGED, "grade": "F"}
                test.sudo().write(values)
            return told

        self.startPatcher(patch.object(model, "get_verdict", judge_meanwhile))

    def explain(self):
        tour = ("/odoo/explain-email", "mail_test_message_explain")
        self.start_tour(*tour, login="admin", timeout=300)


@tagged("post_install", "-at_install")
class TestMessageTour(TourCase):
    def test_a_message_is_explained(self):
        self.explain()

    def test_a_test_message_is_sent(self):
        def send(test):
            test.sudo().state = "waiting"
            return True

        model = type(self.env["mail.test.message"])
        self.startPatcher(patch.object(model, "action_send", send))
        tour = ("/odoo/email-test-messages", "mail_test_message_send")
        self.start_tour(*tour, login="admin", timeout=300)


@tagged("post_install", "-at_install")
class TestMessageOnAPhone(TourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_a_message_is_explained(self):
        self.explain()
