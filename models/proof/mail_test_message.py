# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A test message and its verdict, or a message that somebody wants explained."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.wake import wake_cron
from .stored import drop_raw, keep_raw, load_raw

CRON = "mail_deliverability.mail_test_message_cron_judge"
CHANNEL = "mail_deliverability.test_message"  # on the bus: {"id", "state"}
# What somebody who asks for a test chooses; all else comes from the test itself.
CHOSEN = frozenset(
    {"name", "alias_domain_id", "server_id", "email_from", "email_to", "to_own"}
)


class MailTestMessage(models.Model):
    _name = "mail.test.message"
    _description = "Email Test Message"
    _order = "id desc"

    kind = fields.Selection(
        [("trip", "Test Message"), ("explained", "Explained Message")],
        default="trip",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("draft", "Not Sent"),
            ("sending", "Being Sent"),
            ("waiting", "On Its Way"),
            ("judging", "Being Judged"),
            ("done", "Judged"),
            ("lost", "Not Back"),
            ("failed", "Failed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    user_id = fields.Many2one(
        "res.users",
        string="Asked By",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, readonly=True, index=True
    )
    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Email Domain",
        default=lambda self: self.env.company.alias_domain_id,
        index="btree_not_null",
    )
    server_id = fields.Many2one(
        "ir.mail_server",
        string="Outgoing Mail Server",
        index="btree_not_null",
        help="Empty: the one that Odoo picks for the author.",
    )
    email_from = fields.Char(
        string="Author", default=lambda self: self.env.user.email_formatted
    )
    email_to = fields.Char(
        string="To", help="Empty: an address of Odoo's own, so that it comes back."
    )
    to_own = fields.Boolean(
        string="Comes Back by Itself",
        default=True,
        help="It goes to an address of Odoo's own.",
    )
    sent_on = fields.Datetime(readonly=True, copy=False)
    smtp_reply = fields.Char(string="Answer of the Server", readonly=True, copy=False)
    smtp_server = fields.Char(
        string="Handed To",
        readonly=True,
        copy=False,
        help="The server that took it: its name and its address.",
    )
    used_server_id = fields.Integer(
        readonly=True,
        copy=False,
        help="Technical: the server that took it, 0: odoo.conf's.",
    )
    back_on = fields.Datetime(readonly=True, copy=False)
    # The bytes that were handed to SMTP, and those that came back.
    sent_raw = fields.Binary(
        attachment=True, readonly=True, copy=False, groups="base.group_system"
    )
    received_raw = fields.Binary(
        attachment=True, readonly=True, copy=False, groups="base.group_system"
    )
    verdict = fields.Json(readonly=True, copy=False, groups="base.group_system")
    grade = fields.Char(size=1, readonly=True, copy=False)
    failure = fields.Char(
        string="Why It Failed",
        readonly=True,
        copy=False,
        help="Why it was not sent, or can't be judged.",
    )
    replays = fields.Integer(
        compute="_compute_replays", help="How often it came again after the first time."
    )
    leg_ids = fields.One2many(
        "mail.test.message.leg", "test_id", string="Messages", readonly=True
    )

    # ------------------------------------------------------------ computes

    @api.depends("kind", "alias_domain_id")
    def _compute_name(self):
        for test in self.filtered(lambda one: not one.name):
            domain = test.alias_domain_id.name
            test.name = (
                self.env._("Test message of %(domain)s", domain=domain)
                if domain
                else self.env._("Test message")
            )

    @api.depends("leg_ids.replays")
    def _compute_replays(self):
        for test in self:
            test.replays = sum(test.leg_ids.mapped("replays"))

    # ------------------------------------------------------------ records

    @api.model_create_multi
    def create(self, vals_list):
        """Make tests; only what is chosen counts, of whoever calls."""
        return super().create([self._keep_chosen(vals) for vals in vals_list])

    def write(self, vals):
        """Change what is chosen, as long as nothing has left."""
        vals = self._keep_chosen(vals)
        if not self.env.su and vals and any(one.state != "draft" for one in self):
            vals = {name: vals[name] for name in vals if name == "name"}
        return super().write(vals)

    def unlink(self):
        """Delete tests, and of their legs what PostgreSQL's cascade would leave."""
        drop_raw(self.leg_ids, ["raw", "stray_raw", "late_raw"])
        return super().unlink()

    @api.model
    def _keep_chosen(self, vals):
        if "email_to" in vals:
            vals = {"to_own": not vals["email_to"], **vals}
        if self.env.su:
            return vals
        return {name: vals[name] for name in vals if name in CHOSEN}

    @api.constrains("alias_domain_id", "server_id")
    def _check_mine(self):
        """Nobody tests another company's domain, or another user's server."""
        for test in self:
            owners = test.alias_domain_id.sudo().company_ids
            if owners and not owners & test.company_id:
                raise UserError(
                    self.env._("This email domain belongs to another company.")
                )
            owner = test.server_id.sudo().owner_user_id
            if owner and owner != test.user_id:
                raise UserError(
                    self.env._("This outgoing mail server belongs to somebody else.")
                )

    def _check_may_test(self):
        """Refuse who is no administrator of the company; buttons call it first."""
        if not self.env.su:
            self.browse().check_access("write")
            self.check_access("read")

    def _is_handed_back(self):
        """Tell whether somebody has to bring the message back."""
        is_out = self.kind == "trip" and self.state in ("waiting", "lost")
        return is_out and not self.to_own

    # ------------------------------------------------------------ bytes

    def _keep_raw(self, name, raw):
        """Store a message in a binary field."""
        keep_raw(self, name, raw)

    def _read_raw(self, name):
        """Return the message in a binary field, b"" where there is none."""
        return load_raw(self, name)

    # ------------------------------------------------------------ news

    def _tell_state(self):
        """Tell the browser of who asked what has become of his tests."""
        for test in self.sudo():
            if test.user_id:
                test.user_id._bus_send(CHANNEL, {"id": test.id, "state": test.state})

    @api.model
    def _wake_cron(self, delay=timedelta()):
        """Let the scheduled action run soon."""
        wake_cron(self.env, CRON, delay)
