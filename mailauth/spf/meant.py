# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""SPF records with a small mistake, read as their owner meant them.

Receivers ignore such a record or stop at its mistake, and so does
:func:`.check_host.check_host`. Findings show it, and proposals keep what it was meant
to say; no result ever changes because of what is read here.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ..damage import DOUBLE_QUOTES, SINGLE_QUOTES, decode_text
from ..errors import PermError
from ..printable import drop_hidden, printable, shorten
from .mend import begins_term, is_bare, is_lost, is_plain, join_words, mend_word
from .record import (
    MAX_RECORD_SIZE,
    VERSION,
    BadTerm,
    Directive,
    Modifier,
    SpfRecord,
    Term,
    is_spf,
    parse_record,
    parse_term,
)

Kind = Literal["valid", "near", "other", ""]
# Bytes at the beginning of a TXT record that tell what it was meant to be.
_HEAD = 512
# The most that a single string of a TXT record holds (RFC 1035 section 3.3).
MAX_STRING = 255
_FLAGS = re.IGNORECASE | re.ASCII
# Other characters for the ASCII ones that stand in records: dashes, tildes, quotes.
_SIGNS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
    | dict.fromkeys("\u02dc\u223c\u301c\uff5e", "~")
    | dict.fromkeys(f"{DOUBLE_QUOTES}{SINGLE_QUOTES}`'", '"')
    | {"\uff1a": ":", "\uff1d": "=", "\uff1b": ";", "\uff0c": ",", "\uff0b": "+"}
    | {"\uff0f": "/", "\uff0e": "."}
)
# As zone files, web pages and addresses of the web write a blank and a quote.
_ESCAPED_BLANK = re.compile(r"\\0(?:32|09|10|13)|&nbsp;|%20|<br ?/?>", _FLAGS)
_ESCAPED_QUOTE = re.compile(r"\\034|&quot;|%22", _FLAGS)
_JOINED = re.compile(r'" *"')
# A whole line of a zone file, or of the form of a DNS host.
_LINE = r"(?:(?:\S{1,255} +)?(?:[0-9]{1,9} +)?(?:IN +)?(?:TXT|SPF)[ :=]+)?"
_BEFORE = '"(\\ '
_START = re.compile(
    rf'{_LINE}["(\\ ]*(?P<version>v *[=:-]{{0,2}} *)?'
    r"(?:spf|sfp)[ -]?(?P<one>[1l]?)"
    r'(?![0-9]|\.[0-9])["\\ ;,:.=/|]*(?P<next>[-+~?]?[a-z]*)',
    _FLAGS,
)
# Where no sign follows the version, a term must.
_GLUED = re.compile(
    r"[-+~?]?(?:include|ip|exists|ptr|mx|redirect|exp|all|a(?![a-z]))", _FLAGS
)
_OTHER = re.compile(r"v *= *\"? *spf", _FLAGS)
_FIRST = re.compile(r'["\\ ]*(?P<word>[^ "]{4,8}) +')
_QUOTED = re.compile(r"[ \\]*\"")
_SHOWN = 100  # characters at the beginning of a record
_MAX_MEND = 200  # characters of one term in what is said about it


@dataclass(frozen=True)
class Mend:
    """What a proposal changes in what was published, or leaves out.

    :param code: of a reason: ``mended_spf_*`` or ``omitted_spf_*``.
    :param text: what is published, printable.
    :param meant: what stands in its place, "" for nothing.
    :param domain: the domain that is the cause, "" where it is none.
    """

    code: str
    text: str
    meant: str = ""
    domain: str = ""


@dataclass(frozen=True)
class MeantRecord:
    """What one record was meant to say.

    :param record: only terms that can be read; of a record that is as it should be,
        all of them.
    :param changes: what was mended, and what can't be told for sure and is left out.
    :param refusals: what is left out though it was meant to refuse somebody whom a
        later term may let pass.
    """

    record: SpfRecord
    changes: tuple[Mend, ...] = ()
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeantRecords:
    """The TXT records of a name that have to do with SPF, as published.

    :param valid: those that receivers take for SPF records.
    :param near: those that were meant to be, and that nobody reads.
    :param other: what looks like SPF and may have been switched off on purpose, or be
        of a version that does not exist: it is shown, and never mended.
    :param type99: records of the type SPF, which nobody asks for any more.
    """

    valid: tuple[bytes, ...] = ()
    near: tuple[bytes, ...] = ()
    other: tuple[bytes, ...] = ()
    type99: tuple[bytes, ...] = ()

    @property
    def shown(self) -> tuple[bytes, ...]:
        """The TXT records that count, or else those that were meant to."""
        return self.valid or self.near

    @property
    def counting(self) -> tuple[bytes, ...]:
        """What a proposal is made from: nothing is merged into a valid record."""
        return self.shown or self.type99


def sort_records(records: Iterable[bytes]) -> MeantRecords:
    """Return those of a name's TXT records that were meant to be SPF."""
    kinds: dict[Kind, list[bytes]] = {"valid": [], "near": [], "other": [], "": []}
    for record in records:
        kinds[_rate(record)].append(record)
    return MeantRecords(*(tuple(kinds[kind]) for kind in ("valid", "near", "other")))


def _rate(record: bytes) -> Kind:
    if is_spf(record):
        return "valid"
    head = _clean(decode_text(record)[:_HEAD])
    if _find_end_of_start(head):
        return "near"
    if _has_only_terms(head):
        return "near"
    return "other" if _OTHER.search(head[:_SHOWN]) else ""


def _find_end_of_start(text: str) -> int:
    """Return where the terms of a near record begin, 0 where it is none."""
    # A pattern for them would try again and again how many of them there are.
    before = len(text) - len(text.lstrip(_BEFORE))
    match = _START.match(text[:_HEAD], before)
    if match is None:
        return _find_misspelt(text)
    end = match.start("next")
    glued = text[end - 1].isalnum()
    if glued and end < len(text) and not _GLUED.match(match["next"]):
        return 0
    if match["version"]:
        return end
    # Without "v=" only the terms can prove it.
    return end if match["one"] and _proves(text[end:]) else 0


def _find_misspelt(text: str) -> int:
    """Return where the terms begin behind a slip of the version, 0 for none."""
    match = _FIRST.match(text)
    if match is None or _OTHER.search(match["word"]):
        return 0
    word = match["word"].lower()
    close = difflib.get_close_matches(word, [VERSION], 1, 0.8)
    digits = re.sub(r"[^0-9]", "", word)
    if not close or digits != "1" or not _proves(text[match.end() :]):
        return 0
    return match.end()


def _proves(text: str) -> bool:
    """Tell whether a text has terms that stand in nothing else than in SPF records."""
    words = [word for word in text.split() if ":" in word or word[0] in "-~?"]
    return any(map(_is_directive, words))


def _has_only_terms(text: str) -> bool:
    """Tell whether a text is an SPF record of which only the version is missing."""
    words = text.split()
    if len(words) < 2 or not re.fullmatch(r"[-~?]all", words[-1], _FLAGS):
        return False
    return all(map(_is_directive, words))


def _is_directive(word: str) -> bool:
    return is_plain(word) and isinstance(parse_term(word), Directive)


def _clean(text: str) -> str:
    """Return a text with ASCII signs for those that only look like them."""
    text = _ESCAPED_QUOTE.sub('"', text.translate(_SIGNS))
    return drop_hidden(_ESCAPED_BLANK.sub(" ", text))


def read_meant(record: bytes | str) -> MeantRecord:
    """Return what a record was meant to say.

    What stands beyond :data:`.record.MAX_RECORD_SIZE` characters is not read.

    :param record: one of the valid or near ones of :func:`sort_records`.
    :raises PermError: ``not_spf``: it is none of these.
    """
    published = decode_text(record) if isinstance(record, bytes) else record
    published = published[:MAX_RECORD_SIZE]
    text, changes = published[len(VERSION) :], []
    if not is_spf(published[:7].encode(errors="replace")):
        text, start = _read_start(published)
        changes.append(start)
    meant = _Reader()
    for word in _join(_split(text)):
        meant.add(word)
    parsed = parse_record(" ".join([VERSION, *meant.terms]))
    lost = tuple(meant.list_lost_refusals(parsed))
    whole = MeantRecord(parsed, (*changes, *meant.changes), lost)
    return _leave_out_errors(_mend_cut(published, len(record), whole))


def _read_start(published: str) -> tuple[str, Mend]:
    """Return the terms of a near record, and what was wrong with its beginning."""
    text = _JOINED.sub("", _clean(published))
    end = _find_end_of_start(text)
    if not end and not _has_only_terms(text[:_HEAD]):
        raise PermError("not_spf", printable(published, _SHOWN))
    code = "mended_spf_quotes" if _QUOTED.match(text) else "mended_spf_start"
    shown = printable(published[: end + 3 if end else _SHOWN].rstrip(), _SHOWN)
    return _unquote(text[end:]).rstrip(" )"), Mend(code, shown, VERSION)


def _unquote(text: str) -> str:
    return text.replace('"', "").replace("\\", "")


@dataclass(frozen=True)
class _Word:
    """What stood between two blanks, and the words that are in it."""

    source: str
    parts: tuple[str, ...]


def _split(text: str) -> list[_Word]:
    words = []
    for source in filter(None, text.split(" ")):
        if is_plain(source):
            words.append(_Word(source, (source,)))
        else:
            clean = _unquote(_clean(source))
            words.append(_Word(source, tuple(_split_list(clean))))
    return words


def _split_list(text: str) -> list[str]:
    """Split where commas, semicolons or hidden blanks stand; not inside a macro."""
    parts: list[str] = []
    for part in filter(None, re.split(r"[,;| ]+(?![^{}]{0,20}\})", text)):
        whole = join_words(parts[-1], part) if parts else ""
        parts[-1:] = [whole] if whole else [*parts[-1:], part]
    return parts


def _join(words: list[_Word]) -> list[_Word]:
    """Put together what a blank has come into, such as "ip4: 192.0.2.1"."""
    joined: list[_Word] = []
    for word in words:
        last = joined[-1] if joined else None
        if last and last.parts and word.parts:
            if whole := join_words(last.parts[-1], word.parts[0]):
                parts = (*last.parts[:-1], whole, *word.parts[1:])
                joined[-1] = _Word(f"{last.source} {word.source}", parts)
                continue
        joined.append(word)
    return joined


def _show(text: str) -> str:
    return shorten(printable(text, _MAX_MEND + 1), _MAX_MEND)


class _Reader:
    """Reads the words of a record one after the other."""

    def __init__(self) -> None:
        self.terms: list[str] = []
        self.changes: list[Mend] = []
        self._lost: list[tuple[int, str]] = []
        self._broken = False  # what was read last can't be told

    def add(self, word: _Word) -> None:
        source = word.source
        if word.parts == (source,) and is_plain(source):
            self.terms.append(source)
            self._broken = False
            return
        found, unclear = self._mend(word)
        if not found and len(word.parts) == 1 and _is_kept(source):
            self.terms.append(source)
            return
        for place, text in unclear:
            self._note("omitted_spf_term", text)
            self._lost += [(len(self.terms) + place, text)]
        self.terms += found
        if found and found != [source]:
            self._note("mended_spf_term", source, " ".join(found))
        elif not found and not unclear:
            self._note("mended_spf_sign", source)

    def _mend(self, word: _Word) -> tuple[list[str], list[tuple[int, str]]]:
        """Return the terms of a word, and behind how many of them something is lost."""
        results: list[tuple[list[str], list[str]]] = []
        for number, part in enumerate(word.parts):
            found, left = mend_word(part)
            if self._broken and is_bare(part):
                found, left = [], [part]
            self._broken = bool(left) and not found
            if self._broken and number and not begins_term(part):
                # It may be the rest of the part before, which then is not whole.
                results[-1] = [], [word.parts[number - 1]]
            results.append((found, left))
        terms: list[str] = []
        unclear: list[tuple[int, str]] = []
        for found, left in results:
            # Where in the part it stood is not known: the first place is the safe one.
            unclear += [(len(terms), text) for text in left]
            terms += found
        return terms, unclear

    def _note(self, code: str, text: str, meant: str = "") -> None:
        self.changes.append(Mend(code, _show(text), _show(meant)))

    def list_lost_refusals(self, record: SpfRecord) -> Iterator[str]:
        """Yield what can't be read, and would refuse before a term that lets pass."""
        last = max((i for i, t in enumerate(record.terms) if _may_pass(t)), default=-1)
        for place, text in self._lost:
            if place <= last and text[0] in "-~?":
                yield _show(text)


def _may_pass(term: Term) -> bool:
    if isinstance(term, Directive):
        return term.qualifier == "+" and term.mechanism != "all"
    return isinstance(term, Modifier) and term.name == "redirect"


def _is_kept(word: str) -> bool:
    """Tell whether a word stays as it is, since nobody knows what else it should be."""
    try:
        term = parse_term(word)
    except PermError:
        return False
    return not (isinstance(term, Modifier) and is_lost(term))


def _mend_cut(published: str, size: int, meant: MeantRecord) -> MeantRecord:
    """Mend an ``all`` that a form has cut off, and name what else it may have cut."""
    if not is_cut(size, meant.record):
        return meant
    last = published.rstrip(" ").split(" ")[-1]
    shown = _show(last)
    changes = tuple(one for one in meant.changes if one.text != shown)
    if not re.fullmatch(r"[-~?]al?", last, _FLAGS):
        return replace(meant, changes=(*changes, Mend("omitted_spf_cut", shown)))
    terms = [term.text for term in meant.record.terms if term.text != last]
    end = f"{last[0]}all"
    record = parse_record(" ".join([VERSION, *terms, end]))
    changes = (*changes, Mend("mended_spf_cut", last, end))
    return replace(meant, record=record, changes=changes)


def is_cut(size: int, record: SpfRecord) -> bool:
    """Tell whether a form has cut a record where one string of DNS is full.

    :param size: bytes of the record as published.
    """
    return size == MAX_STRING and not (record.all_term or record.redirect)


def _leave_out_errors(meant: MeantRecord) -> MeantRecord:
    """Leave out a second exp or redirect: receivers stop at it (section 6)."""
    terms = tuple(t for t in meant.record.terms if not isinstance(t, BadTerm))
    kept = {term.text.lower() for term in terms}
    left_out = tuple(
        Mend("omitted_spf_twice", _show(error.text))
        for error in meant.record.errors
        if error.text.lower() not in kept
    )
    record = replace(meant.record, terms=terms)
    return replace(meant, record=record, changes=(*meant.changes, *left_out))


def list_lost_modifiers(record: SpfRecord) -> Iterator[Modifier]:
    """Yield what was meant to be a mechanism, and is an unknown modifier."""
    for term in record.terms:
        if isinstance(term, Modifier) and is_lost(term):
            yield term


def leave_out(meant: MeantRecord, code: str, terms: Mapping[str, str]) -> MeantRecord:
    """Return a record without some of its terms, each of them named.

    :param code: of the reason.
    :param terms: by the text of each term the domain that is the cause.
    """
    gone = [term.text for term in meant.record.terms if term.text in terms]
    kept = tuple(term for term in meant.record.terms if term.text not in terms)
    changes = [
        Mend(code, _show(text), domain=printable(terms[text]))
        for text in dict.fromkeys(gone)
    ]
    record = replace(meant.record, terms=kept)
    return replace(meant, record=record, changes=(*meant.changes, *changes))
