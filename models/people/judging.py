# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What becomes of the mails of voices: each is rehearsed, and told in one row."""

from collections import defaultdict
from dataclasses import dataclass, replace

from odoo import fields

from ...mailauth.domain.check_sender import judge_sender
from ...mailauth.domain.facts import Server
from ...mailauth.mailbox import parse_mailbox
from ..sender.mail_author_policy import MAILBOX_PROVIDER, UNKNOWN, is_name
from ..sender.rehearsal import RECIPIENT, rehearse
from .voice import show


@dataclass(frozen=True)
class Judged:
    """What becomes of a voice's mails.

    :param is_asked: whether DNS has been asked about the domain's policy lately.
    :param way: (domain of From, id of the server, domain of the envelope) where only
        DNS can tell whether receivers find them authenticated; None where it need not.
    """

    voice: object
    outcome: str
    reason: str
    params: tuple = ()
    domain: str = ""
    policy: str = ""
    is_mailbox_provider: bool = False
    sent_as: str = ""
    reply_to: str = ""
    envelope_from: str = ""
    server_id: int | bool = False
    server_filter: str = ""
    is_asked: bool = True
    way: tuple | None = None


def judge(env, voices, server=None):
    """Return a :class:`Judged` of each voice, in any order.

    Nothing is written, and nobody is asked outside.

    :param env: with all rights.
    :param server: see :func:`..sender.rehearsal.rehearse`.
    """
    groups = defaultdict(list)
    for voice in voices:
        groups[None if voice.known else voice.company_id].append(voice)
    judged = [
        Judged(voice, *voice.known, domain=parse_mailbox(voice.email).domain)
        for voice in groups.pop(None, ())
    ]
    for company_id, those in groups.items():
        judged += _rehearse(env, company_id, those, server)
    return _add_policies(env, judged)


def _rehearse(env, company_id, voices, server):
    company = env["res.company"].browse(company_id)
    mails = env["mail.mail"].sudo().with_company(company)
    made = {}
    for voice in voices:
        mail = _make_mail(mails, voice)
        made[mail.id] = voice
    mails = mails.browse(made).with_prefetch(list(made))
    faults = mails._find_unreadable()
    for mail_id in faults:
        domain = parse_mailbox(made[mail_id].values["email_from"]).domain
        yield Judged(made[mail_id], "refused", "unreadable", domain=domain)
    providers = _Providers(env)
    readable = mails.filtered(lambda mail: mail.id not in faults)
    for rehearsal in rehearse(readable, server) if readable else ():
        yield _judge_one(made[rehearsal.mail.id], rehearsal, providers)


def _make_mail(mails, voice):
    """Return a new mail of a voice, which is never stored."""
    values = dict(voice.values)
    if "reply_to" not in values:
        values["reply_to"] = mails.env["mail.message"]._get_reply_to(
            {name: values.get(name) for name in ("author_id", "email_from")}
        )
    own = {"mail_server_id": values.get("mail_server_id"), "email_to": RECIPIENT}
    values["create_uid"] = voice.user_id
    message = mails.env["mail.message"].new(values)
    return mails.new({**own, "mail_message_id": message})


class _Providers:
    """What the services behind servers do with senders whom they don't know."""

    def __init__(self, env):
        self._env = env
        self._facts = {}

    def find_refusal(self, server, sender):
        """Return why a service will not let a sender pass, None where it will."""
        if server.id not in self._facts:
            server = server.sudo()
            provider = server.provider_id or server._get_catalogue_entry()
            facts = server._prepare_sender_facts(provider, "")
            facts["takes_others"] = True
            name = provider.name or ""
            self._facts[server.id] = Server(server.name or name, name, **facts)
        facts = self._facts[server.id]
        if facts.from_policy != "refuse":
            return None
        judged = judge_sender(facts, sender, parse_mailbox(sender).domain)
        return judged[1] if judged and judged[0] == "warning" else None


def _judge_one(voice, rehearsal, providers):
    if rehearsal.problem:
        domain = parse_mailbox(voice.values["email_from"]).domain
        return Judged(voice, "refused", "no_sender", domain=domain)
    message, decision = rehearsal.message, rehearsal.decision
    sender = parse_mailbox(str(message["From"]))
    author = parse_mailbox(voice.values["email_from"])
    facts = {
        "domain": author.domain,
        "sent_as": show(message["From"]),
        "reply_to": show(message["Reply-To"]),
        "envelope_from": rehearsal.envelope_from,
        "server_id": rehearsal.server.id,
        "server_filter": rehearsal.from_filter or "",
    }
    if refusal := providers.find_refusal(rehearsal.server, sender.address):
        return Judged(voice, "refused", refusal.code, refusal.params, **facts)
    if decision and (decision.encapsulated or not author.address):
        return Judged(voice, "encapsulated", rehearsal.reason, **facts)
    if not sender.domain:
        return Judged(voice, "refused", "no_sender", **facts)
    envelope = parse_mailbox(rehearsal.envelope_from).domain
    way = (sender.domain, rehearsal.server._origin.id or 0, envelope)
    fault = decision.fault if decision else "personal"
    return Judged(voice, "depends", fault or "dns_pending", way=way, **facts)


def _add_policies(env, judged):
    """Tell what the domains want: what is known of them, without asking."""
    policies = env["mail.author.policy"].sudo()
    domains = {one.domain for one in judged if one.domain}
    known, stale = policies._find_known(list(domains))
    rows = policies.search([("domain", "in", list(domains))])
    published = {row.domain: row.policy for row in rows}
    now = fields.Datetime.now()
    valid = {row.domain for row in rows if row.valid_until > now}
    result = []
    for one in judged:
        wanted = known.get(one.domain) or stale.get(one.domain) or UNKNOWN
        told = replace(
            one,
            is_mailbox_provider=wanted == MAILBOX_PROVIDER,
            policy=published.get(one.domain, UNKNOWN) if one.domain else "",
            is_asked=not is_name(one.domain) or one.domain in valid,
        )
        result.append(told)
    return result
