# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import Markup

from odoo import models

from ...mailauth.dns.names import display_name
from ...mailauth.printable import shorten, shorten_keys

SHOWN = 300  # characters of a record in an alarm


class MailAliasDomain(models.Model):
    """Telling administrators that a check got worse, and that it is well again."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def unlink(self):
        for domain in self:
            alarm = self.env["mail.deliverability.alarm"]
            alarm._resolve_alarm(f"domain_check:{domain.id}")
        return super().unlink()

    def _tell(self, changes):
        """Tell administrators what got worse, and take it back once it is well."""
        worse = [change for change in changes if change["worse"]]
        before = {change["key"]: change["before"] for change in worse}
        for row in self.auth_check_ids:
            if severity := before.get((row.code, row.subject or "")):
                row.baseline = max(severity, row.baseline)
            elif row.baseline and row.severity >= row.baseline:
                row.baseline = 0
        alarm = self.env["mail.deliverability.alarm"]
        subject = f"domain_check:{self.id}"
        if worse:
            alarm._raise_alarm(
                subject,
                lambda env: self.with_env(env)._render_alarm(changes),
                companies=self.company_ids or None,
            )
        elif not any(self.auth_check_ids.mapped("baseline")):
            alarm._resolve_alarm(subject)

    def _render_alarm(self, changes):
        summary = self.env._(
            "Mails of %(domain)s: a check got worse", domain=display_name(self.name)
        )
        lines = Markup().join(
            self._render_change(change["values"])
            for change in _pick_told_changes(changes)
        )
        advice = self.env._(
            "Mails of %(domain)s may be rejected or land in spam.",
            domain=display_name(self.name),
        )
        link = self.env["mail.deliverability.alarm"]._link(
            f"email-domain-checks/{self.id}", self.env._("See what to publish")
        )
        return summary, Markup("<p>%s %s</p><ul>%s</ul>") % (advice, link, lines)

    def _render_change(self, values):
        checks = self.env["mail.domain.check"]
        labels = dict(checks._fields["shown_status"]._description_selection(self.env))
        old, new = values["old_status"], values["new_status"]
        status = labels[new]
        if old != new:
            before = labels.get(old, self.env._("Not there before"))
            status = Markup("%s &rarr; %s") % (before, status)
        return Markup("<li><b>%s</b>: %s%s</li>") % (
            checks._get_title(values["code"], values["subject"]),
            status,
            _render_difference(values["old_found"], values["new_found"]),
        )


def _pick_told_changes(changes):
    """Return what got worse, and each other difference of a record once."""
    told, shown = [], set()
    for change in sorted(changes, key=lambda change: not change["worse"]):
        difference = (change["values"]["old_found"], change["values"]["new_found"])
        is_news = difference[0] != difference[1] and difference not in shown
        if change["worse"] or is_news:
            told.append(change)
        shown.add(difference)
    return told


def _render_difference(old, new):
    if old == new:
        return Markup()
    return Markup("<br/><code>%s</code> &rarr; <code>%s</code>") % (
        shorten(shorten_keys(old), SHOWN) or "-",
        shorten(shorten_keys(new), SHOWN) or "-",
    )
