# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The signature: the last thing that happens to a message before it leaves."""

import copy
import logging
import time
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.tools import config

from ...mailauth.errors import PermError
from ...mailauth.mailbox import parse_mailbox
from ..sender.message_session import is_international, takes_bytes
from ..tools.after_delivery import never_raise
from ..tools.worker_caches import clear_caches
from .signing import ActiveKey, find_active_keys, pick_keys, sign

_logger = logging.getLogger(__name__)


# The fields that SigningFacts depend on, besides the catalogue of providers.
DECIDING = {
    "rewritten_headers",
    "signs_itself",
    "smtp_authentication",
    "smtp_host",
    "smtp_user",
}


class SigningFacts(NamedTuple):
    """What decides about signatures and stays the same while a session lives.

    :param signs_itself: the server signs, so Odoo does not.
    :param unsigned_headers: what the server rewrites, in lower case.
    :param keys: those that sign now, none where the server does it.
    :param company_domain_id: the alias domain of the company that opened the session.
    """

    signs_itself: bool
    unsigned_headers: tuple[str, ...]
    keys: tuple[ActiveKey, ...] = ()
    company_domain_id: int | bool = False


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

    def _follow_catalogue(self, former):
        """Preset the switch anew where the catalogue has changed.

        When servers are there before the addon, it is empty as they are computed. A
        choice by hand stays: a switch that is not as the catalogue had it.

        :param dict former: by id of providers that were changed, whether they signed.
        """
        for server in self:
            last, provider = server.signing_provider_id, server._get_catalogue_entry()
            is_preset = server.signs_itself == former.get(last.id, last.signs)
            if is_preset and server.signs_itself != provider.signs:
                server.signs_itself = provider.signs
            elif last != provider:
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

    @api.model
    def _prepare_session_parts(self, facts):
        parts = super()._prepare_session_parts(facts)
        server = self.sudo().browse(facts.server_id or ())
        signing = server._find_signing_facts(facts.host, facts.user)
        # First: where the server signs, a key that can't be used is no alarm.
        if not signing.signs_itself:
            signing = signing._replace(
                keys=find_active_keys(self.env),
                company_domain_id=self.env.company.sudo().alias_domain_id.id,
            )
        return [*parts, signing]

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
        international = is_international(smtp_from, smtp_to_list)
        signed, unusable = None, ()
        # Bytes are what another addon has finished, with a signature or without one.
        is_open = not isinstance(message, bytes)
        if is_open and takes_bytes(smtp_session, international):
            signed, unusable = _sign(self, smtp_session, message, international)
        refused = super()._deliver(
            smtp_session, signed or message, smtp_from, smtp_to_list
        )
        if unusable:
            what = "Administrators are not told of DKIM keys that can't be used"
            with never_raise(_logger.exception, what), self.env.cr.savepoint():
                for key in self.env["mail.dkim.key"].sudo().browse(unusable):
                    key._tell_unusable()
        return refused


def _sign(mail_servers, smtp_session, message, international=False):
    """Return the bytes of a message with its signatures.

    A function, since templates can call methods: nobody shall have signed what does
    not leave.

    :param mail_servers: ``ir.mail_server``.
    :param message: as it shall leave, From included.
    :param bool international: as :func:`_serialize`.
    :return: the bytes, None where no key signs; and the ids of keys that should have
        signed and can't be used.
    """
    env = mail_servers.env
    facts = mail_servers._get_session_facts(smtp_session)
    signing = facts.get_part(SigningFacts)
    if not signing.keys:
        return None, ()
    # The company of a batch stays the same; each commit makes the ORM read it anew.
    company_domain_id = (
        signing.company_domain_id
        if facts.mail_ids
        else env.company.sudo().alias_domain_id.id
    )
    domain = parse_mailbox(message["From"]).domain
    owner = facts.alias_domain_id or company_domain_id
    keys = pick_keys(signing.keys, domain, owner)
    if not keys:
        return None, ()
    data, headers = _serialize(message, international), signing.unsigned_headers
    try:
        return sign(env.cr, data, keys, int(time.time()), headers)
    except PermError as error:
        # A message that can't be read still leaves, as without this addon.
        _logger.warning("%s leaves unsigned: %s", message["Message-Id"], error)
        return None, ()


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
