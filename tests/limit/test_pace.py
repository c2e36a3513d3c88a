# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, pairwise

from odoo.tests import BaseCase

from ...models.limit.pace import (
    DAY,
    STEP,
    Forecast,
    Wait,
    forecast,
    foresee_releases,
    share_out,
)
from ...models.limit.send_class import BULK, PEOPLE, Demand, Limit, Usage, find_room

MIDNIGHT = datetime(2026, 3, 10)
NINE = MIDNIGHT.replace(hour=9)
RESET = MIDNIGHT + DAY
NEWS = Demand(BULK)
WAITED = Demand(PEOPLE, waited=True)
WAITED_VISITOR = Demand(PEOPLE, visitor=True, waited=True)


def make_limit(passed, demand=NEWS, total=200):
    """Return the database's: newsletters leave 20, strangers have 40."""
    return Limit(0, "", total, 20, 40, 30, demand, passed=passed)


def make_server(passed, demand=NEWS):
    return Limit(7, "", 100, 10, 20, 10, demand, passed=passed)


# (what, the limit, used so far, room)
ROOMS = (
    ("at the reset a tenth goes", make_limit(0.0), Usage(), 18),
    ("and no more of it", make_limit(0.0), Usage(18, bulk=18), 0),
    ("a half at noon", make_limit(0.5), Usage(), 90),
    ("all mails count", make_limit(0.5), Usage(60, bulk=20), 30),
    ("a small one needs not wait", make_limit(0.5), Usage(100, bulk=5), 13),
    ("people write at noon", make_limit(0.5), Usage(usual=150), 30),
    ("they have written", make_limit(0.5), Usage(80, usual=80), 18),
    ("on some days more", make_limit(0.5), Usage(60, usual=40), 30),
    ("nothing is known of them", make_limit(0.75), Usage(), 130),
    ("late in the day half of it is free", make_limit(0.875), Usage(usual=160), 100),
    ("in the end all but the reserve", make_limit(1.0), Usage(30, usual=160), 150),
    ("which stays", make_limit(1.0), Usage(180, usual=0), 0),
    ("nothing before people", make_limit(1.0), Usage(30, backlog=True), 0),
    ("nor visitors", make_limit(0.74), Usage(30, visitors_wait=True), 0),
    ("but late", make_limit(0.99), Usage(30, visitors_wait=True), 148),
    ("no limit", make_limit(0.0, total=0), Usage(999), None),
    ("a server's at noon", make_server(0.5), Usage(), 40),
    ("a server's in the evening", make_server(1.0), Usage(), 80),
    ("what waited, at the reset", make_limit(0.0, WAITED), Usage(), 110),
    ("at noon", make_limit(0.5, WAITED), Usage(110), 0),
    ("strangers have used theirs", make_limit(0.5, WAITED), Usage(90, public=30), 50),
    ("late", make_limit(0.875, WAITED), Usage(110), 45),
    ("in the end", make_limit(1.0, WAITED), Usage(110), 90),
    ("visitors' at the reset", make_limit(0.0, WAITED_VISITOR), Usage(), 55),
)


class TestPace(BaseCase):
    def test_rooms(self):
        for name, limit, usage, expected in ROOMS:
            with self.subTest(name):
                self.assertEqual(limit.get_room(usage), expected)

    def test_what_is_larger_than_the_pace_does_not_starve(self):
        """One message to many goes where there is room for it at all."""
        cases = ((make_limit(0.0), 100, 130), (make_limit(0.0, WAITED), 150, 200))
        for limit, least, expected in cases:
            with self.subTest(limit.demand):
                source, room = find_room([limit], {0: Usage()}, least)
                self.assertEqual((source, room), ("limit", expected))

    def test_the_largest_of_all_goes_on_a_quiet_day(self):
        """With the last release of it, which is a quarter of an hour before its end."""
        last = make_limit(95 / 96)
        self.assertEqual(last.get_room(Usage(usual=144), least=180), 180)
        self.assertLess(last.get_room(Usage(1), least=180), 180)

    def test_ceilings_are_those_of_the_evening(self):
        for demand, expected in ((NEWS, 180), (WAITED, 200)):
            self.assertEqual(make_limit(0.0, demand).ceiling, expected)

    def simulate(self, hours, each, usage):
        """Let people write through a day, and newsletters take what they may.

        :param hours: in which people write.
        :param int each: recipients of each quarter of them.
        :return: the usage in the end, and what people had no room for.
        """
        missing = 0
        for quarter in range(96):
            passed = quarter / 96
            if quarter // 4 in hours:
                room = make_limit(passed, Demand()).get_room(usage)
                missing += max(0, each - room)
                usage = replace(usage, used=usage.used + min(each, room))
            news = max(0, make_limit(passed).get_room(usage))
            usage = replace(usage, used=usage.used + news, bulk=usage.bulk + news)
        return usage, missing

    def test_people_have_room_in_their_working_hours(self):
        """Also where the count starts again in their evening."""
        cases = (
            ("Europe", range(8, 17), 4, 144),
            ("America", range(14, 23), 4, 144),
            ("Asia", range(0, 9), 4, 144),
            ("a day without them", (), 0, 0),
        )
        for name, hours, each, people in cases:
            with self.subTest(name):
                end, missing = self.simulate(hours, each, Usage(usual=144))
                self.assertEqual((missing, end.people), (0, people))
                self.assertGreaterEqual(end.used, 170)
                self.assertLessEqual(end.bulk, 180)

    def test_releases_are_foreseen(self):
        now = NINE + timedelta(minutes=5)
        found = list(foresee_releases([make_limit(0.38)], {0: Usage(200)}, now, RESET))
        self.assertEqual(found[0], (RESET, 18))
        pauses = [later[0] - one[0] for one, later in pairwise(found)]
        self.assertGreaterEqual(min(pauses), STEP)
        total = sum(room for _moment, room in found)
        self.assertLessEqual(total, 7 * 180)
        self.assertGreaterEqual(total, 7 * 165)

    def test_a_release_of_today(self):
        now = NINE + timedelta(minutes=5)
        usage = {0: Usage(68, bulk=68)}
        found = list(islice(foresee_releases([make_limit(0.38)], usage, now, RESET), 2))
        quarters = [NINE.replace(minute=minute) for minute in (15, 30)]
        self.assertEqual(found, list(zip(quarters, (1, 2), strict=True)))

    def test_turns(self):
        hours = [MIDNIGHT + timedelta(hours=n) for n in range(4)]
        cases = (
            # sizes, ahead, hours of their turns
            ([1, 1, 1], 0, [0, 0, 1]),
            ([1, 1, 1], 3, [1, 2, 2]),
            ([3, 1], 0, [1, 1]),
            ([2, 2, 2, 2, 2, 9], 0, [0, 1, 2, 3, 3, 3]),
            ([], 5, []),
        )
        for sizes, ahead, expected in cases:
            with self.subTest(sizes=sizes, ahead=ahead):
                waits = [Wait(size) for size in sizes]
                moments = share_out(
                    waits, lambda: iter([(hour, 2) for hour in hours]), ahead, MIDNIGHT
                )
                self.assertEqual(moments, [hours[n] for n in expected])

    def test_nothing_is_foreseen(self):
        waits = [Wait(1), Wait(9, 9)]
        moments = share_out(waits, lambda **_least: iter(()), 0, RESET)
        self.assertEqual(moments, [RESET] * 2)

    def test_the_turn_of_a_large_message(self):
        foresee = partial(
            foresee_releases, [make_limit(0.5, WAITED)], {0: Usage(200)}, NINE, RESET
        )
        waits = [Wait(150, 150), Wait(100), Wait(20)]
        evening = RESET.replace(hour=19)
        self.assertEqual(share_out(waits, foresee, 0, NINE), [RESET, RESET, evening])


class TestForecast(BaseCase):
    def ask(self, count, total=200, **usage):
        limits = [make_limit(NINE.hour / 24, Demand(), total)]
        return forecast(count, limits, {0: Usage(**usage)}, NINE, RESET)

    def test_days(self):
        cases = (
            # recipients, used today, days
            (10, {}, 1),
            (180, {}, 1),
            (181, {}, 2),
            (1000, {}, 6),
            (1000, {"used": 200}, 7),
            (1000, {"usual": 100}, 13),
            (1000, {"usual": 180}, None),
        )
        for count, usage, days in cases:
            with self.subTest(count=count, usage=usage):
                self.assertEqual(self.ask(count, **usage).days, days)

    def test_until(self):
        self.assertEqual(self.ask(60), Forecast(1, NINE, 200))
        self.assertEqual(self.ask(90).until, NINE.replace(hour=12))
        last = self.ask(1000).until
        self.assertEqual(last.date(), (MIDNIGHT + 5 * DAY).date())

    def test_without_a_limit(self):
        self.assertEqual(self.ask(5000, total=0), Forecast(1, NINE, None))

    def test_the_narrowest_decides(self):
        limits = [make_limit(0.5), make_server(0.5)]
        usage = {0: Usage(), 7: Usage()}
        found = forecast(800, limits, usage, NINE.replace(hour=12), RESET)
        self.assertEqual((found.days, found.per_day), (10, 100))
