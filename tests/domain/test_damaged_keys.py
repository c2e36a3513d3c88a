# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is proposed for a damaged key record: published, it is what was meant."""

from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.dkim.key import PublicKey
from ...mailauth.dkim.record import record_value
from ...mailauth.domain.facts import Facts, SigningKey
from ...mailauth.domain.publish import list_records
from ...mailauth.domain.reasons import TEXTS
from ..dkim.published import OUR_RSA
from ..dkim.test_meant import ASKED, MENDED, SPREAD
from .test_check import OWN, SEEN, ZONE, by_code, check

NAME = "s1._domainkey.acme.example"
OURS = Facts((OWN,), (SigningKey("s1", record_value(OUR_RSA)),))
THEIRS = Facts((SEEN,))
LOST = [(rule, [text]) for rule, text, _ours, _damages in ASKED]
WHOLE = [(rule, [text]) for rule, text, _damages in MENDED]
WHOLE += [(rule, records) for rule, records, damages in SPREAD if damages]


def show(records):
    """Return a zone in which nothing is wrong but the key."""
    return ZONE | {(NAME, "TXT"): [record.encode() for record in records]}


def find_card(zone, facts):
    records = list_records("acme.example", facts, check(zone, facts))
    (card,) = [one for one in records if one.kind == "dkim"]
    return card


class TestDamagedKeys(BaseCase):
    def _check(self, zone, facts):
        (finding,) = by_code(check(zone, facts), "dkim_key")
        self.assertLessEqual({why.code for why in finding.why}, set(TEXTS))
        return finding

    def test_our_key(self):
        """Our value is proposed, whatever is there, and makes the check green."""
        for rule, records in LOST + WHOLE:
            with self.subTest(rule):
                zone = show(records)
                finding = self._check(zone, OURS)
                self.assertIn(finding.status, ("fail", "warning"))
                self.assertEqual(finding.expected, record_value(OUR_RSA))
                card = find_card(zone, OURS)
                self.assertEqual((card.state, card.rdtype), ("replace", "TXT"))
                zone = show(card.values)
                self.assertEqual(self._check(zone, OURS).status, "pass")

    def test_their_key_that_can_be_mended(self):
        for rule, records in WHOLE:
            with self.subTest(rule):
                zone = show(records)
                card = find_card(zone, THEIRS)
                self.assertEqual((card.state, card.rdtype), ("replace", "TXT"))
                self.assertIn("mended_key", {note.code for note in card.notes})
                zone = show(card.values)
                self.assertEqual(self._check(zone, THEIRS).status, "pass")

    def test_their_key_that_is_lost(self):
        """Nothing is proposed; the card says what is wrong, and where to ask."""
        for rule, records in LOST:
            with self.subTest(rule):
                zone = show(records)
                if self._check(zone, THEIRS).status == "pass":
                    continue  # a valid key, though not the one that was ours
                card = find_card(zone, THEIRS)
                self.assertEqual((card.state, card.values), ("ask", ()))
                self.assertTrue(card.why)

    def test_damage_behind_a_cname_is_not_ours_to_mend(self):
        """Never a TXT record beside a CNAME (RFC 1034 section 3.6.2)."""
        for facts in (THEIRS, Facts((replace(SEEN, wants_cnames=True),))):
            for rule, records in WHOLE:
                zone = {key: value for key, value in ZONE.items() if key[0] != NAME}
                zone[NAME, "CNAME"] = ["key.provider.example"]
                zone["key.provider.example", "TXT"] = [one.encode() for one in records]
                with self.subTest(rule):
                    card = find_card(zone, facts)
                    found = (card.state, card.rdtype, card.values)
                    self.assertEqual(found, ("ask", "CNAME", ()))

    def test_another_key_is_not_taken_for_ours(self):
        other = record_value(PublicKey("ed25519", bytes(range(32))))
        finding = self._check(show([f'"{other}"']), OURS)
        self.assertEqual(finding.expected, record_value(OUR_RSA))
