# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Telling administrators that somebody can send as them, or that their own mail fails.

Once a day, by a scheduled action: reports come once a day.
"""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...mailauth.dns.names import display_name
from ...mailauth.printable import shorten
from .mail_alias_domain_dmarc_page import FRESH
from .mail_alias_domain_evidence import MODELS
from .mail_dmarc_source import is_own

PAGE = "email-dmarc-reports"
NEW = "dmarc_source:"  # what the subjects of these alarms begin with
FAILING = "dmarc_failing:"
MANY = 50  # mails of a new source that pass in one day
KNOWN = timedelta(days=14)  # so long a domain has been watched before
WATCHED = timedelta(days=7)
RECENT = timedelta(days=3)  # of days that are reported
BEFORE = timedelta(days=28)
FAILED = 10  # own mails in the recent days
SHARE, SHARE_BEFORE = 0.1, 0.05  # of the own mails that fail, now and before
MOST = 20  # alarms of a kind


class MailDmarcOrigin(models.Model):
    # A file for each concern.
    _inherit = "mail.dmarc.origin"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _watch(self):
        """Raise, and close, the alarms of what reports say."""
        for model in MODELS:
            self.env[model].flush_model()
        alarms = self.env["mail.deliverability.alarm"]
        told = [one._tell_new(*figures) for one, *figures in self._find_new()]
        alarms._resolve_others(NEW, told)
        told = [self._tell_failing(*found) for found in self._find_failing()]
        alarms._resolve_others(FAILING, told)

    # ------------------------------------------------------------ a new source

    @api.model
    def _find_new(self):
        """Return new sources that pass, with the day on which most did and how many.

        Before a domain was watched for a while, all its sources are new.
        """
        today = fields.Date.today()
        rows = self.env.execute_query(
            SQL(
                """
                WITH passing AS (
                    SELECT source.origin_id, source.day, SUM(source.mail_count) AS mails
                      FROM mail_dmarc_source source
                     WHERE source.is_trusted AND source.day >= %(watched)s
                       AND (source.is_spf_aligned OR source.is_dkim_aligned)
                  GROUP BY source.origin_id, source.day
                    HAVING SUM(source.mail_count) > %(many)s
                )
                SELECT DISTINCT ON (origin.id) origin.id, passing.day,
                       passing.mails::bigint
                  FROM passing
                  JOIN mail_dmarc_origin origin ON origin.id = passing.origin_id
                 WHERE origin.decision IS NULL AND origin.kind != 'forwarder'
                   AND origin.first_seen >= %(fresh)s
                   AND EXISTS (
                           SELECT FROM mail_dmarc_source earlier
                            WHERE earlier.alias_domain_id = origin.alias_domain_id
                              AND earlier.is_trusted
                              AND earlier.day <= origin.first_seen - %(known)s
                       )
              ORDER BY origin.id, passing.mails DESC, passing.day
                """,
                watched=today - WATCHED,
                many=MANY,
                fresh=today - FRESH,
                known=KNOWN.days,
            )
        )
        found = [
            (self.sudo().browse(origin), day, mails) for origin, day, mails in rows
        ]
        return [one for one in found if not one[0]._is_odoo()][:MOST]

    def _is_odoo(self):
        """Whether a source signs with a key of this database, or is a server of it."""
        domain = self.alias_domain_id
        own, relays = domain._list_own_signers(), domain._find_own_relays()
        if any(tuple(signer[:2]) in own for signer in self.signers or ()):
            return True
        is_provider = self.provider_id.id in relays.providers
        return is_provider or self.address in relays.addresses

    def _tell_new(self, day, mails):
        """Raise the alarm of a new source; return its subject."""
        subject = f"{NEW}{self.id}"
        self.env["mail.deliverability.alarm"]._raise_alarm(
            subject,
            lambda env: self.with_env(env)._render_new(day, mails),
            occasion=self.first_seen.isoformat(),
            companies=self.alias_domain_id.company_ids or None,
            state=self.name,
        )
        return subject

    def _render_new(self, day, mails):
        domain = display_name(self.alias_domain_id.name)
        summary = self.env._(
            "A new source sends in the name of %(domain)s: %(name)s",
            domain=domain,
            name=shorten(self.name, 100),
        )
        text = self.env._(
            "On %(day)s receivers took %(count)s emails from there for yours: they "
            "pass SPF or DKIM. If you have begun to use this service, say so. If not, "
            "somebody can send as %(domain)s: take what allows it out of the SPF "
            "record, or remove the DKIM key that it signs with.",
            day=format_date(self.env, day),
            count=mails,
            domain=domain,
        )
        return summary, self._render_note(text, self.alias_domain_id)

    # ------------------------------------------------------------ own mail fails

    @api.model
    def _find_failing(self):
        """Return the domains whose own mails fail since some days, with figures.

        :return: alias domain, own mails of the recent days, those that fail.
        """
        today = fields.Date.today()
        rows = self.env.execute_query(
            SQL(
                """
                WITH own AS (
                    SELECT source.alias_domain_id, source.day, source.mail_count AS n,
                           NOT (source.is_spf_aligned OR source.is_dkim_aligned)
                           AS fails,
                           MAX(source.day) OVER (PARTITION BY source.alias_domain_id)
                           - %(recent)s AS until
                      FROM mail_dmarc_source source
                     WHERE source.is_trusted AND source.day >= %(begin)s
                       AND %(is_own)s
                )
                SELECT alias_domain_id,
                       COALESCE(SUM(n) FILTER (WHERE day > until), 0)::bigint,
                       COALESCE(SUM(n) FILTER (WHERE day > until AND fails), 0)::bigint,
                       COALESCE(SUM(n) FILTER (WHERE day <= until), 0)::bigint,
                       COALESCE(SUM(n) FILTER (WHERE day <= until AND fails), 0)::bigint
                  FROM own
              GROUP BY alias_domain_id
              ORDER BY alias_domain_id
                """,
                recent=RECENT.days,
                is_own=is_own(),
                begin=today - BEFORE - RECENT,
            )
        )
        domains = self.env["mail.alias.domain"].sudo()
        return [
            (domains.browse(domain), own, failing)
            for domain, own, failing, before, failed_before in rows
            if failing >= FAILED
            and failing >= SHARE * own
            and before
            and failed_before < SHARE_BEFORE * before
        ][:MOST]

    @api.model
    def _tell_failing(self, domain, own, failing):
        """Raise the alarm that own mails fail; return its subject."""
        subject = f"{FAILING}{domain.id}"
        self.env["mail.deliverability.alarm"]._raise_alarm(
            subject,
            lambda env: self.with_env(env)._render_failing(domain, own, failing),
            occasion=f"{fields.Date.today():%Y-%m}",
            companies=domain.company_ids or None,
            state="failing",
        )
        return subject

    @api.model
    def _render_failing(self, domain, own, failing):
        summary = self.env._(
            "Your own emails fail DMARC: %(failing)s of %(count)s of %(domain)s",
            failing=failing,
            count=own,
            domain=display_name(domain.name),
        )
        text = self.env._(
            "So it is in the reports of the last days, and it was not so before. "
            "Something has changed: a server, a DKIM key or the SPF record. Receivers "
            "may put these emails into spam, or refuse them."
        )
        return summary, self._render_note(text, domain)

    @api.model
    def _render_note(self, text, domain):
        link = self.env["mail.deliverability.alarm"]._link
        words = self.env._("See the reports")
        return Markup("<p>%s</p><p>%s</p>") % (text, link(f"{domain.id}/{PAGE}", words))
