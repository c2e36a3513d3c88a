# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from ...models.limit.send_class import ORDINARY
from .test_mail_mail import LimitCase


@tagged("post_install", "-at_install")
class TestProviderLimit(LimitCase):
    def test_preset_is_offered_and_never_imposed(self):
        gmail = self._make_server(
            smtp_host="smtp.gmail.com", smtp_user="someone@gmail.com"
        )
        self.assertEqual(gmail.daily_limit, 0)
        self.assertEqual(gmail.provider_daily_limit, 500)
        self.assertIn("500", gmail.daily_limit_hint)
        gmail.action_use_provider_limit()
        self.assertEqual(gmail.daily_limit, 500)

    def test_an_account_that_a_user_shares(self):
        """What users send through servers of their own is counted apart."""
        account = {"smtp_host": "smtp.acme.example", "smtp_user": "acme"}
        self.server.write(account)
        user = new_test_user(self.env, "owner", email="owner@acme.example")
        mine = self._make_server("owner@acme.example", **account)
        mine.write({"owner_user_id": user.id, "daily_limit": 3})
        for count, expected in ((5, True), (6, False)):
            with self.subTest(count):
                found = self.env["ir.mail_server"]._has_room_for(count, ORDINARY)
                self.assertEqual(found, expected)

    def test_nothing_is_offered_for_an_unknown_host(self):
        self.assertEqual(self.server.provider_daily_limit, 0)
        self.assertFalse(self.server.daily_limit_hint)


@tagged("post_install", "-at_install")
class TestServersFromAFile(LimitCase):
    """Other addons compute fields of servers, which can't be searched then."""

    # Those of OCA's mail_environment.
    FIELDS = {
        "smtp_authentication",
        "smtp_encryption",
        "smtp_host",
        "smtp_pass",
        "smtp_port",
        "smtp_user",
    }

    def setUp(self):
        super().setUp()
        servers = type(self.env["ir.mail_server"])
        search = servers._search

        def refuse(this, domain, *args, **kwargs):
            fields = {one.field_expr for one in Domain(domain).iter_conditions()}
            self.assertFalse(fields & self.FIELDS, "can't be converted to SQL")
            return search(this, domain, *args, **kwargs)

        self.startPatcher(patch.object(servers, "_search", refuse))

    def test_mails_leave(self):
        for total in (0, 2):
            with self.subTest(limit=total):
                self.set_limit(total)
                self.sink.deliveries.clear()
                self.env["mail.send.counter"].search([]).unlink()
                self.make_mails(3)
                self.process()
                self.assertEqual(len(self.sink.deliveries), total or 3)

    def test_servers_are_changed_and_shown(self):
        twin = self._make_server("globex.example")
        twin.write({"smtp_host": "smtp.globex.example", "smtp_user": "twin"})
        self.assertEqual((self.server | twin).mapped("sent_today"), [0, 0])
        self.env["res.config.settings"].create({})
        self.env["mail.sending.provider"].search([])[:1].write({"signs": False})
        self.assertTrue(self.env["ir.mail_server"]._get_all_limits())
        self.assertTrue(self.domain._get_outgoing_servers())
        twin.unlink()


@tagged("post_install", "-at_install")
class TestLimitName(LimitCase):
    def test_one_language_in_the_history_and_the_readers_in_texts(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.server.with_context(lang="fr_FR")
        database, relay = french._get_send_limits()
        self.assertEqual((database.name, relay.name), ("All servers", "Relay"))
        for limit, name in ((database, "Tous les serveurs"), (relay, "Relay")):
            with self.subTest(name):
                self.assertIn(name, french._explain_limit(limit))


@tagged("post_install", "-at_install")
class TestInstallation(LimitCase):
    def setUp(self):
        super().setUp()
        key = "mail_deliverability.daily_limit"
        self.env["ir.config_parameter"].search([("key", "=", key)]).unlink()
        self.env["mail.activity"].search([("alarm_subject", "!=", False)]).unlink()

    def install(self):
        self.env.flush_all()
        self.env["mail.send.counter"]._spare_heavy_senders()
        alarms = self.env["mail.activity"].search(
            [("alarm_subject", "=", "daily_limit:none")]
        )
        return self.env["ir.mail_server"]._get_daily_limit(), len(alarms) > 0

    def sent_mails(self, count, date):
        self.make_mails(count, date=date).write({"state": "sent"})

    def test_a_quiet_database_gets_the_default(self):
        self.sent_mails(5, self.env.cr.now())
        self.assertEqual(self.install(), (200, False))

    def test_a_busy_database_starts_without_a_limit(self):
        self.sent_mails(201, self.env.cr.now())
        self.assertEqual(self.install(), (0, True))

    def test_long_ago_does_not_matter(self):
        self.sent_mails(201, "2020-01-01 10:00:00")
        self.assertEqual(self.install(), (200, False))

    def test_a_limit_that_is_set_stays(self):
        self.sent_mails(201, self.env.cr.now())
        self.set_limit(50)
        self.assertEqual(self.install(), (50, False))

    def test_each_address_counts(self):
        to = ",".join(f"a{n}@x.example" for n in range(150))
        mail = self.make_mails(1, email_to=to, email_cc=to.replace("a", "b"))
        mail.write({"state": "sent"})
        self.env.flush_all()
        self.assertEqual(self.env["mail.send.counter"]._get_busiest_day(), 300)

    def test_notifications_count(self):
        message = self.env["res.partner"].create({"name": "T"}).message_post(body="Hi")
        self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": message.id,
                    "notification_type": "email",
                    "notification_status": "sent",
                    "res_partner_id": partner.id,
                }
                for partner in self.make_partners(201)
            ]
        )
        self.assertEqual(self.install(), (0, True))
