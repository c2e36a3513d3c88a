# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..parameters.table import REPORT_ALIAS


class IrConfigParameter(models.Model):
    # A file for each concern.
    _inherit = "ir.config_parameter"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _on_changed(self, keys):
        """Refuse an address for reports that is something else's.

        The default, which is there once the parameter goes, is never refused.

        :raises ValidationError: says whose it is.
        """
        result = super()._on_changed(keys)
        if REPORT_ALIAS.key in keys and self._get_stored(REPORT_ALIAS.key):
            self._check_report_alias(self._get_value(REPORT_ALIAS))
        return result

    @api.model
    def _check_report_alias(self, local):
        domains = self.env["mail.alias.domain"].sudo()
        taken = domains._find_report_alias(local)[:1].display_name
        if not taken:
            either = Domain("bounce_alias", "=", local)
            either |= Domain("catchall_alias", "=", local)
            name = domains.search(either, limit=1).name
            taken = name and f"{local}@{name}"
        if taken:
            raise ValidationError(
                self.env._(
                    "%(address)s is in use already. DMARC reports need an address of "
                    "their own.",
                    address=taken,
                )
            )
