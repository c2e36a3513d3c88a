# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which mails of a batch there is room for, before any of them is sent."""

from dataclasses import dataclass, replace
from typing import Any

from .send_class import PEOPLE, Demand, Usage, ask_of, ceiling_of, find_room


@dataclass(frozen=True)
class Verdict:
    """What becomes of the SMTP messages of a mail.

    :param demand: what the mail asks for.
    :param usage: by server id, what was used before it.
    :param going: the messages that there is room for.
    :param waiting: those that there is none for today.
    :param too_big: those that no day has room for.
    """

    demand: Demand
    usage: dict[int, Usage]
    going: tuple[Any, ...] = ()
    waiting: tuple[Any, ...] = ()
    too_big: tuple[Any, ...] = ()

    @property
    def goes(self) -> bool:
        """Whether the whole mail goes."""
        return not self.waiting and not self.too_big


class Outlook:
    """What is left for the mails of a batch, as far as can be known beforehand.

    Others may take it meanwhile: each mail is reserved for once more when it is sent.

    :param limits: what the mails have to keep to, whatever each asks for.
    :param dict usage: by server id, :class:`.send_class.Usage`.
    """

    def __init__(self, limits, usage):
        self._limits = limits
        self._usage = usage
        self._by_demand = {}

    def take(self, demand, messages, whole=False):
        """Take room for a mail.

        :param Demand demand: what it asks for.
        :param messages: :class:`.mail_mail.SmtpMessage` each.
        :param bool whole: whether it goes as a whole or not at all.
        :rtype: Verdict
        """
        demand = find_demand(demand, self.ask(demand), messages, whole)
        limits, before = self.ask(demand), self._usage
        too_big = _find_too_big(messages, ceiling_of(limits), whole)
        rest = _without(messages, too_big)
        going = self._take(limits, rest, whole)
        waiting = _without(rest, going)
        if waiting and demand.send_class == PEOPLE and not whole:
            name = "visitors_wait" if demand.visitor else "backlog"
            self._note_backlog(limits, name)
        return Verdict(demand, before, going, waiting, too_big)

    def ask(self, demand):
        """Return the limits for mails that ask for something."""
        if demand not in self._by_demand:
            self._by_demand[demand] = ask_of(self._limits, demand)
        return self._by_demand[demand]

    def _take(self, limits, messages, whole):
        sizes = [one.size for one in messages if one.size]
        if not sizes:
            return messages
        need = sum(sizes)
        source, room = find_room(limits, self._usage, need if whole else min(sizes))
        if limits[0].demand.released and room is not None and room < need:
            # The rest of it is not to wait, where another source has room for all.
            more = find_room(limits, self._usage, need)
            source, room = max((source, room), more, key=_get_size)
        if room is None or room >= need:
            going = messages
        else:
            going = () if whole else _pick_fitting(messages, room)
        self._count(limits, source, sum(one.size for one in going))
        return going

    def _note_backlog(self, limits, name):
        """Note that people's mails wait: mass mailings do so, too, then.

        :param str name: of the field of :class:`.send_class.Usage` that says so.
        """
        after = {
            limit.server_id: replace(self._usage[limit.server_id], **{name: True})
            for limit in limits
        }
        self._usage = {**self._usage, **after}

    def _count(self, limits, source, count):
        if count:
            after = {
                limit.server_id: self._usage[limit.server_id].add(
                    count, limit.get_part(source)
                )
                for limit in limits
            }
            self._usage = {**self._usage, **after}


def _get_size(found):
    """Return how much was found; see :func:`.send_class.find_room`."""
    return float("inf") if found[1] is None else found[1]


def find_demand(demand, limits, messages, whole=False):
    """Return what a mail asks for, now that its size is known.

    A visitor's mail that is larger than the visitors' part ever is would wait for ever.

    :param limits: with the demand.
    :param messages: :class:`.mail_mail.SmtpMessage` each.
    :param bool whole: as in :meth:`Outlook.take`.
    """
    if (
        demand.visitor
        and not demand.released
        and _find_too_big(messages, ceiling_of(limits), whole)
    ):
        return replace(demand, large=True)
    return demand


def _without(messages, others):
    # By identity: a mail may have thousands of recipients.
    known = set(map(id, others))
    return tuple(one for one in messages if id(one) not in known)


def _find_too_big(messages, ceiling, whole):
    if ceiling is None:
        return ()
    if whole:
        return tuple(messages) if sum(one.size for one in messages) > ceiling else ()
    return tuple(one for one in messages if one.size > ceiling)


def _pick_fitting(messages, room):
    """Return the messages that fit together; none where only empty ones would."""
    fitting = []
    for message in messages:
        if message.size <= room:
            fitting.append(message)
            room -= message.size
    return tuple(fitting) if any(one.size for one in fitting) else ()
