# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

ACTION = "mail_deliverability.mail_test_message_action"


class MailTestMessage(models.Model):
    """Where a test begins, and the buttons of its page."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    destination = fields.Selection(
        [
            ("own", "Back to Odoo: it comes back by itself"),
            ("elsewhere", "To a mailbox elsewhere"),
        ],
        string="Send It",
        store=False,
        default="own",
    )

    @api.onchange("destination")
    def _onchange_destination(self):
        if self.destination == "own":
            self.email_to = False

    def action_send_and_show(self):
        """Send the test, and show its page.

        :return: the action.
        """
        self.ensure_one()
        self.action_send()
        return self._open_page()

    def action_send_again(self):
        """Send another test like this one, and show its page.

        :return: the action.
        """
        self._check_may_test()
        self.ensure_one()
        names = ("alias_domain_id", "server_id")
        chosen = {name: self[name].id for name in names}
        return self.create(
            {
                **chosen,
                "email_from": self.email_from,
                "email_to": not self.to_own and self.email_to,
            }
        ).action_send_and_show()

    def action_judge_again(self):
        """Judge the message anew, where DNS did not answer.

        :return: True, for the button.
        :raises UserError: the message itself is not kept any more.
        """
        self._check_may_test()
        self.ensure_one()
        if self.state != "done":
            return True
        if not self.sudo()._get_received():
            raise UserError(
                self.env._(
                    "The message itself is not here any more: it is kept for 30 days."
                )
            )
        self.sudo()._judge()
        return True

    def action_open_explain(self):
        """Show where the source of a message is pasted.

        :return: the action.
        """
        self._check_may_test()
        return self.env["ir.actions.client"]._for_xml_id(f"{ACTION}_explain")

    def _open_page(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(ACTION)
        return action | {
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "current",
        }

    def _list_actions(self, verdict):
        """Return the buttons of the page, the one that matters most first."""
        actions = []
        if verdict and not verdict.get("grade") and self._is_unanswered(verdict):
            actions.append(("action_judge_again", self.env._("Judge Again")))
        if self.kind == "trip" and self.state == "draft":
            actions.append(("action_send", self.env._("Send")))
        if self._is_handed_back():
            actions.append(("action_open_explain", self.env._("Paste Its Source")))
        address = self.kind == "trip" and self._get_offered_address()
        if address:
            label = self.env._("Use the Address %(address)s", address=address)
            actions.append(("action_use_address", label))
        if self.kind == "trip" and self.state in ("done", "lost", "failed"):
            actions.append(("action_send_again", self.env._("Send Again")))
        return [{"name": name, "label": label} for name, label in actions]
