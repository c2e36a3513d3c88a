# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What leaves is counted by receiver; whether reports can come in is tried."""

from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ...models.reports.mail_dmarc_sent import MailDmarcSent
from ..proof.trip_common import TripCase

LOGGER = "odoo.addons.mail_deliverability.models.reports.mail_dmarc_sent"


@tagged("post_install", "-at_install")
class TestSent(TripCase):
    def count(self):
        """Return how many messages are counted, by receiver."""
        self.env["mail.dmarc.sent"].invalidate_model()
        rows = self.env["mail.dmarc.sent"].search(
            [("alias_domain_id", "=", self.domain.id)]
        )
        return {one.receiver: one.mail_count for one in rows}

    def make_mails(self, *addresses, **values):
        mails = self.env["mail.mail"]
        for address in addresses:
            mails |= self._make_mail("me@acme.example", email_to=address, **values)
        return mails

    def test_a_batch_is_written_once(self):
        mails = self.make_mails(
            "a@one.example", "b@ONE.example", "c@two.example, d@two.example"
        )
        added = []
        add = MailDmarcSent._add_rows

        def note(model, counts):
            added.append(dict(counts))
            return add(model, counts)

        with patch.object(type(self.env["mail.dmarc.sent"]), "_add_rows", note):
            mails.send()
        self.assertEqual(self.count(), {"one.example": 2, "two.example": 1})
        self.assertEqual(len(added), 1)
        self.make_mails("a@one.example").send()
        self.assertEqual(self.count(), {"one.example": 3, "two.example": 1})

    def test_what_is_refused_is_not_counted(self):
        self.sink.refused_recipients.add("a@one.example")
        self.addCleanup(self.sink.refused_recipients.clear)
        mails = self.make_mails("a@one.example, b@two.example", "a@one.example")
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            mails.send()
        self.assertEqual(self.count(), {"two.example": 1})

    def test_other_people_s_domains_are_nobody_s(self):
        self.env["mail.dmarc.sent"]._add(
            {
                ("mail.acme.example", "one.example"): 2,
                ("ACME.example", "one.example"): 1,
                ("other.example", "one.example"): 4,
                ("", "one.example"): 8,
                ("acme.example", ""): 16,
                ("acme.example\0", "one.example"): 32,
            }
        )
        self.assertEqual(self.count(), {"one.example": 3})

    def test_what_can_t_be_counted_keeps_no_mail(self):
        mails = self.make_mails("a@one.example")
        with (
            patch.object(
                type(self.env["mail.dmarc.sent"]),
                "_add_rows",
                side_effect=psycopg2.OperationalError,
            ),
            mute_logger(LOGGER),
        ):
            mails.send()
        self.assertEqual(len(self.sink.deliveries), 1)
        self.assertEqual(self.count(), {})

    # ------------------------------------------------------------ the address

    def test_reports_are_asked_for_once_a_test_came_in(self):
        domain = self.domain.with_user(self.admin)
        address = "dmarc-reports@acme.example"
        self.assertEqual(domain._find_report_inbox(), ("", ""))
        self.assertEqual(domain._describe_inbox()["state"], "untried")
        test = self.env["mail.test.message"].browse(domain.action_test_report_address())
        self.assertEqual(test.email_to, address)
        self.assertEqual(domain._describe_inbox()["state"], "waiting")
        self.assertEqual(domain._find_report_inbox(), ("", ""))
        delivery = self.sink.deliveries[0]
        self.assertEqual(list(delivery.rcpt_tos), [address])
        self.assertFalse(self.hand_in(self.come_back(delivery)))
        self.assertEqual(domain._describe_inbox()["state"], "back")
        self.assertEqual(domain._find_report_inbox(), (address, ""))
        facts = self.domain._prepare_facts_later([])({})
        self.assertEqual((facts.report_inbox, facts.report_zone), (address, ""))
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mail_deliverability.report_alias", "dmarc_reports")
        self.env.invalidate_all()
        self.assertEqual(domain._find_report_inbox(), ("", ""), "another address")

    def test_a_relay_that_replaces_the_message_id(self):
        domain = self.domain.with_user(self.admin)
        domain.action_test_report_address()
        delivery = self.sink.deliveries[0]
        name = delivery.message["Message-ID"].strip("<>").encode()
        self.hand_in(self.come_back(delivery, old=name, new=b"1@relay.example"))
        self.assertEqual(domain._describe_inbox()["state"], "back")

    def test_the_address_of_another_domain(self):
        other = self.env["mail.alias.domain"].create({"name": "branch.example"})
        branch = {"name": "Branch", "parent_id": self.company.id}
        self.env["res.company"].create({**branch, "alias_domain_id": other.id})
        self.domain.with_user(self.admin).action_test_report_address()
        self.hand_in(self.come_back(self.sink.deliveries[0]))
        found = other._find_report_inbox()
        self.assertEqual(found, ("dmarc-reports@acme.example", "acme.example"))
        self.assertEqual(other._describe_inbox()["state"], "back")
        self.assertEqual(self.domain_2._find_report_inbox(), ("", ""), "a stranger's")


@tagged("post_install", "-at_install")
class TestTwoSenders(BaseCase):
    """What two workers count at once, in real transactions; all is undone."""

    def test_they_don_t_wait_for_each_other(self):
        registry = Registry(get_db_name())
        counts = {("two-senders.example", f"r{n}.example"): 1 for n in range(9)}
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            domain = env["mail.alias.domain"].create({"name": "two-senders.example"})
            env["res.company"].search([]).filtered(
                lambda one: one.alias_domain_id == domain
            ).alias_domain_id = False
        try:
            with registry.cursor() as one, registry.cursor() as other:
                for cr in (one, other, one, other):
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["mail.dmarc.sent"]._add_rows(counts)
                    mine = [("alias_domain_id", "=", domain.id)]
                rows = env["mail.dmarc.sent"].search(mine)
                self.assertEqual(rows.mapped("mail_count"), [2] * 9)
                one.rollback()
                other.rollback()
        finally:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["mail.alias.domain"].browse(domain.id).unlink()
