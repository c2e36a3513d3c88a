# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Looking again while somebody publishes records and watches the checks turn green.

However many windows, users and workers watch a domain, it has one round at a time: who
comes too early gets what is stored. The turn is taken by a transaction of its own, so
that it counts at once, and nothing is locked while DNS is asked.
"""

import asyncio
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...mailauth.dns.authority import NO_ZONE, Zone
from ...mailauth.dns.names import display_name
from ..tools.apart import apart
from .mail_alias_domain_store import is_silence

SOON = timedelta(seconds=15)  # between two rounds
LATER = timedelta(seconds=60)  # and where nobody hurries, or only the resolver answers
HURRY = timedelta(minutes=10)  # after that nobody hurries
END = timedelta(hours=1)
PAUSE = timedelta(minutes=5)  # when nobody has looked for so long, it begins anew
BY_HAND = timedelta(seconds=3)  # between two rounds that are asked for


class MailAliasDomain(models.Model):
    """Rounds of checks while somebody watches."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    auth_watched_since = fields.Datetime(
        readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    auth_round_on = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)
    auth_next_round = fields.Datetime(
        readonly=True, copy=False, groups=fields.NO_ACCESS
    )

    def look_again(self, force=False, used=False):
        """Ask DNS what is published now, unless somebody has just asked.

        The zone's own servers are asked, and the resolver only for what they have. It
        takes no longer than the deadline of a check.

        :param force: asked for by hand: at once, and for another hour.
        :param used: judged as once a company uses the domain, for who sets it up.
        :return: ``checklist`` as of :meth:`get_checklist`; ``next_in``: seconds until
            it is worth calling again, False where that has ended; ``asked``: authority,
            resolver, or nobody; ``message``: what to say of it, or False.
        :raises AccessError: who is no administrator of one of its companies.
        """
        self._check_may_see_authentication()
        self.ensure_one()
        force = force is True
        if not force and self._is_watched_enough():
            return self._tell_stored(ended=True)
        if not self._take_turn(force):
            return self._tell_stored()
        # Nothing is written, and so locked, while DNS answers.
        audit = asyncio.run(self.sudo()._prepare_round(force, used is True))
        with apart(self.env) as cr:
            domain = self.with_env(self.env(cr=cr))
            told = domain._keep_round(audit)
            domain.env.flush_all()
        return told

    # ------------------------------------------------------------ whose turn it is

    def _is_watched_enough(self):
        """Whether somebody has watched for as long as that goes on by itself."""
        domain, now = self.sudo(), fields.Datetime.now()
        since, last = domain.auth_watched_since, domain.auth_round_on
        return bool(since and last) and since <= now - END and last > now - PAUSE

    def _take_turn(self, force):
        """Whether a round may begin now; then it is this one, for all workers."""
        domain, now = self.sudo(), fields.Datetime.now()
        if not force and domain.auth_next_round and domain.auth_next_round > now:
            return False
        domain.flush_recordset()
        with apart(self.env) as cr:
            cr.execute(self._prepare_turn(now, force))
            taken = bool(cr.fetchall())
        domain.invalidate_recordset()
        return taken

    def _prepare_turn(self, now, force):
        """Return the statement that takes the turn; it waits for no lock."""
        condition = SQL("auth_next_round IS NULL OR auth_next_round <= %s", now)
        anew = SQL("auth_round_on IS NULL OR auth_round_on <= %s", now - PAUSE)
        if force:
            condition = SQL(
                "auth_round_on IS NULL OR auth_round_on <= %s", now - BY_HAND
            )
            anew = SQL("TRUE")
        return SQL(
            """
            UPDATE mail_alias_domain
               SET auth_round_on = %(now)s,
                   auth_next_round = %(soon)s,
                   auth_watched_since = CASE
                       WHEN auth_watched_since IS NULL OR %(anew)s THEN %(now)s
                       ELSE auth_watched_since
                   END
             WHERE id IN (
                   SELECT id FROM mail_alias_domain
                    WHERE id = %(id)s AND (%(condition)s)
                      FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING id
            """,
            now=now,
            soon=now + SOON,
            anew=anew,
            condition=condition,
            id=self.id,
        )

    def _get_pace(self, reached):
        """Return the time between two rounds.

        :param reached: whether the zone's own servers answer. Else the resolver is
            asked, and remembers what is not there yet.
        """
        since = self.sudo().auth_watched_since
        is_late = bool(since) and since <= fields.Datetime.now() - HURRY
        return SOON if reached and not is_late else LATER

    # ------------------------------------------------------------------- the round

    def _prepare_round(self, anew, used):
        """Return the coroutine that asks DNS; see :meth:`_prepare_audit`.

        :param anew: whether the zone's servers may have changed.
        :param used: as there.
        """
        zone = NO_ZONE
        if self.auth_zone and not anew:
            zone = Zone(self.auth_zone, tuple((self.auth_nameservers or "").split()))
        return self._prepare_audit(activating=True, used=used, known_zone=zone)

    def _keep_round(self, audit):
        """Store what a round found, and return what the client is told of it."""
        if not self.try_lock_for_update(allow_referencing=True):
            return self._tell_stored()  # somebody else is storing
        activated = self._keep_audit(audit)
        reached = audit.comparison.asked
        self.sudo().auth_next_round = self.sudo().auth_round_on + self._get_pace(
            reached
        )
        return {
            "checklist": self.get_checklist(),
            "next_in": self._count_seconds(),
            "asked": "authority" if reached else "resolver",
            "message": self._describe_round(audit, activated),
        }

    def _describe_round(self, audit, activated):
        """Return what is to be said of a round beside what it found, or False."""
        if activated and self.active:
            return self.env._(
                "Odoo signs the mails of %(domain)s from now on.",
                domain=display_name(self.name),
            )
        if is_silence(audit):
            return self.env._("DNS does not answer. What you see was found before.")
        if not audit.comparison.asked and not self._get_authority_hint():
            return self.env._(
                "The servers of your own zone can't be reached from here. A resolver "
                "is asked once a minute; it may remember old records for a while."
            )
        return False

    def _tell_stored(self, ended=False):
        """Return what is known already, for who comes too early or too late."""
        return {
            "checklist": self.get_checklist(),
            "next_in": not ended and self._count_seconds(),
            "asked": "nobody",
            "message": False,
        }

    def _count_seconds(self):
        """Return the seconds until the next round, at least one."""
        due = self.sudo().auth_next_round
        if not due:
            return int(SOON.total_seconds())
        left = (due - fields.Datetime.now()).total_seconds()
        return min(max(1, round(left)), int(LATER.total_seconds()))
