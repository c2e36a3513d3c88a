# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...mailauth.address import split_address
from ...mailauth.from_filter import fold_address
from ..parameters.table import REPORT_ALIAS


class MailAliasDomain(models.Model):
    """The address of each domain that takes DMARC reports; it is nobody's alias."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    report_email = fields.Char(
        string="Address for DMARC Reports",
        compute="_compute_report_email",
        help="Empty where it was something else's before: it stays that.",
    )

    @api.depends("name", "bounce_alias", "catchall_alias")
    def _compute_report_email(self):
        local = self._get_report_alias()
        taken = self._find_report_alias(local).alias_domain_id
        for domain in self:
            own = (domain.bounce_alias, domain.catchall_alias)
            is_free = domain.name and local not in own and domain not in taken
            domain.report_email = is_free and f"{local}@{domain.name}"

    @api.model
    def _get_report_alias(self):
        """Return what stands before the @ of all these addresses."""
        return self.env["ir.config_parameter"]._get_value(REPORT_ALIAS)

    @api.model
    def _find_report_alias(self, local):
        """Return the aliases that have the name already: they are left alone."""
        named = Domain("alias_name", "=", local) & Domain(
            "alias_domain_id", "!=", False
        )
        return self.env["mail.alias"].sudo().search(named)

    @api.model
    def _list_report_addresses(self):
        """Return the addresses for reports of all domains, drafts too, folded."""
        local = self._get_report_alias()
        every = Domain("active", "in", (True, False))
        domains = self.sudo().search_fetch(every, ["name"])
        return {fold_address(f"{local}@{one.name}") for one in domains if one.name}

    @api.constrains("bounce_alias", "catchall_alias")
    def _check_bounce_catchall_uniqueness(self):
        """Keep the address for reports apart from the two, as these are from others."""
        result = super()._check_bounce_catchall_uniqueness()
        local = self._get_report_alias()
        if self.filtered(lambda one: local in (one.bounce_alias, one.catchall_alias)):
            raise ValidationError(self._explain_report_alias(local))
        return result

    @api.model
    def _find_aliases(self, email_list):
        """Know these addresses as Odoo's own: nobody is made a contact of one."""
        found = super()._find_aliases(email_list)
        local = self._get_report_alias()
        mine = [
            one
            for one in email_list
            if one and split_address(one)[0] == local and one not in found
        ]
        if not mine:
            return found
        addresses = self._list_report_addresses()
        return [*found, *(one for one in mine if fold_address(one) in addresses)]

    @api.model
    def _explain_report_alias(self, local):
        return self.env._(
            "%(local)s@ is the address that takes DMARC reports. Choose another name, "
            "or change the system parameter %(key)s.",
            local=local,
            key=REPORT_ALIAS.key,
        )


class MailAlias(models.Model):
    # A file for each concern.
    _inherit = "mail.alias"  # pylint: disable=consider-merging-classes-inherited

    @api.constrains("alias_name", "alias_domain_id")
    def _check_alias_domain_clash(self):
        """Keep aliases apart from the address for reports, as from bounce and catchall.

        :raises ValidationError:
        """
        result = super()._check_alias_domain_clash()
        domains = self.env["mail.alias.domain"]
        local = domains._get_report_alias()
        if self.filtered(lambda one: one.alias_name == local and one.alias_domain_id):
            raise ValidationError(domains._explain_report_alias(local))
        return result
