# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The page on who sends in a domain's name."""

from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, formatLang

from ...mailauth.dns.names import display_name
from ...mailauth.printable import drop_hidden, shorten
from .mail_dmarc_source import is_own

MOST_DAYS = 364
BY_WEEK = 92  # days from which on a bar is a week
SHOWN = 50  # sources
SHOWN_ERRORS = 20
MAX_ERROR = 500  # characters
RECENT = timedelta(days=30)  # of files that could not be read
# Of a source, what it is grouped by, and what is shown of it.
GROUPED_BY = ("provider_id", "name", "kind", "decision", "first_seen", "last_seen")
TOLD = (
    "alias_domain_id",
    "key",
    "network",
    "address",
    "reverse_name",
    "advice",
    "signers",
)
CLASSES = ("passed", "forwarded", "ours", "others")
ENOUGH = 99  # percent of our own mails
FRESH = timedelta(days=28)  # so long after it was first seen a source is new


class MailAliasDomain(models.Model):
    """Who sends in a domain's name, as receivers report it."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def get_dmarc_page(self, days=28):
        """Return what reports say of the mails in the domain's name.

        Plain text, but for what strangers have written it is theirs. Days are UTC. DNS
        is not asked, and nothing is written; what only reporters say who are not
        trusted stands apart (``unverified``).

        :param int days: how many, today included; at most 364.
        :return: ``domain``, ``domains`` (all that can be chosen), ``headline``,
            ``level``, ``remark``, ``has_reports``, ``has_rows``, ``unit`` (day, week),
            ``plot`` (``days``, and mails of each for ``passed``, ``forwarded``,
            ``ours`` and ``others``, the last two failing), ``total``, ``sources``,
            ``rest`` (those that are not shown), ``reporters``, ``unverified``,
            ``errors``, ``files`` (numbers), ``address`` (where reports go).
        :raises AccessError: who is no administrator of one of its companies.
        """
        self._check_may_see_authentication()
        self.ensure_one()
        days = min(max(days, 1), MOST_DAYS) if type(days) is int else 28
        since = fields.Date.today() - timedelta(days=days - 1)
        unit = "day" if days < BY_WEEK else "week"
        plot = self._count_dmarc_days(since, unit)
        sources, rest = self._list_dmarc_sources(since)
        reporters = self._list_dmarc_reporters(since)
        page = {
            "domain": self._describe_name(),
            "domains": self._list_dmarc_domains(),
            "days": days,
            "unit": unit,
            "plot": plot,
            "total": sum(sum(plot[one]) for one in CLASSES),
            "sources": sources,
            "rest": rest,
            "reporters": [one for one in reporters if one["trusted"]],
            "unverified": [one for one in reporters if not one["trusted"]],
            "errors": self._list_dmarc_errors(),
            "files": self._count_dmarc_files(),
            "address": self.report_email or "",
        }
        return page | self._get_dmarc_headline(page)

    def _list_dmarc_domains(self):
        visible = self.search_fetch([], ["name"])._filter_visible() | self
        names = [{"id": one.id, "name": display_name(one.name)} for one in visible]
        return sorted(names, key=lambda one: one["name"])

    # ------------------------------------------------------------ what is counted

    def _count_dmarc_days(self, since, unit):
        """Return how many mails of each day or week fared how."""
        begin = since - timedelta(days=since.weekday()) if unit == "week" else since
        step = timedelta(days=7 if unit == "week" else 1)
        days = [begin]
        while days[-1] + step <= fields.Date.today():
            days.append(days[-1] + step)
        counts = {name: [0] * len(days) for name in CLASSES}
        for day, is_ours, mails, passed, forwarded in self._sum_dmarc_days(since):
            place = (day - begin) // step
            if place < len(days):
                failed = "ours" if is_ours else "others"
                counts["passed"][place] += passed
                counts["forwarded"][place] += forwarded
                counts[failed][place] += mails - passed - forwarded
        return {"days": days, **counts}

    def _sum_dmarc_days(self, since, name=""):
        """Return the mails of each day since one that trusted reporters have seen.

        :param str name: only what is reported on this domain, not on those below; ""
            for all.
        :return: for each day, and whether they are ours: the day, whether they are, all
            mails, those that SPF passes for, and those that only DKIM passes for.
        :rtype: list[tuple[date, bool, int, int, int]]
        """
        self.env["mail.dmarc.source"].flush_model()
        self.env["mail.dmarc.origin"].flush_model()
        return self.env.execute_query(
            SQL(
                _DAYS,
                domain=self.id,
                since=since,
                is_own=is_own(self),
                named=SQL("domain = %s", name) if name else SQL("TRUE"),
            )
        )

    def _list_dmarc_sources(self, since):
        """Return the sources by the number of their mails, and what is not shown."""
        query = SQL(_SOURCES, domain=self.id, since=since)
        figures = {row[0]: row[1:] for row in self.env.execute_query(query)}
        origins = self.env["mail.dmarc.origin"].search_fetch(
            [("alias_domain_id", "=", self.id), ("id", "in", list(figures))], GROUPED_BY
        )
        groups = defaultdict(list)
        for origin in origins.sorted(lambda one: -figures[one.id][0]):
            groups[origin._get_group()].append(origin.id)
        mails = {
            group: sum(figures[one][0] for one in ids) for group, ids in groups.items()
        }
        ranked = sorted(groups, key=lambda group: -mails[group])
        shown = [groups[group] for group in ranked[:SHOWN]]
        hidden = ranked[SHOWN:]
        rest = {"count": len(hidden), "mails": int(sum(mails[one] for one in hidden))}
        # Of hundreds only those that are shown are read whole, all at once.
        origins.browse(one for ids in shown for one in ids).fetch(TOLD)
        sources = [_count_group(origins.browse(ids), figures) for ids in shown]
        kinds = dict(origins._fields["kind"]._description_selection(self.env))
        for source in sources:
            source["kind_word"] = kinds[source["kind"]]
        return sources, rest

    def _list_dmarc_reporters(self, since):
        """Return who has reported, most mails first."""
        query = SQL(_REPORTERS, domain=self.id, since=since)
        return [
            {
                "id": id_,
                "name": self._name_dmarc_reporter(name, proven, proof),
                "trusted": bool(trusted),
                "accepted": bool(accepted),
                "reports": reports,
                "mails": int(mails),
            }
            for id_, name, proven, proof, trusted, accepted, reports, mails in (
                self.env.execute_query(query)
            )
        ]

    def _name_dmarc_reporter(self, name, proven, proof):
        """Return what tells a reporter from others that call themselves the same."""
        if proof == "upload":
            return self.env._("%(name)s (uploaded)", name=name)
        return f"{name} ({proven})" if proven and proven != name else name

    def _list_dmarc_errors(self):
        """Return what trusted reporters could not find out, the newest first."""
        reports = self.env["mail.dmarc.report"].search_fetch(
            [
                ("alias_domain_id", "=", self.id),
                ("state", "=", "read"),
                ("reporter_id.is_trusted", "=", True),
                ("errors", "!=", False),
            ],
            ["errors", "end", "org_name"],
            limit=SHOWN_ERRORS,
        )
        return [
            {
                "reporter": report.org_name or "",
                "day": fields.Date.to_date(report.end or report.received),
                "text": shorten(drop_hidden(str(text)), MAX_ERROR),
            }
            for report in reports
            for text in report.errors or ()
        ][:SHOWN_ERRORS]

    def _count_dmarc_files(self):
        """Return how many files wait, and how many of the last weeks were no use."""
        reports = self.env["mail.dmarc.report"]
        mine = ("alias_domain_id", "in", (False, self.id))
        recent = ("received", ">=", fields.Datetime.now() - RECENT)
        rows = reports._read_group([mine, recent], ["state"], ["__count"])
        counts = dict(rows)
        return {
            "waiting": counts.get("new", 0),
            "refused": counts.get("refused", 0),
            "foreign": counts.get("foreign", 0),
        }

    # --------------------------------------------------------------- the headline

    def _get_dmarc_headline(self, page):
        """Return what it all comes to: ``headline``, ``level``, ``remark``."""
        last = page["total"] or self._find_last_reported()
        has_reports = bool(last or page["reporters"] or page["unverified"])
        return {
            "has_reports": has_reports,
            "has_rows": bool(last),
            "remark": self._get_dmarc_remark(page),
            **self._judge_dmarc(page, has_reports, last),
        }

    def _find_last_reported(self):
        """Return the last day that anybody has reported mails of, None for none."""
        query = SQL(
            "SELECT MAX(day) FROM mail_dmarc_source WHERE alias_domain_id = %s", self.id
        )
        [(last,)] = self.env.execute_query(query)
        return last

    def _judge_dmarc(self, page, has_reports, last):
        sums = {name: sum(page["plot"][name]) for name in CLASSES}
        passed = sums["passed"] + sums["forwarded"]
        percent = find_percent(passed, passed + sums["ours"])
        if not has_reports:
            return _say("info", self.env._("No report has come yet."))
        if not page["total"]:
            return self._judge_no_mails(page, last)
        if percent < ENOUGH:
            return _say(
                "fail" if percent < 90 else "warning",
                self.env._(
                    "%(percent)s %% of your own emails can be told from forged ones; "
                    "the others may land in spam.",
                    percent=percent,
                ),
            )
        asked = sum(one["kind"] == "unknown" for one in page["sources"])
        if not passed:
            return _say(
                "unknown", self.env._("None of these emails is known as yours.")
            )
        text = self.env._("Receivers recognize your emails.")
        if asked == 1:
            text = self.env._(
                "Receivers recognize your emails. Of 1 source it is not known whose it "
                "is."
            )
        elif asked:
            text = self.env._(
                "Receivers recognize your emails. Of %(count)s sources it is not known "
                "whose they are.",
                count=asked,
            )
        return _say("pass", text)

    def _judge_no_mails(self, page, last):
        if page["unverified"] and not page["reporters"]:
            return _say(
                "warning",
                self.env._("Reports have come, but nobody vouches for them."),
            )
        if last:
            return _say(
                "info",
                self.env._(
                    "No report on these days. The last emails that were reported are "
                    "of %(day)s.",
                    day=fields.Date.to_string(last),
                ),
            )
        return _say("info", self.env._("Reports have come, on no emails."))

    def _get_dmarc_remark(self, page):
        """Return of how many mails the headline speaks, and who has reported them."""
        if not page["total"]:
            return False
        return self.env._(
            "Emails in the name of %(domain)s that were reported: %(mails)s. "
            "Reporters: %(reporters)s.",
            domain=display_name(self.name),
            mails=formatLang(self.env, page["total"], 0),
            reporters=len(page["reporters"]),
        )

    # -------------------------------------------------------------------- buttons

    def action_open_dmarc_rows(self):
        """Open all rows of the domain's reports, for experts."""
        return self._open_dmarc("mail_deliverability.mail_dmarc_source_action")

    def action_open_dmarc_reports(self):
        """Open the reports that came on the domain, and what could not be read."""
        return self._open_dmarc("mail_deliverability.mail_dmarc_report_action")

    def _open_dmarc(self, xml_id):
        self._check_may_see_authentication()
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        known = [("alias_domain_id", "in", (False, self.id))]
        return {**action, "domain": known}


class MailDmarcOrigin(models.Model):
    """Sources as the page shows them."""

    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    def _get_group(self):
        """Return what sources that are shown as one have in common."""
        return self.provider_id.id or self.name, self.kind, self.decision

    def _is_any_new(self):
        """Whether one of these was first seen of late, and nobody has said whose it is.

        Alarms ask that of sources that pass, which are taken for ours.
        """
        since = fields.Date.today() - FRESH
        return any(
            not one.decision and one.first_seen and one.first_seen >= since
            for one in self
        )

    def _prepare_source(self, percent):
        """Return what is told of a source; of several that are one, the largest first.

        :param percent: how many of its mails pass.
        """
        first = self[0]
        return {
            "key": str(first.id),
            "ids": self.ids,
            "name": first._describe(),
            "detail": self._describe_place(),
            "kind": first.kind,
            "level": first._get_level(percent),
            "decision": first.decision,
            "is_new": self._is_any_new(),
            "advice": first.advice or "",
            "advice_text": first._describe_advice(),
            "url": first._get_instructions(),
        }


def find_percent(part, whole):
    """Return how many of 100, rounded down: what is not all is not 100."""
    return int(100 * part // whole) if whole else 0


def _count_group(origins, figures):
    """Return sources that are shown as one, with their figures."""
    rows = [figures[one] for one in origins.ids]
    mails, passed = (int(sum(row[n] for row in rows)) for n in (0, 1))
    percent = find_percent(passed, mails)
    return {
        "mails": mails,
        "passed": passed,
        "percent": percent,
        "first_seen": min([row[2] for row in rows] + _days(origins, "first_seen")),
        "last_seen": max([row[3] for row in rows] + _days(origins, "last_seen")),
        **origins._prepare_source(percent),
    }


def _days(origins, name):
    return [day for day in origins.mapped(name) if day]


def _say(level, headline):
    return {"level": level, "headline": headline}


_DAYS = """
    SELECT day, %(is_own)s, SUM(mail_count)::bigint,
           COALESCE(SUM(mail_count) FILTER (WHERE is_spf_aligned), 0)::bigint,
           COALESCE(SUM(mail_count) FILTER (
               WHERE is_dkim_aligned AND is_spf_aligned IS NOT TRUE), 0)::bigint
      FROM mail_dmarc_source source
     WHERE alias_domain_id = %(domain)s AND is_trusted AND day >= %(since)s
       AND %(named)s
     GROUP BY 1, 2
"""
_SOURCES = """
    SELECT origin_id, SUM(mails), SUM(passed), MIN(first), MAX(last)
      FROM (
        SELECT origin_id, SUM(mail_count) AS mails,
               COALESCE(SUM(mail_count) FILTER (
                   WHERE is_spf_aligned OR is_dkim_aligned), 0) AS passed,
               MIN(day) AS first, MAX(day) AS last
          FROM mail_dmarc_source
         WHERE alias_domain_id = %(domain)s AND is_trusted AND day >= %(since)s
           AND origin_id IS NOT NULL
         GROUP BY origin_id
         UNION ALL
        SELECT origin_id, SUM(mail_count), SUM(pass_count), MIN(week), MAX(week)
          FROM mail_dmarc_tally
         WHERE alias_domain_id = %(domain)s AND week >= %(since)s
           AND origin_id IS NOT NULL
         GROUP BY origin_id
      ) seen
     GROUP BY origin_id
"""
_REPORTERS = """
    SELECT reporter.id, reporter.name, reporter.domain, reporter.proof,
           reporter.is_trusted, reporter.is_accepted, COALESCE(files.count, 0),
           COALESCE(rows.mails, 0)
      FROM mail_dmarc_reporter reporter
      LEFT JOIN (
        SELECT reporter_id, COUNT(*) AS count FROM mail_dmarc_report
         WHERE alias_domain_id = %(domain)s AND state = 'read'
           AND "end" >= %(since)s
         GROUP BY reporter_id) files ON files.reporter_id = reporter.id
      LEFT JOIN (
        SELECT reporter_id, SUM(mails) AS mails FROM (
            SELECT reporter_id, SUM(mail_count) AS mails FROM mail_dmarc_source
             WHERE alias_domain_id = %(domain)s AND is_trusted AND day >= %(since)s
             GROUP BY reporter_id
             UNION ALL
            SELECT reporter_id, SUM(mail_count) FROM mail_dmarc_source
             WHERE alias_domain_id = %(domain)s AND is_trusted IS NOT TRUE
               AND day >= %(since)s
             GROUP BY reporter_id
             UNION ALL
            SELECT reporter_id, SUM(mail_count) FROM mail_dmarc_tally
             WHERE alias_domain_id = %(domain)s AND week >= %(since)s
               AND reporter_id IS NOT NULL
             GROUP BY reporter_id) each
         GROUP BY reporter_id) rows ON rows.reporter_id = reporter.id
     WHERE reporter.alias_domain_id = %(domain)s
       AND (files.count > 0 OR rows.mails > 0)
     ORDER BY 8 DESC, 2
     LIMIT 100
"""
