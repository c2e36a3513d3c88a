# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ...mailauth.dns.names import display_name
from ...mailauth.domain.check import CODES
from ..domain.mail_domain_check_item import ANSWERS

SHOWN = 30
# What needs to be done at a domain, by its state; all others are to be set up.
TODO = {"pass": False, "temperror": "action_check_authentication"}
KINDS = ("spf", "dkim", "dmarc", "replies")
# The checks that these are about, and what is read of them: not the evidence.
JUDGED = [
    code
    for code in CODES
    if code.startswith(("domain_exists", *sum((ANSWERS[k] for k in KINDS), ())))
]
READ = ["alias_domain_id", "code", "pending", "reasons", "severity", "status"]


class MailDeliverabilityOverview(models.AbstractModel):
    """How the domains of the user's companies stand, and what to do next."""

    # A file for each concern.
    _inherit = "mail.deliverability.overview"  # pylint: disable=R8180

    @api.model
    def _get_tiles(self):
        domains = self._find_domains()
        checks = self.env["mail.domain.check"].search_fetch(
            [("alias_domain_id", "in", domains[:SHOWN].ids), ("code", "in", JUDGED)],
            READ,
        )
        by_domain = checks.grouped("alias_domain_id")
        tile = {
            "key": "domains",
            "sequence": 20,
            "told": bool(domains),
            "count": len(domains),
            "domains": [
                self._prepare_domain(one, by_domain.get(one, checks.browse()))
                for one in domains[:SHOWN]
            ],
        }
        return [*super()._get_tiles(), tile]

    @api.model
    def _find_domains(self):
        """Return the domains to show: the user's last draft, and those in use first."""
        domains = self.env["mail.alias.domain"]
        mine = [("active", "=", False), ("create_uid", "=", self.env.uid)]
        draft = domains.search(mine, order="write_date desc, id desc", limit=1)
        visible = domains.search_fetch([], ["name"])._filter_visible()
        return draft + visible.sorted(lambda one: not one.sudo().company_ids)

    @api.model
    def _prepare_domain(self, domain, checks):
        """Return the card of a domain.

        :param checks: those of it that the user may see.
        """
        many = len(self.env.companies) > 1
        missing = checks.filtered(
            lambda row: row.code == "domain_exists" and row.status == "fail"
        )
        companies = domain.sudo().company_ids & self.env.companies
        return {
            "id": domain.id,
            "name": display_name(domain.name),
            "companies": many and ", ".join(companies.mapped("name")),
            "is_draft": not domain.active,
            "checked_on": domain.sudo().auth_checked_on,
            "missing": missing._explain_first() if missing else False,
            "answers": checks._list_answers(KINDS),
            "steps": self._list_steps(domain),
        }

    @api.model
    def _list_steps(self, domain):
        """Return what can be done next at a domain, as buttons.

        :return: dicts with ``method`` of ``mail.alias.domain``, ``text``, and ``main``:
            whether it needs to be done.
        """
        words = {
            "action_set_up": self.env._("Set Up"),
            "action_check_authentication": self.env._("Check Again"),
            "action_open_checks": self.env._("Show"),
        }
        todo = TODO.get(domain.auth_status, "action_set_up")
        if not domain.active:
            todo = "action_set_up"
        steps = [{"method": todo, "text": words[todo], "main": True}] if todo else []
        if domain.sudo().auth_checked_on:
            show = "action_open_checks"
            steps.append({"method": show, "text": words[show], "main": False})
        return steps
