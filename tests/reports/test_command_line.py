# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from ..command_line import ask
from .samples import NAME, OLD, gzipped

KEYS = {
    "format", "org_name", "report_id", "domain", "begin", "end", "policy", "records",
    "notes",
}  # fmt: skip
RECORD_KEYS = {
    "source_ip", "count", "disposition", "dkim", "spf", "header_from", "auth",
}  # fmt: skip


class TestCommandLine(BaseCase):
    def test_report(self):
        with tempfile.TemporaryDirectory() as folder:
            good, bad = Path(folder, f"{NAME}.gz"), Path(folder, "bad.xml")
            good.write_bytes(gzipped(OLD.encode()))
            bad.write_bytes(b"hello")
            code, text, _complained = ask("report", str(good), str(bad), str(good))
            self.assertEqual(code, 0)
            self.assertIn("acme.example, by Receiver Example", text)
            self.assertIn("192.0.2.25", text)
            self.assertIn("bad.xml: no_report", text)
            self.assertIn(f"{NAME}.gz: duplicate", text)
            code, text, _complained = ask("report", str(good), "--json")
        self.assertEqual(code, 0)
        found = json.loads(text)
        self.assertEqual(found["refused"], [])
        (report,) = found["reports"]
        self.assertLessEqual(KEYS, report.keys())
        self.assertEqual(report["policy"], "none")
        (record,) = report["records"]
        self.assertLessEqual(RECORD_KEYS, record.keys())
        self.assertEqual(record["auth"][0]["selector"], "s1")

    def test_what_is_not_understood(self):
        for arguments in (("report",), ("report", "/nowhere.xml")):
            with self.subTest(arguments):
                self.assertEqual(ask(*arguments)[0], 2)
