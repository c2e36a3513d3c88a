# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What each source and each reporter had in rows that were added up to others."""

from odoo import fields, models


class MailDmarcTally(models.Model):
    """The mails of one week that ``mail.dmarc.source`` no longer shows one by one.

    A row is either a source's or a reporter's: never add both.
    """

    _name = "mail.dmarc.tally"
    _description = "Emails of Small Sources and Reporters"
    _order = "week desc, id"
    _log_access = False

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    domain = fields.Char(required=True, readonly=True)
    week = fields.Date(required=True, readonly=True, index=True, help="Its Monday.")
    origin_id = fields.Many2one(
        "mail.dmarc.origin",
        string="Source",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    reporter_id = fields.Many2one(
        "mail.dmarc.reporter",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    mail_count = fields.Integer(string="Emails", required=True, readonly=True)
    pass_count = fields.Integer(
        string="Passed", readonly=True, help="SPF or DKIM passes for From."
    )
    dkim_count = fields.Integer(string="DKIM Passes", readonly=True)
    own_count = fields.Integer(
        string="Yours", readonly=True, help="From sources that were yours by then."
    )
    own_dkim_count = fields.Integer(string="Yours, DKIM Passes", readonly=True)

    _one_each = models.UniqueIndex(
        "(alias_domain_id, domain, week, COALESCE(origin_id, 0),"
        " COALESCE(reporter_id, 0))"
    )
    # What the page and the ladder add up, from the indexes alone.
    _origin_idx = models.Index(
        "(alias_domain_id, week) INCLUDE (domain, origin_id, mail_count, pass_count)"
        " WHERE origin_id IS NOT NULL"
    )
    _reporter_idx = models.Index(
        "(alias_domain_id, week) INCLUDE (domain, reporter_id, mail_count,"
        " own_count, own_dkim_count) WHERE reporter_id IS NOT NULL"
    )
