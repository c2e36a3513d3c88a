# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...mailauth.reports.unpack import MAX_MAIL
from .reason_texts import REASONS

LEVELS = {
    "read": "pass",
    "duplicate": "info",
    "foreign": "warning",
    "refused": "fail",
    "new": "info",
    "other": "info",
}
MOST_TOLD = 5  # reports of one file


class MailDmarcReport(models.Model):
    """Files that administrators upload: read at once, each with its answer."""

    # A file for each concern.
    _inherit = "mail.dmarc.report"  # pylint: disable=consider-merging-classes-inherited

    explanation = fields.Char(
        string="What Became of It", compute="_compute_explanation"
    )

    @api.depends("state", "reason", "domain", "org_name", "reporter_id.is_trusted")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for report in self:
            report.explanation = report._tell(report._describe(self.env))

    @api.model
    def upload(self, content, name=""):
        """Read the reports in a file: XML, gzip, zip, or a whole email.

        :param str content: of the file, in base64.
        :param str name: of the file.
        :return: ``level`` (pass, info, warning or fail), ``text``: sentences for who
            uploads it, and ``reports``: a list of what was in it, each with ``state``,
            ``reason``, ``domain``, ``reporter``, ``mail_count`` and ``is_trusted``.
        :raises AccessError: for whoever is no administrator.
        """
        if not self.env.is_system():
            raise AccessError(self.env._("Only administrators upload DMARC reports."))
        answers = self._upload_and_read(content, name)
        order = ("fail", "warning", "info", "pass")
        level = min((LEVELS[one["state"]] for one in answers), key=order.index)
        texts = [self._tell(one) for one in answers[:MOST_TOLD]]
        if len(answers) > MOST_TOLD:
            rest = len(answers) - MOST_TOLD
            texts.append(self.env._("And %(rest)s more.", rest=rest))
        return {"level": level, "text": " ".join(texts), "reports": answers}

    @api.model
    def _upload_and_read(self, content, name):
        try:
            data = base64.b64decode(str(content or ""), validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if len(data) > MAX_MAIL or not data:
            return [_answer("refused", "too_large" if data else "empty")]
        reports = self.sudo()
        report = reports._keep_file(data, str(name or ""), {"way": "upload"})
        if not report:
            return [_answer("refused", "too_many")]
        report._read()
        made = report | reports.search([("first_id", "=", report.id)], order="id")
        # The page shows them at once.
        self.env["mail.dmarc.origin"]._judge_stale(made.alias_domain_id)
        return [one._describe(self.env) for one in made]

    def _describe(self, env):
        """Return what the uploader is told of a report.

        :param env: with the uploader's rights: what is on another company's domain is
            a stranger's to him.
        """
        answer = _answer(self.state, self.reason or "")
        if self.state == "foreign":
            return answer
        if self.alias_domain_id and not self.with_env(env)._filtered_access("read"):
            return answer | {"state": "foreign"}
        return answer | {
            "domain": self.domain or "",
            "reporter": self.org_name or "",
            "mail_count": self.mail_count,
            "is_trusted": self.reporter_id.is_trusted,
        }

    @api.model
    def _tell(self, answer):
        """Return sentences on a report that was uploaded."""
        words = {
            "domain": answer["domain"],
            "reporter": answer["reporter"],
            "mails": answer["mail_count"],
        }
        if answer["state"] == "refused":
            reason = REASONS.get(answer["reason"], REASONS["unreadable"])
            return self.env._(reason)
        if answer["state"] == "new":
            return self.env._("It is being read.")
        if answer["state"] == "other":
            return self.env._(
                "It came to the address for reports and is none: Odoo has got it as "
                "any other email."
            )
        if answer["state"] == "duplicate":
            return self.env._(
                "This report of %(reporter)s on %(domain)s was here already.", **words
            )
        if answer["state"] == "foreign":
            return self.env._("It is on a domain that is not one of yours.")
        text = self.env._(
            "Read: %(reporter)s on %(domain)s, emails: %(mails)s.", **words
        )
        if answer["is_trusted"]:
            return text
        more = self.env._(
            "Nothing proves who has written it: it counts once you accept the reporter."
        )
        return f"{text} {more}"


def _answer(state, reason):
    return {
        "state": state,
        "reason": reason,
        "domain": "",
        "reporter": "",
        "mail_count": 0,
        "is_trusted": False,
    }
