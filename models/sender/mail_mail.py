# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who mails come from: their authors are asked about before the first one leaves."""

from dataclasses import replace

import psycopg2

from odoo import models
from odoo.tools import SQL

from ..tools.carrier import carried, carry
from .batch import Batch
from .mail_author_policy import SENDING_TIMEOUT
from .session_facts import get_facts, set_facts

# What Odoo's own ``send`` puts into the context of each mail. From a client they would
# choose the sender.
SENDER_KEYS = ("domain_notifications_email", "domain_bounce_address")


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Ask first what the authors want.

        :return: True, as Odoo documents it and does not do it; where an error breaks
            the sending off, the queue returns None.
        """
        mails = self._without_foreign_sender()._as_batch()
        super(MailMail, mails).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )
        return True

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Note whose mails leave: Odoo opens a session for each alias domain."""
        if smtp_session is not None:
            facts = replace(
                get_facts(smtp_session),
                alias_domain_id=alias_domain_id,
                mail_ids=tuple(self.ids),
                can_wait=not raise_exception,
            )
            set_facts(smtp_session, facts)
        return super()._send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            smtp_session=smtp_session,
            alias_domain_id=alias_domain_id,
            mail_server=mail_server,
            post_send_callback=post_send_callback,
        )

    def _without_foreign_sender(self):
        """Return the mails without a sender that the context would choose for them."""
        if self.env.context.keys().isdisjoint(SENDER_KEYS):
            return self
        return self.with_context(**dict.fromkeys(SENDER_KEYS))

    def _as_batch(self, timeout=SENDING_TIMEOUT):
        """Ask DNS about the authors of all these mails at once, before any leaves.

        :param timeout: seconds to wait for DNS; 0: it is asked in the background; None:
            it is not asked.
        """
        if self.env["ir.mail_server"]._disable_send():
            return self
        policies = self.env["mail.author.policy"]
        found = policies._find_policies(self._list_undecided(), timeout)
        batch = carried(self.env, Batch)
        if batch is None or batch.policies is not None:  # not begun for this call
            batch = Batch()
        batch.policies, batch.asks_dns = found, timeout is not None
        return carry(self, batch)

    def _list_undecided(self):
        """Return the domains of authors whose policy decides; see _pick_undecided."""
        mails = self.with_context(prefetch_fields=False)
        rows = mails.read(["email_from", "mail_server_id"], load=None)
        return self.env["ir.mail_server"]._pick_undecided(
            (row["email_from"], row["mail_server_id"]) for row in rows
        )

    def _lock_unchanged(self):
        """Lock mails, but for those that others have locked or changed meanwhile.

        Where others have changed one since the transaction began, PostgreSQL refuses
        to lock any of them. The halves tell which it is.

        :return: the mails that are locked; the rest is left to the others.
        """
        if not self:
            return self
        try:
            with self.env.cr.savepoint(flush=False):
                # As try_lock_for_update, which would log what is expected as an error.
                query = SQL(
                    "SELECT id FROM mail_mail WHERE id IN %s "
                    "FOR NO KEY UPDATE SKIP LOCKED",
                    tuple(self.ids),
                )
                self.env.cr.execute(query, log_exceptions=False)
                locked = {mail_id for (mail_id,) in self.env.cr.fetchall()}
                return self.filtered(lambda mail: mail.id in locked)
        except psycopg2.errors.SerializationFailure:
            if len(self) == 1:
                return self.browse()
        middle = len(self) // 2
        first, second = self[:middle], self[middle:]
        return first._lock_unchanged() + second._lock_unchanged()
