# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ...models.refusal.retry_schedule import find_next_try, find_pause

FIRST = datetime(2026, 3, 2, 12, 0)
MOST = timedelta(hours=96)


class TestRetrySchedule(BaseCase):
    def list_tries(self, key="7", most=MOST):
        """Return the hours between the refusals of a mail that is never taken."""
        now, attempt, steps = FIRST, 1, []
        while (turn := find_next_try(attempt, FIRST, now, most, key)) is not None:
            self.assertGreater(turn, now)
            steps.append((turn - now) / timedelta(hours=1))
            now, attempt = turn, attempt + 1
            self.assertLess(attempt, 100)
        return steps, now - FIRST

    def test_steps(self):
        steps, end = self.list_tries()
        expected = [5 / 60, 15 / 60, 1, 2, None, 2, 2]
        for step, least in zip(steps, expected, strict=False):
            if least:
                self.assertLessEqual(least, step)
                self.assertLessEqual(step, least * 1.1 + 2 / 60)
        for step in steps[-8:-1]:
            self.assertTrue(6 <= step <= 6 * 1.1 + 2 / 60, step)
        # The last one comes when the time is over.
        self.assertEqual(end, MOST + timedelta(minutes=1))

    def test_one_of_them_when_the_author_is_told(self):
        for number in range(50):
            steps, _end = self.list_tries(str(number))
            told = sum(steps[:5])
            self.assertTrue(4 <= told <= 4.1, told)

    def test_same_each_time_and_apart(self):
        self.assertEqual(self.list_tries(), self.list_tries())
        turns = {
            find_next_try(4, FIRST, FIRST, MOST, str(number)) for number in range(50)
        }
        self.assertGreater(len(turns), 5)

    def test_never(self):
        self.assertIsNone(find_next_try(1, FIRST, FIRST, timedelta()))

    def test_pauses(self):
        minutes = [find_pause(attempt).seconds // 60 for attempt in range(1, 7)]
        self.assertEqual(minutes, [1, 5, 15, 60, 60, 60])
