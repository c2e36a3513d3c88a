# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio

from odoo.tests import BaseCase

from ...mailauth.domain.reasons import TEXTS as DOMAIN_TEXTS
from ...mailauth.message.check import check_message
from ...mailauth.message.reasons import TEXTS, TITLES, TODO, explain
from ..common import ZoneResolver
from . import build
from .build import NOW
from .test_messages import IP, MESSAGES, ZONE, check, mail, sent
from .worlds import drop_signatures

_CODE = r"(?<![.\w])(dns|key|record|signature|spf|syntax|too)_[a-z]"


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

    def test_damaged_letters(self):
        """Where they may have been changed on the way in, a hash proves nothing."""
        body = "Gr\u00fc\u00dfe\r\n".encode()
        raw = sent(fields={"Content-Transfer-Encoding": "8bit"}, body=body)
        result = check(raw)
        self.assertEqual((result.grade, result.findings), ("A", ()))
        damaged = raw.replace("\u00fc\u00df".encode(), "\ufffd\ufffd".encode())
        result = check(damaged)
        self.assertEqual((result.dkim[0].result, result.grade), ("unknown", None))
        self.assertEqual([one.code for one in result.findings], ["dkim_unsure"])

    def test_a_receiver_differs(self):
        """Results of a host of the receiver are held against ours."""
        other = "Authentication-Results: mx.elsewhere.example; spf=fail; dkim=fail\r\n"
        head = "Authentication-Results: mx.receiver.example;\r\n\t"
        same = f"{head}spf=pass; dkim=pass header.d=acme.example; dmarc=pass\r\n"
        cases = [
            # (what is said, what of it differs)
            (same, {}),
            (other, {}),
            (f"{head}spf=softfail smtp.mailfrom=acme.example\r\n", {"spf": ""}),
            (f"{head}dkim=fail header.d=acme.example\r\n", {"dkim": ""}),
            (f"{head}dkim=fail header.d=other.example\r\n", {}),
            (f"{head}spf=temperror; dmarc=fail\r\n", {"dmarc": ""}),
        ]
        for told, expected in cases:
            with self.subTest(told):
                findings = check(sent(on_top=told)).findings
                found = {one.subject: one.cause for one in findings}
                self.assertEqual(found, expected)

    def test_a_copy_that_was_changed(self):
        told = (
            "Authentication-Results: mx.receiver.example;"
            " dkim=pass header.d=acme.example\r\n"
        )
        raw = sent(on_top=told).replace(b"Hello", b"Hallo")
        changed, differs = check(raw).findings
        self.assertEqual(changed.code, "dkim_body_changed")
        self.assertEqual(
            (differs.code, differs.status, differs.cause),
            ("receiver_differs", "info", "dkim_body_changed"),
        )
        self.assertEqual(differs.why[1].code, "receiver_saw_pass")

    def test_who_sends_it_on(self):
        """A list or a mailbox that forwards explains why SPF fails."""
        away = {"ip": "198.51.100.5", "helo": "relay.esp.example"}
        on_list = {
            "List-Post": "<mailto:l@esp.example>",
            "X-BeenThere": "l@esp.example",
        }
        cases = [
            (
                sent(fields={"X-Forwarded-To": "k@receiver.example"}, **away),
                "spf_forwarded",
            ),
            (sent(fields=on_list, **away), "spf_by_list"),
            (sent(fields=on_list, mail_from="l@esp.example", **away), "spf_by_list"),
            (sent(**away), None),
        ]
        for raw, code in cases:
            with self.subTest(code):
                (finding, *_rest) = check(raw).findings
                self.assertEqual(
                    [one.code for one in finding.why[1:]], [code] * bool(code)
                )
        raw = sent(fields=on_list, mail_from="l@esp.example", **away)
        first = check(raw.replace(b"Hello", b"Hallo")).findings[0]
        self.assertEqual(first.code, "dkim_body_changed")
        self.assertEqual(first.why[1].code, "signature_by_list")

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

    def test_text_was_added_elsewhere(self):
        """What stands on top, as a filter's warning does, is not called a footer."""
        left = mail(body="One\r\nTwo\r\n")
        raw = build.deliver(left.replace(b"One", b"Caution!\r\nOne"))
        first = check(raw, sent=left).findings[0]
        self.assertEqual(
            [(one.code, dict(one.params)) for one in first.why],
            [("added_inside", {"text": "Caution!"})],
        )

    def test_header_was_changed_as_well(self):
        """A list that adds a footer puts its name into the subject, too."""
        left = mail()
        both = left.replace(b"order", b"order!") + b"-- \r\nAd\r\n"
        for sent_as, told in (
            (left, ["signature_header_too", "signature_fields_changed"]),
            (None, ["signature_header_too"]),
        ):
            with self.subTest(told):
                found = check(build.deliver(both), sent=sent_as).findings
                (changed,) = (one for one in found if one.code == "dkim_body_changed")
                self.assertEqual([why.code for why in changed.why[1:]], told)
        self.assertNotIn(
            "signature_header_too",
            [
                why.code
                for one in check(build.deliver(left + b"-- \r\nAd\r\n")).findings
                for why in one.why
            ],
        )

    def test_no_code_has_two_texts(self):
        self.assertEqual(set(TEXTS) & set(DOMAIN_TEXTS), set())

    def test_texts(self):
        """All that these messages show has a title, reasons, and what to do."""
        for name, raw, _expected in MESSAGES:
            for finding in check(raw).findings:
                with self.subTest(name, code=finding.code):
                    self.assertIn(finding.code, TITLES)
                    self.assertIn(finding.code, TODO)
                    self.assertTrue(finding.why)
                    for why in finding.why:
                        self.assertIn(why.code, {**TEXTS, **DOMAIN_TEXTS})
                        # A code is for programs.
                        self.assertNotRegex(explain(why), _CODE)
