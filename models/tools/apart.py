# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What has to last, whatever becomes of the transaction that it happens in."""

from contextlib import contextmanager

import psycopg2

from odoo import modules, sql_db
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

# Somebody waits for what is done beside it, and mails do where nothing can be counted.
# Longer than deadlock_timeout, after which PostgreSQL ends an autovacuum that is in the
# way.
LOCK_TIMEOUT = "2s"
TRIES = 3  # where several workers write the same
BOUND = """
    SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, TRUE)
"""
# Another transaction was in the way: nothing is wrong with what was written.
CONFLICTS = PG_CONCURRENCY_EXCEPTIONS_TO_RETRY


def is_test(env) -> bool:
    """Whether this is the transaction of a test, which is undone at its end.

    A test that opens connections of its own really commits: there it is as elsewhere.
    """
    test = modules.module.current_test
    if not test:
        return False
    return env.cr is getattr(test, "cr", None) or not isinstance(env.cr, sql_db.Cursor)


@contextmanager
def apart(env):
    """Yield the cursor of a transaction of its own, which is committed at the end.

    In a test it is the caller's, in a savepoint: a test leaves nothing behind.

    :raises psycopg2.Error: there is no connection, a statement fails, or waits for a
        lock for longer than LOCK_TIMEOUT.
    """
    if is_test(env):
        with env.cr.savepoint(flush=False):
            yield env.cr
        return
    with env.registry.cursor() as cr:
        cr.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
        yield cr


@contextmanager
def in_time(env, flush=True):
    """Run in a savepoint what waits for no lock for longer than LOCK_TIMEOUT.

    Whoever sends must not stand still because somebody has locked a row, or a table.

    :param bool flush: as in ``savepoint``.
    :raises psycopg2.Error: see :func:`apart`.
    """
    with env.cr.savepoint(flush=flush):
        env.cr.execute(BOUND, [LOCK_TIMEOUT])
        [(before, _now)] = env.cr.fetchall()
        yield
        if flush:
            env.cr.flush()
        env.cr.execute("SET LOCAL lock_timeout = %s", [before])


def claim_apart(records, statement):
    """Return the records that an UPDATE claims in a transaction of its own.

    None where another worker was faster.

    :param records: of the model; what is not written of it yet is written before.
    :param SQL statement: waits for no lock, and returns ids.
    :raises psycopg2.Error: see :func:`apart`.
    """
    records.flush_model()
    try:
        with apart(records.env) as cr:
            cr.execute(statement)
            found = [id_ for (id_,) in cr.fetchall()]
    except psycopg2.errors.SerializationFailure:
        found = []
    claimed = records.browse(found)
    claimed.invalidate_recordset()
    return claimed


def retry_apart(env, write, conflicts=CONFLICTS):
    """Write in a transaction of its own, anew where another one was faster.

    One that holds what is written gets some time to end.

    :param write: called with an environment that knows nothing yet; flushed after it.
    :param conflicts: errors that tell of another one.
    :return: what it returns.
    :raises psycopg2.Error: see :func:`apart`.
    """
    result = None
    for attempt in range(TRIES):
        try:
            with apart(env) as cr:
                fresh = env(cr=cr)
                result = write(fresh)
                fresh.flush_all()
            break
        except conflicts:
            if attempt == TRIES - 1:
                raise
    return result
