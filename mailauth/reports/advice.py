# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whose a source is, and the one thing to do about it."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal, get_args

from .service import FoundService
from .source import Source

SourceKind = Literal["ours", "forwarder", "not_ours", "unknown"]
Advice = Literal[
    "nothing",  # all is well
    "forwarded",  # nothing: they pass on what we have sent
    "not_ours",  # nothing: what we publish stops them
    "withdraw_spf",  # somebody else passes, since our SPF record allows it
    "withdraw_key",  # somebody else signs in our name, or what we signed is passed on
    "is_it_yours",  # say whether it is
    "publish_dkim_cnames",  # that the service asks for
    "publish_dkim_key",  # that the service shows
    "add_include",  # of the service, to the SPF record
    "add_address",  # of our own server, to the SPF record
    "sign",  # our own server does not, or not as it should
    "ask_service",  # how it signs: it is in no catalogue
    "service_never",  # it can't send in our name: use another way
]
ADVICE: tuple[Advice, ...] = get_args(Advice)
_ENOUGH = 99  # percent


@dataclass(frozen=True)
class Tally:
    """How the mails of a source have fared.

    :param mails: all of them.
    :param spf: those that SPF passed for, aligned with From.
    :param dkim: those that DKIM passed for, likewise.
    :param passed: those that one of the two passed for.
    :param forwarded: those that failed, and of which their receiver says that somebody
        has passed them on: ``mailing_list``, ``forwarded``, ``trusted_forwarder``.
    """

    mails: int = 0
    spf: int = 0
    dkim: int = 0
    passed: int = 0
    forwarded: int = 0


def find_kind(
    source: Source,
    found: FoundService,
    tally: Tally,
    *,
    decision: Literal["us", "not_us", ""] = "",
    our_signers: Set[tuple[str, str]] = frozenset(),
    is_our_relay: bool = False,
) -> SourceKind:
    """Return whose a source is.

    That a service is authorized for us does not make its mails ours: others are its
    customers as well.

    :param decision: the administrator's word, which nothing else beats.
    :param our_signers: (domain, selector) of our own keys, and of services that were
        found ours elsewhere: what such a mail's next source sends is the same mail.
    :param is_our_relay: whether our own servers hand mails to this service.
    """
    if decision:
        return "ours" if decision == "us" else "not_ours"
    if tally.spf:
        return "ours"
    if not tally.passed:
        return "forwarder" if tally.forwarded else "unknown"
    # DKIM alone has passed: the mail was ours once, whoever has sent it last.
    is_known = bool(source.path) or found.known_by == "own" or is_our_relay
    is_passed_on = _is_all_known(source, our_signers)
    return "forwarder" if is_passed_on and not is_known else "ours"


def _is_all_known(source: Source, signers: Set[tuple[str, str]]) -> bool:
    """Whether all signatures of our domains are some that are made elsewhere."""
    domains = {domain for domain, _selector in signers}
    own = {signer for signer in source.signers if signer[0] in domains}
    return bool(own) and own <= signers


def advise(
    source: Source, found: FoundService, tally: Tally, kind: SourceKind
) -> Advice:
    """Return the one thing to do about a source."""
    if kind == "forwarder":
        return "forwarded"
    if kind == "not_ours":
        return _advise_against(tally)
    if kind == "unknown" and not found.service and found.known_by != "own":
        return "is_it_yours"
    spf, dkim = (100 * one >= _ENOUGH * tally.mails for one in (tally.spf, tally.dkim))
    if found.known_by == "own":
        return _advise_own(source, spf, dkim)
    if dkim:
        return "nothing"
    if not found.service:
        return "ask_service"
    return _advise_service(source, found, spf)


def _advise_against(tally: Tally) -> Advice:
    """What passes is stopped by no policy."""
    if tally.spf:
        return "withdraw_spf"
    return "withdraw_key" if tally.passed else "not_ours"


def _advise_own(source: Source, spf: bool, dkim: bool) -> Advice:
    if not spf and not source.path:
        return "add_address"
    return "nothing" if dkim else "sign"


def _advise_service(source: Source, found: FoundService, spf: bool) -> Advice:
    """What SPF proves is lost when a mail is passed on: signing comes first."""
    service = found.service
    if service.dkim:
        cname = service.dkim == "cname"
        return "publish_dkim_cnames" if cname else "publish_dkim_key"
    if spf:
        return "nothing"
    is_missing = service.envelope == "keep" and not source.path
    return "add_include" if is_missing else "service_never"
