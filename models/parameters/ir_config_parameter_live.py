# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The parameters that the main company's alias domain mirrors: live ones."""

import logging

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ...mailauth.address import clean
from .mail_alias_domain import LIVE_FIELDS
from .table import CATCHALL_DOMAIN, PARAMETERS

_logger = logging.getLogger(__name__)


class IrConfigParameter(models.Model):
    """What a change of a live key does to the alias domain.

    Above the alias domain, which writes its own values to the parameters: so each of
    the two knows only what is below it.
    """

    # A file for each concern.
    _inherit = "ir.config_parameter"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        """Create parameters; a live key that its alias domain has made is taken over.

        Otherwise the second record of a data file that sets all live keys would
        find its key taken.
        """
        keys = [vals.get("key") for vals in vals_list]
        if LIVE_FIELDS.keys().isdisjoint(keys):
            return super().create(vals_list)
        domain_first = sorted(
            range(len(keys)), key=lambda position: keys[position] != CATCHALL_DOMAIN.key
        )
        created = {}
        with self._all_or_nothing():
            for position in domain_first:
                vals = vals_list[position]
                taken_over = self._take_over(vals)
                created[position] = taken_over or super().create([vals])
                self._update_alias_domain([keys[position]])
        return self.concat(*(created[position] for position in sorted(created)))

    @api.model
    def _take_over(self, vals):
        """Write to the live key that exists already, and return it."""
        live = vals.get("key") in LIVE_FIELDS
        taken = self.search([("key", "=", vals["key"])]) if live else self.browse()
        taken.write({"value": vals.get("value")})
        return taken

    def write(self, vals):
        keys = {*self.mapped("key"), vals.get("key")}
        judged = not vals.keys().isdisjoint(("key", "value"))
        if not judged or LIVE_FIELDS.keys().isdisjoint(keys):
            return super().write(vals)
        with self._all_or_nothing():
            for parameter in self.sorted(lambda one: one.key != CATCHALL_DOMAIN.key):
                before = parameter.key
                super(IrConfigParameter, parameter).write(vals)
                self._update_alias_domain([before, parameter.key])
        return True

    def unlink(self):
        live = [key for key in self.mapped("key") if key in LIVE_FIELDS]
        if not live:
            return super().unlink()
        with self._all_or_nothing():
            result = super().unlink()
            if self.env.context.get(MODULE_UNINSTALL_FLAG):
                # The module that goes has set a value; the domain is not its own.
                self.env["mail.alias.domain"]._mirror_in_parameters()
            else:
                self._update_alias_domain(live)
        return result

    @api.model
    def _normalize(self, key, value):
        # Odoo takes more than parameters do: what it has taken is no fault of a writer.
        if (text := clean(value)) and text == self._get_mirrored(key):
            return text
        return super()._normalize(key, value)

    @api.model
    def _get_mirrored(self, key):
        """Return what the main company's alias domain says of a live key, else ""."""
        return self._get_mirrored_values().get(key, "")

    @api.model
    def _get_mirrored_values(self):
        alias_domain = self.env["mail.alias.domain"]._get_main()
        return alias_domain._get_parameters() if alias_domain else {}

    @api.model
    def _update_alias_domain(self, keys):
        """Let the main company's alias domain follow live keys that have changed."""
        alias_domains = self.env["mail.alias.domain"].sudo()
        if CATCHALL_DOMAIN.key in keys:
            name = self._get_stored(CATCHALL_DOMAIN.key)
            self.env["mail.alias.domain"]._use_domain_name(name)
        main = alias_domains._get_main()
        changes = {
            LIVE_FIELDS[key]: self._get_stored(key) or main._get_blank_value(key)
            for key in LIVE_FIELDS.keys() & set(keys) - {CATCHALL_DOMAIN.key}
            if main and self._get_stored(key) != self._get_mirrored(key)
        }
        if changes:
            main.write(changes)
        alias_domains._mirror_in_parameters()

    @api.model
    def _join_alias_domain(self):
        """Bring keys from before the installation together with the alias domain.

        The alias domain wins; without one the keys make it. What neither Odoo nor
        this addon can use is left as it was and logged.
        """
        for key, value in self._get_mirrored_values().items():
            old = self._get_stored(key)
            if old not in ("", value):
                _logger.info(
                    "%s was %r and is now %r, as its alias domain says", key, old, value
                )
        self.env["mail.alias.domain"]._mirror_in_parameters()
        for key in PARAMETERS:
            parameter = self.sudo().search([("key", "=", key)])
            try:
                parameter.write({"value": parameter.value})
            except UserError as error:
                _logger.warning("%s", error)
