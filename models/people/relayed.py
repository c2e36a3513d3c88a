# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Under which sender a mail has left that is not its author."""

from odoo.tools.translate import LazyTranslate

from ..sender.batch import Batch
from ..tools.carrier import carried

_lt = LazyTranslate(__name__)

# Of a domain whose policy is quarantine; all other codes are those of decisions.
QUARANTINED = "policy_quarantine"
# What colleagues read behind the recipients of a message.
SENTENCES = {
    "filter_mismatch": _lt(
        "Sent as %(default)s, because your mail server may not send for %(domain)s"
    ),
    "mailbox_provider": _lt(
        "Sent as %(default)s, because receivers distrust %(domain)s addresses from "
        "other servers"
    ),
    "policy_always": _lt(
        "Sent as %(default)s, because %(domain)s is none of your own domains"
    ),
    "policy_enforced": _lt(
        "Sent as %(default)s, because %(domain)s refuses mails from other servers"
    ),
    QUARANTINED: _lt(
        "Sent as %(default)s, because %(domain)s wants mails from other servers in spam"
    ),
    "policy_unknown": _lt(
        "Sent as %(default)s, because nobody could find out whether %(domain)s lets "
        "other servers send"
    ),
    "unfiltered_default": _lt(
        "Sent as %(default)s, because your mail server sends everything as this address"
    ),
}


class Relayed:
    """A part of a :class:`Batch`, while one mail is sent.

    :ivar dict values: of the notifications of those who get it.
    """

    def __init__(self):
        self.values = {"relayed_as": False, "relayed_reason": False}

    def note(self, sent_as, reason):
        """Note the address in From, and why the author's is not there."""
        self.values = {"relayed_as": sent_as, "relayed_reason": reason}


def get_relayed(env):
    """Return what is noted of the mail that is being sent, None where none is."""
    batch = carried(env, Batch)
    return batch and batch.get_part(Relayed)
