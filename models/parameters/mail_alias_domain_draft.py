# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Alias domains that are only being prepared: drafts, in nobody's use.

Keys and checks need a record before a company sends from the domain. Odoo gives its
first alias domain to all companies and aliases, and new companies the first that it
finds, so a domain that somebody tries out must be one that Odoo does not find.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.host_names import fold

_logger = logging.getLogger(__name__)

KEPT_DAYS = 30  # a draft that nobody touches


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    # Read-only for the screens, which would offer to archive domains that send.
    active = fields.Boolean(
        default=True,
        readonly=True,
        help="If not set: a draft of Set Up, which nothing is sent from yet.",
    )

    def _search(self, domain, *args, active_test=True, **kwargs):
        """Find drafts only for whoever asks for ``active``.

        ``active_test`` in the context of Odoo's own searches means archived companies
        and documents, and a draft among the results would be used as a domain.
        """
        domains = self
        if active_test and not self.env.context.get("active_test", True):
            domains = self.with_context(active_test=True)
        return super(MailAliasDomain, domains)._search(
            domain, *args, active_test=active_test, **kwargs
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Create domains; one of the name of a draft is what becomes of the draft."""
        created = self.browse()
        for vals in vals_list:
            if not vals.get("active", True):
                # Odoo knows its first domain, which all companies get, by comparing the
                # number of those it finds with that of those it has just created: so a
                # draft is created as one of none, or else as one of two.
                is_second = self.sudo().search_count([], limit=2) == 1
                domain = super().create([{**vals, "active": is_second}])
                domain.filtered("active").active = False
            elif domain := self._find_drafts(vals.get("name"))[:1]:
                domain.write({**vals, "active": True})
            else:
                domain = super().create([vals])
            created += domain
        return created

    def write(self, vals):
        """Let nothing that is in use become a draft, and no draft be in the way."""
        if not vals.get("active", True):
            self._check_unused()
        if vals.get("name"):
            self._find_drafts(vals["name"], but=self)._drop()
        drafts = self.filtered(lambda one: not one.active)
        result = super().write(vals)
        if vals.get("active") and drafts:
            drafts._assign_first()
        return result

    def _assign_first(self):
        """Do with the first domain that leaves the drafts what Odoo's create does."""
        if self.search_count([], limit=2) != 1:
            return
        companies, aliases = self._find_without_domain()
        companies.alias_domain_id = self
        aliases.alias_domain_id = self

    @api.model
    def _find_without_domain(self):
        """Return the companies, archived ones too, and the aliases without a domain.

        They get the first one, see ``create`` of Odoo.
        """
        without = [("alias_domain_id", "=", False)]
        companies = self.env["res.company"].with_context(active_test=False)
        aliases = self.env["mail.alias"].sudo()
        return companies.search(without), aliases.search(without)

    def _is_used(self):
        """Whether a company or an alias has the domain."""
        if self.sudo().with_context(active_test=False).company_ids:
            return True
        aliases = self.env["mail.alias"].sudo()
        mine = [("alias_domain_id", "=", self.id)]
        return bool(aliases.search_count(mine, limit=1))

    def _check_unused(self):
        """Refuse to take a domain out of service that something uses.

        :raises ValidationError:
        """
        if used := self.filtered(lambda one: one.active and one._is_used()):
            raise ValidationError(
                self.env._(
                    "Companies or aliases use %(domains)s. Give them another email "
                    "domain first.",
                    domains=", ".join(used.mapped("name")),
                )
            )

    def _check_is_no_draft(self):
        """Refuse to let a company or an alias have a draft.

        :raises ValidationError:
        """
        if drafts := self.filtered(lambda one: not one.active):
            raise ValidationError(
                self.env._(
                    "%(domains)s is still being set up. Settings > Email "
                    "Deliverability > Set Up lets a company send from it.",
                    domains=", ".join(drafts.mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # Drafts
    # ------------------------------------------------------------

    @api.model
    def _find_drafts(self, name, but=()):
        """Return the drafts of a name, however it is spelled, with the caller's rights.

        :param but: records that are left out.
        """
        wanted = fold(name)
        drafts = self.search([("active", "=", False)])
        return drafts.filtered(
            lambda one: fold(one.name) == wanted != "" and one not in but
        )

    def _is_kept(self):
        """Whether a draft is worth more than the time in which it was prepared.

        For others to override.
        """
        return False

    def _drop(self):
        """Delete these drafts, and all that was prepared with them."""
        if drafts := self.filtered(lambda one: not one.active):
            _logger.info("Drafts of email domains deleted: %s", drafts.mapped("name"))
            drafts.sudo().unlink()

    @api.autovacuum
    def _gc_drafts(self):
        """Delete drafts that nobody has touched for a month."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search([("active", "=", False), ("write_date", "<", limit)])
        old.filtered(lambda one: not one._is_kept())._drop()

    @api.model
    def _drop_all_drafts(self):
        """Delete all drafts: without this addon Odoo would use them."""
        self.sudo().search([("active", "=", False)])._drop()


class MailAlias(models.Model):
    _inherit = "mail.alias"

    @api.constrains("alias_domain_id")
    def _check_alias_domain_is_no_draft(self):
        self.sudo().alias_domain_id._check_is_no_draft()
