# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ...mailauth.domain.facts import SigningKey


class MailDkimKey(models.Model):
    """What the checks of a domain know of its keys, and are told of them."""

    # A file for each concern.
    _inherit = "mail.dkim.key"  # pylint: disable=consider-merging-classes-inherited

    host_name = fields.Char(
        string="Short Name",
        compute="_compute_host",
        help="The name of the record as most DNS hosts want it typed.",
    )
    host_text = fields.Char(string="Where", compute="_compute_host")
    host_url = fields.Char(string="Their Instructions", compute="_compute_host")
    host_editor_url = fields.Char(string="Open it there", compute="_compute_host")

    @api.depends("record_name", "alias_domain_id.dns_provider_ids", "cname_target")
    @api.depends_context("lang")
    def _compute_host(self):
        for key in self:
            domain = key.alias_domain_id
            names = domain._prepare_host_name(key.record_name) if domain else {}
            host = domain._get_dns_host()
            rdtype = "CNAME" if key.cname_target else "TXT"
            key.host_name = names.get("host_name")
            key.host_text = key._describe_host(host)
            key.host_url = host._get_help_url(rdtype) if host else False
            editor = domain._prepare_editor() if host else {}
            key.host_editor_url = editor.get("editor_url", False)

    def _describe_host(self, host):
        """Return who hosts the domain's DNS, and where records are edited there."""
        if not host:
            return False
        if not host.edit_path:
            return self.env._("Your DNS is hosted by %(host)s.", host=host.name)
        return self.env._(
            "Your DNS is hosted by %(host)s. There you edit it at: %(path)s",
            host=host.name,
            path=host.edit_path,
        )

    def _raise_unusable_alarm(self):
        result = super()._raise_unusable_alarm()
        for domain in self.sudo().alias_domain_id._get_shared_namesakes():
            domain._note_unusable_key(self)
        return result

    def _prepare_signing_keys(self):
        """Return these keys as the check of a domain wants them.

        :rtype: tuple[SigningKey, ...]
        """
        return tuple(
            SigningKey(
                selector=key.selector,
                public_key=key.public_key or "",
                algorithm=key.key_type,
                active=key.state == "active",
                domain=key._get_domain_name(),
                usable=key.is_usable,
                published=key.state != "draft",
                cname_target=key.cname_target or "",
            )
            for key in self
        )
