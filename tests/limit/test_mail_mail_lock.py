# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What others do with the same mails meanwhile, in real transactions."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ...models.limit.ledger import Reservation
from ...models.limit.mail_send_counter_alarms import ONE_AT_A_TIME
from ...models.limit.send_class import DATABASE, PEOPLE, Limit, Usage
from ...models.limit.sending import Sending
from ...models.sender.batch import Batch
from ...models.tools.carrier import carry
from .test_mail_mail import LimitCase

PART = "odoo.addons.mail_deliverability.models.limit.mail_mail_part"
WAITING = "odoo.addons.mail_deliverability.models.limit.mail_mail_waiting"


@tagged("post_install", "-at_install")
class TestOtherWorkers(BaseCase):
    """Four mails that wait; others have changed the second, and hold the third."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.worker() as env:
            mails = env["mail.mail"].create(
                [{"email_to": f"to{n}@customer.example"} for n in range(4)]
            )
            later = fields.Datetime.now() + timedelta(hours=1)
            mails._wait("limit", later)
            self.ids = mails.ids
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.worker() as env:
            env["mail.mail"].browse(self.ids).unlink()
            env["mail.send.uncounted"].search([]).unlink()

    @contextmanager
    def worker(self):
        """Yield the environment of a worker, whose transaction is committed."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    @contextmanager
    def among_others(self):
        """Yield the mails of a worker whose transaction began before the others did."""
        with self.worker() as env, self.registry.cursor() as cr:
            mails = env["mail.mail"].browse(self.ids)
            self.assertEqual(len(mails.exists()), 4)
            with self.worker() as other:
                other["mail.mail"].browse(self.ids[1]).failure_reason = "changed"
            cr.execute("SELECT FROM mail_mail WHERE id = %s FOR UPDATE", [self.ids[2]])
            with mute_logger("odoo.sql_db"):
                yield mails

    def assert_waiting(self, *expected):
        with self.worker() as env:
            waiting = env["mail.mail"].browse(self.ids).filtered("waiting_kind")
            self.assertEqual([self.ids.index(one.id) for one in waiting], [*expected])

    def test_what_is_locked(self):
        with self.among_others() as mails:
            self.assertEqual(mails._lock_unchanged(), mails[0] + mails[3])

    def test_what_is_released(self):
        with self.among_others() as mails:
            mails._release_postponed({PEOPLE})
        self.assert_waiting(1, 2)

    def test_a_new_reset_hour(self):
        with self.among_others() as mails:
            mails._reset_hour_changed()
        self.assert_waiting(1, 2)

    def test_what_has_to_wait(self):
        with self.worker() as env:
            env["mail.mail"].browse(self.ids)._stop_waiting()
        limits = (Limit(DATABASE, "All servers", 1),)
        now = fields.Datetime.now()
        used = {DATABASE: Usage(1)}
        standing = Reservation(0, now.date(), now + timedelta(hours=1), used, limits)
        with self.among_others() as mails:
            batch = Batch()
            batch.set_part(Sending(None, commits=False, raises=False))
            self.assertFalse(carry(mails, batch)._decide(standing))
        self.assert_waiting(0, 3)

    def test_a_table_that_others_hold(self):
        """Who has sent is not noted then; the mails have left all the same."""
        with self.worker() as env, self.registry.cursor() as cr:
            cr.execute("LOCK TABLE mail_send_tally")
            with mute_logger("odoo.sql_db"), self.assertLogs(level="WARNING"):
                env["mail.send.tally"]._add({("res.partner", 1, 1): 1})
            env.cr.execute("SHOW lock_timeout")
            self.assertEqual(env.cr.fetchone(), ("0",))

    def test_one_worker_tells_administrators(self):
        alarms = self.registry["mail.deliverability.alarm"]
        with self.worker() as env, self.registry.cursor() as cr:
            cr.execute(ONE_AT_A_TIME)
            for others in (1, 0):
                with (
                    self.subTest(others=others),
                    patch.object(alarms, "_resolve_others") as resolve,
                    self.assertNoLogs(level="WARNING"),
                ):
                    env["mail.mail"]._check_alarms()
                    self.assertEqual(resolve.called, not others)
                cr.rollback()


@tagged("post_install", "-at_install")
class TestTellingFails(LimitCase):
    """What is told of mails ends no run of the queue."""

    def setUp(self):
        super().setUp()
        self.make_mails(5)
        self.process()

    def make_notifications(self):
        mails = self.make_mails(3)
        mails.is_notification = True
        partner = self.make_partners(1)
        for mail in mails:
            mail.mail_message_id.write({"model": "res.partner", "res_id": partner.id})
        self.env.flush_all()
        return mails

    def assert_waiting(self, mails):
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self.assertEqual(set(mails.mapped("waiting_kind")), {"limit"})

    def test_a_message_whose_model_is_gone(self):
        mails = self.make_notifications()
        self.cr.execute(
            "UPDATE mail_message SET model = 'gone.model' WHERE id = %s",
            [mails[1].mail_message_id.id],
        )
        self.env.invalidate_all()
        with self.assertNoLogs(WAITING):
            self.process()
        self.assert_waiting(mails)

    def test_whatever_fails(self):
        messages = type(self.env["mail.message"])
        for error in (KeyError("gone"), psycopg2.errors.SerializationFailure("busy")):
            mails = self.make_notifications()
            with (
                self.subTest(error),
                patch.object(
                    messages, "_notify_message_notification_update", side_effect=error
                ),
                self.assertLogs(WAITING),
            ):
                self.process()
            self.assert_waiting(mails)

    def test_a_mail_that_fails(self):
        """What other modules do with it may fail, too."""
        self.set_limit(0, "daily_limit_urgent")
        account = self.make_mails(1, send_class="account")
        others = self.make_mails(2, first=1)
        with (
            patch.object(
                type(account), "_postprocess_sent_message", side_effect=KeyError("gone")
            ),
            self.assertLogs(PART),
        ):
            self.process()
        self.assertEqual(account.state, "exception")
        self.assert_waiting(others)

    def test_releasing_fails(self):
        self.set_limit(50)
        mails = self.make_mails(2)
        with (
            patch.object(type(mails), "_release_postponed", side_effect=KeyError("x")),
            self.assertLogs(),
        ):
            self.process()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
