# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio

from odoo.tests import BaseCase

from ...mailauth.message.check import check_message
from ..common import ZoneResolver
from . import build
from .worlds import WORLDS, make_zone

ZONE = {
    **make_zone(),
    ("s1._domainkey.acme.example", "TXT"): [build.make_record("s1")],
    ("e1._domainkey.acme.example", "TXT"): [build.make_record("e1")],
    ("77.113.0.203.in-addr.arpa", "PTR"): ["other.example"],
    ("other.example", "A"): ["203.0.113.77"],
}


class TestWorlds(BaseCase):
    def test_good(self):
        raw = build.deliver(build.sign(build.sign(build.compose(), "e1")))
        result = self.check(raw)
        self.assertEqual((result.grade, result.findings), ("A", ()))

    def test_one_thing_broken(self):
        """That one is found first, and nothing that does not follow from it."""
        for signatures in (("s1",), ("s1", "e1")):
            message = build.compose()
            for selector in signatures:
                message = build.sign(message, selector)
            for world in WORLDS:
                with self.subTest(world.name, signatures=signatures):
                    result = self.check(world.deliver(message))
                    codes = [one.code for one in result.findings]
                    self.assertEqual(codes[:1], [world.code], codes)
                    self.assertEqual(result.grade, world.grade, codes)
                    self.assert_follows(result.findings)

    def assert_follows(self, findings):
        known = {findings[0].code}
        for one in findings[1:]:
            if one.status != "info":
                self.assertIn(one.cause, known)
            known.add(one.code)

    def check(self, raw):
        return asyncio.run(check_message(raw, None, None, None, ZoneResolver(ZONE)))
