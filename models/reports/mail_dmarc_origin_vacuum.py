# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

YOUNG = timedelta(days=30)  # rows of reporters that nobody accepts live as long
RECENT = timedelta(days=28)
MOST = 5000  # sources that are judged anew in one run


class MailDmarcOrigin(models.Model):
    """What goes again, and what may have changed meanwhile."""

    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    @api.autovacuum
    def _gc_origins(self):
        """Delete the sources of which no row is left, and nobody's word.

        Strangers send from ever new networks, and a domain has room for so many.
        """
        self.env.flush_all()
        query = SQL(_DELETE, before=fields.Datetime.now() - YOUNG)
        self.env.execute_query(query)
        self.env.invalidate_all()

    @api.autovacuum
    def _judge_recent(self):
        """Judge what was seen lately: keys, servers, the catalogue may be others."""
        since = fields.Date.today() - RECENT
        seen = [("last_seen", ">=", since)]
        self.search(seen, order="last_seen DESC, id DESC", limit=MOST)._judge()


_DELETE = """
    DELETE FROM mail_dmarc_origin origin
     WHERE decision IS NULL AND create_date < %(before)s
       AND NOT EXISTS (SELECT FROM mail_dmarc_source WHERE origin_id = origin.id)
       AND NOT EXISTS (SELECT FROM mail_dmarc_tally WHERE origin_id = origin.id)
 RETURNING id
"""
