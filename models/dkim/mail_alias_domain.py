# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may see an email domain, and which records have the same name."""

from odoo import models

from ..tools.host_names import fold


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _filter_visible(self):
        """Return those whose keys and results the user may see, as their rules say."""
        if self.env.su:
            return self
        users = self._origin.sudo().company_ids
        shown = users & self.env.companies
        hidden = set((users.alias_domain_id - shown.alias_domain_id).ids)
        return self.filtered(lambda domain: domain._origin.id not in hidden)

    def _get_namesakes(self):
        """Return the records of the same name, whosever, drafts and this one included.

        Odoo allows them with other local parts for bounces and replies, and DNS knows
        no upper case.
        """
        self.ensure_one()
        name = fold(self.name)
        everyone = self.sudo().search_fetch([("active", "in", (True, False))], ["name"])
        return self.sudo() | everyone.filtered(lambda one: name == fold(one.name) != "")

    def _get_shared_namesakes(self):
        """Return the records of the same name that the same companies use.

        A company uses one, so this is the record alone, or all those that none uses.
        """
        everyone = self._get_namesakes().with_context(active_test=False)
        mine = self.sudo().with_context(active_test=False).company_ids
        return everyone.filtered(lambda one: one.company_ids == mine)
