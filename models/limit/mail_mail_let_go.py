# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a limit keeps back, and what an administrator lets go beyond it."""

from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .queue_cron import get_queue_cron
from .send_class import DATABASE, PEOPLE, RELEASED, Demand

ADMINISTRATORS = "base.group_system"
AT_ONCE = 10  # mails that leave while somebody waits for the answer
LET_GO = Demand(PEOPLE, released=True)


class MailMail(models.Model):
    # A file for each concern.
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    @api.readonly
    def get_waiting_summary(self, domain):
        """Return what the banner above a list of mails tells of those that wait.

        :param domain: of the list.
        :return: ``count``; ``first`` and ``last``, when they go (UTC); ``server_id`` of
            the one whose limit all of them wait for, or False.
        :rtype: dict
        """
        self.check_access("read")
        [(count, first, last, one, other)] = self._read_group(
            self._get_listed_domain(domain),
            aggregates=[
                "__count",
                "scheduled_date:min",
                "scheduled_date:max",
                "waiting_server_id:min",
                "waiting_server_id:max",
            ],
        )
        return {
            "count": count,
            "first": fields.Datetime.to_string(first) or False,
            "last": fields.Datetime.to_string(last) or False,
            "server_id": (one == other and one) or False,
        }

    @api.model
    def _get_listed_domain(self, domain):
        """Return the domain of mails of a list that nothing but a limit holds up."""
        own_date = Domain("requested_date", ">", fields.Datetime.now())
        return Domain(domain) & self._get_postponed_domain() & ~own_date

    def _list_kept_back(self):
        """Return those of the mails that nothing but a limit keeps from going now."""
        return self.filtered_domain(self._get_listed_domain(Domain.TRUE))

    def _count_blocked(self):
        """Return the mails that a server has no room for, by its id.

        Its limit is its provider's: nobody lets mails go beyond that here.
        """
        usage = self.env["mail.send.counter"]._get_usage()
        blocked = Counter()
        for server_id, mails in self.grouped("waiting_server_id").items():
            limit = self._get_limit_waited_for(server_id, LET_GO)
            if server_id == DATABASE or not limit:
                continue
            if limit.get_room(usage[server_id], RELEASED) <= 0:
                blocked[server_id] = len(mails)
        return blocked

    # ------------------------------------------------------------
    # Over the limit
    # ------------------------------------------------------------

    def _release_over_limit(self):
        """Let mails go beyond the database's limit, and note who does so.

        A few leave at once; the queue sends many.

        :raises AccessError: the user is no administrator.
        """
        if not self.env.user.has_group(ADMINISTRATORS):
            raise AccessError(
                self.env._("Only administrators send over the daily limit.")
            )
        self.check_access("write")
        kept = self._list_kept_back()._lock_unchanged()
        if not kept:
            return self._tell_nothing_waits()  # somebody else was faster
        recipients = sum(mail._count_recipients() for mail in kept)
        kept.sudo().write({"is_released": True})
        kept._stop_waiting()
        self.env["mail.send.release"]._note(kept, recipients)
        if len(kept) <= AT_ONCE:
            kept.sudo().send()
            return kept._tell_outcome()
        get_queue_cron(self.env)._trigger()
        return self._make_notification(
            "info",
            self.env._(
                "%(count)s emails leave now, one after the other. Those that have not "
                "left yet are still in the list.",
                count=len(kept),
            ),
        )

    @api.model
    def _tell_nothing_waits(self):
        return self._make_notification(
            "info", self.env._("No email waits for the limit any more.")
        )

    def _tell_outcome(self):
        """Return the notification of what has become of mails that were sent."""
        mails = self.exists()  # others are deleted once they are sent
        failed = mails.filtered(lambda mail: mail.state == "exception")
        left = mails.filtered(lambda mail: mail.state == "outgoing")
        if failed:
            text = self.env._("Not sent: %s", failed[0].failure_reason or "")
            return self._make_notification("danger", text)
        if left:
            explained = left.filtered("postponed_reason")[:1].postponed_reason
            text = explained or self.env._("Not sent yet: it stays in the queue.")
            return self._make_notification("warning", text)
        return self._make_notification("success", self.env._("Sent."))

    @api.model
    def _make_notification(self, kind, text):
        """Return the action that shows a notification, and closes a dialog.

        :param str kind: success, info, warning or danger.
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": text,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
