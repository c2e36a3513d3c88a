# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What counts, and by which limits, while a batch of mails is being sent."""

from contextlib import closing
from itertools import count

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...models.limit import ledger_sql
from ...models.limit.limit_settings import READ_FROM, renew_limits, select_settings
from ...models.limit.send_class import Limit
from ...models.parameters.table import DAILY_LIMIT_RESET_HOUR
from .test_mail_mail import LimitCase

LIMIT_KEY = "mail_deliverability.daily_limit"


@tagged("post_install", "-at_install")
class TestSettings(LimitCase):
    """SQL reads what sets the limits as the ORM does, damaged values too."""

    def store(self, key, value):
        self.env["ir.config_parameter"].search([("key", "=", key)]).unlink()
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)", [key, value]
        )
        self.env.registry.clear_cache("stable")

    def test_the_same_from_both(self):
        self.server.daily_limit = 70
        self._make_server("globex.example", daily_limit=60)
        self._make_server("third.example", daily_limit=50, active=False)
        values = (
            "7",
            " 8 ",
            "0",
            "",
            "many",
            "-3",
            "1e3",
            "9" * 19,
            "12.0",
            "٣",
            "\t9\n",
        )
        for parameter in READ_FROM.values():
            for value in values:
                self.store(parameter.key, value)
                known = self.server._get_send_limits()
                query = SQL("SELECT %s", select_settings(known))
                text = self.env.execute_query(query)[0][0]
                renewed = renew_limits(known, text, known[0].passed)
                with self.subTest(key=parameter.key, value=value):
                    self.assertEqual(renewed, known[:1] + renewed[1:])
                    self.assertEqual(renewed[1].total, 60)
                    self.assertEqual(renewed, known)

    def test_the_hour(self):
        values = (
            "7",
            " 8 ",
            "0",
            "",
            "noon",
            "-3",
            "24",
            "047",
            "9" * 18,
            "9" * 19,
            "٣",
        )
        for value in values:
            self.store(DAILY_LIMIT_RESET_HOUR.key, value)
            query = SQL("SELECT %s", ledger_sql.HOUR)
            with self.subTest(value=value):
                self.assertEqual(
                    self.env.execute_query(query)[0][0],
                    self.env["mail.send.counter"]._get_reset_hour(),
                )


@tagged("post_install", "-at_install")
class TestLimitsChange(LimitCase):
    """Whoever changes a limit, and however: it counts at the next mail of a batch."""

    def setUp(self):
        super().setUp()
        self.mails = self.make_mails(9)

    def send(self, change, after=3):
        """Send all, and change something by SQL when some mails have left."""
        position = count(1)

        def sent(_ids):
            if next(position) == after:
                self.env.cr.execute(change)

        self.env.flush_all()
        self.mails.send(post_send_callback=sent)
        return len(self.sink.deliveries)

    def send_and_go_on(self, change):
        """Send all, and change something meanwhile; what waits then goes at once.

        Whoever changes a limit wakes the queue for it.
        """
        self.assertEqual(self.send(change), 4)
        self.env.registry.clear_cache("stable")
        self.env["mail.mail"]._limits_changed()
        self.process()
        return len(self.sink.deliveries)

    def set_by_sql(self, value):
        return SQL(
            "UPDATE ir_config_parameter SET value = %s WHERE key = %s", value, LIMIT_KEY
        )

    def set_server(self, **values):
        return SQL(
            "UPDATE ir_mail_server SET daily_limit = %(daily_limit)s WHERE id = %(id)s",
            id=self.server.id,
            **values,
        )

    def test_lowered(self):
        self.set_limit(10000)
        self.assertEqual(self.send(self.set_by_sql("5")), 5)
        self.assertEqual(self.mails.mapped("state").count("outgoing"), 4)
        self.assertEqual((self.used(), self.in_flight()), (5, 0))

    def test_lowered_below_what_has_left(self):
        self.set_limit(10000)
        self.assertEqual(self.send(self.set_by_sql("2")), 3)
        self.assertEqual((self.used(), self.in_flight()), (3, 0))

    def test_raised(self):
        self.set_limit(4)
        self.assertEqual(self.send_and_go_on(self.set_by_sql("8")), 8)
        self.assertEqual((self.used(), self.in_flight()), (8, 0))

    def test_removed(self):
        self.set_limit(4)
        self.assertEqual(self.send_and_go_on(self.set_by_sql("0")), 9)
        self.assertEqual((self.used(), self.in_flight()), (9, 0))

    def test_set(self):
        self.set_limit(0)
        self.assertEqual(self.send(self.set_by_sql("5")), 5)
        self.assertEqual(set(self.mails.mapped("state")), {"sent", "outgoing"})
        self.assertEqual((self.used(), self.in_flight()), (5, 0))

    def test_of_the_server(self):
        self.set_limit(0)
        self.assertEqual(self.send(self.set_server(daily_limit=6)), 6)
        self.assertEqual(self.mails.mapped("state").count("outgoing"), 3)
        self.assertEqual((self.used(), self.in_flight()), (6, 0))

    def test_damaged(self):
        """Then it is the default, as in all that reads it."""
        self.set_limit(4)
        self.assertEqual(self.send_and_go_on(self.set_by_sql("many")), 9)


@tagged("post_install", "-at_install")
class TestHandedOver(LimitCase):
    """A count moves to another server while something is reserved from it."""

    def setUp(self):
        super().setUp()
        self.set_limit(0)
        hosts = ("a.invalid", "b.invalid", "c.invalid")
        self.servers = self.env["ir.mail_server"].concat(
            *(self._make_server(smtp_host=host) for host in hosts)
        )

    def move(self, *pairs):
        for old, new in pairs:
            ids = {self.servers[old].id: self.servers[new].id}
            self.env["mail.send.counter"]._hand_over(ids)
            self.env.cr.postcommit.run()

    def counts(self):
        self.env["mail.send.counter"].invalidate_model()
        rows = self.env["mail.send.counter"].search(
            [("server_id", "in", self.servers.ids)], order="server_id"
        )
        ids = self.servers.ids
        return [(ids.index(one.server_id), one.sent, one.in_flight) for one in rows]

    def test_the_outcome_finds_its_count(self):
        cases = (
            # counted before by each server, moved, counts of 5 reserved and 3 kept
            ("to one without a count", (0, 0, 0), [(0, 1)], [(1, 3, 0)]),
            ("to one with a count", (0, 7, 0), [(0, 1)], [(1, 10, 0)]),
            ("twice", (0, 7, 2), [(0, 1), (1, 2)], [(2, 12, 0)]),
            ("there and back", (0, 0, 0), [(0, 1), (1, 0)], [(0, 3, 0)]),
            ("back with more", (0, 7, 0), [(0, 1), (1, 0)], [(0, 10, 0)]),
        )
        for case, before, moves, expected in cases:
            self.env["mail.send.counter"].search([]).unlink()
            with self.subTest(case), self.open_ledger() as ledger:
                for server, used in zip(self.servers, before, strict=True):
                    self.settle(ledger, self.reserve(ledger, server, used), used)
                ledger.flush()
                reservation = self.reserve(ledger, self.servers[0], 5)
                self.move(*moves)
                self.settle(ledger, reservation, 3)
                self.assertEqual(self.counts(), expected)

    def test_the_place_is_taken(self):
        """The old server has another account now, with a count of its own."""
        with self.open_ledger() as ledger, self.open_ledger() as other:
            first = self.reserve(ledger, self.servers[0], 5)
            self.move((0, 1))
            second = self.reserve(other, self.servers[0], 2)
            self.settle(ledger, first, 3)
            self.settle(other, second, 1)
            other.flush()
        self.assertEqual(self.counts(), [(0, 1, 0), (1, 3, 0)])

    def test_both_in_one_write(self):
        with self.open_ledger() as ledger, self.open_ledger() as other:
            first = self.reserve(ledger, self.servers[0], 5)
            second = self.reserve(other, self.servers[2], 4)
            ids = self.servers.ids
            self.env["mail.send.counter"]._hand_over({ids[0]: ids[1], ids[2]: ids[0]})
            self.env.cr.postcommit.run()
            self.settle(ledger, first, 3)
            self.settle(other, second, 2)
        self.assertEqual(self.counts(), [(0, 2, 0), (1, 3, 0)])

    def test_the_batch_goes_on(self):
        """What is left of a batch counts where its account counts now."""
        with self.open_ledger() as ledger:
            self.settle(ledger, self.reserve(ledger, self.servers[0], 5), 5)
            self.move((0, 1))
            self.settle(ledger, self.reserve(ledger, self.servers[0], 2), 2)
        self.assertEqual(self.counts(), [(1, 7, 0)])

    def test_on_the_wire(self):
        """A server is deleted while its mails leave."""
        twin = self._make_server("globex.example")
        position = count(1)

        def sent(_ids):
            if next(position) == 2:
                self.server.unlink()
                self.env.cr.postcommit.run()

        self.env.cr.postcommit.clear()
        self.make_mails(4).send(post_send_callback=sent)
        self.assertEqual(len(self.sink.deliveries), 4)
        rows = self.env["mail.send.counter"].search([("server_id", "!=", 0)])
        self.assertEqual(
            [(one.server_id, one.sent, one.in_flight) for one in rows],
            [(twin.id, 4, 0)],
        )

    def open_ledger(self):
        return self.env["mail.send.counter"]._open_ledger()

    def reserve(self, ledger, server, want):
        limit = Limit(server.id, server.name, 0)
        return ledger.reserve(fields.Datetime.now(), want, (limit,))

    def settle(self, ledger, reservation, kept):
        ledger.settle(reservation, kept)


@tagged("post_install", "-at_install")
class TestPersonalServer(LimitCase):
    """What users send through servers of their own: counted apart, not bounded."""

    def setUp(self):
        super().setUp()
        self.owner = new_test_user(
            self.env, "owner", "base.group_user", email="owner@acme.example"
        )
        self.mine = self._make_server("owner@acme.example", name="Owner's")
        self.mine.owner_user_id = self.owner
        self.owner.outgoing_mail_server_id = self.mine
        self.use_up()

    def use_up(self):
        self.make_mails(5).send()
        self.sink.deliveries.clear()

    def make_mine(self, number):
        mails = self.env["mail.mail"].with_user(self.owner).sudo()
        for position in range(number):
            mails |= mails.create(
                {
                    "email_from": "owner@acme.example",
                    "email_to": f"mine{position}@customer.example",
                    "subject": "Subject",
                    "body_html": "<p>Body</p>",
                    "mail_server_id": self.mine.id,
                }
            )
        return mails

    def test_nobody_holds_them_up(self):
        mails = self.make_mine(3)
        self.process()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual(self.recipients(), ["mine0", "mine1", "mine2"])
        self.assertEqual(self.used(), 5)
        self.assertEqual(self.mine.sent_today, 3)
        row = self.env["mail.send.counter"].search([("server_id", "=", self.mine.id)])
        self.assertEqual((row.server_name, row.sent, row.in_flight), ("Owner's", 3, 0))

    def test_not_by_a_limit_of_its_own_either(self):
        self.mine.daily_limit = 1
        mails = self.make_mine(3)
        self.process()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        limits = self.env["ir.mail_server"]._get_all_limits()
        self.assertEqual([limit.server_id for limit in limits], [0])

    def test_the_same_account_as_a_server_of_the_company(self):
        """The account of the company counts what the company sends."""
        self.server.daily_limit = 6
        self.make_mine(3)
        self.process()
        self.assertEqual((self.server.sent_today, self.mine.sent_today), (5, 3))
        usage = self.env["mail.send.counter"]._get_usage()
        limit = self.server._get_send_limits()[-1]
        self.assertEqual(limit.get_room(usage[self.server.id]), 1)

    def test_administrators_are_not_told(self):
        self.set_limit(10000)
        self.make_mine(3)
        self.process()
        self.assertFalse(self.env["mail.send.tally"].search([("sent", "=", 3)]))

    def test_it_becomes_personal(self):
        """The count stays with the server."""
        self.env.cr.postcommit.clear()
        self.server.owner_user_id = self.env.ref("base.user_admin")
        self.env.cr.postcommit.run()
        self.assertEqual(self.server.sent_today, 5)


@tagged("post_install", "-at_install")
class TestInATest(LimitCase):
    """A test of anybody's that sends mails leaves no count behind it."""

    def registry_enter_test_mode(self, **options):
        """Not here: most tests don't."""

    def count_outside(self):
        with self.env.registry.cursor() as cr:
            cr.execute(
                """
                SELECT (SELECT COALESCE(SUM(sent), 0) FROM mail_send_counter),
                       (SELECT COUNT(*) FROM mail_send_uncounted),
                       (SELECT COUNT(*) FROM mail_reset_attempt),
                       (SELECT COUNT(*) FROM ir_cron_trigger)
                """
            )
            return cr.fetchone()

    def test_nothing_is_left_behind(self):
        before = self.count_outside()
        self.set_limit(150)
        self.make_mails(150).send()
        self.env["mail.reset.attempt"]._ask("somebody")
        self.assertEqual(len(self.sink.deliveries), 150)
        self.assertEqual((self.used(), self.in_flight()), (150, 0))
        self.assertEqual(self.count_outside(), before)

    def test_an_undone_savepoint_takes_its_count_along(self):
        self.make_mails(2).send()
        with closing(self.env.cr.savepoint()):
            self.make_mails(2, first=2).send()
            self.assertEqual(self.used(), 4)
        self.assertEqual((self.used(), self.in_flight()), (2, 0))
        self.make_mails(4, first=4).send()
        self.assertEqual((self.used(), self.in_flight()), (5, 0))

    def test_a_setting_that_is_not_written_yet(self):
        self.env["ir.config_parameter"].set_param(LIMIT_KEY, "2")
        self.server.daily_limit = 1
        self.make_mails(3).send()
        self.assertEqual(self.used(), 1)
