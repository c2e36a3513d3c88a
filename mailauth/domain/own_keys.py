# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which of our DKIM keys sign for a domain, and which of them may begin to."""

from collections.abc import Iterable
from dataclasses import replace

from ..findings import Finding
from .facts import Facts, SigningKey
from .keys import name_key


def list_own_keys(domain: str, facts: Facts) -> tuple[SigningKey, ...]:
    """Return our keys that sign for a domain, or will.

    Those of a domain above it count where none of its own is active.
    """
    own = tuple(key for key in facts.keys if key.domain in ("", domain))
    if any(key.active for key in own):
        return own
    return own + tuple(
        key for key in facts.keys if key.domain and domain.endswith(f".{key.domain}")
    )


def pick_shown_key(
    domain: str, facts: Facts, findings: Iterable[Finding]
) -> SigningKey | None:
    """Return our first key that DNS shows, None where one signs already.

    :param domain: in A-labels.
    :param findings: of the domain's checks.
    """
    keys = list_own_keys(domain, facts)
    if any(key.active for key in keys):
        return None
    good = {(one.code, one.subject) for one in findings if one.status == "pass"}
    names = ((name_key(k.selector, k.domain or domain, domain), k) for k in keys)
    return next((key for name, key in names if ("dkim_key", name) in good), None)


def suppose_active(facts: Facts, active: SigningKey) -> Facts:
    """Return the facts as they will be once one of our keys signs."""
    keys = (replace(key, active=True) if key == active else key for key in facts.keys)
    return replace(facts, keys=tuple(keys))
