# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...mailauth.dns.names import display_name
from ..reports.mail_alias_domain_dmarc_page import ENOUGH, find_percent
from ..reports.mail_dmarc_source import is_own

DAYS = 28
SHOWN = 5


class MailDeliverabilityOverview(models.AbstractModel):
    """Who sends in the names of the user's domains."""

    # A file for each concern.
    _inherit = "mail.deliverability.overview"  # pylint: disable=R8180

    @api.model
    def _get_tiles(self):
        tiles = super()._get_tiles()
        domains = self._find_domains()
        figures = self._count_dmarc(domains)
        reported = domains.filtered(lambda one: one.id in figures)
        if not reported:
            return tiles
        # Where own mails fail it is first; else the order is that of the domains.
        cards = [self._prepare_dmarc(one, *figures[one.id]) for one in reported]
        cards.sort(key=lambda card: not card["note"])
        tile = {
            "key": "dmarc",
            "sequence": 32,
            "told": True,
            "domains": cards[:SHOWN],
            "count": len(cards),
        }
        return [*tiles, tile]

    @api.model
    def _count_dmarc(self, domains):
        """Return mails, those that pass, and ours that don't, by the domain's id."""
        self.env["mail.dmarc.source"].flush_model()
        since = fields.Date.today() - timedelta(days=DAYS - 1)
        query = SQL(
            _COUNT, domains=list(domains.ids), since=since, is_own=is_own(domains)
        )
        rows = self.env.execute_query(query)
        return {id_: tuple(map(int, counts)) for id_, *counts in rows}

    @api.model
    def _prepare_dmarc(self, domain, mails, passed, failing):
        """Return what the tile says of a domain."""
        percent = find_percent(passed, mails)
        ours = find_percent(passed, passed + failing)
        note = failing and ours < ENOUGH
        return {
            "id": domain.id,
            "name": display_name(domain.name),
            "mails": mails,
            "percent": percent,
            "level": "warning",
            "note": note
            and self.env._(
                "Of your own emails %(percent)s %% can be told from forged ones.",
                percent=ours,
            ),
        }


_COUNT = """
    SELECT alias_domain_id, SUM(mail_count),
           COALESCE(SUM(mail_count) FILTER (
               WHERE is_spf_aligned OR is_dkim_aligned), 0),
           COALESCE(SUM(mail_count) FILTER (
               WHERE (is_spf_aligned OR is_dkim_aligned) IS NOT TRUE
                 AND %(is_own)s), 0)
      FROM mail_dmarc_source source
     WHERE alias_domain_id = ANY(%(domains)s) AND is_trusted AND day >= %(since)s
     GROUP BY alias_domain_id
"""
