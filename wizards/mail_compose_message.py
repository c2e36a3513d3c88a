# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ..models.limit.send_mark import note_call
from ..models.refusal.mail_mail_suppressed import FAILURE_TYPE


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"  # pylint: disable=consider-merging-classes-inherited

    def _action_send_mail_comment(self, res_ids):
        """Tell how many messages there will be: each is posted by itself."""
        composer = note_call(self, act_size=len(res_ids))
        return super(MailComposeMessage, composer)._action_send_mail_comment(res_ids)

    def _action_send_mail_mass_mail(self, res_ids, auto_commit=False):
        """Tell how many mails there will be: each batch is sent before the next."""
        composer = note_call(self, act_size=len(res_ids))
        return super(MailComposeMessage, composer)._action_send_mail_mass_mail(
            res_ids, auto_commit=auto_commit
        )

    # ------------------------------------------------------------
    # Addresses that don't work
    # ------------------------------------------------------------

    def _process_mail_values_state(self, mail_values_dict):
        """Leave out of a mass mailing whose address is suppressed.

        Who is left out by Odoo already stays what he is there: consent comes first.
        """
        result = super()._process_mail_values_state(mail_values_dict)
        addresses = self.env["mail.suppressed.address"]
        if not self._belongs_to_mailing() or not addresses._has_any():
            return result
        going = {
            res_id: values
            for res_id, values in mail_values_dict.items()
            if values.get("state") not in ("cancel", "exception")
        }
        recipients = self._get_recipients_data(going)
        emails = {
            res_id: set(recipients[res_id]["mail_to_normalized"]) - {False}
            for res_id in going
        }
        held, tried = addresses._find_held(set().union(*emails.values()))
        for res_id, own in emails.items():
            if own and own <= held.keys():
                going[res_id].update(
                    state="cancel", failure_type=FAILURE_TYPE, is_notification=False
                )
            elif own & tried:
                going[res_id]["is_let_through"] = True
        return result

    def _belongs_to_mailing(self):
        """Whether mass_mailing sends by this composer."""
        names = ("mass_mailing_id", "mass_mailing_name")
        return any(name in self._fields and self[name] for name in names)
