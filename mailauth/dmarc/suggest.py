# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DMARC record to publish, made from what is published now."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .ladder import RUNG_TAGS
from .meant import Meant, Remark, merge_meant, rank_policy, read_meant
from .policy import Tag
from .record import MAX_URIS, DmarcRecord, parse_dmarc

# "pct" stands before "t" as its like for receivers of RFC 7489.
_ORDER = ("p", "sp", "np", "psd", "pct", "t", "adkim", "aspf", "rua", "ruf", "fo")
# What receivers are asked to do, and how closely they are to look.
_ASKED = ("p", "sp", "np", "pct", "t", "adkim", "aspf")
_KEPT = ("pct", "t", "adkim", "aspf")
_DEFAULTS = {("psd", "u"), ("adkim", "r"), ("aspf", "r"), ("fo", "0")}
_ADDRESS = re.compile(r"[A-Za-z0-9.+=_-]+@[A-Za-z0-9.-]+\Z")


@dataclass(frozen=True)
class DmarcSuggestion:
    """What to publish.

    :param text: the record, "" where its owner has to say first which policy it is.
    :param cautious: the same reports, with a policy that refuses nothing.
    :param unclear: what may be a policy, but which one can only be guessed.
    :param remarks: what was mended, and what is left out.
    """

    text: str
    cautious: str
    unclear: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def suggest_dmarc(
    records: Iterable[bytes],
    report_address: str = "",
    inbox: str = "",
    step: str = "",
) -> DmarcSuggestion:
    """Return the record to publish in place of what is there.

    It asks for what they were meant to ask for, never for less: the policies, the
    alignment and the addresses of reports are kept. Where there is no policy it begins
    with p=none, so that nothing is lost before the reports have been read (RFC 9989
    section 5.1).

    :param records: those that count, or the damaged ones where none does.
    :param report_address: added as rua where there is none.
    :param inbox: an address that somebody reads by program, added as rua beside those
        that are there, "" for none. Where there is none it stands alone.
    :param step: what receivers are to be asked for from now on, one of
        :data:`.ladder.RUNGS`; "" for what is meant now.
    """
    read = [read_meant(data) for data in records]
    meant = merge_meant(read) if read else Meant()
    if len(read) > 1:
        meant.remark("mended_dmarc_merged", count=len(read))
    _add_rua(meant, inbox)
    if not meant.rua:
        _add_rua(meant, report_address)
    if step and meant.p and not meant.unclear:
        meant.p, meant.pct, meant.t = RUNG_TAGS[step]
    if read and not meant.p and not meant.unclear:
        meant.remark("mended_dmarc_policy")
    tags = _list_tags(meant)
    cautious = _render(_soften(tags))
    unclear = tuple(meant.unclear)
    text = "" if unclear else _render(tags)
    return DmarcSuggestion(text, cautious, unclear, tuple(meant.remarks))


def _add_rua(meant: Meant, address: str) -> None:
    uri = f"mailto:{address}"
    there = {one.lower() for one in meant.rua}
    # Receivers may stop after so many (RFC 9990 section 3.5).
    full = len(meant.rua) >= MAX_URIS
    if _ADDRESS.match(address) and uri.lower() not in there and not full:
        meant.rua.append(uri)


def soften_dmarc(text: str, in_force: DmarcRecord | None, tag: Tag = "p") -> str:
    """Return a record with the same reports that asks for nothing new yet.

    :param text: a record that is right.
    :param in_force: the record that receivers apply now, None for none: then p=none.
    :param tag: the one of its tags that they apply: not p where it stands above.
    """
    wanted = parse_dmarc(text.encode())
    tags = _soften(_tags_of(wanted))
    if not in_force or not in_force.valid:
        return _render(tags)
    now: tuple[tuple[Tag, Tag], ...] = (("p", tag), ("sp", "sp"), ("np", "np"))
    p, sp, np = (
        min(wanted.select_policy(new), in_force.select_policy(old), key=rank_policy)
        for new, old in now
    )
    tags |= {"p": p or "none"} | ({"sp": sp} if sp and sp != p else {})
    tags |= {"np": np} if np and np != sp else {}
    if {p, sp, np} != {"none"}:
        kept = _tags_of(in_force)
        tags |= {name: kept[name] for name in _KEPT if name in kept}
    return _render(tags)


def _list_tags(meant: Meant) -> dict[str, str]:
    policies = {name: getattr(meant, name) for name in ("p", "sp", "np")}
    tags: dict[str, str | None] = {**policies, "p": meant.p or "none"}
    tags |= {"adkim": meant.adkim, "aspf": meant.aspf}
    tags["t"] = "y" if meant.t == "y" else ""
    if meant.psd == "y":
        meant.remark("omitted_dmarc_psd")
    tags["psd"] = "n" if meant.psd == "n" else ""
    tags |= _list_testing(meant)
    tags["rua"], tags["ruf"] = ",".join(meant.rua), ",".join(meant.ruf)
    # Any failure includes those of both (RFC 9989 section 4.7).
    fo = [one for one in meant.fo if one != "0" or "1" not in meant.fo]
    tags["fo"] = ":".join(fo) if meant.ruf else ""
    return {n: v for n, v in tags.items() if v and (n, v) not in _DEFAULTS}


def _list_testing(meant: Meant) -> dict[str, str]:
    """Return the tags for a policy that not all mails are to feel yet.

    Receivers of RFC 7489 read pct, and ignore t; those of RFC 9989 the other way
    round. Whatever of both is there stays, for to drop pct would begin to refuse mails,
    and to add t=y beside a pct above 0 would end it.
    """
    enforced = {meant.p, meant.sp, meant.np} & {"quarantine", "reject"}
    if meant.pct is None or meant.pct == 100 or not enforced:
        if meant.pct is not None:
            meant.remark("omitted_dmarc_outdated", f"pct={meant.pct}")
        return {}
    if meant.pct or meant.t == "y":
        return {"pct": str(meant.pct)}
    if meant.t == "n":
        return {"pct": "0", "t": "n"}
    meant.remark("mended_dmarc_testing")
    return {"pct": "0", "t": "y"}


def _soften(tags: dict[str, str]) -> dict[str, str]:
    return {**{n: v for n, v in tags.items() if n not in _ASKED}, "p": "none"}


def _tags_of(record: DmarcRecord) -> dict[str, str]:
    tags = {name: getattr(record, name) for name in ("p", "sp", "np", "adkim", "aspf")}
    tags |= {"psd": record.psd, "t": "y" if record.testing else ""}
    tags["pct"] = str(record.pct) if record.pct < 100 else ""
    tags["rua"] = ",".join(uri.uri for uri in record.rua)
    tags["ruf"] = ",".join(uri.uri for uri in record.ruf)
    tags["fo"] = ":".join(record.fo) if record.ruf else ""
    return {n: v for n, v in tags.items() if v and (n, v) not in _DEFAULTS}


def _render(tags: dict[str, str]) -> str:
    ordered = (f"{name}={tags[name]}" for name in _ORDER if name in tags)
    return "; ".join(("v=DMARC1", *ordered))
