# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The alias domain of the main company, mirrored in the documented parameters."""

import logging

from odoo import api, models

from ...mailauth.errors import PermError
from ...mailauth.mailbox import parse_mailbox
from .table import (
    BOUNCE_ALIAS,
    CATCHALL_ALIAS,
    CATCHALL_DOMAIN,
    DEFAULT_FROM,
    PARAMETERS,
)

_logger = logging.getLogger(__name__)

# The live keys: parameters with the value of a field of the main company's record.
# The domain comes first: it decides which record the others belong to.
LIVE_FIELDS = {
    CATCHALL_DOMAIN.key: "name",
    CATCHALL_ALIAS.key: "catchall_alias",
    BOUNCE_ALIAS.key: "bounce_alias",
    DEFAULT_FROM.key: "default_from",
}
# What companies compute from their alias domain.
_COMPANY_ADDRESSES = (
    "bounce_email",
    "bounce_formatted",
    "catchall_email",
    "catchall_formatted",
    "email_formatted",
)


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_typed_name(vals.get("name"))
        return super().create(vals_list)

    def write(self, vals):
        if any(one.name != vals.get("name") for one in self):
            # A name that is there already stays, as long as nobody changes it.
            self._check_typed_name(vals.get("name"))
        result = super().write(vals)
        if not vals.keys().isdisjoint(LIVE_FIELDS.values()):
            # Odoo computes them anew only for a company that changes its alias domain.
            self.env["res.company"].invalidate_model(_COMPANY_ADDRESSES)
            self._mirror_in_parameters()
        return result

    def unlink(self):
        was_main = self._get_main() & self
        result = super().unlink()
        if was_main:
            self._empty_parameters()
        return result

    @api.model
    def _check_typed_name(self, name):
        """Refuse what can't be a domain; Odoo takes more, and explains less.

        :raises ValidationError: says what would be right.
        """
        if name and name.isascii():
            self.env["ir.config_parameter"]._check_domain_name(name)

    @api.model
    def _get_main(self):
        """Return the alias domain of the main company, with all rights."""
        return self.env["res.company"]._get_main_company().sudo().alias_domain_id

    @api.model
    def _set_main(self, alias_domain):
        """Let the main company use ``alias_domain``, or none."""
        main_company = self.env["res.company"]._get_main_company().sudo()
        main_company.alias_domain_id = alias_domain

    def _get_parameters(self):
        """Return the live keys with this record's values as parameters spell them.

        What Odoo takes and parameters would refuse stays as it is.
        """
        self.ensure_one()
        values = {key: self[field] or "" for key, field in LIVE_FIELDS.items()}
        return {key: value and _normalize(key, value) for key, value in values.items()}

    def _lacks_required(self):
        """Tell whether the database will refuse this record when it is flushed."""
        self.ensure_one()
        fields = LIVE_FIELDS.values()
        return not all(self[name] for name in fields if self._fields[name].required)

    @api.model
    def _get_blank_value(self, key):
        """Return what a live key without a value means: what Odoo starts with.

        A default sender may be missing, the other values may not.
        """
        field = self._fields[LIVE_FIELDS[key]]
        return field.required and field.default(self)

    @api.model
    def _mirror_in_parameters(self):
        """Give the live keys the values of the main company's alias domain."""
        alias_domain = self._get_main()
        if not alias_domain or alias_domain._lacks_required():
            return
        icp = self.env["ir.config_parameter"].sudo()
        for key, value in alias_domain._get_parameters().items():
            if icp._get_stored(key) != value:
                icp.set_param(key, value)

    @api.model
    def _empty_parameters(self):
        """Empty the live keys: the main company no longer has an alias domain.

        They are not removed: whoever writes to them may read them afterwards.
        """
        icp = self.env["ir.config_parameter"].sudo()
        found = icp.search([("key", "in", list(LIVE_FIELDS))])
        found.filtered("value").write({"value": ""})

    @api.model
    def _use_domain_name(self, name):
        """Let the main company send as ``name``, the new value of its key.

        It switches to the first alias domain of that name, else its own is renamed,
        else one is created.

        :param name: a normalized domain, or "" for none.
        :raises AccessError: it has DKIM keys, and the user is not of its companies.
        """
        current = self._get_main()
        if current and name == _normalize_name(current.name):
            return
        # With the rights of the caller, since what follows runs with all rights.
        current.with_env(self.env)._check_may_replace()
        if not name:
            self._set_main(self.browse())
            return
        everything = self.sudo().search_fetch([], ["name"])
        found = everything.filtered(lambda one: _normalize_name(one.name) == name)
        self._switch_or_rename(current, found[:1], name)

    @api.model
    def _switch_or_rename(self, current, found, name):
        if found:
            _logger.info("%s: the main company switches to it", name)
            self._set_main(found)
        elif current:
            current._log_rename(name)
            current.name = name
        else:
            _logger.info("%s: alias domain created for the main company", name)
            vals = self._get_waiting_values() | {"name": name}
            self._set_main(self.sudo().create(vals))

    @api.model
    def _get_waiting_values(self):
        """Return the values of a new record from live keys that were set before it.

        Odoo would make something of what is no value, such as a local part of a name.
        """
        values = {field: self._get_waiting(key) for key, field in LIVE_FIELDS.items()}
        return {field: value for field, value in values.items() if value}

    @api.model
    def _get_waiting(self, key):
        """Return the value of a live key as an alias domain can use it, else ""."""
        old = text = self.env["ir.config_parameter"]._get_stored(key)
        if key == DEFAULT_FROM.key:
            # Earlier versions of Odoo took a name with the address.
            text = parse_mailbox(old).address or old
        try:
            value = text and PARAMETERS[key].normalize(text)
        except PermError:
            value = ""
        if value != old:
            _logger.info("%s was %r; its alias domain begins with %r", key, old, value)
        return value

    def _check_may_replace(self):
        """Refuse a user who must not rename, replace or delete these records.

        For others to override; nothing is refused here.

        :raises AccessError:
        """

    def _log_rename(self, name):
        """Say whom it touches that this record, which others may share, is renamed."""
        aliases = self.env["mail.alias"].sudo()
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        _logger.info(
            "Alias domain %s is renamed to %s, for the companies %s and %s aliases",
            self.name,
            name,
            companies.search([("alias_domain_id", "=", self.id)]).mapped("name"),
            aliases.search_count([("alias_domain_id", "=", self.id)]),
        )


def _normalize(key, value):
    """Return a value as its live key spells it, unchanged where it can't be one."""
    try:
        return PARAMETERS[key].normalize(value)
    except PermError:
        return value


def _normalize_name(name):
    return _normalize(CATCHALL_DOMAIN.key, name)
