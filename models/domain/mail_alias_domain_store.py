# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from datetime import timedelta

from odoo import fields, models

from ...mailauth.domain.obstacle import find_obstacle
from .mail_alias_domain_networks import prepare_networks
from .mail_domain_check import SEVERITY, get_shown_status

CLOSELY = timedelta(days=1)
HOUR = timedelta(hours=1)
JITTER_HOURS = 4
MAX_KEPT = 7 * 24 * 3600  # seconds
# What is known of a check, and stays so through one silence of DNS.
KEPT = (
    *("status", "found", "expected", "reasons", "pending", "pending_until"),
    "watched_status",
)


class MailAliasDomain(models.Model):
    """What an audit found, kept: the checks, their history, when the next is due."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _store(self, audit, watching, looking=False):
        """Keep the results; history, next check and alarms follow.

        :param audit: an :class:`Audit`.
        :param watching: asked by the cron: one silence of DNS is no news, and
            administrators are told of a change for the worse.
        :param looking: asked by a page that looks again and again: a silence of DNS is
            left out, and what gets worse is still news for the cron.
        """
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            return  # another check of the same domain is storing its results
        fresh = not self.auth_checked_on
        looking = looking and not fresh
        if looking and is_silence(audit):
            return
        changes = self._store_findings(audit, watching, looking)
        self._store_domain(audit, any(one["is_news"] for one in changes), looking)
        self.env["mail.domain.check.change"].create(
            [one["values"] for one in changes if one["is_news"] and not fresh]
        )
        self._tell(changes if watching and not fresh else [])
        keys = self.sudo().dkim_key_ids.filtered(lambda key: key.state == "active")
        keys.filtered("is_usable")._resolve_alarms()

    def _store_domain(self, audit, is_news, looking):
        """Keep what is known of the whole domain.

        :param is_news: whether something changed: then it is watched closely, and
            also where DNS was silent. What stays as it is needs no haste.
        :param looking: the next check is not put off by those who look meanwhile.
        """
        now = fields.Datetime.now()
        faults = ("fail", "temperror")
        is_news = is_news and (self.auth_checked_on or self.auth_status in faults)
        is_silent = any(self.auth_check_ids.mapped("temperror_once"))
        until = now + CLOSELY if is_news or is_silent else self.auth_watch_until
        due = next_check(now, until)
        values = {
            "auth_checked_on": now,
            "auth_authority_asked": audit.comparison.asked,
            "auth_watch_until": until,
            "auth_next_check": min(due, self.auth_next_check or now)
            if looking
            else due,
        }
        if audit.zone.name:
            values["auth_zone"] = audit.zone.name
            values["auth_nameservers"] = " ".join(audit.zone.nameservers)[:1000]
        if audit.networks is not None:
            values["auth_networks"] = prepare_networks(audit.networks)
        self.write(values)

    def _store_findings(self, audit, watching, looking):
        """Write one row for each finding, and return what changed."""
        known = {(row.code, row.subject or ""): row for row in self.auth_check_ids}
        pending = {(p.code, p.subject): p.ttl for p in audit.comparison.pending}
        changes = []
        for position, finding in enumerate(audit.findings):
            key = (finding.code, _clean(finding.subject))
            row = known.pop(key, self.env["mail.domain.check"])
            if looking and finding.status == "temperror" and row:
                continue
            ttl = pending.get((finding.code, finding.subject))
            values = self._prepare_check(finding, position, ttl)
            if finding.code == "spf_lookups" and not finding.subject:
                values["details"] = _clean(audit.spf_tree)
            if watching:
                _ignore_first_temperror(row, values)
            if change := self._prepare_change(row, key, values, watching):
                changes.append(change)
            if looking:
                values["watched_status"] = _keep_watched(row, values["status"])
            if row:
                row.write(values)
            else:
                row.create({**values, "alias_domain_id": self.id})
        for row in known.values():
            row.unlink()
        return changes

    def _prepare_check(self, finding, position, ttl):
        now = fields.Datetime.now()
        return {
            "code": finding.code,
            "subject": _clean(finding.subject),
            "status": finding.status,
            "found": _clean(finding.found),
            "expected": _clean(finding.expected),
            "reasons": [
                [why.code, [[name, _clean(value)] for name, value in why.params]]
                for why in finding.why
            ],
            "rfc": finding.rfc,
            "record_name": _clean(finding.name),
            "record_type": finding.rdtype,
            "position": position,
            "pending": ttl is not None,
            "pending_until": ttl is not None and now + timedelta(seconds=_bound(ttl)),
            "checked_on": now,
            "temperror_once": False,
            "watched_status": False,
        }

    def _prepare_change(self, row, key, values, watching):
        """Return what became of a check: the history's values, and whether worse."""
        old, new = row.status or False, values["status"]
        old_found, new_found = row.found or "", values["found"]
        is_news = old != new or (old_found != new_found and new != "temperror")
        # What a page has seen meanwhile, administrators have not been told of.
        seen_only = watching and not values["temperror_once"] and row.watched_status
        told = seen_only or old
        if not is_news and told == new:
            return None
        before = SEVERITY.get(told, SEVERITY["pass"])
        return {
            "is_news": is_news,
            "worse": SEVERITY[new] < min(before, SEVERITY["info"]),
            "before": before,
            "key": key,
            "values": {
                "alias_domain_id": self.id,
                "code": key[0],
                "subject": key[1],
                "old_status": row.shown_status if told == old else told,
                "new_status": get_shown_status(new, values["reasons"]),
                "old_found": old_found,
                "new_found": new_found,
            },
        }

    def _note_unusable_key(self, key):
        """Let the state of the domain say it at once; the next check is due now."""
        self.ensure_one()
        checks = self.sudo().auth_check_ids
        row = checks.filtered(
            lambda one: one.code == "dkim_key" and one.subject == key.selector
        )
        values = {
            "status": "fail",
            "reasons": [["key_unusable", []]],
            "checked_on": fields.Datetime.now(),
        }
        if row:
            row.write(values)
        else:
            values |= {"code": "dkim_key", "subject": key.selector}
            checks.create({**values, "alias_domain_id": self.id})
        self.sudo().auth_next_check = False


def _clean(text):
    """PostgreSQL can't keep NUL in a text; the core shows the rest of what is odd."""
    return (text or "").replace("\x00", "\\x00")


def _ignore_first_temperror(row, values):
    """Keep what was known through one silence of DNS; the second counts."""
    if (
        values["status"] != "temperror"
        or row.status == "temperror"
        or row.temperror_once
    ):
        return
    if row:
        values.update({name: row[name] for name in KEPT}, temperror_once=True)


def _keep_watched(row, status):
    """Return what administrators know of a check, False where that is its status."""
    told = row.watched_status or row.status or "pass"
    return told if told != status else False


def is_silence(audit):
    """Whether DNS has said nothing at all of the domain."""
    obstacle = find_obstacle(audit.findings)
    return obstacle is not None and obstacle.code == "dns_silent"


def _bound(ttl):
    """Return for how long others may really keep an answer (RFC 8767 section 4)."""
    return min(ttl, MAX_KEPT)


def next_check(now, watch_until):
    """Return when a domain is due again.

    Not all at the same time of day: nobody's nameservers shall be asked by all at once.

    :param now: when it was checked.
    :param watch_until: until when it is watched closely, or False.
    """
    if watch_until and watch_until > now:
        return now + HOUR
    jitter = random.uniform(-JITTER_HOURS, JITTER_HOURS)
    return now + CLOSELY + timedelta(hours=jitter)
