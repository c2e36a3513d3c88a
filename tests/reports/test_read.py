# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import zlib
from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.reports.read import merge_reports, read_report
from ...mailauth.reports.result import NOTES, Auth, Policy
from ...mailauth.reports.unpack import MAX_DOCUMENTS
from . import hostile
from .hostile import zipped
from .samples import DAMAGES, NAME, NEW, OLD, cut, encode, gzipped, mail

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
    ("a mail with zlib alone", mail(zlib.compress(DATA)), 1),
    ("a mail in a mail", mail(mail(gzipped(DATA)), "message/rfc822", "a.eml"), 1),
    ("in one with UTF-8", mail(mail(gzipped(DATA)), "message/global", "a.eml"), 1),
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
    ("gzip in gzip", gzipped(gzipped(DATA)), "nested"),
    ("zip in gzip", gzipped(zipped((NAME, DATA))), "nested"),
    ("gzip in a zip", zipped((f"{NAME}.gz", gzipped(DATA))), "nested"),
    ("a gzip that holds a word", gzipped(b"unused"), "no_report"),
    ("an empty zip", zipped(), "no_report"),
    ("a mail without one", b"From: a@b.example\r\n\r\nhello\r\n", "no_report"),
    ("no XML", b"<feedback><p></sp></feedback>", "not_xml"),
    (
        "a DOCTYPE",
        DATA.replace(b"<feedback>", b"<!DOCTYPE a [<!ENTITY a 'b'>]><feedback>", 1),
        "doctype",
    ),
)  # fmt: skip


def _change(report, note, changes):
    """Return a report with a note, and with other values."""
    (record,) = report.records
    for name, value in changes.items():
        part, _dot, own = name.rpartition(".")
        if part == "record":
            record = replace(record, **{own: value})
        elif part == "policy":
            report = replace(report, policy=replace(report.policy, **{own: value}))
        else:
            report = replace(report, **{own: value})
    return replace(report, records=(record,), notes=(note,) if note else ())


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
        for text in (OLD, NEW):
            (intact,) = read_report(text.encode()).reports
            for case, damage, notes, changes in DAMAGES:
                with self.subTest(case, format=intact.format):
                    found = read_report(encode(damage(text)))
                    self.assertEqual(found.refused, ())
                    note = notes[intact.format] if isinstance(notes, dict) else notes
                    self.assertEqual(found.reports, (_change(intact, note, changes),))

    def test_each_note_is_tried(self):
        tried = {
            notes for _case, _damage, notes, _changes in DAMAGES if str(notes) == notes
        }
        self.assertEqual(tried - {""}, set(NOTES))

    def test_what_rfc_9990_leaves_out(self):
        text = NEW
        for name in ("sp", "adkim", "aspf", "fo", "testing", "discovery_method"):
            text = cut(f"<{name}>", f"</{name}>")(text)
        for name in ("envelope_from", "envelope_to"):
            text = cut(f"<{name}>", f"</{name}>")(text)
        (report,) = read_report(text.encode()).reports
        self.assertEqual((report.format, report.notes), ("rfc9990", ()))
        self.assertEqual(report.policy, Policy("reject"))

    def test_many_of_one_name(self):
        signature = "<dkim>" + OLD.partition("<dkim>\n")[2].partition("</dkim>")[0]
        many = OLD.replace(
            "<auth_results>", "<auth_results>" + 120 * (signature + "</dkim>")
        )
        (report,) = read_report(many.encode()).reports
        self.assertEqual(len(report.records[0].auth), 101)

    def test_what_ends_early_is_refused_whole(self):
        end = len(DATA.rstrip())
        for data, most in (
            (DATA, end),
            (gzipped(DATA), len(gzipped(DATA))),
            (zipped((NAME, DATA)), len(zipped((NAME, DATA)))),
            (zlib.compress(DATA), len(zlib.compress(DATA))),
        ):
            for size in (1, 2, 3, *range(4, most, 9), most - 1):
                with self.subTest(data[:2], size=size):
                    self.assertEqual(read_report(data[:size]).reports, ())

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

    def test_one_of_several_files_in_a_mail_is_damaged(self):
        """It ends none of the others, nor does a part that holds no report."""
        cut_off, words = zipped((NAME, DATA))[:-30], zipped(("__MACOSX/a", b""))
        found = read_report(hostile.mail(cut_off, words, gzipped(DATA)))
        self.assertEqual(len(found.reports), 1)
        self.assertEqual([one.reason for one in found.refused], ["truncated"])
        inner = mail(b"Subject: Hello\r\n\r\nHello", "message/rfc822", "a.eml")
        self.assertEqual(read_report(inner).refused[0].reason, "no_report")

    def test_many_files_in_a_mail(self):
        """Each part may be an archive: one mail makes no thousands of records."""
        archive = zipped(*((f"{number}.xml", b"<") for number in range(10)))
        found = read_report(hostile.mail(*[archive] * 60), "a.eml")
        self.assertEqual(len(found.refused), MAX_DOCUMENTS + 1)
        last = found.refused[-1]
        self.assertEqual((last.name, last.reason), ("a.eml", "too_many_members"))

    def test_the_same_each_time(self):
        self.assertEqual(read_report(DATA), read_report(gzipped(DATA)))
        found = merge_reports((read_report(DATA, "a"), read_report(DATA, "b")))
        self.assertEqual(found.reports[0].name, "a")
        self.assertEqual([one.name for one in found.refused], ["b"])
