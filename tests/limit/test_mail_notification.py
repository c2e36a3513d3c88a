# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from odoo.addons.mail.tools.discuss import Store

from .test_mail_mail import LimitCase


@tagged("post_install", "-at_install")
class TestMailNotification(LimitCase):
    def test_the_chatter_knows_when_it_goes(self):
        partners = self.make_partners(6)
        record = self.env["res.partner"].create({"name": "Thread"})
        message = record.message_post(
            body="Hello", partner_ids=partners.ids, email_from="me@acme.example"
        )
        reset = self.env["mail.send.counter"]._get_next_reset()
        until = message.notification_ids.mapped("postponed_until")
        self.assertEqual([moment for moment in until if moment], [reset])
        store = Store().add(message.notification_ids)
        data = store.get_result()["mail.notification"]
        self.assertEqual(
            sorted(bool(one["postponed_until"]) for one in data), [False] * 5 + [True]
        )
        with self.next_day():
            self.process()
        message.notification_ids.invalidate_recordset()
        self.assertFalse(any(message.notification_ids.mapped("postponed_until")))
