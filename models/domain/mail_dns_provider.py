# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mailauth.dns.host_pattern import match_weight
from ..tools.host_names import check_patterns, read_patterns


class MailDnsProvider(models.Model):
    """A company that hosts DNS zones, and where its customers edit them."""

    _name = "mail.dns.provider"
    _inherit = ["mail.deliverability.catalogue"]
    _description = "DNS Provider"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    nameserver_patterns = fields.Char(
        required=True,
        help="The names of its nameservers, comma-separated. * in front stands for any "
        "number of labels, elsewhere for a part of one label: *.awsdns-*.com",
    )
    apex_name = fields.Char(
        help="What is typed as the name of a record for the domain itself. Empty: the "
        "field stays empty."
    )
    apex_not_at = fields.Boolean(
        string="@ Is Another Name",
        help="Where the name stays empty: @ would not be the domain itself.",
    )
    editor_url = fields.Char(
        string="Editor",
        help="Where its customers edit records. {zone} stands for the domain.",
    )
    edit_path = fields.Char(
        translate=True, help="Where records are edited, as a path through its menus."
    )
    txt_url = fields.Char(string="Page on TXT Records")
    spf_url = fields.Char(string="Page on SPF Records")
    cname_url = fields.Char(string="Page on CNAME Records")
    source = fields.Text(required=True, help="Where these facts come from.")
    verified_on = fields.Date(
        help="When the source was read for this record. Empty: written from common "
        "knowledge; read the source before you rely on it."
    )

    @api.constrains("nameserver_patterns")
    def _check_nameserver_patterns(self):
        for provider in self:
            check_patterns(provider, provider.nameserver_patterns)

    @api.model
    def _find_by_nameservers(self, nameservers):
        """Return the hosts of a zone, best match of the first known nameserver.

        Several where they share their nameservers; empty where none is known.

        :param nameservers: names of the zone's NS records.
        """
        for nameserver in nameservers:
            weights = {
                provider.id: match_weight(
                    read_patterns(provider.nameserver_patterns), nameserver
                )
                for provider in self.sudo().search([])
            }
            best = max(weights.values(), default=0)
            if best:
                return self.browse(k for k, weight in weights.items() if weight == best)
        return self.browse()

    @api.constrains("editor_url")
    def _check_editor_url(self):
        for provider in self:
            url = provider.editor_url or ""
            if url and not url.startswith("https://"):
                raise ValidationError(
                    self.env._("An editor's address begins with https://.")
                )

    def _get_editor_url(self, zone):
        """Return where the records of a zone are edited, "" where nobody knows.

        :param zone: its name, from DNS.
        """
        return (self.editor_url or "").replace("{zone}", quote(zone, safe=""))

    def _get_help_url(self, rdtype, purpose=""):
        """Return the page that explains how to add a record, or "".

        :param rdtype: TXT, CNAME, MX.
        :param purpose: "spf" prefers the page on SPF.
        """
        wanted = {"TXT": self.txt_url, "CNAME": self.cname_url}.get(rdtype)
        if purpose == "spf":
            wanted = self.spf_url or wanted
        return wanted or self.txt_url or ""
