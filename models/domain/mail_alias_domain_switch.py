# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import asdict, dataclass

from odoo import models
from odoo.exceptions import UserError

from ...mailauth.dns.names import display_name

SHOWN = 5  # names in a sentence


@dataclass(frozen=True)
class Switch:
    """What a company's switch to a domain has changed, by the ids of records.

    :param company: that has switched.
    :param before: its alias domain before, 0 for none.
    :param was_draft: whether nothing was sent from the domain before.
    :param companies: others that had no alias domain, and got this one.
    :param aliases: that had none, and got it.
    """

    company: int
    before: int = 0
    was_draft: bool = False
    companies: tuple[int, ...] = ()
    aliases: tuple[int, ...] = ()

    as_dict = asdict


class MailAliasDomain(models.Model):
    """A company begins to send from a domain, and takes that back."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _find_given(self, company):
        """Return the other companies, and the aliases, that a switch gives the domain.

        The first domain in use is given to all that have none, as Odoo gives it.
        """
        if self.active or self.search_count([], limit=1):
            return company.browse(), self.env["mail.alias"].sudo()
        companies, aliases = self._find_without_domain()
        return companies - company, aliases

    def _switch_company(self, company):
        """Let a company send from this domain from now on.

        :rtype: Switch
        """
        self._check_may_see_authentication()
        self.ensure_one()
        companies, aliases = self._find_given(company)
        switch = Switch(
            company.id,
            company.alias_domain_id.id or 0,
            not self.active,
            tuple(companies.ids),
            tuple(aliases.ids),
        )
        if not self.active:
            self.active = True
        company.alias_domain_id = self
        return switch

    def _undo_switch(self, switch):
        """Take a switch back, as far as nothing of it has been changed since.

        :param Switch switch: as :meth:`_switch_company` has returned it.
        :return: what stays as it is, as a sentence, or False.
        :raises UserError: the company has another domain meanwhile, or its former one
            is gone.
        """
        self._check_may_see_authentication()
        self.ensure_one()
        company = self.env["res.company"].browse(switch.company)
        before = self.browse(switch.before).exists() if switch.before else self.browse()
        self._check_may_undo(switch, company, before)
        given = self.env["res.company"].browse(switch.companies).exists()
        for one in company | given.filtered(lambda one: one.alias_domain_id == self):
            one.alias_domain_id = before if one == company else False
        aliases = self.env["mail.alias"].sudo().browse(switch.aliases).exists()
        aliases.filtered(
            lambda one: one.alias_domain_id == self
        ).alias_domain_id = False
        if not switch.was_draft:
            return False
        if self._is_used():
            return self._describe_what_stays()
        self.active = False
        return False

    def _check_may_undo(self, switch, company, before):
        if company.alias_domain_id != self:
            raise UserError(
                self.env._(
                    "%(company)s has been given another email domain meanwhile. "
                    "Nothing was undone.",
                    company=company.display_name,
                )
            )
        if switch.before and not before.active:
            raise UserError(
                self.env._(
                    "The email domain that %(company)s had before has been deleted "
                    "meanwhile. Nothing was undone.",
                    company=company.display_name,
                )
            )

    def _describe_what_stays(self):
        companies = self.sudo().with_context(active_test=False).company_ids
        names = companies.mapped("name") + self._list_addresses(self)
        return self.env._(
            "These have come to %(domain)s since, and stay there: %(names)s",
            domain=display_name(self.name),
            names=self._enumerate(names),
        )

    # ------------------------------------------------------------
    # What is said before
    # ------------------------------------------------------------

    def _describe_switch(self, company):
        """Return what happens when a company switches to the domain, as sentences.

        :rtype: list[str]
        """
        lines = [self._describe_addresses()]
        before = company.alias_domain_id
        if stay := before and self._list_addresses(before):
            lines.append(
                self.env._(
                    "These addresses stay at %(domain)s, and get mail as long as that "
                    "domain brings it to Odoo: %(names)s",
                    domain=display_name(before.name),
                    names=self._enumerate(stay),
                )
            )
        companies, aliases = self._find_given(company)
        others = companies.mapped("name")
        others += [alias.alias_name for alias in aliases if alias.alias_name]
        if others:
            lines.append(
                self.env._(
                    "It is the first email domain here, so all that have none get it "
                    "too: %(names)s",
                    names=self._enumerate(others),
                )
            )
        return lines

    def _describe_addresses(self):
        sender = self.default_from_email or self.catchall_email
        return self.env._(
            "What Odoo writes by itself comes from %(sender)s, and replies go to "
            "%(catchall)s.",
            sender=display_address(sender),
            catchall=display_address(self.catchall_email),
        )

    def _list_addresses(self, domain):
        """Return the addresses of the aliases that a domain has."""
        aliases = self.env["mail.alias"].sudo()
        mine = [("alias_domain_id", "=", domain.id), ("alias_name", "!=", False)]
        found = aliases.search_fetch(mine, ["alias_full_name"], order="alias_name")
        return [display_address(alias.alias_full_name) for alias in found]

    def _enumerate(self, names):
        shown = ", ".join(names[:SHOWN])
        if len(names) <= SHOWN:
            return shown
        return self.env._(
            "%(names)s and %(count)s more", names=shown, count=len(names) - SHOWN
        )


def display_address(address):
    """Return an address with its domain as people write it."""
    local_part, _at, domain = (address or "").rpartition("@")
    return f"{local_part}@{display_name(domain)}"
