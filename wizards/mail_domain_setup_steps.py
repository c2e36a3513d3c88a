# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..mailauth.dns.names import display_name
from .mail_domain_setup_domain import read_domain


class MailDomainSetup(models.TransientModel):
    """The frame of the guided setup: its title, and the way from step to step."""

    # A file for each concern.
    _inherit = "mail.domain.setup"  # pylint: disable=consider-merging-classes-inherited

    cards = fields.Json(compute="_compute_cards")

    @api.depends("alias_domain_id", "domain_name")
    def _compute_display_name(self):
        for setup in self:
            typed = read_domain(setup.domain_name)
            name = display_name(typed or setup.alias_domain_id.name or "")
            setup.display_name = (
                self.env._("Set Up: %(domain)s", domain=name)
                if name
                else self.env._("Set Up an Email Domain")
            )

    # ------------------------------------------------------- where it begins

    @api.model
    def default_get(self, fields_list):
        """Begin where the domain stands."""
        values = super().default_get(fields_list)
        begins = "step" in fields_list and "default_step" not in self.env.context
        if begins and "alias_domain_id" in values:
            domain = self.env["mail.alias.domain"].browse(values["alias_domain_id"])
            values["step"] = self._find_step(domain)
        return values

    def _find_step(self, domain):
        """Return the step at which the setup of a domain begins.

        :param domain: a ``mail.alias.domain``, or none.
        """
        domain = domain._filter_visible()
        if not domain or domain.auth_status == "unknown":
            return "domain"
        if domain.auth_check_ids._filtered_access("read")._describe_obstacle():
            return "domain"
        servers = domain._get_outgoing_servers()
        if not all(server.provider or server.addresses for server in servers):
            return "domain"  # SPF can't be made without
        cards = self.env["mail.domain.setup.record"]._prepare_all(domain)
        missing = any(
            card["state"] in ("add", "replace") and not card["optional"]
            for card in cards
        )
        if missing:
            return "records"
        return "done" if domain.auth_status == "pass" else "check"

    @api.model_create_multi
    def create(self, vals_list):
        """Make the records that a later step shows."""
        setups = super().create(vals_list)
        for setup in setups:
            if setup.step != "domain" and setup.alias_domain_id:
                setup._make_records()
        return setups

    # ------------------------------------------------- the way between steps

    def action_next(self):
        """Go to the next step."""
        self._go(+1)

    def action_back(self):
        """Go to the step before."""
        self._go(-1)

    def _go(self, distance):
        self.ensure_one()
        steps = self._fields["step"].get_values(self.env)
        place = steps.index(self.step) + distance
        if 0 <= place < len(steps):
            self.action_go_to(steps[place])

    def action_go_to(self, step):
        """Go to a step, whatever is between.

        The first one keeps what was entered and asks DNS before any other is shown.

        :param step: the value of the field ``step``.
        """
        self.ensure_one()
        if step not in self._fields["step"].get_values(self.env):
            return
        if self.step == "domain" and step != "domain":
            self.action_show_records()
        elif not self.alias_domain_id:
            step = "domain"  # somebody has deleted it meanwhile
        elif step != "domain":
            self._make_records()
        self.step = step

    def action_refresh(self):
        """Make the records anew where they are shown, after DNS has been asked."""
        self.ensure_one()
        if self.step == "records" and self.alias_domain_id:
            self._make_records()

    # -------------------------------------------------------------- the cards

    @api.depends("all_record_ids", "step", "alias_domain_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_cards(self):
        cards = self.env["mail.domain.setup.record"]
        for setup in self:
            domain = setup._get_visible_domain()
            is_shown = domain and setup.step == "records"
            shown = cards._prepare_all(domain) if is_shown else []
            setup.cards = [
                {**cards._prepare_fix(values), "optional": values["optional"]}
                for values in shown
            ]
