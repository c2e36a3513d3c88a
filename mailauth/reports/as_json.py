# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reports as values that JSON has; their keys are a contract."""

import dataclasses

from .result import DmarcReport, Reports


def reports_to_json(found: Reports) -> dict:
    """Return reports as one JSON object, see ARCHITECTURE.md."""
    return {
        "reports": [_show_report(report) for report in found.reports],
        "refused": [dataclasses.asdict(refused) for refused in found.refused],
    }


def _show_report(report: DmarcReport) -> dict:
    values = dataclasses.asdict(report)
    # What p= asks for, in one word; all that was published beside it.
    values["policy"] = report.policy.p
    values["policy_published"] = dataclasses.asdict(report.policy)
    return values
