# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One call of ``send``: what its mails share."""

from ..tools.carrier import Carried


class Batch(Carried):
    """What is found out once for all mails that are sent together.

    :ivar policies: what the domains of their authors want, by domain; None where
        nobody has asked for all of them at once.
    :ivar bool asks_dns: whether DNS may be asked about authors that nobody has asked
        about before.
    :ivar dict stays: addresses of companies and alias domains; see what_stays.py and
        ir_mail_server_envelope.py.
    """

    KEY = "mail_deliverability_batch"

    def __init__(self):
        self.policies = None
        self.asks_dns = True
        self.stays = {}
        self._allowed = (frozenset(), frozenset())
        self._parts = {}

    def allow(self, servers, mails):
        """Note that these mails may use these servers."""
        self._allowed = (frozenset(servers.ids), frozenset(mails.ids))

    def is_allowed(self, servers, mails):
        """Whether it is known that these mails may use these servers."""
        return all(
            given and known.issuperset(given)
            for known, given in zip(
                self._allowed, (servers.ids, mails.ids), strict=True
            )
        )

    def fork(self):
        """Return the batch of a session that sends some of the mails beside this one.

        It shares what is found out, and those parts whose class is ``SHARED``.
        """
        other = Batch()
        other.policies, other.asks_dns = self.policies, self.asks_dns
        other.stays = self.stays
        other._allowed = self._allowed
        other._parts = {
            kind: part
            for kind, part in self._parts.items()
            if getattr(kind, "SHARED", False)
        }
        return other

    def set_part(self, part):
        """Add what a later room shares, of a class of its own."""
        self._parts[type(part)] = part

    def drop_part(self, kind):
        """Remove the part of a class, if there is one."""
        self._parts.pop(kind, None)

    def get_part(self, kind):
        """Return the part of a class, None where there is none."""
        return self._parts.get(kind)
