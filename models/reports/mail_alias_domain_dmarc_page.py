# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The page on who sends in a domain's name."""

from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, formatLang

from ...mailauth.dns.names import display_name
from ...mailauth.printable import drop_hidden, shorten

MOST_DAYS = 364
BY_WEEK = 92  # days from which on a bar is a week
SHOWN = 50  # sources
SHOWN_ERRORS = 20
MAX_ERROR = 500  # characters
RECENT = timedelta(days=30)  # of files that could not be read
CLASSES = ("passed", "forwarded", "ours", "others")
ENOUGH = 99  # percent of our own mails


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
            "address": self._get_dmarc_address(),
        }
        return page | self._get_dmarc_headline(page)

    def _get_dmarc_address(self):
        """Return the address at which Odoo takes reports on the domain, or ""."""
        return self.report_email or ""

    def _list_dmarc_domains(self):
        visible = self.search_fetch([], ["name"])._filter_visible() | self
        names = [{"id": one.id, "name": display_name(one.name)} for one in visible]
        return sorted(names, key=lambda one: one["name"])

    # ------------------------------------------------------------ what is counted

    def _count_dmarc_days(self, since, unit):
        """Return how many mails of each day or week fared how."""
        self.env["mail.dmarc.source"].flush_model()
        self.env["mail.dmarc.origin"].flush_model()
        begin = since - timedelta(days=since.weekday()) if unit == "week" else since
        step = timedelta(days=7 if unit == "week" else 1)
        count = (fields.Date.today() - begin) // step + 1
        days = [begin + number * step for number in range(count)]
        found = defaultdict(dict)
        query = SQL(_DAYS, unit=unit, domain=self.id, since=since)
        for day, name, mails in self.env.execute_query(query):
            found[name][day] = int(mails)
        counts = {name: [found[name].get(day, 0) for day in days] for name in CLASSES}
        return {"days": days, **counts}

    def _list_dmarc_sources(self, since):
        """Return the sources by the number of their mails, and what is not shown."""
        query = SQL(_SOURCES, domain=self.id, since=since)
        figures = {row[0]: row[1:] for row in self.env.execute_query(query)}
        origins = self.env["mail.dmarc.origin"].browse(figures).exists()
        origins = origins._filtered_access("read")
        groups = defaultdict(origins.browse)
        for origin in origins.sorted(lambda one: -figures[one.id][0]):
            groups[origin._get_group()] |= origin
        sources = [_count_group(group, figures) for group in groups.values()]
        sources.sort(key=lambda one: -one["mails"])
        shown, hidden = sources[:SHOWN], sources[SHOWN:]
        for source in shown:
            source.update(source.pop("origins")._prepare_source(source["percent"]))
        rest = {"count": len(hidden), "mails": sum(one["mails"] for one in hidden)}
        return shown, rest

    def _list_dmarc_reporters(self, since):
        """Return who has reported, most mails first."""
        query = SQL(_REPORTERS, domain=self.id, since=since)
        return [
            {
                "id": id_,
                "name": f"{name} ({proven})" if proven and proven != name else name,
                "trusted": bool(trusted),
                "accepted": bool(accepted),
                "reports": reports,
                "mails": int(mails),
            }
            for id_, name, proven, trusted, accepted, reports, mails in (
                self.env.execute_query(query)
            )
        ]

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
        query = SQL(
            "SELECT MAX(day) FROM mail_dmarc_source WHERE alias_domain_id = %s", self.id
        )
        [(last,)] = self.env.execute_query(query)
        has_reports = bool(last or page["reporters"] or page["unverified"])
        return {
            "has_reports": has_reports,
            "has_rows": bool(last),
            "remark": self._get_dmarc_remark(page),
            **self._judge_dmarc(page, has_reports, last),
        }

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

    def action_open_dmarc_page(self):
        """Open who sends in the domain's name."""
        self._check_may_see_authentication()
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "mail_deliverability.mail_dmarc_reports_action"
        )
        return {**action, "context": {"active_id": self.id}}

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

    def _prepare_source(self, percent):
        """Return one source of the page; of several that are one, the largest first."""
        first = self[0]
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "key": str(first.id),
            "ids": self.ids,
            "name": first._describe(),
            "detail": self._describe_place(),
            "kind": first.kind,
            "kind_word": kinds[first.kind],
            "level": first._get_level(percent),
            "decision": first.decision,
            "advice": first.advice or "",
            "advice_text": first._describe_advice(),
            "url": first._get_instructions(),
        }


def find_percent(part, whole):
    """Return how many of 100, rounded down: what is not all is not 100."""
    return int(100 * part // whole) if whole else 0


def _count_group(origins, figures):
    """Return the figures of sources that are shown as one."""
    rows = [figures[one.id] for one in origins]
    mails, passed = (int(sum(row[n] for row in rows)) for n in (0, 1))
    return {
        "origins": origins,
        "mails": mails,
        "passed": passed,
        "percent": find_percent(passed, mails),
        "first_seen": min([row[2] for row in rows] + _days(origins, "first_seen")),
        "last_seen": max([row[3] for row in rows] + _days(origins, "last_seen")),
    }


def _days(origins, name):
    return [day for day in origins.mapped(name) if day]


def _say(level, headline):
    return {"level": level, "headline": headline}


# What has no source any more, being small, says itself what it was.
_DAYS = """
    SELECT date_trunc(%(unit)s, source.day)::date,
           CASE WHEN source.is_spf_aligned THEN 'passed'
                WHEN source.is_dkim_aligned THEN 'forwarded'
                WHEN COALESCE(origin.kind, source.kind) = 'ours' THEN 'ours'
                ELSE 'others' END AS class,
           SUM(source.mail_count)
      FROM mail_dmarc_source source
      LEFT JOIN mail_dmarc_origin origin ON origin.id = source.origin_id
     WHERE source.alias_domain_id = %(domain)s AND source.is_trusted
       AND source.day >= %(since)s
     GROUP BY 1, 2
"""
_SOURCES = """
    SELECT origin_id, SUM(mails), SUM(passed), MIN(day), MAX(day)
      FROM (
        SELECT origin_id, mail_count AS mails, day,
               CASE WHEN is_spf_aligned OR is_dkim_aligned
                    THEN mail_count ELSE 0 END AS passed
          FROM mail_dmarc_source
         WHERE alias_domain_id = %(domain)s AND is_trusted AND day >= %(since)s
           AND origin_id IS NOT NULL
         UNION ALL
        SELECT origin_id, mail_count, week, pass_count
          FROM mail_dmarc_tally
         WHERE alias_domain_id = %(domain)s AND week >= %(since)s
           AND origin_id IS NOT NULL
      ) seen
     GROUP BY origin_id
"""
_REPORTERS = """
    SELECT reporter.id, reporter.name, reporter.domain, reporter.is_trusted,
           reporter.is_accepted, COALESCE(files.count, 0), COALESCE(rows.mails, 0)
      FROM mail_dmarc_reporter reporter
      LEFT JOIN (
        SELECT reporter_id, COUNT(*) AS count FROM mail_dmarc_report
         WHERE alias_domain_id = %(domain)s AND state = 'read'
           AND "end" >= %(since)s
         GROUP BY reporter_id) files ON files.reporter_id = reporter.id
      LEFT JOIN (
        SELECT reporter_id, SUM(mails) AS mails FROM (
            SELECT reporter_id, mail_count AS mails FROM mail_dmarc_source
             WHERE alias_domain_id = %(domain)s AND day >= %(since)s
             UNION ALL
            SELECT reporter_id, mail_count FROM mail_dmarc_tally
             WHERE alias_domain_id = %(domain)s AND week >= %(since)s) each
         GROUP BY reporter_id) rows ON rows.reporter_id = reporter.id
     WHERE reporter.alias_domain_id = %(domain)s
       AND (files.count > 0 OR rows.mails > 0)
     ORDER BY 7 DESC, 2
     LIMIT 100
"""
