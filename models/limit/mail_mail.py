# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a mail may use of the daily limit."""

from dataclasses import dataclass

from odoo import api, fields, models, tools
from odoo.fields import Domain

from ..inbound.message import InboundMessage
from ..optional.documents import DOCUMENTS
from ..optional.mass_mailing import (
    MAILING,
    get_mailings_domain,
    is_mailing,
    is_mailing_test,
)
from ..parameters.table import BULK_RECIPIENTS
from ..tools.carrier import carried
from .act import get_act
from .send_class import ACCOUNT, BULK, CODE, PEOPLE, PUBLIC, WAITED_FOR, Demand
from .send_mark import get_call, get_mark, is_visitor

CLASS_FIELDS = ("send_class", "by_visitor", "uses_urgent", "is_released")


@dataclass(frozen=True)
class SmtpMessage:
    """One SMTP message of a mail: it goes as a whole or waits as a whole.

    :param partner: its recipient; None: the addresses in email_to and email_cc.
    :param size: recipients that the SMTP server will be asked to accept.
    """

    partner: models.BaseModel | None
    size: int


class MailMail(models.Model):
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    # No default: the table may be large, and none means people, too.
    send_class = fields.Selection(
        [
            (CODE, "Login Code"),
            (ACCOUNT, "Account"),
            (PUBLIC, "Public"),
            (PEOPLE, "People"),
            (BULK, "Mass Mailing"),
        ],
        string="Class",
        readonly=True,
        copy=False,
        help="What the email may use of the daily limit. Login codes always go; "
        "invitations, and password resets that a colleague starts, have a reserve; "
        "resets from the login page, sign-ups and automatic answers have the public "
        "part; mass mailings leave the last part to people.",
    )
    by_visitor = fields.Boolean(
        string="Caused from Outside",
        readonly=True,
        copy=False,
        help="A visitor, a customer or an incoming email has caused it: together such "
        "emails may use half of what your colleagues leave of the daily limit.",
    )
    uses_urgent = fields.Boolean(
        string="May Use the Urgent Reserve", readonly=True, copy=False
    )
    is_released = fields.Boolean(
        string="May Exceed the Limit",
        readonly=True,
        copy=False,
        help="An administrator lets the email go beyond the daily limit.",
    )

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Create mails, each with its class: by who makes it, never as values say.

        And by how many recipients that has: what it has made before becomes bulk, too.
        """
        mark = get_mark(self.env)
        visitor = is_visitor(self.env)
        large = not mark and self._is_of_large_act()
        mails = super().create(
            [{**vals, **_classify(vals, mark, visitor, large)} for vals in vals_list]
        )
        if mark and mark.emails:
            marked = mails.filtered(lambda mail: mail._goes_only_to(mark.emails))
            marked._set_class(mark.get_values())
        elif not mark:
            mails._mark_large_acts(vals_list)
        return mails

    @api.model
    def _is_of_large_act(self):
        """Whether it is known beforehand that an act has more recipients than usual."""
        most = self.env["ir.config_parameter"]._get_value(BULK_RECIPIENTS)
        return bool(most) and get_call(self.env).act_size > most

    def _mark_large_acts(self, vals_list):
        """Mark the mails of acts with more recipients than people write to.

        :param vals_list: what the mails were made with.
        """
        most = self.env["ir.config_parameter"]._get_value(BULK_RECIPIENTS)
        if not most:
            return
        inbound, size = carried(self.env, InboundMessage), get_call(self.env).act_size
        acts = {}
        for mail_id, vals in zip(self.ids, vals_list, strict=True):
            act = get_act(self.env.cr, vals, inbound)
            act.add(mail_id, vals)
            acts[id(act)] = act
        for act in acts.values():
            if max(len(act.recipients), size) > most:
                mails = self.browse(act.take())
                # Of those that were made before, some may be deleted.
                ((self & mails) | (mails - self).exists())._make_bulk()

    def _make_bulk(self):
        """Mark mails as bulk that have not left, but for documents and appointments."""
        different = self.sudo().filtered(
            lambda mail: (
                mail.send_class == PEOPLE
                and mail.state == "outgoing"
                and mail.model not in DOCUMENTS
                and not is_mailing_test(mail)
            )
        )
        different.write({"send_class": BULK})

    def copy(self, default=None):
        """Copy mails, for whichever module splits one: the class stays."""
        copies = super().copy(default)
        for mail, duplicate in zip(self, copies, strict=True):
            duplicate._set_class({name: mail[name] for name in CLASS_FIELDS})
        return copies

    def _set_class(self, values):
        different = self.sudo().filtered(
            lambda mail: any(mail[name] != values[name] for name in CLASS_FIELDS)
        )
        if different:
            different.write(values)

    def _goes_only_to(self, emails):
        """Whether nobody but these addresses gets the mail."""
        mine = self._list_emails()
        return bool(mine) and mine <= emails

    @api.model
    def _mark_bulk(self):
        """Mark the mails of mass mailings from before the installation."""
        unsent = Domain("state", "!=", "sent") & Domain("send_class", "=", False)
        self.search(unsent & get_mailings_domain(self)).send_class = BULK

    def write(self, vals):
        if not self.env.su:
            vals = {name: vals[name] for name in vals if name not in CLASS_FIELDS}
        return super().write(self._leave_out_message_id(vals))

    def _leave_out_message_id(self, vals):
        """Return ``vals`` without a Message-ID that the mails have already.

        Odoo writes it after each sending. Unchanged, it costs an UPDATE of the message
        and a look for all its mails: more than what the sender's rules cost. Where the
        user's right to write the message is in question, writing it asks for that.
        """
        if "message_id" not in vals or not self.env.su:
            return vals
        if any(mail.message_id != vals["message_id"] for mail in self):
            return vals
        return {name: value for name, value in vals.items() if name != "message_id"}

    def unlink(self):
        # Odoo deletes the message with the mail, and by cascade every other mail of it.
        # While one of them still needs the message, the others only let go of it.
        owners = self.filtered(lambda mail: not mail.is_notification)
        if owners:
            needed = self.sudo().search(
                [
                    ("mail_message_id", "in", owners.mail_message_id.ids),
                    ("id", "not in", self.ids),
                ]
            )
            shared = needed.mail_message_id
            owners.filtered(
                lambda mail: mail.mail_message_id in shared
            ).is_notification = True
        return super().unlink()

    # ------------------------------------------------------------
    # The queue
    # ------------------------------------------------------------

    @api.model
    def _get_due_domain(self):
        return Domain("state", "=", "outgoing") & (
            Domain("scheduled_date", "=", False)
            | Domain("scheduled_date", "<=", fields.Datetime.now())
        )

    # ------------------------------------------------------------
    # What it asks for
    # ------------------------------------------------------------

    def _get_demand(self):
        """Return what the mail asks of the limits."""
        send_class = self.send_class or PEOPLE
        visitor = self.by_visitor and send_class in (PEOPLE, CODE)
        released = self.is_released and send_class in (PEOPLE, BULK)
        return Demand(send_class, visitor, self.uses_urgent, released=released)

    def _is_waited_for(self):
        """Whether somebody waits for the mail: it goes now and whole, or fails."""
        if self.send_class == BULK:
            return False
        return self.send_class in WAITED_FOR or is_mailing_test(self)

    def _count_recipients(self):
        return sum(message.size for message in self._get_smtp_messages())

    def _get_smtp_messages(self):
        """Return the SMTP messages that Odoo makes of a mail, without building them.

        See ``_prepare_outgoing_list``. What leaves is counted exactly when it leaves.
        """
        self.ensure_one()
        messages = []
        if self.email_to or self.email_cc:
            size = _count(self.email_to) + _count(self.email_cc)
            messages.append(SmtpMessage(None, size))
        for partner in self.recipient_ids:
            messages.append(SmtpMessage(partner, _count(partner.email)))
        return messages


def _classify(vals, mark, visitor, large):
    """Return the values of a new mail that decide what it may use of the limits.

    :param vals: its other values; the caller of a method may have chosen them.
    :param mark: of the call, or None.
    :param bool visitor: whether a visitor or an incoming message makes it.
    :param bool large: whether it is one of many.
    """
    bulk = is_mailing(vals) or (mark and mark.send_class == BULK)
    bulk = bulk or (large and _is_bulk_by_number(vals))
    return {
        "send_class": BULK if bulk else PEOPLE,
        "by_visitor": visitor,
        "uses_urgent": False,
        "is_released": False,
    }


def _is_bulk_by_number(vals):
    """Whether a new mail, one of many, is bulk for sure; see ``_make_bulk``.

    Made as such, it costs no query more. What a mail gets of a message that is there
    already is not known from its values.
    """
    if vals.get("mail_message_id") or vals.get(MAILING):
        return False
    outgoing = vals.get("state", "outgoing") == "outgoing"
    return outgoing and vals.get("model") not in DOCUMENTS


def _count(text):
    """Return how many recipients a list of addresses makes.

    0 for one that nests too deep to be read: its mail fails when it is sent.
    """
    try:
        return len(set(tools.mail.email_normalize_all(text or "")))
    except RecursionError:
        return 0
