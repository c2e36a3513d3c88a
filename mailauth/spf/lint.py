# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is wrong with a published SPF record, without any message at hand."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..dns.names import normalize_name
from ..dns.resolver import CheckResolver, Resolver, per_check
from ..errors import MailauthError
from ..findings import Status
from ..printable import printable
from .lookups import LookupCost
from .meant import MeantRecords, is_cut, list_lost_modifiers, read_meant, sort_records
from .record import Directive, Modifier, SpfRecord, parse_record, select_records
from .tree import INCOMPLETE, AuthorizedNetwork, RecordNode, TermNode
from .walker import MAX_TREE, share_tree

MAX_ISSUES = 100
MAX_SHOWN = 200  # characters of a record in what is said about it
WIDEST = {4: 16, 6: 32}
MAX_STRING = 255
MAX_RECORD = 512
# A problem of the tree: its status and where the RFC says so.
PROBLEMS: dict[str, tuple[Status, str]] = {
    "record_none": ("fail", "5.2"),
    "record_several": ("fail", "4.5"),
    "include_loop": ("fail", "4.6.4"),
    "too_many_mx": ("fail", "4.6.4"),
}


@dataclass(frozen=True)
class SpfIssue:
    """One thing that is wrong, or worth knowing.

    :param code: ``record_none``, ``record_nearly`` (nobody takes what was meant to be
        one for an SPF record), ``record_several``, ``type99``, ``syntax_*`` (the rest
        is the code of a :class:`.spf_record.BadTerm`), ``after_all``,
        ``redirect_ignored``, ``pass_all``, ``neutral_all``, ``no_all``, ``ptr``,
        ``duplicate``, ``wide_network``, ``lost_mechanism`` (written like a modifier,
        so that it is ignored), ``cut`` (after 255 bytes), ``long_string``,
        ``long_record``,
        ``too_many_lookups``, ``void_lookups``, ``void_ipv4``, ``void_ipv6`` (for
        clients of that family only), ``include_none``, ``redirect_none``,
        ``include_several``, ``include_syntax``, ``include_loop``, ``too_many_mx`` or
        the ``dns_*`` code of a lookup that failed.
    :param status: how bad it is.
    :param section: of RFC 7208.
    :param domain: the domain whose record this is about.
    :param term: the term in question, printable; "" for the whole record.
    :param position: where it begins in the record, in characters from 0; -1 for none.
    :param detail: a number or a name as evidence, printable.
    """

    code: str
    status: Status
    section: str
    domain: str
    term: str = ""
    position: int = -1
    detail: str = ""


@dataclass(frozen=True)
class TermCost:
    """What one term costs of the ten lookups, with all that is below it."""

    term: str
    lookups: int


@dataclass(frozen=True)
class SpfLint:
    """What is wrong with a domain's SPF record.

    :param domain: A-labels.
    :param records: its SPF records, raw; one is right.
    :param meant: these and what else was meant to be one.
    :param alias: where its name leads as a CNAME: nothing can be published beside that.
    :param tree: what the record leads to, None unless there is exactly one.
    :param cost: what a sender at the very end costs.
    :param costs: what each of its own terms costs.
    :param issues: what is wrong, the record's own terms first, in order.
    """

    domain: str
    records: tuple[bytes, ...] = ()
    meant: MeantRecords = MeantRecords()
    alias: str = ""
    tree: RecordNode | None = None
    cost: LookupCost = LookupCost()
    costs: tuple[TermCost, ...] = ()
    issues: tuple[SpfIssue, ...] = ()

    @property
    def networks(self) -> tuple[AuthorizedNetwork, ...]:
        """All networks that the record authorizes, with where each comes from."""
        return self.tree.networks if self.tree else ()


async def lint_record(domain: str, resolver: Resolver) -> SpfLint:
    """Judge the SPF record that a domain publishes.

    Of the records that it includes only errors and lookups count; how wide they are is
    not this domain's fault.

    :raises TempError: the domain's TXT records could not be had, or not be read before
        the deadline.
    :raises PermError: ``name_invalid``.
    """
    domain = normalize_name(domain)
    async with per_check(resolver) as checked:
        checked.prefetch(domain, "SPF")
        answer = await checked.query(domain, "TXT")
        meant = replace(
            sort_records(answer.records), type99=await _fetch_type99(domain, checked)
        )
        records, alias = meant.valid, "".join(answer.cnames[-1:])
        lint = SpfLint(domain, records, meant, alias)
        if len(records) == 1:
            lint = await _lint_tree(lint, checked)
        issues = [*_check_number(domain, meant), *lint.issues]
        for record in records:
            checked.check_time()
            issues += _lint_text(domain, parse_record(record), len(record))
        issues += _lint_meant(domain, meant)
        issues += _check_type99(domain, meant)
        return replace(lint, issues=tuple(_in_order(issues, domain)))


def _in_order(issues: list[SpfIssue], domain: str) -> list[SpfIssue]:
    """Put what the domain itself can mend first, in the order in which it stands."""

    def place(issue: SpfIssue) -> tuple[bool, bool, int]:
        return issue.domain != domain, issue.position < 0, issue.position

    return sorted(issues, key=place)[:MAX_ISSUES]


async def _lint_tree(lint: SpfLint, checked: CheckResolver) -> SpfLint:
    tree = await share_tree(lint.domain, checked, MAX_TREE)
    costs = tuple(
        TermCost(printable(node.term.text), node.cost.lookups)
        for node in tree.terms
        if node.term.costs_lookup
    )
    issues = [*_check_cost(tree), *_check_nodes(tree)]
    return replace(
        lint,
        tree=tree,
        cost=tree.cost,
        costs=costs,
        issues=tuple(issues),
    )


def _check_number(domain: str, meant: MeantRecords) -> Iterator[SpfIssue]:
    for record in () if meant.valid else meant.near:
        detail = printable(record, MAX_SHOWN)
        yield SpfIssue("record_nearly", "fail", "4.5", domain, detail=detail)
    if not meant.shown:
        yield SpfIssue("record_none", "fail", "4.5", domain)
    if len(meant.valid) > 1:
        count = str(len(meant.valid))
        yield SpfIssue("record_several", "fail", "4.5", domain, detail=count)


async def _fetch_type99(domain: str, checked: CheckResolver) -> tuple[bytes, ...]:
    try:
        answer = await checked.query(domain, "SPF")
    except MailauthError:
        return ()
    return select_records(answer.records)


def _check_type99(domain: str, meant: MeantRecords) -> Iterator[SpfIssue]:
    """Nobody asks for type 99 any more; left behind, it misleads (section 3.1)."""
    for record in meant.type99[:1]:
        yield SpfIssue("type99", "warning", "3.1", domain, detail=printable(record))


def _check_cost(tree: RecordNode) -> Iterator[SpfIssue]:
    lookups = LookupCost(tree.cost.lookups)
    if lookups.problem:
        detail = str(lookups.lookups)
        yield SpfIssue(lookups.problem, "fail", "4.6.4", tree.domain, detail=detail)
    yield from _check_void(tree)


def _check_void(tree: RecordNode) -> Iterator[SpfIssue]:
    """Judge the lookups that find nothing.

    A host without IPv6 is as it should be, though it is void for clients with IPv6:
    that is only worth knowing, and only beyond the limit.
    """
    void = replace(tree.cost, lookups=0)
    empty = sum(node.empty for _owner, node in tree.walk())
    if void.problem or empty:
        status: Status = "fail" if void.problem else "warning"
        detail = str(void.void_lookups if void.problem else empty)
        yield SpfIssue("void_lookups", status, "4.6.4", tree.domain, detail=detail)
    elif void.problem_of_some and not tree.cost.problem:
        code = "void_ipv6" if void.void6 > void.void4 else "void_ipv4"
        detail = str(void.void_lookups)
        yield SpfIssue(code, "info", "4.6.4", tree.domain, detail=detail)


def _check_nodes(tree: RecordNode) -> Iterator[SpfIssue]:
    for owner, node in tree.walk():
        if node.problem and node.problem not in INCOMPLETE:
            yield _make_issue(owner, node)


def _make_issue(owner: RecordNode, node: TermNode) -> SpfIssue:
    code = node.problem
    status, section = PROBLEMS.get(code, ("fail", "4.6"))
    if code.startswith("dns_"):
        status, section = "temperror", "4.4"
    redirect = isinstance(node.term, Modifier)
    if code == "record_none":
        code = "redirect_none" if redirect else "include_none"
        section = "6.1" if redirect else "5.2"
    elif code in ("record_several", "syntax"):
        code = "include_" + code.removeprefix("record_")
    term, position = printable(node.term.text), node.term.position
    return SpfIssue(
        code, status, section, owner.domain, term, position, printable(node.target)
    )


def _lint_text(domain: str, record: SpfRecord, size: int) -> Iterator[SpfIssue]:
    """Judge the text of the domain's own record."""
    for bad in record.errors:
        code = f"syntax_{bad.code}"
        yield SpfIssue(code, "fail", "4.6", domain, bad.text, bad.position)
    for check in (_check_all, _check_mechanisms, _check_lost, _check_duplicates):
        for code, status, section, term in check(record):
            text, position = (printable(term.text), term.position) if term else ("", -1)
            yield SpfIssue(code, status, section, domain, text, position)
    if is_cut(size, record):
        yield SpfIssue("cut", "warning", "3.3", domain, detail=str(size))
    if size > MAX_RECORD:
        yield SpfIssue("long_record", "warning", "3.4", domain, detail=str(size))
    elif size > MAX_STRING:
        yield SpfIssue("long_string", "info", "3.3", domain, detail=str(size))


def _lint_meant(domain: str, meant: MeantRecords) -> Iterator[SpfIssue]:
    """Judge what stands in a damaged record, and is still there once it is mended."""
    for data in () if meant.valid else meant.near:
        for found in _check_mechanisms(read_meant(data).record):
            code, status, section, term = found
            yield SpfIssue(code, status, section, domain, printable(term.text))


def _check_all(record: SpfRecord):
    last = record.all_term
    if last is None:
        if record.redirect is None:
            yield "no_all", "warning", "4.7", None
        return
    if last.qualifier == "+":
        yield "pass_all", "fail", "5.1", last
    elif last.qualifier == "?":
        yield "neutral_all", "warning", "5.1", last
    if record.redirect:
        yield "redirect_ignored", "warning", "6.1", record.redirect
    for directive in record.directives:
        if directive.position > last.position:
            yield "after_all", "warning", "5.1", directive


def _check_mechanisms(record: SpfRecord):
    for directive in record.directives:
        if directive.mechanism == "ptr":
            yield "ptr", "warning", "5.5", directive
        if _is_wide(directive):
            yield "wide_network", "warning", "5.6", directive


def _check_lost(record: SpfRecord):
    for modifier in list_lost_modifiers(record):
        yield "lost_mechanism", "warning", "6", modifier


def _is_wide(directive: Directive) -> bool:
    network = directive.network
    if directive.qualifier != "+":
        return False
    if network is not None:
        return network.prefixlen < WIDEST[network.version]
    if directive.mechanism in ("a", "mx"):
        return directive.prefix4 < WIDEST[4] or directive.prefix6 < WIDEST[6]
    return False


def _check_duplicates(record: SpfRecord):
    seen = Counter[tuple]()
    for directive in record.directives:
        key = term_key(directive)
        seen[key] += 1
        if seen[key] > 1 and directive.mechanism != "all":
            yield "duplicate", "warning", "4.6", directive


def term_key(directive: Directive, domain: str = "") -> tuple:
    """Return what two directives have in common that match the same senders.

    :param domain: the record's own, which ``a`` and ``mx`` stand for; "" if unknown.
    """
    target = directive.domain.text if directive.domain else domain
    if "%" not in target:
        target = target.lower().removesuffix(".")
    prefixes = (directive.prefix4, directive.prefix6)
    return (directive.mechanism, target, directive.network, *prefixes)
