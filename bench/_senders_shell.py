# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run in Odoo's shell by senders.py: a company of some size, and its audit."""

import os
import statistics
import sys
import time
from unittest.mock import patch

from odoo.service.model import call_kw

sys.path.insert(0, os.environ["BENCH"])
from _pages import make_spec  # noqa: E402

USERS, PARTNERS, MESSAGES = 200, 5_000, 100_000
PAGE = 80  # rows
ADDRESSES = "mail.sender.address"


def fill(env):
    """Make people, and what they have written in the last 90 days."""
    quiet = {"no_reset_password": True, "tracking_disable": True}
    env["res.users"].with_context(**quiet).create(
        [
            {
                "name": f"User {n}",
                "login": f"user{n}",
                "email": f"u{n}@d{n % 9}.example",
            }
            for n in range(USERS)
        ]
    )
    domain = env["mail.alias.domain"].create({"name": "acme.example"})
    env.company.alias_domain_id = domain
    env["ir.mail_server"].create(
        {"name": "Relay", "smtp_host": "relay.acme.example", "from_filter": domain.name}
    )
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO res_partner (name, complete_name, email, email_normalized, active)
        SELECT a, a, a, a, true
          FROM generate_series(1, %s) n,
               LATERAL concat('p', n, '@d', n %% 500, '.example') a
        """,
        [PARTNERS],
    )
    env.cr.execute(
        """
        WITH people AS (
            SELECT id, email, row_number() OVER (ORDER BY id) - 1 AS n,
                   count(*) OVER () AS people
              FROM res_partner WHERE email IS NOT NULL
        ), posted AS (
            INSERT INTO mail_message (author_id, email_from, date, message_type, model,
                                      res_id, record_company_id)
            SELECT people.id, people.email, now() - k * interval '1 minute', 'comment',
                   'res.partner', people.id, %(company)s
              FROM generate_series(1, %(messages)s) k
              JOIN people ON people.n = k %% people.people
            RETURNING id, author_id
        )
        INSERT INTO mail_notification (mail_message_id, res_partner_id,
                                       notification_type, notification_status)
        SELECT id, author_id, 'email', 'sent' FROM posted
        """,
        {"company": env.company.id, "messages": MESSAGES},
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.invalidate_all()


def read_page(env, name, spec):
    """Return the seconds, and the number of queries, of the first page of a list."""
    env.invalidate_all()
    began, before = time.perf_counter(), env.cr.sql_log_count
    call_kw(env[name], "web_search_read", [[], spec], {"limit": PAGE})
    return time.perf_counter() - began, env.cr.sql_log_count - before


def audit(env):
    """Return the seconds, and the number of queries, of an audit."""
    env.invalidate_all()
    began, before = time.perf_counter(), env.cr.sql_log_count
    policies, domains = env["mail.author.policy"], env["mail.sender.domain"]
    with (
        patch.object(type(policies), "_ask_and_store"),
        patch.object(type(domains), "_ask"),
    ):
        env[ADDRESSES].sudo()._audit(lambda *_done, **_left: float("inf"))
    return time.perf_counter() - began, env.cr.sql_log_count - before


def main(env):
    fill(env)
    for turn in ("first", "second"):
        seconds, queries = audit(env)
        rows = env[ADDRESSES].search_count([])
        print(f"the {turn} audit: {rows} rows, {seconds:.1f} s, {queries} queries")
    admin = env(user=env.ref("base.user_admin"))
    times = {name: [] for name in (ADDRESSES, "res.users")}
    specs = {name: make_spec(admin, name, "list") for name in times}
    for _turn in range(int(os.environ["ROUNDS"])):
        for name, taken in times.items():
            taken.append(read_page(admin, name, specs[name]))
    for name, taken in times.items():
        middle = statistics.median(seconds for seconds, _queries in taken)
        print(f"a page of {name}: {middle * 1000:.0f} ms, {taken[-1][1]} queries")


main(env)  # noqa: F821
