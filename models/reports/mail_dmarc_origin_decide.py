# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What people say of sources, and of those who report them."""

from odoo import api, models
from odoo.exceptions import AccessError

from .mail_dmarc_origin import DECISIONS

MOST_DECIDED = 2000  # rows in one call


class MailDmarcOrigin(models.Model):
    """What people say of sources, and of those who report them."""

    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    def decide(self, decision):
        """Remember an administrator's word on whose these sources are.

        :param decision: "us", "not_us", or False: nothing is known of it any more.
        :raises AccessError: who is no administrator of the domain's companies.
        """
        origins = self[:MOST_DECIDED].exists()
        origins.check_access("read")
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            raise AccessError(
                self.env._("Only administrators can say whose a source is.")
            )
        known = decision if decision in dict(DECISIONS) else False
        by = known and self.env.uid
        origins.sudo().write({"decision": known, "decided_by": by})
        # What a service signs with that is ours tells who only passes it on.
        for alias_domain in origins.sudo().alias_domain_id:
            self.sudo()._judge_all(alias_domain)
        return True

    @api.model
    def _judge_all(self, alias_domain):
        """Judge all sources of a domain anew: what they all hang on has changed."""
        self.search([("alias_domain_id", "=", alias_domain.id)])._judge()

    @api.model
    def _follow_reporters(self, reporters):
        """Take over what these say, now that they are trusted, or no longer are."""
        for alias_domain, mine in reporters.sudo().grouped("alias_domain_id").items():
            origins = self.sudo().search([("alias_domain_id", "=", alias_domain.id)])
            for reporter in mine.filtered("is_trusted"):
                for origin in origins:
                    kept = dict(origin.unproven or {})
                    if facts := kept.pop(str(reporter.id), None):
                        origin.write({"unproven": kept, **origin._add_facts(facts)})
            doubted = mine.filtered(lambda one: not one.is_trusted)
            origins._forget_learned(doubted)
            # What has passed for somebody who is not believed has not passed.
            origins.write({"has_spf_pass": False, "has_aligned_pass": False})
            origins._judge()

    def _forget_learned(self, reporters):
        """Forget what is known of the sources that these have reported.

        Others may have said the same; they say it again in their next reports.
        """
        mine = [("reporter_id", "in", reporters.ids), ("origin_id", "in", self.ids)]
        rows = self.env["mail.dmarc.source"].sudo()._read_group(mine, ["origin_id"])
        seen = self.browse([origin.id for (origin,) in rows])
        seen.write({"envelopes": [], "signers": [], "is_passed_on": False})
