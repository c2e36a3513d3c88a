# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run in Odoo's shell by overview.py: a year of data, and how long two pages take."""

import os
import sys
from datetime import timedelta

from odoo import fields
from odoo.service.model import call_kw

sys.path.insert(0, os.environ["BENCH"])
from _pages import compare  # noqa: E402

DAYS, SERVERS, DOMAINS, WAITING = 365, 5, 20, 1000
OVERVIEW = "mail.deliverability.overview"
admin = env(user=env.ref("base.user_admin"))  # noqa: F821
# Set as an administrator sets it who has a year of data.
env["ir.config_parameter"].set_param(  # noqa: F821
    "mail_deliverability.daily_limit", "2000"
)


def fill(env):
    """Make a year of data."""
    servers = env["ir.mail_server"].create(
        [
            {"name": f"Relay {n}", "smtp_host": f"relay{n}.example", "daily_limit": 900}
            for n in range(SERVERS)
        ]
    )
    counted = [(0, "All servers"), *((one.id, one.name) for one in servers)]
    today = fields.Date.today()
    env["mail.send.counter"].create(
        [
            {"day": today - timedelta(days=ago), "server_id": server_id,
             "server_name": name, "sent": 100 + ago, "waited": ago % 7}
            for ago in range(DAYS)
            for server_id, name in counted
        ]
    )  # fmt: skip
    fill_domains(env)
    mails = env["mail.mail"].create(
        [{"email_to": f"to{n}@customer.example"} for n in range(WAITING)]
    )
    mails._wait("limit", env["mail.send.counter"]._get_next_reset())
    for number in range(5):
        alarms = env["mail.deliverability.alarm"]
        alarms._raise_alarm(f"bench:{number}", lambda _env: ("It broke", "Look"))
    env.cr.commit()
    env.cr.execute("ANALYZE")


def fill_domains(env):
    """Make domains with a row for each check."""
    from odoo.addons.mail_deliverability.mailauth.domain.check import CODES

    domains = env["mail.alias.domain"].create(
        [
            {"name": f"d{n}.example", "bounce_alias": f"b{n}",
             "catchall_alias": f"c{n}"}
            for n in range(DOMAINS)
        ]
    )  # fmt: skip
    env["mail.domain.check"].create(
        [
            {"alias_domain_id": domain.id, "code": code, "position": position,
             "status": ("pass", "info", "warning", "fail")[position % 4],
             "reasons": [["spf_ok", []]]}
            for domain in domains
            for position, code in enumerate(CODES)
        ]
    )  # fmt: skip
    domains.auth_checked_on = fields.Datetime.now()
    env.company.alias_domain_id = domains[0]


def open_overview():
    found = call_kw(admin[OVERVIEW], "get_overview", [], {})
    keys = {tile["key"] for tile in found["tiles"]}
    assert keys >= {"alarms", "domains", "limit", "history"}


fill(env)  # noqa: F821
rounds, most = int(os.environ["ROUNDS"]), float(os.environ["MOST"])
sys.exit(not compare(admin, "overview", open_overview, rounds, most))
