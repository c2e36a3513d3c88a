# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is told after a mail has left, or beside it: it must not undo the mail."""

from contextlib import contextmanager

import psycopg2

from odoo.exceptions import UserError

from odoo.addons.base.models.ir_qweb import QWebError

# Of the database, and of what else hangs on the records that are made: rules, checks,
# templates, automations of other addons.
FAILURES = (
    psycopg2.Error,
    QWebError,
    UserError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@contextmanager
def never_raise(log, what):
    """Log what fails instead of raising it.

    SMTP has accepted the mail: an error would undo what says so, and it would be sent
    again. The caller brings a cursor or a savepoint of its own, within this.

    :param log: a logger's method, such as ``_logger.exception``.
    :param str what: what is not done then; the error follows it.
    """
    try:
        yield
    except FAILURES as error:
        log("%s: %s", what, error)
