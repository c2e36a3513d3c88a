# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One check as an item of the checklist, and what the checks of a kind say together."""

from odoo import api, models

from .mail_domain_check import SEVERITY

# In the order in which they matter.
ITEM_GROUPS = ("breaks", "better", "waiting", "passed", "optional")
GROUP_OF_STATUS = {
    "fail": "breaks",
    "warning": "better",
    "temperror": "waiting",
    "open": "waiting",
    "optional": "optional",
}
# What the answers on top are about, by how the codes of their checks begin.
ANSWERS = {
    "spf": ("spf_",),
    "dkim": ("dkim_",),
    "dmarc": ("dmarc_",),
    "replies": ("mx", "return_path"),
}
MISSING = ("spf_record_none", "key_absent", "dmarc_absent", "mx_absent")


class MailDomainCheck(models.Model):
    # A file for each concern.
    _inherit = "mail.domain.check"  # pylint: disable=R8180

    def _get_item_group(self):
        """Return to which group of the checklist the check belongs."""
        if self._is_on_its_way():
            return "waiting"
        return GROUP_OF_STATUS.get(self.shown_status, "passed")

    def _get_item_level(self):
        """Return the status; of what is on its way "pending"."""
        return "pending" if self._is_on_its_way() else self.status

    def _is_on_its_way(self):
        return self.pending and self.status not in ("pass", "temperror")

    def _prepare_item(self):
        """Return the check as an item of the checklist, still without records."""
        level = self._get_item_level()
        words = dict(self._fields["shown_status"]._description_selection(self.env))
        on_its_way = self.env._("On its way")
        return {
            "key": ":".join(filter(None, [self.code, self.subject])),
            "title": self.title,
            "level": level,
            "word": on_its_way if level == "pending" else words[self.shown_status],
            "sentence": self._explain_first(),
            "pending": level == "pending" and self._describe_pending(),
            "pending_until": level == "pending" and to_iso(self.pending_until),
            "seen": to_iso(self.checked_on),
            "see": False,
            "fixes": [],
            "evidence": [
                {"title": title, "text": text} for title, text in self._list_evidence()
            ],
        }

    def _describe_pending(self):
        """Return until when others may not see what the zone's own servers have."""
        minutes = self._count_pending_minutes()
        if self.code == "dkim_key":
            # Signed mails would fail where the key is not seen.
            return self.env._(
                "Your DNS host has it; others may see the old one for another "
                "%(minutes)s min. Odoo signs with a new key once others see it.",
                minutes=minutes,
            )
        return self.env._(
            "Your DNS host has it; others may see the old one for another %(minutes)s "
            "min.",
            minutes=minutes,
        )

    # ---------------------------------------------------------------- answers

    def _list_answers(self, kinds=("spf", "dkim", "dmarc")):
        """Return what the checks of each kind say together, in one word.

        :param kinds: of :data:`ANSWERS`.
        """
        return [self._prepare_answer(kind) for kind in kinds]

    def _prepare_answer(self, kind):
        rows = self.filtered(lambda row: row.code.startswith(ANSWERS[kind]))
        level = rows._judge_together()
        return {
            "kind": kind,
            "title": self._get_answer_title(kind),
            "level": level,
            "word": rows._get_answer_word(level),
        }

    def _judge_together(self):
        """Return the level of the worst of these checks, "unknown" for none."""
        if not self:
            return "unknown"
        # What is on its way counts where nothing else is wrong.
        order = {"pending": SEVERITY["warning"] + 0.5}
        worst = min(
            self, key=lambda row: order.get(row._get_item_level(), row.severity)
        )
        level = worst._get_item_level()
        if level != "info":
            return level
        if self._is_unsigned():
            return "warning"
        is_open = any(row.shown_status == "open" for row in self)
        return "unknown" if is_open else "pass"

    def _is_unsigned(self):
        """Whether a key of ours waits to be published, and no other one signs."""
        waits = any(row._is_waiting_key() for row in self)
        return waits and "pass" not in self.mapped("status")

    def _is_waiting_key(self):
        """Whether the check is about a key of ours that does not sign yet."""
        return any(code == "key_not_active" for code, _p in self.reasons or ())

    def _get_answer_word(self, level):
        """Return a level in one word; of a failure whether there is anything."""
        words = {
            "pass": self.env._("Good"),
            "pending": self.env._("Underway"),
            "warning": self.env._("Improvable"),
            "temperror": self.env._("Unanswered"),
            "fail": self.env._("Broken"),
            "unknown": self.env._("Unproven") if self else self.env._("Unchecked"),
        }
        if level == "warning" and self._is_unsigned():
            return self.env._("Missing")
        if level in ("fail", "warning") and self._is_missing(level):
            return self.env._("Missing")
        return words[level]

    def _is_missing(self, level):
        """Whether nothing is there at all of what has this level."""
        failed = self.filtered(lambda row: row.status == level)
        return any((row.reasons or [[""]])[0][0] in MISSING for row in failed)

    @api.model
    def _get_answer_title(self, kind):
        titles = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}
        return titles.get(kind) or self.env._("Replies come back")


def to_iso(moment):
    """Return a moment as ISO 8601 in UTC, False for none."""
    return moment and f"{moment.replace(microsecond=0).isoformat()}Z"
