# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import difflib
import re

from markupsafe import Markup, escape

from odoo import api, fields, models

from ..models.domain.mail_domain_check import SHORT, render_shortened

STATES = [
    ("done", "Published"),
    ("pending", "Not yet visible"),
    ("add", "Add"),
    ("replace", "Replace"),
    ("ask", "To clear up"),
    ("unknown", "No answer"),
]


class MailDomainSetupRecord(models.TransientModel):
    """One DNS record to publish, as the guided setup shows it on a card."""

    _name = "mail.domain.setup.record"
    _description = "DNS Record to Publish"
    _order = "optional, sequence, id"

    setup_id = fields.Many2one(
        "mail.domain.setup", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    kind = fields.Selection(
        [
            ("spf", "SPF"),
            ("dkim", "DKIM"),
            ("dmarc", "DMARC"),
            ("dmarc_report", "DMARC reports"),
            ("mx", "MX"),
            ("ptr", "PTR"),
            ("tls_rpt", "TLS reports"),
            ("mta_sts", "MTA-STS"),
        ],
        required=True,
    )
    optional = fields.Boolean()
    state = fields.Selection(STATES, required=True)
    title = fields.Char(required=True)
    note = fields.Text(help="Why it is needed, and what to know about publishing it.")
    mended = fields.Text(help="What the suggested record writes in another way.")
    rdtype = fields.Char(string="Type")
    full_name = fields.Char()
    host_name = fields.Char(string="Name")
    host_hint = fields.Char()
    host_other = fields.Char(help="What may be typed where the name can't stay empty.")
    value = fields.Text()
    alternative = fields.Text(help="A milder value that may be published first.")
    current = fields.Text(string="What Is There Now")
    current_html = fields.Html(compute="_compute_html", sanitize=False)
    change_html = fields.Html(compute="_compute_html", sanitize=False)
    help_url = fields.Char()
    help_text = fields.Char()
    editor_url = fields.Char(help="Where the DNS host lets its customers edit records.")
    editor_text = fields.Char()
    file_url = fields.Char(help="Where a file has to be before the record counts.")
    file_text = fields.Text(help="What is in that file.")

    @api.depends("current", "value", "state")
    def _compute_html(self):
        for record in self:
            record.current_html = render_shortened(record.current or "")
            record.change_html = record._render_change()

    @api.model
    def _prepare_fix(self, values):
        """Return a card as the client shows it inside an item of the checklist.

        Plain text, but for what ends in ``_html``.

        :param values: of a card, as :meth:`_prepare_all` makes them.
        """
        card = self.new(values)
        states = dict(self._fields["state"]._description_selection(self.env))
        texts = (
            *("kind", "title", "state", "rdtype", "host_name", "host_hint"),
            *("full_name", "value", "alternative", "current"),
            *("help_url", "help_text", "editor_url", "editor_text"),
            *("host_other", "file_url", "file_text"),
        )
        return {
            **{name: card[name] or "" for name in texts},
            "key": ":".join([card.kind, card.full_name or "", card.rdtype or ""]),
            "state_word": states[card.state],
            "change_html": card.change_html,
            "current_html": card.current_html,
            "note": (card.note or "").splitlines(),
            "mended": (card.mended or "").splitlines(),
        }

    def _get_removed(self):
        """Return which of the records that are there have to go.

        Where an alias is, what it leads to belongs to somebody else.
        """
        lines = (self.current or "").splitlines()
        return [line for line in lines if line.startswith("CNAME ")] or lines

    def _render_change(self):
        """Return the value with what is new marked, and what goes struck through."""
        if self.state != "replace" or not self.value:
            return Markup('<div class="o_setup_code">%s</div>') % (self.value or "")
        old = (self.current or "").splitlines()
        return render_difference(
            max(old, key=len, default=""),
            self.value,
            {"del": self.env._("removed:"), "ins": self.env._("added:")},
        )


def render_difference(old, new, labels=None):
    """Return ``new`` with its new words in <ins> and the dropped ones in <del>.

    :param old: what is published, hostile.
    :param new: what to publish.
    :param labels: {tag: what is said before it to who can't see the marks}; whoever
        copies the text by hand does not get it.
    """
    labels = labels or {}
    before, after = _split(old[: 4 * SHORT]), _split(new)
    parts = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            parts.append(escape("".join(after[j1:j2])))
            continue
        parts.append(_mark("del", before[i1:i2], labels))
        parts.append(_mark("ins", after[j1:j2], labels))
    return Markup('<div class="o_setup_code">%s</div>') % Markup().join(parts)


def _split(text):
    """Split into words, each with the white space that follows."""
    return re.findall(r"\S+\s*", text)


def _mark(tag, words, labels):
    text = "".join(words)
    if not text:
        return Markup()
    end = " " if text[-1:].isspace() else ""
    said = Markup()
    if label := labels.get(tag):
        hidden = '<span class="visually-hidden user-select-none">%s </span>'
        said = Markup(hidden) % label
    return Markup(f"<{tag}>%s%s</{tag}>%s") % (said, text.rstrip(), end)
