# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio

from odoo.tests import BaseCase

from ...mailauth.message.check import check_message
from ...mailauth.message.reasons import TEXTS, TITLES, TODO
from ..common import ZoneResolver
from . import build
from .build import NOW
from .test_messages import IP, MESSAGES, ZONE, check, mail, sent
from .worlds import drop_signatures


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to whatever comes next: what waits costs no time."""

    _clock = 0.0

    def time(self):
        return self._clock

    def _run_once(self):  # pylint: disable=missing-return
        if not self._ready and self._scheduled:
            self._clock = max(self._clock, self._scheduled[0].when())
        super()._run_once()


class TestCheck(BaseCase):
    def test_critical_path(self):
        """What does not depend on another answer is asked at once."""
        message = build.deliver(
            build.sign(mail(selector="e1", body="x" * 70 + "\r\n" * 9000)),
            mail_from="b@news.acme.example",
        )
        delay = 0.03
        loop = VirtualLoop()
        resolver = ZoneResolver(ZONE, delay=delay)
        try:
            result = loop.run_until_complete(
                check_message(message, None, None, None, resolver)
            )
            waited = loop.time()
        finally:
            loop.close()
        self.assertEqual(result.grade, "A")
        # The name of the address leads to its addresses: two questions in a row.
        self.assertAlmostEqual(waited, 2 * delay)
        self.assertEqual(len(resolver.calls), len(set(resolver.calls)))

    def test_time_of_arrival(self):
        """A signature expires before the message arrives, or not at all."""
        short = sent(x=str(NOW + 100))
        over = sent(x=str(NOW - 5))
        bare = mail(x=str(NOW + 100))
        given = {"client_ip": IP, "mail_from": "b@acme.example"}
        cases = [
            (short, {"now": NOW + 10**6}, "pass"),
            (short, {"now": None}, "pass"),
            (over, {"now": NOW + 10**6}, "permerror"),
            (over, {"now": None}, "permerror"),
            # Nobody has written when it came: who asks says what time it is.
            (bare, {"now": NOW, **given}, "pass"),
            (bare, {"now": NOW + 101, **given}, "permerror"),
            (bare, {"now": None, **given}, "pass"),
            # It can't have arrived tomorrow.
            (over, {"now": NOW - 2 * 86400}, "pass"),
        ]
        for raw, values, expected in cases:
            with self.subTest(values=values, expected=expected):
                self.assertEqual(check(raw, **values).dkim[0].result, expected)

    def test_given_values(self):
        raw = mail()
        given = {"client_ip": IP, "helo": build.HOST, "mail_from": "b@acme.example"}
        result = check(raw, **given)
        self.assertEqual((result.grade, result.findings), ("A", ()))
        self.assertEqual((result.client_ip, result.helo_name), (IP, build.HOST))
        for nobody in ("", "<>"):
            result = check(raw, **{**given, "mail_from": nobody})
            self.assertEqual(result.mail_from, "")
            self.assertEqual(result.spf.domain, build.HOST)

    def test_what_was_sent_is_known(self):
        """What was done to it on its way is named."""
        left = mail(body="One\r\nTwo\r\nThree\r\n")
        cases = [
            # (what is done to it, the first finding, its cause's, what is shown)
            (b"Two", b"Zwei", "dkim_body_changed", ("+ Zwei", "- Two")),
            (b"Two", b"Two\r\nand a half", "footer_added", ("and a half",)),
            (b"Three\r\n", b"Three\r\n-- \r\nAd\r\n", "footer_added", ("Ad",)),
            (
                b"order",
                b"order!",
                "dkim_header_changed",
                ("Your order -> Your order!",),
            ),
            (b"To: kim@", b"To: tim@", "dkim_header_changed", ("tim@",)),
        ]
        for old, new, code, shown in cases:
            with self.subTest(new):
                raw = build.deliver(left.replace(old, new))
                first, *rest = check(raw, sent=left).findings
                self.assertEqual(first.code, code)
                for text in shown:
                    self.assertIn(text, first.found)
                if code == "footer_added":
                    self.assertEqual(
                        [(one.code, one.cause) for one in rest],
                        [("dkim_body_changed", code)],
                    )
        bare = build.deliver(drop_signatures(left))
        (finding,) = check(bare, sent=left).findings
        self.assertEqual(finding.why[0].code, "signature_gone")
        (finding,) = check(bare).findings
        self.assertEqual(finding.why[0].code, "signature_none")
        self.assertEqual(check(build.deliver(left), sent=left).findings, ())

    def test_texts(self):
        """All that these messages show has a title, reasons, and what to do."""
        for name, raw, _expected in MESSAGES:
            for finding in check(raw).findings:
                with self.subTest(name, code=finding.code):
                    self.assertIn(finding.code, TITLES)
                    self.assertIn(finding.code, TODO)
                    self.assertTrue(finding.why)
                    for why in finding.why:
                        self.assertIn(why.code, TEXTS)
                        self.assertTrue(TEXTS[why.code] % dict(why.params))
