# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run in Odoo's shell by dmarc_page.py: a year of reports, and how long pages take.

What is compared is the page of one of fifty domains as it opens. How long the whole
year takes, and both of a domain with half as many rows as all others together, is only
printed. The database is as each night leaves it: small rows of old days are added up,
and PostgreSQL knows what is in its tables.
"""

import os
import sys

from odoo.service.model import call_kw
from odoo.sql_db import db_connect

sys.path.insert(0, os.environ["BENCH"])
from _pages import compare  # noqa: E402

DOMAINS, ROWS, REPORTERS, ORIGINS = 50, 100_000, 33, 300
admin = env(user=env.ref("base.user_admin"))  # noqa: F821
ADDED_UP = """
    INSERT INTO mail_dmarc_source (alias_domain_id, domain, day, reporter_id, origin_id,
                                   is_trusted, header_from, is_spf_aligned,
                                   is_dkim_aligned, disposition, mail_count)
    SELECT %s, %s, CURRENT_DATE - n %% 364, (%s)[1 + n %% %s], (%s)[1 + n * 7 %% %s],
           TRUE, %s, n %% 3 > 0, n %% 5 > 0, 'none', 1 + n %% 90
      FROM generate_series(1, %s) AS n
"""


def fill(env):
    """Make a year of rows, and return one of the domains, and one with many more."""
    domains = env["mail.alias.domain"].create(
        [
            {"name": f"d{n}.example", "bounce_alias": f"b{n}",
             "catchall_alias": f"c{n}"}
            for n in range(DOMAINS + 1)
        ]
    )  # fmt: skip
    for domain in domains[:-1]:
        fill_domain(env, domain, ROWS // DOMAINS)
    fill_domain(env, domains[-1], ROWS // 2)
    env.company.alias_domain_id = domains[0]
    env["mail.dmarc.source"]._gc_rows()
    count = env["mail.dmarc.source"].search_count([])
    print(f"  {count} rows are kept of {ROWS + ROWS // 2}")
    env.cr.commit()
    vacuum(env.cr.dbname)
    return domains[0], domains[-1]


def vacuum(name):
    """Do what autovacuum does in time; in a transaction, PostgreSQL refuses it."""
    with db_connect(name).cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM (ANALYZE)")
        cr._cnx.autocommit = False


def fill_domain(env, domain, rows):
    """Make the reporters, the sources and the rows of a domain."""
    reporters = env["mail.dmarc.reporter"].create(
        [
            {"alias_domain_id": domain.id, "name": f"Receiver {n}",
             "domain": f"receiver{n}.example", "proof": "dkim"}
            for n in range(REPORTERS)
        ]
    )  # fmt: skip
    kinds = ("ours", "forwarder", "not_ours", "unknown")
    origins = env["mail.dmarc.origin"].create(
        [
            {"alias_domain_id": domain.id, "key": f"k{n}", "name": f"host{n}.example",
             "kind": kinds[n % 4]}
            for n in range(ORIGINS)
        ]
    )  # fmt: skip
    env.flush_all()
    who = reporters.ids, len(reporters), origins.ids, len(origins)
    names = (domain.id, domain.name)
    env.cr.execute(ADDED_UP, [*names, *who, domain.name, rows])


one, large = fill(env)  # noqa: F821


def open_page(domain, *days):
    words = [domain.ids, *days]
    page = call_kw(admin["mail.alias.domain"], "get_dmarc_page", words, {})
    assert page["total"] and page["sources"]


rounds, most = int(os.environ["ROUNDS"]), float(os.environ["MOST"])
compare(admin, "a year", lambda: open_page(one, 364), rounds, most)
compare(admin, "large", lambda: open_page(large), rounds, most)
compare(admin, "its year", lambda: open_page(large, 364), rounds, most)
sys.exit(not compare(admin, "reports", lambda: open_page(one), rounds, most))
