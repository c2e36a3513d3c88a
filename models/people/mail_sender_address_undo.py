# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class MailSenderAddress(models.Model):
    """What was done last can be taken back."""

    # A file for each concern.
    _inherit = "mail.sender.address"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_progress(self):
        """Tell what the user has done last as well: ``undo``, False for nothing."""
        last = self.env["mail.sender.change"]._find_last()
        undo = last._describe() if last else False
        return {**super()._get_progress(), "undo": undo}

    @api.model
    def undo_last(self):
        """Take back what the user has done last.

        Where something else was written meanwhile, that stays.

        :return: what came of it, in words.
        :raises UserError: there is nothing to take back.
        """
        self._check_administrator()
        last = self.env["mail.sender.change"]._find_last()
        if not last:
            raise UserError(self.env._("There is nothing to undo."))
        back, left = last._undo()
        about = (
            Domain("source_model", "=", model) & Domain("source_id", "=", record_id)
            for model, record_id in back
        )
        rows = self.sudo().search(Domain.OR(about))
        if last.kind == "filter":
            rows._mark_stale()
        rows._audit_again(rows)
        if not left:
            return self.env._("Taken back for %(count)s.", count=len(back))
        return self.env._(
            "Taken back for %(count)s; %(left)s were changed meanwhile and stay.",
            count=len(back),
            left=left,
        )
