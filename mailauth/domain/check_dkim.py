# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether DNS shows the keys that mails are signed with."""

from ..findings import Finding, Judged, Reason, Status, decide, reason
from ..printable import show_lines
from .context import Context
from .keys import KeyState, find_missing, list_keys, name_key, signs_with_ours

_RFC = {
    "key_absent": "RFC 6376 section 3.6.2.2",
    "key_several": "RFC 6376 section 3.6.2.2",
    "key_too_short": "RFC 8301 section 3.2",
    "key_short": "RFC 8301 section 3.2",
    "key_long": "RFC 8301 section 3.2",
    "key_hash": "RFC 8301 section 3.1",
    "key_unusable": "RFC 6376 section 5.2",
}
_WARNINGS: dict[str, Status] = {
    "key_testing": "warning",
    "key_short": "warning",
    "key_strict": "info",
    "key_long": "warning",
}
# Beside a key that is live this is how a service keeps a selector for its next key.
_SPARE = {
    "key_cname_dangling": ("info", "key_standby"),
    "key_revoked": ("info", "key_retired"),
    "key_absent": ("info", "key_spare_absent"),
}


async def check_dkim_keys(context: Context) -> list[Finding]:
    """Judge each selector, ours first."""
    states = await list_keys(context)
    findings = [_judge_key(context, state, states) for state in states]
    for server in context.facts.servers:
        if missing := find_missing(server):
            seen = "_seen" if server.signing_seen else ""
            code = f"key_{missing}{seen}"
            findings.append(_find_nothing(code, server=server.name))
    return findings or [_find_nothing("key_none")]


def _find_nothing(code: str, **params: str) -> Finding:
    why = reason(code, **params)
    subject = params.get("server", "")
    return Finding("dkim_key", "info", why=(why,), subject=subject)


def _judge_key(context: Context, state: KeyState, states: list[KeyState]) -> Finding:
    result = state.result
    judged = (
        _judge_our_key(context, state, states)
        if state.ours
        else _judge_their(state, states)
    )
    status = decide("dkim_key", judged).status
    expected, rdtype = _propose(state, status)
    if expected and expected == state.result.meant.text:
        judged.append(("info", reason("mended_key")))
    code = result.problem or (result.warnings[:1] or ("",))[0]
    return decide(
        "dkim_key",
        judged,
        found=show_lines(
            (*(f"CNAME {name}." for name in result.cnames), *sorted(result.found))
        ),
        expected=expected,
        rfc=_RFC.get(code, "RFC 6376 section 3.6.1"),
        subject=name_key(state.selector, state.domain, context.domain),
        name=result.name,
        rdtype=rdtype,
    )


def _propose(state: KeyState, status: Status) -> tuple[str, str]:
    """Return what should be published, "" where that is nothing else, and its type."""
    cnames, target = state.result.cnames, state.target
    leads_there = bool(cnames) and bool(target) and cnames[0] == target
    if state.is_live or state.result.result == "temperror":
        return "", "CNAME" if cnames else "TXT"
    if leads_there:  # what is wrong is where the CNAME leads
        return "", "CNAME"
    if state.ours:
        # Beside a CNAME nothing else may stand: it is replaced (RFC 1034 3.6.2).
        return target or state.value, "CNAME" if target else "TXT"
    if status == "info":
        return "", "CNAME" if cnames else "TXT"
    if target or cnames or any(server.wants_cnames for server in state.servers):
        return target, "CNAME"
    return state.result.meant.text, "TXT"


# --- Our keys


def _judge_our_key(context: Context, state: KeyState, states: list[KeyState]) -> Judged:
    if state.is_live:
        return _judge_live(state)
    judged = _explain(state)
    softened = _as_info(judged)
    if state.active:
        needed = signs_with_ours(context.facts.servers, state.selector)
        if needed or state.result.result == "temperror":
            return judged
        return [("info", reason("key_idle", selector=state.selector)), *softened]
    # Nothing is signed with it yet: nothing is broken, but something may be to be done.
    waiting = reason("key_not_active", selector=state.selector)
    active = any(other.ours and other.active for other in states)
    if state.draft or active:
        return [("info", waiting), *softened]
    if state.result.result == "temperror":
        return judged
    return [("warning", waiting), *softened]


def _judge_live(state: KeyState) -> Judged:
    result = state.result
    warned = [(_WARNINGS[code], reason(code)) for code in result.warnings]
    bits = result.record.bits if result.record else ""
    return [*warned, ("pass", reason("key_ok", selector=state.selector, bits=bits))]


def _explain(state: KeyState) -> Judged:
    """Return what is wrong with a record: in the words of its owner, then the RFC's."""
    result, meant = state.result, state.result.meant
    if result.result == "temperror":
        why = reason("dns_failed", cause=result.problem, detail=result.detail)
        return [("temperror", why)]
    why = [reason(code, length=meant.length) for code in meant.damages]
    if "key_spread" not in meant.damages:  # that says how many there are
        why.append(reason(result.problem, detail=result.detail))
    judged: Judged = [("fail", one) for one in why]
    if meant.is_taken_by_several:
        return [("warning", reason("key_some_verifiers")), *_as_info(judged)]
    return judged


def _as_info(judged: Judged) -> Judged:
    return [("info", why) for _status, why in judged]


# --- The keys of those who sign by themselves


def _judge_their(state: KeyState, states: list[KeyState]) -> Judged:
    if state.is_live:
        return _judge_their_live(state)
    judged = _explain(state)
    if state.result.result == "temperror":
        return judged
    if not _is_spare(state, states):
        wrong = _find_wrong_target(state)
        return [("fail", wrong), *judged] if wrong else judged
    problem, selector = state.result.problem, state.selector
    if problem not in _SPARE:
        broken = reason("key_spare_broken", selector=selector)
        return [("warning", broken), *_as_info(judged)]
    if wrong := _find_wrong_target(state):
        return [("warning", wrong), *_as_info(judged)]
    status, code = _SPARE[problem]
    if problem == "key_absent" and any(s.needs_all_selectors for s in state.servers):
        status, code = "warning", "key_next_absent"
    return [(status, reason(code, selector=selector, server=_name_servers(state)))]


def _judge_their_live(state: KeyState) -> Judged:
    judged = _judge_live(state)
    if not state.is_seen:
        bits = state.result.record.bits if state.result.record else ""
        server = _name_servers(state)
        params = {"selector": state.selector, "bits": bits, "server": server}
        judged[-1] = ("info", reason("key_unseen", **params))
    cnames, target = state.result.cnames, state.target
    if target and cnames and cnames[0] != target:
        there = {"there": cnames[0], "target": target}
        judged.append(("info", reason("key_cname_other", **there)))
    elif not cnames and any(server.wants_cnames for server in state.servers):
        judged.append(("info", reason("key_copied", selector=state.selector)))
    return judged


def _is_spare(state: KeyState, states: list[KeyState]) -> bool:
    """Whether each server that has this selector signs with another one that is live.

    One valid key that signs is enough (RFC 6376 section 6.1).
    """
    live = [other for other in states if other.is_live]
    return all(
        any(server in other.servers for other in live) for server in state.servers
    )


def _find_wrong_target(state: KeyState) -> Reason | None:
    cnames, target = state.result.cnames, state.target
    if not cnames or not target or cnames[0] == target:
        return None
    return reason("key_cname_wrong", there=cnames[0], target=target)


def _name_servers(state: KeyState) -> str:
    return ", ".join(server.name for server in state.servers)
