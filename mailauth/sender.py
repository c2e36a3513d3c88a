# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who a mail comes from: the rule table, as one pure function."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .address import split_address
from .author_name import clean_name
from .from_filter import fold_address, matches_filter, split_filter
from .mailbox import (
    Mailbox,
    decode_words,
    format_mailbox,
    is_one_mailbox,
    parse_mailbox,
)
from .printable import drop_hidden

SENDER_POLICIES = ("filter", "dmarc", "always")

Rule = Literal[
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

_KEPT: frozenset[Rule] = frozenset(
    {"default_sender", "filter_match", "own_domain", "policy_filter", "policy_none"}
)


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
    reason: Rule
    fault: Fault = ""
    author: str = ""

    @property
    def author_domain(self) -> str:
        """The domain of the author's address, "" for none."""
        return split_address(self.author)[1]


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
    mailbox = parse_mailbox(author)
    default = parse_mailbox(default_from).address
    own = tuple(own_domains)
    reason = _judge(
        mailbox.address,
        from_filter,
        default,
        own,
        author_policy,
        sender_policy,
        unfiltered_default,
    )
    if reason in _KEPT or not default:
        header = _keep(author or "", mailbox, default)
        fault = _find_fault(reason, default, from_filter)
        return SenderDecision(header, False, reason, fault, mailbox.address)
    name = clean_name(mailbox.name, own) or clean_name(mailbox.local_part, own)
    return SenderDecision(
        format_mailbox(name, default),
        bool(mailbox.address),
        reason,
        _find_fault(reason, default, from_filter),
        mailbox.address,
    )


def _judge(
    address: str,
    from_filter: str | None,
    default: str,
    own: tuple[str, ...],
    author_policy: str | None,
    sender_policy: str,
    unfiltered_default: bool,
) -> Rule:
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


def _judge_foreign(author_policy: str | None, sender_policy: str) -> Rule:
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


def _keep(author: str, mailbox: Mailbox, default: str) -> str:
    visible = author.isprintable() and decode_words(author).isprintable()
    plain = split_address(author)[1].isascii() and is_one_mailbox(author)
    # Without a default address Odoo's behaviour is left as it is.
    if visible and (plain or not default or not mailbox.address):
        return author
    if not mailbox.address:
        return drop_hidden(author)
    return format_mailbox(drop_hidden(mailbox.name), mailbox.address)


def _find_fault(reason: Rule, default: str, from_filter: str | None) -> Fault:
    if reason in _KEPT and reason != "default_sender":
        return ""
    if not default:
        return "default_missing"
    outside = split_filter(from_filter) and not matches_filter(default, from_filter)
    return "default_outside_filter" if outside else ""
