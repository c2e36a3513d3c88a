# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a refusal means for an address: the second one suppresses it."""

import logging
from datetime import timedelta

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..limit.send_class import DATABASE
from ..tools.after_delivery import never_raise
from .evidence import is_evidence
from .mail_suppressed_address import KEPT_FIRST, UNDONE

_logger = logging.getLogger(__name__)

APART = timedelta(hours=24)
SUPPRESSED_FOR = timedelta(days=90)
# So many addresses of one receiver that become unknown within so long are its trouble:
# Gmail said so of addresses that exist, for seven hours in December 2020.
SEVERAL = 3
WITHIN = timedelta(hours=12)
# Where thousands are sent to, some addresses are always dead: one in so many.
USUALLY_DEAD = 100
ALARM = "suppressed_receiver:"


class MailSuppressedAddress(models.Model):
    # A file for each concern.
    _inherit = "mail.suppressed.address"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _note_refusal(self, refusals):
        """Take refusals as evidence against the addresses; never raises.

        Only what says for good that an address does not exist, or is disabled, counts:
        see :mod:`.evidence`. Nothing is sent by this, and nothing commits.

        :param refusals: ``mail.refusal``; those of reports while the report is being
            processed.
        """
        if not self._is_on():
            return
        what = "A refusal is not noted of its address"
        counted, receivers = refusals.sudo(), set()
        # Two workers that lock the same addresses do so in the same order.
        for refusal in counted.sorted(lambda one: (one.recipient or "", one.date)):
            with never_raise(_logger.warning, what), self.env.cr.savepoint():
                if is_evidence(refusal) and self._note_one(refusal):
                    receivers.add(refusal.receiver)
        for receiver in sorted(receivers):
            with never_raise(_logger.warning, what), self.env.cr.savepoint():
                self._look_at_receiver(receiver)

    @api.model
    def _note_one(self, refusal):
        """Note a refusal of an address.

        :return: whether it is noted; another worker may be about the same address.
        """
        entry = self._lock_entry(refusal)
        if not entry or refusal in entry.refusal_ids:
            return False
        first, since = entry.refused_on, entry.until or refusal.date
        entry.write(
            {
                "category": refusal.category,
                "last_refused_on": max(
                    refusal.date, entry.last_refused_on or refusal.date
                ),
                "refusal_ids": [fields.Command.link(refusal.id)],
            }
        )
        if entry.active:
            if refusal.date >= since:  # the one email that was tried
                entry._suppress(refusal.date, refusal.date + SUPPRESSED_FOR)
        elif not first or refusal.date - first > KEPT_FIRST:
            entry.refused_on = refusal.date
        elif refusal.date - first >= APART:
            entry._suppress(refusal.date, refusal.date + SUPPRESSED_FOR)
        return True

    @api.model
    def _lock_entry(self, refusal):
        """Return the entry of an address, made where there is none, and locked.

        :return: none where another worker has it.
        """
        # It asks for the row before, since the conflict would wait for its lock.
        insert = SQL(
            "INSERT INTO mail_suppressed_address "
            "(email, receiver, category, active, create_date, write_date) "
            "SELECT %s, %s, %s, FALSE, %s, %s WHERE NOT EXISTS ("
            "SELECT FROM mail_suppressed_address WHERE email = %s) "
            "ON CONFLICT DO NOTHING",
            refusal.recipient,
            refusal.receiver or "",
            refusal.category,
            *[fields.Datetime.now()] * 2,
            refusal.recipient,
        )
        lock = SQL(
            "SELECT id FROM mail_suppressed_address WHERE email = %s "
            "FOR NO KEY UPDATE SKIP LOCKED",
            refusal.recipient,
        )
        self.flush_model()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(insert, log_exceptions=False)
                self.env.cr.execute(lock, log_exceptions=False)
                found = self.env.cr.fetchone()
        except psycopg2.errors.SerializationFailure:
            found = None
        entries = self.sudo().with_context(active_test=False)
        return entries.browse(found or ())

    # ------------------------------------------------------------
    # The receiver's own trouble
    # ------------------------------------------------------------

    @api.model
    def _look_at_receiver(self, receiver):
        """Undo what was just noted where a receiver does not know many addresses."""
        entries = self._find_refused_lately(receiver)
        if len(entries) < self._count_several():
            return
        start = fields.Datetime.now() - WITHIN
        entries.filtered(lambda one: one.since and one.since >= start).write(UNDONE)
        new = entries.filtered(lambda one: one.refused_on and one.refused_on >= start)
        new.refused_on = False
        self._raise_receiver_alarm(receiver, len(entries))

    @api.model
    def _find_refused_lately(self, receiver):
        entries = self.sudo().with_context(active_test=False)
        lately = fields.Datetime.now() - WITHIN
        return entries.search(
            Domain("receiver", "=", receiver) & Domain("last_refused_on", ">=", lately)
        )

    @api.model
    def _count_several(self):
        """Return how many addresses are too many to be all dead."""
        sent = self.env["mail.send.counter"]._get_usage()[DATABASE].used
        return max(SEVERAL, sent // USUALLY_DEAD)

    @api.model
    def _raise_receiver_alarm(self, receiver, count):
        today = str(fields.Date.today())

        def render(env):
            alarms = env["mail.deliverability.alarm"]
            summary = env._(
                "%(receiver)s says of %(count)s addresses that they don't exist",
                receiver=receiver,
                count=count,
            )
            note = env._(
                "Within hours, %(receiver)s has refused emails to %(count)s addresses "
                "as unknown or disabled. So many at once are mostly a trouble of its "
                "own: none of them is suppressed, and emails to them go on. Look again "
                "tomorrow; if it still says so, correct the addresses.",
                receiver=receiver,
                count=count,
            )
            link = alarms._link("email-refusals", env._("See the Refusals"))
            return summary, Markup("<p>%s</p><p>%s</p>") % (note, link)

        self.env["mail.deliverability.alarm"]._raise_alarm(
            f"{ALARM}{receiver}", render, occasion=today, state=str(count)
        )

    @api.autovacuum
    def _resolve_receiver_alarms(self):
        """Close the alarms of receivers that have refused nobody lately."""
        lately = fields.Datetime.now() - WITHIN
        entries = self.sudo().with_context(active_test=False)
        still = entries.search([("last_refused_on", ">=", lately)]).mapped("receiver")
        self.env["mail.deliverability.alarm"]._resolve_others(
            ALARM, [f"{ALARM}{one}" for one in set(still)]
        )
