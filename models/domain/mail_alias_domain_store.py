# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from datetime import timedelta

from odoo import fields, models

from .mail_domain_check import SEVERITY, get_shown_status

CLOSELY = timedelta(days=1)
HOUR = timedelta(hours=1)
JITTER_HOURS = 4


class MailAliasDomain(models.Model):
    """What an audit found, kept: the checks, their history, when the next is due."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _store(self, audit, watching):
        """Keep the results; history, next check and alarms follow.

        :param audit: an :class:`Audit`.
        :param watching: asked by the cron: one silence of DNS is no news, and
            administrators are told of a change for the worse.
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            return  # another check of the same domain is storing its results
        fresh = not self.auth_checked_on
        changes = self._store_findings(audit, watching)
        self._store_domain(audit, is_news=bool(changes))
        self.env["mail.domain.check.change"].create(
            [change["values"] for change in changes if not fresh]
        )
        self._tell(changes if watching and not fresh else [])
        keys = self.sudo().dkim_key_ids.filtered(lambda key: key.state == "active")
        keys.filtered("is_usable")._resolve_alarms()

    def _store_domain(self, audit, is_news):
        """Keep what is known of the whole domain.

        :param is_news: whether something changed: then it is watched closely, and
            also where DNS was silent. What stays as it is needs no haste.
        """
        now = fields.Datetime.now()
        faults = ("fail", "temperror")
        is_news = is_news and (self.auth_checked_on or self.auth_status in faults)
        is_silent = any(self.auth_check_ids.mapped("temperror_once"))
        until = now + CLOSELY if is_news or is_silent else self.auth_watch_until
        values = {
            "auth_checked_on": now,
            "auth_authority_asked": audit.comparison.asked,
            "auth_watch_until": until,
            "auth_next_check": next_check(now, until),
        }
        if audit.zone.name:
            values["auth_zone"] = audit.zone.name
            values["auth_nameservers"] = " ".join(audit.zone.nameservers)[:1000]
        self.write(values)

    def _store_findings(self, audit, watching):
        """Write one row for each finding, and return what changed."""
        known = {(row.code, row.subject or ""): row for row in self.auth_check_ids}
        pending = {(p.code, p.subject): p.ttl for p in audit.comparison.pending}
        changes = []
        for position, finding in enumerate(audit.findings):
            key = (finding.code, _clean(finding.subject))
            row = known.pop(key, self.env["mail.domain.check"])
            ttl = pending.get((finding.code, finding.subject))
            values = self._prepare_check(finding, position, ttl)
            if finding.code == "spf_lookups" and not finding.subject:
                values["details"] = _clean(audit.spf_tree)
            if watching:
                _ignore_first_temperror(row, values)
            if change := self._prepare_change(row, key, values):
                changes.append(change)
            if row:
                row.write(values)
            else:
                row.create({**values, "alias_domain_id": self.id})
        for row in known.values():
            row.unlink()
        return changes

    def _prepare_check(self, finding, position, ttl):
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
            "pending_ttl": ttl or 0,
            "checked_on": fields.Datetime.now(),
            "temperror_once": False,
        }

    def _prepare_change(self, row, key, values):
        """Return what became of a check: the history's values, and whether worse."""
        old, new = row.status or False, values["status"]
        old_found, new_found = row.found or "", values["found"]
        if old == new and (old_found == new_found or new == "temperror"):
            return None
        before = SEVERITY.get(old, SEVERITY["pass"])
        return {
            "worse": SEVERITY[new] < min(before, SEVERITY["info"]),
            "before": before,
            "key": key,
            "values": {
                "alias_domain_id": self.id,
                "code": key[0],
                "subject": key[1],
                "old_status": row.shown_status,
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
        kept = ("status", "found", "expected", "reasons", "pending", "pending_ttl")
        values.update({name: row[name] for name in kept}, temperror_once=True)


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
