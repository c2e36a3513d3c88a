# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time

from odoo.tests import BaseCase

from ...mailauth.message.handover import read_way
from ...mailauth.message.raw import read_raw
from . import ways

# (case, what is given, what is to be read of a message that Postfix has taken)
GIVEN = [
    (
        "its own address",
        {"client_ip": "192.0.2.1"},
        {"helo": "mail.acme.example", "receiver": "mx.other.example", "tls": True},
    ),
    (
        "another address",
        {"client_ip": "203.0.113.7", "helo": "h.example", "mail_from": "a@b.example"},
        {"client_ip": "203.0.113.7", "helo": "h.example", "mail_from": "a@b.example"},
    ),
    ("the null sender", {"mail_from": "<>"}, {"mail_from": "", "notes": ()}),
    ("the null sender, empty", {"mail_from": ""}, {"mail_from": ""}),
    ("in brackets", {"mail_from": "<a@b.example>"}, {"mail_from": "a@b.example"}),
    ("only HELO", {"helo": "h.example"}, {**ways.CLIENT, "helo": "h.example"}),
    ("IPv6", {"client_ip": "2001:DB8:0::1"}, {"client_ip": "2001:db8::1"}),
]
# (case, header, which results of the receiver are trusted)
TRUSTED = [
    ("Gmail", ways.GMAIL, {"spf", "dkim", "dmarc"}),
    ("Yahoo", ways.YAHOO, {"spf", "dkim", "dmarc"}),
    (
        "Microsoft",
        dict((w[0], w[1]) for w in ways.WAYS)["Microsoft"],
        {"spf", "dkim", "dmarc", "compauth"},
    ),
    ("forged", ways.POSTFIX + ways.FORGED, set()),
    (
        "of a stranger above",
        "Authentication-Results: x.example; spf=pass\n" + ways.POSTFIX,
        set(),
    ),
    (
        "of the receiver",
        "Authentication-Results: mail.other.example; spf=pass\n" + ways.POSTFIX,
        {"spf"},
    ),
    (
        "of the forwarder",
        ways.FORWARDER.replace(
            "id 1 for <kim@other.example>" + ways.DATE + "\n",
            "id 1"
            + ways.DATE
            + "\nAuthentication-Results: fwd.forwarder.example; spf=pass\n",
        ),
        set(),
    ),
]
HOSTILE = {
    "hops": ways.POSTFIX * 3000,
    "long hops": ("Received: from x (" + "y " * 4000 + ")\n") * 30,
    "results": ("Authentication-Results: x; " + "spf=pass " * 1000 + "\n") * 25,
    "properties": "Authentication-Results: x; spf=pass " + "a.b=c " * 20_000 + "\n",
    "letters": "Authentication-Results: x; spf=pass " + "a" * 100_000 + "\n",
    "spf": ("Received-SPF: pass (" + "designates 1" * 2000 + ") a=b\n") * 10,
    "seals": "".join(f"ARC-Seal: i={n}; cv=pass; d=x\n" for n in range(1500)),
    "tags": "ARC-Seal: i=1; " + "d=x; " * 20_000 + "\n",
    "recipients": "Delivered-To: a@b.example\n" * 1900 + ways.POSTFIX,
}


class TestHandover(BaseCase):
    def read_header(self, header, **given):
        own = "" if "\nSubject: x\n" in header else ways.OURS
        return read_way(read_raw((header + own + "\nHello\n").encode()), **given)

    def assert_way(self, way, expected):
        self.assertEqual({name: getattr(way, name) for name in expected}, expected)

    def test_ways(self):
        for case, header, expected in ways.WAYS:
            with self.subTest(case=case):
                self.assert_way(self.read_header(header), expected)

    def test_forged_fields_change_nothing(self):
        """Whatever the sender writes into the message, the receiver's words count."""
        for case, header, expected in ways.WAYS:
            if header and not expected.get("proves_nothing") and "many" not in case:
                with self.subTest(case=case):
                    way = self.read_header(header + ways.FORGED)
                    known = {**expected, "notes": way.notes}
                    self.assert_way(way, known)

    def test_given(self):
        for case, given, expected in GIVEN:
            with self.subTest(case=case):
                way = self.read_header(ways.PATH + ways.POSTFIX, **given)
                self.assert_way(way, expected)
                self.assertEqual(way.proves_nothing, "")
                self.assertEqual("given" in way.notes, "client_ip" in given)

    def test_given_for_what_would_prove_nothing(self):
        way = self.read_header("", client_ip="192.0.2.1", mail_from="zoe@acme.example")
        self.assert_way(way, {"client_ip": "192.0.2.1", "proves_nothing": ""})

    def test_trusted(self):
        for case, header, expected in TRUSTED:
            with self.subTest(case=case):
                found = {
                    r.method for r in self.read_header(header).reported if r.trusted
                }
                self.assertEqual(found, expected)

    def test_arrived(self):
        self.assertEqual(self.read_header(ways.POSTFIX).arrived, 1795694400)
        header = ways.LMTP + ways.POSTFIX.replace(ways.DATE, "")
        self.assertEqual(self.read_header(header).arrived, 1795694400)
        self.assertIsNone(self.read_header(ways.POSTFIX.replace(ways.DATE, "")).arrived)

    def test_arc(self):
        way = self.read_header(ways.GMAIL)
        told = "i=1 d=google.com cv=none: mx.google.com dkim=pass spf=pass dmarc=pass"
        self.assertEqual(way.arc, (told,))
        kinds = {each.kind for each in way.reported if not each.trusted}
        self.assertEqual(kinds, {"arc-authentication-results"})

    def test_lists(self):
        for header, expected in (
            ("", False),
            ("List-Id: <x.example>\n", False),
            ("List-Id: <x.example>\nPrecedence: list\n", True),
            ("Precedence: list\n", False),
            ("List-Post: <mailto:x@y.example>\n", True),
            ("List-Post: NO\n", False),
            ("Mailing-List: list x\n", True),
        ):
            with self.subTest(header=header):
                self.assertIs(self.read_header(ways.POSTFIX + header).is_list, expected)

    def test_hostile_ways_are_read_in_no_time(self):
        for case, header in HOSTILE.items():
            with self.subTest(case=case):
                begun = time.process_time()
                self.read_header(header)
                self.assertLess(time.process_time() - begun, 2)
