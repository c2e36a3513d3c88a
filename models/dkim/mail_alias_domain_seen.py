# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which signatures of a domain have been seen on mails that came in.

A published key is no proof that anything is signed with it: a provider signs once it is
switched on there. A colleague's mail by the same provider proves it.
"""

import functools
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ...mailauth.dkim.record import record_name
from ..tools.after_delivery import never_raise
from ..tools.host_names import fold

_logger = logging.getLogger(__name__)


class MailAliasDomain(models.Model):
    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    seen_signatures = fields.Json(
        copy=False,
        groups="base.group_system",
        help="The names of the key records whose signatures have verified on a mail "
        "that came in, each with the day.",
    )

    @api.model
    def _note_signature(self, signing_domain, selector):
        """Remember that a signature has verified on a mail that comes in.

        Written once the mail is stored, by a cursor of its own, and not at all where
        somebody else holds the row: the mail neither waits nor fails for it.

        :param signing_domain: d= of the signature.
        :param selector: s= of the signature.
        """
        name = record_name(selector, signing_domain)
        news = self._list_signed(signing_domain).filtered(
            lambda domain: name not in (domain.seen_signatures or {})
        )
        if news:
            store = functools.partial(_store, self.env.registry, tuple(news.ids), name)
            self.env.cr.postcommit.add(store)

    @api.model
    def _list_signed(self, signing_domain):
        """Return the domains that a signature is of: this one, and those above it."""
        below = f".{fold(signing_domain)}"
        domains = self.sudo().search([("name", "!=", False)])
        return domains.filtered(
            lambda domain: fold(domain.name) and below.endswith(f".{fold(domain.name)}")
        )

    def _is_signature_seen(self, selectors, signing_domain):
        """Whether a mail has shown a signature of one of the selectors."""
        seen = self.sudo().seen_signatures or {}
        names = (record_name(one.lower(), fold(signing_domain)) for one in selectors)
        return any(name in seen for name in names)


def _store(registry, ids, name):
    what = "it is not remembered that a signature was seen"
    with never_raise(_logger.warning, what), registry.cursor() as cr:
        cr.execute(
            SQL(
                """
                UPDATE mail_alias_domain
                   SET seen_signatures = COALESCE(seen_signatures, '{}'::jsonb)
                       || jsonb_build_object(%(name)s, %(day)s)
                 WHERE id IN (
                       SELECT id FROM mail_alias_domain WHERE id IN %(ids)s
                          FOR NO KEY UPDATE SKIP LOCKED)
                """,
                name=name,
                day=fields.Date.to_string(fields.Date.today()),
                ids=ids,
            )
        )
