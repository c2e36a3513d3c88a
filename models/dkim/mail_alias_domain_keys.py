# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The keys that mails of a domain are signed with, and what becomes of them."""

from odoo import fields, models
from odoo.exceptions import AccessError

from ..tools.host_names import fold


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    dkim_key_ids = fields.One2many(
        "mail.dkim.key",
        "alias_domain_id",
        string="DKIM Keys",
        groups="base.group_system",
    )

    def write(self, vals):
        if "name" in vals:
            renamed = self.filtered(lambda one: fold(one.name) != fold(vals["name"]))
            renamed._check_may_replace()
        before = {domain: domain.name for domain in self} if "name" in vals else {}
        result = super().write(vals)
        renamed = [
            domain.id
            for domain, name in before.items()
            if fold(domain.name) != fold(name)
        ]
        if renamed:
            self.browse(renamed)._unpublish_dkim_keys()
        return result

    def unlink(self):
        self._check_may_replace()
        # PostgreSQL deletes the keys along, without their own unlink().
        keys = self.env["mail.dkim.key"].sudo()
        keys.search([("alias_domain_id", "in", self.ids)])._resolve_alarms()
        return super().unlink()

    def _is_kept(self):
        """Keep a key that is published: with another one that would be in vain."""
        keys = self.sudo().dkim_key_ids
        is_published = any(key.state not in ("draft", "revoked") for key in keys)
        return is_published or super()._is_kept()

    def _check_may_replace(self):
        """Let nobody switch off another company's keys by way of their domain.

        Where there is no key, it is as Odoo has it.

        :raises AccessError: a domain of another company has a key.
        """
        result = super()._check_may_replace()
        foreign = self - self._filter_visible()
        if foreign.sudo().dkim_key_ids:
            raise AccessError(
                self.env._(
                    "Only administrators of its companies can rename, replace or "
                    "delete an email domain that has DKIM keys. If you are one, select "
                    "such a company first."
                )
            )
        return result

    def _unpublish_dkim_keys(self):
        """Stop signing: the DNS of the new name does not have the keys yet."""
        keys = self.env["mail.dkim.key"].sudo()
        used = keys.search(
            [("alias_domain_id", "in", self.ids), ("state", "!=", "revoked")]
        )
        used.write({"state": "draft", "retired_on": False, "check_result": False})
        # Keys of that name, renamed ones too, may have the selector already.
        for key in used:
            if key._is_selector_taken():
                key.selector = key._get_free_selector()
