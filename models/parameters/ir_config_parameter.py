# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""System parameters whose values are checked, and how they are read."""

from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ...mailauth.address import clean, normalize_domain
from ...mailauth.errors import PermError
from .table import (
    CATCHALL_DOMAIN,
    DEFAULT_FROM_FILTER,
    OWN,
    PARAMETERS,
    REASONS,
    find_meant,
)


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._ask_back({vals.get("key") for vals in vals_list})
        vals_list = [self._normalize_vals(vals) for vals in vals_list]
        parameters = super().create(vals_list)
        self._on_changed({vals.get("key") for vals in vals_list})
        return parameters

    def write(self, vals):
        if "key" in vals:
            self._ask_back({vals["key"]} - set(self.mapped("key")))
        keys = {*self.mapped("key"), vals.get("key")}
        judged = not vals.keys().isdisjoint(("key", "value"))
        if not judged or PARAMETERS.keys().isdisjoint(keys):
            return super().write(vals)
        with self._all_or_nothing():
            for parameter in self:
                normal = parameter._normalize_changes(vals)
                super(IrConfigParameter, parameter).write(normal)
        self._on_changed(keys)
        return True

    def unlink(self):
        keys = set(self.mapped("key"))
        result = super().unlink()
        self._on_changed(keys)
        return result

    def _ask_back(self, keys):
        """Refuse keys that somebody has mistyped: nothing would read them.

        Only where a person types: what modules and scripts set is none of ours.

        :raises ValidationError: says which key is meant.
        """
        if self.env.su:
            return
        for key in keys:
            if meant := find_meant(key or ""):
                raise ValidationError(
                    self.env._(
                        "Nothing reads the system parameter %(key)s. Did you mean "
                        "%(meant)s?",
                        key=key[:100],
                        meant=meant,
                    )
                )

    @api.model
    def _remove_own(self):
        """Remove what only this addon reads, before it goes."""
        found = self.sudo().search([("key", "=like", f"{OWN}%")])
        found.filtered(lambda parameter: parameter.key.startswith(OWN)).unlink()

    @api.model
    def _on_changed(self, keys):
        """Let others follow: called after parameters were made, changed or removed.

        :param set keys: theirs, those of before a change too.
        """

    @contextmanager
    def _all_or_nothing(self):
        """Write all that belongs together, or nothing of it; caches forget it too."""
        try:
            with self.env.cr.savepoint():
                yield
        finally:
            self.env.registry.clear_cache("stable")

    # ------------------------------------------------------------
    # One spelling
    # ------------------------------------------------------------

    @api.model
    def _normalize_vals(self, vals):
        """Return ``vals`` with the value in the spelling of its key."""
        value = vals.get("value")
        if vals.get("key") not in PARAMETERS or value is None or value is False:
            return vals
        return vals | {"value": self._normalize(vals["key"], str(value))}

    def _normalize_changes(self, vals):
        """Return ``vals`` with the value, old or new, in the spelling of the key."""
        self.ensure_one()
        normal = self._normalize_vals({"key": self.key, "value": self.value} | vals)
        return {name: normal[name] for name in normal if name in vals | {"value": ""}}

    @api.model
    def _normalize(self, key, value):
        """Return the one spelling of a value of a key that is in PARAMETERS.

        :raises ValidationError: says which key, which part, and what would be right.
        """
        text = clean(value)
        try:
            return text and PARAMETERS[key].normalize(text)
        except PermError as error:
            raise ValidationError(self._explain(key, error)) from error

    @api.model
    def _explain(self, key, error):
        refusal = self.env._(
            'The system parameter %(key)s can\'t be "%(part)s": %(reason)s. '
            "Enter %(expected)s",
            key=key,
            part=error.detail,
            reason=REASONS[error.code],
            expected=PARAMETERS[key].expected,
        )
        return refusal + self._suggest(PARAMETERS[key], error)

    @api.model
    def _suggest(self, parameter, error):
        """Return a sentence with what would be right, "" where that can't be told."""
        meant = parameter.suggest(error.detail)
        return meant and self.env._('. Perhaps you mean "%(meant)s"', meant=meant)

    @api.model
    def _normalize_from_filter(self, text):
        """Return the one spelling of the filter of an outgoing server.

        :raises ValidationError: says which part is wrong, and what would be right.
        """
        try:
            return DEFAULT_FROM_FILTER.normalize(text)
        except PermError as error:
            refusal = self.env._(
                "The “FROM Filtering” of an outgoing server can't hold "
                '"%(part)s": %(reason)s. Enter %(expected)s',
                part=error.detail,
                reason=REASONS[error.code],
                expected=DEFAULT_FROM_FILTER.expected,
            )
            raise ValidationError(
                refusal + self._suggest(DEFAULT_FROM_FILTER, error)
            ) from error

    @api.model
    def _check_domain_name(self, text):
        """Refuse what can't be the name of an email domain, with what would be right.

        Underscores may stand in it, as in names that Odoo has always taken.

        :raises ValidationError:
        """
        try:
            normalize_domain(text, underscores=True)
        except PermError as error:
            refusal = self.env._(
                'An email domain can\'t be called "%(part)s": %(reason)s. '
                "Enter %(expected)s",
                part=error.detail,
                reason=REASONS[error.code],
                expected=CATCHALL_DOMAIN.expected,
            )
            raise ValidationError(
                refusal + self._suggest(CATCHALL_DOMAIN, error)
            ) from error

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    @api.model
    def _get_value(self, parameter):
        """Return the value of a parameter, its default where nothing is stored.

        :param Parameter parameter: a row of the table.
        :raises UserError: it can't be read, being stored past all checks; not for a
            lenient one.
        """
        # Templates can call any method: no other key is read with all rights.
        parameter = PARAMETERS[parameter.key]
        stored = self.sudo().get_param(parameter.key)
        try:
            return parameter.get(stored)
        except PermError as error:
            raise UserError(self._explain(parameter.key, error)) from error

    @api.model
    def _get_stored(self, key):
        """Return the text of a key in PARAMETERS, "" where there is none.

        Never from a cache: one that is filled inside a savepoint would outlive its
        rollback.
        """
        known = PARAMETERS[key].key  # see _get_value
        return self.sudo().search([("key", "=", known)]).value or ""
