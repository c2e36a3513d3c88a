# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from odoo.addons.mail.tools.discuss import Store

from .test_mail_mail import LimitCase


@tagged("post_install", "-at_install")
class TestMailNotification(LimitCase):
    def test_one_question_for_all_messages(self):
        """However many of a chatter wait; the bodies of their mails are not read."""
        self.set_limit(1)
        record = self.env["res.partner"].create({"name": "Thread"})
        messages = self.env["mail.message"]
        for partner in self.make_partners(13):
            messages |= record.message_post(
                body="Hello", partner_ids=partner.ids, email_from="me@acme.example"
            )
        self.env.flush_all()
        counts = {}
        for size in (1, 2, 12):  # the first one fills what is cached
            self.env.invalidate_all()
            shown = self.env["mail.message"].browse(messages.ids[-size:])
            before = self.env.cr.sql_log_count
            data = Store().add(shown).get_result()["mail.notification"]
            counts[size] = self.env.cr.sql_log_count - before
            self.assertEqual(len(data), size)
            self.assertTrue(all(one["postponed_until"] for one in data))
        self.assertEqual(counts[2], counts[12])

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
