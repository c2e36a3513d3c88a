# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One DMARC report that has come in, or a file that should have been one."""

from odoo import fields, models

STATES = [
    ("new", "Not Read Yet"),
    ("read", "Read"),
    ("refused", "Can't Be Read"),
    ("duplicate", "Had Come Before"),
    ("foreign", "On Another's Domain"),
    ("other", "No Report"),
]


class MailDmarcReport(models.Model):
    _name = "mail.dmarc.report"
    _description = "DMARC Report"
    _order = "received desc, id desc"
    _rec_name = "report_id"

    received = fields.Datetime(
        required=True, readonly=True, index=True, default=fields.Datetime.now
    )
    way = fields.Selection(
        [("mail", "By Email"), ("upload", "Uploaded")],
        string="Came",
        required=True,
        readonly=True,
        default="mail",
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="new", index=True
    )
    reason = fields.Char(readonly=True, help="Technical: the code of why.")
    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    domain = fields.Char(readonly=True, help="Whose emails it is about.")
    reporter_id = fields.Many2one(
        "mail.dmarc.reporter",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    org_name = fields.Char(string="Reported By", readonly=True)
    email = fields.Char(readonly=True, help="Whom the reporter wants to be asked.")
    report_id = fields.Char(readonly=True)
    format = fields.Selection(
        [("rfc7489", "RFC 7489"), ("rfc9990", "RFC 9990")], readonly=True
    )
    begin = fields.Datetime(readonly=True)
    end = fields.Datetime(readonly=True)
    mail_count = fields.Integer(string="Emails", readonly=True)
    policy = fields.Json(
        "Policy Record", readonly=True, help="Technical: what the domain had published."
    )
    policy_p = fields.Char(string="Policy", readonly=True)
    notes = fields.Json(
        readonly=True, help="Technical: codes of what the reporter gets wrong."
    )
    errors = fields.Json(
        readonly=True, help="Technical: what the reporter could not find out."
    )
    first_id = fields.Many2one(
        "mail.dmarc.report",
        string="First of the File",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Where a file has several reports: the one that has the source.",
    )
    file_name = fields.Char(string="File", readonly=True)
    size = fields.Integer(readonly=True, help="Bytes.")
    # The whole email, or the file that was uploaded.
    raw = fields.Binary(
        string="Source",
        attachment=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
    )

    _once = models.UniqueIndex("(reporter_id, domain, report_id) WHERE state = 'read'")
