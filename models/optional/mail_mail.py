# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails of mass mailings that have waited: whether they may still go."""

import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..limit.send_class import BULK
from ..limit.send_mark import get_call
from ..refusal.mail_mail_suppressed import FAILURE_TYPE
from ..tools.after_delivery import never_raise
from .mass_mailing import MAILING, MAILING_MODEL, TRACES

_logger = logging.getLogger(__name__)

TRIED_AGAIN = timedelta(hours=1)
GONE = False  # the failure type of mails whose mailing was cancelled
BLACKLISTED = "mail_bl"
OPTED_OUT = "mail_optout"


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    from_mailing_id = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="Technical: the mailing, also when that is deleted.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Create mails; each keeps the number of its mailing."""
        if MAILING in self._fields:
            vals_list = [
                {**vals, "from_mailing_id": vals.get(MAILING) or 0}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if TRACES in self._fields and vals.get("state") in ("cancel", "outgoing"):
            self._tell_traces(vals["state"], vals.get("failure_type"))
        return result

    def _tell_traces(self, state, failure_type):
        """Let the traces say that mails were cancelled, or are to go after all.

        :param str state: of the mails: cancel or outgoing.
        """
        before = "cancel" if state == "outgoing" else "outgoing"
        traces = self.sudo()[TRACES].filtered(lambda one: one.trace_status == before)
        if traces:
            traces.write({"trace_status": state, "failure_type": failure_type})

    @api.model
    def _get_mailing_domain(self, mailings):
        """Return the domain of the mails of mailings that have not left."""
        return Domain("state", "=", "outgoing") & Domain(MAILING, "in", mailings.ids)

    # ------------------------------------------------------------
    # Before and after they are sent
    # ------------------------------------------------------------

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Leave out what must not go any more, and see whether mailings are done."""
        bulk, mailing_ids = self.browse(), set()
        with never_raise(_logger.exception, "Mailings are not looked at"):
            bulk = self._filter_of_mailings()
            mailing_ids = bulk._get_mailing_ids()
        unwanted = bulk and bulk._leave_out(auto_commit)
        result = super(MailMail, self - unwanted).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )
        if mailing_ids and not get_call(self.env).makes_mailing:
            self._settle_mailings(mailing_ids)
        return result

    def _filter_of_mailings(self):
        """Return the mails of mailings that are to be sent; a test is none."""
        if MAILING not in self._fields:
            return self.browse()
        return self.sudo().filtered(
            lambda mail: (
                mail.send_class == BULK
                and mail.state == "outgoing"
                and (mail.from_mailing_id or mail[MAILING])
            )
        )

    def _get_mailing_ids(self):
        return {mail.from_mailing_id or mail[MAILING].id for mail in self}

    @api.model
    def _settle_mailings(self, mailing_ids):
        self.env.flush_all()  # what says that they are sent
        what = "Whether a mailing is done is not looked at"
        with never_raise(_logger.exception, what), self.env.cr.savepoint():
            mailings = self.env[MAILING_MODEL].sudo().browse(sorted(mailing_ids))
            self.env["mail.mailing.progress"]._settle(mailings)

    def _leave_out(self, commits):
        """Return the mails that must not go now.

        Where it can't be told who has opted out, none goes: they are tried later.

        :param bool commits: as in ``send``.
        """
        what = "Who has opted out can't be told, so the emails of mailings stay"
        with never_raise(_logger.exception, what):
            return self._cancel_unwanted(commits)
        with never_raise(_logger.exception, what), self.env.cr.savepoint():
            later = fields.Datetime.now() + TRIED_AGAIN
            self._lock_unchanged().write({"scheduled_date": later})
        return self

    def _cancel_unwanted(self, commits):
        """Cancel those that must not go any more.

        :param bool commits: as in ``send``.
        :return: the mails that must not go.
        """
        unwanted = self.browse()
        with self.env.cr.savepoint():
            for failure_type, mails in self._find_unwanted().items():
                unwanted |= mails
                mails._lock_unchanged()._cancel_as(failure_type)
        self._end_transaction(commits is True and bool(unwanted))
        return unwanted

    def _cancel_as(self, failure_type):
        self.write({"state": "cancel", "failure_type": failure_type})

    def _find_unwanted(self):
        """Return the mails that must not go, by the failure type of their traces.

        In a bounded number of queries, however many mails there are.
        """
        found = defaultdict(self.browse)
        allowed = self.env["mail.mailing.progress"]._list_allowed(
            self._get_mailing_ids()
        )
        gone = self.filtered(lambda mail: mail._get_mailing_ids().isdisjoint(allowed))
        found[GONE] = gone
        if get_call(self.env).makes_mailing:
            return found
        emails = {mail: mail._list_emails() for mail in self - gone}
        blacklisted = self._find_blacklisted(emails)
        suppressed = self._find_suppressed_of_mailing(emails)
        for mailing, mails in (self - gone).grouped(MAILING).items():
            opted_out = set(mailing._get_opt_out_list())
            for mail in mails:
                if mail in blacklisted and mailing.use_exclusion_list:
                    found[BLACKLISTED] |= mail
                elif emails[mail] and emails[mail] <= opted_out:
                    found[OPTED_OUT] |= mail
                elif mail in suppressed:
                    found[FAILURE_TYPE] |= mail
        return found

    @api.model
    def _find_suppressed_of_mailing(self, emails):
        """Return the mails whose addresses have been suppressed since they were made.

        :param dict emails: addresses by mail.
        :rtype: set of mail.mail
        """
        entries = self.env["mail.suppressed.address"]
        asked = set().union(*emails.values())
        listed = set(entries._find_entries(asked).mapped("email"))
        return {
            mail
            for mail, own in emails.items()
            if own and own <= listed and not mail.is_let_through
        }

    @api.model
    def _find_blacklisted(self, emails):
        """Return the mails that go to somebody on the blacklist, as mass_mailing does.

        :param dict emails: addresses by mail.
        :rtype: set of mail.mail
        """
        asked = {mail: set(addresses) for mail, addresses in emails.items()}
        by_model = self.browse().concat(*emails).grouped("model")
        for model, mails in by_model.items():
            if not model or not isinstance(
                self.env.get(model), self.pool["mail.thread.blacklist"]
            ):
                continue
            records = self.env[model].sudo().with_context(active_test=False)
            records = records.search_fetch(
                [("id", "in", mails.mapped("res_id"))], ["email_normalized"]
            )
            own = {record.id: record.email_normalized for record in records}
            for mail in mails:
                asked[mail] |= {own.get(mail.res_id)} - {None, False}
        everybody = set().union(*asked.values())
        rows = self.env["mail.blacklist"].sudo()
        listed = rows.search_fetch([("email", "in", list(everybody))], ["email"])
        blacklist = set(listed.mapped("email"))
        return {mail for mail, own in asked.items() if own & blacklist}
