# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""DMARC policy records: from the text to what it asks for (RFC 9989 section 4.7)."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from ..address import split_address
from ..dns.names import normalize_name
from ..errors import PermError
from ..printable import printable
from ..tags import TagList, TagProblem, scan_tags

Policy = Literal["none", "quarantine", "reject"]

POLICIES = ("none", "quarantine", "reject")
# In RFC 7489 they were known; RFC 9989 appendix C.4 removed them.
REMOVED_TAGS = ("pct", "rf", "ri")
MAX_URIS = 10  # of each tag; receivers may stop earlier (RFC 9990 section 3.5)
MAX_NOTES = 20
MAX_TEXT = 4096  # bytes of a record that are read and shown

_VERSION = re.compile(rb"[vV][ \t]*=[ \t]*DMARC1[ \t]*(;|\Z)")
_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    r"(?P<rest>(?:[A-Za-z0-9._~:/?#\[\]@$&'()*+=!-]|%[0-9A-Fa-f]{2})+)\Z"
)
_SIZE = re.compile(r"![0-9]+[kmgt]?\Z", re.IGNORECASE)
# What a mailbox may look like for a mail to reach it: a dot-atom, or one in quotes
# (RFC 5322 section 3.4.1), at a host name with a dot in it (RFC 5321 section 2.3.5).
_LOCAL_PART = re.compile(
    r"""(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+|"[^"\\]+")\Z""",
)
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}\Z")
_FO = re.compile(r"(?:[01ds](?::[01ds])*)\Z", re.IGNORECASE)
_CAPITALS = re.compile(r"[a-z]*[A-Z][A-Za-z]*[ \t]*=")
_CHOICES = {
    "p": POLICIES,
    "sp": POLICIES,
    "np": POLICIES,
    "t": ("y", "n"),
    "psd": ("y", "n", "u"),
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
}
_KNOWN = {"v", "fo", "rua", "ruf", *_CHOICES}


@dataclass(frozen=True)
class DmarcNote:
    """Something in a record that a receiver ignores, or that should be different.

    :param code: "tag_syntax", "tag_value", "tag_duplicate" (see :mod:`.tags`),
        "tag_empty", "tag_case", "tag_unknown", "tag_removed", "value_invalid",
        "policy_missing", "policy_invalid", "policy_not_second", "uri_invalid",
        "uri_size", "uri_not_mailto", "uri_too_many", "fo_without_ruf", "fo_both" or
        "text_too_long".
    :param text: the part of the record, printable ASCII, bounded.
    """

    code: str
    text: str = ""


@dataclass(frozen=True)
class DmarcUri:
    """Where reports go.

    :param uri: as published, without an outdated size limit.
    :param address: of a mailto: URI the mailbox, else "".
    :param domain: the mailbox's domain in A-labels, else "".
    """

    uri: str
    address: str = ""
    domain: str = ""


@dataclass(frozen=True)
class DmarcRecord:
    """One record that begins with v=DMARC1.

    :param text: the record, printable ASCII.
    :param p: the domain's own policy, None where it is missing or invalid.
    :param sp: that for existing subdomains, None where there is no valid one.
    :param np: that for subdomains that don't exist, None likewise.
    :param valid: whether p is valid, and sp and np are valid or absent.
    :param testing: t=y, the next milder policy should be applied.
    :param psd: "y", "n" or "u" (default).
    :param adkim: "r" relaxed (default) or "s" strict.
    :param aspf: likewise for SPF.
    :param rua: where aggregate reports go; only valid URIs.
    :param ruf: where failure reports go; only valid URIs.
    :param fo: which failures are reported, in lower case.
    :param pct: to how many mails of a hundred receivers of RFC 7489 apply the policy;
        those of RFC 9989 ignore it.
    :param notes: what a receiver ignores, at most 20.
    """

    text: str
    p: Policy | None = None
    sp: Policy | None = None
    np: Policy | None = None
    valid: bool = True
    testing: bool = False
    psd: Literal["y", "n", "u"] = "u"
    adkim: Literal["r", "s"] = "r"
    aspf: Literal["r", "s"] = "r"
    rua: tuple[DmarcUri, ...] = ()
    ruf: tuple[DmarcUri, ...] = ()
    fo: tuple[str, ...] = ("0",)
    pct: int = 100
    notes: tuple[DmarcNote, ...] = ()

    def select_policy(self, whom: Literal["p", "sp", "np"]) -> Policy | None:
        """Return the policy that a receiver applies (RFC 9989 section 4.10.1).

        :param whom: "p" for the domain that publishes the record, "sp" for a
            subdomain that exists, "np" for one that does not.
        :return: None where DMARC is not applied at all.
        """
        if not self.valid:
            return "none" if self.rua else None
        chain = {"p": (), "sp": (self.sp,), "np": (self.np, self.sp)}[whom]
        return next((policy for policy in chain if policy), self.p)


def is_dmarc(data: bytes) -> bool:
    """Tell whether a TXT record is a DMARC record at all (RFC 9989 section 4.10)."""
    return bool(_VERSION.match(data))


def parse_dmarc(data: bytes) -> DmarcRecord:
    """Read a DMARC record as a receiver does: what is invalid is ignored.

    :param data: the TXT record, its strings joined.
    :raises PermError: "dmarc_version": it does not begin with v=DMARC1.
    """
    if not is_dmarc(data):
        raise PermError("dmarc_version", printable(data, 100))
    text = printable(data, MAX_TEXT)
    notes = [DmarcNote("text_too_long")] if len(data) > MAX_TEXT else []
    tag_list = scan_tags(data[:MAX_TEXT], fold=True)
    notes += [_note_problem(problem) for problem in tag_list.problems]
    values = {name: _read_choice(tag_list, name, notes) for name in _CHOICES}
    notes += _check_case(text) + _check_names(tag_list)
    notes += _check_policy(tag_list)
    rua = _read_uris(tag_list, "rua", notes)
    ruf = _read_uris(tag_list, "ruf", notes)
    named = {tag.name for tag in (*tag_list.tags, *tag_list.problems)}
    broken = any(tag in named and not values[tag] for tag in ("sp", "np"))
    return DmarcRecord(
        text=text,
        p=values["p"],
        sp=values["sp"],
        np=values["np"],
        valid=bool(values["p"]) and not broken,
        testing=values["t"] == "y",
        psd=values["psd"] or "u",
        adkim=values["adkim"] or "r",
        aspf=values["aspf"] or "r",
        rua=rua,
        ruf=ruf,
        fo=_read_fo(tag_list, notes),
        pct=_read_pct(tag_list),
        notes=tuple(notes[:MAX_NOTES]),
    )


def _note_problem(problem: TagProblem) -> DmarcNote:
    empty = problem.code == "tag_syntax" and not problem.text
    return DmarcNote("tag_empty" if empty else problem.code, problem.text)


def _check_case(text: str) -> list[DmarcNote]:
    """Name the tags whose names are in capitals: they count (section 4.8)."""
    parts = [part.strip() for part in text.split(";")]
    capitals = [part for part in parts if _CAPITALS.match(part)]
    return [DmarcNote("tag_case", capitals[0][:100])] if capitals else []


def _read_choice(tag_list: TagList, name: str, notes: list[DmarcNote]) -> str | None:
    value = tag_list.get(name)
    if value is None:
        return None
    # The words of RFC 9989 section 4.8 are ABNF strings: case does not matter.
    if value.lower() in _CHOICES[name]:
        return value.lower()
    code = "policy_invalid" if name in ("p", "sp", "np") else "value_invalid"
    notes.append(DmarcNote(code, f"{name}={value[:100]}"))
    return None


def _check_names(tag_list: TagList) -> list[DmarcNote]:
    notes = []
    for tag in tag_list.tags:
        shown = f"{tag.name}={tag.value}"[:100]
        if tag.name in REMOVED_TAGS:
            notes.append(DmarcNote("tag_removed", shown))
        elif tag.name not in _KNOWN and tag.position:
            notes.append(DmarcNote("tag_unknown", shown))
    return notes


def _check_policy(tag_list: TagList) -> list[DmarcNote]:
    if tag_list.get("p") is None:
        return [DmarcNote("policy_missing")]
    # RFC 7489 section 6.3 wanted p right after v, and old receivers still do.
    if tag_list.tags[1].name != "p":
        return [DmarcNote("policy_not_second", tag_list.tags[1].name)]
    return []


def _read_fo(tag_list: TagList, notes: list[DmarcNote]) -> tuple[str, ...]:
    value = tag_list.get("fo")
    if value is None:
        return ("0",)
    if not _FO.match(value):
        notes.append(DmarcNote("value_invalid", f"fo={value[:100]}"))
        return ("0",)
    if tag_list.get("ruf") is None:
        notes.append(DmarcNote("fo_without_ruf", f"fo={value[:100]}"))
    elif {"0", "1"} <= set(value):
        notes.append(DmarcNote("fo_both", f"fo={value[:100]}"))
    return tuple(value.lower().split(":"))


def _read_pct(tag_list: TagList) -> int:
    value = tag_list.get("pct") or ""
    return min(int(value), 100) if re.fullmatch("[0-9]{1,3}", value) else 100


def _read_uris(
    tag_list: TagList, name: str, notes: list[DmarcNote]
) -> tuple[DmarcUri, ...]:
    value = tag_list.get(name)
    if value is None:
        return ()
    uris: list[DmarcUri] = []
    parts = value.split(",")
    if len(parts) > MAX_URIS:
        notes.append(DmarcNote("uri_too_many", name))
    for part in parts[:MAX_URIS]:
        try:
            uri, more = read_uri(part.strip())
        except PermError as error:
            notes.append(DmarcNote(error.code, f"{name}={error.detail}"))
        else:
            uris.append(uri)
            notes += more
    return tuple(uris)


def read_uri(text: str) -> tuple[DmarcUri, list[DmarcNote]]:
    """Read one URI for reports (RFC 9989 section 4.6).

    :return: the URI, and what there is to say of it.
    :raises PermError: "uri_invalid".
    """
    notes = []
    # "!10m" was a size limit in RFC 7489; now it would belong to the address.
    uri = _SIZE.sub("", text)
    if uri != text:
        notes.append(DmarcNote("uri_size", text[:100]))
    match = _URI.match(uri)
    if not match:
        raise PermError("uri_invalid", text[:100])
    if match["scheme"].lower() != "mailto":
        notes.append(DmarcNote("uri_not_mailto", text[:100]))
        return DmarcUri(uri), notes
    address = unquote(match["rest"].partition("?")[0])
    try:
        return DmarcUri(uri, address, read_mailbox(address)[1]), notes
    except PermError as error:
        raise PermError("uri_invalid", text[:100]) from error


def read_mailbox(address: str) -> tuple[str, str]:
    """Return the local part and the domain of an address that a mail can reach.

    :return: the domain in A-labels.
    :raises PermError: "address_invalid" or "name_invalid".
    """
    local_part, domain = split_address(address)
    # "mailto://a@b" would be a mailbox called "//a" (RFC 6068 section 2).
    if not _LOCAL_PART.match(local_part) or local_part.startswith("/"):
        raise PermError("address_invalid", address[:100])
    # A name may end in a dot, a mailbox can't (RFC 5321 section 4.1.2).
    is_name = domain.endswith(".")
    domain = normalize_name(domain)
    if is_name or not _DOMAIN.match(domain):
        raise PermError("address_invalid", address[:100])
    return local_part, domain
