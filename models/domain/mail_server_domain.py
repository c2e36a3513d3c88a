# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.host_names import fold, is_host_name
from .ir_mail_server import check_addresses, split_addresses

_NOT_NAMES = ("in", "cname", "->", "\u2192", "=>", "=", ":", "|", "host", "name")


def read_cname(line, domain):
    """Return (selector, target) of a CNAME as people copy it, None where it is none.

    :param line: "selector target"; the record's whole name, a lifetime, the words IN
        and CNAME and an arrow may stand there too.
    :param domain: the domain that the selector is below.
    """
    words = [word.strip(",;\"'").rstrip(".") for word in line.split()]
    names = [
        word
        for word in words
        if word and word.lower() not in _NOT_NAMES and not word.isdigit()
    ]
    if len(names) != 2 or not all(is_host_name(name) for name in names):
        return None
    selector, _label, below = names[0].lower().partition("._domainkey")
    target = fold(names[1])
    if "." not in target or (below and not _is_within(below[1:], domain)):
        return None
    return selector, target


def list_cnames(text, domain):
    """Return the (selector, target) of each line; none of what can't be read."""
    pairs = (read_cname(line, domain) for line in (text or "").splitlines())
    return tuple(pair for pair in pairs if pair)


def _is_within(name, domain):
    return f".{fold(name)}".endswith(f".{fold(domain)}")


class MailServerDomain(models.Model):
    """What an administrator knows better than the catalogue of providers.

    One row for a server and a domain; without a server it is about the one that
    odoo.conf names.
    """

    _name = "mail.server.domain"
    _description = "Outgoing Server for a Domain"

    alias_domain_id = fields.Many2one(
        "mail.alias.domain", required=True, index=True, ondelete="cascade"
    )
    mail_server_id = fields.Many2one(
        "ir.mail_server",
        string="Outgoing Server",
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: the server that Odoo's configuration file names.",
    )
    provider_id = fields.Many2one(
        "mail.sending.provider",
        ondelete="set null",
        help="Set it where the host name does not tell who sends.",
    )
    selectors = fields.Char(
        string="DKIM Selectors",
        help="The selectors that the server signs with, comma-separated, where they "
        "differ from the catalogue's. The provider shows them with its DKIM records.",
    )
    cname_targets = fields.Text(
        string="DKIM CNAMEs",
        help="Where the server asks for CNAME records whose targets are yours alone: "
        "one a line, the selector and the target, as the provider shows them.",
    )
    signing_domain = fields.Char(
        string="Signing Domain (d=)",
        help="Where the server signs as a subdomain (d=): mg.acme.example. Empty: the "
        "domain itself, or the subdomain for bounces where the provider works so.",
    )
    signing_seen = fields.Boolean(
        string="Signature Seen",
        help="A mail by this server has arrived somewhere with a valid DKIM signature "
        "of the domain.",
    )
    envelope_domain = fields.Char(
        string="Return-Path Domain",
        help="The subdomain to which bounces return, where you have set one up at the "
        "provider: bounces.acme.example",
    )
    sending_host_ips = fields.Char(
        string="Sends from IP Addresses",
        help="Only for the server of the configuration file; others have their own.",
    )

    _one_per_server = models.UniqueIndex(
        "(alias_domain_id, COALESCE(mail_server_id, 0))",
        "There is already an entry for this server and domain.",
    )

    # Each by itself: what is stored keeps nobody from changing something else.
    @api.constrains("sending_host_ips")
    def _check_sending_host_ips(self):
        for entry in self:
            check_addresses(entry, entry.sending_host_ips)

    @api.constrains("selectors")
    def _check_typed_selectors(self):
        for entry in self:
            entry._check_selectors(entry.selectors)

    @api.constrains("cname_targets")
    def _check_typed_cname_targets(self):
        for entry in self:
            entry._check_cname_targets(entry.cname_targets, entry.alias_domain_id)

    @api.constrains("signing_domain")
    def _check_typed_signing_domain(self):
        for entry in self:
            entry._check_signing_domain(entry.signing_domain, entry.alias_domain_id)

    @api.constrains("envelope_domain")
    def _check_typed_envelope_domain(self):
        for entry in self:
            entry._check_envelope_domain(entry.envelope_domain, entry.alias_domain_id)

    @api.model
    def _check_selectors(self, selectors):
        """Check selectors as typed, before anything is stored.

        :raises ValidationError:
        """
        for selector in split_addresses(selectors):
            if not is_host_name(selector):
                raise ValidationError(
                    self.env._(
                        "%(part)s is no DKIM selector. Right ones are google, s1 or "
                        "20261101-acme; separate several by commas.",
                        part=selector[:100],
                    )
                )

    @api.model
    def _check_cname_targets(self, text, alias_domain):
        """Check CNAMEs as typed, before anything is stored.

        :raises ValidationError:
        """
        for line in (text or "").splitlines():
            if line.strip() and not read_cname(line, alias_domain.name):
                raise ValidationError(
                    self.env._(
                        "%(line)s is no CNAME of a DKIM key. Write the selector and "
                        "the target, one a line, as the provider shows them: "
                        "selector1 selector1-acme._domainkey.provider.example",
                        line=line[:200],
                    )
                )

    @api.model
    def _check_signing_domain(self, name, alias_domain):
        """Check the domain of a signature as typed, before anything is stored.

        :raises ValidationError:
        """
        domain = alias_domain.name
        if name and not (is_host_name(name) and _is_within(name, domain)):
            raise ValidationError(
                self.env._(
                    "%(name)s is neither %(domain)s nor a subdomain of it. Leave it "
                    "empty unless the provider signs as a subdomain.",
                    name=name[:100],
                    domain=domain,
                )
            )

    @api.model
    def _check_envelope_domain(self, name, alias_domain):
        """Check a subdomain as typed, before anything is stored.

        :raises ValidationError:
        """
        domain = alias_domain.name
        if name and not (is_host_name(name) and name.lower().endswith(f".{domain}")):
            raise ValidationError(
                self.env._(
                    "%(name)s is no subdomain of %(domain)s. Leave it empty unless the "
                    "provider shows such a name.",
                    name=name[:100],
                    domain=domain,
                )
            )
