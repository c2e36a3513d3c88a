# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The traces of mass mailings: mass_mailing has to be installed."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .inbound_common import FULL, NO_DKIM, UNKNOWN_USER, InboundCase, describe

JANE = "jane@receiver.example"


@tagged("-standard", "with_mass_mailing")
class TestMailingReports(InboundCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": cls.env.ref("base.model_res_partner").id,
            }
        )
        cls.env["mail.blacklist"].search([]).unlink()
        cls.number = 100

    def make_trace(self, partner=None):
        """Return a trace whose mail is not kept: Odoo deletes what it has sent."""
        type(self).number += 1
        partner = partner or self.jane
        return self.env["mailing.trace"].create(
            {
                "mass_mailing_id": self.mailing.id,
                "model": "res.partner",
                "res_id": partner.id,
                "email": partner.email_normalized,
                "message_id": f"<{self.number}-openerp@acme.example>",
                "trace_status": "sent",
            }
        )

    def test_each_kind_of_report(self):
        for action, reply, status, trace_status, count in (
            ("failed", UNKNOWN_USER, "5.1.1", "bounce", 1),
            ("failed", FULL, "5.2.2", "bounce", 1),
            ("failed", NO_DKIM, "5.7.26", "error", 0),
            ("failed", "", "4.4.7", "error", 0),
            ("delayed", "451 4.4.1 later", "4.4.1", "sent", 0),
            ("delivered", "250 OK", "2.0.0", "sent", 0),
        ):
            with self.subTest(action=action, reply=reply):
                trace, before = self.make_trace(), self.jane.message_bounce
                told = describe((JANE, action, status, reply))
                self.receive(self.report(told, trace))
                self.assertEqual(trace.trace_status, trace_status)
                self.assertEqual(self.jane.message_bounce - before, count)
                failed = action == "failed"
                words = f"smtp; {reply}" if reply else status
                self.assertEqual(trace.failure_reason, failed and words)
                self.assertEqual(trace.failure_type, "mail_bounce" if failed else False)

    def test_of_somebody_else(self):
        trace = self.make_trace()
        self.bounce("john@receiver.example", message=trace)
        self.assertEqual(trace.trace_status, "sent")
        self.assertFalse(self.refusals())

    def test_what_is_our_fault_puts_nobody_on_the_blacklist(self):
        """Odoo does after five bounces that lie more than a week apart."""
        for reply, status, listed in (
            (NO_DKIM, "5.7.26", False),
            (UNKNOWN_USER, "5.1.1", True),
        ):
            for number in range(6):
                trace = self.make_trace()
                self.bounce(JANE, reply=reply, status=status, message=trace)
                past = fields.Datetime.now() - timedelta(days=3 * (6 - number))
                self.env.cr.execute(
                    "UPDATE mailing_trace SET write_date = %s WHERE id = %s",
                    [past, trace.id],
                )
            self.bounce(JANE, reply=reply, status=status, message=self.make_trace())
            found = self.env["mail.blacklist"].search_count([("email", "=", JANE)])
            self.assertEqual(bool(found), listed, reply)
