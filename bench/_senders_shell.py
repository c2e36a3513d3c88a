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
COMPOSER = "mail.compose.message"


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


def make_composer(env):
    """Return what opens the composer on a record, as the web client does, and its line.

    :return: functions by name: the composer without and with the line, and what the
        chatter asks for when somebody begins to write there.
    """
    record = env["res.partner"].search([], limit=1, order="id DESC")
    context = {
        "default_composition_mode": "comment",
        "default_model": record._name,
        "default_res_ids": record.ids,
    }
    composers = env[COMPOSER].with_context(**context)
    plain = make_spec(env, COMPOSER, "form")
    line = {"sender_line": plain.pop("sender_line")}

    def open_form(spec):
        kwargs = {"context": dict(composers.env.context)}
        values = call_kw(composers, "onchange", [[], {}, [], spec], kwargs)["value"]
        return values.get("sender_line")

    def ask():
        return call_kw(
            env["mail.sender.line"], "get_line", ["res.partner", record.id], {}
        )

    return {
        "the composer without the line": lambda: open_form(plain),
        "the composer": lambda: open_form({**plain, **line}),
        "the line in a chatter": ask,
    }


def compare_composers(env, rounds):
    """Print what the composer's line costs, beside opening the composer."""
    env.user.email = "admin@yahoo.example"
    opened = make_composer(env)
    times = {name: [] for name in opened}
    for turn in range(rounds + 1):
        for name, taken in times.items():
            env.transaction.reset()
            began, before = time.perf_counter(), env.cr.sql_log_count
            told = opened[name]()
            result = time.perf_counter() - began, env.cr.sql_log_count - before
            assert bool(told) == (name != "the composer without the line"), told
            if turn:  # the first one fills the caches
                taken.append(result)
    print_medians(times)


def print_medians(times):
    for name, taken in times.items():
        middle = statistics.median(seconds for seconds, _queries in taken)
        print(f"{name}: {middle * 1000:.0f} ms, {taken[-1][1]} queries")


def main(env):
    fill(env)
    for turn in ("first", "second"):
        seconds, queries = audit(env)
        rows = env[ADDRESSES].search_count([])
        print(f"the {turn} audit: {rows} rows, {seconds:.1f} s, {queries} queries")
    admin = env(user=env.ref("base.user_admin"))
    times = {name: [] for name in (ADDRESSES, "res.users")}
    specs = {name: make_spec(admin, name, "list") for name in times}
    rounds = int(os.environ["ROUNDS"])
    for _turn in range(rounds):
        for name, taken in times.items():
            taken.append(read_page(admin, name, specs[name]))
    print_medians({f"a page of {name}": taken for name, taken in times.items()})
    compare_composers(admin, rounds)


main(env)  # noqa: F821
