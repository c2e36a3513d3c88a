# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ...mailauth.dns.names import display_name
from .texts import explain

SOURCES = [
    ("res.users", "User"),
    ("res.company", "Company"),
    ("mail.template", "Email Template"),
    ("mail.alias", "Alias"),
    ("ir.mail_server", "Server Filter"),
    ("mail.scheduled.message", "Scheduled Message"),
    ("mailing.mailing", "Mailing"),
    ("res.partner", "Author"),
]
OUTCOMES = [
    ("refused", "Refused"),
    ("unauthenticated", "Not Authenticated"),
    ("encapsulated", "Sender Replaced"),
    ("depends", "Not Known"),
    ("authenticated", "Authenticated"),
]

# What a row is known by: one for each source and company, but for those that have many.
SAME = """source_model, source_id, COALESCE(company_id, 0), (CASE
    WHEN source_model = 'ir.mail_server' OR source_id = 0 THEN email ELSE '' END)"""


class MailSenderAddress(models.Model):
    """In whose name mails leave, and what becomes of them.

    A row for each source and company, made anew by each audit. Nobody writes them but
    the audit.
    """

    _name = "mail.sender.address"
    _description = "Sender Address"
    _order = "mail_count desc, source_model, email, id"
    _rec_name = "email"

    email = fields.Char(
        string="Address",
        readonly=True,
        help="As it is written there: a template may have an expression.",
    )
    source_model = fields.Selection(
        SOURCES, string="Kind", required=True, readonly=True
    )
    source_id = fields.Integer(string="Record", readonly=True)
    source_name = fields.Char(string="Who", compute="_compute_source_name")
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The company that mails leave for. Empty: all of them.",
    )
    outcome = fields.Selection(
        OUTCOMES, string="What Happens", readonly=True, index=True
    )
    reason = fields.Char(readonly=True, help="Technical: the code of what decided.")
    reasons = fields.Json(readonly=True)
    explanation = fields.Char(string="Why", compute="_compute_explanation")
    domain = fields.Char("Domain in DNS", readonly=True, help="In A-labels.")
    shown_domain = fields.Char(string="Domain", compute="_compute_shown_domain")
    policy = fields.Selection(
        [
            ("none", "None"),
            ("quarantine", "Quarantine"),
            ("reject", "Reject"),
            ("unknown", "Unknown"),
        ],
        string="DMARC Policy",
        readonly=True,
        help="What the domain asks receivers to do with mails in its name from others.",
    )
    is_mailbox_provider = fields.Boolean(
        string="Mailbox Provider",
        readonly=True,
        help="The domain gives mailboxes to everybody, as gmail.com does.",
    )
    mail_count = fields.Integer(
        string="Emails in 90 Days",
        readonly=True,
        help="Emails in the name of the address, one for each recipient. Not counted "
        "are messages that nobody got by email, and emails that Odoo has deleted.",
    )
    sent_as = fields.Char(string="From", readonly=True, help="What recipients see.")
    reply_to = fields.Char(string="Answers Go To", readonly=True)
    envelope_from = fields.Char(string="Bounces Go To", readonly=True)
    server_id = fields.Many2one(
        "ir.mail_server",
        string="Outgoing Server",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty: the one of Odoo's configuration file.",
    )
    server_filter = fields.Char(readonly=True)
    checked_on = fields.Datetime(string="Checked", readonly=True)
    notification_type = fields.Selection(
        [("email", "By Email"), ("inbox", "In Odoo")],
        string="Notifications",
        compute="_compute_notification_type",
    )

    _source_unique = models.UniqueIndex(f"({SAME})")

    def _compute_source_name(self):
        for model, rows in self.grouped("source_model").items():
            known = {}
            if model in self.env:
                records = self.env[model].sudo().browse(set(rows.mapped("source_id")))
                known = {one.id: one.display_name for one in records.exists()}
            for row in rows:
                row.source_name = known.get(row.source_id) or row.email

    @api.depends("domain")
    def _compute_shown_domain(self):
        for row in self:
            row.shown_domain = display_name(row.domain) if row.domain else False

    @api.depends("reason", "reasons", "email", "sent_as", "domain", "server_filter")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for row in self:
            row.explanation = explain(row)

    def _compute_notification_type(self):
        users = self.filtered(lambda row: row.source_model == "res.users")
        (self - users).notification_type = False
        found = self.env["res.users"].sudo().browse(users.mapped("source_id")).exists()
        known = {user.id: user.notification_type for user in found}
        for row in users:
            row.notification_type = known.get(row.source_id, False)

    def action_open_source(self):
        """Open the record that the address belongs to, with the user's own rights."""
        self.ensure_one()
        self.check_access("read")
        if not self.source_id or self.source_model not in self.env:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.source_model,
            "res_id": self.source_id,
            "views": [(False, "form")],
        }

    def _get_sources(self, model):
        """Return the records of a model that the addresses belong to.

        Without those that the user may not read.
        """
        ids = self.filtered(lambda row: row.source_model == model).mapped("source_id")
        records = self.env[model].browse(dict.fromkeys(ids)).exists()
        return records._filtered_access("read")
