# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A thousand messages, verified by us and by OpenDKIM."""

from collections import Counter

from odoo.tests import BaseCase

from ...mailauth.dkim.verify import verify_dkim
from .. import opendkim
from ..common import ZoneResolver, run
from ..dkim_common import NOW
from .generated import ZONE, Maker

MESSAGES = 1000
TAKEN = ("", "signature_length")  # what OpenDKIM passes; it has no "policy"
# How many there are at least of each kind, so that it is worth the time.
KINDS = {
    "": 400,
    "signature_body": 100,
    "signature_data": 50,
    "signature_expired": 50,
    "signature_length": 50,
    "signature_key": 10,
}


async def _verify_all(messages):
    resolver = ZoneResolver(ZONE)
    return [await verify_dkim(message, resolver, NOW) for message in messages]


class TestDkimGenerated(BaseCase):
    def test_thousand_messages(self):
        maker = Maker(6376)
        messages = [maker.make() for _time in range(MESSAGES)]
        ours = run(_verify_all(messages))
        theirs = opendkim.verify(messages, ZONE)
        seen = Counter()
        for message, found, verdicts in zip(messages, ours, theirs, strict=True):
            problems = [one.problem for one in found]
            seen.update(problems)
            expected = ["pass" if p in TAKEN else "fail" for p in problems]
            if not verdicts:  # a signature that OpenDKIM can't read is none for it
                verdicts = ["fail"] * len(expected)
            with self.subTest(message=message, problems=problems):
                self.assertEqual(expected, verdicts)
        for problem, least in KINDS.items():
            self.assertGreaterEqual(seen[problem], least, problem)
