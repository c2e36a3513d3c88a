# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a refusal is in fields of Odoo: its selections, and what the core has found."""

from typing import NamedTuple

from ...mailauth.refusal.rules import PROVIDERS

CATEGORIES = [
    ("authentication", "Not Authenticated"),
    ("reputation", "Reputation"),
    ("blocklist", "On a Blocklist"),
    ("rate", "Too Many at Once"),
    ("account_limit", "Limit of the Account"),
    ("content", "Content"),
    ("mailbox_unknown", "Unknown Address"),
    ("mailbox_full", "Mailbox Full"),
    ("mailbox_disabled", "Mailbox Disabled"),
    ("size", "Too Large"),
    ("relay_denied", "Login or Sender"),
    ("recipient_rule", "Rule of the Recipient"),
    ("their_trouble", "Trouble of the Server"),
    ("unknown", "Unknown"),
]
BLAMES = [
    ("our_setup", "Own Setup"),
    ("our_message", "The Email Itself"),
    ("our_volume", "Number of Emails"),
    ("our_reputation", "Own Reputation"),
    ("recipient", "Recipient"),
    ("their_server", "Receiving Server"),
    ("unknown", "Unknown"),
]
SCOPES = [
    ("recipient", "This Address"),
    ("receiver", "The Receiver"),
    ("server", "Outgoing Server"),
]
# What is kept of the core's Refusal, by the names of fields of mail.refusal.
KEPT = (
    "provider",
    "category",
    "blame",
    "scope",
    "temporary",
    "advice",
    "reply_code",
    "enhanced_code",
    "host",
)
# What a mail and a notification know of the refusal that they failed by.
NOT_REFUSED = {
    "refusal_category": False,
    "refusal_blame": False,
    "refusal_advice": False,
    "refusal_provider": False,
}
OF_CONNECTION = "check_connection"  # an advice


class Known(NamedTuple):
    """What a sentence about a refusal is made of, by the codes of the core."""

    category: str
    blame: str
    advice: str
    provider: str


def list_providers():
    """Return (code, name) of all who are known to refuse."""
    return [(one.code, one.name) for one in PROVIDERS.values() if one.kind != "generic"]


def to_values(refusal):
    """Return what ``mail.refusal`` keeps of a refusal.

    :param Refusal refusal: of :func:`explain_refusal`.
    """
    values = {name: getattr(refusal, name) for name in KEPT}
    return {**values, "host": values["host"][:255]}


def to_marks(refusal):
    """Return what a mail or a notification keeps of a refusal, to be written there.

    :param refusal: a core's ``Refusal``, or a record of ``mail.refusal``.
    """
    provider, advice = refusal.provider, refusal.advice
    if advice == OF_CONNECTION and refusal.scope != "server":
        # It is not our own server that can't be reached.
        advice = "wait"
    return {
        "refusal_category": refusal.category,
        "refusal_blame": refusal.blame,
        "refusal_advice": advice,
        "refusal_provider": provider if provider in dict(list_providers()) else False,
    }


def read_marks(record):
    """Return what a mail or a notification knows, None where it was not refused."""
    if not record.refusal_category:
        return None
    return Known(
        record.refusal_category,
        record.refusal_blame or "unknown",
        record.refusal_advice or "",
        record.refusal_provider or "",
    )
