# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...mailauth.dns.names import display_name
from ..reports.mail_alias_domain_dmarc_page import find_percent

DAYS = 28
SHOWN = 5
ENOUGH = 99  # percent


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
        query = SQL(_COUNT, domains=list(domains.ids), since=since)
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
    SELECT domain, SUM(mails), COALESCE(SUM(mails) FILTER (WHERE passes), 0),
           COALESCE(SUM(mails) FILTER (WHERE NOT passes AND kind = 'ours'), 0)
      FROM (
        SELECT source.alias_domain_id AS domain, source.mail_count AS mails,
               (source.is_spf_aligned OR source.is_dkim_aligned) IS TRUE AS passes,
               COALESCE(origin.kind, source.kind) AS kind
          FROM mail_dmarc_source source
          LEFT JOIN mail_dmarc_origin origin ON origin.id = source.origin_id
         WHERE source.alias_domain_id = ANY(%(domains)s) AND source.is_trusted
           AND source.day >= %(since)s
      ) seen
     GROUP BY domain
"""
