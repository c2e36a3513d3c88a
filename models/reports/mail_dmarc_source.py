# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What reports say, added up."""

from odoo import api, fields, models
from odoo.tools import SQL

KEY = (
    "alias_domain_id, day, domain, COALESCE(reporter_id, 0), COALESCE(origin_id, 0),"
    " COALESCE(kind, ''), COALESCE(network, ''), COALESCE(header_from, ''),"
    " COALESCE(is_spf_aligned, false), COALESCE(is_dkim_aligned, false),"
    " COALESCE(disposition, '')"
)


class MailDmarcSource(models.Model):
    """Mails of one day that fared alike, as one reporter has seen them.

    Each mail that is reported stands in one row. Of a day with very many rows the small
    ones are added up to some without a source and without a reporter once it is over a
    week old (see mail_dmarc_source_compact.py): all sums stay what they are, and what
    each source and each reporter had in them is in ``mail.dmarc.tally``.
    """

    _name = "mail.dmarc.source"
    _description = "Emails in a Domain's Name"
    _order = "day desc, mail_count desc, id"
    _log_access = False
    _rec_name = "network"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    domain = fields.Char(
        required=True,
        readonly=True,
        help="Whose policy was asked: the domain, one below it or above it.",
    )
    day = fields.Date(required=True, readonly=True, index=True, help="UTC.")
    reporter_id = fields.Many2one(
        "mail.dmarc.reporter",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: several small ones, all of them such that count.",
    )
    is_trusted = fields.Boolean(
        string="Counts", compute="_compute_is_trusted", store=True
    )
    origin_id = fields.Many2one(
        "mail.dmarc.origin",
        string="Source",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty: several small ones.",
    )
    kind = fields.Selection(
        lambda self: self.env["mail.dmarc.origin"]._fields["kind"].selection,
        readonly=True,
        help="Only where there is no source: what the small ones were.",
    )
    network = fields.Char(readonly=True)
    service = fields.Char(related="origin_id.service", help="")
    header_from = fields.Char(string="Domain in From", readonly=True)
    is_spf_aligned = fields.Boolean(string="SPF Passes", readonly=True)
    is_dkim_aligned = fields.Boolean(string="DKIM Passes", readonly=True)
    disposition = fields.Selection(
        [
            ("none", "Nothing"),
            ("pass", "Passed"),
            ("quarantine", "Treated as Spam"),
            ("reject", "Refused"),
        ],
        string="What Was Done",
        readonly=True,
    )
    mail_count = fields.Integer(string="Emails", required=True, readonly=True)

    # The day comes early: most questions are about one domain and some days.
    _one_each = models.UniqueIndex(f"({KEY})")

    # The pages and the ladder add up a year of these: from the indexes alone.
    _counted_idx = models.Index(
        "(alias_domain_id, day) INCLUDE (domain, origin_id, reporter_id, kind,"
        " is_spf_aligned, is_dkim_aligned, mail_count) WHERE is_trusted"
    )
    _uncounted_idx = models.Index(
        "(alias_domain_id, day) INCLUDE (reporter_id, mail_count)"
        " WHERE is_trusted IS NOT TRUE"
    )

    @api.depends("reporter_id")
    def _compute_is_trusted(self):
        """Follow the reporter; when its word changes, all rows do at once."""
        for row in self:
            row.is_trusted = not row.reporter_id or row.reporter_id.is_trusted


def is_own(alias_domains=None):
    """Return the condition on a row, ``source``, that its mails are ours.

    Where small sources are added up, the row says it itself. Which sources are ours is
    asked once a statement: to join them to each row takes longer than to add up.

    :param alias_domains: whose rows are asked for; None: all.
    """
    theirs = SQL("TRUE")
    if alias_domains is not None:
        theirs = SQL("alias_domain_id = ANY(%s)", list(alias_domains.ids))
    return SQL(
        """
        COALESCE(source.origin_id IN (
            SELECT id FROM mail_dmarc_origin WHERE %s AND kind = 'ours'),
            source.kind = 'ours', FALSE)
        """,
        theirs,
    )
