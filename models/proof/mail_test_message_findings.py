# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What was found of a message, for screens: the ground the verdict stands on."""

from odoo import models

from ...mailauth.dns.names import display_name
from ...mailauth.domain import reasons as domain_reasons
from ...mailauth.message import reasons
from ...mailauth.printable import shorten

MAX_TEXT = 4000  # characters of one piece of evidence
NOTHING = "proves_nothing"  # said on top, so not among the findings


class MailTestMessage(models.Model):
    """The findings of a verdict."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    # ---------------------------------------------------- what was judged

    def _read_verdict(self):
        """Return the stored judgement, {} where there is none that counts yet."""
        verdict = self.sudo().verdict
        if self.state != "done" or not isinstance(verdict, dict):
            return {}
        if "header_only" in (self.sudo().source_notes or ()):
            return _forget_body(verdict)
        return verdict

    def _is_unanswered(self, verdict):
        """Tell whether DNS has left open what decides."""
        results = [verdict.get(name) or {} for name in ("spf", "dmarc", "ptr")]
        results += verdict.get("dkim") or []
        return any(one.get("result") == "temperror" for one in results) or any(
            row["status"] == "temperror" for row in verdict.get("findings") or ()
        )

    def _get_from_domain(self, verdict):
        domain = verdict.get("from_domain")
        return display_name(domain) if domain else self.env._("its sender")

    # ------------------------------------------------------------ findings

    def _list_findings(self, verdict):
        """Return what was found, the worst first, each with what follows from it."""
        rows = [row for row in verdict.get("findings") or () if row["code"] != NOTHING]
        items = {}
        for row in rows:
            items.setdefault(row["code"], []).append(self._prepare_finding(row))
        shown = []
        for row in rows:
            item = items[row["code"]].pop(0)
            cause = self._find_cause(row, shown)
            (cause["consequences"] if cause else shown).append(item)
        for item in shown:
            item["follows"] = self._count_consequences(item["consequences"])
        return shown

    @staticmethod
    def _find_cause(row, shown):
        """Return the finding that another one follows from, None for none."""
        cause = row.get("cause")
        for item in shown:
            codes = {item["code"], *(one["code"] for one in item["consequences"])}
            if cause and cause in codes:
                return item
        return None

    def _count_consequences(self, items):
        if len(items) == 1:
            return self.env._("1 thing follows from it")
        return self.env._("%(count)s things follow from it", count=len(items))

    def _prepare_finding(self, row):
        """Return one finding for screens."""
        why = [(one["code"], dict(one.get("params") or {})) for one in row["why"]]
        texts = [self._explain_reason(code, params) for code, params in why]
        key = reasons.find_title(row["code"], (code for code, _params in why))
        title = self._translate_core(reasons.TITLES.get(key, row["code"]))
        receivers = [str(one) for one in row.get("receivers") or ()]
        return {
            "code": row["code"],
            "level": row["status"],
            "word": self._get_finding_word(row),
            "title": title,
            "sentence": texts[0] if texts else "",
            "todo": self._translate_core(reasons.TODO.get(key, "")),
            "receivers": receivers,
            "source": row.get("source") or "",
            "as_of": row.get("as_of") or "",
            "asked": self._describe_asked(row, receivers),
            "evidence": self._list_evidence(row, texts),
            "follows": "",
            "consequences": [],
        }

    def _get_finding_word(self, row):
        if row["status"] == "fail" and row.get("weakens") == "F":
            return self.env._("Refused")
        return {
            "fail": self.env._("Wrong"),
            "warning": self.env._("May do harm"),
            "temperror": self.env._("No answer"),
            "info": self.env._("Advice"),
        }.get(row["status"], "")

    def _describe_asked(self, row, receivers):
        """Say who asks for it, and where that is written."""
        source, as_of = row.get("source"), row.get("as_of")
        words = {"who": ", ".join(receivers), "where": source, "day": as_of}
        if receivers and source and as_of:
            return self.env._("Asked for by %(who)s: %(where)s (%(day)s).", **words)
        if receivers:
            return self.env._("Asked for by %(who)s.", **words)
        return self.env._("See %(where)s.", where=source) if source else ""

    def _list_evidence(self, row, texts):
        """Return title and text of what a finding stands on."""
        record = " ".join(filter(None, [row.get("name"), row.get("rdtype")]))
        parts = [
            (self.env._("About"), row.get("subject")),
            (self.env._("Record"), record),
            (self.env._("Found"), row.get("found")),
            (self.env._("Expected"), row.get("expected")),
            (self.env._("All reasons"), "\n".join(texts) if len(texts) > 1 else ""),
            (self.env._("Standard"), row.get("rfc")),
            *((self.env._("Evidence"), text) for text in row.get("evidence") or ()),
        ]
        return pair_evidence(parts)

    # --------------------------------------------------------------- texts

    def _explain_reason(self, code, params):
        """Return a reason in the user's language; of an unknown code what there is."""
        text = domain_reasons.TEXTS.get(code) or reasons.TEXTS.get(code)
        if text is None:
            return " ".join([code, *map(str, params.values())])
        if "cause" in params:
            cause = domain_reasons.explain_cause(params["cause"])
            params = {**params, "cause": self._translate_core(cause)}
        try:
            return (self._translate_core(text) % params).strip()
        except (KeyError, TypeError, ValueError):
            # A judgement that was stored before the sentence was written anew.
            return " ".join([code, *map(str, params.values())])

    def _translate_core(self, text):
        """Return a text of the core in the user's language."""
        return self.env["mail.domain.check"]._translate(text) if text else ""


def pair_evidence(parts):
    """Return those of (title, text) that have a text, bounded."""
    return [
        {"title": title, "text": shorten(str(text), MAX_TEXT)}
        for title, text in parts
        if text
    ]


def _forget_body(verdict):
    """Return a judgement without what it says of a body that was not given."""
    about_body = {"dkim_body_changed", "footer_added"}
    findings = [
        row
        for row in verdict.get("findings") or ()
        if row["code"] not in about_body and row.get("cause") not in about_body
    ]
    dkim = [
        {**one, "result": "unknown"} if one["result"] == "fail" else one
        for one in verdict.get("dkim") or ()
    ]
    return {**verdict, "findings": findings, "dkim": dkim, "grade": None}
