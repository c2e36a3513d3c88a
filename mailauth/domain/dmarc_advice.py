# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the reports of a domain speak for, though nothing is wrong with its record."""

from dataclasses import dataclass, replace

from ..dmarc.destination import ReportDestination, check_destination
from ..dmarc.ladder import RUNG_TAGS, RUNGS, find_rung
from ..dmarc.policy import DmarcResult
from ..dmarc.record import DmarcRecord
from ..findings import Reason, reason
from .context import Context
from .dmarc_place import Place


@dataclass(frozen=True)
class Advice:
    """What else the record should ask for.

    :param inbox: an address to add to rua, "" for none.
    :param step: the rung to go to, "" for none.
    :param reasons: why.
    """

    inbox: str = ""
    step: str = ""
    reasons: tuple[Reason, ...] = ()


async def list_advice(
    context: Context, dmarc: DmarcResult, place: Place, is_wanted: bool
) -> Advice:
    """Return what the facts advise about the record of a place.

    A record of another domain, above this one, is not changed for this one's sake.

    :param is_wanted: whether another record should be there anyway: then no step is
        taken with it, since nobody knows yet what the mended one does.
    """
    if place.domain != dmarc.domain:
        return Advice()
    inbox = await _find_inbox(context, dmarc)
    step = () if is_wanted else _find_step(context, dmarc.record)
    reasons = []
    if step:
        is_back = RUNGS.index(step[1]) < RUNGS.index(step[0])
        old, new = map(_describe, step)
        code = "effect_dmarc_back" if is_back else "effect_dmarc_step"
        reasons.append(reason(code, old=old, new=new))
    if inbox:
        reasons.append(reason("effect_dmarc_inbox", address=inbox))
    return Advice(inbox, step[1] if step else "", tuple(reasons))


async def ask_permission(
    context: Context, dmarc: DmarcResult
) -> ReportDestination | None:
    """Return whether reports may go to the address that is to be added.

    :return: None where there is none to be added, or nothing to be allowed.
    """
    inbox = context.facts.report_inbox.lower()
    if not inbox or _is_named(dmarc.record, inbox):
        return None
    if not context.facts.report_zone:
        return ReportDestination(inbox, "own")
    if dmarc.record is None:
        dmarc = replace(dmarc, policy_domain=dmarc.domain)
    elif dmarc.policy_domain != dmarc.domain:
        return None
    return await check_destination(dmarc, inbox, context.resolver)


async def _find_inbox(context: Context, dmarc: DmarcResult) -> str:
    result = await ask_permission(context, dmarc)
    may_get = result and result.status in ("own", "authorized")
    return result.address if result and may_get else ""


def _is_named(record: DmarcRecord | None, address: str) -> bool:
    uris = record.rua if record else ()
    return address in {uri.address.lower() for uri in uris}


def _find_step(
    context: Context, record: DmarcRecord | None
) -> tuple[()] | tuple[str, str]:
    """Return the step of the facts, where the record is still what they speak of."""
    step = context.facts.dmarc_step
    return step if step and find_rung(record) == step[0] else ()


def _describe(rung: str) -> str:
    policy, pct, testing = RUNG_TAGS[rung]
    return f"p={policy}; pct={pct}; t={testing}" if testing else f"p={policy}"
