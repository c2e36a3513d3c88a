# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the chatter shows of what was reported."""

from odoo.tests import HttpCase, tagged

from ..axe import AxeMixin
from .inbound_common import UNKNOWN_USER, InboundCase, describe


@tagged("post_install", "-at_install")
class TestInboundTour(AxeMixin, InboundCase, HttpCase):
    def test_what_was_reported(self):
        partners = self.make_partners("ann", "bea", "cem", "dan")
        message = self.send(partners)
        ann, bea, _cem, dan = partners.mapped("email")
        told = describe(
            (ann, "delayed", "4.4.1", "451 4.4.1 try again later"),
            (bea, "delivered", "2.0.0", "250 OK"),
            (dan, "failed", "5.1.1", UNKNOWN_USER),
        )
        self.receive(self.report(told, message))
        self.note_of(partners[2], message)._note_report("complaint")
        self.start_tour(
            f"/odoo/res.partner/{self.thread.id}", "mail_delivery_report", login="admin"
        )
