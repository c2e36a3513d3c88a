# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.models.mail_mail import MailMail as OdooMail

from ...models.limit import mail_mail_delete
from .test_mail_mail import MAIL_LOGGER, LimitCase


@tagged("post_install", "-at_install")
class TestMailMailDelete(LimitCase):
    """What Odoo deletes once it is sent is deleted some at a time."""

    def test_nothing_stays(self):
        for limit in (0, 100):
            self.set_limit(limit)
            self.sink.deliveries.clear()
            mails = self.make_mails(3, auto_delete=True)
            messages = mails.mail_message_id
            kept = self.make_mails(1, first=3)
            (mails | kept).send()
            self.assertEqual(len(self.sink.deliveries), 4)
            self.assertFalse(mails.exists() or messages.exists())
            self.assertEqual(kept.state, "sent")

    def test_many(self):
        self.set_limit(0)
        mails = self.make_mails(5, auto_delete=True)
        with patch.object(mail_mail_delete, "AT_ONCE", 2):
            mails.send()
        self.assertEqual(len(self.sink.deliveries), 5)
        self.assertFalse(mails.exists())

    def test_a_mail_more_is_no_deletion_more(self):
        self.set_limit(0)
        # The first fills what is cached.
        _once, few, many = (
            self._count_queries(self.make_mails(count, auto_delete=True))
            for count in (1, 2, 12)
        )
        self.assertLessEqual((many - few) / 10, 9)

    def test_what_is_deleted_by_others_is_gone_at_once(self):
        """Whatever travels in their context."""
        mails = self.make_mails(2)
        seen = []

        def delete(_ids):
            mails[1].unlink()
            seen.append(mails[1].exists())

        mails[0].send(post_send_callback=delete)
        self.assertFalse(seen[0])

    @mute_logger(mail_mail_delete.__name__)
    def test_what_can_not_be_deleted_is_sent_all_the_same(self):
        """Else what says so is undone, and all of them go once more."""
        self.set_limit(0)
        plain = OdooMail.unlink
        for at_once in (50, 2):
            mails = self.make_mails(3, auto_delete=True)
            kept = mails[0]

            def unlink(records, kept=kept):
                if kept in records:
                    raise UserError("another module wants to keep it")
                return plain(records)

            with (
                self.subTest(at_once),
                patch.object(mail_mail_delete, "AT_ONCE", at_once),
                patch.object(OdooMail, "unlink", unlink),
            ):
                mails.send()
                self.assertEqual(mails.exists(), kept)
                self.assertEqual(kept.state, "sent")

    @mute_logger(mail_mail_delete.__name__)
    def test_the_vacuum_ends(self):
        mails = self.make_mails(2, auto_delete=True, state="sent")
        self.env.flush_all()
        later = freeze_time(mails[0].write_date + timedelta(days=1))
        keep = patch.object(OdooMail, "unlink", side_effect=UserError("stays"))
        with patch.object(mail_mail_delete, "GC_BATCH", 2), later:
            with keep:
                self.assertEqual(mails._gc_sent(), (0, 0))
            self.assertEqual(mails._gc_sent(), (2, 1))

    def test_only_a_real_true_commits(self):
        mails = self.make_mails(1, auto_delete=True)
        with patch.object(type(mails), "_end_transaction") as end:
            mails.send(auto_commit="by mistake")
        self.assertFalse(any(call.args[0] for call in end.call_args_list))

    @mute_logger(MAIL_LOGGER)
    def test_broken_off(self):
        """What has left is deleted later, by the vacuum; nothing else is."""
        self.set_limit(0)
        self.sink.close_after_data = True
        self.addCleanup(setattr, self.sink, "close_after_data", False)
        mails = self.make_mails(1, auto_delete=True)
        self.process()
        self.assertTrue(mails.exists())
        mails.write({"state": "sent"})  # as a worker that was killed has left it
        others = self.make_mails(1, state="sent")
        self.env.flush_all()
        now = mails.write_date  # the database's, whatever the clock says here
        for later in (timedelta(hours=1), timedelta(days=8)):
            with freeze_time(now + later):
                self.env["mail.mail"]._gc_sent()
                self.assertTrue(mails.exists())
        with freeze_time(now + timedelta(days=1)):
            self.env["mail.mail"]._gc_sent()
        self.assertFalse(mails.exists())
        self.assertTrue(others.exists())
