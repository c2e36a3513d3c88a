# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Rows of reports, as they are kept once the reports are read."""

from datetime import timedelta

from odoo import fields


class ReportRows:
    """A mixin for test cases with an alias domain in ``self.domain``."""

    def make_reporter(self, name="google.com", proof="dkim", domain=None):
        proven = (domain or name) if proof != "none" else False
        return self.env["mail.dmarc.reporter"].create(
            {
                "alias_domain_id": self.domain.id,
                "name": name,
                "domain": proven,
                "proof": proof,
            }
        )

    def make_origin(self, name="Odoo", kind="ours", **values):
        return self.env["mail.dmarc.origin"].create(
            {
                "alias_domain_id": self.domain.id,
                "name": name,
                "key": name,
                "kind": kind,
                "first_seen": fields.Date.today() - timedelta(days=200),
                **values,
            }
        )

    def make_rows(self, origin, reporter, days, count, spf=True, dkim=True, **values):
        """Make a row for each of some days.

        :param days: how many days ago.
        """
        today = fields.Date.today()
        return self.env["mail.dmarc.source"].create(
            [
                {
                    "alias_domain_id": self.domain.id,
                    "domain": self.domain.name,
                    "day": today - timedelta(days=day),
                    "reporter_id": reporter.id,
                    "origin_id": origin.id,
                    "network": "192.0.2.0/24",
                    "header_from": self.domain.name,
                    "is_spf_aligned": spf,
                    "is_dkim_aligned": dkim,
                    "disposition": "none",
                    "mail_count": count,
                    **values,
                }
                for day in days
            ]
        )

    def make_report(self, reporter, day, policy, tags=None):
        """Make a report of some days ago."""
        end = fields.Datetime.now() - timedelta(days=day)
        return self.env["mail.dmarc.report"].create(
            {
                "alias_domain_id": self.domain.id,
                "domain": self.domain.name,
                "reporter_id": reporter.id,
                "report_id": f"{reporter.id}-{day}",
                "state": "read",
                "begin": end - timedelta(days=1),
                "end": end,
                "policy_p": policy,
                "policy": {"p": policy, **(tags or {})},
            }
        )
