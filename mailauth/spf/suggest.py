# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The SPF record to publish, made from what is published and what is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..dns.names import normalize_name
from ..dns.resolver import Resolver, per_check
from ..errors import PermError
from ..printable import printable
from .lint import TermCost, term_key
from .macro import parse_domain_macros
from .meant import MeantRecord, Mend, leave_out, read_meant, sort_records
from .record import MAX_RECORD_SIZE, VERSION, Directive, Modifier, SpfRecord, parse_term
from .survey import Survey
from .tree import TermNode
from .unregistered import find_unregistered
from .walker import MAX_TREE, TreeWalker, share_tree

_UNREGISTERED = "omitted_spf_unregistered"


@dataclass(frozen=True)
class Refusal:
    """Why no record can be suggested.

    :param code: ``too_long`` (more is published than is read, so that nothing can be
        kept for sure), ``too_many_lookups`` (there is no room for what is needed but
        at the cost of others), ``negative_conflict`` (a term refuses what is needed),
        ``merge_conflict`` (two records both refuse senders before they let others pass,
        so that no order of terms keeps both), ``unclear_refusal`` (it can't be read
        whom a term was meant to refuse before others pass) or ``no_sender`` (nobody
        could pass: one's own mails would look forged).
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
        ``pass_all_softened``, ``neutral_all_softened``, ``all_added``; () for a record
        that is fine as it is.
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
    survey: Survey | None = None,
) -> SpfSuggestion:
    """Return the one record that lets pass what is needed and what was meant to pass.

    It passes exactly for ``needed`` and for what each old record, judged alone as it
    was meant, would have passed; ``+all`` is the exception and becomes ``~all``, as
    ``?all`` does. DNS is not asked: see :func:`suggest_for_domain`.

    :param record: the record published now, or all of them, damaged as they may be; ""
        or () for none.
    :param needed: mechanisms without a qualifier, such as "include:_spf.example.com".
    :param domain: the domain itself, so that ``a`` and ``a:domain`` are the same.
    :param survey: what the terms lead to, as far as that is known.
    :raises PermError: ``not_spf``, ``needed_invalid``: the arguments are wrong.
    """
    texts = [record] if isinstance(record, str | bytes) else list(record)
    wanted = _parse_needed(needed)
    size = sum(len(text) for text in texts)
    if size > MAX_RECORD_SIZE:
        return SpfSuggestion("", (Refusal("too_long", str(size)),))
    records = [read_meant(text) for text in texts if text]
    return _Suggester(records, wanted, domain, survey or Survey()).run()


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
    """Do :func:`suggest_spf` for a domain, with what each term really leads to.

    A term by which nobody can pass is left out. What may end the evaluation stays, and
    what is needed stands in front of it.

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
        survey = Survey(await _fetch_nodes(checked, domain, meant, wanted))
        checked.check_time()
    return _Suggester(meant, wanted, domain, survey).run()


async def _leave_out_unregistered(
    checked: Resolver, records: Iterable[MeantRecord]
) -> list[MeantRecord]:
    meant = list(records)
    terms = [term for one in meant for term in one.record.effective]
    gone = await find_unregistered(terms, checked)
    return [leave_out(one, _UNREGISTERED, gone) for one in meant]


async def _fetch_nodes(checked, domain, records, needed) -> dict[str, TermNode]:
    """Return what each term that costs a lookup leads to, by its text.

    The tree of the published record has most of them.
    """
    terms = [term for one in records for term in one.record.effective]
    wanted = {term.text: term for term in [*terms, *needed] if term.costs_lookup}
    published = await share_tree(domain, checked, MAX_TREE)
    # Lookups are spent in order: of a term that stands there twice the second may be
    # beyond the budget. In reverse, the first one is kept.
    nodes = {
        node.term.text: node
        for node in reversed(published.terms)
        if node.term.text in wanted
    }
    missing = {text: term for text, term in wanted.items() if text not in nodes}
    walker = TreeWalker(checked, MAX_TREE)
    found = await walker.expand(domain, list(missing.values()))
    nodes |= {node.term.text: node for node in found}
    for node in list(nodes.values()):
        if isinstance(node.term, Modifier):
            # Where records are merged, it becomes an include.
            include = _redirect_to_include(node.term)
            nodes.setdefault(include.text, replace(node, term=include))
    return nodes


class _Suggester:
    """One run of :func:`suggest_spf`."""

    def __init__(self, records, needed, domain: str, survey: Survey):
        self._records: list[MeantRecord] = records
        self._needed: list[Directive] = needed
        self._domain = domain
        self._survey = survey
        # Receivers act by what is published only if there is nothing to mend.
        self._in_force = len(records) == 1 and not [
            change for change in records[0].changes if change.code != _UNREGISTERED
        ]
        self._changes: list[str] = []
        self._notes: list[Mend] = []
        self._no_room: list[Directive] = []
        self._refusals: list[Refusal] = []

    def run(self) -> SpfSuggestion:
        self._leave_out_dead()
        parts = [self._take_apart(record) for record in self._records]
        body = self._merge([part.body for part in parts])
        missing = self._find_missing(body, parts)
        tail = [term for part in parts for term in part.tail]
        directives = self._drop_duplicates([*self._insert(body, missing), *tail])
        end = self._choose_end(parts)
        terms: list[Directive | Modifier] = [*directives]
        terms += self._order_end(end, _keep_modifiers(parts))
        self._note_changes(missing)
        self._check_whole(terms)
        return self._suggest(terms, missing)

    def _leave_out_dead(self) -> None:
        """Leave out the terms by which nobody can pass, each of them named."""
        dead = self._survey.list_dead()
        for kind in dict.fromkeys(dead.values()):
            texts = {text: "" for text in dead if dead[text] == kind}
            code = f"omitted_spf_dead_{kind}"
            self._records = [leave_out(one, code, texts) for one in self._records]
            self._notes += [
                Mend(code, printable(term.text))
                for term in self._needed
                if term.text in texts
            ]
        self._needed = [term for term in self._needed if term.text not in dead]

    def _take_apart(self, meant: MeantRecord) -> _Parts:
        record = meant.record
        self._notes += meant.changes
        self._refusals += [Refusal("unclear_refusal", text) for text in meant.refusals]
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

    def _find_missing(self, body, parts: list[_Parts]) -> list[Directive]:
        """Return what is needed and does not count."""
        missing: dict[tuple, Directive] = {}
        for term in self._order_needed(body):
            if self._passes(body[: self._survey.count_reached(body, term)], term):
                continue
            missing.setdefault(self._key(term), term)
            for part in parts:
                self._check_conflict(term, (*part.body, *part.tail))
        return list(missing.values())

    def _order_needed(self, body: list[Directive]) -> list[Directive]:
        """Put what costs nothing first where there is not enough room for all."""
        whole = [*body, *self._needed]
        stops = [self._survey.find_stop(whole, version)[1] for version in (4, 6)]
        if not any(stops):
            return self._needed
        return sorted(self._needed, key=lambda term: term.costs_lookup)

    def _passes(self, body: Iterable[Directive], needed: Directive) -> bool:
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
        """Put the one record that refuses senders last, where it refuses no others.

        Of the others those come last that end the evaluation.
        """
        plain = [body for body in bodies if not _refuses(body)]
        plain.sort(key=self._stops)
        refusing = [body for body in bodies if _refuses(body)]
        if len(refusing) > 1:
            negative = [d.text for body in refusing for d in body if d.qualifier != "+"]
            detail = printable(" ".join(negative))
            self._refusals.append(Refusal("merge_conflict", detail))
        return [term for body in [*plain, *refusing] for term in body]

    def _stops(self, body: Sequence[Directive]) -> bool:
        return any(self._survey.find_stop(body, version)[1] for version in (4, 6))

    def _insert(self, body: list[Directive], missing: list[Directive]):
        """Put what is missing last, but before what refuses it or ends the evaluation.

        Nobody who passes now may lose that by it.
        """
        body = list(body)
        for term in list(missing):
            place = self._find_place(body, term)
            if place is None:
                missing.remove(term)
                self._no_room.append(term)
                continue
            if place < self._find_end(body):
                self._notes.append(Mend("mended_spf_in_front", printable(term.text)))
            body.insert(place, term)
        return self._bring_forward(body)

    def _bring_forward(self, body: list[Directive]) -> list[Directive]:
        """Put in front what is needed and what others have pushed behind the end."""
        for term in self._needed:
            reached = body[: self._survey.count_reached(body, term)]
            if term in self._no_room or self._passes(reached, term):
                continue
            rest = [one for one in body if self._key(one) != self._key(term)]
            place = self._find_place(rest, term)
            if place is not None and not self._survey.is_unsure(term):
                self._notes.append(Mend("mended_spf_in_front", printable(term.text)))
                body = [*rest[:place], term, *rest[place:]]
        return body

    def _find_place(self, body: list[Directive], term: Directive) -> int | None:
        """Return where a needed term is to stand, None where there is no room."""
        survey, last = self._survey, self._find_end(body)
        if survey.is_unsure(term):
            return last
        last = min(last, survey.count_reached(body, term))
        # Only what stands behind another lookup can find room in front of it.
        costly = (i for i in range(last - 1, -1, -1) if body[i].costs_lookup)
        for place in (last, *costly):
            tried = [*body[:place], term, *body[place:]]
            if self._in_force and term.costs_lookup:
                return None if survey.loses(body, tried) else place
            if survey.count_reached(tried, term) > place:
                return place
        return None

    @staticmethod
    def _find_end(body: list[Directive]) -> int:
        """Return where the terms end that only let senders pass."""
        negative = [i for i, one in enumerate(body) if one.qualifier != "+"]
        return negative[0] if negative else len(body)

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
        neutral = [e for e in ends if isinstance(e, Directive) and e.qualifier == "?"]
        self._note("all_added", not ends)
        self._note("neutral_all_softened", neutral and len(texts) == 1)
        self._note("pass_all_softened", passing)
        if self._records and not ends:
            self._notes.append(Mend("mended_spf_no_all", "", "~all"))
        if passing:
            self._notes.append(Mend("mended_spf_pass_all", passing[0].text, "~all"))
        elif neutral and len(texts) == 1:
            self._notes.append(Mend("mended_spf_neutral_all", neutral[0].text, "~all"))
        elif len(texts) > 1:
            shown = printable(" ".join(end.text for end in ends))
            self._notes.append(Mend("mended_spf_ends", shown, "~all"))
        return soft if passing or neutral or len(texts) != 1 else ends[0]

    @staticmethod
    def _order_end(end, modifiers: list[Modifier]) -> list[Directive | Modifier]:
        if isinstance(end, Modifier):
            return [*modifiers, end]
        return [end, *modifiers]

    def _note_changes(self, missing: list[Directive]) -> None:
        self._note("created", not self._records)
        self._note("merged", len(self._records) > 1)
        self._note("added", missing)

    def _check_whole(self, terms: list[Directive | Modifier]) -> None:
        """Refuse what lets nobody pass, or does not help; name what is left to do."""
        if not self._survey.is_open(terms):
            self._refusals.append(Refusal("no_sender", ""))
        stops = [self._survey.find_stop(terms, version)[1] for version in (4, 6)]
        if all(stops) and not any(stop.is_temporary for stop in stops if stop):
            detail = stops[0].detail if stops[0] else ""
            self._notes.append(Mend("effect_spf_still_stops", detail))
        texts = [printable(term.text) for term in self._no_room]
        published = [one.record.terms for one in self._records]
        if texts and published == [tuple(terms)]:
            self._refusals.append(Refusal("too_many_lookups", " ".join(texts)))
        self._notes += [Mend("omitted_spf_no_room", text) for text in texts]

    def _suggest(self, terms, missing: list[Directive]) -> SpfSuggestion:
        costs = tuple(
            TermCost(printable(term.text), self._survey.get_cost(term).lookups)
            for term in terms
            if term.costs_lookup
        )
        text = " ".join([VERSION, *(term.text for term in terms)])
        return SpfSuggestion(
            "" if self._refusals else text,
            tuple(dict.fromkeys(self._refusals)),
            tuple(self._changes),
            tuple(dict.fromkeys(self._notes)),
            tuple(term.text for term in missing),
            sum(cost.lookups for cost in costs),
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
