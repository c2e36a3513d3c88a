# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What can be set and changed of a key, and when it can be deleted."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .mail_dkim_key import RETIREMENT

# With another value it would be another key, and what was published would be wrong.
FIXED = ("algorithm", "alias_domain_id", "public_key")
# What only the actions write: who could set them would activate without a check.
OWN = (
    "activated_on",
    "check_detail",
    "check_found",
    "check_problem",
    "check_result",
    "check_warnings",
    "check_damages",
    "checked_on",
    "key_type",
    "public_key",
    "retired_on",
    "state",
    "state_order",
)


class MailDkimKey(models.Model):
    # A file for each concern.
    _inherit = "mail.dkim.key"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        defaults = [name for name in OWN if f"default_{name}" in self.env.context]
        self._check_own_fields(defaults, *vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self.check_access("write")
        self._check_own_fields(vals)
        self._check_required(vals)
        for key in self:
            key._check_changes(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        if in_use := self.filtered(lambda key: key.state in ("active", "retiring")):
            raise UserError(
                self.env._(
                    "Mails that were signed with %(selectors)s may still be checked. "
                    "Replace the key by a new one, and revoke it when its time has "
                    "come.",
                    selectors=", ".join(in_use.mapped("selector")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_selector_in_caches(self):
        """Keep a selector from the next key while caches may hold its record."""
        now = fields.Datetime.now()
        recent = self.filtered(
            lambda key: key.retired_on and key.retired_on + RETIREMENT > now
        )
        if recent:
            raise UserError(
                self.env._(
                    "Mails that were signed with %(selectors)s may still be checked, "
                    "so no other key may get that name yet. The key can be deleted "
                    "after %(date)s.",
                    selectors=", ".join(recent.mapped("selector")),
                    date=format_date(self.env, max(recent.mapped("removable_on"))),
                )
            )

    @api.model
    def _check_own_fields(self, *given):
        """Let nobody but the actions write their fields, by RPC and import too.

        :param given: names of fields, or values by name.
        """
        names = [name for name in OWN if any(name in names for names in given)]
        if names and not self.env.su:
            self.browse().check_access("write")
            labels = self.fields_get(names, ["string"])
            raise UserError(
                self.env._(
                    "This can't be set by hand: %(fields)s. Use the buttons of the "
                    "key.",
                    fields=", ".join(labels[name]["string"] for name in names),
                )
            )

    def _write_own_fields(self, vals):
        """Write what :meth:`_check_own_fields` keeps from others."""
        self.check_access("write")
        self.sudo().write(vals)

    @api.model
    def _check_required(self, vals):
        """Refuse what is missing before PostgreSQL does.

        It puts the row into its error: the beginning of the private key into the log.
        """
        required = {name for name, one in self._fields.items() if one.required}
        missing = [name for name in vals if name in required and not vals[name]]
        if missing:
            labels = self.fields_get(missing, ["string"])
            raise ValidationError(
                self.env._(
                    "A DKIM key needs a value here: %(fields)s.",
                    fields=", ".join(labels[name]["string"] for name in missing),
                )
            )

    def _check_changes(self, vals):
        changed = [
            name
            for name in FIXED
            if name in vals
            and vals[name] != self._fields[name].convert_to_write(self[name], self)
        ]
        selector = vals.get("selector", self.selector)
        if self.state != "draft" and selector != self.selector:
            changed.append("selector")
        if changed:
            labels = self.fields_get(changed, ["string"])
            raise UserError(
                self.env._(
                    "This can't be changed for an existing key: %(fields)s. Make a new "
                    "key instead.",
                    fields=", ".join(labels[name]["string"] for name in changed),
                )
            )
