# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""DNS as it would be if something else stood at one name."""

from dataclasses import dataclass

from ..dns.resolver import Answer, CheckResolver


@dataclass(frozen=True)
class Supposing:
    """A resolver for what would be if a record were published.

    :param resolver: who knows everything else.
    :param answer: what would be answered to its question.
    """

    resolver: CheckResolver
    answer: Answer

    @property
    def timeout(self) -> float:
        """Seconds that are left of the check, see :class:`Resolver`."""
        return self.resolver.time_left()

    async def query(self, name: str, rdtype: str) -> Answer:
        """Ask one question; see :class:`Resolver`."""
        if (name, rdtype) == (self.answer.name, self.answer.rdtype):
            return self.answer
        return await self.resolver.query(name, rdtype)
