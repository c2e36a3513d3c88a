# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Records at a doubled name: most DNS forms add the domain to what is typed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from ..dns.names import is_within
from ..dns.resolver import Answer, per_check
from ..errors import MailauthError
from ..findings import STATUSES, Finding, Reason, reason
from ..printable import printable
from ..spf.suggest import SpfSuggestion
from .check_spf import check_spf_authorizes
from .context import Context
from .dmarc_effect import explain_effects
from .publish_record import ABOUT_PROPOSAL
from .spf_effect import refuses, soften_end
from .supposing import Supposing

Check = Callable[[Context], Awaitable[list[Finding]]]

# What a record of a check begins with, or holds: others may stand at the same name.
_MARKS = {
    "spf_record": b"v=spf1",
    "dkim_key": b"p=",
    "dmarc_record": b"v=dmarc1",
    "tls_rpt": b"v=tlsrptv1",
    "mta_sts": b"v=stsv1",
    "bimi": b"v=bimi1",
}
# A name that nobody publishes: it is answered where a wildcard answers everything.
_PROBE = "no-such-name-7d1f"


async def find_doubled(
    context: Context, check: Check, findings: Sequence[Finding]
) -> list[Finding]:
    """Return a check's findings; where a record stands at a doubled name, with that.

    Asked only where the right name has none. The proposal is what was meant: that
    record, as the check would mend it at the right name.

    :param check: who made the findings.
    """
    return list(
        await asyncio.gather(*(_look_beside(context, check, one) for one in findings))
    )


async def _look_beside(context: Context, check: Check, finding: Finding) -> Finding:
    is_known = finding.code == "mx" or finding.code in _MARKS
    if not is_known or finding.found or finding.status in ("pass", "temperror"):
        return finding
    if not finding.name:
        return finding
    rdtype = "MX" if finding.code == "mx" else "TXT"
    zones = _list_zones(context.domain, finding.name)
    found = await asyncio.gather(
        *(_ask(context, finding, f"{finding.name}.{zone}", rdtype) for zone in zones)
    )
    answer = next(filter(None, found), None)
    return await _tell(context, check, finding, answer) if answer else finding


def _list_zones(domain: str, name: str) -> list[str]:
    """Return what a DNS form may have added: the domain, or the one above it."""
    above = domain.partition(".")[2]
    zones = [domain, above] if "." in above else [domain]
    return [zone for zone in zones if is_within(name, zone)]


async def _ask(
    context: Context, finding: Finding, name: str, rdtype: str
) -> Answer | None:
    """Return the records of a doubled name, None where only a wildcard answers."""
    zone = name.removeprefix(f"{finding.name}.")
    answer, probe = await asyncio.gather(
        context.ask(name, rdtype), context.ask(f"{_PROBE}.{zone}", rdtype)
    )
    if not isinstance(answer, Answer) or not isinstance(probe, Answer):
        return None
    records = tuple(r for r in answer.records if _is_meant(finding.code, r))
    if not records or set(records) <= set(probe.records):
        return None
    return replace(answer, name=name, records=records)


def _is_meant(code: str, record: object) -> bool:
    if not isinstance(record, bytes):
        return True
    return _MARKS[code] in b"".join(record[:4000].lower().split())


async def _tell(
    context: Context, check: Check, finding: Finding, answer: Answer
) -> Finding:
    wrong, right = answer.name, finding.name
    why = reason("mended_name", wrong=wrong, right=right)
    waits = any(one.code == "key_not_active" for one in finding.why)
    status = max(finding.status, "warning", key=STATUSES.index)
    if waits:  # nothing is signed with it yet
        status = finding.status
    finding = replace(finding, status=status, why=(why, *finding.why))
    moved = replace(answer, name=right, cnames=())
    async with per_check(Supposing(context.resolver, moved)) as resolver:
        there = Context(context.domain, context.facts, resolver)
        try:
            return await _propose(context, there, check, finding)
        except MailauthError:
            return finding  # what it would do can't be told; where it stands is
        finally:
            await there.close()


def _is_about_other(why: Reason) -> bool:
    return why.code.startswith(ABOUT_PROPOSAL) and why.code != "mended_name"


async def _propose(
    context: Context, there: Context, check: Check, finding: Finding
) -> Finding:
    """Return a finding with the proposal for a record that was moved.

    :param there: the context in which it stands at the right name.
    """
    same = (f for f in await check(there) if f.subject == finding.subject)
    meant = next(same, None)
    value = ""
    if meant:
        value = meant.expected or await _read_value(there, meant)
    if finding.code == "dkim_key" and finding.expected:
        value = finding.expected  # of our own key there is only one right record
    if not value:
        return finding
    about = meant.why if meant and meant.expected else ()
    effects: Sequence[Reason] = ()
    if not any(why.code.startswith("effect_") for why in about):
        effects = await _find_effects(context, there, finding, value)
    # What was said of the proposal before is not true of this one.
    own = [why for why in finding.why if not _is_about_other(why)]
    why = (*own, *effects, *about)
    return replace(finding, expected=value, why=tuple(dict.fromkeys(why)))


async def _read_value(there: Context, meant: Finding) -> str:
    """Return a record that is right as it stands; what is shown of it is evidence.

    :return: "" where it is longer than what is shown, or holds what nobody can type.
    """
    if meant.code == "mx":
        return meant.found
    answer = await there.ask(meant.name, "TXT")
    records = answer.records if isinstance(answer, Answer) else ()
    shown = (data for data in records if printable(data, len(data) * 4) == meant.found)
    text = " ".join(next(shown, b"").decode("latin-1").split())
    return text if text.isascii() and text.isprintable() else ""


async def _find_effects(
    context: Context, there: Context, finding: Finding, value: str
) -> Sequence[Reason]:
    """Return that a record counts for the first time, where that may refuse mails."""
    if finding.code == "dmarc_record":
        return await explain_effects(context, finding.name, value)
    if finding.code != "spf_record":
        return ()
    if not await refuses(SpfSuggestion(value), there.resolver):
        return ()
    milder = soften_end(value)
    unproven = [
        one for one in await check_spf_authorizes(there) if one.status != "pass"
    ]
    if not unproven:
        return (reason("effect_name"),)
    names = ", ".join(one.subject for one in unproven if one.subject)
    if not names:
        return (reason("effect_name_unseen", alternative=milder),)
    return (reason("effect_name_some", servers=names, alternative=milder),)
