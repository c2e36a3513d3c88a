# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the owner of a DMARC record meant by it, whatever mistakes are in it.

Receivers read :func:`.record.parse_dmarc`, and ignore what they can't read; so do all
results. This reading is for proposals: who slipped with a quote, a comma or a capital
letter gets a record that asks for the same. What could mean two things is not guessed.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from ..damage import DOUBLE_QUOTES, SINGLE_QUOTES, decode_text
from ..errors import PermError
from ..printable import printable
from .record import MAX_TEXT, POLICIES, Policy, read_mailbox, read_uri

MAX_REMARKS = 12  # of what was mended, and of what is left out
# What a form of a DNS host kept of a longer value: one string of a TXT record holds no
# more bytes (RFC 1035 section 3.3.14).
CUT_LENGTH = 255

_SHOWN = 100
_HEAD = 200  # bytes that tell what a record was meant to be
_CANDIDATE = re.compile(rb"dmarc|p\s*[=:]", re.IGNORECASE)
_TAGS = "adkim|aspf|psd|pct|rua|ruf|fo|rf|ri|sp|np|p|t|v"
_KNOWN = frozenset(_TAGS.split("|"))
_FLAGS = re.IGNORECASE
# A pasted line of a zone file: name, time to live, class, type.
_LINE = r"(?:_dmarc[a-z0-9._-]*[ :=]+)?(?:[0-9]{1,10} )?(?:IN )?(?:TXT[ :=]+)?"
_LINE_START = re.compile(_LINE, _FLAGS)
_WORD = r"(?:(?:v ?[=:-]{1,2} ?){1,2}dmarc ?[-_]? ?[1il]?(?:\.0)?|v? ?dmarc1)"
_VERSION = re.compile(
    rf"(?P<line>{_LINE})(?P<word>{_WORD})(?=[ ;,:.|]|\Z|(?:{_TAGS}) ?[=:])", _FLAGS
)
_POLICY_TAG = re.compile(rf"(?:\A|[ ;,:|])p ?[=:]+ ?(?:{'|'.join(POLICIES)})\b", _FLAGS)
# Another version, or one that somebody has switched off.
_OTHER = re.compile(r".{0,20}?v ?[=:] ?dmarc", _FLAGS)
_BOUNDARY = re.compile(rf"[ ,:|](?=(?:{_TAGS}) ?[=:])", _FLAGS)
_TAG = re.compile(
    r"(?P<name>[a-z][a-z0-9_-]*) ?(?P<sign>[=:]+) ?(?P<value>.*)\Z", _FLAGS
)
_BLANK_TAG = re.compile(rf"(?P<name>{_TAGS}) (?P<value>.+)\Z", _FLAGS)
_POLICY = re.compile(rf"[^a-z0-9]*({'|'.join(POLICIES)})[^a-z0-9]*\Z", _FLAGS)
_RUN_ON = re.compile(
    rf"({'|'.join(POLICIES)}|[ynurs]|[0-9]{{1,3}})((?:{_TAGS})[=:].*)\Z", _FLAGS
)
_RUN_ON_TAG = re.compile(rf"(?:{_TAGS}) ?[=:]", _FLAGS)  # at the end of another
_PERCENT = re.compile(r"([0-9]{1,3}) ?%?\Z")
_ADDRESSES = re.compile(r"[,; |]+|(?=mailto:)", _FLAGS)
_SCHEME = re.compile(r"(?:(?:e-?mail|mail ?to|[a-z]{2,8}(?=:))[:=/]+)+", _FLAGS)
_OTHER_SCHEME = re.compile(r"(?!mail)[a-z]+://", _FLAGS)
_SIZE = re.compile(r"![0-9]*[a-z]?\Z", _FLAGS)
_QUOTES = dict.fromkeys(map(ord, DOUBLE_QUOTES), '"')
_QUOTES |= dict.fromkeys(map(ord, SINGLE_QUOTES), "'")
_ALIKE = {*_QUOTES, *map(ord, "；：＝，＠．\u037e")}
_CHOICES = ("p", "sp", "np", "pct", "t", "psd", "adkim", "aspf")
_WORDS = {
    "t": {"y": "y yes true 1 on", "n": "n no false 0 off"},
    "psd": {"y": "y yes", "n": "n no", "u": "u unknown"},
    "adkim": {"r": "r relaxed", "s": "s strict"},
    "aspf": {"r": "r relaxed", "s": "s strict"},
}


@dataclass(frozen=True)
class Remark:
    """What was mended in a record, or is left out of it.

    :param code: "mended_dmarc_..." or "omitted_dmarc_...", as
        :data:`mailauth.domain.reasons.TEXTS` has them.
    :param text: what is published, printable ASCII, bounded; "" where there is nothing
        to show.
    :param to: what stands in its place, likewise.
    :param count: of how many records it speaks, 0 where of one.
    """

    code: str
    text: str = ""
    to: str = ""
    count: int = 0


@dataclass
class Meant:
    """What a record, or several together, were meant to ask for.

    :param p: the strictest policy that is named, None for none.
    :param sp: that for subdomains, likewise.
    :param np: that for subdomains that don't exist, likewise.
    :param unclear: what may be a policy, but which one can only be guessed.
    :param t: "y", "n" or "" where nothing says so.
    :param psd: "y", "n", "u" or "".
    :param adkim: "r", "s" or "".
    :param aspf: likewise.
    :param rua: URIs for aggregate reports that a receiver can read.
    :param ruf: those for failure reports.
    :param fo: which failures are reported.
    :param pct: to how many mails of a hundred the policy applies, None for all.
    :param remarks: what was mended and what is left out.
    """

    p: Policy | None = None
    sp: Policy | None = None
    np: Policy | None = None
    unclear: list[str] = field(default_factory=list)
    t: str = ""
    psd: str = ""
    adkim: str = ""
    aspf: str = ""
    rua: list[str] = field(default_factory=list)
    ruf: list[str] = field(default_factory=list)
    fo: list[str] = field(default_factory=list)
    pct: int | None = None
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, code: str, text: str = "", to: str = "", count: int = 0) -> None:
        """Note what was done, each once and not too many."""
        one = Remark(code, printable(text, _SHOWN), printable(to, _SHOWN), count)
        once = code == "mended_dmarc_separator"
        known = any(code == o.code if once else one == o for o in self.remarks)
        alike = [o for o in self.remarks if o.code[:4] == code[:4]]
        if known or len(alike) > MAX_REMARKS:
            return
        if len(alike) == MAX_REMARKS:
            # That something else is left out is said, even where there is much of it.
            one = Remark(code, "...", "..." if to else "")
        self.remarks.append(one)


def is_meant(data: bytes) -> bool:
    """Tell whether a TXT record was meant as a DMARC record, right or wrong.

    One for another version, or that looks switched off, is not.
    """
    return _is_candidate(data) and _is_meant(_clean(data[:_HEAD]))


def is_near_miss(data: bytes) -> bool:
    """Tell whether a TXT record looks like one, but not as if it should count."""
    if not _is_candidate(data):
        return False
    text = _clean(data[:_HEAD])
    return bool(_OTHER.match(text)) and not _is_meant(text)


def _is_candidate(data: bytes) -> bool:
    """Tell at little cost that a record is nothing of the kind."""
    head = data[:_HEAD]
    return not head.isascii() or bool(_CANDIDATE.search(head))


def is_cut(data: bytes) -> bool:
    """Tell whether a record looks as if a form had cut its end off.

    That is so where the last part can't be read; a record of that length may be right.
    """
    if len(data) != CUT_LENGTH:
        return False
    last = _clean(data).rpartition(";")[2].strip()
    name, _equals, value = last.partition("=")
    if name.strip().lower() in ("rua", "ruf"):
        tokens = [token for token in _ADDRESSES.split(value) if token]
        return not tokens or not _read_address(tokens[-1])
    return bool(last) and not value


def read_meant(data: bytes) -> Meant:
    """Read what a record was meant to ask for, one that is right as it is written.

    The work is bounded: of a longer record only the first 4,096 bytes are read.

    :param data: the TXT record, its strings joined; one that :func:`is_meant`.
    """
    meant = Meant()
    text = _clean(data, meant)
    body = _take_version(text, meant)
    previous = ""
    pieces = list(reversed(list(_split(body, meant))))
    while pieces:
        piece = pieces.pop()
        name, value = _read_tag(piece, previous, meant)
        run_on = _RUN_ON.match(value) if name in _CHOICES else None
        if run_on:
            value = run_on[1]
            pieces.append(run_on[2])
            meant.remark("mended_dmarc_separator", piece)
        _take(name, value, piece, meant)
        previous = name
    return meant


def merge_meant(records: list[Meant]) -> Meant:
    """Return what several records ask for together: the strictest, reports to all."""
    first, *others = records
    for other in others:
        for name in ("p", "sp", "np"):
            policies = getattr(first, name), getattr(other, name)
            setattr(first, name, _pick_stricter(*policies))
        for name in ("adkim", "aspf"):
            values = {getattr(first, name), getattr(other, name)}
            setattr(first, name, "s" if "s" in values else "r" if "r" in values else "")
        for name in ("unclear", "rua", "ruf", "fo"):
            both = [*getattr(first, name), *getattr(other, name)]
            setattr(first, name, list(dict.fromkeys(both)))
        # A part of the mails, or none while it is tested, only where all say so.
        first.t = first.t if first.t == other.t else ""
        first.pct = _pick_more(first.pct, other.pct)
        first.psd = first.psd or other.psd
        for one in other.remarks:
            first.remark(one.code, one.text, one.to)
    return first


def rank_policy(policy: str | None) -> int:
    """Return how strict a policy is; none at all is below "none"."""
    return POLICIES.index(policy) if policy else -1


def _pick_stricter(one: Policy | None, other: Policy | None) -> Policy | None:
    return max(one, other, key=rank_policy)


def _pick_more(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


# --- The text


def _clean(data: bytes, meant: Meant | None = None) -> str:
    """Return a record without what comes from copying, quoting and escaping."""
    meant = meant or Meant()
    raw = decode_text(data[:MAX_TEXT])
    text = unicodedata.normalize("NFKC", raw)[:MAX_TEXT].translate(_QUOTES)
    visible = "".join(sign for sign in text if _is_visible(sign))
    text = " ".join(visible.split())
    if raw[:1].isspace():
        meant.remark("mended_dmarc_blank")
    if any(map(_is_alike, raw)):
        meant.remark("mended_dmarc_signs")
    if "\\" in text:
        meant.remark("mended_dmarc_backslash")
        text = " ".join(re.sub(r"\\([0-9]{3})?", _unescape, text).split())
    if '"' in text or text[:1] == "'":
        meant.remark("mended_dmarc_quotes")
        text = _unquote(text)
    return text


def _is_visible(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign)[0] != "C"


def _is_alike(sign: str) -> bool:
    """Tell whether a sign only looks like one that a record may have, or like none."""
    if sign.isascii():
        return False
    return not _is_visible(sign) or not sign.isprintable() or ord(sign) in _ALIKE


def _unescape(match: re.Match) -> str:
    """Return the character of ``\\059`` (RFC 1035 section 5.1)."""
    number = int(match[1] or 0)
    return chr(number) if " " <= chr(number) <= "~" else ""


def _unquote(text: str) -> str:
    """Drop the quotes, and put together what was split into several strings."""
    strings = re.split('" ?"', text)
    joined = strings[0]
    for string in strings[1:]:
        inside_value = "=" in joined[joined.rfind(";") + 1 :]
        begins_tag = inside_value and re.match(rf" ?(?:{_TAGS}) ?[=:]", string, _FLAGS)
        joined += f"; {string}" if begins_tag else string
    return joined.replace('"', "").strip(" '")


def _is_meant(text: str) -> bool:
    if _VERSION.match(text):
        return True
    begins = _TAG.match(_LINE_START.sub("", text, count=1))
    if not begins or begins["name"].lower() not in _KNOWN - {"v"}:
        return False
    versions = map(_VERSION.match, map(str.strip, text.split(";")))
    return bool(_POLICY_TAG.search(text)) or any(versions)


def _take_version(text: str, meant: Meant) -> str:
    """Return what follows the version."""
    match = _VERSION.match(text)
    if not match:
        meant.remark("mended_dmarc_version", text, "v=DMARC1; ...")
    line = match["line"] if match else _LINE_START.match(text)[0]
    if line:
        meant.remark("mended_dmarc_line", line)
    if not match:
        return text[len(line) :]
    rest = text[match.end("word") :]
    if not re.match(r"[vV] ?= ?DMARC1\Z", match["word"]):
        meant.remark("mended_dmarc_version", match["word"], "v=DMARC1")
    elif not re.match(r" ?(?:;|\Z)", rest):
        meant.remark("mended_dmarc_separator", text)
    return rest.lstrip(" .:,;|")


def _split(body: str, meant: Meant) -> Iterator[str]:
    """Yield the parts of a record, also where no semicolon stands between them."""
    for part in body.split(";"):
        part = part.strip(" ,")
        tag = _TAG.match(part) or _BLANK_TAG.match(part)
        # What an unknown tag says may be anything: a note, for instance.
        known = tag and tag["name"].lower() in _KNOWN
        pieces = _BOUNDARY.split(part) if known else [part]
        pieces = [piece.strip(" ,:|") for piece in pieces]
        if len(pieces) > 1:
            meant.remark("mended_dmarc_separator", part)
        yield from filter(None, pieces)


def _read_tag(piece: str, previous: str, meant: Meant) -> tuple[str, str]:
    """Return the name and the value of a part; "" as name where it has none."""
    match = _TAG.match(piece)
    name = match["name"].lower() if match else ""
    if match and (name in _KNOWN or match["sign"][0] == "="):
        value = match["value"].strip(" '")
        if match["sign"] != "=":
            meant.remark("mended_dmarc_tag", piece, f"{name}={value}")
        return name, value
    match = _BLANK_TAG.match(piece)
    if match:
        name, value = match["name"].lower(), match["value"]
        meant.remark("mended_dmarc_tag", piece, f"{name}={value}")
        return name, value
    if "@" in piece and previous in ("rua", "ruf"):
        return previous, piece
    return "", piece


# --- The tags


def _take(name: str, value: str, piece: str, meant: Meant) -> None:
    if name in ("p", "sp", "np"):
        _take_policy(name, value, meant)
    elif name in _WORDS:
        _take_word(name, value, meant)
    elif name in ("rua", "ruf"):
        _take_addresses(name, value, meant)
    elif name == "fo":
        _take_failures(value, meant)
    elif name == "pct":
        _take_percent(value, meant)
    elif name in ("rf", "ri"):
        meant.remark("omitted_dmarc_outdated", f"{name}={value}")
    elif name == "v" and _RUN_ON_TAG.search(value):
        meant.unclear.append(printable(piece, _SHOWN))
    elif name != "v" and not _VERSION.match(piece):
        _take_unknown(name, value, piece, meant)


def _take_policy(name: str, value: str, meant: Meant) -> None:
    match = _POLICY.match(value)
    if not match:
        if value:
            meant.unclear.append(printable(f"{name}={value}", _SHOWN))
        return
    word = match[1].lower()
    if word != value.lower():
        meant.remark("mended_dmarc_tag", f"{name}={value}", f"{name}={word}")
    before = getattr(meant, name)
    strictest = _pick_stricter(before, word)
    if before and before != word:
        texts = f"{name}={before}, {name}={word}"
        meant.remark("mended_dmarc_duplicate", texts, f"{name}={strictest}")
    setattr(meant, name, strictest)


def _take_word(name: str, value: str, meant: Meant) -> None:
    bare = value.lower().strip(" .,'()<>[]")
    words = _WORDS[name].items()
    word = next((short for short, all_ in words if bare in all_.split()), "")
    if not word:
        if value:
            meant.remark("omitted_dmarc_part", f"{name}={value}")
        return
    if word != value.lower():
        meant.remark("mended_dmarc_tag", f"{name}={value}", f"{name}={word}")
    before = getattr(meant, name)
    if before and before != word:
        # Strict alignment, no test: what protects more.
        word = {"t": "n", "psd": before}.get(name, "s")
        meant.remark("mended_dmarc_duplicate", f"{name}={value}", f"{name}={word}")
    setattr(meant, name, word)


def _take_failures(value: str, meant: Meant) -> None:
    options = [option for option in re.split("[:,/. ]+", value.lower()) if option]
    kept = [option for option in options if option in tuple("01ds")]
    if ":".join(kept) != value.lower() or not kept:
        meant.remark("mended_dmarc_tag", f"fo={value}", f"fo={':'.join(kept)}")
    meant.fo = list(dict.fromkeys([*meant.fo, *kept]))


def _take_percent(value: str, meant: Meant) -> None:
    match = _PERCENT.match(value)
    if not match or int(match[1]) > 100:
        meant.remark("omitted_dmarc_outdated", f"pct={value}")
        return
    # Twice: the larger part of the mails.
    meant.pct = max(int(match[1]), meant.pct or 0)


def _take_unknown(name: str, value: str, piece: str, meant: Meant) -> None:
    """Take what stands under no known name where it can mean only one thing."""
    if "@" in value and (not name or re.match("mailto:", value, _FLAGS)):
        wanted = "ruf" if name.startswith("ruf") else "rua"
        meant.remark("mended_dmarc_tag", piece, f"{wanted}={value}")
        _take_addresses(wanted, value, meant)
    elif _POLICY.match(value):
        meant.unclear.append(printable(piece, _SHOWN))
    else:
        meant.remark("omitted_dmarc_part", piece)


# --- Addresses of reports


def _take_addresses(name: str, value: str, meant: Meant) -> None:
    uris = getattr(meant, name)
    tokens = [token for token in _ADDRESSES.split(value) if token]
    if uris or re.sub(" ?, ?", ",", value) != ",".join(tokens):
        meant.remark("mended_dmarc_addresses", name)
    known = {uri.lower() for uri in uris}
    for token in tokens:
        if not _SCHEME.sub("", token).strip(" <>'"):
            continue
        uri = _read_address(token)
        if not uri:
            meant.remark("omitted_dmarc_address", token)
            continue
        if uri != token:
            meant.remark("mended_dmarc_address", token, uri)
        if uri.lower() not in known:
            known.add(uri.lower())
            uris.append(uri)


def _read_address(token: str) -> str:
    """Return the URI of an address that a mail can reach, "" for any other."""
    with contextlib.suppress(PermError):
        uri, notes = read_uri(token)
        if not notes:
            return uri.uri
    if _OTHER_SCHEME.match(token):
        return ""
    bare = _SIZE.sub("", token.strip(" <>()[]'`./"))
    bare = _SCHEME.sub("", bare, count=1)
    bare, _query, query = bare.strip("<>()[]'`.").partition("?")
    try:
        local_part, domain = read_mailbox(unquote(_SIZE.sub("", bare)))
        address = quote(local_part, safe="!$'*+-._~")
        query = f"?{quote(query, safe='=&%+-._~')}" if query else ""
        uri, _notes = read_uri(f"mailto:{address}@{domain}{query}")
    except PermError:
        return ""
    return uri.uri
