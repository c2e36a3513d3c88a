# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What became of a message, for screens."""

import re

from odoo import models

from ...mailauth.domain import reasons as domain_reasons
from ...mailauth.message import reasons
from ...mailauth.printable import shorten

UNDER_WAY = ("draft", "sending", "waiting", "judging")
MAX_SOURCE = 100_000  # bytes of the source that are shown
MAX_TEXT = 4000  # characters of one piece of evidence
NOTHING = "proves_nothing"  # said on top, so not among the findings
MAX_EVENTS = 60
# Levels as the story of waiting has them, and as all others do.
LEVELS = {"success": "pass", "danger": "fail"}
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


class MailTestMessage(models.Model):
    """The verdict, as one answer to a page."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def get_verdict(self):
        """Return all that a page shows of a message.

        Plain strings: what strangers wrote stands in them, so they are to be escaped.
        Moments are UTC, as in all answers of Odoo, or False. Nothing is asked of DNS,
        and nothing is written.

        An event is ``key``, ``when``, ``level``, ``sentence`` and ``details``, a list
        of lines. Levels: pass, info, warning, temperror, fail, unknown.

        :return: ``id``, ``kind``, ``state``, ``level``, ``grade`` (a letter or False),
            ``grades`` (``letter``, ``meaning``, ``is_it``), ``headline``, ``remarks``,
            ``remark`` (all of them as one text), ``answers`` (``kind``, ``title``,
            ``level``, ``word``, ``sentence``, ``evidence``: ``title`` and ``text``),
            ``story``, ``waiting`` and ``reasons`` (events),
            ``findings`` (``code``, ``level``, ``word``, ``title``, ``sentence``,
            ``todo``, ``receivers``, ``source``, ``as_of``, ``asked``, ``evidence``,
            ``follows``, ``consequences``: findings), ``legs`` (events, and ``open``),
            ``actions`` (``name`` of a method, ``label``), ``raw``, ``raw_cut`` (a
            sentence, or ""), ``raw_field``.
        :raises AccessError: who is no administrator of its company.
        """
        self._check_may_test()
        self.ensure_one()
        verdict = self._read_verdict()
        remarks = self._list_remarks(verdict)
        grade = verdict.get("grade") or False
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "level": self._get_level(verdict),
            "grade": grade,
            "grades": self._list_grades(grade),
            "headline": self._get_headline(verdict),
            "remarks": remarks,
            "remark": " ".join(remarks),
            "answers": self._list_answers(verdict),
            "story": self._list_story(verdict),
            "findings": self._list_findings(verdict),
            "legs": self._list_legs(),
            "actions": self._list_actions(verdict),
            **self._describe_waiting(),
            **self._describe_source(),
        }

    def _read_verdict(self):
        """Return the stored judgement, {} where there is none that counts yet."""
        verdict = self.sudo().verdict
        if self.state != "done" or not isinstance(verdict, dict):
            return {}
        if "header_only" in (self.sudo().source_notes or ()):
            return _forget_body(verdict)
        return verdict

    def _describe_waiting(self):
        """Return what happened so far to what is not back, and why it may wait."""
        if self.kind != "trip" or self.state == "done":
            return {"waiting": [], "reasons": []}
        waiting = self.get_waiting()
        return {
            "waiting": [_prepare_event(event) for event in waiting["events"]],
            "reasons": [_prepare_event(event) for event in waiting["reasons"]],
        }

    def _describe_source(self):
        """Return the source of the message, bounded, and where all of it is."""
        for name in ("received_raw", "sent_raw"):
            raw = self._read_raw(name)
            if raw:
                break
        cut = len(raw) > MAX_SOURCE and self.env._(
            "Shown are the first %(shown)s of %(total)s kB.",
            shown=MAX_SOURCE // 1000,
            total=len(raw) // 1000,
        )
        text = raw[:MAX_SOURCE].decode("utf-8", "backslashreplace")
        text = _HIDDEN.sub(_escape, text.replace("\r\n", "\n"))
        return {"raw": text, "raw_cut": cut or "", "raw_field": name}

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
        title = self._translate_core(reasons.TITLES.get(row["code"], row["code"]))
        receivers = [str(one) for one in row.get("receivers") or ()]
        return {
            "code": row["code"],
            "level": row["status"],
            "word": self._get_finding_word(row),
            "title": title,
            "sentence": texts[0] if texts else "",
            "todo": self._translate_core(reasons.TODO.get(row["code"], "")),
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


def _prepare_event(event):
    """Return an event of another story with the levels of this one."""
    return {**event, "level": LEVELS.get(event["level"], event["level"])}


def _escape(match):
    return f"\\x{ord(match[0]):02x}"


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
