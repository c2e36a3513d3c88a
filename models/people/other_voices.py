# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The voices of what sends by itself: templates, aliases, servers, what is planned."""

import json
from collections import defaultdict

from odoo.fields import Domain

from ...mailauth.address import split_address
from ...mailauth.from_filter import split_filter
from .rendering import render_sender
from .voice import MOST, Voice

ANYBODY = "anybody"  # at a domain that a filter names


def list_templates(env, companies, ids=None):
    """Yield the voices of templates, each rendered on one real record.

    :param env: of a transaction that is not committed: expressions may write.
    """
    domain = Domain("email_from", "not in", [False, ""]) & Domain("model", "!=", False)
    domain &= Domain("id", "in", ids) if ids else Domain.TRUE
    for template in env["mail.template"].search(domain, limit=MOST):
        yield _make_template_voice(env, companies, template)


def _make_template_voice(env, companies, template):
    if template.model not in env:
        return _depends(template, companies, "record_none")
    rendered = render_sender(template)
    if rendered.problem:
        return _depends(template, companies, rendered.problem)
    company_id = rendered.company_id or companies.main.id
    values = {
        "email_from": rendered.email_from,
        "mail_server_id": template.sudo().mail_server_id.id,
        "model": template.model,
        "reply_to": rendered.reply_to,
        "res_id": rendered.res_id,
    }
    return Voice("mail.template", template.id, rendered.email_from, company_id, values)


def _depends(template, companies, reason):
    known = ("depends", reason)
    email, company_id = template.email_from, companies.main.id
    return Voice("mail.template", template.id, email, company_id, known=known)


def list_aliases(env, companies, ids=None):
    """Yield the voices of aliases: documents may be sent in their name."""
    domain = [("alias_name", "!=", False), ("alias_domain_id", "!=", False)]
    domain += [("id", "in", ids)] if ids else []
    aliases = env["mail.alias"].sudo().search(domain, limit=MOST)
    aliases.mapped("alias_full_name")
    for alias in aliases:
        domain, email = alias.alias_domain_id, alias.alias_full_name
        company = companies.find_user_of(domain)
        values = {
            "email_from": email,
            "record_alias_domain_id": domain.id,
            "record_company_id": company.id,
        }
        yield Voice("mail.alias", alias.id, email, company.id, values)


def list_filters(env, companies, ids=None):
    """Yield a voice for each entry of an outgoing server's filter."""
    domain = [("owner_user_id", "=", False)] + ([("id", "in", ids)] if ids else [])
    for server in env["ir.mail_server"].sudo().search(domain, limit=MOST):
        yield from list_filter_entries(server, companies)


def list_filter_entries(server, companies):
    """Yield a voice for each entry of the filter of a server, stored or not."""
    for name in dict.fromkeys(split_filter(server.from_filter or "")):
        local_part, domain = split_address(name)
        shown = name if local_part else f"@{domain}"
        email = name if local_part else f"{ANYBODY}@{domain}"
        company = _find_company(companies, domain)
        server_id = server._origin.id
        values = {"email_from": email, "mail_server_id": server_id}
        yield Voice(
            *("ir.mail_server", server_id, shown, company.id, values),
            of_company=False,
        )


def _find_company(companies, name):
    """Return the company that uses a domain, the main one where none does."""
    mine = companies.all.filtered(lambda one: one.alias_domain_id.name == name)
    return mine[:1] or companies.main


def list_scheduled(env, companies, ids=None):
    """Yield the voices of messages that are to be posted later."""
    model = env["mail.scheduled.message"].sudo()
    found = model.search([("id", "in", ids)] if ids else [], limit=MOST)
    found.author_id.mapped("email_formatted")
    # Each record once in a group: Odoo finds a record's answers for one author.
    groups, seen = defaultdict(model.browse), defaultdict(int)
    for message in found:
        record = (message.model, message.res_id, message.create_uid.company_id.id)
        groups[record[0], record[2], seen[record]] += message
        seen[record] += 1
    for (name, own_id, _turn), messages in groups.items():
        if name in env:
            yield from _list_scheduled_on(env, companies, name, own_id, messages)


def _list_scheduled_on(env, companies, name, own_id, messages):
    own = companies.all.browse(own_id)
    records = env[name].sudo().with_company(own).browse(set(messages.mapped("res_id")))
    records = records.exists()
    of_records = records._mail_get_companies(default=own)
    domains = records._mail_get_alias_domains(default_company=own)
    messages = messages.filtered(lambda one: one.res_id in of_records)
    authors = {one.res_id: one.author_id for one in messages}
    answers = records._notify_get_reply_to_batch(
        {key: author.email_formatted for key, author in authors.items()},
        {key: author.id for key, author in authors.items()},
    )
    for message in messages:
        author = message.author_id
        options = json.loads(message.notification_parameters or "{}")
        email_from = options.get("email_from") or author.email_formatted
        company = of_records[message.res_id] or own
        values = {
            "author_id": author.id,
            "email_from": email_from,
            "mail_server_id": options.get("mail_server_id") or False,
            "record_alias_domain_id": domains[message.res_id].id,
            "record_company_id": company.id,
        }
        values["reply_to"] = options.get("reply_to") or answers[message.res_id]
        user_id = message.create_uid.id
        yield Voice(
            *("mail.scheduled.message", message.id, email_from or "", company.id),
            values,
            user_id,
        )
