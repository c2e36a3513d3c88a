# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.models import MAGIC_COLUMNS

_PLAIN = {"boolean", "char", "date", "float", "integer", "selection", "text"}


class MailDeliverabilityCatalogue(models.AbstractModel):
    """Facts that the addon brings in a data file, and that people may correct.

    An update brings what the file says by now, but for values that somebody has
    changed: each entry knows what it was shipped with.
    """

    _name = "mail.deliverability.catalogue"
    _description = "Catalogue of Facts"

    shipped = fields.Json(
        string="Values as Delivered",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Technical: what the data file of the addon said when it was read last.",
    )

    def _load_records_create(self, vals_list):
        entries = super()._load_records_create(vals_list)
        if not self.env.registry.ready:
            for entry in entries:
                entry.shipped = entry._describe()
        return entries

    def _load_records_write(self, values):
        # Once all is loaded, it is somebody who imports a file.
        if self.env.registry.ready:
            return super()._load_records_write(values)
        shipped = self._describe_new(values)
        changes = self._find_corrections(shipped)
        if changes or self.shipped != shipped:
            super()._load_records_write({**changes, "shipped": shipped})
        return None

    def _find_corrections(self, shipped):
        """Return what the file says by now and nobody has changed meanwhile.

        :param dict shipped: the values of the file, as from :meth:`_describe`.
        """
        self.ensure_one()
        former = self.shipped
        if not former:
            # From before it was kept: nobody can tell what was changed since.
            return {}
        former = self._describe_new({}) | former
        current = self._describe()
        return {
            name: value
            for name, value in shipped.items()
            if value != current[name] and current[name] == former[name]
        }

    def _describe_new(self, values):
        """Return :meth:`_describe` of an entry that would be made with these values."""
        defaults = self.default_get(self._get_fact_names())
        return self.new({**defaults, **values})._describe()

    def _describe(self):
        """Return the facts of an entry, as JSON can keep them.

        :rtype: dict[str, str | int | float | bool]
        """
        self.ensure_one()
        entry = self.with_context(lang="en_US")
        return {
            name: fields.Date.to_string(entry[name])
            if entry._fields[name].type == "date"
            else entry[name] or False
            for name in self._get_fact_names()
        }

    def _get_fact_names(self):
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and field.type in _PLAIN
            and not field.compute
            and name not in MAGIC_COLUMNS
        ]
