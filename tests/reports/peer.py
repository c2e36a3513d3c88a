# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What dmarc-report, a package from PyPI, reads in a report, beside what we do.

Imports nothing of the addon: bench/reports.py has no Odoo.
"""

from dmarc_report.parser import DMARCParser
from dmarc_report.schema import ReportFormat

read = DMARCParser.parse_bytes


def see_ours(report):
    """Return all that both tell of a report, as we tell it."""
    policy = report.policy
    who = report.format, report.org_name, report.email, report.report_id
    asked = (policy.p, policy.sp, policy.np, policy.adkim, policy.aspf, policy.fo)
    added = policy.pct, policy.testing, policy.discovery_method
    when = report.begin, report.end
    return (*who, *when, report.domain, *asked, *added, report.errors), [
        _see_our_record(record) for record in report.records
    ]


def _see_our_record(record):
    auth = [(one.kind, one.domain, one.selector, one.result) for one in record.auth]
    evaluated = record.disposition, record.dkim, record.spf, record.reasons
    names = record.header_from, record.envelope_from, record.envelope_to
    return record.source_ip, record.count, *evaluated, *names, auth


def _tell(value):
    return "" if value is None else str(getattr(value, "value", value))


def see_theirs(report):
    """Return likewise what they tell."""
    about, policy = report.report_metadata, report.policy_published
    is_new = policy.report_format is ReportFormat.RFC_9990
    who = "rfc9990" if is_new else "rfc7489", about.org_name, about.email
    when = about.date_range.begin, about.date_range.end
    asked = (policy.p, policy.sp, policy.np, policy.adkim, policy.aspf, policy.fo)
    added = policy.pct, policy.testing, policy.discovery_method
    told = (*who, about.report_id, *when, policy.domain, *map(_tell, (*asked, *added)))
    return (*told, tuple(about.errors)), [
        _see_their_record(record) for record in report.records
    ]


def _see_their_record(record):
    results, policy = record.auth_results, record.policy_evaluated
    auth = [("dkim", o.domain, o.selector, o.result.value) for o in results.dkim]
    auth += [("spf", one.domain, "", one.result.value) for one in results.spf]
    reasons = tuple(reason.type.value for reason in policy.reasons)
    words = (policy.disposition, policy.dkim, policy.spf)
    evaluated = (*(word.value for word in words), reasons)
    who = record.identifiers
    names = who.header_from, who.envelope_from, who.envelope_to
    return record.source_ip, record.count, *evaluated, *names, auth
