# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The ladder to p=reject, as the page of a domain's reports shows it."""

from odoo import models
from odoo.tools import formatLang
from odoo.tools.i18n import format_list

from ...mailauth.dmarc.ladder import DAYS, MESSAGES, RUNG_TAGS, judge_ladder
from ...mailauth.dns.names import display_name
from ...mailauth.from_filter import fold_address
from ...mailauth.printable import shorten
from ..tools.host_names import fold

SHOWN = 5  # names of what is missing
LONGEST = 60  # characters of one


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def get_dmarc_page(self, days=28):
        """Add ``ladder`` (when p=reject is safe) and ``reconciled`` (what was sent)."""
        page = super().get_dmarc_page(days)
        parts = {
            "ladder": self._describe_ladder(),
            "reconciled": self._reconcile(page["days"]),
        }
        return page | parts

    def action_take_dmarc_step(self):
        """Open the guided setup, whose DMARC card proposes the step.

        DNS is asked before: the card shows what the last check has found.

        :return: the action.
        :raises AccessError: who is no administrator of one of its companies.
        """
        self._check_may_see_authentication()
        self.ensure_one()
        self._judge_dmarc_step()
        self.action_check_authentication()
        return self.action_set_up()

    def _describe_ladder(self):
        """Return what to do next, and each condition with what speaks for it.

        :return: ``rung`` and ``step`` (codes, "" for none), ``rungs`` (code, text,
            ``state``: "done", "now", "next" or "later"), ``level`` (as of items of
            the checklist), ``headline``, ``is_back``, ``conditions`` (code, met,
            title, evidence), ``rare`` ("yes", "no", "") and ``inbox``.
        """
        self.ensure_one()
        evidence = self._collect_evidence()
        ladder = judge_ladder(evidence)
        return {
            "rung": ladder.rung or "",
            "step": ladder.step,
            "is_back": ladder.is_back,
            "level": self._get_ladder_level(ladder, evidence),
            "headline": self._get_ladder_headline(ladder, evidence),
            "rungs": self._list_rungs(ladder),
            "conditions": [
                self._describe_condition(one, evidence) for one in ladder.conditions
            ],
            "rare": self.sudo().dmarc_is_rare or "",
            "inbox": self._describe_inbox(),
        }

    def _get_ladder_level(self, ladder, evidence):
        if ladder.is_back:
            return "fail"
        if ladder.rung == "reject":
            return "pass" if evidence.own else "info"
        return "warning" if ladder.step else "info"

    def _get_ladder_headline(self, ladder, evidence):
        if ladder.rung is None:
            return self._tell_no_rung()
        steps = {"old": _write(ladder.rung), "new": _write(ladder.step)}
        if ladder.is_back:
            return self.env._(
                "Emails of your own fail: go back from %(old)s to %(new)s until they "
                "pass again.",
                **steps,
            )
        if ladder.step:
            return self.env._(
                "All conditions are met: the next step is from %(old)s to %(new)s.",
                **steps,
            )
        if not ladder.above and not evidence.own:
            return self.env._(
                "Receivers are asked to refuse what is not yours. No report since then "
                "has told yet whether they recognize your own emails."
            )
        if not ladder.above:
            return self.env._(
                "Receivers are asked to refuse what is not yours. There is nothing "
                "stricter; your own emails are still watched."
            )
        return self.env._(
            "Stay at %(old)s for now: %(met)s of %(count)s conditions are met.",
            old=steps["old"],
            met=sum(one.met for one in ladder.conditions),
            count=len(ladder.conditions),
        )

    def _tell_no_rung(self):
        """Return why it is not known what the domain's own record asks for."""
        domain = display_name(self.name)
        rows = self.sudo().auth_check_ids
        row = rows.filtered(lambda one: one.code == "dmarc_record")[:1]
        if not row or row.status == "temperror":
            return self.env._(
                "It is not known yet what the DMARC record of %(domain)s asks for. "
                "The guided setup looks it up.",
                domain=domain,
            )
        if row.found and row.record_name != f"_dmarc.{fold(self.name)}":
            return self.env._(
                "For %(domain)s the DMARC record at %(name)s counts. Steps are taken "
                "there, for all domains below.",
                domain=domain,
                name=display_name(row.record_name),
            )
        return self.env._(
            "%(domain)s has no DMARC record that counts. The guided setup shows which "
            "one to publish; then the reports begin.",
            domain=domain,
        )

    def _list_rungs(self, ladder):
        """Return the steps of the ladder, in their order."""
        texts = {
            "none": self.env._("Receivers only report."),
            "testing": self.env._("A rehearsal: announced, not applied yet."),
            "quarantine": self.env._("What is not yours lands in spam."),
            "reject": self.env._("What is not yours is refused."),
        }
        order = list(texts)
        now = order.index(ladder.rung) if ladder.rung else -1
        states = {now: "now", now + 1: "next"}
        return [
            {
                "code": code,
                "record": _write(code),
                "text": text,
                "state": states.get(place, "done" if place < now else "later"),
            }
            for place, (code, text) in enumerate(texts.items())
        ]

    # ------------------------------------------------------------ conditions

    def _describe_condition(self, condition, evidence):
        describe = {
            "period": self._describe_period,
            "rare": self._describe_rare,
            "named": self._describe_named,
            "passing": self._describe_passing,
            "signed": self._describe_signed,
        }[condition.code]
        title, text = describe(condition, evidence)
        return {
            "code": condition.code,
            "met": condition.met,
            "title": title,
            "evidence": text,
        }

    def _describe_period(self, condition, evidence):
        title = self.env._("Reports of %(days)s days", days=condition.needed_days)
        if condition.needed_days == DAYS:
            title = self.env._(
                "Reports of 28 days, on %(count)s emails or more", count=MESSAGES
            )
        text = self.env._(
            "Since %(policy)s was published: %(days)s days so far, with %(own)s emails "
            "of yours; in the last 28 days of these there are %(count)s emails in your "
            "name.",
            policy=_write(evidence.rung),
            days=evidence.days,
            own=formatLang(self.env, evidence.own, 0),
            count=formatLang(self.env, evidence.messages, 0),
        )
        return title, text

    def _describe_rare(self, _condition, evidence):
        title = self.env._("It is known what you send rarely")
        texts = {
            None: self.env._(
                "Do you send something less than once a month, such as invoices each "
                "quarter? In the reports of a month it would be missing."
            ),
            True: self.env._("Something is sent rarely: so 90 days count."),
            False: self.env._("Nothing is sent less than once a month."),
        }
        return title, texts[evidence.is_rare]

    def _describe_named(self, condition, evidence):
        title = self.env._("Each source of more than 1 % is known")
        if condition.open:
            text = self.env._(
                "Say whether these are yours: %(names)s", names=self._join(condition)
            )
        elif evidence.sources:
            text = self.env._("All of them are.")
        else:
            text = self.env._("None has been reported yet.")
        return title, text

    def _describe_passing(self, condition, evidence):
        title = self.env._("99 % of your own emails pass")
        if not evidence.own:
            return title, self.env._("None of yours has been reported yet.")
        text = self.env._(
            "%(passing)s of %(count)s pass.",
            passing=formatLang(self.env, evidence.own_passing, 0),
            count=formatLang(self.env, evidence.own, 0),
        )
        return title, text if condition.met else self._point_below(text)

    def _describe_signed(self, condition, evidence):
        title = self.env._("DKIM passes at every receiver that reports")
        names = [one.name for one in evidence.reporters]
        if condition.open:
            text = self.env._("It does not at %(names)s.", names=self._join(condition))
            text = self._point_below(text)
        elif not names:
            text = self.env._("No receiver has reported emails of yours yet.")
        elif len(names) == 1:
            name = shorten(names[0] or "?", LONGEST)
            text = self.env._("It does at %(name)s, the only one.", name=name)
        else:
            text = self.env._("It does at all %(count)s of them.", count=len(names))
        return title, text

    def _point_below(self, text):
        more = self.env._("What each of your senders needs stands below.")
        return f"{text} {more}"

    def _join(self, condition):
        names = [shorten(name or "?", LONGEST) for name in condition.open[:SHOWN]]
        more = len(condition.open) - SHOWN
        if more > 0:
            names.append(self.env._("%(count)s more", count=more))
        return format_list(self.env, names)

    # ------------------------------------------------------------ the address

    def _describe_inbox(self):
        """Return whether reports can come in by themselves."""
        state, test = self._test_report_inbox()
        address = self._get_report_inbox()
        proven, _zone = self._find_report_inbox()
        texts = {
            "untried": self.env._(
                "Odoo reads what is sent to %(address)s. Try whether it gets there: "
                "then the guided setup adds it to the DMARC record.",
                address=address,
            ),
            "waiting": self.env._(
                "A test message to %(address)s is on its way.", address=address
            ),
            "back": self.env._(
                "A test message to %(address)s has come in. Reports come in as well, "
                "once the DMARC record names this address: the guided setup adds it.",
                address=proven,
            ),
        }
        is_named = self._is_report_inbox_named(proven)
        if is_named:
            texts["back"] = self.env._(
                "Reports come in at %(address)s: the DMARC record names it, and a test "
                "message has come in there.",
                address=proven,
            )
        if not address:
            texts["untried"] = self._explain_no_inbox()
        # One of another domain does, where none has reached the domain's own.
        state = "back" if proven else state
        text = texts.get(state) or self.env._(
            "The test message to %(address)s has not come in. Until one does, upload "
            "reports here.",
            address=address,
        )
        return {
            "address": address,
            "state": state,
            "text": text,
            "is_named": is_named,
            "test_id": test.id or False,
        }

    def _is_report_inbox_named(self, address):
        """Whether the domain's record, as the last check saw it, names an address."""
        record = self._find_own_dmarc()
        named = {fold_address(one.address) for one in record.rua} if record else set()
        return address in named


def _write(rung):
    """Return what a record on a rung has, "" for none."""
    if not rung:
        return ""
    policy, pct, testing = RUNG_TAGS[rung]
    return f"p={policy}; pct={pct}; t={testing}" if testing else f"p={policy}"
