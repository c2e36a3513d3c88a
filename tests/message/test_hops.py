# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import time

from odoo.tests import BaseCase

from ...mailauth.message.hops import MAX_HOPS, read_hops, read_trace
from ...mailauth.message.raw import read_raw
from .received import FIELDS

DATE = "; Thu, 26 Nov 2026 12:00:00 +0000"
NOON = 1795694400
# (field, what the trace says beside the hop)
TRACES = [
    (
        "from x ([192.0.2.1]) by mx with esmtp (Exim 4) (envelope-from <a@b.example>)",
        {"envelope_from": "a@b.example", "authenticated": False, "inside": False},
    ),
    ("from x by mx (envelope-from <>) with esmtp", {"envelope_from": ""}),
    ("from x by mx id 1 envelope-from <a@b.example>", {"envelope_from": "a@b.example"}),
    (
        "from x by mx (envelope-sender <a@b.example>) with SMTP",
        {"envelope_from": "a@b.example"},
    ),
    ("from x by mx with ESMTP id 1", {"envelope_from": None, "recipient": ""}),
    ("from x ([192.0.2.1]) by mx with ASMTP (SSL) id 1", {"authenticated": True}),
    ("from x by mx with ESMTP for <a@b.example>", {"recipient": "a@b.example"}),
    ("from x by mx with ESMTP for a@b.example", {"recipient": "a@b.example"}),
    ("from x by mx with ESMTPA id 1", {"authenticated": True}),
    (
        "from x (y [192.0.2.1]) (Authenticated sender: z) by mx with ESMTP",
        {"authenticated": True},
    ),
    (
        'from x (y [192.0.2.1]) (Client CN "authenticated as z") by mx with ESMTP',
        {"authenticated": False},
    ),
    ("from x by mx with LMTPA", {"inside": True, "authenticated": False}),
    ("from pop.gmx.net by odoo with IMAP (fetchmail-6.4)", {"fetched": True}),
    ("by 2002:a05::1 with SMTP id 1", {"inside": True}),
    ("from x ([192.0.2.1]) by mx (own [192.0.2.9])", {"by_ip": "192.0.2.9"}),
]
# (date, seconds since 1970)
DATES = [
    ("Thu, 26 Nov 2026 12:00:00 +0000", NOON),
    ("Thu, 26 Nov 2026 12:00:00 +0000 (UTC)", NOON),
    ("26 Nov 2026 12:00:00 -0000", NOON),
    ("Thu, 26 Nov 2026 04:00:00 -0800 (PST)", NOON),
    ("Thu, 26 Nov 2026 12:00:00 GMT", NOON),
    ("Thu, 26 Nov 2026 12:00:00", NOON),
    ("Thu, 26 Nov 26 13:00:00 +0100", NOON),
    ("yesterday", None),
    ("Thu, 99 Nov 99999 12:00:00 +0000", None),
    ("Thu, 26 Nov 2026 12:00:00 +99999999999999999999", None),
    ("", None),
]
# What may not take long, and not raise.
HOSTILE = {
    "spaces": b"from x" + b" " * 100_000 + b"by y",
    "folds": b"from x" + b"\r\n " * 30_000 + b"by y",
    "open comments": b"from x " + b"(" * 100_000 + b" by y",
    "nested comments": b"from x " + b"(" * 3_000 + b")" * 3_000 + b" by y with ESMTP",
    "quotes": b'from x "' * 10_000 + b"by y",
    "backslashes": b"from x (" + b"\\" * 100_000 + b") by y",
    "accounts": b"from x (" + b"account a " * 10_000 + b") by y",
    "brackets": b"from x " + b"([" * 5_000 + b"192.0.2.1" + b"])" * 5_000 + b" by y",
    "semicolons": b";" * 100_000,
    "words": b"from " * 50_000,
    "one word": b"from " + b"x" * 100_000,
    "eight bits": b"from \xff\xfe (\xe9 [192.0.2.1]) by \x00 with ESMTP",
}


class TestHops(BaseCase):
    def test_fields(self):
        for case, field, client, writer in FIELDS:
            with self.subTest(case=case):
                hop = read_trace((field + DATE).encode()).hop
                self.assertEqual((hop.from_host, hop.from_name, hop.from_ip), client)
                self.assertEqual((hop.by, hop.protocol, hop.tls), writer)
                self.assertEqual(hop.time, NOON)

    def test_folds_change_nothing(self):
        for case, field, *_expected in FIELDS:
            with self.subTest(case=case):
                folded = field.replace(" by ", "\r\n\tby ").replace(
                    " with", "\r\n  with"
                )
                whole = read_trace((field + DATE).encode())
                self.assertEqual(read_trace((folded + DATE).encode()), whole)

    def test_what_else_a_field_says(self):
        for field, expected in TRACES:
            with self.subTest(field=field):
                trace = read_trace((field + DATE).encode())
                found = {name: getattr(trace, name) for name in expected}
                self.assertEqual(found, expected)

    def test_dates(self):
        for date, expected in DATES:
            with self.subTest(date=date):
                hop = read_trace(f"from x by y with ESMTP; {date}".encode()).hop
                self.assertEqual(hop.time, expected)

    def test_hostile_fields_are_read_in_no_time(self):
        for case, value in HOSTILE.items():
            with self.subTest(case=case):
                begun = time.process_time()
                hop = read_trace(value).hop
                self.assertLess(time.process_time() - begun, 0.5)
                self.assertLessEqual(len(hop.raw), 1000)
                self.assertTrue(hop.raw.isascii())


class TestWayOfHops(BaseCase):
    def _read(self, *dates):
        fields = [f"Received: from x by y with ESMTP; {date}\r\n" for date in dates]
        return read_hops(read_raw(("".join(fields) + "\r\n").encode()))

    def test_delays(self):
        hops = self._read(
            "Thu, 26 Nov 2026 12:00:07 +0000",
            "nobody knows",
            "Thu, 26 Nov 2026 12:00:02 +0000",
            "Thu, 26 Nov 2026 13:05:00 +0100",
        )
        self.assertEqual([hop.delay for hop in hops], [5, None, -298, None])

    def test_only_the_newest_are_read(self):
        self.assertEqual(len(self._read(*["x"] * 80)), MAX_HOPS)
