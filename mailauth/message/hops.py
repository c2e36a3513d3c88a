# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Received fields (RFC 5321 section 4.4), as real programs write them.

What stands where depends on who writes it. Most write the name in HELO as a word and,
in a comment behind it, what they know themselves: the client's name by reverse DNS and
its address. Exim, Yahoo, CommuniGate and qmail write the address or the name found by
reverse DNS as the word, and HELO in the comment, marked as such. An address is taken
only from where the writer puts what it knows; HELO may be an address as well, and it
is whatever the client likes.
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from email.utils import mktime_tz, parsedate_tz

from ..printable import printable
from .lexer import Token, lex, unfold
from .raw_message import RawMessage
from .result import Hop

MAX_HOPS = 50
_LATEST = 253402300799  # the end of the year 9999
_SHOWN = 1000  # characters of a field
_MAX_HOST = 255
_MAX_COMMENTS = 10
_MAX_COMMENT = 500  # characters that are read
_KEYWORDS = frozenset(("from", "by", "via", "with", "id", "for"))
_NAMELESS = frozenset(("", "unknown", "unverified", "localhost.localdomain"))
# "[192.0.2.1]:25", behind a name or not; what follows is what else the writer knows.
_ADDRESS = r"\[(?:ipv6:)?(?P<ip>[0-9a-f.:%\w]{2,60})\](?::\d{1,5})?"
_IN_BRACKETS = re.compile(
    rf"(?:account \S{{1,255}} )?(?:(?P<name>[^\s\[\]]{{1,320}}) )?{_ADDRESS}"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_WHOLE = re.compile(_ADDRESS, re.IGNORECASE)
# An address alone, or behind what an ident daemon of the client says (qmail).
_BARE = re.compile(r"(?:[^\s@]{1,64}@)?(?P<ip>[0-9a-f.:%\w]{2,60})", re.IGNORECASE)
_PORT = re.compile(r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
_HELO = re.compile(
    r"(?:port=\d{1,5} |account \S{1,255} )?(?:helo[= ]|ehlo )(?P<helo>\S{1,255})",
    re.IGNORECASE,
)
_HELO_BEHIND = re.compile(r" \(?helo[= ](?P<helo>[^\s)]{1,255})", re.IGNORECASE)
_TLS = re.compile(
    r"\b(?:TLS|SSL)\s?v?\d|\b(?:using|with|START)\s?TLS\b|\bencrypted\b|\btls TLS_|"
    r"\bTLS secured\b|\ASSL\Z",
    re.IGNORECASE,
)
_NO_TLS = re.compile(r"\b(?:version|cipher)=none\b", re.IGNORECASE)
# RFC 3848, RFC 6531: the S says that TLS was used, the A that the client logged in.
_KNOWN_PROTOCOL = re.compile(r"(?:UTF8)?(?:E?SMTP|LMTP)(?P<tls>S)?(?P<auth>A)?")
# These write the same whether the session was encrypted or not.
_SILENT_ABOUT_TLS = (
    ".amazonaws.com",
    ".mailgun.org",
    ".mailgun.net",
    ".sendgrid.net",
)
# The subject of a client's certificate, which the client chooses, is in quotes.
_QUOTED = re.compile(r'"[^"]*"')
_ENVELOPE_FROM = re.compile(
    r"(?:envelope-(?:from|sender)|return-path)\s?:?\s?<?(?P<address>[^\s<>]{0,320})>?",
    re.IGNORECASE,
)
_AUTHENTICATED = re.compile(
    r"\bauthenticated (?:sender|user|bits|as)\b|\bauth=(?:pass|login|plain)\b|"
    r"\baccount \S+ .*helo|\bSquirrelMail authenticated\b",
    re.IGNORECASE,
)
_RECIPIENT = re.compile(r"<?(?P<address>[^\s<>@]{1,64}@[^\s<>@]{1,255}?)>?\Z")


@dataclass(frozen=True)
class Trace:
    """What one Received field says beside what a :class:`.result.Hop` has.

    :param hop: what is shown of it.
    :param authenticated: whether the client had logged in: the sender's own way in.
    :param fetched: whether the message was fetched from a mailbox, not handed over.
    :param inside: whether it tells of no session with a client: the message went on in
        one machine, or by LMTP into a mailbox.
    :param envelope_from: what it says of MAIL FROM, None for nothing.
    :param recipient: the address behind "for", "" for none.
    :param by_ip: the address of the host that wrote it, "" where it says none.
    """

    hop: Hop
    authenticated: bool = False
    fetched: bool = False
    inside: bool = False
    envelope_from: str | None = None
    recipient: str = ""
    by_ip: str = ""


@dataclass(frozen=True)
class _Client:
    """What a field says of the client: HELO, name by reverse DNS and address."""

    helo: str = ""
    name: str = ""
    ip: str = ""


def read_hops(message: RawMessage) -> tuple[Hop, ...]:
    """Return the hops of a message, newest first, at most :data:`MAX_HOPS`."""
    return tuple(trace.hop for trace in read_traces(message))


def read_traces(message: RawMessage) -> tuple[Trace, ...]:
    """Return what the Received fields say, newest first, at most :data:`MAX_HOPS`."""
    traces = [read_trace(value) for value in message.get_all("Received")[:MAX_HOPS]]
    result: list[Trace] = []
    before: int | None = None  # the newest time of those that are older
    for trace in reversed(traces):
        now = trace.hop.time
        if now is not None:
            delay = None if before is None else now - before
            trace = replace(trace, hop=replace(trace.hop, delay=delay))
            before = now
        result.append(trace)
    return tuple(reversed(result))


def read_trace(value: bytes) -> Trace:
    """Return what one Received field says; never raises.

    :param value: with its folds.
    """
    text = unfold(value)
    told, date = _split_date(lex(text), text)
    parts = _split_clauses(told)
    protocol, tls = _read_protocol(parts, told)
    client = _read_client(parts, text, protocol)
    by, by_ip = _read_writer(parts.get("by", []))
    if not tls and by.lower().endswith(_SILENT_ABOUT_TLS):
        tls = None
    hop = Hop(
        from_host=_show(client.helo),
        from_name=_show(client.name),
        from_ip=client.ip,
        by=_show(by),
        protocol=_show(protocol),
        tls=tls,
        time=_read_time(date),
        raw=printable(text, _SHOWN),
    )
    return Trace(
        hop,
        authenticated=_is_authenticated(told, protocol),
        fetched=protocol.startswith(("POP", "IMAP")),
        inside="LMTP" in protocol or not (client.helo or client.name or client.ip),
        envelope_from=_read_envelope_from(told),
        recipient=_read_recipient(parts.get("for", [])),
        by_ip=by_ip,
    )


def _show(text: str) -> str:
    return printable(text.removesuffix("."), _MAX_HOST)


def _split_date(tokens: list[Token], text: str) -> tuple[list[Token], str]:
    """Return what stands before the last semicolon, and the date behind it."""
    ends = [place for place, token in enumerate(tokens) if token.kind == ";"]
    if not ends:
        return tokens, text.rpartition(";")[2]
    words = [token.text for token in tokens[ends[-1] + 1 :] if token.kind == "word"]
    return tokens[: ends[-1]], " ".join(words)


def _split_clauses(tokens: list[Token]) -> dict[str, list[Token]]:
    """Return what follows each keyword, the first of each; "" for what stands before.

    The word behind a keyword is its value, whatever it looks like.
    """
    clauses: dict[str, list[Token]] = {}
    current = clauses.setdefault("", [])
    is_value = False
    for token in tokens:
        keyword = token.text.lower()
        if token.kind == "word" and keyword in _KEYWORDS and not is_value:
            current = [] if keyword in clauses else clauses.setdefault(keyword, [])
            is_value = True
        else:
            current.append(token)
            is_value = False
    return clauses


def _read_protocol(
    clauses: dict[str, list[Token]], told: list[Token]
) -> tuple[str, bool | None]:
    """Return the protocol, in capitals, and whether the session was encrypted."""
    words = [t.text for t in clauses.get("with", []) if t.kind == "word"]
    comments = [t.text for t in clauses.get("with", []) if t.kind == "comment"]
    if not words and comments and "encrypted" in comments[0].lower():
        words = ["SMTP"]
    protocol, _slash, how = (words[0] if words else "").upper().partition("/")
    if protocol == "MICROSOFT":
        protocol = "SMTP" if words[1:] and "SMTP" in words[1].upper() else protocol
    known = _KNOWN_PROTOCOL.fullmatch(protocol)
    if (known and known["tls"]) or protocol in ("HTTPS", "POP3S", "IMAPS"):
        return protocol, True
    if how.startswith(("TLS", "SSL")) or _tells_tls(told):
        return protocol, True
    return protocol, False if known else None


def _tells_tls(told: list[Token]) -> bool:
    """Tell whether a comment or the words behind the protocol name a cipher."""
    known = [t.text for t in told if t.kind == "comment" and not _is_tcp(t.text)]
    words = [t.text for t in told if t.kind == "word"]
    behind = words[words.index("by") + 2 :] if "by" in words else []
    texts = [_QUOTED.sub("", text) for text in known] + [" ".join(behind)]
    return any(_TLS.search(text) and not _NO_TLS.search(text) for text in texts)


def _is_tcp(comment: str) -> bool:
    return bool(_read_tcp(comment)) or bool(_HELO.match(comment))


def _read_client(clauses: dict[str, list[Token]], text: str, protocol: str) -> _Client:
    """Return what is known of the client, from what stands before "by"."""
    tokens = clauses.get("from", [])
    word = tokens[0].text if tokens and tokens[0].kind in ("word", "quoted") else ""
    comments = [token.text for token in tokens if token.kind == "comment"]
    marked = _find_marked_helo(comments)
    is_exim = "(Exim" in text
    # The last one: what stands before may be what the client says of itself.
    known = [tcp for tcp in map(_read_tcp, comments[:_MAX_COMMENTS]) if tcp]
    found = known[-1] if known else None
    if marked is not None:
        # The word is what the writer knows: an address or a name.
        own = _read_address(word)
        tcp = found or _Client()
        name = tcp.name or ("" if own else word)
        return _Client(marked, _clean_name(name), tcp.ip or own)
    if found:
        name = word if is_exim and not found.name else found.name
        return _Client(word, _clean_name(name), found.ip)
    if is_exim or protocol.startswith("HTTP"):
        return _Client(word, "", _read_address(word))
    second = tokens[1].text if len(tokens) > 1 and tokens[1].kind == "word" else ""
    return _Client(word, "", _read_address(second))


def _find_marked_helo(comments: list[str]) -> str | None:
    """Return what a comment calls HELO, None where none does."""
    for comment in comments[:3]:
        if match := _HELO.match(comment):
            return match["helo"]
        tcp = _IN_BRACKETS.fullmatch(comment)
        if tcp and (behind := _HELO_BEHIND.match(tcp["rest"])):
            return behind["helo"]
    return None


def _read_tcp(comment: str) -> _Client | None:
    """Return the client's name and address that a comment has, None where it has none.

    A comment with something else, such as what the client's certificate says, begins
    otherwise: there nobody is believed.
    """
    if match := _IN_BRACKETS.fullmatch(comment):
        ip = _parse(match["ip"])
        name = "" if "may be forged" in match["rest"] else match["name"] or ""
        return _Client("", name.rpartition("@")[2], ip) if ip else None
    match = _PORT.fullmatch(comment) or _BARE.fullmatch(comment)
    ip = _parse(match["ip"]) if match else ""
    return _Client("", "", ip) if ip else None


def _read_address(word: str) -> str:
    """Return a word that is an address, in brackets or not; "" for another."""
    match = _WHOLE.fullmatch(word) or _BARE.fullmatch(word)
    return _parse(match["ip"]) if match else ""


def _parse(text: str) -> str:
    """Return an address in its one spelling, "" for what is none.

    IPv4 in IPv6 is how a socket of both kinds shows an IPv4 client.
    """
    text = text.partition("%")[0]
    try:
        ip = ipaddress.ip_address(text[5:] if text[:5].lower() == "ipv6:" else text)
    except ValueError:
        return ""
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _clean_name(name: str) -> str:
    name = name.strip("<>").removesuffix(".")
    return "" if name.lower() in _NAMELESS or _parse(name.strip("[]")) else name


def _read_writer(tokens: list[Token]) -> tuple[str, str]:
    """Return the host that wrote the field, and its address."""
    word = tokens[0].text if tokens and tokens[0].kind == "word" else ""
    own = next((t.text for t in tokens[1:3] if t.kind == "comment"), "")
    tcp = _read_tcp(own)
    return word, _read_address(word) or (tcp.ip if tcp else "")


def _is_authenticated(told: list[Token], protocol: str) -> bool:
    known = _KNOWN_PROTOCOL.fullmatch(protocol)
    if (known and known["auth"] and "LMTP" not in protocol) or protocol == "ASMTP":
        return True  # ASMTP: IceWarp
    comments = [token.text for token in told if token.kind == "comment"]
    texts = [_QUOTED.sub("", text[:_MAX_COMMENT]) for text in comments]
    return any(_AUTHENTICATED.search(text) for text in texts)


def _read_envelope_from(told: list[Token]) -> str | None:
    """Return MAIL FROM as Exim, Haraka, qmail and Dovecot note it."""
    words = " ".join(token.text for token in told if token.kind == "word")
    comments = [token.text for token in told if token.kind == "comment"]
    for text in comments:
        if match := _ENVELOPE_FROM.match(text):
            return match["address"]
    match = re.search(r" envelope-from <([^\s<>]{0,320})>", words)
    return match[1] if match else None


def _read_recipient(tokens: list[Token]) -> str:
    word = tokens[0].text if tokens and tokens[0].kind == "word" else ""
    match = _RECIPIENT.match(word[:400])
    return match["address"] if match else ""


def _read_time(date: str) -> int | None:
    """Return a date as seconds since 1970, None where it can't be read."""
    try:
        moment = parsedate_tz(date[:100])
        # Without a zone mktime_tz takes the one of this machine.
        time = mktime_tz((*moment[:9], moment[9] or 0)) if moment else -1
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return time if 0 <= time <= _LATEST else None
