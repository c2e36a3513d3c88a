# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ipaddress
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mailauth.address import split_address
from ...mailauth.dns.addresses import is_public_network
from ...mailauth.dns.host_pattern import match_weight
from ..tools.host_names import check_patterns, is_host_name, read_patterns
from ..tools.worker_caches import clear_caches


@dataclass(frozen=True)
class DkimEntry:
    """One DKIM record that a provider asks for.

    :param selector: the part before ``._domainkey``.
    :param target: the host name of its CNAME; "": the provider shows the value.
    """

    selector: str
    target: str


class MailSendingProvider(models.Model):
    """What is known of a service that sends mails for its customers."""

    _name = "mail.sending.provider"
    _inherit = ["mail.deliverability.catalogue"]
    _description = "Mail Sending Provider"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    host_patterns = fields.Char(
        help="The host names of its SMTP servers, comma-separated. * in front stands "
        "for any number of labels, elsewhere for a part of one label: "
        "email-smtp.*.amazonaws.com"
    )
    account_domains = fields.Char(
        help="Where several services share one host name: the service is this one when "
        "the user name is an address of one of these domains (comma-separated)."
    )
    envelope = fields.Selection(
        [
            ("keep", "Keeps ours"),
            ("own", "Puts its own domain"),
            ("subdomain", "Puts a subdomain of ours, set up there"),
        ],
        string="Envelope Sender",
        required=True,
        default="keep",
        help="What it does to the address to which bounces return, the one that SPF is "
        "about.",
    )
    spf_term = fields.Char(
        string="SPF Term",
        help="What the SPF record of the domain must hold. Empty: nothing, because the "
        "envelope sender is not in the domain.",
    )
    signs = fields.Boolean(
        string="Signs with DKIM",
        help="It signs with the domain of the sender, once that is set up there.",
    )
    dkim_records = fields.Text(
        string="DKIM Records",
        help="One a line: the selector, then the host name that a CNAME points to. "
        "Without one the provider shows the value. {domain} and {domain_dashed} "
        "stand for the domain: brevo1 b1.{domain_dashed}.dkim.brevo.com",
    )
    dkim_setup = fields.Char(
        string="DKIM Set-up", translate=True, help="Where DKIM is set up there."
    )
    dkim_by_cname = fields.Boolean(
        string="DKIM by CNAME",
        help="It asks for CNAME records, and keeps the keys itself.",
    )
    dkim_target_example = fields.Char(
        string="CNAME Target",
        help="What the target of such a CNAME looks like where it depends on the "
        "customer: selector1-acme-example._domainkey.acme.onmicrosoft.com",
    )
    dkim_needs_all = fields.Boolean(
        string="Needs All DKIM Records",
        help="It goes from one selector to another when it replaces its keys: where a "
        "record is missing, its signatures can't be checked from then on.",
    )
    dkim_subdomain = fields.Boolean(
        string="Signs as Subdomain",
        help="It signs as the subdomain that is set up there, the one that bounces "
        "return to.",
    )
    dkim_switch = fields.Char(
        string="To Start Signing",
        translate=True,
        help="What has to be done there, once the records are published, so that it "
        "signs: the menu path, then what to press. Empty: nothing.",
    )
    setup_url = fields.Char(string="Their Instructions")
    mx_records = fields.Text(
        string="MX Records",
        help="Where it also takes the mail of its customers' domains: one a line, "
        "the preference and the host name. {domain_dashed} stands for the domain.",
    )
    rewritten_headers = fields.Char(
        help="Headers that it replaces, comma-separated: a signature made before can't "
        "cover them."
    )
    from_policy = fields.Selection(
        [
            ("unknown", "Not known"),
            ("any", "Accepts any of the account's domains"),
            ("rewrite", "Replaces it by the account's address"),
            ("refuse", "Refuses the mail"),
        ],
        string="Sender not Set Up There",
        required=True,
        default="unknown",
        help="What it does with an address in From that is not configured there.",
    )
    daily_limit = fields.Integer(
        help="Recipients in 24 hours that it accepts from one account; 0: not known, "
        "or none."
    )
    daily_limit_note = fields.Char(translate=True)
    connections = fields.Integer(
        string="Connections at once",
        help="Connections that it takes at the same time from one account; 0: not "
        "known.",
    )
    source = fields.Text(required=True, help="Where these facts come from.")
    verified_on = fields.Date(
        help="When the source was read for this record. Empty: written from common "
        "knowledge; read the source before you rely on it."
    )

    _daily_limit_positive = models.Constraint(
        "CHECK(daily_limit >= 0)", "A daily limit can't be negative."
    )
    _connections_positive = models.Constraint(
        "CHECK(connections >= 0)", "A number of connections can't be negative."
    )

    @api.model_create_multi
    def create(self, vals_list):
        clear_caches(self.env)  # what signs, and how, may change
        return super().create(vals_list)

    def write(self, vals):
        clear_caches(self.env)
        return super().write(vals)

    def unlink(self):
        clear_caches(self.env)
        return super().unlink()

    @api.constrains("host_patterns")
    def _check_host_patterns(self):
        for provider in self:
            check_patterns(provider, provider.host_patterns)

    @api.constrains("spf_term")
    def _check_spf_term(self):
        for provider in self:
            name, _colon, network = (provider.spf_term or "").partition(":")
            if name.lower() in ("ip4", "ip6") and not _is_public_network(network):
                raise ValidationError(
                    self.env._(
                        "%(term)s is no public address, and receivers never see mails "
                        "come from one that is not public. Write a public one: "
                        "ip4:192.0.2.10",
                        term=provider.spf_term[:200],
                    )
                )

    @api.constrains("dkim_records")
    def _check_dkim_records(self):
        for provider in self:
            for line in (provider.dkim_records or "").splitlines():
                provider._check_dkim_line(line)

    def _check_dkim_line(self, line):
        words = [_fill_in(word, "acme.example") for word in line.split()]
        if len(words) > 2 or not all(is_host_name(word) for word in words):
            raise ValidationError(
                self.env._(
                    "%(line)s is no DKIM record. Write a selector, then a host name: "
                    "s1 s1.dkim.provider.example",
                    line=line[:200],
                )
            )

    def _get_dkim_entries(self, domain):
        """Return the :class:`DkimEntry` that a domain needs, as far as known."""
        lines = [line.split() for line in (self.dkim_records or "").splitlines()]
        return [
            DkimEntry(words[0], _fill_in("".join(words[1:]), domain))
            for words in lines
            if words
        ]

    def _get_target_example(self, domain):
        """Return what the target of a CNAME looks like, "" where nobody knows."""
        return _fill_in(self.dkim_target_example or "", domain)

    def _get_mx_records(self, domain):
        """Return the MX records ("10 host") that a domain needs to get mail there."""
        lines = (self.mx_records or "").splitlines()
        return [_fill_in(line.strip(), domain) for line in lines if line.strip()]

    def _get_rewritten_headers(self):
        """Return the names of the headers that it replaces, in lower case."""
        parts = (self.rewritten_headers or "").split(",")
        return {part.strip().lower() for part in parts if part.strip()}

    @api.model
    def _find_by_host(self, host, login=None):
        """Return the provider of an SMTP server, or an empty recordset.

        :param host: the server's host name.
        :param login: the user name there; tells services apart that share a host.
        """
        [found] = self._find_by_hosts([(host, login)])
        return found

    @api.model
    def _find_by_hosts(self, servers):
        """Return the provider of each of some servers, with one question for all.

        :param servers: pairs, as the parameters of :meth:`_find_by_host`.
        :rtype: list[MailSendingProvider]
        """
        known = self.browse()
        if any(host for host, _login in servers):
            known = self.sudo().search([("host_patterns", "!=", False)])
        return [known._pick(host, login).with_env(self.env) for host, login in servers]

    def _pick(self, host, login):
        """Return the one of these providers that a server belongs to, or none."""
        domain = split_address(login or "")[1].strip().lower()
        ranked = [
            (provider._match_account(domain), weight, provider)
            for provider in self
            if host
            and (weight := match_weight(read_patterns(provider.host_patterns), host))
        ]
        ranked = [entry for entry in ranked if entry[0] is not None]
        best = max(ranked, key=lambda entry: entry[:2], default=None)
        return best[2] if best else self.browse()

    def _match_account(self, domain):
        """Return 1 where the account's domain is named, 0 where it doesn't matter."""
        if not self.account_domains:
            return 0
        names = self.account_domains.lower().replace(",", " ").split()
        return 1 if domain in names else None


def _is_public_network(text):
    try:
        return is_public_network(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        return False


def _fill_in(template, domain):
    text = template.replace("{domain_dashed}", domain.replace(".", "-"))
    return text.replace("{domain}", domain)
