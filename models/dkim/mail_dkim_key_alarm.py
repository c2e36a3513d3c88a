# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Administrators are told of a key that can't be used."""

import functools
import logging

from odoo import SUPERUSER_ID, api, fields, models

from ..tools.after_delivery import never_raise

# Whoever filters the log finds all about keys under one name.
_logger = logging.getLogger(f"{__package__}.mail_dkim_key")


class MailDkimKey(models.Model):
    # A file for each concern.
    _inherit = "mail.dkim.key"  # pylint: disable=consider-merging-classes-inherited

    def _tell_unusable(self):
        """Tell administrators, once, when the mail has left: it must not wait for this.

        In a cursor of its own, since the sender's transaction may be undone.
        """
        self.ensure_one()
        if not self.exists() or self._is_unusable_told():
            return
        self.env.cr.postcommit.add(
            functools.partial(_tell_unusable, self.env.registry, self.id)
        )

    def _get_alarm_subject(self):
        return f"dkim_key:{self.id}"

    def _is_unusable_told(self):
        alarms = self.env["mail.deliverability.alarm"]
        told = alarms._get_alarms(self._get_alarm_subject())
        return self._get_alarm_occasion() in told.mapped("alarm_occasion")

    def _get_alarm_occasion(self):
        """Return what an alarm is raised once for: this key since it was activated."""
        return fields.Datetime.to_string(self.activated_on or self.create_date)

    def _raise_unusable_alarm(self):
        """Tell administrators of its companies that mails leave unsigned."""
        domains = self.sudo().alias_domain_id._get_shared_namesakes()
        self.env["mail.deliverability.alarm"]._raise_alarm(
            self._get_alarm_subject(),
            lambda env: env[self._name].browse(self.id)._render_unusable(),
            occasion=self._get_alarm_occasion(),
            companies=domains.company_ids or None,
        )

    def _resolve_alarms(self):
        """Close the alarms of these keys; what fails after this is told again."""
        alarm = self.env["mail.deliverability.alarm"]
        for key in self:
            subject = key._get_alarm_subject()
            alarm._resolve_alarm(subject)
            told = alarm._get_alarms(subject).filtered("alarm_occasion")
            told.write({"alarm_occasion": False})


def _tell_unusable(registry, key_id):
    """Raise the alarm about a key; the mail has left, so a failure only waits.

    Another worker tells of the same key, or the next mail will.
    """
    with (
        never_raise(_logger.info, "Administrators are not told of a DKIM key yet"),
        registry.cursor() as cr,
    ):
        env = api.Environment(cr, SUPERUSER_ID, {})
        key = env["mail.dkim.key"].browse(key_id).exists()
        if key and not key._is_unusable_told():
            key._raise_unusable_alarm()
