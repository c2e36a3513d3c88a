# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether DNS shows the keys that mails are signed with."""

import asyncio
from dataclasses import dataclass

from ..dkim.key import PublicKey
from ..dkim.lookup import DkimKeyResult, check_dkim_key
from ..dkim.record import read_public_key, record_value
from ..errors import PermError
from ..findings import Finding, Reason, Status, decide, reason
from ..printable import show_lines
from .context import Context
from .facts import Server, SigningKey

_RFC = {
    "key_absent": "RFC 6376 section 3.6.2.2",
    "key_several": "RFC 6376 section 3.6.2.2",
    "key_too_short": "RFC 8301 section 3.2",
    "key_short": "RFC 8301 section 3.2",
    "key_hash": "RFC 8301 section 3.1",
    "key_unusable": "RFC 6376 section 5.2",
}
_WARNINGS: dict[str, Status] = {
    "key_testing": "warning",
    "key_short": "warning",
    "key_strict": "info",
    "key_long": "warning",
}


@dataclass(frozen=True)
class KeyState:
    """A key that signs, or will, and what DNS shows of it.

    :param selector: its selector.
    :param domain: its signing domain.
    :param result: what a verifier finds.
    :param active: whether mails are signed with it.
    :param ours: ours, not a provider's.
    :param value: the record to publish, "" for a provider's key.
    """

    selector: str
    domain: str
    result: DkimKeyResult
    active: bool
    ours: bool
    value: str = ""


async def check_dkim_keys(context: Context) -> list[Finding]:
    """Judge each selector, ours first."""
    states = await list_keys(context)
    findings = [_judge_key(context, state) for state in states]
    for server in context.facts.servers:
        if server.signs and not server.selectors:
            findings.append(_find_nothing("key_unknown_selector", server=server.name))
    return findings or [_find_nothing("key_none")]


def name_key(selector: str, signing_domain: str, domain: str) -> str:
    """Return the subject of a key's finding: its selector, and whose where not ours.

    :param signing_domain: d=, which may be a domain above the one checked.
    :param domain: the domain that is checked.
    """
    return selector if signing_domain == domain else f"{selector} ({signing_domain})"


def _find_nothing(code: str, **params: str) -> Finding:
    why = reason(code, **params)
    subject = params.get("server", "")
    return Finding("dkim_key", "info", why=(why,), subject=subject)


def list_keys(context: Context):
    """Return the state of every key, asked once for all checks."""
    return context.share("keys", lambda: _list_keys(context))


async def _list_keys(context: Context) -> list[KeyState]:
    ours = [_load_our_key(context, key) for key in context.facts.keys]
    theirs = dict.fromkeys(
        selector.lower()
        for server in context.facts.servers
        if server.signs
        for selector in server.selectors
    )
    known = {
        key.selector.lower()
        for key in context.facts.keys
        if key.domain in ("", context.domain)
    }
    loads = [_load_their_key(context, s) for s in theirs if s not in known]
    return list(await asyncio.gather(*ours, *loads))


async def _load_our_key(context: Context, key: SigningKey) -> KeyState:
    domain = key.domain or context.domain
    try:
        public_key: PublicKey | None = read_public_key(key.public_key, key.algorithm)
    except PermError as error:
        result = DkimKeyResult("permerror", error.code, "", error.detail)
        return KeyState(key.selector, domain, result, key.active, True)
    value = record_value(public_key)
    if not key.usable:
        result = DkimKeyResult("permerror", "key_unusable", "")
        return KeyState(key.selector, domain, result, key.active, True)
    result = await check_dkim_key(key.selector, domain, context.resolver, public_key)
    return KeyState(key.selector, domain, result, key.active, True, value)


async def _load_their_key(context: Context, selector: str) -> KeyState:
    result = await check_dkim_key(selector, context.domain, context.resolver)
    return KeyState(selector, context.domain, result, True, False)


def _judge_key(context: Context, state: KeyState) -> Finding:
    result = state.result
    code = result.problem or (result.warnings[:1] or ("",))[0]
    return decide(
        "dkim_key",
        _list_reasons(state),
        found=show_lines(
            (*(f"CNAME {name}." for name in result.cnames), *sorted(result.found))
        ),
        expected=state.value if result.result != "pass" else "",
        rfc=_RFC.get(code, "RFC 6376 section 3.6.1"),
        subject=name_key(state.selector, state.domain, context.domain),
        name=result.name,
        rdtype="TXT",
    )


def _list_reasons(state: KeyState) -> list[tuple[Status, Reason]]:
    result = state.result
    if result.result == "pass":
        warned = [(_WARNINGS[code], reason(code)) for code in result.warnings]
        bits = result.record.bits if result.record else ""
        return [*warned, ("pass", reason("key_ok", selector=state.selector, bits=bits))]
    if result.result == "temperror":
        why = reason("dns_failed", cause=result.problem, detail=result.detail)
        return [("temperror", why)]
    why = reason(result.problem, detail=result.detail)
    if state.active:
        return [("fail", why)]
    # Nothing is signed with it yet: nothing is broken, but something is to be done.
    return [
        ("warning", reason("key_not_active", selector=state.selector)),
        ("info", why),
    ]


def describe_signing(
    server: Server, keys: list[KeyState]
) -> tuple[list[KeyState], list[KeyState], str]:
    """Tell which keys sign what leaves by a server.

    :return: those that verify, those about which DNS did not answer, and why there may
        be none: "" (all is known) or "unknown_selector".
    """
    if server.signs and not server.selectors:
        return [], [], "unknown_selector"
    selectors = {selector.lower() for selector in server.selectors}
    signing = [
        state
        for state in keys
        if (state.selector.lower() in selectors if server.signs else state.ours)
        and (state.active or server.signs)
    ]
    good = [state for state in signing if state.result.result == "pass"]
    unsure = [state for state in signing if state.result.result == "temperror"]
    return good, unsure, ""
