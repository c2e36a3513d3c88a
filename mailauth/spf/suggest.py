# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The SPF record to publish, made from what is published and what is needed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..dns.names import normalize_name
from ..dns.resolver import Resolver, per_check
from ..errors import PermError, TempError
from ..printable import printable
from .lint import TermCost, term_key
from .lookups import LookupCost
from .macro import parse_domain_macros
from .meant import MeantRecord, Mend, leave_out, read_meant, sort_records
from .record import MAX_RECORD_SIZE, VERSION, Directive, Modifier, SpfRecord, parse_term
from .tree import INCOMPLETE, RecordNode
from .unregistered import find_unregistered
from .walker import MAX_TREE, TreeWalker, share_tree


@dataclass(frozen=True)
class Refusal:
    """Why no record can be suggested.

    :param code: ``too_long`` (more is published than is read, so that nothing can be
        kept for sure), ``too_many_lookups`` (see the costs), ``negative_conflict`` (a
        term refuses what is needed), ``merge_conflict`` (two records both refuse
        senders before they let others pass, so that no order of terms keeps both),
        ``broken_term`` (DNS shows that it makes every record a permerror) or
        ``too_many_void_lookups``.
    :param detail: the terms in question or a number, printable.
    """

    code: str
    detail: str


@dataclass(frozen=True)
class SpfSuggestion:
    """What to publish instead of all SPF records that a domain has.

    :param text: the whole record, "" where it is refused.
    :param refusals: the reasons, () where there is a text.
    :param changes: what differs from before: ``created``, ``merged``, ``added``,
        ``mended``, ``duplicate_dropped``, ``invalid_dropped``, ``unreachable_dropped``,
        ``pass_all_softened``, ``all_added``; () for a record that is fine as it is.
    :param notes: what was mended, and what is left out though it was meant to count.
    :param added: the needed terms that were missing.
    :param lookups: what a sender at the very end would cost, of ten.
    :param costs: what each term of the new record costs of them.
    """

    text: str
    refusals: tuple[Refusal, ...] = ()
    changes: tuple[str, ...] = ()
    notes: tuple[Mend, ...] = ()
    added: tuple[str, ...] = ()
    lookups: int = 0
    costs: tuple[TermCost, ...] = ()


@dataclass(frozen=True)
class _Parts:
    """One record by what matters to a merge.

    :param body: up to the last term that lets a sender pass.
    :param tail: the terms after it, which only refuse.
    :param end: the first ``all``, or the redirect, or nothing.
    """

    body: tuple[Directive, ...]
    tail: tuple[Directive, ...]
    end: Directive | Modifier | None
    modifiers: tuple[Modifier, ...]


def suggest_spf(
    record: str | bytes | Sequence[str | bytes],
    needed: Sequence[str],
    *,
    domain: str = "",
    costs: Mapping[str, int] | None = None,
) -> SpfSuggestion:
    """Return the one record that lets pass what is needed and what was meant to pass.

    It passes exactly for ``needed`` and for what each old record, judged alone as it
    was meant, would have passed; ``+all`` is the exception and becomes ``~all``.
    DNS is not asked: see :func:`suggest_for_domain`.

    :param record: the record published now, or all of them, damaged as they may be; ""
        or () for none.
    :param needed: mechanisms without a qualifier, such as "include:_spf.example.com".
    :param domain: the domain itself, so that ``a`` and ``a:domain`` are the same.
    :param costs: by term as published, the lookups that it costs with all below it;
        1 for a term that is not in it.
    :raises PermError: ``not_spf``, ``needed_invalid``: the arguments are wrong.
    """
    texts = [record] if isinstance(record, str | bytes) else list(record)
    wanted = _parse_needed(needed)
    size = sum(len(text) for text in texts)
    if size > MAX_RECORD_SIZE:
        return SpfSuggestion("", (Refusal("too_long", str(size)),))
    records = [read_meant(text) for text in texts if text]
    return _Suggester(records, wanted, domain, costs or {}).run()


def _parse_needed(needed: Iterable[str]) -> list[Directive]:
    terms = []
    for text in needed:
        term = parse_term(text)
        if not isinstance(term, Directive) or term.qualifier != "+":
            raise PermError("needed_invalid", printable(text))
        if term.mechanism == "all":
            raise PermError("needed_invalid", printable(text))
        terms.append(term)
    return terms


async def suggest_for_domain(
    domain: str,
    needed: Sequence[str],
    resolver: Resolver,
    records: Sequence[bytes] | None = None,
) -> SpfSuggestion:
    """Do :func:`suggest_spf` for a domain, with what each term really costs.

    :param records: those of the domain's TXT records that are to be replaced, if they
        are known; else they are looked up.
    :raises TempError: the domain's records could not be had.
    :raises PermError: as :func:`suggest_spf`, and ``name_invalid``.
    """
    domain = normalize_name(domain)
    async with per_check(resolver) as checked:
        if records is None:
            answer = await checked.query(domain, "TXT")
            records = sort_records(answer.records).counting
        if sum(map(len, records)) > MAX_RECORD_SIZE:
            return suggest_spf(records, needed, domain=domain)
        checked.check_time()
        wanted = _parse_needed(needed)
        meant = await _leave_out_unregistered(checked, map(read_meant, records))
        trees = await _fetch_trees(checked, domain, meant, wanted)
        checked.check_time()
    costs = {text: tree.cost.lookups for text, tree in trees.items()}
    suggestion = _Suggester(meant, wanted, domain, costs).run()
    broken = tuple(_find_broken(trees))
    if broken:
        refusals = (*suggestion.refusals, *broken)
        suggestion = replace(suggestion, text="", refusals=refusals)
    return suggestion


async def _leave_out_unregistered(
    checked: Resolver, records: Iterable[MeantRecord]
) -> list[MeantRecord]:
    meant = list(records)
    terms = [term for one in meant for term in one.record.effective]
    gone = await find_unregistered(terms, checked)
    return [leave_out(one, "omitted_spf_unregistered", gone) for one in meant]


async def _fetch_trees(checked, domain, records, needed) -> dict[str, RecordNode]:
    """Return what each term that costs a lookup leads to, by its text.

    The tree of the published record has most of them.
    """
    terms = [term for one in records for term in one.record.effective]
    wanted = {term.text: term for term in [*terms, *needed] if term.costs_lookup}
    published = await share_tree(domain, checked, MAX_TREE)
    # Lookups are spent in order: of a term that stands there twice the second may be
    # beyond the budget. In reverse, the first one is kept.
    trees = {
        node.term.text: RecordNode(domain, terms=(node,))
        for node in reversed(published.terms)
        if node.term.text in wanted
    }
    missing = {text: term for text, term in wanted.items() if text not in trees}
    walker = TreeWalker(checked, MAX_TREE)
    found = await walker.expand(domain, list(missing.values()))
    return trees | {node.term.text: RecordNode(domain, terms=(node,)) for node in found}


def _find_broken(trees: Mapping[str, RecordNode]) -> Iterator[Refusal]:
    """Find what would be a permerror for every sender that gets that far.

    :raises TempError: a lookup failed, so that nothing can be said.
    """
    for text, tree in trees.items():
        for _owner, node in tree.walk():
            if node.problem.startswith("dns_"):
                raise TempError(node.problem, f"{printable(text)}: {node.target}")
            if node.problem and node.problem not in INCOMPLETE:
                detail = f"{printable(text)}: {printable(node.target)} {node.problem}"
                yield Refusal("broken_term", detail)
    void = sum((replace(tree.cost, lookups=0) for tree in trees.values()), LookupCost())
    if void.problem:
        yield Refusal(void.problem, str(void.void_lookups))


class _Suggester:
    """One run of :func:`suggest_spf`."""

    def __init__(self, records, needed, domain: str, costs: Mapping[str, int]):
        self._records: list[MeantRecord] = records
        self._needed: list[Directive] = needed
        self._domain = domain
        self._costs = costs
        self._changes: list[str] = []
        self._notes: list[Mend] = []
        self._refusals: list[Refusal] = []

    def run(self) -> SpfSuggestion:
        parts = [self._take_apart(record) for record in self._records]
        missing = self._find_missing(parts)
        body = self._merge([part.body for part in parts])
        tail = [term for part in parts for term in part.tail]
        directives = self._drop_duplicates([*_insert(body, missing), *tail])
        end = self._choose_end(parts)
        terms: list[Directive | Modifier] = [*directives]
        terms += self._order_end(end, _keep_modifiers(parts))
        self._note_changes(missing)
        return self._suggest(terms, missing)

    def _take_apart(self, meant: MeantRecord) -> _Parts:
        record = meant.record
        self._notes += meant.changes
        codes = [change.code.partition("_")[0] for change in meant.changes]
        self._note("mended", "mended" in codes)
        self._note("invalid_dropped", "omitted" in codes)
        self._note_unreachable(record)
        reached = [d for d in record.effective if isinstance(d, Directive)]
        end: Directive | Modifier | None = record.all_term or record.redirect
        directives = tuple(d for d in reached if d.mechanism != "all")
        modifiers = tuple(
            term
            for term in record.terms
            if isinstance(term, Modifier) and term.name != "redirect"
        )
        if isinstance(end, Modifier) and len(self._records) > 1:
            # Only one redirect could stand at the end (section 6.1).
            directives += (_redirect_to_include(end),)
            end = None
        passing = [i for i, d in enumerate(directives) if d.qualifier == "+"]
        # A redirect may let senders pass, so the terms before it don't only refuse.
        redirects = isinstance(end, Modifier)
        cut = len(directives) if redirects else (passing[-1] + 1 if passing else 0)
        return _Parts(directives[:cut], directives[cut:], end, modifiers)

    def _note_unreachable(self, record: SpfRecord) -> None:
        """Name what stands after all: nobody has ever read it (section 5.1)."""
        if record.all_term is None:
            return
        keys = {self._key(d) for d in record.effective if isinstance(d, Directive)}
        after = [d for d in record.directives if d not in record.effective]
        lost = [
            d.text for d in after if d.mechanism != "all" and self._key(d) not in keys
        ]
        if record.redirect:
            lost.append(record.redirect.text)
        self._note("unreachable_dropped", after or lost)
        self._notes += [Mend("omitted_spf_after_all", printable(t)) for t in lost]

    def _note(self, change: str, happened: object) -> None:
        if happened and change not in self._changes:
            self._changes.append(change)

    def _find_missing(self, parts: list[_Parts]) -> list[Directive]:
        missing: dict[tuple, Directive] = {}
        for term in self._needed:
            if any(self._passes(part.body, term) for part in parts):
                continue
            missing.setdefault(self._key(term), term)
            for part in parts:
                self._check_conflict(term, (*part.body, *part.tail))
        return list(missing.values())

    def _passes(self, body: tuple[Directive, ...], needed: Directive) -> bool:
        """Whether all that a needed term matches passes already, as far as is known."""
        for term in body:
            if term.qualifier == "+":
                if self._key(term) == self._key(needed) or _covers(term, needed):
                    return True
            elif _overlaps(term, needed) is not False:
                return False
        return False

    def _check_conflict(self, needed: Directive, terms: Iterable[Directive]) -> None:
        for term in terms:
            same = self._key(term) == self._key(needed)
            if term.qualifier != "+" and (same or _overlaps(term, needed)):
                detail = f"{printable(term.text)} {printable(needed.text)}"
                self._refusals.append(Refusal("negative_conflict", detail))

    def _merge(self, bodies: list[tuple[Directive, ...]]) -> list[Directive]:
        """Put the one record that refuses senders last, where it refuses no others."""
        plain = [body for body in bodies if not _refuses(body)]
        refusing = [body for body in bodies if _refuses(body)]
        if len(refusing) > 1:
            negative = [d.text for body in refusing for d in body if d.qualifier != "+"]
            detail = printable(" ".join(negative))
            self._refusals.append(Refusal("merge_conflict", detail))
        return [term for body in [*plain, *refusing] for term in body]

    def _drop_duplicates(self, terms: Iterable[Directive]) -> list[Directive]:
        """Drop what can't match any more, since the same term stands before it."""
        kept: dict[tuple, Directive] = {}
        for term in terms:
            self._note("duplicate_dropped", self._key(term) in kept)
            kept.setdefault(self._key(term), term)
        return list(kept.values())

    def _key(self, term: Directive) -> tuple:
        return term_key(term, self._domain)

    def _choose_end(self, parts: list[_Parts]) -> Directive | Modifier:
        ends = [part.end for part in parts if part.end]
        texts = {end.text.lower(): end for end in ends}
        soft = parse_term("~all")
        passing = [e for e in ends if isinstance(e, Directive) and e.qualifier == "+"]
        self._note("all_added", not ends)
        self._note("pass_all_softened", passing)
        if self._records and not ends:
            self._notes.append(Mend("mended_spf_no_all", "", "~all"))
        if passing:
            self._notes.append(Mend("mended_spf_pass_all", passing[0].text, "~all"))
        elif len(texts) > 1:
            shown = printable(" ".join(end.text for end in ends))
            self._notes.append(Mend("mended_spf_ends", shown, "~all"))
        return soft if passing or len(texts) != 1 else ends[0]

    @staticmethod
    def _order_end(end, modifiers: list[Modifier]) -> list[Directive | Modifier]:
        if isinstance(end, Modifier):
            return [*modifiers, end]
        return [end, *modifiers]

    def _note_changes(self, missing: list[Directive]) -> None:
        self._note("created", not self._records)
        self._note("merged", len(self._records) > 1)
        self._note("added", missing)

    def _suggest(self, terms, missing: list[Directive]) -> SpfSuggestion:
        costs = tuple(
            TermCost(printable(term.text), self._costs.get(term.text, 1))
            for term in terms
            if term.costs_lookup
        )
        total = LookupCost(sum(cost.lookups for cost in costs))
        if total.problem:
            self._refusals.append(Refusal(total.problem, str(total.lookups)))
        text = " ".join([VERSION, *(term.text for term in terms)])
        return SpfSuggestion(
            "" if self._refusals else text,
            tuple(dict.fromkeys(self._refusals)),
            tuple(self._changes),
            tuple(dict.fromkeys(self._notes)),
            tuple(term.text for term in missing),
            total.lookups,
            costs,
        )


def _redirect_to_include(redirect: Modifier) -> Directive:
    text = f"include:{redirect.value.text}"
    domain = parse_domain_macros(redirect.value.text)
    return Directive(text, redirect.position, "+", "include", domain)


def _keep_modifiers(parts: list[_Parts]) -> list[Modifier]:
    """Keep one exp, the first, and each other modifier once."""
    kept: dict[str, Modifier] = {}
    for modifier in (modifier for part in parts for modifier in part.modifiers):
        key = "exp" if modifier.name == "exp" else modifier.text
        kept.setdefault(key, modifier)
    return list(kept.values())


def _refuses(body: Iterable[Directive]) -> bool:
    return any(term.qualifier != "+" for term in body)


def _insert(body: list[Directive], missing: list[Directive]) -> list[Directive]:
    """Put what is missing last, but before any term that might refuse it."""
    negative = [i for i, term in enumerate(body) if term.qualifier != "+"]
    place = negative[0] if negative else len(body)
    return [*body[:place], *missing, *body[place:]]


def _covers(wide: Directive, narrow: Directive) -> bool:
    if wide.network is None or narrow.network is None:
        return False
    if wide.network.version != narrow.network.version:
        return False
    return narrow.network.subnet_of(wide.network)  # type: ignore[arg-type]


def _overlaps(one: Directive, other: Directive) -> bool | None:
    """Tell whether two terms match a common address, None if only DNS knows."""
    if one.network is None or other.network is None:
        return None
    if one.network.version != other.network.version:
        return False
    return one.network.overlaps(other.network)
