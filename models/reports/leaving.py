# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What has left in one session of a batch, by whose mail it is and who gets it."""

from collections import Counter

from ..sender.batch import Batch
from ..tools.carrier import carried


class Leaving:
    """A part of a :class:`..sender.batch.Batch`: adds up, so that it is written once.

    :ivar counts: messages by (domain of From, domain of recipients).
    """

    def __init__(self):
        self.counts = Counter()

    def note(self, author, recipients):
        """Note a message that the server has taken.

        A receiver counts messages: two recipients of one message there are one.

        :param str author: the header field From, of one mailbox.
        :param recipients: addresses that were not refused.
        """
        domain = _get_domain(author.rstrip("> "))
        for receiver in {_get_domain(one) for one in recipients}:
            self.counts[domain, receiver] += 1


def get_leaving(env):
    """Return what adds up the mails of a batch that is being sent, or None."""
    batch = carried(env, Batch)
    return batch and batch.get_part(Leaving)


def _get_domain(address):
    return address.rpartition("@")[2].lower()
