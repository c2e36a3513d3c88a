# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The groups of several senders are one where a server has several connections.

Odoo makes a group of each sender's mails, and one group follows the other: with a few
mails each, no further connection would be worth opening.
"""

from odoo import models, tools

from ..sender.batch import Batch
from ..tools.carrier import carried


class Senders(dict):
    """A part of a :class:`..sender.batch.Batch`: ``smtp_from`` of each mail, by id.

    As in Odoo's ``_connect__``: whom a session sends as.

    :ivar set everybody: the values; they stay while mails are added.
    """

    SHARED = True

    def __init__(self):
        super().__init__()
        self.everybody = set()

    def note(self, ids, smtp_from):
        """Note whom some mails are sent as."""
        self.update(dict.fromkeys(ids, smtp_from))
        self.everybody.add(smtp_from)


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _join_groups(self, groups):
        """Yield groups of mails, those with the same server and alias domain as one.

        Only where several connections send them. The oldest mails come first then,
        whoever has written them; of two groups the one whose first mail does.

        :param groups: as from Odoo's ``_split_by_mail_configuration``.
        """
        joins, together, rest, senders = {}, {}, [], Senders()
        carried(self.env, Batch).set_part(senders)
        for group in groups:
            server_id, alias_domain_id, smtp_from, ids = group
            if server_id not in joins:
                joins[server_id] = self._count_connections(server_id) > 1
            if joins[server_id]:
                together.setdefault((server_id, alias_domain_id), []).extend(ids)
                senders.note(ids, smtp_from)
            elif not together:
                yield group
                continue
            rest.append(group)
        size = self.env["ir.mail_server"]._get_session_batch_size()
        position = {mail_id: number for number, mail_id in enumerate(self.ids)}
        for server_id, alias_domain_id, smtp_from, ids in rest:
            if not joins[server_id]:
                yield server_id, alias_domain_id, smtp_from, ids
                continue
            every = together.pop((server_id, alias_domain_id), [])
            # Another addon may have made one of them just now.
            every.sort(key=lambda mail_id: position.get(mail_id, len(position)))
            for part in tools.split_every(size, every):
                yield server_id, alias_domain_id, senders[part[0]], part

    def copy(self, default=None):
        """Copy mails, for whoever splits one: a part is sent as the whole would be."""
        copies = super().copy(default)
        if senders := self._get_senders_of_group():
            for mail, duplicate in zip(self, copies, strict=True):
                if mail.id in senders and mail.email_from == duplicate.email_from:
                    senders[duplicate.id] = senders[mail.id]
        return copies

    def _let_session_send_as(self, smtp_session):
        """Let a session that several senders share send as the one of this mail.

        Not one that another addon lets send as somebody else, whosever mails they are.
        """
        senders = self._get_senders_of_group()
        if senders and self.id in senders:
            if getattr(smtp_session, "smtp_from", None) in senders.everybody:
                smtp_session.smtp_from = senders[self.id]

    def _get_senders_of_group(self):
        batch = carried(self.env, Batch)
        return batch and batch.get_part(Senders)
