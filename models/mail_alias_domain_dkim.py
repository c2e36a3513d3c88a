from odoo import fields, models

from .dkim_signing import fold


class MailAliasDomain(models.Model):
    """The keys that mails of a domain are signed with."""

    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    dkim_key_ids = fields.One2many(
        "mail.dkim.key",
        "alias_domain_id",
        string="DKIM Keys",
        groups="base.group_system",
    )

    def write(self, vals):
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
        # PostgreSQL deletes the keys along, without their own unlink().
        keys = self.env["mail.dkim.key"].sudo()
        keys.search([("alias_domain_id", "in", self.ids)])._resolve_alarms()
        return super().unlink()

    def _unpublish_dkim_keys(self):
        """Stop signing: the DNS of the new name does not have the keys yet."""
        keys = self.env["mail.dkim.key"].sudo()
        used = keys.search(
            [("alias_domain_id", "in", self.ids), ("state", "!=", "revoked")]
        )
        used.write({"state": "draft", "retired_on": False, "check_result": False})
        for key in used:  # two renamed at once may meet as well
            if key._is_selector_taken():
                key.selector = key._get_free_selector()

    def _store(self, examination, watching):
        result = super()._store(examination, watching)
        keys = self.sudo().dkim_key_ids.filtered(lambda key: key.state == "active")
        keys.filtered("is_usable")._resolve_alarms()
        return result

    def _note_unusable_key(self, key):
        """Let the state of the domain say it at once; the next check is due now."""
        self.ensure_one()
        checks = self.sudo().auth_check_ids
        row = checks.filtered(
            lambda one: one.code == "dkim_key" and one.subject == key.selector
        )
        values = {
            "status": "fail",
            "reasons": [["key_unusable", []]],
            "checked_on": fields.Datetime.now(),
        }
        if row:
            row.write(values)
        else:
            values |= {"code": "dkim_key", "subject": key.selector}
            checks.create({**values, "alias_domain_id": self.id})
        self.sudo().write({"auth_status": "fail", "auth_next_check": False})
