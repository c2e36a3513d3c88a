# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A template's sender, rendered on one real record as sending would render it.

Its expressions call what they like. So nothing of it lasts, it has not long, and it
reaches nobody outside.
"""

import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from typing import NamedTuple

import psycopg2

from odoo import SUPERUSER_ID, sql_db
from odoo.exceptions import AccessError, MissingError, UserError

SECONDS = 2.0  # that one template may take, in Python as in PostgreSQL
# Whatever is called in these files leads out of the process.
_OUTSIDE = frozenset({socket.__file__, subprocess.__file__})
_COMMIT = sql_db.Cursor.commit.__code__


class Rendered(NamedTuple):
    """What a template's mail of one record has.

    :param problem: why that can't be told: "record_none" (there is none),
        "record_error" (the expression fails there), "record_slow".
    """

    email_from: str = ""
    reply_to: str = ""
    res_id: int = 0
    company_id: int = 0
    problem: str = ""


class StoppedError(BaseException):
    """An expression went too far. No Exception: expressions may catch those."""


# What an expression ends in where it fails on a record.
_FAILURES = (
    *(AccessError, MissingError, UserError, psycopg2.Error, ArithmeticError),
    *(AttributeError, LookupError, NotImplementedError, RecursionError, SyntaxError),
    *(TypeError, ValueError),
)


def render_sender(template):
    """Return what sending a template to the newest record of its model would use.

    Somebody's rights are needed, as for sending: those of the administrator who asks,
    the first one where nobody does. It is called with all rights by nobody.

    :param template: ``mail.template`` whose model exists.
    :rtype: Rendered
    """
    template = template.with_env(_as_somebody(template.env))
    try:
        with closing(template.env.cr.savepoint()):  # is undone
            return _render(template)
    except (StoppedError, psycopg2.errors.QueryCanceled):
        return Rendered(problem="record_slow")
    except _FAILURES:
        return Rendered(problem="record_error")


def find_one(records, domain):
    """Return one record that meets what somebody has typed, empty where none does.

    :param records: of the model, with the rights that count.
    """
    try:
        with closing(records.env.cr.savepoint()):  # the time is set until its end
            _limit_statements(records.env.cr)
            return records.search(domain, limit=1)
    except _FAILURES:
        return records.browse()


def _limit_statements(cr):
    cr.execute("SET LOCAL statement_timeout = %s", [f"{int(SECONDS * 1000)}ms"])


def _render(template):
    _limit_statements(template.env.cr)
    with watched(SECONDS):
        record = template.env[template.model].search([], limit=1, order="id DESC")
        if not record:
            return Rendered(problem="record_none")
        names = ("email_from", "reply_to")
        values = template._generate_template(record.ids, names)[record.id]
        company = record.sudo()._mail_get_companies()[record.id]
    email_from, reply_to = (values.get(name) or "" for name in names)
    if not email_from or not _can_be_stored(email_from + reply_to):
        return Rendered(problem="record_error")
    return Rendered(email_from, reply_to, record.id, company.id)


def _can_be_stored(text):
    """Tell whether a mail can have a text: PostgreSQL takes not all that Python has."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _as_somebody(env):
    """Return the environment of whoever asks, never with more than their rights."""
    user = env.user
    if user.id == SUPERUSER_ID:
        group = env.ref("base.group_system")
        user = group.sudo().all_user_ids.filtered("active").sorted("id")[:1] or user
    return env(user=user.id, su=False)


@contextmanager
def watched(seconds):
    """Stop Python code that takes too long, commits, or talks to the outside.

    What runs in C is not seen: PostgreSQL has its own limit.

    :raises StoppedError: out of the code that is watched.
    """
    end = time.monotonic() + seconds
    former = sys.gettrace()

    def watch(frame, event, _argument):
        code = frame.f_code
        outside = code.co_filename in _OUTSIDE or code is _COMMIT
        if time.monotonic() > end or (event == "call" and outside):
            raise StoppedError
        return watch

    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(former)


def is_expression(text):
    """Tell whether a template's field depends on the record."""
    return "{{" in (text or "")
