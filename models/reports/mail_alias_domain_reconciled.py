# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Odoo has sent beside what reports say of it."""

from collections import Counter
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, format_date, formatLang
from odoo.tools.i18n import format_list

from ...mailauth.printable import shorten
from ...mailauth.reports.receivers import find_operator, find_reporting_operator
from .mail_alias_domain_evidence import MODELS
from .mail_dmarc_source import is_own

LATE = 2  # days until most reports on a day have come
SHOWN = 5  # receivers at which own mails fail


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _reconcile(self, days):
        """Return how much of what was sent the reports cover.

        Only days count in which it was counted what is sent, and on which most reports
        have come by now. Who reports for whom is known of large providers and of those
        who take their mail there; others are told by their own domain.

        :param int days: how far to look back.
        :return: False where nothing can be compared; else ``sentences``, plain text,
            ``since``, ``until`` (dates as texts), and ``sent``, ``covered``,
            ``failing``, ``unreported`` (numbers of mails).
        """
        self.ensure_one()
        until = fields.Date.today() - timedelta(days=LATE)
        sent, since = self._count_sent(until - timedelta(days=days), until)
        if not sent:
            return False
        covered, failing = self._count_covered(since, until)
        reported = sent.keys() & (covered.keys() | self._list_reporting(since))
        figures = {
            "sent": sum(sent[one] for one in reported),
            "covered": sum(covered.values()),
            "failing": sum(failing.values()),
            "unreported": sum(sent.values()) - sum(sent[one] for one in reported),
        }
        return {
            **figures,
            "since": format_date(self.env, since),
            "until": format_date(self.env, until - timedelta(days=1)),
            "sentences": self._tell_reconciled(figures, failing),
        }

    def _count_sent(self, begin, until):
        """Return the messages of [begin, until) by operator, and the first of the days.

        :rtype: tuple[Counter, date]
        """
        self.env["mail.dmarc.sent"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MIN(day), receiver, MAX(operator), SUM(mail_count)::bigint
                  FROM mail_dmarc_sent
                 WHERE alias_domain_id = %s AND day >= %s AND day < %s
              GROUP BY receiver
                """,
                self.id,
                begin,
                until,
            )
        )
        sent = Counter()
        for _day, receiver, operator, count in rows:
            sent[operator or find_operator(receiver)] += count
        return sent, min((row[0] for row in rows), default=until)

    def _count_covered(self, since, until):
        """Return our own messages in reports by operator, and those that fail."""
        for model in MODELS:
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT reporter.name, reporter.domain, counted.mails, counted.failed
                  FROM (
                    SELECT source.reporter_id, SUM(source.mail_count) AS mails,
                           COALESCE(SUM(source.mail_count) FILTER (
                               WHERE NOT (source.is_spf_aligned OR
                                          source.is_dkim_aligned)
                           ), 0) AS failed
                      FROM mail_dmarc_source source
                     WHERE source.alias_domain_id = %s AND source.is_trusted
                       AND source.day >= %s AND source.day < %s AND %s
                  GROUP BY source.reporter_id
                       ) counted
             LEFT JOIN mail_dmarc_reporter reporter ON reporter.id = counted.reporter_id
                """,
                self.id,
                since,
                until,
                is_own(self),
            )
        )
        covered, failing = Counter(), Counter()
        for name, domain, count, failed in rows:
            operator = find_reporting_operator(name or "", domain or "")
            covered[operator or name or ""] += count
            if failed:
                failing[operator or name or ""] += failed
        return covered, failing

    def _list_reporting(self, since):
        """Return the operators that have reported since a day, on whomever."""
        rows = self.env["mail.dmarc.report"]._read_group(
            [
                ("alias_domain_id", "=", self.id),
                ("state", "=", "read"),
                ("end", ">=", since),
                ("reporter_id.is_trusted", "=", True),
            ],
            ["reporter_id"],
        )
        return {
            find_reporting_operator(one.name, one.domain or "") for (one,) in rows
        } - {""}

    def _tell_reconciled(self, figures, failing):
        is_compared, is_unreported = figures["sent"], figures["unreported"]
        is_more = is_compared and figures["covered"] > figures["sent"]
        figures = {name: formatLang(self.env, n, 0) for name, n in figures.items()}
        sentences = [
            self.env._(
                "Odoo sent %(sent)s emails to receivers that report; the reports cover "
                "%(covered)s of yours.",
                **figures,
            )
            if is_compared
            else self.env._(
                "No receiver to which Odoo sent has reported yet; the reports cover "
                "%(covered)s emails of yours.",
                **figures,
            )
        ]
        sentences.append(self._tell_failing(figures, failing))
        if is_more:
            sentences.append(
                self.env._(
                    "The reports also count what other services send for you, and mail "
                    "to companies whose provider reports for them."
                )
            )
        if is_unreported:
            sentences.append(
                self.env._(
                    "%(unreported)s more went to receivers that send no reports; how "
                    "those fared nobody tells.",
                    **figures,
                )
            )
        return sentences

    def _tell_failing(self, figures, failing):
        """Return where our own mails failed."""
        if not failing:
            return self.env._("None of yours failed.")
        names = [shorten(name, 60) for name, _n in failing.most_common() if name]
        shown = names[:SHOWN]
        if len(names) > SHOWN or "" in failing:
            shown.append(self.env._("others"))
        return self.env._(
            "%(count)s of yours failed, at %(receivers)s.",
            count=figures["failing"],
            receivers=format_list(self.env, shown),
        )
