# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a record to publish is, and the findings that all of them are made from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ..findings import Finding, Reason
from .facts import Facts

State = Literal["done", "pending", "add", "replace", "ask", "unknown"]
Kind = Literal[
    "spf", "dkim", "dmarc", "dmarc_report", "mx", "ptr", "tls_rpt", "mta_sts"
]

# What may be said of how a record is published; a reason's code is one of these.
NOTES = (
    "publish_spf_merge",  # count: receivers accept only one of so many
    "publish_spf_edit",  # the record that is there, never a second one
    "publish_key_ours",  # signs as soon as it is seen
    "publish_key_unusable",  # its private half can't be read
    "publish_key_theirs",  # provider: signs once that is set up there
    "publish_key_unknown",  # provider: so, with selectors that nobody told us
    "publish_key_domain",  # provider: so, as a subdomain that nobody told us
    "publish_key_cname",  # provider: shows a CNAME whose target nobody told us
    "publish_key_switch",  # provider: published, but no mail has shown its signature
    "publish_key_replace_cname",  # target: a CNAME is there and has to go first
    "publish_key_behind_cname",  # target, value: the CNAME is right, the key is not
    "publish_mx_unknown",  # whoever keeps the mailboxes knows them
    "publish_mx_mailboxes",  # host: mailboxes for replies must exist there
    "publish_ptr",  # address, host: whoever owns the address sets its name
    "publish_ptr_host",  # address: so that the name leads back
    "publish_report_zone",  # zone: it belongs into the DNS of that other domain
    "publish_sts",  # domain: needs a policy on a web server first
)
# What a finding may say of its proposal, by how the codes of the reasons begin: what
# was mended in it, what is left out of it, what comes into force with it.
ABOUT_PROPOSAL = ("mended_", "omitted_", "effect_")
RELAXED = ("pass", "info")


@dataclass(frozen=True)
class RecordToPublish:
    """A DNS record of a domain, and what is to be done about it.

    :param kind: what it is for.
    :param state: "done"; "pending" (the zone's own servers have it, others not yet);
        "add"; "replace" (what is in ``current``); "ask" (what to publish has to be
        cleared up first); "unknown" (DNS did not answer).
    :param name: its name in full, "" where nobody told us.
    :param rdtype: its type, "" where nobody told us.
    :param values: what it should hold, one record each; () where that is not known.
    :param current: what DNS shows, one record each; "CNAME host." for an alias.
    :param why: the reasons of the findings, where something is to be cleared up.
    :param notes: what to know about publishing it: codes of :data:`NOTES`, and those
        that begin with one of :data:`ABOUT_PROPOSAL`.
    :param optional: whether mails arrive without it just as well.
    :param selector: of a DKIM key.
    :param subject: the address that is named, of a PTR record.
    :param file_url: where a file has to be before the record counts, "" for none.
    :param file_text: what is in that file.
    :param server: whose key it is by its name in the facts, "" for ours.
    :param provider: the provider of that server.
    :param alternative: a milder value that may be published first, "" for none; the
        notes say what the value itself would bring.
    """

    kind: Kind
    state: State
    name: str
    rdtype: str
    values: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    why: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    optional: bool = False
    selector: str = ""
    server: str = ""
    provider: str = ""
    alternative: str = ""
    subject: str = ""
    file_url: str = ""
    file_text: str = ""


@dataclass(frozen=True)
class Audited:
    """A domain, and what is known of it.

    :param domain: in A-labels.
    :param facts: how its mails are sent.
    :param findings: of its audit.
    :param pending: (code, subject) of the findings that the zone's own servers don't
        show any more.
    """

    domain: str
    facts: Facts
    findings: tuple[Finding, ...]
    pending: Collection[tuple[str, str]]

    def list_of(self, code: str) -> list[Finding]:
        """Return the findings of a check."""
        return [finding for finding in self.findings if finding.code == code]

    def first(self, code: str) -> Finding:
        """Return the finding of a check; one that says nothing where there is none."""
        return next(iter(self.list_of(code)), Finding(code, "info"))

    def find_key(self, subject: str) -> Finding | None:
        """Return the finding about a DKIM key."""
        keys = self.list_of("dkim_key")
        return next((one for one in keys if one.subject == subject), None)

    def rate(self, finding: Finding, wanted: object) -> State:
        """Return what is to be done about the record of a finding.

        :param wanted: whether another one should be there.
        """
        if finding.status == "temperror":
            return "unknown"
        if not wanted:
            return "done"
        if self._is_pending(finding):
            return "pending"
        return "replace" if finding.found else "add"

    def _is_pending(self, finding: Finding) -> bool:
        """Tell whether the zone has the record, by any check that stands on it."""
        protocol = finding.code.partition("_")[0]
        return any(
            (other.code, other.subject) in self.pending
            for other in self.findings
            if other.code.startswith(protocol) and other.name == finding.name
        )


def split_lines(text: str) -> tuple[str, ...]:
    """Return the records of a finding's text."""
    return tuple(text.splitlines())


def take_over(record: RecordToPublish, finding: Finding) -> RecordToPublish:
    """Return a record with what its finding says of the proposal.

    That is for those who publish it: a record that stays as it is needs none of it.
    """
    if record.state not in ("add", "replace") or not finding.expected:
        return record
    about = tuple(why for why in finding.why if why.code.startswith(ABOUT_PROPOSAL))
    return replace(
        record, notes=(*record.notes, *about), alternative=find_alternative(about)
    )


def find_alternative(reasons: Iterable[Reason]) -> str:
    """Return the milder value that reasons offer, "" for none."""
    milder = (why.get("alternative") for why in reasons)
    return next(filter(None, milder), "")
