# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """Let the documented parameters follow the main company's alias domain."""
        if "alias_domain_id" not in vals:
            return super().write(vals)
        alias_domains = self.env["mail.alias.domain"]
        before = alias_domains._get_main()
        result = super().write(vals)
        after = alias_domains._get_main()
        if after:
            alias_domains._mirror_in_parameters()
        elif before:
            alias_domains._empty_parameters()
        return result

    @api.constrains("alias_domain_id")
    def _check_alias_domain_is_no_draft(self):
        self.sudo().alias_domain_id._check_is_no_draft()
