# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Links that lead nowhere, elsewhere, or through somebody who hides where."""

import itertools
import re
from collections.abc import Iterator

from ...dns.names import guess_registrable
from ...findings import reason
from ...printable import printable
from ..receiver_rules import break_rule
from ..result import MessageFinding
from .html import Link
from .judged import Judged
from .unsubscribe import list_targets
from .url import Target, read_target

_MAX_FOUND = 5
_IN_TEXT = re.compile(r"\bhttps?://[^\s<>\"'()]{1,1000}", re.IGNORECASE)
_MAX_IN_TEXT = 500
# A text that is taken for the address it shows. Names without "www." count only
# where nothing else looks like them (README.md, Node.js, ASP.NET).
_SHOWN_URL = re.compile(
    r"(?:https?://(?:[^\s/@]{0,100}@)?|(?=www\.))([^\s/:?#@]{3,253})(?:[:/?#]\S*)?\Z",
    re.IGNORECASE,
)
_SHOWN_HOST = re.compile(
    r"((?:[\w-]{1,63}\.){1,5}(?:com|org|info|biz|eu|gov|edu))(?:/\S*)?\Z", re.IGNORECASE
)
# Filters of receivers, which rewrite all links that come in.
_REWRITES = (
    "safelinks.protection.outlook.com",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "mimecast.com",
    "mimecastprotect.com",
    "cudasvc.com",
    "trendmicro.com",
    "www.google.com",
)
_SHORTENERS = frozenset(
    "bit.ly bitly.com buff.ly cutt.ly goo.gl is.gd j.mp lnkd.in ow.ly rb.gy rebrand.ly"
    " shorturl.at t.co t.ly tiny.cc tinyurl.com v.gd".split()
)


def check_links(judged: Judged) -> Iterator[MessageFinding]:
    """Yield what is wrong with the links, each kind once."""
    targets = [*_list_targets(judged), *list_targets(judged)]
    web = [target for target in targets if target.is_web]
    kinds = (
        ("link_private", "link_inside", [t for t in web if t.is_inside]),
        (
            "link_address",
            "link_number",
            [t for t in web if t.is_number and not t.is_inside],
        ),
        ("link_shortened", "link_short", [t for t in web if t.host in _SHORTENERS]),
    )
    for code, why, wrong in kinds:
        hosts = list(dict.fromkeys(target.host for target in wrong))[:_MAX_FOUND]
        if hosts:
            found = "\n".join(printable(host, 300) for host in hosts)
            yield break_rule(code, reason(why, host=printable(hosts[0])), found=found)
    yield from _check_relative(judged)
    yield from _check_shown(judged)


def _list_targets(judged: Judged) -> list[Target]:
    if judged.html_parts:
        return [read_target(link.target) for link in judged.html.links]
    found = _IN_TEXT.finditer(judged.text)
    return [read_target(url[0]) for url in itertools.islice(found, _MAX_IN_TEXT)]


def _check_relative(judged: Judged) -> Iterator[MessageFinding]:
    """Yield links without a host: in a mail they lead nowhere."""
    links = judged.html.links if judged.html_parts else ()
    lost = [link.target for link in links if re.match(r"/(?!/)", link.target)]
    if lost:
        shown = list(dict.fromkeys(printable(text, 200) for text in lost))[:_MAX_FOUND]
        why = reason("link_no_host", link=shown[0])
        yield break_rule("link_relative", why, found="\n".join(shown))


def _check_shown(judged: Judged) -> Iterator[MessageFinding]:
    """Yield links whose text names another host than the one they lead to."""
    own = {guess_registrable(judged.facts.from_domain)}
    own.update(target.registrable for target in list_targets(judged))
    wrong: dict[str, dict[str, tuple[str, str]]] = {}
    for link in judged.html.links if judged.html_parts else ():
        target = read_target(link.target)
        if shown := _find_other(link, target):
            # A sender who counts clicks leads through a host of his own, the one where
            # one can unsubscribe.
            code = "link_tracked" if target.registrable in own else "link_mismatch"
            line = f"{shown} -> {target.host}"
            wrong.setdefault(code, {})[printable(line, 300)] = shown, target.host
    for code, lines in wrong.items():
        shown, host = next(iter(lines.values()))
        why = reason(f"{code}_text", shown=printable(shown), host=printable(host))
        yield break_rule(code, why, found="\n".join(list(lines)[:_MAX_FOUND]))


def _find_other(link: Link, target: Target) -> str:
    """Return the host that a link's text shows where it leads elsewhere, else ""."""
    match = _SHOWN_URL.match(link.text) or _SHOWN_HOST.match(link.text)
    if link.tag != "a" or not match or not target.is_web:
        return ""
    if target.is_inside or target.host.endswith(_REWRITES):
        return ""
    shown = read_target(f"https://{match[1]}")
    if not shown.host or shown.registrable == target.registrable:
        return ""
    return shown.host
