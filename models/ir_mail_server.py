# Part of mail_deliverability. See the LICENSE file for the licence.
import functools
import logging
import smtplib
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import format_datetime

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..mailauth.sender import (
    decide_sender,
    fold_address,
    parse_mailbox,
    split_filter,
)
from .mail_send_counter import DATABASE, Limit
from .send_budget import Budget, DailyLimitError, watched

_logger = logging.getLogger(__name__)

DAILY_LIMIT = "mail_deliverability.daily_limit"
DAILY_LIMIT_DEFAULT = 200
DAILY_LIMIT_MAX = 10_000_000
RESERVE = "mail_deliverability.daily_limit_reserve"
RESERVE_DEFAULT = 10


class SenderFacts(NamedTuple):
    """What decides about the sender and stays the same while a session lives.

    :param personal: whether the session belongs to a user's personal server.
    :param own_domains: domains and addresses that alias domains and filters name.
    :param sender_policy: mail_deliverability.sender_policy.
    """

    personal: bool
    own_domains: tuple[str, ...]
    sender_policy: str


class SessionView:
    """An SMTP session some of whose attributes are seen differently.

    Everything else is read from and written to the session itself.
    """

    def __init__(self, session, **attributes):
        self.__dict__.update(attributes, _session=session)

    def __getattr__(self, name):
        return getattr(self._session, name)

    def __setattr__(self, name, value):
        setattr(self._session, name, value)


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    daily_limit = fields.Integer(
        help="Recipients per day that this server may send to; 0: no limit of its own."
    )
    sent_today = fields.Integer(
        compute="_compute_sent_today",
        help="Recipients since the last reset. Servers with the same host and user "
        "name share one count.",
    )

    @api.constrains("daily_limit")
    def _check_daily_limit(self):
        for server in self:
            if not 0 <= server.daily_limit <= DAILY_LIMIT_MAX:
                raise ValidationError(
                    self.env._(
                        "The daily limit of %(server)s can't be %(limit)s. Enter a "
                        "number of recipients from 1 to %(maximum)s, or 0: no limit.",
                        server=server.name,
                        limit=server.daily_limit,
                        maximum=DAILY_LIMIT_MAX,
                    )
                )

    def _compute_sent_today(self):
        used = self.env["mail.send.counter"]._get_used()
        for server in self:
            known = server.id and server.sudo()._get_same_account()[:1]
            server.sent_today = used.get(known.id, 0) if known else 0

    def write(self, vals):
        result = super().write(vals)
        if not {"active", "daily_limit", "smtp_host", "smtp_user"}.isdisjoint(vals):
            self.env["mail.mail"]._limits_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_hand_over_count(self):
        """Let the count of an account go on under the next server that shares it."""
        for server in self:
            heirs = server._get_same_account() - self
            if heirs:
                self.env["mail.send.counter"]._hand_over(server.id, heirs[0].id)

    # ------------------------------------------------------------
    # Which server: Odoo's rules, with one spelling for each name
    # ------------------------------------------------------------

    @api.model
    def _match_from_filter(self, email_from, from_filter):
        parts = split_filter(from_filter)
        address = parse_mailbox(email_from)[1]
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
        picked = self.env.context.get("mail_deliverability_picked")
        if picked is not None:
            picked.append(found[0])
        return found

    def _find_named_server(self, email_from, mail_servers):
        """Apply the rules of ``_find_mail_server`` that depend on filters.

        Odoo compares text there, so that an IDN never matches its punycode.

        :return: the server and the address to send as, or None.
        """
        author = parse_mailbox(email_from)[1]
        if server := _first_match(mail_servers, author):
            return server, email_from
        default = self.env.context.get("domain_notifications_email")
        default = default or tools.email_normalize(self._get_default_from_address())
        fallbacks = self._filter_mail_servers_fallback(mail_servers)
        if server := _first_match(fallbacks, default):
            return server, default
        return None

    def _connect__(  # noqa: PLW3201
        self, host=None, port=None, user=None, password=None, encryption=None,
        smtp_from=None, ssl_certificate=None, ssl_private_key=None, smtp_debug=False,
        mail_server_id=None, allow_archived=False,
    ):  # fmt: skip
        """Note on the session which server record it belongs to, False for none."""
        picked = []
        connecting = self.with_context(mail_deliverability_picked=picked)
        session = super(IrMailServer, connecting)._connect__(
            host=host, port=port, user=user, password=password, encryption=encryption,
            smtp_from=smtp_from, ssl_certificate=ssl_certificate,
            ssl_private_key=ssl_private_key, smtp_debug=smtp_debug,
            mail_server_id=mail_server_id, allow_archived=allow_archived,
        )  # fmt: skip
        if session is not None:
            found = picked[-1].id if picked and picked[-1] else False
            session.mail_server_id = mail_server_id or found
        return session

    # ------------------------------------------------------------
    # Who it comes from
    # ------------------------------------------------------------

    def _prepare_email_message__(self, message, smtp_session):  # noqa: PLW3201
        # Without a session nothing leaves (test mode), so there is nothing to decide.
        if smtp_session is None or self._get_sender_facts(smtp_session).personal:
            return super()._prepare_email_message__(message, smtp_session)
        decision = self._decide_sender(str(message["From"] or ""), smtp_session)
        smtp_session.sender_decision = decision
        self._apply_sender(message, decision)
        # Odoo puts the address that the session was opened for into From.
        session = SessionView(smtp_session, smtp_from=str(message["From"]))
        return super()._prepare_email_message__(message, session)

    def _decide_sender(self, author, smtp_session):
        """Decide what stands in From of a message that leaves through a session.

        :param author: the value of From as the message was built.
        :rtype: SenderDecision
        """
        facts = self._get_sender_facts(smtp_session)
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
        decision = decide(author_policy="none")
        if decision.reason == "policy_none" and default:
            policy = self._get_author_policy(decision.author_domain)
            decision = decide(author_policy=policy)
        if decision.fault:
            self._log_sender_fault(decision.fault, default or "", from_filter or "")
        return decision

    @api.model
    def _get_author_policy(self, domain):
        """Return what a domain wants; a batch has waited for DNS before it began.

        :param domain: in A-labels.
        :return: see :meth:`MailAuthorPolicy._find_policies`.
        """
        found = self.env.context.get("mail_deliverability_author_policies")
        policies = self.env["mail.author.policy"]
        if found is None:
            return policies._find_policies([domain])[domain]
        if domain not in found:
            return policies._find_policies([domain], timeout=0)[domain]
        return found[domain]

    def _apply_sender(self, message, decision):
        if decision.encapsulated:
            del message["X-Original-From"]
            message["X-Original-From"] = decision.author
            if not message["Reply-To"]:
                message["Reply-To"] = decision.author
        authors = [str(author) for author in message.get_all("From", [])]
        if len(authors) != 1:
            del message["From"]
            message["From"] = decision.header_from
        elif authors[0] != decision.header_from:
            message.replace_header("From", decision.header_from)

    def _get_sender_default(self):
        """Return the address to encapsulate in: the record's company's, if known."""
        default = self.env.context.get("domain_notifications_email")
        return default or self._get_default_from_address()

    def _get_sender_facts(self, smtp_session):
        """Return what decides about the sender, found out once for a session.

        :rtype: SenderFacts
        """
        facts = getattr(smtp_session, "sender_facts", None)
        if not isinstance(facts, SenderFacts):
            server = self._get_session_server(smtp_session)
            facts = SenderFacts(
                bool(server.owner_user_id),
                self._get_own_domains(),
                self.env["ir.config_parameter"]._get_sender_policy(),
            )
            smtp_session.sender_facts = facts
        return facts

    @api.model
    def _get_session_server(self, smtp_session):
        """Return the server record of a session, none for odoo.conf's (with sudo)."""
        server_id = getattr(smtp_session, "mail_server_id", False)
        return self.sudo().browse(server_id or ())

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
                "mail.default.from and mail.catchall.domain."
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
            deliver = functools.partial(self._deliver_within_limits, smtp_session)
            smtp_session = SessionView(smtp_session, send_message=deliver)
        try:
            return super().send_email(
                message, mail_server_id, *server, *certificate, smtp_debug, smtp_session
            )
        except MailDeliveryException as error:
            if isinstance(error.__context__, DailyLimitError):
                raise error.__context__ from None
            raise
        finally:
            if opened is not None:
                _close(opened)

    @api.model
    def _deliver(self, smtp_session, message, smtp_from, smtp_to_list):
        """Hand a finished message to SMTP: the one place where mails leave.

        Nobody changes the message after this is called.

        :param smtp_session: the session itself.
        :param message: as it shall leave.
        :return: the recipients that were refused, as smtplib's ``send_message``.
        """
        return smtp_session.send_message(message, smtp_from, smtp_to_list)

    # ------------------------------------------------------------
    # How much may leave
    # ------------------------------------------------------------

    @api.model
    def _deliver_within_limits(self, smtp_session, message, smtp_from, smtp_to_list):
        """Deliver a message, and count the recipients that the server took.

        A mail of the queue brings its budget along; any other caller of
        ``send_email`` gets one for this message.

        :raises DailyLimitError: there is no room today.
        """
        deliver = functools.partial(
            self._deliver, smtp_session, message, smtp_from, smtp_to_list
        )
        budget = self.env.context.get("mail_deliverability_budget")
        if budget:
            return self._deliver_counted(budget, smtp_session, deliver, smtp_to_list)
        limits = self._get_session_server(smtp_session)._get_send_limits()
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            budget = Budget(ledger, limits)
            refused = self._deliver_counted(budget, smtp_session, deliver, smtp_to_list)
        if budget.crossed:
            self.env["mail.send.counter"]._check_alarms()
        return refused

    @api.model
    def _deliver_counted(self, budget, smtp_session, deliver, smtp_to_list):
        count = len(smtp_to_list)
        if refusal := budget.demand(count):
            raise DailyLimitError(self._explain_refused(refusal))
        with watched(smtp_session) as receipt:
            accepted = unknown = 0
            try:
                refused = deliver()
                accepted = count - len(receipt.refused)
            finally:
                if receipt.unknown:
                    unknown = count - len(receipt.refused)
                budget.settle(count, accepted, unknown)
        return refused

    def _get_send_limits(self):
        """Return the limits that mails through a server have to keep to.

        :return: of the database, then of the server; an empty recordset stands for
            odoo.conf's server, which has none of its own.
        :rtype: tuple of Limit
        """
        total = self._get_daily_limit()
        everything = self.env._("All servers")
        database = Limit(DATABASE, everything, total, self._get_reserve(total))
        if not self:
            return (database,)
        account = self.sudo()._get_same_account()
        own = [s.daily_limit for s in account if s.active and s.daily_limit]
        total = min(own, default=0)
        main = account[0]
        server = Limit(main.id, main.name, total, self._get_reserve(total))
        return (database, server)

    def _get_same_account(self):
        """Return the servers with the same host and login: they share one count."""
        self.ensure_one()
        servers = self.with_context(active_test=False).search(
            [("smtp_authentication", "!=", False)], order="id"
        )
        return servers.filtered(lambda one: one._get_account() == self._get_account())

    def _get_account(self):
        """Return what a provider counts by: two servers may be one account."""
        if self.smtp_authentication == "cli":
            return ("cli",)
        return ((self.smtp_host or "").strip().lower(), self.smtp_user or "")

    @api.model
    def _get_daily_limit(self):
        """Return the database's limit in recipients per day; 0: none."""
        return self._get_number(DAILY_LIMIT, DAILY_LIMIT_DEFAULT)

    @api.model
    def _get_reserve(self, total):
        """Return the recipients of a limit that mass mailings leave free."""
        return total * min(self._get_number(RESERVE, RESERVE_DEFAULT), 100) // 100

    @api.model
    def _get_number(self, key, default):
        value = self.env["ir.config_parameter"].sudo().get_param(key) or ""
        # Only a value written behind Odoo's back is no number.
        return int(value) if value.strip().isdecimal() else default

    @api.model
    def _get_room(self, server_id, bulk=False):
        """Return the recipients that a limit has left today; None: not bounded.

        :param int server_id: as in ``mail.send.counter``.
        :param bool bulk: for mass mailings.
        """
        server = self.sudo().with_context(active_test=False)
        server = server.search([("id", "=", server_id)])
        limits = {limit.server_id: limit for limit in server._get_send_limits()}
        limit = limits.get(server_id)
        if limit is None or not limit.total:
            return None
        free = limit.total - self.env["mail.send.counter"]._get_used().get(server_id, 0)
        return free - limit.reserve if bulk else free

    @api.model
    def _explain_limit(self, limit):
        """Say which limit it is that has no room."""
        if limit.bulk and limit.reserve:
            return self.env._(
                "The part of the daily limit (%(name)s: %(total)s recipients) that "
                "mass mailings may use is used up",
                name=limit.name,
                total=limit.total,
            )
        return self.env._(
            "The daily limit (%(name)s: %(total)s recipients) is reached",
            name=limit.name,
            total=limit.total,
        )

    @api.model
    def _explain_refused(self, grant):
        """Say why a mail that someone waits for was not sent."""
        return self.env._(
            "This email was not sent. %(limit)s; sending goes on at %(time)s. "
            "An administrator can raise the limit under Settings > General Settings > "
            "Emails, or in the outgoing mail server.",
            limit=self._explain_limit(grant.narrowest),
            time=self._format_utc(grant.reset),
        )

    @api.model
    def _format_utc(self, moment):
        text = format_datetime(self.env, moment, tz="UTC", dt_format="yyyy-MM-dd HH:mm")
        return f"{text} UTC"


def _first_match(mail_servers, address):
    """Return the first server whose filter names an address, else its domain."""
    if not address:
        return None
    folded = fold_address(address)
    for name in (folded, folded.rpartition("@")[2]):
        for server in mail_servers:
            parts = split_filter(server.from_filter)
            if parts and name in map(fold_address, parts):
                return server
    return None


def _is_same(mailbox, other):
    """Tell whether two mailboxes have the same address, and have one."""
    address = parse_mailbox(mailbox)[1]
    return bool(address) and (
        fold_address(address) == fold_address(parse_mailbox(other)[1])
    )


def _close(smtp_session):
    try:
        smtp_session.quit()
    except smtplib.SMTPException:
        smtp_session.close()
