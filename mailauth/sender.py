"""Who a mail comes from: the rule table, as one pure function."""

import email.utils
import re
import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.policy import Policy
from typing import Literal

from .address import nests_deeply
from .dns.names import normalize_name
from .errors import PermError
from .printable import drop_hidden

SENDER_POLICIES = ("filter", "dmarc", "always")
MAX_NAME = 200  # characters of a display name
_MAX_TEXT = 8192  # characters of a header's value that are looked at
_ENCODED_WORD = 75  # characters (RFC 2047 section 2)
_ENCODED_LINE = 76  # characters of a line that holds one

Reason = Literal[
    "no_author",
    "default_sender",
    "filter_match",
    "filter_mismatch",
    "unfiltered_default",
    "own_domain",
    "policy_filter",
    "policy_always",
    "policy_none",
    "policy_enforced",
    "policy_unknown",
    "mailbox_provider",
]
Fault = Literal["", "default_missing", "default_outside_filter"]

_KEPT: frozenset[Reason] = frozenset(
    {"default_sender", "filter_match", "own_domain", "policy_filter", "policy_none"}
)
_SPECIAL = re.compile(r'[\\"]')
# Without a comma or a second "<" nothing but one mailbox can be meant, whatever the
# name looks like: 'ceo@acme.example <mallory@evil.example>'.
_ONE_MAILBOX = re.compile(r"(?P<name>[^<>,]*)<(?P<address>[^<>\s]+@[^<>\s@]+)>\s*\Z")
_BARE = re.compile(r'[^\s<>(),;:"\\@\[\]]+@[^\s<>(),;:"\\@\[\]]+\Z')
# What a reader takes for an address: several domains in a row are one, so that ours
# at the end excuses none before it. In a domain all stands that is no ASCII sign.
_LABEL = r"[^\s\x00-,./:-@\[-^`{-\x7f]"
_ADDRESS_IN_NAME = re.compile(
    r"""[^\s<>()\[\]"',;:@|/=]+"""
    rf"""(?:@[\s"'(<]*(?:\[[^\]]*\]?|(?:{_LABEL}|\.)+\.{_LABEL}{{2,}}))+"""
)
# Signs that show nothing although they are no control characters (Unicode's
# Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_IDEOGRAPHIC_DOT = "\u3002"
_BRACKETS = re.compile(r"<\s*>|\(\s*\)|\[\s*\]|\"\s*\"|'\s*'")


@dataclass(frozen=True)
class SenderDecision:
    """Who a mail comes from, and why.

    :param header_from: the value for From, printable ASCII where it was made here; the
        author's own text where that can stay. "" where there is nobody at all.
    :param encapsulated: whether the author's name was put before the default address.
    :param reason: the rule that decided.
    :param fault: what is wrong with the configuration: "default_missing" (there is no
        default address to encapsulate in), "default_outside_filter" (it is used
        although the server's filter does not name it), "" for nothing.
    :param author: the author's address: domain in A-labels, "" for none.
    """

    header_from: str
    encapsulated: bool
    reason: Reason
    fault: Fault = ""
    author: str = ""

    @property
    def author_domain(self) -> str:
        """The domain of the author's address, "" for none."""
        return self.author.rpartition("@")[2]


def decide_sender(
    author: str | None,
    from_filter: str | None,
    default_from: str | None,
    own_domains: Iterable[str] = (),
    author_policy: str | None = "none",
    sender_policy: str = "dmarc",
    *,
    unfiltered_default: bool = False,
) -> SenderDecision:
    """Decide what stands in From.

    :param author: the author as in a From header, with or without a display name.
    :param from_filter: what the server may send for: domains and addresses with
        commas; blank where it has no filter.
    :param default_from: the address to encapsulate in.
    :param own_domains: domains and addresses that alias domains and filters name.
    :param author_policy: what the author's domain wants: "none", "quarantine" or
        "reject" (DMARC), "mailbox_provider"; None or anything else where it
        can't be found out.
    :param sender_policy: "filter", "dmarc" or "always": what to do with a foreign
        author that no filter decides.
    :param unfiltered_default: whether Odoo itself sends as the default address where
        there is no filter (it does when it picks a server record without one).
    """
    name, address = parse_mailbox(author)
    default = parse_mailbox(default_from)[1]
    own = tuple(own_domains)
    reason = _judge(
        address,
        from_filter,
        default,
        own,
        author_policy,
        sender_policy,
        unfiltered_default,
    )
    if reason in _KEPT or not default:
        header = _keep(author, name, address, default)
        fault = _find_fault(reason, default, from_filter)
        return SenderDecision(header, False, reason, fault, address)
    name = clean_name(name, own) or clean_name(address.rpartition("@")[0], own)
    return SenderDecision(
        format_mailbox(name, default),
        bool(address),
        reason,
        _find_fault(reason, default, from_filter),
        address,
    )


def _judge(
    address: str,
    from_filter: str | None,
    default: str,
    own: tuple[str, ...],
    author_policy: str | None,
    sender_policy: str,
    unfiltered_default: bool,
) -> Reason:
    if not address:
        return "no_author"
    if split_filter(from_filter) and matches_filter(address, from_filter):
        return "filter_match"
    if fold_address(address) == fold_address(default):
        return "default_sender"
    if split_filter(from_filter):
        return "filter_mismatch"
    if unfiltered_default:
        return "unfiltered_default"
    if any(matches_filter(address, part) for part in own):
        return "own_domain"
    return _judge_foreign(author_policy, sender_policy)


def _judge_foreign(author_policy: str | None, sender_policy: str) -> Reason:
    if sender_policy == "filter":
        return "policy_filter"
    if sender_policy == "always":
        return "policy_always"
    if author_policy in ("none", ""):
        return "policy_none"
    if author_policy in ("quarantine", "reject"):
        return "policy_enforced"
    if author_policy == "mailbox_provider":
        return "mailbox_provider"
    return "policy_unknown"


def _keep(author: str | None, name: str, address: str, default: str) -> str:
    text = author or ""
    printable = text.isprintable() and _decode(text).isprintable()
    plain = text.rpartition("@")[2].isascii() and _is_one_mailbox(text)
    # Without a default address Odoo's behaviour is left as it is.
    if printable and (plain or not default or not address):
        return text
    return format_mailbox(drop_hidden(name), address) if address else drop_hidden(text)


def _find_fault(reason: Reason, default: str, from_filter: str | None) -> Fault:
    if reason in _KEPT and reason != "default_sender":
        return ""
    if not default:
        return "default_missing"
    outside = split_filter(from_filter) and not matches_filter(default, from_filter)
    return "default_outside_filter" if outside else ""


def split_filter(from_filter: str | None) -> list[str]:
    """Return the parts of a from_filter, those that are blank left out."""
    parts = (part.strip() for part in (from_filter or "").split(","))
    return [part for part in parts if part.strip("@ ")]


def matches_filter(address: str, from_filter: str | None) -> bool:
    """Tell whether a filter names an address, or exactly its domain.

    Case, spaces, a leading ``@`` of a part, and IDN or punycode make no difference.

    :param address: a bare address.
    """
    folded = fold_address(address)
    domain = folded.rpartition("@")[2]
    parts = map(fold_address, split_filter(from_filter))
    return any(part in (folded, domain) for part in parts)


def fold_address(text: str) -> str:
    """Return a bare address or a domain in the spelling that is compared.

    Unlike :mod:`.address` it refuses nothing: what no mail server would take is
    compared as text.
    """
    local_part, at, domain = text.strip().rpartition("@")
    try:
        domain = normalize_name(domain.strip())
    except PermError:
        domain = domain.strip().lower().removesuffix(".")
    return f"{local_part.strip().lower()}@{domain}" if at and local_part else domain


def parse_mailbox(text: str | None) -> tuple[str, str]:
    """Return display name and address of the first mailbox in a header's value.

    The name is decoded (RFC 2047); the address has its domain in A-labels and is ""
    where there is none.
    """
    text = (text or "")[:_MAX_TEXT].strip()
    match = _ONE_MAILBOX.match(text)
    if match:
        name, address = match["name"].strip(), match["address"]
        name = _unquote(name)
    else:
        name, address = _first_mailbox(text)
    if "@" not in address.strip("@"):
        return _decode(name or address), ""
    return _decode(name), _fold_domain(address)


def _is_one_mailbox(text: str) -> bool:
    match = _ONE_MAILBOX.match(text)
    certain = _BARE.match(text) or (match and "@" not in match["name"])
    return bool(certain) or len(_getaddresses(text)) == 1


def _first_mailbox(text: str) -> tuple[str, str]:
    if _BARE.match(text):
        return "", text
    pairs = _getaddresses(text)
    with_address = [pair for pair in pairs if "@" in pair[1].strip("@")]
    return next(iter(with_address or pairs), ("", ""))


def _getaddresses(text: str) -> list[tuple[str, str]]:
    # Python's parser calls itself for each comment in a comment, each group in one.
    if nests_deeply(text):
        return []
    # Newer Pythons refuse by default what has an "@" in an unquoted name.
    if getattr(email.utils, "supports_strict_parsing", False):
        return email.utils.getaddresses([text], strict=False)
    return email.utils.getaddresses([text])


def _unquote(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def _decode(name: str) -> str:
    if "=?" not in name:
        return name
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return name


def _fold_domain(address: str) -> str:
    local_part, _at, domain = drop_hidden(address).strip().rpartition("@")
    try:
        return f"{local_part}@{normalize_name(domain)}"
    except PermError:
        return f"{local_part}@{domain}"


def clean_name(name: str, own_domains: Iterable[str] = ()) -> str:
    """Return a display name that can't be taken for somebody's address.

    Control characters, invisible ones and those that change the direction of writing
    go away, and so does every address whose domain is not ours.

    :param own_domains: domains and addresses that may be named.
    """
    own = tuple(own_domains)

    def cut(match: re.Match) -> str:
        address, single = match[0].strip("."), match[0].count("@") == 1
        ours = single and any(matches_filter(address, part) for part in own)
        return match[0] if ours else " "

    # A second decoding of what is decoded already would bring anything back.
    text = drop_hidden(name).replace("=?", "= ?")[: 4 * MAX_NAME]
    seen = _unmask(text)
    if _ADDRESS_IN_NAME.search(seen):
        text = _BRACKETS.sub(" ", _ADDRESS_IN_NAME.sub(cut, seen))
        text = text if any(map(str.isalnum, text)) else ""
    return " ".join(text.split())[:MAX_NAME].strip()


def _unmask(text: str) -> str:
    """Return a text as a reader sees it: one sign for all that look alike."""
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return seen.replace(_IDEOGRAPHIC_DOT, ".")[: 4 * MAX_NAME]


def format_mailbox(name: str, address: str) -> str:
    """Return a mailbox as a header's value in printable ASCII (RFC 5322, RFC 2047).

    :param name: the display name, "" for none.
    :param address: a bare address.
    """
    if not name:
        return address
    if name.isascii() and "=?" not in name:
        escaped = _SPECIAL.sub(r"\\\g<0>", name)
        return f'"{escaped}" <{address}>'
    header = Header(name, "utf-8", maxlinelen=_ENCODED_WORD, header_name="From")
    words = header.encode(linesep="\n")
    return f"{' '.join(words.split())} <{address}>"


class FromHeader(str):
    """A From header as :class:`email.message.EmailMessage` keeps it.

    Python's own one takes encoded words apart and writes the name anew: without the
    quotes that a comma or an address in it needs, and with blanks between long words.
    This one reads the same and leaves as it was encoded.
    """

    name = "From"  # by which policies know a header object

    def __new__(cls, text: str, encoded: str = "") -> "FromHeader":
        header = super().__new__(cls, text)
        header.encoded = encoded or text
        return header

    @classmethod
    def from_encoded(cls, encoded: str) -> "FromHeader":
        """Return the header of a mailbox that :func:`format_mailbox` has made."""
        name, address = parse_mailbox(encoded)
        local_part, _at, domain = address.rpartition("@")
        return cls(str(Address(name, local_part, domain)), encoded)

    def fold(self, *, policy: Policy) -> str:
        """Return the header's lines; policies call this."""
        lines = textwrap.wrap(
            self.encoded,
            _ENCODED_LINE,
            initial_indent=f"{self.name}: ",
            subsequent_indent=" ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        return "".join(line + policy.linesep for line in lines)
