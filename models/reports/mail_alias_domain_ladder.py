# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The ladder to p=reject: which step the reports speak for, and who is told of it."""

import logging
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mailauth.dmarc.ladder import judge_ladder
from ..tools.after_delivery import never_raise

_logger = logging.getLogger(__name__)

RARE = [("no", "Nothing"), ("yes", "Something")]


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    dmarc_is_rare = fields.Selection(
        RARE,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Whether something is sent less than once a month, such as invoices each "
        "quarter; empty: nobody has been asked.",
    )
    dmarc_step = fields.Json(
        copy=False,
        groups=fields.NO_ACCESS,
        help="Technical: the rung that the domain was on, and the one to go to.",
    )
    dmarc_rung = fields.Json(
        copy=False,
        groups=fields.NO_ACCESS,
        help="Technical: the rung that the domain is on, and since which day.",
    )

    def set_dmarc_rare(self, answer=False):
        """Remember whether something is sent less than once a month.

        :param answer: "yes" or "no"; False: that is not known any more.
        :return: True
        :raises AccessError: who is no administrator of one of its companies.
        """
        self._check_may_see_authentication()
        self.ensure_one()
        if answer and answer not in dict(RARE):
            raise UserError(self.env._("The answer is yes or no."))
        self.sudo().dmarc_is_rare = answer
        self._judge_dmarc_step()
        return True

    def _judge_dmarc_step(self):
        """Keep which step the reports speak for; where it is another, check anew.

        The record that is proposed is made by the check, never published by itself.

        :return: the :class:`Ladder`.
        """
        ladder = judge_ladder(self._collect_evidence())
        step = [ladder.rung, ladder.step] if ladder.step else False
        domain = self.sudo()
        kept = domain.dmarc_rung or (None, False)
        if ladder.rung and ladder.rung != kept[0]:
            since = kept[0] and fields.Date.today().isoformat()
            domain.dmarc_rung = [ladder.rung, since or False]
        if (domain.dmarc_step or False) != step:
            domain.dmarc_step = step
            domain._check_soon()
        return ladder

    def _begin_dmarc_anew(self):
        """Count what reports say from today on: some that counted was made up."""
        today = fields.Date.today().isoformat()
        for domain in self.sudo():
            domain.dmarc_rung = [domain._find_dmarc_rung(), today]
            domain._judge_dmarc_step()

    def _prepare_facts_later(self, servers, report_address=None, used=False):
        """Add what the reports speak for, and where they can be read."""
        later = super()._prepare_facts_later(servers, report_address, used)
        inbox, zone = self._find_report_inbox()
        known = {
            "dmarc_step": tuple(self.sudo().dmarc_step or ()),
            "report_inbox": inbox,
            "report_zone": zone,
        }
        return lambda guesses: replace(later(guesses), **known)

    @api.model
    def _cron_watch_reports(self):
        """Add up what was sent, judge the ladders, raise alarms; once a day."""
        cron = self.env["ir.cron"]
        self.env["mail.dmarc.sent"]._add_up()
        cron._commit_progress()
        self.env["mail.dmarc.sent"]._find_operators()
        rows = self.env["mail.dmarc.source"].sudo()
        for (domain,) in rows._read_group(
            [("is_trusted", "=", True)], ["alias_domain_id"]
        ):
            what = f"The DMARC policy of {domain.name} is judged tomorrow"
            with never_raise(_logger.exception, what), self.env.cr.savepoint():
                domain._judge_dmarc_step()
            cron._commit_progress()
        self.env["mail.dmarc.origin"]._watch()
