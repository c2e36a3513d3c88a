# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The voices of users, companies, and of who has written lately.

The number of queries depends on no number of records.
"""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from .voice import MOST, Voice, get_address

LATELY = timedelta(days=90)
# A template's mail has no author of its own here, but an address.
TYPES = (
    *("auto_comment", "comment", "email", "email_outgoing"),
    *("notification", "user_notification"),
)


def list_users(env, companies, ids=None):
    """Yield the voices of active internal users, one for each of their companies.

    A record's company decides under which domain a mail of it leaves.
    """
    domain = [("share", "=", False)] + ([("id", "in", ids)] if ids else [])
    users = env["res.users"].sudo().search(domain, limit=MOST)
    users.partner_id.mapped("email_formatted")
    present = set(companies.all.ids)
    for user in users:
        for company in user.company_ids:
            if company.id not in present:
                continue
            values = companies.prepare_whose(company.id, user.company_id.id)
            yield _of_partner(
                "res.users", user.id, user.partner_id, company.id, values, user.id
            )


def list_companies(_env, companies, ids=None):
    """Yield the voices of companies, as templates of invitations have them."""
    chosen = companies.all.filtered(lambda one: not ids or one.id in ids)
    chosen.mapped("email_formatted")
    # Odoo writes as the user for a company that has no address.
    for company in chosen.filtered("email"):
        values = {"email_from": company.email_formatted}
        yield Voice("res.company", company.id, company.email, company.id, values)


def list_authors(env, companies, counts):
    """Yield the voices of who has written lately and is no internal user.

    :param counts: as :func:`count_mails` returns it.
    """
    partners = (
        env["res.partner"]
        .sudo()
        .browse({row.author_id for row in counts if row.author_id})
    )
    partners = partners.exists().with_prefetch()
    internal = (
        env["res.users"]
        .sudo()
        .search([("share", "=", False), ("partner_id", "in", partners.ids)])
    )
    others = partners - internal.partner_id
    others.mapped("email_formatted")
    others = others.filtered("email")
    known = {partner.id: partner for partner in others}
    skipped = set(partners.ids) - set(known)
    present = set(companies.all.ids)
    seen = set()
    for row in counts[:MOST]:
        if row.author_id in skipped or not (row.author_id or row.mails):
            continue
        company_id = row.company_id if row.company_id in present else False
        company_id = company_id or companies.main.id
        partner = known.get(row.author_id)
        key = (partner or row.address, company_id)
        if key in seen:
            continue
        seen.add(key)
        values = companies.prepare_whose(company_id)
        if partner:
            yield _of_partner(
                "res.partner", partner.id, partner, company_id, values, False
            )
        elif row.address:
            values["email_from"] = row.email_from
            yield Voice("res.partner", 0, row.address, company_id, values)


def _of_partner(model, record_id, partner, company_id, values, user_id):
    # Without an address Odoo writes as nobody, and the default address stands in.
    email_from = partner.email_formatted if partner.email else False
    values = {**values, "author_id": partner.id, "email_from": email_from}
    return Voice(model, record_id, partner.email or "", company_id, values, user_id)


class Count:
    """How much an author has written for a company lately."""

    __slots__ = ("address", "author_id", "company_id", "email_from", "mails")

    def __init__(self, author_id, email_from, company_id, mails):
        self.author_id = author_id
        self.email_from = email_from or ""
        self.address = get_address(self.email_from)
        self.company_id = company_id
        self.mails = mails


def count_mails(env):
    """Return the authors of the last 90 days, who has sent most first.

    What leaves by a notification counts for each recipient; a template's mail, which
    has none, once.

    :rtype: list[Count]
    """
    env["mail.message"].flush_model()
    env["mail.notification"].flush_model()
    query = SQL(
        """
        SELECT message.author_id, left(min(message.email_from), 2000),
               message.record_company_id,
               sum(COALESCE(notified.mails,
                            (message.message_type = 'email_outgoing')::int))
          FROM mail_message message
     LEFT JOIN (SELECT mail_message_id, count(*) AS mails
                  FROM mail_notification
                 WHERE notification_type = 'email'
              GROUP BY mail_message_id) notified
            ON notified.mail_message_id = message.id
         WHERE message.date >= %(since)s
           AND message.message_type IN %(types)s
           AND (message.author_id IS NOT NULL OR message.email_from IS NOT NULL)
      GROUP BY message.author_id, message.record_company_id,
               CASE WHEN message.author_id IS NULL THEN message.email_from END
      ORDER BY 4 DESC, 1, 2, 3
         LIMIT %(most)s
        """,
        since=fields.Datetime.now() - LATELY,
        types=TYPES,
        most=MOST,
    )
    return [
        Count(author_id, email_from, company_id, int(mails))
        for author_id, email_from, company_id, mails in env.execute_query(query)
    ]


def add_up(counts):
    """Return how many mails each address has sent lately.

    :rtype: dict[str, int]
    """
    totals = {}
    for row in counts:
        totals[row.address] = totals.get(row.address, 0) + row.mails
    return totals
