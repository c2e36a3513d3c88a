# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whether the services that forward our mails take the addresses in From."""

from ..address import split_address
from ..findings import Finding, Reason, Status, decide, reason
from ..from_filter import fold_address, matches_filter, split_filter
from .context import Context
from .facts import Server

# What becomes of a sender that a service does not know, by its from_policy.
_FATES = {"refuse": "refused", "rewrite": "replaced"}


async def check_sender(context: Context) -> list[Finding]:
    """What leaves by a service that minds the sender must be from one that it takes."""
    facts = context.facts
    findings = [
        decide("sender", [judged], subject=server.name)
        for server in facts.servers
        if (judged := judge_sender(server, facts.default_from, context.domain))
    ]
    return findings or [Finding("sender", "info", why=(reason("sender_free"),))]


def judge_sender(
    server: Server, default: str, domain: str
) -> tuple[Status, Reason] | None:
    """Tell whether a service takes the senders of the mails that leave by it.

    :param default: the address in From for authors whom the server must not send for;
        "" for none.
    :param domain: the domain of our addresses.
    :return: None where it is not known to mind.
    """
    fate = _FATES.get(server.from_policy)
    if not fate:
        return None
    names = split_filter(server.from_filter)
    inside = not names or matches_filter(default, server.from_filter)
    params = {
        "server": server.name,
        "provider": server.provider,
        "default": default,
        "filter": ", ".join(names),
        "meant": _suggest_default(server, names, default, domain),
    }
    if server.takes_others and not (default and inside):
        code = f"sender_default_{fate}" if default else f"sender_no_default_{fate}"
        return "warning", reason(code, **params)
    if not names and server.login and _is_same(default, server.login):
        return "pass", reason("sender_ok", **params)
    if not names or any("@" not in name for name in names):
        code = f"sender_account_{fate}" if server.is_mailbox else "sender_set_up"
        return "info", reason(code, **params)
    return "pass", reason("sender_ok", **params)


def _suggest_default(
    server: Server, names: list[str], default: str, domain: str
) -> str:
    """Return the default address that the server may send for, as far as known.

    Its own account comes first, then what the filter names.
    """
    login = server.login if "@" in server.login else ""
    if login and (not names or matches_filter(login, server.from_filter)):
        return login
    if addresses := [name for name in names if "@" in name]:
        return addresses[0]
    local_part = split_address(default)[0] or "notifications"
    return f"{local_part}@{names[0] if names else domain}"


def _is_same(address: str, other: str) -> bool:
    return fold_address(address) == fold_address(other)
