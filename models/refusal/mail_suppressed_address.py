# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Addresses that don't work: what is sent by itself holds back, people don't."""

from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.fields import Domain

from ..parameters.table import SUPPRESSION

WHY = [
    ("mailbox_unknown", "Unknown Address"),
    ("mailbox_disabled", "Mailbox Disabled"),
]
# How long what is over is kept: a first refusal that no second one followed, an address
# that was refused no more, one that was released.
KEPT_FIRST = timedelta(days=365)
KEPT = timedelta(days=90)
GC_BATCH = 1000
UNDONE = {"active": False, "since": False, "until": False, "tried_on": False}


class MailSuppressedAddress(models.Model):
    """There is a row from the first refusal on; it is active while it is suppressed.

    Of all companies, as Odoo's blacklist is: whether a mailbox exists is no matter of
    who asks. This is no blacklist: consent is another matter, and Odoo's.
    """

    _name = "mail.suppressed.address"
    _description = "Suppressed Email Address"
    _order = "since desc, id desc"
    _rec_name = "email"

    email = fields.Char(required=True, readonly=True, help="Normalized.")
    receiver = fields.Char(
        required=True, readonly=True, index=True, help="The domain of the address."
    )
    category = fields.Selection(WHY, string="Why", required=True, readonly=True)
    refusal_ids = fields.Many2many(
        "mail.refusal",
        string="Refusals",
        readonly=True,
        help="What the address was refused by.",
    )
    refused_on = fields.Datetime(
        string="First Refused", readonly=True, help="The first refusal that counts."
    )
    last_refused_on = fields.Datetime(string="Last Refused", readonly=True, index=True)
    since = fields.Datetime(string="Suppressed Since", readonly=True)
    until = fields.Datetime(
        string="Suppressed Until",
        readonly=True,
        help="Then one email is tried; refused, it is the same again.",
    )
    tried_on = fields.Datetime(
        readonly=True, help="When the one email after that has left."
    )
    released_on = fields.Datetime(readonly=True)
    active = fields.Boolean(readonly=True, default=True)
    state = fields.Selection(
        [
            ("suppressed", "Suppressed"),
            ("due", "Tried Next Time"),
            ("tried", "Tried Again"),
            ("refused", "Refused Once"),
            ("released", "Released"),
            ("ignored", "Trouble of the Receiver"),
        ],
        compute="_compute_state",
    )

    _email_unique = models.Constraint(
        "UNIQUE(email)", "There is an entry for this address already."
    )

    @api.depends("active", "until", "tried_on", "refused_on", "released_on")
    def _compute_state(self):
        now = fields.Datetime.now()
        for address in self:
            if not address.active and address.refused_on:
                address.state = "refused"
            elif not address.active:
                address.state = "released" if address.released_on else "ignored"
            elif address.until and address.until > now:
                address.state = "suppressed"
            else:
                address.state = "tried" if address.tried_on else "due"

    # ------------------------------------------------------------
    # Whether there is anything to look at
    # ------------------------------------------------------------

    @api.model
    def _is_on(self):
        """Whether suppression is used at all (mail_deliverability.suppression)."""
        return bool(self.env["ir.config_parameter"]._get_value(SUPPRESSION))

    @api.model
    @tools.ormcache()
    def _has_any(self):
        """Whether any address is suppressed; kept, since each sending asks."""
        return bool(self.sudo().search_count([("active", "=", True)], limit=1))

    def _suppress(self, since, until):
        is_first = not self.sudo().search_count([("active", "=", True)], limit=1)
        self.write(
            {
                "active": True,
                "since": since,
                "until": until,
                "tried_on": False,
                "released_on": False,
            }
        )
        if is_first:
            self.env.registry.clear_cache()  # of _has_any, in all workers

    # ------------------------------------------------------------
    # Release
    # ------------------------------------------------------------

    def action_release(self):
        """Let emails go to these addresses again; what they were refused by is over."""
        self.check_access("read")  # only administrators can
        self._release()

    def action_open_contacts(self):
        """Open the contacts that have this address."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contacts With This Address"),
            "res_model": "res.partner",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [("email_normalized", "=", self.email)],
            "context": {"active_test": False},
        }

    def _release(self):
        """Let emails go to these addresses again, with all rights."""
        self.sudo().write(
            {
                **UNDONE,
                "refused_on": False,
                "last_refused_on": False,
                "released_on": fields.Datetime.now(),
                "refusal_ids": [fields.Command.clear()],
            }
        )

    @api.model
    def _release_email(self, email):
        """Release an address that has written, if there is an entry of it.

        :param str email: normalized.
        """
        entries = self.sudo().with_context(active_test=False)
        known = Domain("email", "=", email) & Domain("refused_on", "!=", False)
        if entry := entries.search(known, limit=1).try_lock_for_update():
            entry._release()

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _explain(self):
        """Say why nothing is sent to an address, in the reader's language."""
        self.ensure_one()
        words = {
            "email": self.email,
            "last": tools.format_date(self.env, self.last_refused_on or self.since),
        }
        if self.category == "mailbox_disabled":
            return self.env._(
                "Not sent: the mailbox %(email)s is disabled, as its server has said "
                "twice, last on %(last)s.",
                **words,
            )
        return self.env._(
            "Not sent: the address %(email)s does not exist, as its server has said "
            "twice, last on %(last)s.",
            **words,
        )

    # ------------------------------------------------------------
    # What is over
    # ------------------------------------------------------------

    @api.autovacuum
    def _gc_addresses(self):
        """Forget what is over, and a first refusal that is long ago."""
        now = fields.Datetime.now()
        once = Domain("active", "=", False) & Domain("refused_on", "!=", False)
        over = Domain("refused_on", "=", False) & Domain("write_date", "<", now - KEPT)
        old = self.with_context(active_test=False).search(
            (once & Domain("last_refused_on", "<", now - KEPT_FIRST))
            | (Domain("active", "=", False) & over)
            | (Domain("active", "=", True) & Domain("until", "<", now - KEPT)),
            limit=GC_BATCH,
        )
        old.unlink()
        return len(old), len(old) == GC_BATCH
