# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

# What decides who signs for a server, and whether.
_WHO_SIGNS = {"account_domains", "active", "host_patterns", "sequence", "signs"}


class MailSendingProvider(models.Model):
    """Servers follow what the catalogue says of signatures."""

    _inherit = "mail.sending.provider"

    @api.model_create_multi
    def create(self, vals_list):
        providers = super().create(vals_list)
        self._tell_servers({})
        return providers

    def write(self, vals):
        former = {provider.id: provider.signs for provider in self}
        result = super().write(vals)
        if not _WHO_SIGNS.isdisjoint(vals):
            self._tell_servers(former)
        return result

    @api.model
    def _tell_servers(self, former):
        servers = self.env["ir.mail_server"].sudo().with_context(active_test=False)
        found = servers.search_fetch([], ["signs_itself", "signing_provider_id"])
        # Of the providers, those that are archived don't count.
        found.with_context(active_test=True)._follow_catalogue(former)
