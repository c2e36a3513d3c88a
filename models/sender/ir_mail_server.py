# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import functools
import logging
import smtplib
from dataclasses import replace
from email.policy import EmailPolicy
from typing import NamedTuple

from odoo import api, models, tools

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...mailauth.folding import FromHeader, make_faithful
from ...mailauth.from_filter import fold_address, list_names, split_filter
from ...mailauth.mailbox import parse_mailbox
from ...mailauth.sender import decide_sender
from ..parameters.table import SENDER_POLICY
from ..tools.carrier import carried
from ..tools.say_once import SayOnce
from .batch import Batch
from .message_session import (
    DeliveryRefusedError,
    MessageSession,
    close_session,
    hand_over,
)
from .session_facts import SessionFacts, get_facts, set_facts

_logger = logging.getLogger(__name__)

# Odoo says these for each mail, and would for each domain whose servers are looked for.
logging.getLogger("odoo.addons.base.models.ir_mail_server").addFilter(
    SayOnce(
        "No mail server matches the from_filter",
        "The from filter of the CLI configuration does not match",
    )
)


class SenderFacts(NamedTuple):
    """What decides about the sender and stays the same while a session lives.

    :param personal: whether the session belongs to a user's personal server.
    :param own_domains: domains and addresses that alias domains and filters name.
    :param sender_policy: mail_deliverability.sender_policy.
    """

    personal: bool
    own_domains: tuple[str, ...]
    sender_policy: str


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    # ------------------------------------------------------------
    # Records
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalize_filter_vals(v) for v in vals_list])

    def write(self, vals):
        # An import brings what is there already: that is no fault of who writes.
        same = self and all(one.from_filter == vals.get("from_filter") for one in self)
        if same or any(self.mapped("owner_user_id")):
            return super().write(vals)
        return super().write(self._normalize_filter_vals(vals))

    @api.model
    def _normalize_filter_vals(self, vals):
        """Return ``vals`` with a filter in its one spelling.

        The filter of a personal server is its user's address, whatever that is.
        """
        if not vals.get("from_filter") or vals.get("owner_user_id"):
            return vals
        parameters = self.env["ir.config_parameter"]
        normal = parameters._normalize_from_filter(vals["from_filter"])
        return {**vals, "from_filter": normal}

    # ------------------------------------------------------------
    # Which server: Odoo's rules, with one spelling for each name
    # ------------------------------------------------------------

    @api.model
    def _match_from_filter(self, email_from, from_filter):
        parts = split_filter(from_filter)
        address = parse_mailbox(email_from).address
        if parts and not address:
            return False
        return super()._match_from_filter(address, ",".join(map(fold_address, parts)))

    def _find_mail_server(self, email_from, mail_servers=None):
        if mail_servers is None:
            domain = self._find_mail_server_allowed_domain()
            mail_servers = self.sudo().search(domain, order="sequence")
        found = self._find_named_server(email_from, mail_servers.filtered("active"))
        if not found:
            found = super()._find_mail_server(email_from, mail_servers)
        return found

    def _find_named_server(self, email_from, mail_servers):
        """Apply the rules of ``_find_mail_server`` that depend on filters.

        Odoo compares text there, so that an IDN never matches its punycode.

        :return: the server and the address to send as, or None.
        """
        author = parse_mailbox(email_from).address
        if server := _first_match(mail_servers, author):
            return server, email_from
        default = parse_mailbox(self._get_sender_default()).address
        fallbacks = self._filter_mail_servers_fallback(mail_servers)
        if server := _first_match(fallbacks, default):
            return server, default
        return None

    def _connect__(  # noqa: PLW3201
        self, host=None, port=None, user=None, password=None, encryption=None,
        smtp_from=None, ssl_certificate=None, ssl_private_key=None, smtp_debug=False,
        mail_server_id=None, allow_archived=False,
    ):  # fmt: skip
        """Note on the session which server it belongs to: a record, or a named host.

        Odoo picks a record by itself where none is given, and does not tell which. So
        it is picked here, by the same rules.
        """
        named_host = host
        if not mail_server_id and not host and not self._disable_send():
            server, smtp_from = self._pick_server(smtp_from)
            mail_server_id = server.id or None
            # Where its host is named, Odoo does not look for a record once more.
            host = None if server else tools.config.get("smtp_server")
        session = super()._connect__(
            host=host, port=port, user=user, password=password, encryption=encryption,
            smtp_from=smtp_from, ssl_certificate=ssl_certificate,
            ssl_private_key=ssl_private_key, smtp_debug=smtp_debug,
            mail_server_id=mail_server_id, allow_archived=allow_archived,
        )  # fmt: skip
        if session is not None:
            known = {"host": named_host, "user": user}
            if mail_server_id:
                known = {"server_id": mail_server_id}
            set_facts(session, SessionFacts(**known))
        return session

    @api.model
    def _pick_server(self, smtp_from):
        """Return what a session leads to where no server is named.

        :param smtp_from: as in ``_connect__``.
        :return: the server (with sudo), none for odoo.conf's, and whom it sends as.
        """
        server, smtp_from = self.sudo()._find_mail_server(smtp_from)
        return server or self.sudo().browse(), smtp_from

    @api.model
    def _get_session_facts(self, smtp_session):
        """Return what is known of a session, found out once.

        :rtype: SessionFacts
        """
        facts = get_facts(smtp_session)
        if not facts.prepared:
            parts = self._prepare_session_parts(facts)
            facts = replace(facts, parts=(*facts.parts, *parts), prepared=True)
            set_facts(smtp_session, facts)
        return facts

    @api.model
    def _prepare_session_parts(self, facts):
        """Find out what decides about the messages of a session.

        Each capability adds a part, of a class of its own.

        :param SessionFacts facts: what is known already.
        :return: a list of parts.
        """
        server = self.sudo().browse(facts.server_id or ())
        parameters = self.env["ir.config_parameter"]
        return [
            SenderFacts(
                bool(server.owner_user_id),
                self._get_own_domains(),
                parameters._get_value(SENDER_POLICY),
            )
        ]

    @api.model
    def _get_session_server(self, smtp_session):
        """Return the server record of a session, none for odoo.conf's (with sudo)."""
        return self.sudo().browse(get_facts(smtp_session).server_id or ())

    # ------------------------------------------------------------
    # Who it comes from
    # ------------------------------------------------------------

    def _prepare_email_message__(self, message, smtp_session):  # noqa: PLW3201
        # Without a session nothing leaves (test mode), so there is nothing to decide.
        if smtp_session is None:
            return super()._prepare_email_message__(message, smtp_session)
        seen = smtp_session
        if not isinstance(smtp_session, MessageSession):
            seen = MessageSession(smtp_session)
        decision = self._decide_sender(str(message["From"] or ""), smtp_session)
        servers = self
        if decision:
            self._apply_sender(message, decision)
            seen.smtp_from = str(message["From"])
            facts = self._get_session_facts(smtp_session).get_part(SenderFacts)
            servers = self._with_bounce_address(message, seen, facts.own_domains)
        prepared = super(IrMailServer, servers)._prepare_email_message__(message, seen)
        # Whoever writes the message does it by its policy: smtplib, or who signs it.
        prepared[2].policy = make_faithful(prepared[2].policy)
        return prepared

    def _decide_sender(self, author, smtp_session):
        """Decide what stands in From of a message that leaves through a session.

        :param author: the value of From as the message was built.
        :return: a SenderDecision; None for a user's personal server, where Odoo sends
            as the user.
        """
        facts = self._get_session_facts(smtp_session).get_part(SenderFacts)
        if facts.personal:
            return None
        default = self._get_sender_default()
        from_filter = getattr(smtp_session, "from_filter", False)
        decide = functools.partial(
            decide_sender,
            author,
            from_filter,
            default,
            facts.own_domains,
            sender_policy=facts.sender_policy,
            unfiltered_default=not split_filter(from_filter)
            and _is_same(getattr(smtp_session, "smtp_from", False), default),
        )
        decision = decide()
        if default and _is_undecided(decision):
            policy = self._get_author_policy(decision.author_domain)
            decision = decide(author_policy=policy)
        if decision.fault:
            self._log_sender_fault(decision.fault, default or "", from_filter or "")
        return decision

    @api.model
    def _pick_undecided(self, mails):
        """Return the domains of authors whose policy will decide about a mail.

        :param mails: pairs: From of a mail, and the id of the server that it forces.
        :rtype: set[str]
        """
        policy = self.env["ir.config_parameter"]._get_value(SENDER_POLICY)
        undecided = _keep_undecided(self._list_author_filters(mails), policy)
        if undecided:
            # They cost questions to the database, which most batches don't need.
            own = self._get_own_domains()
            undecided = _keep_undecided(undecided, policy, own)
        return {parse_mailbox(author).domain for author, _filter in undecided}

    @api.model
    def _list_author_filters(self, mails):
        """Yield From and the filter of those mails that Odoo may send as their author.

        Where it picks a record, it does so only if a filter names the author.

        :param mails: as in :meth:`_pick_undecided`.
        """
        servers = self.sudo()
        picks = bool(
            split_filter(servers._get_default_from_filter())
            or servers.search_count(servers._find_mail_server_allowed_domain(), limit=1)
        )
        for author, server_id in mails:
            if server_id:
                yield author, servers.browse(server_id).from_filter
            elif not picks:
                yield author, ""

    @api.model
    def _get_author_policy(self, domain):
        """Return what a domain wants; a batch has waited for DNS before it began.

        :param domain: in A-labels.
        :return: see :meth:`MailAuthorPolicy._find_policies`.
        """
        batch = carried(self.env, Batch)
        policies = self.env["mail.author.policy"]
        if batch is None or batch.policies is None:
            return policies._find_policies([domain])[domain]
        if domain not in batch.policies:
            timeout = 0 if batch.asks_dns else None
            return policies._find_policies([domain], timeout)[domain]
        return batch.policies[domain]

    def _apply_sender(self, message, decision):
        if decision.encapsulated:
            del message["X-Original-From"]
            message["X-Original-From"] = decision.author
            if not message["Reply-To"]:
                message["Reply-To"] = decision.author
        header = decision.header_from
        authors = [str(author) for author in message.get_all("From", [])]
        if authors == [header]:
            return
        encoded = header.isascii() and "@" in header
        if encoded and isinstance(message.policy, EmailPolicy):
            header = FromHeader.from_encoded(header)
        if len(authors) == 1:
            message.replace_header("From", header)
        else:
            del message["From"]
            message["From"] = header

    def _get_sender_default(self):
        """Return the address to encapsulate in: the record's company's, if known.

        Its alias domain may have no default address, and another company's is none of
        its own: only that of odoo.conf stands in for it, which belongs to nobody.
        """
        named = self.env.context.get("domain_notifications_email")
        if named is not None:
            return named or tools.config.get("email_from")
        return self._get_default_from_address()

    @api.model
    def _get_own_domains(self):
        """Return the domains and addresses that alias domains and filters name."""
        domains = self.env["mail.alias.domain"].sudo().search_fetch([], ["name"])
        servers = self.sudo().search([("owner_user_id", "=", False)])
        filters = [*servers.mapped("from_filter"), self._get_default_from_filter()]
        parts = [part for text in filters for part in split_filter(text or "")]
        return tuple(map(fold_address, [*domains.mapped("name"), *parts]))

    @api.model
    @tools.ormcache("fault", "default", "from_filter")
    def _log_sender_fault(self, fault, default, from_filter):
        """Say what to change, once for each configuration: the cache remembers."""
        if fault == "default_missing":
            _logger.warning(
                "Authors that the server must not send for can't be replaced: set "
                "mail.default.from and mail.catchall.domain, or for another company "
                "the “Default From Alias” of its alias domain."
            )
        else:
            _logger.warning(
                "Mails are sent as %s, which the server's filter (%s) does not name: "
                "add it to the filter, or change mail.default.from.",
                default,
                from_filter,
            )

    def action_preview_sender(self):
        """Open the sender preview for this server."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_deliverability.mail_sender_preview_action"
        )
        return action | {"context": {"default_mail_server_id": self.id}}

    # ------------------------------------------------------------
    # Out
    # ------------------------------------------------------------

    @api.private
    @api.model
    def send_email(
        self, message, mail_server_id=None, smtp_server=None, smtp_port=None,
        smtp_user=None, smtp_password=None, smtp_encryption=None,
        smtp_ssl_certificate=None, smtp_ssl_private_key=None, smtp_debug=False,
        smtp_session=None,
    ):  # fmt: skip
        server = (smtp_server, smtp_port, smtp_user, smtp_password, smtp_encryption)
        certificate = (smtp_ssl_certificate, smtp_ssl_private_key)
        opened = None
        if smtp_session is None:
            opened = smtp_session = self._connect__(
                *server,
                smtp_from=message["From"],
                ssl_certificate=smtp_ssl_certificate,
                ssl_private_key=smtp_ssl_private_key,
                smtp_debug=smtp_debug,
                mail_server_id=mail_server_id,
            )
        if smtp_session is not None:
            deliver = functools.partial(self._deliver, smtp_session)
            smtp_session = MessageSession(smtp_session, deliver)
        try:
            return super().send_email(
                message, mail_server_id, *server, *certificate, smtp_debug, smtp_session
            )
        except MailDeliveryException as error:
            if isinstance(error.__context__, DeliveryRefusedError):
                raise error.__context__ from None
            raise
        finally:
            if opened is not None:
                close_session(opened)

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Hand a finished message to SMTP: the one door through which mails leave.

        What is done to each of them is an override that calls super: the last one
        signs. Nobody changes a message after its bytes are signed.

        :param smtp_session: the session itself.
        :param message: as it shall leave, an ``email.message.Message`` or bytes.
        :return: the recipients that were refused, as smtplib's ``send_message``.
        :raises DeliveryRefusedError: it does not leave; comes out of ``send_email``.
        """
        try:
            return hand_over(smtp_session, message, smtp_from, smtp_to_list)
        except smtplib.SMTPException as error:
            if not self._renew_session(smtp_session, error):
                raise
        return hand_over(smtp_session, message, smtp_from, smtp_to_list)

    @api.model
    def _renew_session(self, _smtp_session, _error):
        """Open a session anew that is over, where nothing of a message was sent.

        :param _smtp_session: the session itself, or as a message sees it.
        :param _error: what came of the message.
        :return: whether the message may go once more: a later room keeps sessions.
        """
        return False


def _first_match(mail_servers, address):
    """Return the first server whose filter names an address, else its domain."""
    if not address:
        return None
    for name in list_names(address):
        for server in mail_servers:
            parts = split_filter(server.from_filter)
            if parts and name in map(fold_address, parts):
                return server
    return None


def _is_undecided(decision):
    """Tell whether only the author's domain can decide, by the policy that it has.

    :param decision: made as if it had none.
    """
    return decision.reason == "policy_none"


def _keep_undecided(mails, sender_policy, own_domains=()):
    """Return those pairs of an author and a filter that _is_undecided is true of."""
    return {
        (author, from_filter)
        for author, from_filter in set(mails)
        if _is_undecided(
            decide_sender(
                author, from_filter, None, own_domains, sender_policy=sender_policy
            )
        )
    }


def _is_same(mailbox, other):
    """Tell whether two mailboxes have the same address, and have one."""
    address = parse_mailbox(mailbox).address
    return bool(address) and (
        fold_address(address) == fold_address(parse_mailbox(other).address)
    )
