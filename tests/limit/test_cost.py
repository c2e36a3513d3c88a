# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How many questions the database is asked: no more where there is more of all."""

from odoo import fields
from odoo.tests import tagged

from .test_mail_mail import LimitCase

FEW, MANY = 10, 80
LISTED = ("name", "smtp_host", "daily_limit", "sent_today", "daily_limit_hint")


@tagged("post_install", "-at_install")
class TestCost(LimitCase):
    def make_servers(self, count):
        """Make servers, each with an account and a limit of its own."""
        return self.env["ir.mail_server"].create(
            [
                {
                    "name": f"Relay {number}",
                    "smtp_host": f"relay{number}.example",
                    "smtp_encryption": "none",
                    "from_filter": f"acme{number}.example",
                    "daily_limit": 10,
                }
                for number in range(count)
            ]
        )

    def count_queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def compare(self, function, prepare=lambda servers: None):
        """Return the queries of a function with a few servers, and with many."""
        counts = []
        for number in (FEW, MANY):
            servers = self.make_servers(number)
            prepare(servers)
            function(servers)  # fills what is cached
            counts.append(self.count_queries(lambda these=servers: function(these)))
            servers.unlink()
        return counts

    def use_up(self, servers):
        limits = [server._get_send_limits()[-1] for server in servers]
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            for limit in limits:
                ledger.reserve(fields.Datetime.now(), 10, (limit,))

    def test_list_of_servers(self):
        few, many = self.compare(lambda servers: servers.read(LISTED))
        self.assertEqual(few, many)

    def test_run_of_the_queue(self):
        few, many = self.compare(lambda servers: self.process())
        self.assertEqual(few, many)

    def test_run_where_all_limits_are_used_up(self):
        """Administrators know that already."""
        few, many = self.compare(lambda servers: self.process(), self.use_up)
        self.assertEqual(few, many)
