# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The records that a domain has to publish, made from what its audit found.

Values and codes only: whoever shows them makes the sentences.
"""

from collections.abc import Collection, Iterable

from ..findings import Finding
from .facts import Facts
from .obstacle import find_obstacle
from .publish_dkim import list_our_keys, list_their_keys
from .publish_dmarc import list_dmarc_permission, make_dmarc
from .publish_hosts import list_mta_sts, list_ptr, list_tls_rpt, make_mx
from .publish_record import Audited, RecordToPublish
from .publish_spf import list_spf


def list_records(
    domain: str,
    facts: Facts,
    findings: Iterable[Finding],
    pending: Collection[tuple[str, str]] = (),
) -> tuple[RecordToPublish, ...]:
    """Return all records of a domain, in the order in which they are shown.

    :param domain: in A-labels.
    :param facts: how its mails are sent. A key that was made after the audit is in it.
    :param findings: of the audit.
    :param pending: (code, subject) of the findings that the zone's own servers don't
        show any more.
    :return: none where there is an obstacle, see :func:`find_obstacle`.
    """
    audited = Audited(domain, facts, tuple(findings), pending)
    if find_obstacle(audited.findings):
        return ()
    return (
        *list_spf(audited),
        *list_our_keys(audited),
        *list_their_keys(audited),
        *list_dmarc_permission(audited),
        make_dmarc(audited),
        make_mx(audited),
        *list_ptr(audited),
        *list_tls_rpt(audited),
        *list_mta_sts(audited),
    )
