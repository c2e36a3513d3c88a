# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from contextlib import contextmanager

from odoo import models

from ..sender.batch import Batch
from ..tools.carrier import carried
from .leaving import Leaving


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        with self._count_leaving():
            return super()._send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                smtp_session=smtp_session,
                alias_domain_id=alias_domain_id,
                mail_server=mail_server,
                post_send_callback=post_send_callback,
            )

    @contextmanager
    def _count_leaving(self):
        """Write once, at the end, how much has left to whom."""
        batch = carried(self.env, Batch)
        if batch is None or batch.get_part(Leaving):
            yield
            return
        leaving = Leaving()
        batch.set_part(leaving)
        try:
            yield
        finally:
            batch.drop_part(Leaving)
            self.env["mail.dmarc.sent"]._add(leaving.counts)
