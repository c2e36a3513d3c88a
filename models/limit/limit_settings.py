# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the limits are set to: by the parameters, and by the servers' own fields.

They are read in two ways, and make the same limits: by the ORM, for screens and before
a batch of mails; and by SQL while the batch runs, whatever caches still hold.
"""

import json
from dataclasses import dataclass, replace

from odoo.tools import SQL

from ..parameters.table import (
    DAILY_LIMIT,
    DAILY_LIMIT_PUBLIC,
    DAILY_LIMIT_RESERVE,
    DAILY_LIMIT_URGENT,
)
from ..tools.apart import is_test
from .send_class import DATABASE, Limit

URGENT_SHARE = 10  # a server's limit keeps at most one part in so many free
# Which parameter each field of the settings is read from.
READ_FROM = {
    "total": DAILY_LIMIT,
    "reserve": DAILY_LIMIT_RESERVE,
    "public": DAILY_LIMIT_PUBLIC,
    "urgent": DAILY_LIMIT_URGENT,
}


@dataclass(frozen=True)
class LimitSettings:
    """What the parameters say of limits.

    :param total: the database's limit, recipients per day; 0: none.
    :param reserve: percent of a limit that mass mailings leave free.
    :param public: percent of a limit that is the public budget.
    :param urgent: the urgent reserve, recipients per day.
    """

    total: int
    reserve: int
    public: int
    urgent: int

    def apply_to(self, limit: Limit, own: int = 0) -> Limit:
        """Return a limit as it is set now.

        :param own: of a server, the lowest limit of its account; 0: none.
        """
        total, urgent = self.total, self.urgent
        if limit.server_id != DATABASE:
            # Its provider's limit is never exceeded: the reserve is inside it.
            total, urgent = own, min(urgent, own // URGENT_SHARE)
        return replace(
            limit,
            total=total,
            reserve=total * min(self.reserve, 100) // 100,
            public=max(1, total * min(self.public, 100) // 100),
            urgent=urgent,
        )


def read_settings(stored) -> LimitSettings:
    """Return the settings that the texts of parameters stand for.

    :param stored: the text by key; what is missing has its default.
    """
    return LimitSettings(
        **{name: one.get(stored.get(one.key)) for name, one in READ_FROM.items()}
    )


def select_settings(limits) -> SQL:
    """Return the expression for all that sets limits, as one text; see
    :func:`renew_limits`. Where it is the same text, nothing was changed.
    """
    servers = {one for limit in limits for one in limit.set_by if one != DATABASE}
    return SQL(
        """
        jsonb_build_array(
            (SELECT jsonb_object_agg(key, value) FROM ir_config_parameter
              WHERE key IN %s),
            (SELECT jsonb_object_agg(id, daily_limit) FROM ir_mail_server
              WHERE id = ANY(%s) AND active AND daily_limit > 0))::text
        """,
        tuple(one.key for one in READ_FROM.values()),
        sorted(servers),
    )


def renew_limits(limits, text: str, passed: float) -> tuple[Limit, ...]:
    """Return limits as they are set now.

    :param text: what the expression of :func:`select_settings` gave.
    :param passed: see :attr:`.send_class.Limit.passed`.
    """
    stored, own = json.loads(text)
    settings = read_settings(stored or {})
    totals = {int(server_id): total for server_id, total in (own or {}).items()}
    return tuple(_renew(limit, settings, totals, passed) for limit in limits)


def is_unpaced(env) -> bool:
    """Whether this is the test of somebody who has not thought of a limit.

    Its mailing leaves at any hour of the day alike: what a test finds must not depend
    on when it runs. The default limit counts there, too.
    """
    return is_test(env) and not env["ir.config_parameter"].sudo().get_param(
        DAILY_LIMIT.key
    )


def _renew(limit, settings, totals, passed):
    if not limit.set_by:
        return limit
    own = [totals[one] for one in limit.set_by if one in totals]
    limit = replace(limit, passed=passed)
    return settings.apply_to(limit, min(own, default=0))
