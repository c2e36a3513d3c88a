# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The groups of several senders are one where a server has several connections.

Odoo makes a group of each sender's mails, and one group follows the other: with a few
mails each, no further connection would be worth opening.
"""

from collections import defaultdict

from odoo import models, tools

from ..sender.batch import Batch
from ..tools.carrier import carried


class Senders(dict):
    """A part of a :class:`..sender.batch.Batch`: ``smtp_from`` of each mail, by id.

    As in Odoo's ``_connect__``: whom a session sends as.
    """

    SHARED = True


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _join_groups(self, groups):
        """Yield groups of mails, those with the same server and alias domain as one.

        Only where several connections send them. The oldest mails come first then,
        whoever has written them.

        :param groups: as from Odoo's ``_split_by_mail_configuration``.
        """
        together, senders = defaultdict(list), Senders()
        for server_id, alias_domain_id, smtp_from, ids in groups:
            if self._count_connections(server_id) > 1:
                together[server_id, alias_domain_id] += ids
                senders.update(dict.fromkeys(ids, smtp_from))
            else:
                yield server_id, alias_domain_id, smtp_from, ids
        carried(self.env, Batch).set_part(senders)
        size = self.env["ir.mail_server"]._get_session_batch_size()
        for configuration, members in together.items():
            known = set(members)
            ids = [mail_id for mail_id in self.ids if mail_id in known]
            for part in tools.split_every(size, ids):
                yield *configuration, senders[part[0]], part

    def _split_off_messages(self, messages):
        other = super()._split_off_messages(messages)
        senders = carried(self.env, Batch).get_part(Senders)
        if senders and self.id in senders:
            senders[other.id] = senders[self.id]
        return other

    def _let_session_send_as(self, smtp_session):
        """Let a session that several senders share send as the one of this mail."""
        senders = carried(self.env, Batch).get_part(Senders)
        if senders and self.id in senders:
            smtp_session.smtp_from = senders[self.id]
