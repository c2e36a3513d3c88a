# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reading what has come in: who has sent it, and what it says.

DNS and large files take seconds, and nothing is locked meanwhile: a file is claimed in
a transaction of its own, for some minutes. One that no worker survives is given up
after some tries.
"""

import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...mailauth.message.raw import read_raw
from ...mailauth.printable import drop_hidden
from ...mailauth.reports.genuine import Proof, prove_sender
from ...mailauth.reports.read import read_report
from ..proof.stored import load_raw
from ..tools.after_delivery import FAILURES
from ..tools.apart import CONFLICTS, claim_apart, retry_apart

_logger = logging.getLogger(__name__)

TRIES = 3
AGAIN = timedelta(minutes=5)  # a claim ends, and it is tried once more
RUN = 60  # seconds of one run of the scheduled action
MOST = 200  # files in one run
BATCH = 1000
UNREADABLE = "unreadable"
# What can go wrong with a file that nobody has foreseen, and the machine's limits.
UNREAD = (*FAILURES, OSError, MemoryError)
# Another worker was faster: it is read anew, and after some tries later.
CLASH = (*CONFLICTS, psycopg2.errors.UniqueViolation)


class MailDmarcReport(models.Model):
    """Reading what has come in."""

    # A file for each concern.
    _inherit = "mail.dmarc.report"  # pylint: disable=consider-merging-classes-inherited

    read_tries = fields.Integer(readonly=True, copy=False, groups=fields.NO_ACCESS)
    read_after = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)

    _unread_idx = models.Index("(read_after) WHERE state = 'new'")

    # ------------------------------------------------------------ the scheduled action

    @api.model
    def _cron_read(self):
        """Read what has come in, for a minute at most; the rest comes next."""
        reports = self.sudo()
        reports._end_unread()
        is_done = reports._read_for_a_while()
        is_judged = reports._judge_sources()
        if not (is_done and is_judged):
            reports._wake_cron()

    @api.model
    def _read_for_a_while(self):
        """Read one file after the other; return whether that were all."""
        end = time.monotonic() + RUN
        for _turn in range(MOST):
            report = self._claim()
            if not report:
                return True
            report._read()
            if time.monotonic() > end:
                break
        return False

    @api.model
    def _judge_sources(self):
        """Judge anew where mails come from, by what was read.

        :return: whether no more are left; what can't be judged waits for the next run.
        """
        is_judged = True
        try:
            is_judged = retry_apart(
                self.env, lambda env: env["mail.dmarc.origin"]._judge_stale()
            )
        except FAILURES:
            _logger.exception("The sources in DMARC reports can't be judged")
        self.env.invalidate_all()
        return is_judged

    @api.model
    def _claim(self):
        """Return a file that nobody else reads for some minutes, or none."""
        return claim_apart(self, self._prepare_claim(fields.Datetime.now()))

    @api.model
    def _prepare_claim(self, now):
        """Return the statement that claims a file; it waits for no lock."""
        return SQL(
            """
            UPDATE mail_dmarc_report
               SET read_tries = COALESCE(read_tries, 0) + 1, read_after = %(again)s
             WHERE id IN (
                   SELECT id FROM mail_dmarc_report
                    WHERE state = 'new'
                      AND COALESCE(read_after, '-infinity') <= %(now)s
                      AND COALESCE(read_tries, 0) < %(tries)s
                    ORDER BY id LIMIT 1
                      FOR NO KEY UPDATE SKIP LOCKED)
         RETURNING id
            """,
            again=now + AGAIN,
            now=now,
            tries=TRIES,
        )

    @api.model
    def _end_unread(self):
        """Give up what no worker has survived: nobody claims it any more."""
        over = Domain("state", "=", "new") & Domain("read_tries", ">=", TRIES)
        over &= Domain("read_after", "<=", fields.Datetime.now())
        for report in self.search(over, limit=BATCH).try_lock_for_update():
            _logger.warning("DMARC report %s can't be read: given up", report.id)
            report.write({"state": "refused", "reason": UNREADABLE})

    # ------------------------------------------------------------ one file

    def _read(self):
        """Read a file, and store what it says; what breaks it off is tried again."""
        self.ensure_one()
        try:
            self._read_and_store()
        except CLASH as error:
            _logger.info("DMARC report %s is read later: %s", self.id, error)
            self._wake_cron(AGAIN)
        except UNREAD:
            _logger.exception("DMARC report %s can't be read", self.id)
            self._wake_cron(AGAIN)
        self.invalidate_recordset()

    def _read_and_store(self):
        raw = load_raw(self, "raw")
        found = read_report(raw, self.file_name or "")
        targets = self._find_targets({report.domain for report in found.reports})
        proof = self._prove(raw) if any(targets.values()) else Proof()
        if proof.method == "temperror":
            if self.read_tries < TRIES:
                self._wake_cron(AGAIN)
                return
            proof = Proof()
        if proof.method == "none" and self.way == "upload":
            proof = Proof("upload")
        self._store_again(found, targets, proof)

    def _find_targets(self, domains):
        """Return the email domains that reports on these domains are for.

        Nobody brings reports to another company's domain.

        :return: as of ``_find_reported``.
        """
        targets = self.env["mail.alias.domain"]._find_reported(domains)
        if self.way != "upload":
            return targets
        return {
            domain: found.with_user(self.create_uid)
            ._filter_visible()
            .with_env(self.env)
            for domain, found in targets.items()
        }

    def _prove(self, raw):
        """Return who has sent the mail that a file came in, as far as that is proven.

        Of a file alone nothing is: whoever has uploaded it knows where it is from.
        """
        if not read_raw(raw).fields:
            return Proof()
        received = int(self.received.timestamp())

        def ask(resolver):
            return prove_sender(
                raw, resolver, received, believe_results=self.is_own_way
            )

        proof = self.env["ir.config_parameter"]._ask_dns(ask)
        return Proof("temperror") if proof is None else proof

    def _store_again(self, found, targets, proof):
        """Store in a transaction of its own; anew where another worker was faster."""
        is_upload = self.way == "upload"  # only its own transaction knows the file
        for alias_domains in targets.values():
            alias_domains._look_up_spf_networks(is_apart=not is_upload)
        self.env.flush_all()
        if is_upload:
            with self.env.cr.savepoint():
                self._store(found, targets, proof)
            return

        def store(env):
            report = self.with_env(env)
            report.invalidate_recordset()
            report._store(found, targets, proof)

        retry_apart(self.env, store, CLASH)

    # ------------------------------------------------------------ what it says

    def _store(self, found, targets, proof):
        """Store what was in a file: this record is the first of it, others follow.

        :param Reports found: what the core has read.
        :param dict targets: email domains by the domain that is reported on.
        :param Proof proof: of who has sent it.
        """
        if self.state != "new":
            return  # another worker has
        values = [
            self._store_report(report, alias_domain, proof)
            for report in found.reports
            for alias_domain in targets.get(report.domain) or [None]
        ]
        values += [
            {
                "state": "refused",
                "reason": one.reason,
                "file_name": drop_hidden(one.name) or False,
            }
            for one in found.refused
            if not (values and one.reason == "no_report")
        ]
        self.write(values[0] if values else {"state": "refused", "reason": "no_report"})
        same = {"received": self.received, "way": self.way, "first_id": self.id}
        self.create([same | one for one in values[1:]])
