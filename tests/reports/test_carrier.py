# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.reports.carrier import find_carried, may_carry
from ...mailauth.reports.read import read_report
from .carriers import carry, make_report, pass_on
from .hostile import zipped
from .samples import gzipped

PDF = b"%PDF-1.7 " + b"x" * 200
REPORT = make_report()
READ, MAYBE = (True, True), (False, True)  # is_read, is_carrier
ATTACHED = (True, False)
# (case, a mail, what is found; None: nothing)
MAILS = (
    ("gzip", carry(), READ),
    ("zip", carry(zipped(("r.xml", REPORT)), name="r.zip", content_type="a/b"), READ),
    ("plain", carry(REPORT, name="", content_type="text/xml"), READ),
    ("octet-stream", carry(name="", content_type="application/octet-stream"), READ),
    ("UTF-16", carry(REPORT.decode().encode("utf-16"), name="r.xml"), READ),
    ("zip that is stored", carry(zipped(("r.xml", b"<feedback>")), name="r.zip"), READ),
    ("cut off, by its name", carry(b"\x1f\x8b\x08"), MAYBE),
    ("damaged, by its name", carry(b"\x1f\x8b" + b"\xff" * 90), MAYBE),
    ("an empty file, by its name", carry(b""), MAYBE),
    (
        "damaged, with another name",
        carry(b"PK\x03\x04" + b"\xff" * 90, name="a.zip", subject="Hello"),
        (False, False),
    ),
    ("another subject, by its name", carry(subject="A report for you"), READ),
    ("passed on", carry(subject="Fwd: Report Domain: acme.example"), ATTACHED),
    (
        "an answer",
        carry(more="In-Reply-To: <1@acme.example>\n"),
        ATTACHED,
    ),
    ("attached to a mail to somebody", carry(subject="Hi", name="a.gz"), ATTACHED),
    ("as an attached mail", pass_on(carry()), ATTACHED),
    ("a PDF", carry(PDF, name="a.pdf", content_type="application/pdf"), None),
    ("a PDF as octet-stream", carry(PDF, name="", content_type="a/octet-stream"), None),
    ("another XML", carry(b"<invoice/>", name="i.xml", subject="Invoice"), None),
    (
        "another archive",
        carry(zipped(("i.xml", b"<invoice/>")), name="i.zip", subject="Invoice"),
        None,
    ),
    (
        "a TLS report",
        carry(gzipped(b'{"organization-name": "x"}'), name="r!a.json.gz", subject="T"),
        None,
    ),
    ("words", b"Subject: Report Domain: acme.example\r\n\r\n<feedback>", None),
    ("nothing", b"", None),
)


class TestCarrier(BaseCase):
    def test_find_carried(self):
        for case, raw, expected in MAILS:
            with self.subTest(case):
                found = find_carried(raw)
                is_found = [(one.is_read, one.is_carrier) for one in found]
                self.assertEqual(is_found, [expected] if expected else [])
                if found:
                    self.assertTrue(may_carry(raw))

    def test_attached_mail_is_the_carrier(self):
        inner = carry()
        [found] = find_carried(pass_on(inner))
        self.assertTrue(found.is_attached)
        self.assertEqual(found.raw.strip(), inner.strip())

    def test_several_attached_mails(self):
        mails = carry(number=1), carry(number=2)
        words = b"Subject: Hello\r\n\r\nHello"
        found = find_carried(pass_on(mails[0], more=(words, mails[1])))
        self.assertEqual(
            [one.raw.strip() for one in found], [one.strip() for one in mails]
        )

    def test_a_large_file(self):
        """25 MB are meant of the file, not of the mail that it is encoded in."""
        raw = carry(REPORT + b" " * 24 * 2**20, is_signed=False, name="r.xml")
        self.assertEqual([one.is_read for one in find_carried(raw)], [True])
        self.assertEqual(len(read_report(raw).reports), 1)

    def test_most_mails_cost_a_look(self):
        for raw in (
            b"Subject: Hello\r\n\r\nHello",
            carry(PDF, name="a.pdf", content_type="application/pdf"),
        ):
            self.assertFalse(may_carry(raw))
