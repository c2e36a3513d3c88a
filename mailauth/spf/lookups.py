# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an SPF evaluation may ask of DNS, counted in one way (RFC 7208 4.6.4)."""

from dataclasses import dataclass

MAX_LOOKUPS = 10
MAX_VOID_LOOKUPS = 2
MAX_HOSTS = 10  # names of one MX or PTR answer


@dataclass(frozen=True)
class LookupCost:
    """What terms cost of the limits; costs are added.

    :param lookups: terms that cause a lookup, of ten.
    :param void_lookups: lookups with an empty answer, of two.
    """

    lookups: int = 0
    void_lookups: int = 0

    def __add__(self, other: "LookupCost") -> "LookupCost":
        return LookupCost(
            self.lookups + other.lookups, self.void_lookups + other.void_lookups
        )

    @property
    def problem(self) -> str:
        """What a receiver would end the evaluation with, "" within the limits."""
        if self.lookups > MAX_LOOKUPS:
            return "too_many_lookups"
        if self.void_lookups > MAX_VOID_LOOKUPS:
            return "too_many_void_lookups"
        return ""
