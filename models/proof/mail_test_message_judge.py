# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Judging what came back, and ending what did not.

DNS takes seconds, and nothing is locked meanwhile: a test is claimed in a transaction
of its own, for some minutes. What breaks while it is judged is tried a few times more.
"""

import asyncio
import functools
import logging
import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...mailauth.dns.exchangers import find_exchangers
from ...mailauth.message.as_json import to_json
from ...mailauth.message.check import check_message
from ..tools.after_delivery import FAILURES
from ..tools.apart import apart, claim_apart
from .stored import drop_raw, keep_raw, load_raw

_logger = logging.getLogger(__name__)

TRIES = 3
AGAIN = timedelta(minutes=5)  # a claim ends, and it is tried once more
USUAL = timedelta(minutes=2)  # after that it is told what may be wrong
LOST = timedelta(days=1)
STUCK = timedelta(minutes=15)  # the worker that was sending it is gone
KEEP_RAW = timedelta(days=30)
KEEP = timedelta(days=90)
BATCH = 1000
MOST = 20  # tests in one run
# What can go wrong with a message that nobody has foreseen, and the machine's limits.
UNJUDGED = (*FAILURES, OSError, MemoryError)


class MailTestMessage(models.Model):
    """Judging what came back."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    judge_tries = fields.Integer(readonly=True, copy=False, groups=fields.NO_ACCESS)
    judge_after = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)
    mx_asked = fields.Boolean(
        "MX Asked", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    mx_hosts = fields.Json(
        "MX Hosts", readonly=True, copy=False, groups=fields.NO_ACCESS
    )

    # ------------------------------------------------------------ the scheduled action

    @api.model
    def _cron_judge(self):
        """Judge what came back, and end what is not back after a day."""
        tests = self.sudo()
        with apart(self.env) as cr:
            apart_tests = tests.with_env(tests.env(cr=cr))
            apart_tests._end_stuck()
            apart_tests._end_unjudged()
            apart_tests._end_lost()
            apart_tests.env.flush_all()
        tests._receive_late()
        tests._look_up_mx()
        for _turn in range(MOST):
            test = tests._claim()
            if not test:
                return
            test._judge()
        tests._wake_cron()

    @api.model
    def _claim(self):
        """Return a test that nobody else judges for some minutes, or none."""
        return claim_apart(self, self._prepare_claim(fields.Datetime.now()))

    @api.model
    def _prepare_claim(self, now):
        """Return the statement that claims a test; it waits for no lock.

        The leg tells what is back: it may be faster than what says that it has left.
        """
        return SQL(
            """
            UPDATE mail_test_message
               SET judge_tries = COALESCE(judge_tries, 0) + 1, judge_after = %(again)s
             WHERE id IN (
                   SELECT test.id FROM mail_test_message test
                     JOIN mail_test_message_leg leg ON leg.test_id = test.id
                    WHERE leg.kind = 'arrival' AND leg.state = 'back'
                      AND test.state IN ('waiting', 'judging', 'lost')
                      AND COALESCE(test.judge_after, '-infinity') <= %(now)s
                      AND COALESCE(test.judge_tries, 0) <= %(tries)s
                    ORDER BY test.id LIMIT 1
                      FOR NO KEY UPDATE OF test SKIP LOCKED)
         RETURNING id
            """,
            again=now + AGAIN,
            now=now,
            tries=TRIES,
        )

    @api.model
    def _end_stuck(self):
        """End what was being sent by a worker that is gone: it may have left or not."""
        since = fields.Datetime.now() - STUCK
        stuck = Domain("state", "=", "sending") & Domain("sent_on", "<", since)
        for test in self.search(stuck, limit=BATCH).try_lock_for_update():
            came = test.leg_ids[:1].state == "back"  # the others are judged by nobody
            test.state = "judging" if came else "failed"
            if not came:
                test.failure = test.env._(
                    "Odoo was stopped while it was sent. Send another one."
                )
            test._tell_state()

    @api.model
    def _end_unjudged(self):
        """End what no worker has survived: nobody claims it any more."""
        now = fields.Datetime.now()
        over = Domain("judge_tries", ">", TRIES) & Domain("judge_after", "<", now)
        over &= Domain("state", "in", ("waiting", "judging", "lost"))
        for test in self.search(over, limit=BATCH).try_lock_for_update():
            test._fail_unjudged()

    @api.model
    def _end_lost(self):
        """End what is not back after a day."""
        since = fields.Datetime.now() - LOST
        legs = self.env["mail.test.message.leg"]
        late = Domain("state", "=", "waiting") & Domain("test_id.sent_on", "<", since)
        legs.search(late, limit=BATCH).try_lock_for_update().state = "lost"
        late = Domain("state", "=", "waiting") & Domain("sent_on", "<", since)
        for test in self.search(late, limit=BATCH).try_lock_for_update():
            if test.leg_ids[:1].state != "back":
                test.state = "lost"
                test._tell_state()

    @api.model
    def _look_up_mx(self):
        """Find out where the mail of domains goes whose tests are not back yet.

        Whoever waits is told of it; no page waits for DNS.
        """
        since = fields.Datetime.now() - USUAL
        late = self.search(
            [
                ("state", "=", "waiting"),
                ("to_own", "=", True),
                ("sent_on", "<=", since),
                ("mx_asked", "=", False),
            ],
            limit=MOST,
        )
        names = {test.alias_domain_id.name for test in late} - {False}
        ask = functools.partial(find_exchangers, names)
        hosts = (names and self.env["ir.config_parameter"]._ask_dns(ask)) or {}
        for test in late:
            with test._see_now() as seen:
                if seen.try_lock_for_update():
                    found = hosts.get(test.alias_domain_id.name)
                    known = None if found is None else list(found)
                    seen.write({"mx_asked": True, "mx_hosts": known})
                    seen._tell_state()
                    seen.env.flush_all()
        late.invalidate_recordset()

    # ------------------------------------------------------------ the verdict

    def _judge(self):
        """Ask DNS about the message, and store the verdict.

        One that can't be judged is tried again by the scheduled action, or has failed.
        """
        self.ensure_one()
        test = self.sudo()
        test.env.flush_all()
        with test._see_now() as seen:
            raw, check = seen._get_received(), seen._prepare_check()
        try:
            result = asyncio.run(check(raw))
            with test._see_now() as seen, test.env.cr.savepoint():
                seen._keep_verdict(result, raw)
                seen.env.flush_all()
        except UNJUDGED:
            _logger.exception("message %s can't be judged", test.id)
            test._note_unjudged()
        test.invalidate_recordset()

    def _get_received(self):
        """Return the bytes that are judged."""
        arrival = self.leg_ids.filtered(lambda leg: leg.kind == "arrival")[:1]
        return load_raw(arrival, "raw") if arrival else load_raw(self, "received_raw")

    @contextmanager
    def _see_now(self):
        """Yield the test as it is now, not as when the transaction began."""
        if self.kind == "explained":  # its own transaction is the only one that has it
            yield self
            return
        with apart(self.env) as cr:
            yield self.with_env(self.env(cr=cr))

    def _prepare_check(self):
        """Return the function that asks the core; it touches no record."""
        back_on = self.back_on
        return functools.partial(
            check_message,
            resolver=self.env["ir.config_parameter"]._get_dns_resolver(),
            now=int(back_on.timestamp()) if back_on else int(time.time()),
            sent=load_raw(self, "sent_raw") or None,
            # A test is no mailing; of another message nobody knows.
            is_mailing=None if self.kind == "explained" else False,
        )

    def _keep_verdict(self, result, raw):
        """Store a verdict, and that the signatures of our domains were seen."""
        self.write(
            {
                "verdict": to_json(result),
                "grade": result.grade or False,
                "state": "done",
                "failure": False,
            }
        )
        if self.kind == "trip":
            keep_raw(self, "received_raw", raw)
            self._note_signatures(result)
        self._tell_state()

    def _note_signatures(self, result):
        """Remember the signatures that are proven: somebody signs with these keys."""
        domains = self.env["mail.alias.domain"]
        for signature in result.dkim:
            if signature.result == "pass":
                domains._note_signature(signature.domain, signature.selector)

    def _note_unjudged(self):
        """End a test that can't be judged, or let it be tried again."""
        with self._see_now() as seen:
            if seen.kind == "trip" and seen.judge_tries < TRIES:
                seen._wake_cron(AGAIN)
                return
            seen._fail_unjudged()
            seen.env.flush_all()

    def _fail_unjudged(self):
        failure = self.env._(
            "The message could not be judged. What went wrong stands in Odoo's log."
        )
        self.write({"state": "failed", "failure": failure})
        self._tell_state()

    # ------------------------------------------------------------ explain

    @api.model
    def _explain_message(self, raw, name):
        """Make a record of a message that somebody wants explained, and judge it.

        :param bytes raw: the message.
        :param name: of the record, or None.
        :return: the record.
        """
        test = self.sudo().create(
            {
                "kind": "explained",
                "name": (name or self.env._("Pasted message"))[:200],
                "state": "judging",
            }
        )
        test._keep_raw("received_raw", raw)
        test._judge()
        return test.sudo(self.env.su)

    # ------------------------------------------------------------ what goes again

    @api.autovacuum
    def _gc_tests(self):
        """Delete old tests, and before that the messages themselves."""
        now = fields.Datetime.now()
        self.search([("create_date", "<", now - KEEP)], limit=BATCH).unlink()
        old = self.search([("create_date", "<", now - KEEP_RAW)], limit=BATCH * 10)
        drop_raw(old, ["sent_raw", "received_raw"])
        drop_raw(old.leg_ids, ["raw", "stray_raw", "late_raw"])
