# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What stands before everything else: one thing is said then, and nothing proposed."""

from collections.abc import Iterable

from ..findings import Finding, Reason, reason

# Checks of the domain itself that ask DNS whatever the facts are.
_ASKING = ("domain_exists", "dmarc_record", "mx")


def find_obstacle(findings: Iterable[Finding]) -> Reason | None:
    """Return why nothing can be said of a domain's records, None where it can.

    That is: it is no domain or does not exist, or DNS answered no question about it.
    """
    known = tuple(findings)
    if len(known) == 1 and known[0].code == "domain_exists":
        return known[0].why[0] if known[0].status == "fail" else None
    asked = [finding for finding in known if finding.code in _ASKING]
    silent = all(finding.status == "temperror" for finding in asked)
    if asked and silent and not any(one.found and one.rdtype for one in known):
        return reason("dns_silent")
    return None
