# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What mails would be if they were sent: they go the way of every mail, up to SMTP.

Only for mails that are never sent: new records, or those of a transaction that is not
committed.
"""

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from types import SimpleNamespace

from odoo import models, tools

from ...mailauth.sender import SenderDecision
from .session_facts import SessionFacts

RECIPIENT = "customer@customer.example"  # of what is never sent


@dataclass(frozen=True)
class Rehearsal:
    """What a mail would be if it were sent.

    :param mail: that one.
    :param server: its outgoing server, none for odoo.conf's.
    :param from_filter: the filter that applied.
    :param default: the default address that applied.
    :param decision: a SenderDecision; None for a personal server, where none is made.
    :param envelope_from: the envelope sender.
    :param message: as it would be handed to SMTP.
    :param problem: in Odoo's words, why nothing would leave; "" where it would.
    """

    mail: models.BaseModel
    server: models.BaseModel
    from_filter: str = ""
    default: str = ""
    decision: SenderDecision | None = None
    envelope_from: str = ""
    message: EmailMessage | None = None
    problem: str = ""

    @property
    def reason(self):
        """Why From is what it is where there is a decision, a key of SENTENCES."""
        # Odoo itself puts the default address where no author is.
        return self.decision.reason if self.mail.email_from else "no_author"


def find_alias_domain(env, company_id, own_id):
    """Return the alias domain that a record's mails leave with, as posting finds it.

    :param company_id: of the record, False for none.
    :param own_id: of the company in which somebody writes there.
    """
    record = env["res.partner"].sudo().new({"company_id": company_id})
    company = env["res.company"].sudo().browse(own_id)
    return record._mail_get_alias_domains(default_company=company)[record.id]


def rehearse(mails, server=None, timeout=None):
    """Prepare the first message of each mail as for sending, and send nothing.

    The order of Odoo's ``send``, ``_connect__`` and ``_send``, with sessions that lead
    nowhere. The number of queries depends on that of the servers and alias domains
    alone where the mails are new records.

    :param mails: ``mail.mail`` of one company, that of their environment.
    :param server: the outgoing server of all of them, which may be a new record; None:
        that which Odoo picks for each.
    :param timeout: see :meth:`MailAuthorPolicy._find_policies`.
    :return: a :class:`Rehearsal` of each, in any order.
    """
    mails = mails._as_batch(timeout)
    # One alone is known by its id where the servers want to know whose message it is.
    by_id = {mail.id: mail for mail in mails}
    if server:
        for mail in mails:
            domain_id = mail.record_alias_domain_id.id
            yield _Scene(mails, server, domain_id, mail.email_from).play(mail)
        return
    for server_id, domain_id, smtp_from, ids in mails._split_by_mail_configuration():
        server = mails.env["ir.mail_server"].browse(server_id or ())
        scene = _Scene(mails, server, domain_id, smtp_from)
        for mail_id in ids:
            yield scene.play(by_id[mail_id])


class _Scene:
    """The session that mails of one configuration would share.

    :param mails: all that are rehearsed; they carry what is known of their authors.
    :param server: ``ir.mail_server``, none for odoo.conf's.
    """

    def __init__(self, mails, server, alias_domain_id, smtp_from):
        self._contexts = {}
        self._servers = mails.env["ir.mail_server"]
        self._server = server
        domain = mails.env["mail.alias.domain"].sudo()
        self._domain = domain.browse(alias_domain_id or ())
        if not server:
            smtp_from = self._with_addresses("")._find_mail_server(smtp_from)[1]
        default_filter = self._servers._get_default_from_filter()
        self._filter = server.sudo().from_filter if server else default_filter
        self._smtp_from = smtp_from
        self._facts = SessionFacts(server_id=server.id, alias_domain_id=self._domain.id)

    def play(self, mail):
        """Return the :class:`Rehearsal` of a mail."""
        email = mail._prepare_outgoing_list(mail_server=self._server)[0]
        servers = self._with_addresses(email["headers"].get("Return-Path") or "")
        facts = servers._get_session_facts(SimpleNamespace(session_facts=self._facts))
        self._facts = facts
        session = SimpleNamespace(
            session_facts=facts.with_mails(mail.ids or (mail.id,)),
            from_filter=self._filter,
            smtp_from=self._smtp_from,
        )
        try:
            return self._prepare(mail, email, servers, session)
        except AssertionError as error:
            # How ir.mail_server refuses a message.
            return Rehearsal(mail, self._server, problem=str(error.args[-1]))

    def _prepare(self, mail, email, servers, session):
        # As Odoo's ``_send`` takes the first address of a sender.
        authors = tools.mail.email_split_and_format_normalize(mail.email_from)
        author = authors[0] if authors else mail.email_from
        message = _build_header(servers, author, email)
        default = servers._get_sender_default()
        decision = servers._decide_sender(str(message["From"] or ""), session)
        sender, _to, message = servers._prepare_email_message__(message, session)
        return Rehearsal(
            mail, self._server, self._filter, default, decision, sender, message
        )

    def _with_addresses(self, bounce):
        """Return ir.mail_server with the context that ``_send`` gives for a message."""
        if not self._domain:
            return self._servers
        bounce = bounce or self._domain.bounce_email
        if bounce not in self._contexts:
            self._contexts[bounce] = self._servers.with_context(
                domain_notifications_email=self._domain.default_from_email,
                domain_bounce_address=bounce,
            )
        return self._contexts[bounce]


def _build_header(servers, author, email):
    """Return a message as Odoo's ``_build_email__`` begins it.

    Not by it: others may count the messages that are built, as tests of Odoo do.

    :raises AssertionError: nobody is there to be its author.
    """
    address = servers.env.context.get("domain_notifications_email")
    sender = author or address or servers._get_default_from_address()
    assert sender, servers.NO_FOUND_FROM
    message = EmailMessage(policy=policy.SMTP)
    message["Message-Id"] = email["message_id"]
    message["Subject"] = email["subject"]
    message["From"] = sender
    message["Reply-To"] = email["reply_to"] or sender
    message["To"] = email["email_to"]
    for name, value in email["headers"].items():
        message[name] = value
    return message
