# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
r"""The text of a refusal, taken apart: codes, words, and the host that it quotes.

It comes in many wrappings: several lines of a reply, a Diagnostic-Code (RFC 3464
section 2.3.6), the exceptions of Python's smtplib as Odoo keeps them (``(550,
b'5.1.1 ...')``), and what a relay says that another host has said.
"""

import re
from dataclasses import dataclass

MAX_TEXT = 4096  # characters that are looked at; no server says more that matters
_ENHANCED = r"[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)"
_BOTH = re.compile(rf"(?<![\d.])([2-6]\d\d)[- ]+\(?#?({_ENHANCED})")
# Where a reply begins: with the text, a line, or what introduces it.
_REPLY = re.compile(
    r"(?:\A|\n[ \t]{0,20}|said: ?|smtp; ?|returned '|<<< ?|was: ?|: ?|\(|#)"
    r"(?P<code>[2-6]\d\d)(?=[- ,;]|\Z)",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"(?<![\d.])({_ENHANCED})")
# What stands before each line of a reply of several lines (RFC 5321 section 4.2.1),
# also where somebody has made one line of them.
_LINE_HEAD = re.compile(rf"(?<![\d.\w])[2-6]\d\d(?:-#?(?:{_ENHANCED})?| #?{_ENHANCED})")
_ESCAPED = re.compile(r"\\r|\\n|\\t")
_NAME = r"([a-zA-Z\d](?:[\w.-]{0,252}[a-zA-Z\d])?)"
_IP = r"[\da-fA-F.:]{2,45}"
_IN_NAME = re.compile(r"\w\.\w|@|://")
_IS_IP = re.compile(r"[\d.]+\Z|[\da-f.]*:")
# How relays name the host whose words they repeat; the first group that is set.
_QUOTES = re.compile(
    rf"\bhost {_NAME} ?\[{_IP}\]"  # Postfix, Exim
    rf"|\bwhile talking to {_NAME}"  # Sendmail
    rf"|\bserver for the recipient domain [\w.-]{{1,253}} by {_NAME}"  # Gmail
    rf"|\bhost: {_NAME}"  # GMX
    rf"|\bRemote Server(?: at {_NAME})?(?: \({_IP}\))? returned"  # Exchange
    rf"|(?<![\w.-]){_NAME} (?:gave this error|rejected your message)"  # Exchange Online
    rf"|(?<![\w.-])({_IP})(?: does not like| failed after| said:)"  # qmail
    rf"|\bConnected to ({_IP}) but"
    rf"|\bServer {_NAME} ?\[{_IP}\]"  # filters
    rf"|\bGiving up on {_NAME}"
    rf"|(?<![\w.-]){_NAME} #(?=[45]\d\d |[45]\.\d)",  # Exchange on premises
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reply:
    """What a text says, as far as it can be taken apart.

    :param reply_code: three digits (RFC 5321 section 4.2), "" for none.
    :param enhanced_code: "5.7.26" (RFC 3463), "" for none.
    :param words: the text for comparing: lower case, one space between words, without
        the codes before each line, with a space at both ends.
    :param plain: the same without addresses, links and names of hosts, in which
        anything may stand.
    :param host: the host that is quoted, in lower case, "" for none.
    """

    reply_code: str
    enhanced_code: str
    words: str
    plain: str
    host: str


def parse_reply(text: str | bytes) -> Reply:
    """Take the text of a refusal apart; what is not there is "".

    :param text: a reply, or a text that has one in it; only its beginning is read.
    """
    if isinstance(text, bytes):
        text = text[:MAX_TEXT].decode("utf-8", "replace")
    text = _ESCAPED.sub("\n", text[:MAX_TEXT])
    reply_code, enhanced_code = _find_codes(text)
    words = _find_words(text)
    plain = f" {' '.join(w for w in words.split() if not _IN_NAME.search(w))} "
    return Reply(reply_code, enhanced_code, words, plain, find_host(text))


def _find_words(text: str) -> str:
    words = _LINE_HEAD.sub(" ", text[:MAX_TEXT]).lower().replace("\u2019", "'")
    return f" {' '.join(words.split())} "


def find_host(text: str) -> str:
    """Return the host whose words a text repeats, in lower case, "" for none.

    A name goes before an address, which some write first.
    """
    quotes = _QUOTES.finditer(text[:MAX_TEXT])
    found = [next(filter(None, quote.groups()), "") for quote in quotes]
    hosts = [name.lower() for name in found if "." in name or ":" in name]
    names = (name for name in hosts if not _IS_IP.match(name))
    return next(names, hosts[0] if hosts else "")


def _find_codes(text: str) -> tuple[str, str]:
    if both := _BOTH.search(text):
        return both[1], both[2]
    reply = _REPLY.search(text)
    enhanced = _ALONE.search(text)
    return reply["code"] if reply else "", enhanced[1] if enhanced else ""
