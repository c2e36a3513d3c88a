# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged

from ...models.limit.send_class import Demand, Limit, level_of

NEWS = Demand("bulk")
NOON = datetime(2026, 3, 10, 12)


class CounterCase(TransactionCase):
    """Tests of the ledger: what they reserve is rolled back with them."""

    def setUp(self):
        super().setUp()
        self.counter = self.env["mail.send.counter"]
        self.set_hour(0)

    def set_hour(self, hour):
        self.env["ir.config_parameter"].set_param(
            "mail_deliverability.daily_limit_reset_hour", str(hour)
        )
        self.env.flush_all()

    def reserve(self, want, now=NOON, least=1, total=10, **limit):
        """Reserve and keep; returns what was granted."""
        limits = (Limit(0, "All", total, 0, **limit),)
        with self.counter._open_ledger() as ledger:
            reservation = ledger.reserve(now, want, limits, least)
            ledger.settle(reservation, reservation.granted)
        self.counter.invalidate_model()
        return reservation

    def row(self, day=date(2026, 3, 10), server_id=0):
        return self.counter.search([("day", "=", day), ("server_id", "=", server_id)])


@tagged("post_install", "-at_install")
class TestMailSendCounter(CounterCase):
    def test_reserve(self):
        cases = [
            # used before, wanted, at least, total, granted
            (0, 3, 1, 10, 3),
            (0, 10, 1, 10, 10),
            (0, 11, 1, 10, 10),
            (0, 11, 11, 10, 0),
            (8, 3, 1, 10, 2),
            (8, 3, 2, 10, 2),
            (8, 3, 3, 10, 0),
            (10, 1, 1, 10, 0),
            (10, 1, 1, 11, 1),
            (10, 1, 1, 5, 0),
            (10, 1, 1, 0, 1),
            (0, 5000, 5000, 0, 5000),
        ]
        for day, (used, want, least, total, granted) in enumerate(cases, 1):
            now = datetime(2026, 3, day, 12)
            with self.subTest(used=used, want=want, least=least, total=total):
                if used:
                    self.reserve(used, now)
                reservation = self.reserve(want, now, least, total)
                self.assertEqual(reservation.granted, granted)
                self.assertEqual(self.row(now.date()).sent, used + granted)

    def test_narrowest_limit_decides(self):
        limits = (Limit(0, "All", 10, 0), Limit(7, "Relay", 4, 0))
        with self.counter._open_ledger() as ledger:
            first = ledger.reserve(NOON, 3, limits)
            second = ledger.reserve(NOON, 3, limits)
        self.assertEqual((first.granted, second.granted), (3, 1))
        self.assertEqual(second.narrowest.name, "Relay")
        self.assertEqual((self.row().sent, self.row(server_id=7).sent), (4, 4))

    def test_mass_mailings_leave_a_part_free(self):
        bulk = {"total": 0}
        self.assertEqual(self.reserve(1, **bulk).granted, 1)
        with self.counter._open_ledger() as ledger:
            bulk_limit = Limit(0, "All", 10, 2, demand=NEWS)
            reservation = ledger.reserve(NOON, 20, (bulk_limit,))
            self.assertEqual(reservation.granted, 7)
            reservation = ledger.reserve(NOON, 20, (Limit(0, "All", 10, 2),))
            self.assertEqual(reservation.granted, 2)

    def test_give_back(self):
        limits = (Limit(0, "All", 10, 0),)
        with self.counter._open_ledger() as ledger:
            reservation = ledger.reserve(NOON, 8, limits)
            self.assertEqual((self.row().sent, self.row().in_flight), (8, 8))
            ledger.settle(reservation, kept=5, unknown=1)
            self.counter.invalidate_model()
            self.assertEqual((self.row().sent, self.row().in_flight), (6, 1))
            self.assertEqual(ledger.reserve(NOON, 8, limits).granted, 4)

    def test_outcome_is_written_with_the_next_reservation(self):
        limits = (Limit(0, "All", 10, 0),)
        with self.counter._open_ledger() as ledger:
            ledger.settle(ledger.reserve(NOON, 2, limits), kept=2)
            self.assertEqual(self.row().in_flight, 2)
            ledger.reserve(NOON, 1, limits)
            self.counter.invalidate_model()
            self.assertEqual((self.row().sent, self.row().in_flight), (3, 1))

    def test_day_begins_at_the_reset_hour(self):
        cases = [
            (0, datetime(2026, 3, 10, 0, 0), date(2026, 3, 10), datetime(2026, 3, 11)),
            (0, datetime(2026, 3, 10, 23, 59), date(2026, 3, 10),
             datetime(2026, 3, 11)),
            (23, datetime(2026, 3, 10, 22, 59), date(2026, 3, 9),
             datetime(2026, 3, 10, 23)),
            (23, datetime(2026, 3, 10, 23, 0), date(2026, 3, 10),
             datetime(2026, 3, 11, 23)),
            (5, datetime(2026, 3, 1, 4, 0), date(2026, 2, 28), datetime(2026, 3, 1, 5)),
        ]  # fmt: skip
        for hour, now, day, reset in cases:
            with self.subTest(hour=hour, now=now):
                self.counter.search([]).unlink()
                self.set_hour(hour)
                reservation = self.reserve(1, now)
                self.assertEqual((reservation.day, reservation.reset), (day, reset))

    def test_reset_hour_changed_during_the_day(self):
        """Nobody gets a second budget, nobody loses the next one."""
        yesterday, tomorrow = datetime(2026, 3, 9, 12), datetime(2026, 3, 11, 12)
        for before, after in [(0, 23), (23, 0), (0, 11), (0, 13), (13, 0), (20, 5)]:
            with self.subTest(before=before, after=after):
                self.counter.search([]).unlink()
                self.set_hour(before)
                self.reserve(9, yesterday)
                self.reserve(6)
                self.set_hour(after)
                with freeze_time(NOON):
                    self.assertEqual(self.counter._get_used()[0], 6)
                self.assertEqual(self.reserve(9).granted, 4)
                self.assertEqual(self.reserve(9).granted, 0)
                self.set_hour(before)
                self.assertEqual(self.reserve(9).granted, 0)
                self.set_hour(after)
                self.assertEqual(self.reserve(10, tomorrow).granted, 10)

    def test_clock_jumps(self):
        """Each day has its own budget, in whichever order the days come."""
        later = datetime(2026, 4, 20, 12)
        self.assertEqual(self.reserve(9).granted, 9)
        self.assertEqual(self.reserve(20, later).granted, 10)
        self.assertEqual(self.reserve(20).granted, 1)
        self.assertEqual(self.reserve(20, later).granted, 0)

    def test_level_of(self):
        cases = [
            (0, 10, 0), (7, 10, 0), (8, 10, 80), (9, 10, 80), (10, 10, 100),
            (12, 10, 100), (5, 0, 0), (159, 200, 0), (160, 200, 80), (1, 1, 100),
        ]  # fmt: skip
        for used, total, level in cases:
            with self.subTest(used=used, total=total):
                self.assertEqual(level_of(used, total), level)

    def test_crossing_a_level(self):
        for want, crossed in [(7, False), (1, True), (1, False), (5, True), (1, False)]:
            with self.subTest(want=want):
                self.assertIs(self.reserve(want).crossed(), crossed)

    def test_what_people_usually_use(self):
        """The second busiest of the last seven days, without newsletters and codes."""
        self.counter.create(
            [
                {"day": date(2026, 3, day), "sent": sent, "bulk": bulk, "codes": codes}
                for day, sent, bulk, codes in (
                    (2, 90, 0, 0), (3, 60, 20, 5), (5, 180, 140, 0), (9, 50, 0, 0),
                )
            ]
        )  # fmt: skip
        cases = ((9, 40), (10, 40), (17, 0))
        for day, usual in cases:
            moment = NOON.replace(day=day)
            for told in self.reserve_where_usage_decides(moment):
                with self.subTest(day=day), freeze_time(moment):
                    self.assertEqual(told.usage[0].usual, usual)
                    self.assertEqual(self.counter._get_usage()[0].usual, usual)

    def reserve_where_usage_decides(self, moment=NOON):
        """Return what mass mailings, a look and a refusal are told."""
        return (
            self.reserve(1, moment, total=1000, demand=NEWS),
            self.reserve(0, moment),
            self.reserve(11, moment, least=11),
        )

    def test_backlog(self):
        """Of other servers, mass mailings or mails with a date of their own: none."""
        mail = self.env["mail.mail"].create({"email_to": "to@customer.example"})
        until = datetime(2026, 3, 11)
        mail._wait("limit", until)
        cases = (
            ({}, True),
            ({"waiting_server_id": 7}, False),
            ({"send_class": "bulk"}, False),
            ({"requested_date": until}, True),
            ({"requested_date": datetime(2026, 3, 12)}, False),
            ({"state": "cancel"}, False),
        )
        for values, backlog in cases:
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                mail.write(values)
                self.env.flush_all()
                for told in self.reserve_where_usage_decides():
                    self.assertIs(told.usage[0].backlog, backlog)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_old_rows_are_removed(self):
        self.reserve(1, datetime(2020, 1, 1))
        self.reserve(1, datetime(2099, 1, 1))
        self.counter._gc_old_counters()
        self.assertFalse(self.row(date(2020, 1, 1)))
        self.assertTrue(self.row(date(2099, 1, 1)))
