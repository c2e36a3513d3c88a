# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Refusals and bounces as values that JSON has; their keys are a contract."""

import dataclasses

from .bounce import Bounce, Recipient
from .result import Refusal


def refusal_to_json(refusal: Refusal) -> dict:
    """Return a refusal as one JSON object, see ARCHITECTURE.md."""
    return dataclasses.asdict(refusal)


def bounce_to_json(bounce: Bounce) -> dict:
    """Return a report as one JSON object, see ARCHITECTURE.md.

    All texts of strangers in it are as they were written: escape them.
    """
    return {
        "kind": bounce.kind,
        "original_message_id": bounce.original_message_id,
        "recipients": [_show_recipient(one) for one in bounce.recipients],
        "reporting_mta": bounce.reporting_mta,
        "envelope_id": bounce.envelope_id,
        "referred_ids": list(bounce.referred_ids),
        "about": list(bounce.about),
        "original_headers": [list(pair) for pair in bounce.original_headers],
    }


def _show_recipient(one: Recipient) -> dict:
    """What was not refused has no category and no blame: "" stands there."""
    refusal = one.refusal
    return {
        "address": one.address,
        "action": one.action,
        "status": one.status,
        "diagnostic": one.diagnostic,
        "category": one.category,
        "blame": one.blame,
        "scope": one.scope,
        "advice": one.advice,
        "provider": refusal.provider if refusal else "",
        "temporary": refusal.temporary if refusal else False,
        "remote_mta": one.remote_mta,
        "original_address": one.original_address,
    }
