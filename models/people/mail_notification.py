# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store

from ...mailauth.dns.names import display_name
from ...mailauth.mailbox import parse_mailbox
from .relayed import SENTENCES, get_relayed


class MailNotification(models.Model):
    # A file for each concern.
    _inherit = "mail.notification"  # pylint: disable=consider-merging-classes-inherited

    relayed_as = fields.Char(
        string="Sent As",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The address in From, where it was not the author's own.",
    )
    relayed_reason = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Technical: the code of what has decided so.",
    )

    def write(self, vals):
        """Keep whom an email has come from, with that it is sent."""
        if vals.get("notification_status") == "sent":
            relayed = get_relayed(self.env)
            if relayed:
                vals = {**vals, **relayed.values}
        return super().write(vals)

    def _list_told_colleagues(self, reader):
        told = Store.Attr(
            "relayed_title", lambda one: one._tell(one._tell_relayed, reader)
        )
        return [*super()._list_told_colleagues(reader), told]

    def _tell_relayed(self, reader):
        """Return under which sender the email has left, and why; False for its own.

        :param reader: as in ``_tell_refusal``.
        """
        known = self.sudo()
        sentence = SENTENCES.get(known.relayed_reason)
        if not sentence or not known.relayed_as:
            return False
        author = parse_mailbox(known.mail_message_id.email_from or "")
        translated = self.env["mail.refusal"]._as_read_by(reader).env._(sentence)
        return translated % {
            "default": known.relayed_as,
            "domain": display_name(author.domain) or author.address,
        }
