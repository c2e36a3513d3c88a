# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import dataclass, replace

from odoo import api, models
from odoo.tools import config, email_domain_extract

from ...mailauth.address import split_address
from ...mailauth.dns.addresses import is_private_host
from ...mailauth.domain.facts import Address, Facts, Server
from .ir_mail_server import split_addresses
from .ir_mail_server_sender import get_default_sender
from .mail_server_domain import list_cnames

ENVELOPES = {"keep": "ours", "own": "provider", "subdomain": "subdomain"}
# The name of a server is part of what results are kept by: the same in all languages.
CONFIGURATION_FILE = "odoo.conf"
KEY_STATES = ("draft", "published", "active")


@dataclass(frozen=True)
class OutgoingServer:
    """A server by which mails of a domain leave.

    :param name: how the administrator calls the server.
    :param host: the host name that Odoo hands the mails to.
    :param record: ``ir.mail_server``, empty for the one of odoo.conf.
    :param recognized: ``mail.sending.provider`` by its host name, may be empty.
    :param provider: the provider, the one chosen by hand if there is one.
    :param addresses: the addresses that mails leave from, as typed.
    :param typed_selectors: the selectors where they are not the provider's usual ones.
    :param typed_targets: (selector, host name) of CNAMEs that only the customer knows.
    :param envelope_domain: the subdomain for bounces, "" for none.
    :param typed_signing_domain: d= of its signatures where it is not the usual one.
    :param seen: whether somebody says that a mail has shown its signature.
    :param signs: whether it signs with the domain by itself, so that Odoo does not.
    """

    name: str
    host: str
    record: object
    recognized: object
    provider: object
    addresses: tuple[str, ...] = ()
    typed_selectors: tuple[str, ...] = ()
    typed_targets: tuple[tuple[str, str], ...] = ()
    envelope_domain: str = ""
    typed_signing_domain: str = ""
    seen: bool = False
    signs: bool = False

    @property
    def guessed_host(self):
        """The host whose address is the best guess, "" where none is needed."""
        return "" if self.provider or self.addresses else self.host

    @property
    def envelope(self):
        """Whose domain receivers see; a subdomain that was typed in was set up."""
        if self.envelope_domain:
            return "subdomain"
        return ENVELOPES.get(self.provider.envelope, "ours")

    def get_filter(self):
        """Return what it may send for, as Odoo has it."""
        if self.record:
            return self.record.from_filter
        return self.record._get_default_from_filter()

    def get_selectors(self, domain):
        """Return the selectors that it signs with, () for none known."""
        entries = self.provider._get_dkim_entries(domain)
        usual = tuple(entry.selector for entry in entries)
        targets = tuple(selector for selector, _target in self.typed_targets)
        return tuple(dict.fromkeys((*(self.typed_selectors or usual), *targets)))

    def get_targets(self, domain):
        """Return {selector: host name} of the CNAMEs that it asks for, if known."""
        entries = self.provider._get_dkim_entries(domain)
        return {
            **{entry.selector: entry.target for entry in entries if entry.target},
            **dict(self.typed_targets),
        }

    @property
    def signing_domain(self):
        """The subdomain that it signs as, "" for our domain or an unknown one."""
        by_envelope = self.envelope_domain if self.provider.dkim_subdomain else ""
        return self.typed_signing_domain or by_envelope


class MailAliasDomain(models.Model):
    """How the mails of a domain leave this database: what its checks are about."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    def _get_outgoing_servers(self):
        """Return each :class:`OutgoingServer` that mails of this domain may leave by.

        The outgoing servers whose filter allows the domain, those that Odoo picks for
        its addresses, those that templates force; the server of odoo.conf only where
        Odoo picks no record.
        """
        self.ensure_one()
        domain = self.sudo()
        records = domain._get_sending_servers()
        found = [domain._prepare_outgoing_server(record) for record in records]
        if domain._uses_configuration_file():
            found.append(domain._prepare_outgoing_server(records.browse()))
        return found

    def _get_sending_servers(self):
        servers = self.env["ir.mail_server"].search([("active", "=", True)])
        matching = servers.filtered(self._is_allowed_by_filter)
        picked = [self._find_server(address) for address in self._get_senders()]
        forced = servers.filtered("mail_template_ids").filtered(
            lambda server: not server.from_filter
        )
        return servers & (matching | forced).union(*[s for s in picked if s])

    def _is_allowed_by_filter(self, server):
        parts = server._parse_from_filter(server.from_filter)
        names = {split_address(part.lower())[1].removesuffix(".") for part in parts}
        return self.name.lower() in names

    def _get_senders(self):
        """Return addresses of the domain that mails are sent from, one is enough."""
        addresses = [self.default_from_email, f"someone@{self.name}"]
        return [address for address in addresses if address]

    def _find_server(self, address):
        """Return the server that Odoo picks for a sender, None for odoo.conf."""
        company = self.company_ids[:1] or self.env.company
        servers = self.env["ir.mail_server"].with_company(company)
        if self.default_from_email:
            servers = servers.with_context(
                domain_notifications_email=self.default_from_email
            )
        return servers._find_mail_server(address)[0]

    def _uses_configuration_file(self):
        return any(not self._find_server(address) for address in self._get_senders())

    def _prepare_outgoing_server(self, record):
        entry = self.env["mail.server.domain"].search(
            [
                ("alias_domain_id", "=", self._origin.id),
                ("mail_server_id", "=", record.id),
            ],
            limit=1,
        )
        from_file = not record or record.smtp_authentication == "cli"
        host = config.get("smtp_server") if from_file else record.smtp_host
        login = config.get("smtp_user") if from_file else record.smtp_user
        recognized = self.env["mail.sending.provider"]._find_by_host(host, login)
        provider = entry.provider_id or recognized
        preset = record.signs_itself if record else provider.signs
        addresses = record.sending_host_ips or entry.sending_host_ips
        return OutgoingServer(
            name=record.name or CONFIGURATION_FILE,
            host=host or "localhost",
            record=record,
            recognized=recognized,
            provider=provider,
            addresses=split_addresses(addresses),
            typed_selectors=split_addresses(entry.selectors),
            typed_targets=list_cnames(entry.cname_targets, self.name),
            envelope_domain=entry.envelope_domain or "",
            typed_signing_domain=entry.signing_domain or "",
            seen=entry.signing_seen,
            signs=preset or bool(entry.selectors or entry.cname_targets),
        )

    def _prepare_facts_later(self, servers, report_address=None, used=False):
        """Return a function of guesses to the :class:`Facts` that checks stand on.

        Everything is read now; the function touches no record. Guesses are
        {host: addresses} for :meth:`_get_guessed_hosts`.

        :param report_address: None: the one of the domain.
        :param used: whether a company is about to use the domain.
        """
        self.ensure_one()
        prepared = [
            (self._prepare_server_facts(one), one.guessed_host) for one in servers
        ]
        if report_address is None:
            report_address = self._get_report_address()
        facts = Facts(
            keys=self._get_signing_keys()._prepare_signing_keys(),
            envelope_domain=self._get_envelope_domain(servers, used),
            from_domains=self._get_from_domains(),
            default_from=get_default_sender(self),
            report_address=report_address,
        )
        return lambda guesses: replace(
            facts, servers=tuple(with_guess(*one, guesses) for one in prepared)
        )

    def _get_envelope_domain(self, servers, used=False):
        """Return the domain to which bounces of this domain's mails return.

        Where no company uses it, that of the main company, for which they are written:
        as ``_with_bounce_address`` of ``ir.mail_server`` decides about each mail. A
        draft is judged as it will be.

        :param servers: as from :meth:`_get_outgoing_servers`.
        :param used: whether a company is about to use it.
        """
        main = self._get_main() or self.sudo().search([], limit=1)
        used = used or not self.active or main == self or bool(self.sudo().company_ids)
        if used or not main.bounce_email:
            return self.name
        filters = [server.get_filter() for server in servers]
        matches = self.env["ir.mail_server"]._match_from_filter
        # Where no filter names that address, Odoo takes the one in From.
        may_use = any(matches(main.bounce_email, one) for one in filters)
        return main.name if may_use or not filters else self.name

    @api.model
    def _get_guessed_hosts(self, servers):
        """Return the hosts whose A and AAAA records are the best guess there is."""
        hosts = [server.guessed_host for server in servers]
        return sorted({host for host in hosts if host and not is_private_host(host)})

    def _prepare_server_facts(self, server):
        provider = server.provider
        selectors = server.get_selectors(self.name)
        signing_domain = server.signing_domain
        targets = server.get_targets(self.name)
        return Server(
            name=server.name,
            provider=provider.name or "",
            envelope=server.envelope,
            envelope_domain=server.envelope_domain,
            spf_term=provider.spf_term or "",
            signs=server.signs,
            selectors=selectors,
            signs_as="subdomain" if provider.dkim_subdomain else "ours",
            signing_domain=signing_domain,
            signing_seen=server.seen
            or self._is_signature_seen(selectors, signing_domain or self.name),
            wants_cnames=provider.dkim_by_cname or bool(targets),
            cname_targets=tuple(targets.items()),
            needs_all_selectors=provider.dkim_needs_all,
            mx_records=tuple(provider._get_mx_records(self.name)),
            rewritten_headers=server.record._get_rewritten_headers(provider),
            **server.record._prepare_sender_facts(provider, get_default_sender(self)),
            addresses=tuple(Address(address) for address in server.addresses),
            host=server.host,
        )

    def _get_dkim_keys(self):
        """Return the keys that sign for the domain, and those that wait to."""
        keys = self.env["mail.dkim.key"]
        own = keys.search(
            [("alias_domain_id", "=", self.id), ("state", "in", KEY_STATES)]
        )
        if own.filtered(lambda key: key.state == "active"):
            return own.sudo()
        # A parent's may be another company's: who may not read it is told what signs.
        return own.sudo() | keys._get_active_keys(self.name, self)

    def _get_signing_keys(self):
        """Return the keys of the domain, and those of what else From may have."""
        keys = self._get_dkim_keys()
        others = [name for name in self._get_from_domains() if name != self.name]
        return keys.union(*(keys._get_active_keys(name, self) for name in others))

    def _get_from_domains(self):
        """Return the domains of From: this one, and that of a full default address."""
        default = email_domain_extract(self.default_from_email or "")
        return tuple({self.name: None, default or self.name: None})


def with_guess(server, host, guesses):
    """Give a server of one's own the addresses of its host name, as a guess."""
    guessed = tuple(Address(ip, known=False) for ip in guesses.get(host, ()))
    return replace(server, addresses=guessed) if guessed else server
