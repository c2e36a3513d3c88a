# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import math

from markupsafe import Markup

from odoo import api, fields, models

from ...mailauth.domain.obstacle import find_obstacle
from ...mailauth.domain.reasons import (
    OWN_MAILS,
    TEXTS,
    TITLES,
    explain_cause,
    find_kind,
)
from ...mailauth.findings import Finding, Reason

SHORT = 400  # characters that are shown at once of what stands in DNS

SHOWN_UNKNOWN = 3

SEVERITY = {"fail": 0, "temperror": 1, "warning": 2, "info": 3, "pass": 4}
STATUS_SELECTION = [
    ("pass", "Passed"),
    ("info", "For information"),
    ("warning", "Warning"),
    ("temperror", "No answer"),
    ("fail", "Failed"),
]
# The same, and instead of "for information" what that means.
SHOWN_SELECTION = [
    *STATUS_SELECTION,
    ("optional", "Optional"),
    ("not_applicable", "Does not apply"),
    ("open", "Can't be told yet"),
    ("elsewhere", "Covered by another check"),
]


class MailDomainCheck(models.Model):
    """The last result of one check of one domain."""

    _name = "mail.domain.check"
    _description = "Check of an Email Domain"
    _order = "alias_domain_id, severity, position, subject, id"
    _rec_name = "title"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    code = fields.Char(required=True, readonly=True)
    subject = fields.Char(
        readonly=True,
        help="What was checked, where a check runs more than once: a DKIM selector, an "
        "outgoing server, a domain.",
    )
    title = fields.Char(compute="_compute_texts")
    status = fields.Selection(STATUS_SELECTION, required=True, readonly=True)
    shown_status = fields.Selection(
        SHOWN_SELECTION, string="Result", compute="_compute_shown_status"
    )
    pending = fields.Boolean(
        readonly=True,
        help="The servers of your domain have the new record already; others will see "
        "it when what they remember expires.",
    )
    pending_until = fields.Datetime(
        string="Remembered Until",
        readonly=True,
        help="By then, others have forgotten the old record.",
    )
    found = fields.Text(readonly=True)
    expected = fields.Text(readonly=True)
    explanation = fields.Text(compute="_compute_texts")
    reasons = fields.Json(readonly=True)
    sentence = fields.Char(compute="_compute_texts", help="The reason that decided.")
    evidence = fields.Html(compute="_compute_evidence", sanitize=False)
    details = fields.Text(readonly=True, help="More evidence, such as the SPF tree.")
    rfc = fields.Char(string="Standard", readonly=True)
    record_name = fields.Char(readonly=True)
    record_type = fields.Char(readonly=True)
    position = fields.Integer(readonly=True)
    severity = fields.Integer(
        compute="_compute_severity", store=True, help="0 is the worst."
    )
    checked_on = fields.Datetime(readonly=True)
    temperror_once = fields.Boolean(
        readonly=True, help="DNS did not answer the last time; once is no news."
    )
    watched_status = fields.Selection(
        STATUS_SELECTION,
        readonly=True,
        help="Technical: what administrators know, where a page that looks again has "
        "seen something else since.",
    )
    baseline = fields.Integer(
        readonly=True,
        help="Technical: administrators were told that it got worse than this.",
    )

    _one_per_subject = models.UniqueIndex(
        "(alias_domain_id, code, COALESCE(subject, ''))"
    )

    @api.depends("status", "reasons")
    def _compute_severity(self):
        for check in self:
            # What does not apply is no news: it stands among what is well.
            is_moot = check.shown_status == "not_applicable"
            check.severity = SEVERITY["pass" if is_moot else check.status]

    @api.depends("status", "reasons")
    def _compute_shown_status(self):
        for check in self:
            check.shown_status = get_shown_status(check.status, check.reasons)

    @api.depends("code", "subject", "reasons", "pending", "pending_until")
    @api.depends_context("lang")
    def _compute_texts(self):
        for check in self:
            check.title = check._get_title(check.code, check.subject)
            texts = [check._explain(code, dict(p)) for code, p in check.reasons or ()]
            check.explanation = "\n".join(texts)
            check.sentence = check._get_sentence()

    def _explain_first(self):
        """Return the reason that decided."""
        return next(
            (self._explain(code, dict(p)) for code, p in self.reasons or ()), ""
        )

    def _get_sentence(self):
        """Return the reason that decided; what is on its way is said first."""
        decisive = self._explain_first()
        if not self.pending:
            return decisive
        return self.env._(
            "Published, but not yet visible everywhere: others may remember the old "
            "record for up to %(minutes)s minutes more. %(text)s",
            minutes=self._count_pending_minutes(),
            text=decisive,
        )

    def _count_pending_minutes(self):
        """Return for how long others may still remember the old record, at least 1."""
        if not self.pending_until:
            return 1
        left = (self.pending_until - fields.Datetime.now()).total_seconds()
        return max(1, math.ceil(left / 60))

    @api.depends("found", "expected", "details", "rfc", "record_name", "reasons")
    @api.depends_context("lang")
    def _compute_evidence(self):
        for check in self:
            check.evidence = Markup().join(
                Markup('<div class="o_setup_label">%s</div>%s')
                % (title, render_shortened(text))
                for title, text in check._list_evidence()
            )

    def _list_evidence(self):
        """Return (title, text) of what the check stands on."""
        record = f"{self.record_name} {self.record_type}"
        several = len(self.reasons or ()) > 1
        parts = [
            (self.env._("Record"), record if self.record_name else ""),
            (self.env._("Found"), self.found),
            (self.env._("Expected"), self.expected),
            (self.env._("Details"), self.details),
            (self.env._("All reasons"), several and self.explanation),
            (self.env._("Standard"), self.rfc),
        ]
        return [(title, text) for title, text in parts if text]

    def _describe_obstacle(self):
        """Return why nothing can be said of a domain's records, or False."""
        obstacle = find_obstacle(self._read_findings())
        if obstacle is None:
            return False
        text = self._explain(obstacle.code, dict(obstacle.params))
        if obstacle.code != "dns_silent":
            return text
        return self.env._(
            "%(text)s Other nameservers can be set in the system parameter "
            "mail_deliverability.nameservers.",
            text=text,
        )

    def _describe_unknown(self):
        """Return what can't be told of the domain's own mails, a sentence each."""
        rows = self.filtered(lambda row: row.code in OWN_MAILS)
        rows = rows.filtered(lambda row: row.shown_status == "open").sorted("position")
        return " ".join(dict.fromkeys(row.sentence for row in rows[:SHOWN_UNKNOWN]))

    def _read_findings(self):
        """Return each row as the :class:`Finding` that it was made from."""
        return [
            Finding(
                check.code,
                check.status,
                found=check.found or "",
                expected=check.expected or "",
                why=tuple(
                    Reason(code, tuple((name, value) for name, value in params))
                    for code, params in check.reasons or ()
                ),
                rfc=check.rfc or "",
                subject=check.subject or "",
                name=check.record_name or "",
                rdtype=check.record_type or "",
            )
            for check in self
        ]

    def _explain(self, code, params):
        """Return a reason in the user's language; of an unknown code what there is."""
        text = TEXTS.get(code)
        if text is None:
            return " ".join([code, *params.values()])
        if "cause" in params:
            params = {
                **params,
                "cause": self._translate(explain_cause(params["cause"])),
            }
        return (self._translate(text) % params).strip()

    @api.model
    def _get_title(self, code, subject=""):
        """Return what a check is called, with what it was about."""
        title = self._translate(TITLES.get(code, code))
        if not subject:
            return title
        return self.env._("%(title)s: %(subject)s", title=title, subject=subject)

    @api.model
    def _translate(self, text):
        """Return a text of the core in the user's language."""
        # The texts of the core are marked for translation where they stand.
        return self.env._(text)  # pylint: disable=W8301


def get_shown_status(status, reasons):
    """Return the status, and where it is "info" what that means.

    :param reasons: (code, parameters) of each, as they are stored.
    """
    codes = (code for code, _params in reasons or ())
    return (status == "info" and find_kind(codes)) or status


def render_shortened(text):
    """Return text from DNS, escaped; what is very long folds away."""
    if len(text) <= SHORT:
        return Markup('<div class="o_setup_code">%s</div>') % text
    return Markup(
        '<div class="o_setup_code">%s…</div><details><summary>+ %s</summary>'
        '<div class="o_setup_code">%s</div></details>'
    ) % (text[:SHORT], len(text) - SHORT, text[SHORT:])
