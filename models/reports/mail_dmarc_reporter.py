# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who reports on mails in a domain's name, and whether that is proven."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...mailauth.dns.names import normalize_name
from ...mailauth.errors import PermError
from ...mailauth.message.mail_hosts import get_group, is_shared

MAX_NAME = 200  # characters
# Of one email domain, for each kind of proof: anybody may call himself anything.
MAX_REPORTERS = 500
MAX_CALLED = 20  # names of one domain that is proven
PROOFS = [
    ("dkim", "Signed by the Reporter"),
    ("authentication_results", "Confirmed by Your Mail Server"),
    ("upload", "Uploaded by an Administrator"),
    ("none", "Not Verified"),
]
# How much each says of who has written a report.
STRENGTH = {"none": 0, "upload": 1, "authentication_results": 2, "dkim": 2}


class MailDmarcReporter(models.Model):
    """One for each name, proof and domain of it.

    A report in Google's name that nothing proves is another reporter than Google, and
    what administrators bring is another one than what anybody may send.
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
    is_ignored = fields.Boolean(
        string="Ignored",
        readonly=True,
        help="An administrator says that its reports are not to be believed.",
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

    @api.depends("name", "domain", "proof", "is_accepted", "is_ignored")
    def _compute_is_trusted(self):
        """Trust what is proven, unless anybody can have such an address."""
        mailboxes = self.env["mail.mailbox.provider"]._get_domains()
        for reporter in self:
            domain = reporter.domain or ""
            is_proven = bool(domain) and reporter._is_own_name()
            if is_proven:
                is_proven = not (is_shared(domain) or domain in mailboxes)
            is_believed = reporter.is_accepted or is_proven
            reporter.is_trusted = is_believed and not reporter.is_ignored

    @api.model
    def _find_or_make(self, alias_domain, name, proof):
        """Return the reporter of that name and proof; none where there are too many.

        :param Proof proof: of who has sent a report.
        """
        name = name[:MAX_NAME]
        known = Domain("alias_domain_id", "=", alias_domain.id)
        known &= Domain("proof", "=", proof.method)
        mine = self.search(known & Domain("domain", "=", proof.domain or False))
        named = mine.filtered(lambda one: one.name.lower() == name.lower())
        is_full = bool(proof.domain) and len(mine) >= MAX_CALLED
        if named or is_full or self.search_count(known) >= MAX_REPORTERS:
            return named[:1]
        return self.create(
            {
                "alias_domain_id": alias_domain.id,
                "name": name,
                "proof": proof.method,
                "domain": proof.domain or False,
            }
        )

    # ------------------------------------------------------------ accepting

    def action_accept(self):
        """Let their reports count, whatever proves them."""
        self._decide(True)

    def action_withdraw(self):
        """Let them no longer count, not even those that are proven."""
        self._decide(False)

    def _decide(self, is_accepted):
        self.check_access("read")
        if not self.env.is_system():
            raise AccessError(self.env._("Only administrators accept reporters."))
        reporters = self.sudo()
        reporters.write({"is_accepted": False, "is_ignored": not is_accepted})
        # A word is only needed where nothing proves it.
        reporters.filtered(lambda one: not one.is_trusted).is_accepted = is_accepted
        reporters.flush_recordset()
        self.env["mail.dmarc.source"].flush_model()
        self.env.execute_query(
            SQL(
                "UPDATE mail_dmarc_source row SET is_trusted = reporter.is_trusted"
                " FROM mail_dmarc_reporter reporter"
                " WHERE reporter.id = row.reporter_id AND reporter.id = ANY(%s)"
                " RETURNING row.id",
                reporters.ids,
            )
        )
        self.env["mail.dmarc.source"].invalidate_model(["is_trusted"])
        self.env["mail.dmarc.origin"]._follow_reporters(reporters)
        if not is_accepted:
            reporters._begin_anew()

    def _begin_anew(self):
        """Let nothing count for the policy that was added up with the rows of others.

        What these have said can't be taken out of it.
        """
        mine = [("reporter_id", "in", self.ids)]
        rows = (
            self.env["mail.dmarc.tally"].sudo()._read_group(mine, ["alias_domain_id"])
        )
        for (alias_domain,) in rows:
            alias_domain._begin_dmarc_anew()

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
