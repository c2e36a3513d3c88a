# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who reports on mails in a domain's name, and whether that is proven."""

from odoo import api, fields, models

from ...mailauth.dns.names import normalize_name
from ...mailauth.errors import PermError
from ...mailauth.message.mail_hosts import get_group

PROOFS = [
    ("dkim", "Signed by the Reporter"),
    ("authentication_results", "Confirmed by Your Mail Server"),
    ("none", "Not Verified"),
]


class MailDmarcReporter(models.Model):
    """One for each name, proof and domain of it.

    A report in Google's name that nothing proves is another reporter than Google.
    """

    _name = "mail.dmarc.reporter"
    _description = "DMARC Reporter"
    _order = "name, id"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="That it reports on.",
    )
    name = fields.Char(
        required=True, readonly=True, help="As it calls itself in its reports."
    )
    domain = fields.Char(
        string="Proven Domain", readonly=True, help="Of the emails with its reports."
    )
    proof = fields.Selection(PROOFS, required=True, readonly=True, default="none")
    is_accepted = fields.Boolean(
        string="Accepted",
        readonly=True,
        help="An administrator says that its reports are genuine.",
    )
    is_trusted = fields.Boolean(
        string="Counts",
        compute="_compute_is_trusted",
        store=True,
        help="Its reports count for what is said of the domain.",
    )

    _one_each = models.UniqueIndex(
        "(alias_domain_id, LOWER(name), COALESCE(domain, ''), proof)"
    )

    @api.depends("name", "domain", "proof", "is_accepted")
    def _compute_is_trusted(self):
        for reporter in self:
            is_proven = reporter.proof != "none" and reporter._is_own_name()
            reporter.is_trusted = reporter.is_accepted or is_proven

    def _is_own_name(self):
        """Whether the name may be that of whoever has sent the reports.

        A name that is a domain names the reporter: another domain's mails don't speak
        for it, unless both belong to one provider (Outlook.com and microsoft.com).
        """
        try:
            named = normalize_name(self.name or "")
        except PermError:
            return True
        if "." not in named:
            return True
        proven = self.domain or ""
        pair = f".{named}", f".{proven}"
        if pair[0].endswith(pair[1]) or pair[1].endswith(pair[0]):
            return True
        return bool(get_group(named)) and get_group(named) == get_group(proven)
