# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is asked before emails are sent over the daily limit."""

from odoo import api, fields, models

from ..models.limit.mail_mail_let_go import LET_GO
from ..models.limit.send_class import DATABASE
from ..models.tools.dialog import ask_in_dialog
from ..models.tools.moments import format_moment


class MailSendNow(models.TransientModel):
    _name = "mail.send.now"
    _description = "Send over the Daily Limit"

    # Not as records: each deletion of a mail would look for them here.
    mail_ids = fields.Json(readonly=True)
    question = fields.Text(readonly=True)
    hint = fields.Text(readonly=True)
    can_send = fields.Boolean(readonly=True)
    server_id = fields.Many2one("ir.mail_server", readonly=True)

    @api.model
    def _ask(self, mails):
        """Return the dialog that asks whether mails are to go over the limit.

        :param mails: that a limit keeps back.
        """
        blocked = mails._count_blocked()
        recipients = sum(mail._count_recipients() for mail in mails)
        beyond = self._count_beyond(recipients)
        dialog = self.create(
            {
                "mail_ids": mails.ids,
                "question": self._describe(mails, recipients, beyond),
                "hint": self._explain_blocked(blocked),
                "can_send": sum(blocked.values()) < len(mails),
                "server_id": next(iter(blocked), False),
            }
        )
        title = (
            self.env._("Send over the limit today?")
            if beyond
            else self.env._("Send before their turn?")
        )
        return ask_in_dialog(dialog, title)

    def action_send(self):
        """Send the emails over the limit; who may, the mails decide."""
        self.ensure_one()
        return self._get_mails()._release_over_limit()

    def action_open_server(self):
        """Open the outgoing server whose own limit is used up."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ir.mail_server",
            "res_id": self.server_id.id,
            "views": [(False, "form")],
        }

    def _get_mails(self):
        """Return what still waits of the emails that the question was about."""
        given = self.mail_ids if isinstance(self.mail_ids, list) else []
        ids = [one for one in given if type(one) is int]  # and no boolean
        return self.env["mail.mail"].browse(ids).exists()

    @api.model
    def _describe(self, mails, recipients, beyond):
        """Say until when they wait, how much it is, and what becomes of the limit."""
        count, first = len(mails), min(mails.mapped("scheduled_date"))
        total = self.env["ir.mail_server"]._get_daily_limit()
        words = {"count": count, "recipients": recipients, "total": total}
        words["time"] = format_moment(self.env, first)
        if not beyond:
            return self.env._(
                "What waits for its turn goes from %(time)s. Today's limit of "
                "%(total)s has room for its %(recipients)s recipients; sent now, it "
                "leaves less for what is written today.",
                **words,
            )
        if count == 1:
            return self.env._(
                "Still over the limit of %(total)s recipients until %(time)s. Sent "
                "now, this email goes beyond it: your email provider may refuse it, if "
                "that is its own limit. The sending history keeps who has decided so.",
                **words,
            )
        return self.env._(
            "Still over the limit of %(total)s recipients until %(time)s. %(count)s "
            "emails wait, with %(recipients)s recipients. Sent now, %(beyond)s of "
            "these go beyond it: your email provider may refuse them, if that is its "
            "own limit. The sending history keeps who has decided so.",
            beyond=beyond,
            **words,
        )

    @api.model
    def _count_beyond(self, recipients):
        """Return how many of the recipients go beyond the database's limit."""
        usage = self.env["mail.send.counter"]._get_usage()[DATABASE]
        limit = self.env["ir.mail_server"].browse()._get_send_limits(LET_GO)[0]
        room = limit.get_room(usage)
        return 0 if room is None else max(0, recipients - max(0, room))

    @api.model
    def _explain_blocked(self, blocked):
        """Say which of them a server's own limit keeps all the same, or False."""
        if not blocked:
            return False
        servers = self.env["ir.mail_server"].browse(blocked)
        return self.env._(
            "%(count)s of them wait for a limit of an outgoing server itself "
            "(%(servers)s). It is not exceeded: raise it there if the provider allows "
            "more.",
            count=sum(blocked.values()),
            servers=", ".join(servers.mapped("name")),
        )
