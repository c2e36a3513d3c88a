# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .test_mail_mail import LimitCase

KEY = "mail_deliverability.daily_limit"


@tagged("post_install", "-at_install")
class TestResConfigSettings(LimitCase):
    def settings(self, **values):
        settings = self.env["res.config.settings"].create(values)
        settings.execute()
        return settings

    def test_values_are_shown(self):
        self.make_mails(7)
        self.process()
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.mail_daily_limit, 5)
        self.assertEqual(settings.mail_daily_limit_reserve, 10)
        self.assertEqual(settings.mail_bulk_recipients, 0)
        self.assertEqual(settings.mail_sent_today, 5)
        self.assertEqual(settings.mail_waiting, 2)
        self.assertRegex(settings.mail_resets_in, r"\d+ h \d+ min")

    def test_zero_is_kept(self):
        self.settings(mail_daily_limit=0)
        self.assertEqual(self.env["ir.config_parameter"].get_param(KEY), "0")
        self.assertEqual(self.env["ir.mail_server"]._get_daily_limit(), 0)
        self.assertEqual(self.env["res.config.settings"].create({}).mail_daily_limit, 0)

    def test_an_absent_key_stays_absent(self):
        self.env["ir.config_parameter"].search([("key", "=", KEY)]).unlink()
        self.settings()
        self.assertFalse(self.env["ir.config_parameter"].get_param(KEY))

    def test_raising_releases(self):
        self.make_mails(7)
        self.process()
        self.settings(mail_daily_limit=9)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 7)

    def test_nonsense_is_refused(self):
        for values in (
            {"mail_daily_limit": -1},
            {"mail_daily_limit_reserve": 200},
            {"mail_daily_limit_reset_hour": 24},
            {"mail_bulk_recipients": -1},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.settings(**values)


@tagged("post_install", "-at_install")
class TestDailyLimitTour(HttpCase):
    def test_tour(self):
        """Raise the limit, look at what waits and at the history."""
        self.env["ir.config_parameter"].set_param(KEY, "5")
        mail = self.env["mail.mail"].create(
            {
                "email_from": "me@acme.example",
                "email_to": "customer@customer.example",
                "subject": "An invoice that waits",
            }
        )
        # It waits for a server's limit: raising the database's does not release it.
        server = self.env["ir.mail_server"].create(
            {"name": "Full", "smtp_host": "smtp.full.example", "daily_limit": 1}
        )
        counter = self.env["mail.send.counter"]
        today = counter._get_day(fields.Datetime.now())
        counter.create({"day": today, "server_id": server.id, "sent": 1})
        mail._wait("limit", fields.Datetime.to_datetime("2099-01-01"), server.id)
        counter.create({"day": today, "server_name": "All servers", "sent": 42})
        tour = ("/odoo/settings", "mail_daily_limit")
        self.start_tour(*tour, login="admin", timeout=300)
        self.assertEqual(self.env["ir.config_parameter"].get_param(KEY), "6")
