# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models, tools
from odoo.exceptions import UserError


class MailSuppressedCorrection(models.TransientModel):
    """The dialog that corrects an address, and sends what was held back for it."""

    _name = "mail.suppressed.correction"
    _description = "Correct an Address and Send Again"

    notification_id = fields.Many2one(
        "mail.notification", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="notification_id.res_partner_id", string="Contact", readonly=True
    )
    reason = fields.Char(related="notification_id.held_reason", readonly=True)
    email = fields.Char(string="Right Address", required=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        notification = self.env["mail.notification"].browse(
            values.get("notification_id") or ()
        )
        if notification and "email" in fields_list:
            notification._get_held()  # whose address it is, is told to no stranger
            values["email"] = notification.res_partner_id.email
        return values

    def action_correct(self):
        """Write the address to the contact, with the user's rights, and send again."""
        self.ensure_one()
        mail = self.notification_id._get_held()
        email = tools.email_normalize(self.email or "")
        if not email:
            raise UserError(self.env._("This is not an email address."))
        entries = self.env["mail.suppressed.address"]
        if entries._find_entries([email]):
            raise UserError(
                self.env._(
                    "%(email)s is the address that does not work. Type the right one.",
                    email=email,
                )
            )
        self.partner_id.email = email
        mail._let_go_held(through=False).send_after_commit()
        return {"type": "ir.actions.act_window_close"}
