# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime

from .mail_sender_confirmation import send_links
from .remedy import KINDS

KEPT = timedelta(days=90)
GC_BATCH = 1000
# What may be undone: nothing else is written, whatever a row says.
FIELDS = {
    "ir.mail_server": {"from_filter"},
    "mail.template": {"email_from", "reply_to"},
    "res.company": {"email"},
    "res.users": {"email", "notification_type"},
}


class MailSenderChange(models.Model):
    """What a remedy has changed: the values before, so that it can be undone."""

    _name = "mail.sender.change"
    _description = "Remedy for Sender Addresses"
    _order = "id desc"
    _rec_name = "kind"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    changes = fields.Json(
        readonly=True, help="A list: model, id, and by field what was and what is."
    )
    undone_on = fields.Datetime(readonly=True)
    confirmation_ids = fields.One2many(
        "mail.sender.confirmation", "change_id", readonly=True
    )

    @api.model
    def _apply(self, kind, steps):
        """Do what was prepared, with the user's own rights, and remember what was.

        :param kind: one of ``KINDS``.
        :param steps: list of :class:`Step`.
        :return: the change.
        """
        change = self.sudo().create({"kind": kind})
        done = []
        for step in steps:
            record = self.env[step.model].browse(step.record_id)
            before = {name: record[name] or "" for name in step.values}
            if kind == "address":
                confirmations = self.env["mail.sender.confirmation"]
                email = confirmations._ask_for(record, step.values["email"], change)
                after = {"email": email}
            else:
                record.write(step.values)
                # In the spelling that is stored.
                after = {name: record[name] or "" for name in step.values}
            values = {name: [before[name], after[name]] for name in step.values}
            done.append([step.model, step.record_id, values])
        change.changes = done
        if change.confirmation_ids:
            send_links(change.confirmation_ids)
        return change

    @api.model
    def _find_last(self):
        """Return what the user has done last and may undo, or nothing."""
        mine = [("create_uid", "=", self.env.uid)]
        last = self.search(mine, limit=1)
        return last.filtered(lambda change: not change.undone_on)

    def _undo(self):
        """Bring back what was, where nothing else has been written since.

        :return: the (model, id) of what was brought back, and how many were not.
        :raises UserError: it is being undone, or was.
        """
        self.ensure_one()
        self.check_access("read")
        change = self.sudo()
        if not change.try_lock_for_update() or change.undone_on:
            raise UserError(self.env._("This was undone already."))
        change.undone_on = fields.Datetime.now()
        back, left = [], 0
        open_users = change._withdraw_confirmations()
        # The last one first: one record may have been changed twice.
        for model, record_id, values in reversed(change.changes or ()):
            names = FIELDS.get(model, set()) & set(values)
            record = self.env[model].browse(record_id).exists()
            if model == "res.users" and record_id in open_users:
                back.append((model, record_id))
            elif record and all((record[one] or "") == values[one][1] for one in names):
                record.write({one: values[one][0] or False for one in names})
                back.append((model, record_id))
            else:
                left += 1
        return back, left

    def _withdraw_confirmations(self):
        """Let links that nobody has followed lead nowhere; return the users' ids."""
        waiting = self.confirmation_ids.filtered(lambda one: not one.confirmed_on)
        users = set(waiting.user_id.ids)
        waiting._withdraw()
        return users

    def _describe(self):
        """Return what was done last, in words for a banner."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        words = {
            "what": kinds[self.kind],
            "count": len(self.changes or ()),
            "time": format_datetime(self.env, self.create_date),
        }
        if self.kind == "address":
            words["done"] = len(self.confirmation_ids.filtered("confirmed_on"))
            return self.env._(
                "%(what)s: sent to %(count)s on %(time)s, confirmed by %(done)s.",
                **words,
            )
        return self.env._("%(what)s: changed for %(count)s on %(time)s.", **words)

    @api.autovacuum
    def _gc_changes(self):
        old = [("create_date", "<", fields.Datetime.now() - KEPT)]
        changes = self.search(old, limit=GC_BATCH)
        changes.unlink()
        return len(changes), len(changes) // GC_BATCH
