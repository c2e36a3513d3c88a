# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What stands on top of a verdict: one sentence, the grade, three answers."""

from odoo import models
from odoo.tools.translate import LazyTranslate

from ...mailauth.message.reasons import GRADES
from .mail_test_message_findings import NOTHING

_lt = LazyTranslate(__name__)

LEVEL_OF_GRADE = {"A": "pass", "B": "warning", "C": "warning", "D": "fail", "F": "fail"}
LEVEL_OF_STATE = {"lost": "fail", "failed": "fail", "done": "unknown"}

# What is said of a message without a judgement, by its state.
STATES = {
    "draft": _lt("The test message has not been sent yet."),
    "sending": _lt("The test message is being sent."),
    "waiting": _lt("The test message is on its way."),
    "judging": _lt("The message is being judged: DNS is asked what it proves."),
    "lost": _lt("The test message has not come back within a day."),
    "failed": _lt("The message could not be judged."),
    "done": _lt("There is no verdict on this message."),
}

# problems that need no explanation
# What is to be known of a message that was found.
NOTES = {
    "attached": _lt(
        "What you gave is a forward. Explained is the mail that is attached to it."
    ),
    "several": _lt("More than one is attached; this is the first."),
    "header_only": _lt(
        "Only the header was given. Whether the text was changed on the way, and so "
        "whether DKIM passes, can't be told without the whole source."
    ),
    "inline_forward": _lt(
        "This looks like a forward of another mail. What you see is about the forward: "
        "how the original arrived can't be told from it. Ask for its source, or ask "
        "to forward it as an attachment."
    ),
    "report": _lt(
        "This is a report about another mail. What you see is about the report, not "
        "about that mail."
    ),
    "cut": _lt("What stood before the header was left out."),
}


class MailTestMessage(models.Model):
    """The top of a verdict."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def _get_level(self, verdict):
        """Return how the sentence on top looks."""
        if verdict.get("grade"):
            return LEVEL_OF_GRADE[verdict["grade"]]
        if verdict and self._is_unanswered(verdict):
            return "temperror"
        return LEVEL_OF_STATE.get(self.state, "pending")

    def _get_headline(self, verdict):
        """Return the one sentence on top."""
        if not verdict:
            return self._get_state_headline()
        if verdict.get("proves_nothing"):
            return self.env._("This message proves nothing.")
        if not verdict.get("grade"):
            return self._get_open_headline(verdict)
        return getattr(self, f"_get_headline_{verdict['grade'].lower()}")(verdict)

    def _get_state_headline(self):
        if self.state == "failed" and self.failure:
            return self.failure
        if self.state == "lost" and not self.to_own:
            return self.env._("Nobody has handed the message back within a day.")
        return self.env._(STATES[self.state])

    def _get_open_headline(self, verdict):
        if self._is_unanswered(verdict):
            return self.env._("DNS did not answer, so there is no verdict yet.")
        return self.env._("Not all of it can be told from this message.")

    def _get_headline_a(self, _verdict):
        return self.env._(
            "SPF, DKIM and DMARC pass by the published rules of Gmail, Microsoft and "
            "Yahoo."
        )

    def _get_headline_b(self, verdict):
        return self.env._(
            "SPF, DKIM and DMARC pass, but something else that large receivers ask for "
            "is missing: %(title)s.",
            title=self._get_first_title(verdict),
        )

    def _get_headline_c(self, verdict):
        dmarc = verdict["dmarc"]
        words = {"domain": self._get_from_domain(verdict)}
        if not dmarc.get("policy"):
            return self.env._(
                "%(domain)s has no DMARC record, which large receivers ask for.",
                **words,
            )
        if dmarc.get("aligned_dkim"):
            return self.env._(
                "DKIM proves that the message comes from %(domain)s, but SPF does not: "
                "receivers who ask for both distrust it.",
                **words,
            )
        if dmarc.get("aligned_spf"):
            return self.env._(
                "SPF proves that the message comes from %(domain)s, but DKIM does not: "
                "it is distrusted as soon as somebody forwards it.",
                **words,
            )
        return self._get_first_title(verdict)

    def _get_headline_d(self, verdict):
        return self.env._(
            "Nothing proves that this message comes from %(domain)s: it may be taken "
            "for spam, or refused.",
            domain=self._get_from_domain(verdict),
        )

    def _get_headline_f(self, verdict):
        return self.env._(
            "Receivers would refuse this message: %(title)s.",
            title=self._get_first_title(verdict),
        )

    def _get_first_title(self, verdict):
        """Return the title of the finding that decided."""
        rows = verdict.get("findings") or []
        heavy = [row for row in rows if row.get("weakens") == verdict["grade"]]
        for row in heavy or rows:
            return self._prepare_finding(row)["title"]
        return ""

    def _list_remarks(self, verdict):
        """Return what stands below the one sentence."""
        remarks = self._list_source_remarks()
        if not verdict:
            return remarks + self._list_state_remarks()
        if verdict.get("proves_nothing"):
            return remarks + self._list_nothing_remarks(verdict)
        if verdict.get("grade"):
            remarks.append(
                self.env._(
                    "Inbox or spam also depends on reputation, which can't be seen "
                    "from here."
                )
            )
        address = self.kind == "trip" and self._get_offered_address()
        if address:
            remarks.append(
                self.env._(
                    "It left from %(address)s. Odoo can remember this address for the "
                    "server, and check that SPF lists it.",
                    address=address,
                )
            )
        return remarks

    def _list_state_remarks(self):
        if self._is_handed_back():
            return [
                self.env._(
                    "It goes to %(address)s. Open it there, and hand it back: the "
                    "mail itself says to which address to forward it as an attachment. "
                    "Or paste its source here.",
                    address=self.email_to,
                )
            ]
        if self.state in ("sending", "waiting", "judging"):
            return [
                self.env._(
                    "You need not wait here: this page shows by itself what comes of "
                    "it."
                )
            ]
        if self.state == "lost" and self.to_own:
            return [self.env._("What follows says where to look, in this order.")]
        return []

    def _list_nothing_remarks(self, verdict):
        """Return why a message proves nothing, and what to do instead."""
        rows = verdict.get("findings") or ()
        items = [self._prepare_finding(row) for row in rows if row["code"] == NOTHING]
        texts = [text for item in items for text in (item["sentence"], item["todo"])]
        return [text for text in texts if text]

    def _list_grades(self, grade):
        """Return what the grades mean, and which one it is."""
        return [
            {
                "letter": letter,
                "meaning": self._get_meaning(meaning),
                "is_it": letter == grade,
            }
            for letter, meaning in GRADES.items()
            if letter
        ]

    def _get_meaning(self, text):
        """Return what a grade means, as a sentence begins."""
        text = self._translate_core(text)
        return text[:1].upper() + text[1:]

    def _list_source_remarks(self):
        """Return what is to be known of how the message was found, as sentences."""
        notes = self.sudo().source_notes or ()
        return [self.env._(NOTES[note]) for note in notes if note in NOTES]
