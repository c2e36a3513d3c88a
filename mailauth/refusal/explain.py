# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a refusal means: decided by provider, code and text, never by the code alone."""

from collections.abc import Iterable

from .reply import Reply, parse_reply
from .result import OF_RECIPIENT, Refusal, Scope
from .rules import PROVIDERS, Rule, find_by_host, find_by_marks

# Where a text has one of these, an address is no reason that it names: many servers say
# "user unknown" or 5.1.1 of mails that they don't want.
_OTHER_REASONS = (
    "spam", "spf", "dkim", "dmarc", "authenticat", "reputation", "blocked",
    "block list", "blocklist", "blacklist", " is listed", "listed at", "listed on",
    "policy", "relaying", "relay access", "relay denied", "relay not", "open relay",
    "virus", "rate limit", "too many", "ptr", "reverse", "access denied", "login",
    "sender", "sending", "daily", "hourly", "submission", "credit", "invalid dns",
)  # fmt: skip
# The quota that is exceeded may be that of the sender.
_OWN_QUOTA = ("submission", "sending", "daily", "hourly", "sender exceeded")
_RELAYING = ("relay", "rcpthosts")
_GMAIL = " gsmtp"  # Gmail's answers end with it
# Whose rules are asked where no vendor's own ones have an answer, in this order.
_ANYWHERE = tuple(
    code
    for kind in ("software", "generic")
    for code, provider in PROVIDERS.items()
    if provider.kind == kind
)


def explain_refusal(
    reply_code: str | int | None = None,
    enhanced_code: str | None = None,
    text: str | bytes = "",
    host: str = "",
) -> Refusal:
    """Say what a refusal is about, and who has to act.

    :param reply_code: three digits (RFC 5321), None or "" where only the text has one.
    :param enhanced_code: "5.7.26" (RFC 3463), likewise.
    :param text: what was said: a reply of any number of lines, a Diagnostic-Code, or
        the text of an exception.
    :param host: the server that we talk to, or whose words the text is, "" for
        unknown.
    """
    found = parse_reply(text)
    reply = Reply(
        str(reply_code or "") or found.reply_code,
        (enhanced_code or "") or found.enhanced_code,
        found.words,
        found.plain,
        found.host,
    )
    host = host.strip().rstrip(".").lower()
    return explain_reply(reply, host, is_quoted=bool(reply.host) and reply.host != host)


def explain_reply(reply: Reply, host: str, is_quoted: bool) -> Refusal:
    """Say what a refusal is about that has been taken apart.

    :param host: the server that we talk to, in lower case, "" for unknown.
    :param is_quoted: whether it is another host that refuses.
    """
    own = _list_providers(reply, host)
    rule = _find_rule(reply, own)
    if rule is None:
        return _make_unknown(reply, host, own[0] if own else "", is_quoted)
    scope = _find_scope(rule, is_quoted)
    is_theirs = _is_their_relaying(rule, reply, scope)
    return Refusal(
        provider=_name_provider(own, rule),
        category=rule.category,
        blame="their_server" if is_theirs else rule.blame,
        scope=scope,
        temporary=_is_temporary(reply),
        advice="ask_receiver" if is_theirs else rule.advice,
        reply_code=reply.reply_code,
        enhanced_code=reply.enhanced_code,
        host=reply.host or host,
        rule=rule.quote,
        source=rule.source.title,
        url=rule.source.url,
        as_of=rule.source.as_of,
    )


def _list_providers(reply: Reply, host: str) -> list[str]:
    """Return who may be speaking, the surest first."""
    by_host = [find_by_host(reply.host), find_by_host(host)]
    if reply.host and not by_host[0]:
        # The words of a host that nobody knows are not those of who repeats them.
        by_host = []
    if _GMAIL in reply.words:
        # Whoever hands it on: 5.7.30 means another thing at Exchange Online.
        by_host = ["gmail", *by_host]
    found = [*by_host, *find_by_marks(reply.words)]
    also = [code for one in found if one for code in PROVIDERS[one].also]
    return list(dict.fromkeys(filter(None, (*found, *also))))


def _find_rule(reply: Reply, own: Iterable[str]) -> Rule | None:
    for code in own:
        for rule in PROVIDERS[code].rules:
            if rule.matches(reply, reply.words) and not _is_own_quota(rule, reply):
                return rule
    for code in _ANYWHERE:
        for rule in PROVIDERS[code].rules:
            if rule.matches(reply, reply.plain) and not _is_doubtful(rule, reply):
                return rule
    return None


def _is_own_quota(rule: Rule, reply: Reply) -> bool:
    is_full = rule.category == "mailbox_full"
    return is_full and any(word in reply.words for word in _OWN_QUOTA)


def _is_doubtful(rule: Rule, reply: Reply) -> bool:
    """Tell whether the text has another reason than the address that would be blamed.

    The rules of a vendor's own texts are sure of it; those that fit everywhere aren't.
    """
    if rule.category not in ("mailbox_unknown", "mailbox_disabled", "mailbox_full"):
        return False
    return any(reason in reply.plain for reason in _OTHER_REASONS)


def _find_scope(rule: Rule, is_quoted: bool) -> Scope:
    if rule.scope in ("recipient", "server"):
        return rule.scope
    if rule.category in OF_RECIPIENT and rule.scope != "receiver":
        return "recipient"
    return "receiver" if is_quoted else "server"


def _is_their_relaying(rule: Rule, reply: Reply, scope: Scope) -> bool:
    """Tell whether it is a receiver that does not know its own domain.

    Who delivers to the host that DNS names for a domain asks nobody to relay.
    """
    is_relaying = any(word in reply.plain for word in _RELAYING)
    return rule.category == "relay_denied" and scope == "receiver" and is_relaying


def _name_provider(own: list[str], rule: Rule) -> str:
    if own and PROVIDERS[own[0]].kind == "service":
        return own[0]
    return "" if rule.provider == "generic" else rule.provider


def _is_temporary(reply: Reply) -> bool:
    return (reply.reply_code or reply.enhanced_code).startswith("4")


def _make_unknown(reply: Reply, host: str, provider: str, is_quoted: bool) -> Refusal:
    return Refusal(
        provider=provider,
        category="unknown",
        blame="unknown",
        scope="receiver" if is_quoted else "server",
        temporary=_is_temporary(reply),
        advice="read_text",
        reply_code=reply.reply_code,
        enhanced_code=reply.enhanced_code,
        host=reply.host or host,
    )
