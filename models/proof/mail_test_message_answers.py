# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The three questions of receivers, with what they find in one message."""

import itertools

from odoo import models
from odoo.tools.translate import LazyTranslate

from ...mailauth.dns.names import display_name
from .mail_test_message_findings import pair_evidence

_lt = LazyTranslate(__name__)

MAX_LINES = 100  # of an evaluation of SPF
MAX_DEPTH = 12
# Of a result that is not here it is a warning.
LEVEL_OF_RESULT = {
    "pass": "pass",
    "fail": "fail",
    "permerror": "fail",
    "temperror": "temperror",
    "unknown": "unknown",
}
# The best of several signatures decides, in this order.
RESULTS = ("pass", "temperror", "unknown", "policy", "fail", "permerror", "none")

COUNTS = {True: "aligned", False: "not aligned"}

QUESTIONS = {
    "spf": _lt("SPF (may this server send?)"),
    "dkim": _lt("DKIM (is the signature right?)"),
    "dmarc": _lt("DMARC (does it prove who the sender is?)"),
}
WORDS = {
    "pass": _lt("Pass"),
    "fail": _lt("Fail"),
    "softfail": _lt("Probably not"),
    "neutral": _lt("Nothing is said"),
    "policy": _lt("Not accepted"),
    "permerror": _lt("Broken"),
    "temperror": _lt("No answer"),
    "unsigned": _lt("No signature"),
    "none": _lt("No record"),
    "unknown": _lt("Can't be told"),
}
SPF = {
    "pass": _lt("%(address)s may send for %(domain)s."),
    "other": _lt(
        "%(address)s may send for %(domain)s, which is not the domain that recipients "
        "see."
    ),
    "fail": _lt("%(domain)s says that %(address)s may not send."),
    "softfail": _lt("%(domain)s says that %(address)s should not send."),
    "neutral": _lt("%(domain)s leaves open whether %(address)s may send."),
    "none": _lt("%(domain)s does not say who may send."),
    "permerror": _lt("The SPF record of %(domain)s can't be used."),
    "temperror": _lt("DNS did not answer what %(domain)s says."),
    "unknown": _lt("It is not known which server handed it over, and for whom."),
}
DKIM = {
    "pass": _lt("Signed by %(domain)s, and not changed since."),
    "other": _lt("Signed by %(domain)s, which is not the domain that recipients see."),
    "fail": _lt("The signature of %(domain)s does not fit the message."),
    "policy": _lt(
        "The signature of %(domain)s fits, but receivers need not accept it."
    ),
    "permerror": _lt("The signature of %(domain)s can't be checked."),
    "temperror": _lt("DNS did not give the key of %(domain)s."),
    "unsigned": _lt("The message is not signed."),
    "unknown": _lt("Whether a signature fits can't be told from here."),
}
DMARC = {
    "pass": _lt("What passes belongs to %(domain)s, the domain that recipients see."),
    "reject": _lt("%(domain)s asks receivers to refuse such mails."),
    "quarantine": _lt(
        "%(domain)s asks receivers to put such mails into the spam folder."
    ),
    "fail": _lt("%(domain)s asks for nothing to be done about such mails."),
    "none": _lt("%(domain)s has no DMARC record."),
    "temperror": _lt("DNS did not answer what %(domain)s asks for."),
    "permerror": _lt("It can't be told which domain counts."),
    "unknown": _lt("It depends on the other two."),
}


class MailTestMessage(models.Model):
    """The three answers of a verdict."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def _list_answers(self, verdict):
        """Return what receivers find, for each of their three questions."""
        if not verdict:
            return []
        return [
            self._answer("spf", *self._answer_spf(verdict), verdict),
            self._answer("dkim", *self._answer_dkim(verdict), verdict),
            self._answer("dmarc", *self._answer_dmarc(verdict), verdict),
        ]

    def _answer(self, kind, result, level, sentence, verdict):
        return {
            "kind": kind,
            "title": self.env._(QUESTIONS[kind]),
            "level": level or LEVEL_OF_RESULT.get(result, "warning"),
            "word": self._get_word(result),
            "sentence": sentence,
            "evidence": getattr(self, f"_prove_{kind}")(verdict[kind]),
        }

    def _get_word(self, result):
        return self.env._(WORDS.get(result, WORDS["unknown"]))

    def _say(self, texts, key, **words):
        """Return a sentence of a table in the user's language."""
        sentence = self.env._(texts.get(key, texts["unknown"]))
        return sentence % words

    def _answer_spf(self, verdict):
        """Return the result of SPF, its level where that is another, and a sentence."""
        spf = verdict["spf"]
        result, domain = spf["result"], spf.get("domain") or ""
        words = {"domain": display_name(domain), "address": verdict["client_ip"]}
        if result == "pass" and not verdict["dmarc"].get("aligned_spf"):
            return result, "warning", self._say(SPF, "other", **words)
        key = result if domain and words["address"] else "unknown"
        return result, "", self._say(SPF, key, **words)

    def _answer_dkim(self, verdict):
        """The same of DKIM: the best signature counts."""
        signatures = verdict.get("dkim") or ()
        if not signatures:
            return "unsigned", "", self._say(DKIM, "unsigned")
        best = min(signatures, key=_rank_signature(verdict))
        result = best["result"]
        domain = display_name(best.get("domain") or "") or self.env._("unknown")
        if result == "pass" and not verdict["dmarc"].get("aligned_dkim"):
            return result, "warning", self._say(DKIM, "other", domain=domain)
        return result, "", self._say(DKIM, result, domain=domain)

    def _answer_dmarc(self, verdict):
        """The same of DMARC, and the policy that would apply."""
        dmarc = verdict["dmarc"]
        result = key = dmarc["result"]
        if result == "fail" and dmarc.get("policy") in DMARC:
            key = dmarc["policy"] if dmarc["policy"] != "none" else "fail"
        domain = self._get_from_domain(verdict)
        return result, "", self._say(DMARC, key, domain=domain)

    # ------------------------------------------------------------ evidence

    def _prove_spf(self, spf):
        """Return title and text of what the answer of SPF stands on."""
        lines = list(itertools.islice(_draw_trace(spf.get("trace"), 0), MAX_LINES))
        lookups = self.env._(
            "%(lookups)s of 10 lookups, %(void)s of 2 without an answer",
            lookups=spf.get("lookups", 0),
            void=spf.get("void_lookups", 0),
        )
        parts = [
            (self.env._("Reason"), spf.get("detail") or spf.get("problem")),
            (self.env._("What the domain says about it"), spf.get("explanation")),
            (self.env._("How SPF came to it"), "\n".join(lines)),
            (self.env._("Lookups"), lookups if lines else ""),
        ]
        return pair_evidence(parts)

    def _prove_dkim(self, signatures):
        """The same of DKIM, for each signature."""
        title = self.env._("Signature")
        return pair_evidence((title, _draw_signature(one)) for one in signatures or ())

    def _prove_dmarc(self, dmarc):
        """The same of DMARC: where its record was looked for, and what counts."""
        walk = [
            f"_dmarc.{step['domain']}: {step['status']} {' '.join(step['found'])}"
            for step in dmarc.get("walk") or ()
        ]
        aligned = [
            f"{one['method']} {one.get('domain')} ({one.get('mode')}):"
            f" {COUNTS.get(one.get('aligned'), '?')}"
            for one in dmarc.get("alignments") or ()
        ]
        parts = [
            (self.env._("Records"), "\n".join(walk)),
            (self.env._("Policy"), dmarc.get("policy")),
            (self.env._("Does what passes belong to the sender?"), "\n".join(aligned)),
        ]
        return pair_evidence(parts)


def _draw_signature(one):
    """Return one signature and its key as lines."""
    key = "\n".join(map(str, one.get("key_found") or ()))
    bits = one.get("key_bits")
    lines = [
        " ".join(
            f"{tag}={one[name]}"
            for tag, name in (("d", "domain"), ("s", "selector"), ("a", "algorithm"))
            if one.get(name)
        ),
        " ".join(str(one.get(name) or "") for name in ("result", "problem", "detail")),
        f"{one.get('key_name')}: {key}" if one.get("key_name") else "",
        f"{bits} bit" if bits else "",
    ]
    return "\n".join(line.strip() for line in lines if line.strip())


def _draw_trace(step, depth):
    """Yield the lines of an evaluation of SPF, what a term led to below it."""
    if not isinstance(step, dict) or depth > MAX_DEPTH:
        return
    found = ", ".join(map(str, step.get("found") or ()))
    line = f"{step.get('domain')}: {step.get('term')} -> {step.get('outcome')}"
    yield "  " * depth + line + (f" ({found})" if found else "")
    for child in step.get("children") or ():
        yield from _draw_trace(child, depth + 1)


def _rank_signature(verdict):
    """Return what orders signatures: of equals the sender's own domain is first."""
    sender = verdict.get("from_domain") or ""

    def rank(signature):
        domain = signature.get("domain") or ""
        is_own = bool(domain) and f".{sender}".endswith(f".{domain}")
        result = signature["result"]
        place = RESULTS.index(result) if result in RESULTS else len(RESULTS)
        return place, not is_own

    return rank
