# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Keeping it small: sums stay what they are, and a year has its place."""

import importlib.util
from collections import Counter
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...mailauth.reports.source import Source
from ...models.reports import mail_dmarc_source_compact as compact
from ...models.reports.mail_dmarc_source import KEY

ADDON = Path(__file__).resolve().parents[2]
REPORTERS, NETWORKS, A_DAY = 33, 300, 200
CLASSES = ((True, True), (False, True), (False, False))  # SPF, DKIM


@tagged("post_install", "-at_install")
class TestCompact(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "acme.example"})
        mine = {"alias_domain_id": cls.domain.id}
        cls.reporters = cls.env["mail.dmarc.reporter"].create(
            [
                {**mine, "name": f"r{n}", "domain": f"r{n}.example", "proof": "dkim"}
                for n in range(REPORTERS)
            ]
        )
        cls.stranger = cls.env["mail.dmarc.reporter"].create(
            {**mine, "name": "Anybody"}
        )
        networks = [f"10.{n // 100}.{n % 100}.0/24" for n in range(NETWORKS)]
        sources = cls.env["mail.dmarc.origin"]._find_or_make(
            cls.domain,
            [Source(one[:-4] + "1") for one in networks],
            cls.reporters[0],
        )
        cls.origins = [sources[one[:-4] + "1"] for one in networks]
        cls.sources = cls.env["mail.dmarc.source"]

    def add(self, days, records=A_DAY, reporters=REPORTERS):
        """Add a report of each reporter for each day, as reading them does.

        :param days: how many days ago each of them is.
        """
        for ago in days:
            for place in range(reporters):
                rows = Counter()
                for number in range(records):
                    # Each time 200 of the 300 networks, and others the next time.
                    at = (number * 3 // 2 + ago + place * 7) % NETWORKS
                    spf, dkim = CLASSES[at % len(CLASSES)]
                    origin = self.origins[at]
                    cells = (origin.id, origin.network, "acme.example", spf, dkim)
                    rows[*cells, "none"] += 1 + at % 5
                where = (self.domain.id, "acme.example", self.day(ago))
                self.sources._write_rows(where, self.reporters[place], rows)

    def day(self, ago):
        return self.today - timedelta(days=ago)

    def sum_days(self):
        """Return how many mails of each day fared how."""
        self.env.cr.execute(
            "SELECT day, is_spf_aligned, is_dkim_aligned, SUM(mail_count)"
            "  FROM mail_dmarc_source GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        return self.env.cr.fetchall()

    def sum_by(self, column):
        """Return the mails of each source or reporter, and how many of them passed."""
        self.env.cr.execute(
            f"""
            SELECT {column}, SUM(mails), SUM(passed), SUM(dkim)
              FROM (SELECT {column}, mail_count AS mails,
                           CASE WHEN is_spf_aligned OR is_dkim_aligned
                                THEN mail_count ELSE 0 END AS passed,
                           CASE WHEN is_dkim_aligned THEN mail_count ELSE 0 END AS dkim
                      FROM mail_dmarc_source WHERE is_trusted
                     UNION ALL
                    SELECT {column}, mail_count, pass_count, dkim_count
                      FROM mail_dmarc_tally) AS found
             WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1
            """
        )
        return self.env.cr.fetchall()

    def sum_all(self):
        by = self.sum_by("origin_id"), self.sum_by("reporter_id")
        return (self.sum_days(), *by)

    def test_sums_stay(self):
        few = {"records": 60, "reporters": 4}
        self.add((1, 9, 300), **few)
        before = self.sum_all()
        recent = self.sources.search_count([("day", "=", self.day(1))])
        self.sources._gc_rows()
        self.assertEqual(self.sum_all(), before)
        of_day = [("day", "=", self.day(9))]
        self.assertLess(self.sources.search_count(of_day), compact.KEPT_ROWS + 10)
        now = self.sources.search_count([("day", "=", self.day(1))])
        self.assertEqual(now, recent)
        # What comes late is added all the same, and nothing happens twice.
        self.add((9,), records=60, reporters=1)
        late = self.sum_all()
        self.assertNotEqual(late[2], before[2])
        for _time in range(2):
            self.sources._gc_rows()
            self.assertEqual(self.sum_all(), late)

    def test_rows_of_an_older_version(self):
        """They were parted by the service's name, which a source may get later."""
        self.add((20,), records=8, reporters=3)
        before = self.sum_all()
        self.cr.execute(
            """
            ALTER TABLE mail_dmarc_source ADD COLUMN service VARCHAR;
            DROP INDEX mail_dmarc_source_one_each;
            INSERT INTO mail_dmarc_source (
                   alias_domain_id, domain, day, reporter_id, is_trusted, origin_id,
                   network, service, header_from, is_spf_aligned, is_dkim_aligned,
                   disposition, mail_count)
            SELECT alias_domain_id, domain, day, reporter_id, is_trusted, origin_id,
                   network, 'mailer.example', header_from, is_spf_aligned,
                   is_dkim_aligned, disposition, 1000
              FROM mail_dmarc_source WHERE reporter_id != %s
            """,
            [self.reporters[0].id],
        )
        parted = self.sum_all()
        path = ADDON / "migrations/19.0.1.9.0/pre-reports.py"
        spec = importlib.util.spec_from_file_location("pre_reports", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.cr, "19.0.1.8.0")
        self.env.invalidate_all()
        self.assertEqual(self.sum_all(), parted)
        self.assertNotEqual(parted, before)
        self.assertEqual(self.sources.search_count([]), 24)
        self.cr.execute(f"CREATE UNIQUE INDEX ON mail_dmarc_source ({KEY})")

    def test_a_small_company_keeps_all(self):
        self.add((20,), records=8, reporters=3)
        before = self.sources.search_read([], [])
        self.sources._gc_rows()
        self.assertEqual(self.sources.search_read([], []), before)

    def test_whose_they_were(self):
        """Rows without a source say what the small ones were."""
        self.add((9,), records=60, reporters=4)
        self.sources._gc_rows()
        small = self.sources.search([("origin_id", "=", False)])
        kinds = {one.kind for one in self.origins}
        self.assertLessEqual(set(small.mapped("kind")), kinds)
        self.assertFalse(small.reporter_id)
        self.assertTrue(all(small.mapped("is_trusted")))

    def test_whether_dkim_passes_at_each_reporter(self):
        """Of our own mails; what small rows of others say is nobody's signature."""
        for origin in self.origins[::2]:
            origin.kind = "ours"
        self.add((9,), records=60, reporters=4)
        self.env.flush_all()
        first = self.day(30)
        before = self.domain._count_reporters(first)
        self.assertTrue(any(one.count for one in before))
        self.sources._gc_rows()
        self.env.flush_all()
        self.assertEqual(self.domain._count_reporters(first), before)

    def test_what_is_not_proven(self):
        """It is never added to what counts, and goes with its file."""
        for ago in (9, 31):
            rows = Counter({
                (one.id, one.network, "", False, False, "none"): 1
                for one in self.origins
            })  # fmt: skip
            where = (self.domain.id, "acme.example", self.day(ago))
            self.sources._write_rows(where, self.stranger, rows)
        self.sources._gc_rows()
        left = self.sources.search([])
        self.assertEqual(len(left), NETWORKS)
        self.assertEqual(left.reporter_id, self.stranger)
        self.assertFalse(self.env["mail.dmarc.tally"].search([]))

    def test_a_year(self):
        """One day is made; 365 of them stay under 100,000 rows, as do their weeks."""
        self.add((200,))
        full = self.sources.search_count([])
        self.sources._gc_rows()
        old = self.sources.search_count([])
        tallies = self.env["mail.dmarc.tally"].search_count([])
        self.assertEqual(full, REPORTERS * A_DAY)
        self.assertGreaterEqual(tallies, NETWORKS)
        # Each day of a week adds to the rows of the same sources and reporters.
        year = compact.FULL_DAYS * full + 365 * old + 53 * (NETWORKS + REPORTERS)
        self.assertLess(year, 100_000)
