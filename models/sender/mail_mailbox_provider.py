# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import ormcache

from ...mailauth.from_filter import fold_address


class MailMailboxProvider(models.Model):
    _name = "mail.mailbox.provider"
    _inherit = ["mail.deliverability.catalogue"]
    _description = "Provider of Mailboxes for Everybody"
    _rec_name = "domain"
    _order = "domain"

    domain = fields.Char(
        required=True,
        help="Mails in the name of its mailboxes that leave from another server are "
        "distrusted, whatever policy the domain publishes.",
    )
    active = fields.Boolean(default=True)

    @api.model
    @ormcache()
    def _get_domains(self):
        providers = self.sudo().search([("active", "=", True)])
        return frozenset(map(fold_address, providers.mapped("domain")))

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
