"""System parameters whose values are checked, and those that alias domains mirror."""

import logging
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

from ...mailauth.address import (
    clean,
    normalize_domain,
    normalize_filter,
    normalize_local_part,
    normalize_sender,
)
from ...mailauth.dns.resolver import DEFAULT_TIMEOUT, DnsResolver, parse_nameservers
from ...mailauth.errors import PermError
from ...mailauth.sender import SENDER_POLICIES, parse_mailbox
from ..limit.ir_mail_server import DAILY_LIMIT_MAX, PUBLIC_PERCENT, RESERVE, URGENT
from ..limit.mail_send_counter import DAILY_LIMIT, RESET_HOUR
from .mail_alias_domain import CATCHALL_DOMAIN, DEFAULT_FROM, LIVE_FIELDS

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

NAMESERVERS = "mail_deliverability.nameservers"
DNS_TIMEOUT = "mail_deliverability.dns_timeout"
MAX_DNS_TIMEOUT = 60  # seconds
SENDER_POLICY = "mail_deliverability.sender_policy"
DEFAULT_SENDER_POLICY = "dmarc"


@dataclass(frozen=True)
class Parameter:
    """What a value of one key may be.

    :param normalize: returns the one spelling of a value that is not blank, and
        raises PermError with the part that is wrong.
    :param expected: what a right value looks like, with an example.
    """

    normalize: Callable[[str], str]
    expected: LazyTranslate


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a normalizer that takes one of ``choices``, in any case."""

    def normalize(text: str) -> str:
        value = text.lower()
        if value not in choices:
            raise PermError("choice_unknown", text[:100])
        return value

    return normalize


def whole_number(minimum: int, maximum: int) -> Callable[[str], str]:
    """Return a normalizer that takes a whole number between the two, both included."""

    def normalize(text: str) -> str:
        if not (text.isascii() and text.isdecimal()) or len(text) > 18:
            raise PermError("number_invalid", text[:100])
        if not minimum <= int(text) <= maximum:
            raise PermError("number_out_of_range", text)
        return str(int(text))

    return normalize


def normalize_nameservers(text: str) -> str:
    """Return a list of nameservers without what is blank in it."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    parse_nameservers(",".join(parts))
    return ", ".join(parts)


def normalize_timeout(text: str) -> str:
    """Return a number of seconds as it was typed, if it can be waited."""
    try:
        seconds = float(text)
    except ValueError as error:
        raise PermError("seconds_invalid", text[:100]) from error
    if not 0 < seconds <= MAX_DNS_TIMEOUT:
        raise PermError("number_out_of_range", text[:100])
    return text


PARAMETERS = {
    "mail.bounce.alias": Parameter(
        normalize_local_part,
        _lt("the part before the @ of an address, for example bounce"),
    ),
    "mail.catchall.alias": Parameter(
        normalize_local_part,
        _lt("the part before the @ of an address, for example catchall"),
    ),
    "mail.catchall.domain": Parameter(
        normalize_domain,
        _lt("the domain of your addresses, for example acme.example"),
    ),
    "mail.default.from": Parameter(
        normalize_sender,
        _lt(
            "an address or the part before its @, for example "
            "notifications@acme.example"
        ),
    ),
    "mail.default.from_filter": Parameter(
        normalize_filter,
        _lt(
            "domains or addresses with commas, for example acme.example, "
            "info@globex.example"
        ),
    ),
    DNS_TIMEOUT: Parameter(
        normalize_timeout, _lt("seconds, more than 0 and at most 60, for example 5")
    ),
    NAMESERVERS: Parameter(
        normalize_nameservers,
        _lt(
            "IP addresses with commas, or nothing to ask the nameservers of this "
            "machine; for example 192.0.2.53, 192.0.2.54:5353, [2001:db8::53]:53"
        ),
    ),
    DAILY_LIMIT: Parameter(
        whole_number(0, DAILY_LIMIT_MAX),
        _lt("recipients per day, or 0 for no limit, for example 200"),
    ),
    RESERVE: Parameter(
        whole_number(0, 90), _lt("a percentage from 0 to 90, for example 10")
    ),
    PUBLIC_PERCENT: Parameter(
        whole_number(0, 50), _lt("a percentage from 0 to 50, for example 20")
    ),
    URGENT: Parameter(
        whole_number(0, 1000), _lt("recipients per day, 0 to 1000, for example 30")
    ),
    RESET_HOUR: Parameter(
        whole_number(0, 23), _lt("an hour from 0 to 23, UTC, for example 23")
    ),
    SENDER_POLICY: Parameter(
        one_of(*SENDER_POLICIES), _lt('"filter", "dmarc" or "always"')
    ),
}

# Mails that wait for a limit may go when one of these changes.
LIMIT_KEYS = {DAILY_LIMIT, PUBLIC_PERCENT, RESERVE, RESET_HOUR, URGENT}

# Why a value is refused, by the code of the PermError.
REASONS = {
    "address_local_part_invalid": _lt("what stands before the @ can't be an address"),
    "address_missing_at": _lt("an address needs an @"),
    "choice_unknown": _lt("it is none of the choices"),
    "domain_invalid": _lt("this is not a domain"),
    "domain_is_address": _lt("this is an address, and only its domain belongs here"),
    "domain_missing": _lt("the domain is missing"),
    "local_part_invalid": _lt("this can't be the part before the @ of an address"),
    "local_part_is_address": _lt("only what stands before the @ belongs here"),
    "local_part_is_domain": _lt("this is a domain"),
    "nameserver_invalid": _lt("this is not the IP address of a nameserver"),
    "number_invalid": _lt("this is not a whole number"),
    "number_out_of_range": _lt("this number is too small or too large"),
    "seconds_invalid": _lt("this is not a number of seconds"),
}


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        """Create parameters; a live key that its alias domain has made is taken over.

        Otherwise the second record of a data file that sets all live keys would
        find its key taken.
        """
        vals_list = [self._normalize_vals(vals) for vals in vals_list]
        keys = {vals.get("key") for vals in vals_list}
        if LIVE_FIELDS.keys().isdisjoint(keys):
            parameters = super().create(vals_list)
            self._apply_limits(keys)
            return parameters
        domain_first = sorted(
            range(len(vals_list)),
            key=lambda position: vals_list[position].get("key") != CATCHALL_DOMAIN,
        )
        created = {}
        with self._all_or_nothing():
            for position in domain_first:
                vals = vals_list[position]
                taken_over = self._take_over(vals)
                created[position] = taken_over or super().create([vals])
                self._update_alias_domain([vals.get("key")])
        self._apply_limits(keys)
        return self.concat(*(created[position] for position in sorted(created)))

    @api.model
    def _take_over(self, vals):
        """Write to the live key that exists already, and return it."""
        live = vals.get("key") in LIVE_FIELDS
        taken = self.search([("key", "=", vals["key"])]) if live else self.browse()
        taken.write({"value": vals.get("value")})
        return taken

    def write(self, vals):
        keys = {*self.mapped("key"), vals.get("key")}
        judged = not vals.keys().isdisjoint(("key", "value"))
        if not judged or PARAMETERS.keys().isdisjoint(keys):
            return super().write(vals)
        with self._all_or_nothing():
            for parameter in self.sorted(lambda one: one.key != CATCHALL_DOMAIN):
                if not parameter.exists():
                    continue  # it went away with the domain
                before = parameter.key
                normal = parameter._normalize_changes(vals)
                super(IrConfigParameter, parameter).write(normal)
                self._update_alias_domain([before, parameter.key])
        self._apply_limits(keys)
        return True

    def unlink(self):
        keys = self.mapped("key")
        live = [key for key in keys if key in LIVE_FIELDS]
        with self._all_or_nothing() if live else nullcontext():
            result = super().unlink()
            if live:
                self._update_alias_domain(live)
        self._apply_limits(keys)
        return result

    @api.model
    def _apply_limits(self, keys):
        if not LIMIT_KEYS.isdisjoint(keys):
            self.env["mail.mail"]._limits_changed()
        if RESET_HOUR in keys:
            self.env["mail.mail"]._reset_hour_changed()

    @api.model
    def _normalize_vals(self, vals):
        """Return ``vals`` with the value in the spelling of its key."""
        value = vals.get("value")
        if vals.get("key") not in PARAMETERS or value is None or value is False:
            return vals
        return vals | {"value": self._normalize(vals["key"], str(value))}

    def _normalize_changes(self, vals):
        """Return ``vals`` with the value, old or new, in the spelling of the key."""
        self.ensure_one()
        normal = self._normalize_vals({"key": self.key, "value": self.value} | vals)
        return {name: normal[name] for name in normal if name in vals | {"value": ""}}

    @api.model
    def _normalize(self, key, value):
        """Return the one spelling of a value of a key that is in PARAMETERS.

        :raises ValidationError: says which key, which part, and what would be right.
        """
        text = clean(value)
        if not text or text == self._get_mirrored(key):
            return text
        try:
            return PARAMETERS[key].normalize(text)
        except PermError as error:
            raise ValidationError(self._explain(key, error)) from error

    @api.model
    def _explain(self, key, error):
        return self.env._(
            'The system parameter %(key)s can\'t be "%(part)s": %(reason)s. '
            "Enter %(expected)s",
            key=key,
            part=error.detail,
            reason=REASONS[error.code],
            expected=PARAMETERS[key].expected,
        )

    @api.model
    def _normalize_from_filter(self, text):
        """Return the one spelling of the filter of an outgoing server.

        :raises ValidationError: says which part is wrong, and what would be right.
        """
        try:
            return normalize_filter(text)
        except PermError as error:
            raise ValidationError(
                self.env._(
                    "The FROM filtering of an outgoing server can't hold "
                    '"%(part)s": %(reason)s. Enter %(expected)s',
                    part=error.detail,
                    reason=REASONS[error.code],
                    expected=PARAMETERS["mail.default.from_filter"].expected,
                )
            ) from error

    @api.model
    def _get_stored(self, key):
        """Return the value of a key, "" where there is none; never from a cache.

        A cache that is filled inside a savepoint would outlive its rollback.
        """
        return self.sudo().search([("key", "=", key)]).value or ""

    @api.model
    def _get_mirrored(self, key):
        """Return what the main company's alias domain says of a live key, else ""."""
        return self._get_mirrored_values().get(key, "")

    @api.model
    def _get_mirrored_values(self):
        alias_domain = self.env["mail.alias.domain"]._get_main()
        return alias_domain._get_parameters() if alias_domain else {}

    @api.model
    def _get_waiting_values(self):
        """Return the alias domain's values from keys that were set before it.

        Odoo would make something of what is no value, such as a local part of a name.
        """
        values = {field: self._get_waiting(key) for key, field in LIVE_FIELDS.items()}
        return {field: value for field, value in values.items() if value}

    @api.model
    def _get_waiting(self, key):
        """Return the value of a live key as an alias domain can use it, else ""."""
        old = text = self._get_stored(key)
        if key == DEFAULT_FROM:
            # Earlier versions of Odoo took a name with the address.
            text = parse_mailbox(old)[1] or old
        try:
            value = text and PARAMETERS[key].normalize(text)
        except PermError:
            value = ""
        if value != old:
            _logger.info("%s was %r; its alias domain begins with %r", key, old, value)
        return value

    @api.model
    def _update_alias_domain(self, keys):
        """Let the main company's alias domain follow live keys that have changed."""
        alias_domains = self.env["mail.alias.domain"].sudo()
        if CATCHALL_DOMAIN in keys:
            name = self._get_stored(CATCHALL_DOMAIN)
            self.env["mail.alias.domain"]._use_domain_name(name)
        main = alias_domains._get_main()
        changes = {
            LIVE_FIELDS[key]: self._get_stored(key) or main._get_blank_value(key)
            for key in LIVE_FIELDS.keys() & set(keys) - {CATCHALL_DOMAIN}
            if main and self._get_stored(key) != self._get_mirrored(key)
        }
        if changes:
            main.write(changes)
        alias_domains._mirror_in_parameters()

    @api.model
    def _join_alias_domain(self):
        """Bring keys from before the installation together with the alias domain.

        The alias domain wins; without one the keys make it. What neither Odoo nor
        this addon can use is left as it was and logged.
        """
        for key, value in self._get_mirrored_values().items():
            old = self._get_stored(key)
            if old not in ("", value):
                _logger.info(
                    "%s was %r and is now %r, as its alias domain says", key, old, value
                )
        self.env["mail.alias.domain"]._mirror_in_parameters()
        for key in PARAMETERS:
            parameter = self.sudo().search([("key", "=", key)])
            try:
                parameter.write({"value": parameter.value})
            except UserError as error:
                _logger.warning("%s", error)

    @api.model
    def _get_dns_resolver(self, timeout=None):
        """Return what asks DNS, as the system parameters say.

        :param timeout: seconds for one question; None: mail_deliverability.dns_timeout.
        :rtype: DnsResolver
        :raises UserError: one of them can't be read: from before the installation.
        """
        nameservers = self._get_nameservers()
        if timeout is None:
            timeout = float(
                self._parse(DNS_TIMEOUT, normalize_timeout, DEFAULT_TIMEOUT)
            )
        return DnsResolver(nameservers, timeout)

    @api.model
    def _get_nameservers(self):
        """Return the nameservers that mail_deliverability.nameservers names.

        :raises UserError: it can't be read.
        """
        return self._parse(NAMESERVERS, parse_nameservers, "")

    @api.model
    def _parse(self, key, parse, default):
        try:
            return parse(self.sudo().get_param(key) or str(default))
        except PermError as error:
            raise UserError(self._explain(key, error)) from error

    @api.model
    def _get_sender_policy(self):
        """Return mail_deliverability.sender_policy: "filter", "dmarc" or "always"."""
        return self.sudo().get_param(SENDER_POLICY) or DEFAULT_SENDER_POLICY

    @contextmanager
    def _all_or_nothing(self):
        """Undo the parameter when its alias domain refuses, and the reverse."""
        try:
            with self.env.cr.savepoint():
                yield
        finally:
            self.env.registry.clear_cache("stable")
