# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is asked of all mails in the queue, however many these are.

Each is asked in the order of an index, for the first of it alone: that is how
PostgreSQL finds it there whatever it supposes of the table. After thousands of mails
were made or have begun to wait, its statistics are wrong until the next analysis, and
what is no more due stays in the index until the next vacuum.
"""

from odoo.tools import SQL

# People's mails that wait for a limit, and not for a date of their own: colleagues',
# visitors'.
_PEOPLE_WAIT = """
    waiting_kind = 'limit' AND state = 'outgoing' AND send_class = 'people'
    AND (requested_date IS NULL OR requested_date <= waiting_until)
"""
BACKLOG_WAITS = f"{_PEOPLE_WAIT} AND by_visitor IS NOT TRUE"
VISITORS_BACKLOG_WAITS = f"{_PEOPLE_WAIT} AND by_visitor"

# The servers that mails wait for.
SERVERS_WAITED_FOR = """
    WITH RECURSIVE server AS (
        (SELECT waiting_server_id AS id FROM mail_mail
          WHERE waiting_kind IS NOT NULL ORDER BY 1 LIMIT 1)
        UNION ALL
        SELECT (SELECT waiting_server_id FROM mail_mail
                 WHERE waiting_kind IS NOT NULL AND waiting_server_id > server.id
                 ORDER BY 1 LIMIT 1)
          FROM server WHERE id IS NOT NULL)
    SELECT id FROM server WHERE id IS NOT NULL
"""


def select_is_due(moment):
    """Return the query whether any mails are due before a moment."""
    return SQL(
        """
        SELECT COALESCE(
            (SELECT TRUE FROM mail_mail
              WHERE state = 'outgoing' AND scheduled_date < %s
              ORDER BY scheduled_date LIMIT 1),
            (SELECT TRUE FROM mail_mail
              WHERE state = 'outgoing' AND scheduled_date IS NULL
              ORDER BY scheduled_date LIMIT 1),
            FALSE)
        """,
        moment,
    )


WRITERS_AMONG = 1000  # mails that wait


def select_writers(kind):
    """Return the query for the authors of mails that wait: (partner, mails).

    The most frequent first, among a bounded number of mails.

    :param str kind: of ``waiting_kind``.
    """
    return SQL(
        """
        SELECT message.author_id, COUNT(*)
          FROM (SELECT mail_message_id FROM mail_mail
                 WHERE waiting_kind = %s AND state = 'outgoing'
                 ORDER BY waiting_server_id, send_class, id LIMIT %s) AS mail
          JOIN mail_message AS message ON message.id = mail.mail_message_id
         GROUP BY 1 ORDER BY 2 DESC, 1
        """,
        kind,
        WRITERS_AMONG,
    )


def select_next_turn(kind, moment):
    """Return the query for the first date after a moment of mails that wait.

    :param str kind: of ``waiting_kind``.
    """
    # An "=" would also allow for the index of those that wait, in another order.
    return SQL(
        """
        SELECT scheduled_date FROM mail_mail
         WHERE state = 'outgoing' AND scheduled_date > %s
           AND waiting_kind IS NOT DISTINCT FROM %s
         ORDER BY scheduled_date LIMIT 1
        """,
        moment,
        kind,
    )
