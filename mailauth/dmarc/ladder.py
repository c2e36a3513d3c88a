# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""When a domain may ask receivers for more than it does: the ladder to p=reject.

RFC 9989 section 5.1 wants the reports read before a policy is raised. These are the
rules by which they are read: whoever has the reports counts, this judges.
"""

from dataclasses import dataclass
from typing import Literal

from .record import DmarcRecord, Policy

# What receivers are asked to do, the mildest first; "testing" is quarantine that nobody
# applies yet (t=y for receivers of RFC 9989, pct=0 for those of RFC 7489).
Rung = Literal["none", "testing", "quarantine", "reject"]
RUNGS: tuple[Rung, ...] = ("none", "testing", "quarantine", "reject")
# What a record on each of them has: p, pct and t.
RUNG_TAGS: dict[str, tuple[Policy, int | None, str]] = {
    "none": ("none", None, ""),
    "testing": ("quarantine", 0, "y"),
    "quarantine": ("quarantine", None, ""),
    "reject": ("reject", None, ""),
}

DAYS = 28
MESSAGES = 500
# Where there are fewer messages, or some are sent each quarter only.
MANY_DAYS = 90
RECENT_DAYS = 7  # in which failures of our own mail speak for a step back
NAMED_ABOVE = 0.01  # the share of all messages above which a source has to be named
PASSING = 0.99  # the share of our own messages that has to pass
# What has to fail, and in what share, before a step back is proposed: a single mail
# that a receiver has read wrongly ends nothing.
FAILED = 3
FAILED_SHARE = 0.02


@dataclass(frozen=True)
class Source:
    """Who has sent messages in the name of the domain.

    :param name: as people are shown it.
    :param count: its messages.
    :param is_named: whether it is known what it is: ours, a forwarder, or not ours.
    """

    name: str
    count: int
    is_named: bool


@dataclass(frozen=True)
class Reporter:
    """What a receiver reports of our own messages.

    :param name: as people are shown it.
    :param count: our messages there.
    :param signed: those among them with a valid, aligned DKIM signature.
    """

    name: str
    count: int
    signed: int


@dataclass(frozen=True)
class Evidence:
    """What the reports that can be trusted say.

    :param rung: what receivers are asked to do now; None where no record counts.
    :param days: for how many days there are reports under this policy, at most
        :data:`MANY_DAYS`.
    :param messages: in the last :data:`DAYS` days, whoever has sent them.
    :param own: our own, in the days of :func:`pick_window`.
    :param own_passing: those of these that pass DMARC.
    :param sources: of all messages in those days.
    :param reporters: who has reported our own ones in those days.
    :param is_rare: whether something is sent less than once in :data:`DAYS` days, None
        where nobody has said so yet.
    :param own_recent: our own messages in the last :data:`RECENT_DAYS` days.
    :param own_failing: those of these that fail DMARC.
    """

    rung: Rung | None
    days: int = 0
    messages: int = 0
    own: int = 0
    own_passing: int = 0
    sources: tuple[Source, ...] = ()
    reporters: tuple[Reporter, ...] = ()
    is_rare: bool | None = None
    own_recent: int = 0
    own_failing: int = 0


@dataclass(frozen=True)
class Condition:
    """One condition of the next step.

    :param code: "period" (enough days and messages), "rare" (somebody has said whether
        something is sent rarely), "named" (every large source), "passing" (our own) or
        "signed" (DKIM, at every receiver).
    :param met: whether it holds.
    :param needed_days: of "period": how many days are wanted.
    :param open: the names of what is missing, the largest first.
    """

    code: str
    met: bool
    needed_days: int = 0
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """The step that may be taken.

    :param rung: as in :class:`Evidence`.
    :param above: the next rung, "" at the top and where no record counts.
    :param step: the rung to propose now, "" for none: ``above`` where all conditions
        are met, the one below where our own mail fails.
    :param is_back: whether that is a step back.
    :param conditions: for ``above``; () at the top.
    """

    rung: Rung | None
    above: Rung | Literal[""] = ""
    step: Rung | Literal[""] = ""
    is_back: bool = False
    conditions: tuple[Condition, ...] = ()


def find_rung(record: DmarcRecord | None) -> Rung | None:
    """Return what a record asks for, None where none counts.

    A reject that is tested, or applied in part, is a quarantine to most receivers.
    """
    if record is None or not record.valid or not record.p:
        return None
    eased = record.testing or record.pct < 100
    if record.p == "reject":
        return "quarantine" if eased else "reject"
    if record.p == "quarantine":
        return "testing" if eased else "quarantine"
    return "none"


def pick_window(messages: int, is_rare: bool | None) -> int:
    """Return in how many days a domain has to be looked at.

    :param messages: in the last :data:`DAYS` days.
    :param is_rare: as in :class:`Evidence`.
    """
    return MANY_DAYS if messages < MESSAGES or is_rare else DAYS


def judge_ladder(evidence: Evidence) -> Ladder:
    """Return which step may be taken, and what each condition of it says."""
    rung = evidence.rung
    if rung is None:
        return Ladder(None)
    position = RUNGS.index(rung)
    above = RUNGS[position + 1] if position + 1 < len(RUNGS) else ""
    conditions = _judge_conditions(evidence) if above else ()
    if position >= RUNGS.index("quarantine") and _is_failing(evidence):
        back = RUNGS[position - 1]
        return Ladder(rung, above, back, is_back=True, conditions=conditions)
    step = above if conditions and all(one.met for one in conditions) else ""
    return Ladder(rung, above, step, conditions=conditions)


def _judge_conditions(evidence: Evidence) -> tuple[Condition, ...]:
    return (
        _judge_period(evidence),
        Condition("rare", evidence.is_rare is not None),
        _judge_named(evidence),
        _judge_passing(evidence),
        _judge_signed(evidence),
    )


def _judge_period(evidence: Evidence) -> Condition:
    needed = pick_window(evidence.messages, evidence.is_rare)
    # Without a single message of our own nothing is known of them.
    return Condition("period", evidence.days >= needed and evidence.own > 0, needed)


def _judge_named(evidence: Evidence) -> Condition:
    total = sum(source.count for source in evidence.sources)
    unknown = [
        source
        for source in sorted(evidence.sources, key=lambda one: -one.count)
        if not source.is_named and source.count > total * NAMED_ABOVE
    ]
    return Condition("named", not unknown, open=tuple(one.name for one in unknown))


def _judge_passing(evidence: Evidence) -> Condition:
    enough = evidence.own_passing >= evidence.own * PASSING
    return Condition("passing", enough and evidence.own > 0)


def _judge_signed(evidence: Evidence) -> Condition:
    unsigned = [
        one
        for one in sorted(evidence.reporters, key=lambda one: one.signed - one.count)
        if one.count and not _is_signed(one)
    ]
    met = not unsigned and any(one.count for one in evidence.reporters)
    return Condition("signed", met, open=tuple(one.name for one in unsigned))


def _is_signed(reporter: Reporter) -> bool:
    """Whether DKIM passes there; one message may have been damaged on its way."""
    missing = reporter.count - reporter.signed
    return reporter.signed > 0 and missing <= max(1, reporter.count * (1 - PASSING))


def _is_failing(evidence: Evidence) -> bool:
    failing = evidence.own_failing
    return failing >= FAILED and failing > evidence.own_recent * FAILED_SHARE
