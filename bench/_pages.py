# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How long a page takes beside General Settings, in Odoo's shell.

What the server does for each: the calls of the web client. The two take turns. A page
that is opened again needs no views any more: that is what is compared.
"""

import statistics
import time

from lxml import etree

from odoo.service.model import call_kw

SETTINGS = "res.config.settings"


def make_spec(env, model, kind):
    """Return what a view of a model asks for, as the web client does."""
    views = call_kw(env[model], "get_views", [[[False, kind]]], {})
    arch = etree.fromstring(views["views"][kind]["arch"])
    known = views["models"][model]["fields"]
    names = {node.get("name") for node in arch.iter("field")} & known.keys()
    named = {"fields": {"display_name": {}}}
    return {
        name: named if known[name]["type"] in ("many2one", "many2many") else {}
        for name in names
    }


def _open_settings(admin, spec):
    values = call_kw(admin[SETTINGS], "onchange", [[], {}, [], spec], {})
    assert "mail_daily_limit" in values["value"]


def _measure(admin, page):
    """Return seconds and queries of a page; records are read anew, as in a request."""
    admin.transaction.reset()
    queries, begin = admin.cr.sql_log_count, time.perf_counter()
    page()
    result = time.perf_counter() - begin, admin.cr.sql_log_count - queries
    admin.cr.rollback()
    return result


def compare(admin, name, page, rounds, most):
    """Print the medians, and return whether a page is fast enough.

    :param admin: the environment of an administrator.
    :param page: opens it.
    :param most: how many times the time of General Settings it may take.
    """
    spec = make_spec(admin, SETTINGS, "form")
    pages = {"settings": lambda: _open_settings(admin, spec), name: page}
    runs = {title: [] for title in pages}
    for number in range(rounds + 1):
        for title, found in runs.items():
            result = _measure(admin, pages[title])
            if number:  # the first one fills the caches
                found.append(result)
    medians = []
    for title, found in runs.items():
        seconds, queries = (
            statistics.median(column) for column in zip(*found, strict=True)
        )
        medians.append(seconds)
        print(f"  {title:<10} {seconds * 1000:7.1f} ms  {queries:4.0f} queries")
    ratio = medians[1] / medians[0]
    print(f"  {ratio:.2f} x General Settings (at most {most})")
    return ratio <= most
