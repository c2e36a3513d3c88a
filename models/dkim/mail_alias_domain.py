from odoo import fields, models
from odoo.exceptions import AccessError

from .signing import fold


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

    def _filter_visible(self):
        """Return those whose keys and results the user may see, as their rules say."""
        if self.env.su:
            return self
        companies = self.env.companies
        return self.filtered(
            lambda domain: (
                not (users := domain._origin.sudo().company_ids) or users & companies
            )
        )

    def _check_may_replace(self):
        """Let nobody switch off another company's keys by way of their domain.

        Where there is no key, it is as Odoo has it.

        :raises AccessError: a domain of another company has a key.
        """
        foreign = self - self._filter_visible()
        if foreign.sudo().dkim_key_ids:
            raise AccessError(
                self.env._(
                    "Only administrators of its companies can rename, replace or "
                    "delete an email domain that has DKIM keys. If you are one, select "
                    "such a company first."
                )
            )

    def _get_namesakes(self):
        """Return the records of the same name, whosever, this one included.

        Odoo allows them with other local parts for bounces and replies, and DNS knows
        no upper case.
        """
        self.ensure_one()
        name = fold(self.name)
        everyone = self.sudo().search_fetch([], ["name"])
        return self.sudo() | everyone.filtered(lambda one: name == fold(one.name) != "")

    def _get_shared_namesakes(self):
        """Return the records of the same name that the same companies use.

        A company uses one, so this is the record alone, or all those that none uses.
        """
        everyone = self._get_namesakes().with_context(active_test=False)
        mine = self.sudo().with_context(active_test=False).company_ids
        return everyone.filtered(lambda one: one.company_ids == mine)

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
