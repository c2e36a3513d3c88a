# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The DKIM keys of a domain, ours and its servers', with what DNS shows of them."""

import asyncio
from dataclasses import dataclass

from ..dkim.key import PublicKey
from ..dkim.lookup import DkimKeyResult, check_dkim_key
from ..dkim.record import read_public_key, record_value
from ..errors import PermError
from .context import Context
from .facts import Server, SigningKey


@dataclass(frozen=True)
class KeyState:
    """A key that signs, or will, and what DNS shows of it.

    :param selector: its selector.
    :param domain: its signing domain.
    :param result: what a verifier finds.
    :param active: whether mails are signed with it.
    :param ours: ours, not a provider's.
    :param value: the record to publish, "" for a provider's key.
    :param draft: ours, and DNS has never shown it.
    :param target: where a CNAME has to point to, "" for no CNAME or an unknown one.
    :param servers: who signs with a provider's key.
    """

    selector: str
    domain: str
    result: DkimKeyResult
    active: bool
    ours: bool
    value: str = ""
    draft: bool = False
    target: str = ""
    servers: tuple[Server, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether a verifier finds a key."""
        return self.result.result == "pass"

    @property
    def is_tested(self) -> bool:
        """Whether mails count as unsigned for who minds t=y (RFC 6376 3.6.1)."""
        return "key_testing" in self.result.warnings

    @property
    def is_seen(self) -> bool:
        """Whether anything is signed with it: of our keys that is known."""
        return self.ours or any(server.signing_seen for server in self.servers)


@dataclass(frozen=True)
class Signing:
    """Which keys sign what leaves by a server.

    :param good: those that verify.
    :param unsure: those about which DNS did not answer.
    :param unproven: those that verify, though no mail has shown such a signature yet,
        or that only some verifiers take or trust.
    :param missing: why there may be others: "" (all is known), "unknown_selector" or
        "unknown_domain".
    """

    good: tuple[KeyState, ...] = ()
    unsure: tuple[KeyState, ...] = ()
    unproven: tuple[KeyState, ...] = ()
    missing: str = ""


def name_key(selector: str, signing_domain: str, domain: str) -> str:
    """Return the subject of a key's finding: its selector, and whose where not ours.

    :param signing_domain: d=, which may be a domain above the one checked, or below.
    :param domain: the domain that is checked.
    """
    return selector if signing_domain == domain else f"{selector} ({signing_domain})"


def find_missing(server: Server) -> str:
    """Return what is not known of a server that signs, see :class:`Signing`."""
    if not server.signs:
        return ""
    if server.signs_as == "subdomain" and not server.signing_domain:
        return "unknown_domain"
    return "" if server.selectors else "unknown_selector"


def signs_with_ours(servers: tuple[Server, ...], selector: str) -> bool:
    """Tell whether something leaves that is signed with a key of ours.

    That is not so where all servers sign by themselves, and with other keys.
    """
    return not servers or any(
        not server.signs or selector.lower() in map(str.lower, server.selectors)
        for server in servers
    )


def list_their_selectors(
    domain: str, servers: tuple[Server, ...]
) -> dict[tuple[str, str], tuple[Server, ...]]:
    """Return {(selector, signing domain): servers} of those that sign by themselves."""
    found: dict[tuple[str, str], tuple[Server, ...]] = {}
    for server in servers:
        if server.signs and not find_missing(server):
            signing_domain = server.signing_domain or domain
            for selector in dict.fromkeys(map(str.lower, server.selectors)):
                key = (selector, signing_domain)
                found[key] = (*found.get(key, ()), server)
    return found


def list_keys(context: Context):
    """Return the state of every key, asked once for all checks."""
    return context.share("keys", lambda: _list_keys(context))


async def _list_keys(context: Context) -> list[KeyState]:
    ours = [_load_our_key(context, key) for key in context.facts.keys]
    theirs = list_their_selectors(context.domain, context.facts.servers)
    known = {
        (key.selector.lower(), key.domain or context.domain)
        for key in context.facts.keys
    }
    loads = [
        _load_their_key(context, *key, servers)
        for key, servers in theirs.items()
        if key not in known
    ]
    return list(await asyncio.gather(*ours, *loads))


async def _load_our_key(context: Context, key: SigningKey) -> KeyState:
    domain, draft = key.domain or context.domain, not key.published
    try:
        public_key: PublicKey | None = read_public_key(key.public_key, key.algorithm)
    except PermError as error:
        result = DkimKeyResult("permerror", error.code, "", error.detail)
        return KeyState(key.selector, domain, result, key.active, True, draft=draft)
    if not key.usable:
        result = DkimKeyResult("permerror", "key_unusable", "")
        return KeyState(key.selector, domain, result, key.active, True, draft=draft)
    result = await check_dkim_key(key.selector, domain, context.resolver, public_key)
    return KeyState(
        key.selector,
        domain,
        result,
        key.active,
        True,
        value=record_value(public_key),
        draft=draft,
        target=key.cname_target.lower().rstrip("."),
    )


async def _load_their_key(
    context: Context, selector: str, domain: str, servers: tuple[Server, ...]
) -> KeyState:
    result = await check_dkim_key(selector, domain, context.resolver)
    targets = (_find_target(server, selector) for server in servers)
    return KeyState(
        selector,
        domain,
        result,
        True,
        False,
        target=next(filter(None, targets), ""),
        servers=servers,
    )


def _find_target(server: Server, selector: str) -> str:
    targets = {name.lower(): host for name, host in server.cname_targets}
    return targets.get(selector, "").lower().rstrip(".")


def describe_signing(server: Server, keys: list[KeyState]) -> Signing:
    """Tell which keys sign what leaves by a server."""
    if missing := find_missing(server):
        return Signing(missing=missing)
    selectors = {selector.lower() for selector in server.selectors}
    signing = [
        state
        for state in keys
        if (_is_theirs(state, server, selectors) if server.signs else state.ours)
        and (state.active or server.signs)
    ]
    seen = server.signing_seen or not server.signs
    live = tuple(state for state in signing if state.is_live)
    good = tuple(state for state in live if seen and not state.is_tested)
    partly = tuple(state for state in signing if state.result.meant.is_taken_by_several)
    return Signing(
        good=good,
        unsure=tuple(state for state in signing if state.result.result == "temperror"),
        unproven=(*(state for state in live if state not in good), *partly),
    )


def _is_theirs(state: KeyState, server: Server, selectors: set[str]) -> bool:
    """Whether a server signs with a key: one of its own, or one that it shares."""
    if state.selector.lower() not in selectors:
        return False
    return state.ours or server in state.servers
