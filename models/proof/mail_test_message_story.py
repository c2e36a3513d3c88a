# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What has happened to a message, in the order of events."""

from datetime import UTC, datetime

from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from ...mailauth.dns.names import display_name
from .mail_test_message_answers import LEVEL_OF_RESULT

_lt = LazyTranslate(__name__)

LEGS = {
    ("bounce", "waiting"): _lt(
        "Do bounces come back? A message to %(address)s is on its way."
    ),
    ("bounce", "back"): _lt("Bounces come back: %(address)s works."),
    ("bounce", "lost"): _lt(
        "Bounces do not come back: nothing arrived of what was sent to %(address)s."
    ),
    ("bounce", "failed"): _lt(
        "Whether bounces come back is not known: nothing could be sent to %(address)s."
    ),
    ("reply", "waiting"): _lt(
        "Do answers come back? A message to %(address)s is on its way."
    ),
    ("reply", "back"): _lt("Answers come back: %(address)s works."),
    ("reply", "lost"): _lt(
        "Answers do not come back: nothing arrived of what was sent to %(address)s."
    ),
    ("reply", "failed"): _lt(
        "Whether answers come back is not known: nothing could be sent to %(address)s."
    ),
}
LAST_SECOND = 253_370_764_800  # in the year 9999
LEVEL_OF_LEG = {"back": "pass", "waiting": "pending", "lost": "fail", "failed": "fail"}
MAX_REPORTED = 20
# Levels as the story of waiting has them, and as all others do.
LEVELS = {"success": "pass", "danger": "fail"}
MAX_EVENTS = 60


class MailTestMessage(models.Model):
    """The story of a message that was judged, and of its legs."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def _list_story(self, verdict):
        """Return the events of a message that was judged."""
        if not verdict:
            return []
        return [
            self._story_written(verdict),
            *self._story_signatures(verdict),
            *self._story_handed(),
            *self._story_hops(verdict),
            *self._story_reported(verdict),
            *self._story_back(),
            self._story_judged(verdict),
        ][:MAX_EVENTS]

    def _story_written(self, verdict):
        details = []
        if verdict.get("mail_from"):
            details.append(self.env._("Bounces go to: %s", verdict["mail_from"]))
        if verdict.get("mail_from") == "":
            details.append(
                self.env._("Nobody gets bounces: its envelope names no sender.")
            )
        if self.kind == "trip" and self.email_to:
            details.append(self.env._("Sent to: %s", self.email_to))
        if not verdict.get("from_domain"):
            return _event(
                "written", self.env._("Written by an unknown sender."), details
            )
        domain = display_name(verdict["from_domain"])
        sentence = self.env._("Written in the name of %(domain)s.", domain=domain)
        return _event("written", sentence, details)

    def _story_signatures(self, verdict):
        """Return an event for each signature, in the order of the header."""
        for one in verdict.get("dkim") or ():
            domain = display_name(one.get("domain") or "") or self.env._("unknown")
            sentence = self.env._("Signed by %(domain)s.", domain=domain)
            if one["result"] != "pass":
                sentence = self.env._(
                    "Signed by %(domain)s: %(word)s.",
                    domain=domain,
                    word=self._get_word(one["result"]),
                )
            details = [
                f"{label}: {one[name]}"
                for label, name in (
                    (self.env._("Selector"), "selector"),
                    (self.env._("Algorithm"), "algorithm"),
                    (self.env._("Result"), "result"),
                    (self.env._("Reason"), "problem"),
                    (self.env._("Evidence"), "detail"),
                )
                if one.get(name)
            ]
            level = LEVEL_OF_RESULT.get(one["result"], "warning")
            yield _event("signed", sentence, details, level)

    def _story_handed(self):
        """Return that Odoo has handed it to a server, of a test message."""
        if not self.sent_on:
            return
        sentence = self.env._("Odoo handed it to the outgoing mail server.")
        if self.smtp_server:
            sentence = self.env._(
                "Odoo handed it to %(server)s.", server=self.smtp_server
            )
        details = [self.smtp_reply] if self.smtp_reply else []
        when = fields.Datetime.to_string(self.sent_on)
        yield _event("handed", sentence, details, when=when)

    def _story_hops(self, verdict):
        """Return an event for each server on the way, the first one first."""
        hops = list(verdict.get("hops") or ())
        client = verdict.get("client_ip")
        is_known = False
        for hop in reversed(hops):
            handing = bool(client) and hop.get("from_ip") == client and not is_known
            is_known = is_known or handing
            details = [hop["raw"]] if hop.get("raw") else []
            yield _event(
                "arrived" if handing else "hop",
                " ".join(filter(None, self._story_hop(hop, handing))),
                details,
                "warning" if handing and hop.get("tls") is False else "info",
                _to_moment(hop.get("time")),
            )

    def _story_hop(self, hop, handing):
        """Return the sentences of one server: who gave it to whom, how, how long."""
        client = hop.get("from_name") or hop.get("from_host")
        source = " ".join(
            filter(None, [client, hop.get("from_ip") and f"[{hop['from_ip']}]"])
        )
        words = {"by": hop.get("by") or self.env._("A server"), "client": source}
        if handing:
            yield self.env._(
                "%(by)s took it over from outside, from %(client)s.", **words
            )
        elif source:
            yield self.env._("%(by)s took it from %(client)s.", **words)
        else:
            yield self.env._("%(by)s took it.", **words)
        if hop.get("tls"):
            yield self.env._("The connection was encrypted.")
        elif hop.get("tls") is False and source:
            yield self.env._("The connection was not encrypted.")
        yield self._story_delay(hop.get("delay"))

    def _story_delay(self, delay):
        """Say how long it was on its way to a server, where it took any time."""
        if delay is None or -2 <= delay <= 2:
            return ""
        if delay < 0:
            return self.env._(
                "Its clock is %(count)s s behind the one before.", count=-delay
            )
        if delay < 120:
            return self.env._("After %(count)s s.", count=delay)
        if delay < 2 * 3600:
            return self.env._("After %(count)s min.", count=delay // 60)
        return self.env._("After %(count)s h.", count=delay // 3600)

    def _story_reported(self, verdict):
        """Return what receivers themselves say of it, one event for each."""
        hosts = {}
        for one in (verdict.get("reported") or ())[:MAX_REPORTED]:
            hosts.setdefault((one.get("host"), one.get("trusted")), []).append(one)
        for (host, trusted), results in hosts.items():
            said = ", ".join(f"{one['method']}={one['result']}" for one in results)
            words = {"host": host or self.env._("The receiver"), "said": said}
            if trusted:
                yield _event(
                    "reported", self.env._("%(host)s found: %(said)s.", **words)
                )
            else:
                sentence = self.env._(
                    "%(host)s is said to have found: %(said)s. Anybody may have "
                    "written this.",
                    **words,
                )
                yield _event("reported", sentence, level="unknown")

    def _story_back(self):
        """Return that it is back, and what else has come that names it."""
        if self.kind != "trip" or not self.back_on:
            return
        arrival = self.leg_ids.filtered(lambda leg: leg.kind == "arrival")[:1]
        details = [arrival.note] if arrival.note else []
        when = fields.Datetime.to_string(self.back_on)
        yield _event("back", self.env._("It came back to Odoo."), details, when=when)
        for leg in self.leg_ids:
            if event := self._tell_stray(leg):
                yield prepare_event(event)

    def _story_judged(self, verdict):
        if verdict.get("grade"):
            sentence = self.env._("Odoo judged it: %(grade)s.", grade=verdict["grade"])
        else:
            sentence = self.env._("Odoo looked at it, and gives no grade.")
        return _event("judged", sentence, level=self._get_level(verdict))

    # ---------------------------------------------------------------- legs

    def _list_legs(self):
        """Return what else comes back, as events, and where bounces really go."""
        legs = self.leg_ids.filtered(lambda leg: leg.kind != "arrival").sorted("id")
        # While it is awaited the story of waiting says where they go.
        bounces = self.state == "done" and legs and self.sudo()._tell_bounces()
        return [
            *([prepare_event(bounces)] if bounces else []),
            *map(self._prepare_leg, legs),
        ]

    def _prepare_leg(self, leg):
        """Return a leg as an event."""
        return _event(
            leg.kind,
            self._describe_leg(leg),
            [leg.note] if leg.note else [],
            LEVEL_OF_LEG[leg.state],
            leg.back_on and fields.Datetime.to_string(leg.back_on),
        ) | {"open": leg.state == "waiting" and self.state != "draft"}

    def _describe_leg(self, leg):
        text = self.env._(LEGS[leg.kind, leg.state])
        return text % {"address": leg.email_to or ""}


def prepare_event(event):
    """Return an event of the story of waiting with the levels of all others."""
    return {**event, "level": LEVELS.get(event["level"], event["level"])}


def _event(key, sentence, details=(), level="info", when=False):
    return {
        "key": key,
        "when": when or False,
        "level": level,
        "sentence": sentence,
        "details": list(details),
    }


def _to_moment(seconds):
    """Return a moment as clients read it, False where there is none that can be."""
    if not isinstance(seconds, int) or not 0 < seconds < LAST_SECOND:
        return False
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return fields.Datetime.to_string(moment)
