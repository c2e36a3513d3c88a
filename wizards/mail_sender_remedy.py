# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is shown before something is done about addresses: what changes, for whom."""

from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.people.remedy import KINDS
from ..models.tools.dialog import ask_in_dialog


class MailSenderRemedy(models.TransientModel):
    _name = "mail.sender.remedy"
    _description = "Do Something About Sender Addresses"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    address_ids = fields.Many2many("mail.sender.address", readonly=True)
    line_ids = fields.One2many("mail.sender.remedy.line", "remedy_id", string="Changes")
    can_apply = fields.Boolean(compute="_compute_what_is_told")
    has_hints = fields.Boolean(compute="_compute_what_is_told")
    has_problems = fields.Boolean(compute="_compute_what_is_told")

    @api.depends("line_ids.hint", "line_ids.problem")
    def _compute_what_is_told(self):
        for remedy in self:
            problems = remedy.line_ids.mapped("problem")
            remedy.can_apply = not all(problems)
            remedy.has_hints = any(remedy.line_ids.mapped("hint"))
            remedy.has_problems = any(problems)

    @api.model
    def _open(self, kind, addresses, steps):
        """Return the dialog that shows what a remedy changes.

        :param kind: one of ``KINDS``.
        :param addresses: ``mail.sender.address`` that it is about.
        :param steps: what it would do, list of :class:`Step`.
        """
        remedy = self.create(
            {
                "kind": kind,
                "address_ids": [fields.Command.set(addresses.ids)],
                "line_ids": [
                    fields.Command.create(
                        {
                            "record": _get_key(step),
                            "who": step.who,
                            "before": step.before,
                            "after": step.after,
                            "hint": step.hint,
                            "problem": step.problem,
                        }
                    )
                    for step in steps
                ],
            }
        )
        return ask_in_dialog(remedy, remedy._get_title(), "large")

    def _get_title(self):
        return {
            "address": self.env._("Give users an address of the domain"),
            "inbox": self.env._("Handle notifications in Odoo"),
            "default": self.env._("Send as the default address"),
            "filter": self.env._("Add domains to the server's filter"),
        }[self.kind]

    def action_apply(self):
        """Do what is shown, where nothing else has changed meanwhile.

        :raises UserError: something has; or an address is none.
        """
        self.ensure_one()
        self.check_access("write")
        steps = self._get_steps()
        if not steps:
            raise UserError(self.env._("There is nothing to change."))
        self.env["mail.sender.change"]._apply(self.kind, steps)
        addresses = self.address_ids.exists().sudo()
        if self.kind == "filter":
            # All who are sent by the server may be sent differently now.
            addresses._mark_stale()
        addresses._audit_again(addresses)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self._tell(steps),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _tell(self, steps):
        if self.kind != "address":
            return self.env._("Done for %(count)s.", count=len(steps))
        return self.env._(
            "An email was sent to %(count)s new addresses. Each counts once the link "
            "in it was followed.",
            count=len(steps),
        )

    def _get_steps(self):
        """Return what can be done, prepared anew, as it is shown."""
        prepared = self.address_ids.exists()._prepare_remedy(self.kind)
        possible = [step for step in prepared if not step.problem]
        if self.kind == "address":
            # Whoever chooses may know better what somebody shall be called.
            typed = {line.record: (line.after or "").strip() for line in self.line_ids}
            named = ((step, typed.get(_get_key(step))) for step in possible)
            return [
                replace(step, values={"email": email}) for step, email in named if email
            ]
        shown = {
            (line.record, line.before or "", line.after or "") for line in self.line_ids
        }
        for step in possible:
            if (_get_key(step), step.before or "", step.after or "") not in shown:
                raise UserError(
                    self.env._(
                        "%(who)s was changed meanwhile. Close this and look again.",
                        who=step.who,
                    )
                )
        return possible


def _get_key(step):
    return f"{step.model},{step.record_id}"


class MailSenderRemedyLine(models.TransientModel):
    _name = "mail.sender.remedy.line"
    _description = "Change of a Sender Address"

    remedy_id = fields.Many2one(
        "mail.sender.remedy", required=True, readonly=True, ondelete="cascade"
    )
    record = fields.Char(required=True, readonly=True)
    kind = fields.Selection(related="remedy_id.kind")
    who = fields.Char(readonly=True)
    before = fields.Char(string="Now", readonly=True)
    after = fields.Char(string="Then")
    hint = fields.Char(readonly=True)
    problem = fields.Char(string="Why Not", readonly=True)
