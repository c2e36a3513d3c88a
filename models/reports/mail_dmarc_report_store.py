# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
from datetime import UTC, datetime, timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools.sql import escape_psql

from ...mailauth.printable import drop_hidden
from ...mailauth.reports.read import read_report
from ..proof.stored import load_raw
from .bounds import KEEP, MAX_COUNT
from .mail_dmarc_reporter import STRENGTH

MAX_TEXT = 500  # characters
MAX_ID = 200  # an entry of an index has 2,704 bytes
MAX_ERRORS = 20
MAX_UNPROVEN_A_DAY = 200  # of one email domain: what anybody may have written


class MailDmarcReport(models.Model):
    """What is stored of a report that was read."""

    # A file for each concern.
    _inherit = "mail.dmarc.report"  # pylint: disable=consider-merging-classes-inherited

    def _store_report(self, report, alias_domain, proof):
        """Store one report for one email domain, and return the values of its record.

        :param DmarcReport report: what it says.
        :param alias_domain: that it is on, or None: another's.
        :param Proof proof: of who has sent it.
        """
        values = _describe(report)
        if not alias_domain:
            return values | {"state": "foreign"}
        values["alias_domain_id"] = alias_domain.id
        reporter = self.env["mail.dmarc.reporter"]._find_or_make(
            alias_domain, values["org_name"], proof
        )
        if not reporter:
            return values | {"state": "refused", "reason": "too_many_reporters"}
        values["reporter_id"] = reporter.id
        if self._counts_elsewhere(reporter, values):
            return values | {"state": "duplicate"}
        if not reporter.is_trusted and self._is_flooded(alias_domain):
            return values | {"state": "refused", "reason": "too_many_unproven"}
        day = self._find_day(report)
        if day < fields.Date.today() - KEEP:
            return values | {"state": "refused", "reason": "too_old"}
        self.env["mail.dmarc.source"]._add_up(report, reporter, day)
        return values | {"state": "read"}

    def _counts_elsewhere(self, reporter, values):
        """Whether the same report is counted already, or counts for nothing here.

        It may come twice: by email, and from somebody who uploads it, or who has passed
        it on. Of two that have one name the one that is better proven counts, unless
        the other one does already.
        """
        known = Domain("state", "=", "read")
        known &= Domain("domain", "=", values["domain"])
        known &= Domain("report_id", "=", values["report_id"])
        named = Domain("alias_domain_id", "=", reporter.alias_domain_id.id)
        named &= Domain("name", "=ilike", escape_psql(reporter.name))
        twins = self.search(known & Domain("reporter_id", "any", named))
        proven = STRENGTH[reporter.proof]
        for twin in twins:
            other = STRENGTH[twin.reporter_id.proof]
            is_less = other < proven
            if twin.reporter_id == reporter or (
                is_less and twin.reporter_id.is_trusted
            ):
                return True
            # Two that are proven are of two domains, whatever they call themselves.
            if not is_less and not reporter.domain:
                return True
        twins.filtered(lambda one: not one.reporter_id.domain)._take_out()
        return False

    def _take_out(self):
        """Take out of the rows what these reports have added: it counts elsewhere.

        What nothing proves has rows as long as it has its file.
        """
        for report in self:
            first = report.first_id or report
            raw = load_raw(first, "raw")
            found = read_report(raw, first.file_name or "").reports if raw else ()
            for one in found:
                known = report.domain, report.report_id
                if (_shorten_domain(one.domain), _shorten_id(one.report_id)) == known:
                    day = report._find_day(one)
                    rows = self.env["mail.dmarc.source"]
                    rows._add_up(one, report.reporter_id, day, sign=-1)
            report.state = "duplicate"

    def _is_flooded(self, alias_domain):
        """Whether enough reports have come in a day that nothing proves."""
        # What an administrator uploads is his own doing.
        if self.way == "upload":
            return False
        since = fields.Datetime.now() - timedelta(days=1)
        unproven = Domain("alias_domain_id", "=", alias_domain.id)
        unproven &= Domain("received", ">", since) & Domain("state", "=", "read")
        unproven &= Domain("reporter_id.is_trusted", "=", False)
        return self.search_count(unproven) >= MAX_UNPROVEN_A_DAY

    def _find_day(self, report):
        """Return the day, UTC, in which most of a report's time lies.

        Whole days of other time zones begin in the evening before. Where a reporter
        writes no time that can be, it is the day before it came.
        """
        end = self.received + timedelta(days=1)
        for moment in (report.begin + report.end) // 2, report.end, report.begin:
            found = _read_moment(moment)
            if found and found <= end:
                return found.date()
        return (self.received - timedelta(days=1)).date()


def _describe(report):
    """Return what a report says of itself, bounded."""
    policy = {name: text for name, text in vars(report.policy).items() if text}
    errors = [drop_hidden(one[:MAX_TEXT]) for one in report.errors[:MAX_ERRORS]]
    return {
        "domain": _shorten_domain(report.domain),
        "org_name": drop_hidden(report.org_name[:MAX_TEXT]).strip() or "?",
        "email": drop_hidden(report.email[:320]) or False,
        "report_id": _shorten_id(report.report_id),
        "format": report.format,
        "begin": _read_moment(report.begin) or False,
        "end": _read_moment(report.end) or False,
        "mail_count": min(sum(one.count for one in report.records), MAX_COUNT),
        "policy": {name: drop_hidden(text) for name, text in policy.items()} or False,
        "policy_p": report.policy.p or False,
        "notes": list(report.notes) or False,
        "errors": errors or False,
        "file_name": drop_hidden(report.name[:255]) or False,
    }


def _read_moment(seconds):
    """Return a moment, None for what no report is about."""
    # From the year 2000 to 2100: reporters write any number.
    if 946_684_800 <= seconds < 4_102_444_800:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return None


def _shorten_domain(domain):
    return drop_hidden(domain[:255])


def _shorten_id(report_id):
    """Return what tells a report from others, however long it is."""
    if len(report_id) > MAX_ID:
        digest = hashlib.sha256(report_id.encode()).hexdigest()
        report_id = f"{report_id[: MAX_ID - len(digest)]}{digest}"
    return drop_hidden(report_id)
