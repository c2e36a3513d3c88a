# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from urllib.parse import urlsplit

from odoo import fields, models
from odoo.tools import email_domain_extract, email_normalize

from ...mailauth.domain.publish_hosts import list_exchanges


class MailAliasDomain(models.Model):
    """Where receivers send their reports: a mailbox that really takes mail."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    auth_report_address = fields.Char(
        copy=False,
        groups=fields.NO_ACCESS,
        help="Receivers send their DMARC and TLS reports there.",
    )

    def _get_report_address(self):
        """Return a mailbox of the domain that takes reports, "" where none is known."""
        return self.sudo().auth_report_address or self._propose_report_address()

    def _propose_report_address(self):
        companies = self.sudo().company_ids or self.env.companies
        everyone = self.env.ref("base.group_system").sudo().all_user_ids
        people = self.env.user | everyone.filtered(
            lambda user: user.company_ids & companies
        )
        typed = [self.env.user.email, *self.company_ids.mapped("email")]
        typed += people.filtered(lambda user: not user.share).mapped("email")
        addresses = [email_normalize(address) for address in typed if address]
        good = (
            address
            for address in addresses
            if address and not self._get_report_problem(address)
        )
        return next(good, "")

    def _get_report_problem(self, address):
        """Return why reports would not arrive at an address, or False.

        :param address: as typed.
        """
        self.ensure_one()
        normal = email_normalize(address)
        if not normal:
            return self.env._(
                "%(address)s is no address. A right one is postmaster@%(domain)s.",
                address=address[:100],
                domain=self.name,
            )
        if email_domain_extract(normal) != self.name.lower():
            return self.env._(
                "Receivers send reports about %(domain)s to another domain only if "
                "that one agrees to it in its DNS. Use an address at %(domain)s.",
                domain=self.name,
            )
        return self._get_routing_problem(normal)

    def _get_routing_problem(self, address):
        """Return why an address of the domain takes no reports, or False."""
        routed = (self.bounce_email, self.catchall_email, self.default_from_email)
        if address in [route.lower() for route in routed if route]:
            return self.env._(
                "Odoo uses %(address)s for replies and bounces; reports would be lost.",
                address=address,
            )
        if self._is_alias(address) or not self._takes_all_mail():
            return False
        return self.env._(
            "All mail of %(domain)s is delivered to Odoo, and no alias takes "
            "%(address)s. Use the address of an alias.",
            domain=self.name,
            address=address,
        )

    def _is_alias(self, address):
        aliases = self.env["mail.alias"].sudo()
        return bool(aliases.search_count([("alias_full_name", "=", address)], limit=1))

    def _takes_all_mail(self):
        """Whether the last check saw this Odoo as the domain's mail exchange."""
        url = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        own = urlsplit(url).hostname or ""
        return own in self._get_mail_exchanges()

    def _get_mail_exchanges(self):
        """Return the host names of the MX records that the last check found."""
        rows = self.sudo().auth_check_ids.filtered(lambda row: row.code == "mx")
        return list_exchanges("\n".join(row.found or "" for row in rows))
