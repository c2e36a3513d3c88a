# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What was refused, by whom, and why: a row for each mail, recipient and answer."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import email_normalize

from ...mailauth.printable import drop_hidden
from ...mailauth.refusal.rules import PROVIDERS
from .values import BLAMES, CATEGORIES, SCOPES, list_providers

KEPT_YEARS = 1
GC_BATCH = 10000
MAX_TEXT = 2000  # characters
MAX_ID = 998  # characters of a line, RFC 5322 section 2.1.1
MAX_ADDRESS = 320
MAX_HOST = 255


class MailRefusal(models.Model):
    _name = "mail.refusal"
    _description = "Refused Email"
    _order = "date desc, id desc"
    _rec_name = "recipient"

    date = fields.Datetime(
        required=True, readonly=True, index=True, default=fields.Datetime.now
    )
    mail_mail_id = fields.Many2one(
        "mail.mail",
        string="Email",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    mail_message_id = fields.Many2one(
        "mail.message",
        string="Message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    message_id = fields.Char(
        string="Message-ID",
        readonly=True,
        index="btree_not_null",
        help="Of the email as it was sent.",
    )
    recipient = fields.Char(readonly=True, index="btree_not_null")
    receiver = fields.Char(
        readonly=True,
        index="btree_not_null",
        help="The domain of the recipient's address.",
    )
    provider = fields.Selection(
        lambda self: list_providers(),
        string="Known Provider",
        readonly=True,
        help="Who is known to answer like this.",
    )
    category = fields.Selection(
        CATEGORIES, string="Kind", required=True, readonly=True, default="unknown"
    )
    blame = fields.Selection(
        BLAMES,
        string="Due To",
        required=True,
        readonly=True,
        default="unknown",
        help="What has to change, so that emails are taken.",
    )
    scope = fields.Selection(
        SCOPES,
        string="Concerns",
        readonly=True,
        help="What else would be refused: emails to this address, to this receiver, "
        "or all that leave by the same server.",
    )
    temporary = fields.Boolean(
        readonly=True, help="The server has asked to try again later."
    )
    advice = fields.Char(readonly=True, help="Technical: the code of what to do.")
    reply_code = fields.Char(readonly=True, size=3)
    enhanced_code = fields.Char(readonly=True, size=16)
    text = fields.Text(
        string="Answer", readonly=True, help="What the server has answered."
    )
    host = fields.Char(
        string="Server",
        readonly=True,
        help="The server that has refused, as far as its answer tells.",
    )
    server_id = fields.Many2one(
        "ir.mail_server",
        string="Outgoing Mail Server",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    origin = fields.Selection(
        [("smtp", "While Sending"), ("report", "Delivery Report")],
        string="Known From",
        required=True,
        readonly=True,
        default="smtp",
    )
    is_proven = fields.Boolean(
        readonly=True,
        help="Technical: whether it is certain who says so. Of a report that is asked "
        "only where administrators would be told of what it says.",
    )
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")

    @api.model
    def _note(self, vals_list):
        """Keep refusals; what strangers wrote is bounded and cleaned here.

        :param vals_list: by the names of fields. What the core has found comes from
            :func:`.values.to_values`. ``receiver`` follows from ``recipient``, the
            company from the message, where they are not given.
        :return: the records, with all rights, in the same order
        :rtype: mail.refusal
        """
        clean = [self._prepare_note(vals) for vals in vals_list]
        return self.sudo().create(clean)._fill_companies()

    @api.model
    def _prepare_note(self, vals):
        recipient = _clean(vals.get("recipient"), MAX_ADDRESS)
        recipient = email_normalize(recipient, strict=False) or recipient
        provider = vals.get("provider")
        return {
            **vals,
            "recipient": recipient,
            "receiver": vals.get("receiver") or recipient.rpartition("@")[2].lower(),
            "provider": provider if provider in dict(list_providers()) else False,
            "text": _clean(vals.get("text"), MAX_TEXT),
            "host": _clean(vals.get("host"), MAX_HOST),
            "message_id": _clean(vals.get("message_id"), MAX_ID),
        }

    def _fill_companies(self):
        """Give each row the company of the document that its message is about."""
        for refusal in self.filtered(lambda one: not one.company_id):
            message = refusal.mail_message_id or refusal.mail_mail_id.mail_message_id
            refusal.company_id = message.record_company_id
        return self

    @api.model
    def _name_provider(self, code):
        """Return the name of who refuses, "" where nobody is known by that code."""
        known = PROVIDERS.get(code or "")
        return known.name if known and known.kind != "generic" else ""

    @api.autovacuum
    def _gc_old_refusals(self):
        limit = fields.Datetime.now() - relativedelta(years=KEPT_YEARS)
        old = self.search([("date", "<", limit)], limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH


def _clean(text, most):
    """Return a stranger's text in the letters that it has, without what only hides.

    :param most: characters of the result at most.
    """
    if isinstance(text, bytes):
        text = text[:most].decode("utf-8", "replace")
    lines = str(text or "")[:most].splitlines()
    return "\n".join(drop_hidden(line) for line in lines)
