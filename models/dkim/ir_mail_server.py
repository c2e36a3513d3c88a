"""The signature: the last thing that happens to a message before it leaves."""

import copy
import logging
import time
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.tools import config

from ...mailauth.errors import PermError
from ...mailauth.mailbox import parse_mailbox
from ..tools.worker_caches import clear_caches
from .signing import find_active_keys, pick_keys, sign

_logger = logging.getLogger(__name__)


# The fields that SigningFacts depend on, besides the catalogue of providers.
DECIDING = {
    "rewritten_headers",
    "signs_itself",
    "smtp_authentication",
    "smtp_host",
    "smtp_user",
}

# What MAIL FROM says of an envelope with other alphabets (RFC 6531 section 3.4).
INTERNATIONAL = ("SMTPUTF8", "BODY=8BITMIME")


class SigningFacts(NamedTuple):
    """What decides about signatures and stays the same while a session lives.

    :param signs_itself: the server signs, so Odoo does not.
    :param unsigned_headers: what the server rewrites, in lower case.
    """

    signs_itself: bool
    unsigned_headers: tuple[str, ...]


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    signs_itself = fields.Boolean(
        string="This Server Signs Itself",
        compute="_compute_signs_itself",
        store=True,
        readonly=False,
        help="The service adds its own DKIM signature for your domain, so Odoo adds "
        "none. Set where the catalogue of providers says so.",
    )
    signing_provider_id = fields.Many2one(
        "mail.sending.provider",
        compute="_compute_signs_itself",
        store=True,
        ondelete="set null",
        help="The provider that the switch was last set for.",
    )
    rewritten_headers = fields.Char(
        help="Headers that this server replaces, comma-separated, such as Date, "
        "Message-ID: Odoo's signature leaves them out. Those that the catalogue of "
        "providers names are left out anyway."
    )

    @api.model_create_multi
    def create(self, vals_list):
        servers = super().create(vals_list)
        for server, vals in zip(servers, vals_list, strict=True):
            if "signs_itself" in vals:
                server._note_signing_provider()
        return servers

    def write(self, vals):
        if not DECIDING.isdisjoint(vals):
            clear_caches(self.env)
        result = super().write(vals)
        if "signs_itself" in vals:
            self._note_signing_provider()
        return result

    @api.depends("smtp_authentication", "smtp_host", "smtp_user")
    def _compute_signs_itself(self):
        """Preset the switch for another provider; for the same one it is the user's."""
        for server in self:
            provider = server._get_catalogue_entry()
            is_other = provider != server.signing_provider_id
            signs = provider.signs if is_other else server.signs_itself
            server.signs_itself = signs
            server.signing_provider_id = provider

    def _note_signing_provider(self):
        """Keep a choice by hand; with it, the ORM computes no preset."""
        for server in self:
            server.signing_provider_id = server._get_catalogue_entry()

    def _get_catalogue_entry(self, host=None, user=None):
        """Return the provider of this server, for an empty one that of odoo.conf's.

        :param host: what an empty one stands for instead: where a mail was sent by the
            name of a server.
        :param user: the user name there, None: as odoo.conf says.
        """
        if self and self.smtp_authentication != "cli":
            host, user = self.smtp_host, self.smtp_user
        else:
            host = host or config.get("smtp_server")
            user = user or config.get("smtp_user")
        providers = self.env["mail.sending.provider"]
        return providers._find_by_host(host or "", user or None).sudo()

    def _get_signing_facts(self, smtp_session):
        """Return what decides about signatures, found out once for a session.

        :rtype: SigningFacts
        """
        facts = getattr(smtp_session, "signing_facts", None)
        if not isinstance(facts, SigningFacts):
            server = self._get_session_server(smtp_session)
            host = getattr(smtp_session, "named_host", None)
            user = getattr(smtp_session, "named_user", None)
            facts = server._find_signing_facts(host, user)
            smtp_session.signing_facts = facts
        return facts

    @tools.ormcache("self.id", "host", "user")
    def _find_signing_facts(self, host=None, user=None):
        """Return the facts of a server; the queue opens many sessions a minute."""
        provider = self._get_catalogue_entry(host, user)
        signs_itself = self.signs_itself if self else provider.signs
        return SigningFacts(signs_itself, self._get_rewritten_headers(provider))

    def _get_rewritten_headers(self, provider):
        """Return what this server replaces, in lower case, by the catalogue or by hand.

        :param provider: ``mail.sending.provider``, may be empty.
        :rtype: tuple[str, ...]
        """
        typed = (self.rewritten_headers or "").lower().split(",")
        names = {name.strip() for name in typed if name.strip()}
        return tuple(sorted(names | provider._get_rewritten_headers()))

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        international = not "".join([smtp_from, *smtp_to_list]).isascii()
        takes_bytes = _takes_bytes(smtp_session, international)
        signed = takes_bytes and _sign(self, smtp_session, message, international)
        if not signed:
            return super()._deliver(smtp_session, message, smtp_from, smtp_to_list)
        options = INTERNATIONAL if international else ()
        return smtp_session.sendmail(smtp_from, smtp_to_list, signed, options)


def _sign(mail_servers, smtp_session, message, international=False):
    """Return the bytes of a message with its signatures, None without a key.

    A function, since templates can call methods: nobody shall have signed what does
    not leave.

    :param mail_servers: ``ir.mail_server``.
    :param message: as it shall leave, From included.
    :param bool international: as :func:`_serialize`.
    """
    # First: where the server signs, a key that can't be used is no alarm.
    facts = mail_servers._get_signing_facts(smtp_session)
    if facts.signs_itself:
        return None
    env = mail_servers.env
    domain = parse_mailbox(message["From"]).domain
    keys = pick_keys(
        _get_active_keys(env, smtp_session), domain, _get_owner(env, smtp_session)
    )
    if not keys:
        return None
    data, headers = _serialize(message, international), facts.unsigned_headers
    try:
        signed, unusable = sign(env.cr, data, keys, int(time.time()), headers)
    except PermError as error:
        # A message that dkimpy can't read still leaves, as without this addon.
        _logger.warning("%s leaves unsigned: %s", message["Message-Id"], error)
        return None
    for key in env["mail.dkim.key"].sudo().browse(unusable):
        key._tell_unusable()
    return signed


def _get_active_keys(env, smtp_session):
    """Return the keys that sign now, asked for once in a session.

    :rtype: tuple[ActiveKey, ...]
    """
    keys = getattr(smtp_session, "active_dkim_keys", None)
    if not isinstance(keys, tuple):
        keys = smtp_session.active_dkim_keys = find_active_keys(env)
    return keys


def _get_owner(env, smtp_session):
    """Return the id of the alias domain that the mails of a session belong to."""
    noted = getattr(smtp_session, "mail_alias_domain_id", None)
    return noted or env.company.sudo().alias_domain_id.id


def _takes_bytes(smtp_session, international):
    """Tell whether a session can be given a message as bytes.

    Another addon's session may take messages only, and would change the bytes. Where
    the server can't have an envelope, smtplib's ``send_message`` says so.
    """
    takes = hasattr(smtp_session, "sendmail")
    return takes and (not international or smtp_session.has_extn("smtputf8"))


def _serialize(message, international):
    """Return a message as smtplib's ``send_message`` writes it, without Bcc.

    Without its ">From" too, which only mailbox files need.

    :param bool international: with UTF-8 in headers (RFC 6532), for an envelope that
        has addresses in other alphabets.
    """
    message = copy.copy(message)
    del message["Bcc"]
    del message["Resent-Bcc"]
    options = {"linesep": "\r\n", **({"utf8": True} if international else {})}
    return message.as_bytes(policy=message.policy.clone(**options))
