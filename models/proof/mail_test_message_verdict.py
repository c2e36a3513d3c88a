# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What became of a message, for screens."""

import re

from odoo import models

from .mail_test_message_story import prepare_event

MAX_SOURCE = 100_000  # bytes of the source that are shown
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

    def _describe_waiting(self):
        """Return what happened so far to what is not back, and why it may wait."""
        if self.kind != "trip" or self.state == "done":
            return {"waiting": [], "reasons": []}
        waiting = self.get_waiting()
        return {
            "waiting": [prepare_event(event) for event in waiting["events"]],
            "reasons": [prepare_event(event) for event in waiting["reasons"]],
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


def _escape(match):
    return f"\\x{ord(match[0]):02x}"
