# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..proof.stored import drop_raw
from .bounds import KEEP

KEEP_RAW = timedelta(days=30)
BATCH = 1000


class MailDmarcReport(models.Model):
    """What goes again."""

    # A file for each concern.
    _inherit = "mail.dmarc.report"  # pylint: disable=consider-merging-classes-inherited

    @api.autovacuum
    def _gc_files(self):
        """Delete the files of old reports, a batch at a time."""
        old = [
            ("res_model", "=", self._name),
            ("res_field", "=", "raw"),
            ("create_date", "<", fields.Datetime.now() - KEEP_RAW),
        ]
        files = self.env["ir.attachment"].sudo().search(old, limit=BATCH)
        drop_raw(self.browse(files.mapped("res_id")), ["raw"])
        return len(files), len(files) == BATCH

    @api.autovacuum
    def _gc_reports(self):
        """Delete what is over a year old, and reporters of whom nothing is left."""
        old = Domain("received", "<", fields.Datetime.now() - KEEP)
        other = Domain("received", "<", fields.Datetime.now() - KEEP_RAW)
        old |= other & Domain("state", "=", "other")
        reports = self.search(old, limit=BATCH)
        reports.unlink()
        self.env.execute_query(
            SQL(
                """
                DELETE FROM mail_dmarc_reporter reporter
                 WHERE NOT COALESCE(is_accepted, false) AND create_date < %s
                   AND NOT EXISTS (SELECT FROM mail_dmarc_report
                                    WHERE reporter_id = reporter.id)
                   AND NOT EXISTS (SELECT FROM mail_dmarc_source
                                    WHERE reporter_id = reporter.id)
             RETURNING id
                """,
                fields.Datetime.now() - timedelta(days=1),
            )
        )
        self.env.invalidate_all()
        return len(reports), len(reports) == BATCH
