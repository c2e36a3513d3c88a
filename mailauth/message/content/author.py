# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From: one field, one mailbox, an address, and a name that is the sender's."""

import re
import unicodedata
from collections.abc import Iterator

from ...findings import Reason, reason
from ...mailbox import Mailbox, is_one_mailbox, names_several, parse_mailbox
from ...printable import drop_hidden, printable
from ..receiver_rules import break_rule
from ..result import MessageFinding
from .judged import Judged, unfold
from .url import read_target

_GMAIL = ("gmail.com", "googlemail.com")
_MAX_NAME = 300  # characters that are looked through
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]{1,64}@[\w.-]{1,253}\.\w{2,63}")
_REPLY = re.compile(r"(?:re|fwd?|aw|wg|tr|rv)\s?:\s", re.IGNORECASE)
_COUNT = re.compile(r"[(\[][0-9]{1,2}[)\]]")
_URL = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
# Google's own examples of what is no name, and their kin.
_CALLS = re.compile(
    r"\b(?:urgent request|last chance|important update|time is running out"
    r"|action required|act now|limited time|final notice)\b",
    re.IGNORECASE,
)
# Pictures, and signs that look like a mark of approval. Letters of all alphabets, and
# signs that stand in names of companies (&, +, registered, trademark), are none.
_EMOJI = re.compile(
    "[\u231a\u231b\u23e9-\u23fa\u25b6\u25c0\u2600-\u27bf\u2b05-\u2b55"
    "\U0001f000-\U0001faff]"
)
_MANY_WORDS = 2


def check_from(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that From does not name exactly one sender."""
    fields = judged.message.get_all("From")
    found = "\n".join(printable(unfold(value)) for value in fields[:5])
    if not fields:
        yield break_rule("from_missing", reason("from_absent"))
        return
    if len(fields) > 1:
        why = reason("from_fields", number=len(fields))
        yield break_rule("from_several", why, found=found)
        return
    text = unfold(fields[0])
    box = parse_mailbox(text)
    if not box.domain:
        yield break_rule("from_invalid", reason("from_no_address"), found=found)
    elif read_target(f"https://{box.domain}").is_inside:
        why = reason("from_inside", domain=printable(box.domain))
        yield break_rule("from_invalid", why, found=found)
    elif names_several(text):
        yield break_rule("from_several", reason("from_mailboxes"), found=found)
    elif not is_one_mailbox(text):
        yield break_rule("name_unquoted", reason("name_not_in_quotes"), found=found)


def check_name(judged: Judged) -> Iterator[MessageFinding]:
    """Yield that the display name in From holds what Google wants kept out of it."""
    box = parse_mailbox(judged.get("From"))
    name = drop_hidden(box.name)[:_MAX_NAME]
    if not box.domain or len(judged.message.get_all("From")) != 1:
        return
    found = printable(box.name)
    for code, why in (
        ("name_address", _find_address(name, box)),
        ("name_recipient", _find_recipient(name, box, judged)),
        ("name_emoji", _find_emoji(name)),
        ("name_message", _find_message(name, judged)),
    ):
        if why:
            yield break_rule(code, why, found=found)


def _find_address(name: str, box: Mailbox) -> Reason | None:
    own = box.address.lower()
    for address in _ADDRESS.findall(name):
        if address.lower().strip(".") == own:
            continue
        domain = address.rpartition("@")[2].lower()
        code = "name_has_gmail" if domain in _GMAIL else "name_has_address"
        return reason(code, address=printable(address))
    return None


def _find_recipient(name: str, box: Mailbox, judged: Judged) -> Reason | None:
    """Find the whole name of a recipient; namesakes, and tests to oneself, are fine."""
    words = _list_words(name)
    for other in judged.recipients:
        wanted = _list_words(drop_hidden(other.name)[:_MAX_NAME])
        if len(wanted) < _MANY_WORDS or len(wanted) >= len(words):
            continue
        if other.address.lower() == box.address.lower():
            continue
        places = range(len(words) - len(wanted) + 1)
        if any(words[at : at + len(wanted)] == wanted for at in places):
            return reason("name_has_recipient", name=printable(other.name))
    return None


def _list_words(name: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold())


def _find_emoji(name: str) -> Reason | None:
    match = _EMOJI.search(name)
    if not match:
        return None
    sign = unicodedata.name(match[0], f"U+{ord(match[0]):04X}")
    return reason("name_has_emoji", sign=printable(sign.lower()))


def _find_message(name: str, judged: Judged) -> Reason | None:
    if _REPLY.match(name):
        return reason("name_is_reply")
    if _COUNT.match(name) or re.search(rf"\s{_COUNT.pattern}\Z", name):
        return reason("name_has_count")
    if _URL.search(name):
        return reason("name_has_link")
    match = _CALLS.search(name)
    return reason("name_is_call", words=match[0]) if match else None
