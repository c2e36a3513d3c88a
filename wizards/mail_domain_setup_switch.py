# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..mailauth.dns.names import display_name
from ..models.domain.mail_alias_domain_switch import Switch
from ..models.domain.mail_domain_check import SEVERITY


class MailDomainSetup(models.TransientModel):
    """The company sends from the domain: by a button, which can be undone."""

    # A file for each concern.
    _inherit = "mail.domain.setup"  # pylint: disable=consider-merging-classes-inherited

    can_switch = fields.Boolean(compute="_compute_switch")
    switch_hint = fields.Text(compute="_compute_switch")
    switch_warning = fields.Char(compute="_compute_switch")
    switch_domain = fields.Char(compute="_compute_switch")
    switched = fields.Boolean(compute="_compute_switched")
    # What is to be undone is not the client's to say.
    switch_done = fields.Json(groups=fields.NO_ACCESS)

    @api.depends("alias_domain_id", "company_id.alias_domain_id", "auth_checked_on")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_switch(self):
        for setup in self:
            domain = setup._get_visible_domain()
            may = domain and (self.env.su or setup.company_id <= self.env.companies)
            setup.can_switch = may and domain != setup.company_id.alias_domain_id
            setup.switch_domain = bool(domain) and display_name(domain.name)
            setup.switch_hint = setup.switch_warning = False
            if setup.can_switch:
                lines = domain._describe_switch(setup.company_id)
                setup.switch_hint = "\n".join(lines)
                setup.switch_warning = setup._get_switch_warning(domain)

    def _get_switch_warning(self, domain):
        """Return what is wrong with the domain, or False."""
        checks = domain.auth_check_ids._filtered_access("read")
        if not checks:
            return self.env._("It has not been checked yet.")
        if obstacle := checks._describe_obstacle():
            return obstacle
        bad = checks.filtered(lambda row: row.severity <= SEVERITY["temperror"])
        faults = checks.filtered(lambda row: row.status == "fail") or bad
        if not faults:
            return False
        titles = list(dict.fromkeys(faults.mapped("title")))
        return self.env._(
            "Not everything is right yet: %(titles)s. Mails may be refused, or land in "
            "spam.",
            titles=domain._enumerate(titles),
        )

    @api.depends("switch_done", "alias_domain_id", "company_id.alias_domain_id")
    def _compute_switched(self):
        for setup in self:
            domain = setup.alias_domain_id
            is_used = domain and domain == setup.company_id.alias_domain_id
            setup.switched = is_used and bool(setup.sudo().switch_done)

    def action_switch_company(self):
        """Let the company send from the domain from now on.

        :raises AccessError: it is another administrator's company or domain.
        """
        self.ensure_one()
        self._check_company()
        if self.can_switch:
            switch = self.alias_domain_id._switch_company(self.company_id)
            self.sudo().switch_done = switch.as_dict()
            self.invalidate_recordset()
        return True

    def action_undo_switch(self):
        """Let the company send from where it sent before.

        :raises UserError: something else has happened since.
        """
        self.ensure_one()
        self._check_company()
        done = self.sudo().switch_done
        if not done:
            return True
        stays = self.alias_domain_id._undo_switch(Switch(**done))
        self.sudo().switch_done = False
        self.invalidate_recordset()
        if not stays:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": stays,
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
