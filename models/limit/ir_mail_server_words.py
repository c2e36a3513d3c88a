# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said of the limits, in the reader's language."""

from odoo import api, fields, models

from ..tools.moments import format_moment
from .budget import DailyLimitError
from .pace import foresee_releases, is_paced
from .send_class import BULK, DATABASE, PUBLIC
from .send_mark import is_visitor


class IrMailServer(models.Model):
    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_limit_name(self, limit):
        """Return what a limit bounds, in the reader's language."""
        return self.env._("All servers") if limit.server_id == DATABASE else limit.name

    @api.model
    def _explain_limit(self, limit):
        """Say which limit it is that has no room."""
        demand = limit.demand
        words = {"name": self._get_limit_name(limit), "total": limit.total}
        if demand.send_class == PUBLIC:
            return self.env._(
                "The public part of the daily limit (%(name)s: %(total)s recipients) "
                "is used up",
                **words,
            )
        if demand.visitor:
            return self.env._(
                "Emails that visitors, customers and incoming emails cause may use "
                "half of what others leave of the daily limit (%(name)s: %(total)s "
                "recipients), and that is used up",
                **words,
            )
        if demand.send_class == BULK and limit.reserve:
            return self.env._(
                "What mass mailings may use of the daily limit (%(name)s: %(total)s "
                "recipients) is used up",
                **words,
            )
        return self.env._(
            "Daily limit reached (%(name)s: %(total)s recipients)", **words
        )

    @api.model
    def _explain_waiting(self, limit, usage):
        """Say what a mail waits for.

        It may wait although there is room, which is kept for others until late.

        :param Limit limit: with what the mail asks for.
        :param Usage usage: what was used of it today.
        """
        demand = limit.demand
        words = {"name": self._get_limit_name(limit), "total": limit.total}
        if demand.send_class == BULK and is_paced(limit, usage):
            return self.env._(
                "Mass mailings are spread over the day, and over the next days where "
                "one is not enough, so that they leave room for what people write "
                "(%(name)s: %(total)s recipients a day)",
                **words,
            )
        if limit.get_room(usage) <= 0:
            return self._explain_limit(limit)
        return self.env._(
            "The daily limit was reached before. What has waited since then is sent "
            "little by little, so that there is room for what is written today "
            "(%(name)s: %(total)s recipients a day)",
            **words,
        )

    @api.model
    def _explain_too_big(self, size, ceiling):
        """Say why no day has room for a message."""
        return self.env._(
            "One message has %(size)s recipients, more than the %(ceiling)s that can "
            "be reached on one day. Write to fewer people at once. An administrator "
            "can raise the daily sending limit, or that of the outgoing mail server.",
            size=size,
            ceiling=ceiling,
        )

    @api.model
    def _explain_refused(self, reservation, want):
        """Say why a mail that someone waits for was not sent.

        :param int want: the recipients that it has.
        """
        if want > reservation.ceiling:
            return self.env._(
                "This email was not sent. It has %(size)s recipients, more than the "
                "%(ceiling)s that can be reached on one day. Write to fewer people at "
                "once. An administrator can raise the daily sending limit, or that of "
                "the outgoing mail server.",
                size=want,
                ceiling=reservation.ceiling,
            )
        if not reservation.exhausted:
            return self.env._(
                "This email was not sent. Recipients: %(size)s; left of the daily "
                "limit until %(time)s: %(room)s (%(name)s: %(total)s recipients). "
                "Write to fewer people at once. An administrator can raise the daily "
                "sending limit, or that of the outgoing mail server.",
                size=want,
                room=reservation.room,
                name=self._get_limit_name(reservation.narrowest),
                total=reservation.narrowest.total,
                time=format_moment(self.env, reservation.reset),
            )
        return self._explain_used_up(reservation, want)

    @api.model
    def _explain_used_up(self, reservation, want):
        """Say that nothing more goes now, and when it does."""
        narrowest = reservation.narrowest
        reason, time = self._explain_limit(narrowest), reservation.reset
        if is_paced(narrowest, usage := reservation.usage[narrowest.server_id]):
            reason = self._explain_waiting(narrowest, usage)
            now = fields.Datetime.now()
            releases = foresee_releases(
                reservation.limits, reservation.usage, now, time, want
            )
            time = next(releases, (time, 0))[0]
        return self.env._(
            "This email was not sent. %(limit)s: sending goes on at %(time)s. "
            "An administrator can raise the daily sending limit, or that of the "
            "outgoing mail server.",
            limit=reason,
            time=format_moment(self.env, time),
        )

    @api.model
    def _explain_refused_together(self, reservation, want, held):
        """Say why mails that go together, or not at all, were not sent.

        :param int want: the recipients that they have together.
        :param int held: of these, those that there was room for.
        """
        if want > reservation.ceiling:
            return self.env._(
                "None of these emails was sent. Together they have %(size)s "
                "recipients, more than the %(ceiling)s that can be reached on one day. "
                "Write to fewer people at once. An administrator can raise the daily "
                "sending limit, or that of the outgoing mail server.",
                size=want,
                ceiling=reservation.ceiling,
            )
        return self.env._(
            "None of these emails was sent. Their recipients together: %(size)s; left "
            "of what they may use of the daily limit until %(time)s: %(room)s "
            "(%(name)s: %(total)s recipients). Write to fewer people at once. An "
            "administrator can raise the daily sending limit, or that of the outgoing "
            "mail server.",
            size=want,
            room=held + max(reservation.room, 0),
            name=self._get_limit_name(reservation.narrowest),
            total=reservation.narrowest.total,
            time=format_moment(self.env, reservation.reset),
        )

    @api.model
    def _make_limit_error(self, reason):
        """Return the error for the caller: limits and servers are none of a visitor's.

        :param str reason: why there is no room.
        :rtype: DailyLimitError
        """
        visitor = is_visitor(self.env)
        return DailyLimitError(self._explain_to_visitor() if visitor else reason)

    @api.model
    def _require_room_for(self, count, demand):
        """Refuse mails that belong together where there is no room for all of them.

        :param int count: of mails, each to one recipient.
        :param Demand demand: what asks.
        :raises DailyLimitError: there is none.
        """
        if not self._has_room_for(count, demand):
            raise self._make_limit_error(self._explain_too_few(count))

    @api.model
    def _explain_too_few(self, count):
        """Say that so many mails that belong together do not fit today."""
        reset = self.env["mail.send.counter"]._get_next_reset()
        if count == 1:
            return self.env._(
                "Today's limit has no room for this email. Try again after %(time)s. "
                "An administrator can raise the daily sending limit, or that of the "
                "outgoing mail server.",
                time=format_moment(self.env, reset),
            )
        return self.env._(
            "Today's limit has no room for %(count)s emails at once. Choose fewer "
            "people, or try again after %(time)s. An administrator can raise the daily "
            "sending limit.",
            count=count,
            time=format_moment(self.env, reset),
        )

    @api.model
    def _explain_to_visitor(self):
        """Say that few emails leave, and nothing of limits."""
        reset = self.env["mail.send.counter"]._get_next_reset()
        return self.env._(
            "Few emails can be sent at the moment. If yours does not arrive within "
            "some minutes, try again after %(time)s, or ask your administrator.",
            time=format_moment(self.env, reset),
        )
