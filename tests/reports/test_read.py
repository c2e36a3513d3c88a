# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import zlib

from odoo.tests import BaseCase

from ...mailauth.reports.read import merge_reports, read_report
from ...mailauth.reports.result import Auth, Policy
from .samples import DAMAGES, NAME, NEW, OLD, encode, gzipped, mail, zipped

DATA = OLD.encode()
OTHER = OLD.replace("4711", "4712").encode()
# (case, file, how many reports are in it)
CONTAINERS = (
    ("plain", DATA, 1),
    ("gzip", gzipped(DATA), 1),
    ("gzip with something behind it", gzipped(DATA) + b"\0" * 20, 1),
    ("gzip in two members", gzipped(DATA[:500]) + gzipped(DATA[500:]), 1),
    ("zlib alone", zlib.compress(DATA), 1),
    ("zip", zipped((NAME, DATA)), 1),
    ("zip with several", zipped((NAME, DATA), ("b.xml", OTHER)), 2),
    ("zip of macOS", zipped((NAME, DATA), (f"__MACOSX/._{NAME}", b"x")), 1),
    ("zip with a text", zipped(("readme.txt", b"Hello"), (NAME, DATA)), 1),
    ("zip with names of no kind", zipped(("report", DATA)), 1),
    ("a mail", mail(gzipped(DATA)), 1),
    ("a mail with a stream", mail(gzipped(DATA), "application/octet-stream"), 1),
    ("a mail with a zip called gzip", mail(zipped((NAME, DATA))), 1),
    ("a mail with plain XML", mail(DATA, "text/xml", NAME), 1),
    (
        "a mail that is a zip",
        mail(zipped((NAME, DATA)), "application/zip", "r.zip", multipart=False),
        1,
    ),
    ("UTF-16", OLD.replace("UTF-8", "UTF-16").encode("utf-16"), 1),
)  # fmt: skip
# (case, file, why it is refused)
REFUSED = (
    ("nothing", b"", "empty"),
    ("white space", b" \r\n", "empty"),
    ("no report", b"hello", "no_report"),
    ("another document", b"<html><body/></html>", "no_report"),
    ("a feedback of another kind", b"<feedback><a/></feedback>", "no_report"),
    ("ends early", DATA[:-200], "truncated"),
    ("gzip ends early", gzipped(DATA)[:-20], "truncated"),
    ("zip ends early", zipped((NAME, DATA))[:-30], "truncated"),
    (
        "gzip is damaged",
        gzipped(DATA)[:30] + b"xxxx" + gzipped(DATA)[34:],
        "archive_damaged",
    ),
    ("zip in a zip", zipped(("a.zip", zipped((NAME, DATA)))), "nested"),
    ("an empty zip", zipped(), "no_report"),
    ("a mail without one", b"From: a@b.example\r\n\r\nhello\r\n", "no_report"),
    ("no XML", b"<feedback><p></sp></feedback>", "not_xml"),
    (
        "a DOCTYPE",
        DATA.replace(b"<feedback>", b"<!DOCTYPE a [<!ENTITY a 'b'>]><feedback>", 1),
        "doctype",
    ),
)  # fmt: skip


class TestRead(BaseCase):
    def test_an_intact_report(self):
        (report,) = read_report(DATA).reports
        self.assertEqual(report.format, "rfc7489")
        self.assertEqual(report.org_name, "Receiver Example")
        self.assertEqual(report.email, "noreply-dmarc@receiver.example")
        self.assertEqual(report.report_id, "4711")
        self.assertEqual(report.domain, "acme.example")
        self.assertEqual((report.begin, report.end), (1772409600, 1772495999))
        self.assertEqual(
            report.policy,
            Policy("none", "quarantine", adkim="r", aspf="s", pct="100", fo="0"),
        )
        (record,) = report.records
        self.assertEqual((record.source_ip, record.count), ("192.0.2.25", 12))
        self.assertEqual(record.disposition, "none")
        self.assertEqual((record.dkim, record.spf), ("pass", "fail"))
        self.assertEqual(record.header_from, "acme.example")
        self.assertEqual(record.envelope_from, "bounce.acme.example")
        self.assertEqual(record.envelope_to, "receiver.example")
        self.assertEqual(record.reasons, ("mailing_list",))
        self.assertEqual(
            record.auth,
            (
                Auth("dkim", "acme.example", "s1", "pass"),
                Auth("spf", "bounce.acme.example", "", "softfail"),
            ),
        )

    def test_a_report_of_rfc_9990(self):
        (report,) = read_report(NEW.encode()).reports
        self.assertEqual(report.format, "rfc9990")
        self.assertEqual(report.policy.discovery_method, "treewalk")
        self.assertEqual(report.policy.testing, "n")
        self.assertEqual(report.records[0].disposition, "pass")

    def test_damages(self):
        """Each has its one note, and everything else is read as if it were intact."""
        for case, document, note in DAMAGES:
            with self.subTest(case):
                found = read_report(encode(document))
                self.assertEqual(found.refused, ())
                (report,) = found.reports
                self.assertEqual(report.notes, (note,) if note else ())
                self.assertEqual(len(report.records), 1)
                self.assertEqual(report.domain, "acme.example")
                self.assertLessEqual(report.begin, report.end)
                self.assertTrue(report.org_name and report.report_id)

    def test_what_is_mended(self):
        cases = {case: encode(document) for case, document, _note in DAMAGES}

        def read(case):
            return read_report(cases[case]).reports[0]

        self.assertEqual(read("no org_name").org_name, "receiver.example")
        self.assertEqual(read("Pass").records[0].dkim, "pass")
        self.assertEqual(read("hardfail").records[0].auth[1].result, "fail")
        self.assertEqual(read("unknown").records[0].auth[1].result, "temperror")
        self.assertEqual(read("identities").records[0].header_from, "acme.example")
        self.assertEqual(read("a row without an address").records[0].source_ip, "")
        self.assertEqual(read("a row without an address").records[0].count, 12)
        mapped = read("an IPv4 address as IPv6")
        self.assertEqual(mapped.records[0].source_ip, "192.0.2.25")
        self.assertEqual(read("a count beyond 31 bits").records[0].count, 2**32)
        self.assertEqual(read("reversed times").begin, 1772409600)
        self.assertEqual(read("a policy twice").policy.p, "none")
        self.assertEqual(read("windows-1252").org_name, "Empf\u00e4nger Example")
        contact = read("an address in brackets in a contact field")
        self.assertEqual(contact.email, "Us <us@receiver.example>")

    def test_containers(self):
        for case, data, count in CONTAINERS:
            with self.subTest(case):
                found = read_report(data, "file", "application/x-wrong")
                self.assertEqual(found.refused, ())
                self.assertEqual(len(found.reports), count)
                self.assertEqual(found.reports[0].records[0].count, 12)

    def test_refused(self):
        for case, data, reason in REFUSED:
            with self.subTest(case):
                found = read_report(data, "name")
                self.assertEqual(found.reports, ())
                self.assertEqual([one.reason for one in found.refused], [reason])
                self.assertTrue(found.refused[0].name.startswith("name"))

    def test_the_same_report_again(self):
        found = read_report(zipped((NAME, DATA), ("again.xml", DATA)), "a.zip")
        self.assertEqual(len(found.reports), 1)
        (refused,) = found.refused
        self.assertEqual(
            (refused.name, refused.reason), ("a.zip/again.xml", "duplicate")
        )

    def test_one_of_several_is_damaged(self):
        found = read_report(zipped((NAME, DATA), ("b.xml", OTHER[:900])))
        self.assertEqual(len(found.reports), 1)
        self.assertEqual(found.refused[0].reason, "truncated")

    def test_the_same_each_time(self):
        self.assertEqual(read_report(DATA), read_report(gzipped(DATA)))
        found = merge_reports((read_report(DATA, "a"), read_report(DATA, "b")))
        self.assertEqual(found.reports[0].name, "a")
        self.assertEqual([one.name for one in found.refused], ["b"])
