# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Addresses of companies and alias domains, found out once for a batch of mails.

Odoo asks for them with each mail, and the commit after the mail before makes it read
the company and the alias domain anew.
"""

from odoo import models

from ..tools.carrier import carried
from .batch import Batch


class ResCompany(models.Model):
    # A file for each concern.
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    def _compute_bounce(self):
        names = ("bounce_email", "bounce_formatted")
        return _compute_once(self, names, super()._compute_bounce)


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _compute_bounce_email(self):
        return _compute_once(self, ("bounce_email",), super()._compute_bounce_email)

    def _compute_default_from_email(self):
        names = ("default_from_email",)
        return _compute_once(self, names, super()._compute_default_from_email)


def _compute_once(records, names, compute):
    """Set computed fields, from what a batch of mails remembers where there is one.

    :param names: of the fields that ``compute`` sets.
    """
    batch = carried(records.env, Batch)
    if batch is None:
        compute()
        return
    keys = [(records._name, record.id, names) for record in records]
    if not all(key in batch.stays for key in keys):
        compute()
        for key, record in zip(keys, records, strict=True):
            batch.stays[key] = {name: record[name] for name in names}
        return
    for key, record in zip(keys, records, strict=True):
        record.update(batch.stays[key])
