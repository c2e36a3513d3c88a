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

    A term is a void lookup, once, where one of its questions had an empty answer. Hosts
    are asked for the addresses of the client's family, so there are two counts; where
    one client is judged, both are his.

    :param lookups: terms that cause a lookup, of ten.
    :param void4: terms that are a void lookup for a client with IPv4, of two.
    :param void6: the same for one with IPv6.
    """

    lookups: int = 0
    void4: int = 0
    void6: int = 0

    def __add__(self, other: "LookupCost") -> "LookupCost":
        return LookupCost(
            self.lookups + other.lookups,
            self.void4 + other.void4,
            self.void6 + other.void6,
        )

    @property
    def void_lookups(self) -> int:
        """Void lookups of the client that has more of them."""
        return max(self.void4, self.void6)

    @property
    def problem(self) -> str:
        """What a receiver would end the evaluation with for any client, "" for none."""
        return self._find_problem(min(self.void4, self.void6))

    @property
    def problem_of_some(self) -> str:
        """The same for the clients of at least one family."""
        return self._find_problem(self.void_lookups)

    def find_problem(self, version: int) -> str:
        """The same for the clients with one version of IP."""
        return self._find_problem(self.void4 if version == 4 else self.void6)

    def _find_problem(self, void_lookups: int) -> str:
        if self.lookups > MAX_LOOKUPS:
            return "too_many_lookups"
        return "too_many_void_lookups" if void_lookups > MAX_VOID_LOOKUPS else ""
