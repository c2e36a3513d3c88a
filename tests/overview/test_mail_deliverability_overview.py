# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from ...models.limit.ledger_sql import Uncounted, keep_uncounted
from ..clock import at_noon

GOOD = {
    "spf_record": "pass",
    "dkim_key": "pass",
    "dmarc_record": "pass",
    "mx": "pass",
}


class OverviewCase(TransactionCase):
    """An administrator of one company, whose emails leave by one server."""

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(at_noon())
        super().setUpClass()
        cls.env["mail.alias.domain"].search([]).unlink()
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["mail.send.counter"].search([]).unlink()
        cls.server = cls.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "relay.acme.example"}
        )
        cls.company = cls.env.ref("base.main_company")
        cls.admin = new_test_user(cls.env, "overseer", groups="base.group_system")
        cls.overview = cls.env["mail.deliverability.overview"].with_user(cls.admin)
        cls.counter = cls.env["mail.send.counter"]
        cls.today = cls.counter._get_day(fields.Datetime.now())
        cls.set_limit(200)

    @classmethod
    def set_limit(cls, limit):
        key = "mail_deliverability.daily_limit"
        cls.env["ir.config_parameter"].set_param(key, str(limit))

    def make_domain(self, name, company=None, **statuses):
        """Make a domain whose checks have found something.

        :param statuses: by code; none: it was not checked yet.
        """
        domain = self.env["mail.alias.domain"].create(
            {
                "name": name,
                "bounce_alias": f"bounce-{name}",
                "catchall_alias": f"catchall-{name}",
            }
        )
        (company or self.env["res.company"]).alias_domain_id = domain
        self.env["mail.domain.check"].create(
            [
                {"alias_domain_id": domain.id, "code": code, "status": status}
                for code, status in statuses.items()
            ]
        )
        if statuses:
            domain.auth_checked_on = fields.Datetime.now()
        return domain

    def count(self, sent, waited=0, ago=0, server=0, **values):
        day = self.today - timedelta(days=ago)
        name = server and self.env["ir.mail_server"].browse(server).name
        row = {"day": day, "server_id": server, "server_name": name, **values}
        return self.counter.create({**row, "sent": sent, "waited": waited})

    def tiles(self):
        self.env.flush_all()
        self.env.invalidate_all()
        tiles = self.overview.get_overview()["tiles"]
        return {tile["key"]: tile for tile in tiles}


@tagged("post_install", "-at_install")
class TestOverview(OverviewCase):
    def test_nothing_is_there_yet(self):
        self.assertEqual(self.overview.get_overview(), {"tiles": []})

    def test_something_was_sent_without_a_domain(self):
        self.count(3)
        keys = ["domains", "limit", "refusals", "history"]
        self.assertEqual(list(self.tiles()), keys)
        self.assertEqual(self.tiles()["domains"]["domains"], [])

    def test_for_administrators_only(self):
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        overview = self.overview.with_user(employee)
        for call in (overview.get_overview, overview.get_history):
            with self.subTest(call.__name__), self.assertRaises(AccessError):
                call()

    def test_as_many_queries_with_a_year_of_data(self):
        """And nothing is asked of DNS."""
        parameters = type(self.env["ir.config_parameter"])
        counts = []
        for number in (1, 8):
            for each in range(number):
                self.make_domain(f"d{number}-{each}.example", **GOOD)
            for ago in range(2 if number == 1 else 365):
                self.count(9, ago=ago)
                self.count(9, ago=ago, server=self.server.id)
            self.tiles()  # fills what is cached
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with patch.object(parameters, "_get_dns_resolver", side_effect=OSError):
                self.overview.get_overview()
            counts.append(self.env.cr.sql_log_count - before)
            self.counter.search([]).unlink()
        self.assertEqual(*counts)
        self.assertLess(counts[0], 40)


@tagged("post_install", "-at_install")
class TestDomains(OverviewCase):
    def card(self):
        [card] = self.tiles()["domains"]["domains"]
        return card

    def test_domain_that_does_not_exist(self):
        """That it is unchecked would be wrong."""
        domain = self.make_domain("acme.example", self.company, domain_exists="fail")
        domain.auth_check_ids.reasons = [
            ["domain_missing", [["domain", "acme.example"]]]
        ]
        (card,) = self.tiles()["domains"]["domains"]
        self.assertIn("There is no domain acme.example", card["missing"])
        self.make_domain("globex.example", self.company, domain_exists="pass")
        cards = self.tiles()["domains"]["domains"]
        self.assertEqual([bool(one["missing"]) for one in cards], [False, True])

    def test_answers(self):
        found = {**GOOD, "spf_record": "fail", "dmarc_record": "warning"}
        domain = self.make_domain("xn--bcher-kva.example", self.company, **found)
        card = self.card()
        self.assertEqual((card["id"], card["name"]), (domain.id, "bücher.example"))
        self.assertEqual(
            [(one["kind"], one["level"]) for one in card["answers"]],
            [("spf", "fail"), ("dkim", "pass"), ("dmarc", "warning"),
             ("replies", "pass")],
        )  # fmt: skip
        self.assertTrue(all(" " not in one["word"] for one in card["answers"]))

    def test_next_step(self):
        set_up, check = ("action_set_up", True), ("action_check_authentication", True)
        show = ("action_open_checks", False)
        cases = (
            ({}, [set_up]),
            (GOOD, [show]),
            ({**GOOD, "mx": "warning"}, [set_up, show]),
            ({**GOOD, "mx": "fail"}, [set_up, show]),
            ({**GOOD, "mx": "temperror"}, [check, show]),
        )
        for found, expected in cases:
            with self.subTest(found):
                domain = self.make_domain("acme.example", **found)
                steps = [(one["method"], one["main"]) for one in self.card()["steps"]]
                self.assertEqual(steps, expected)
                domain.unlink()

    def test_the_users_last_draft_comes_first(self):
        """Publishing takes a while: from here it goes on."""
        self.make_domain("acme.example", self.company, **GOOD)
        drafts = self.env["mail.alias.domain"].with_user(self.admin)
        for name in ("first.example", "last.example"):
            drafts.create(
                {
                    "name": name,
                    "active": False,
                    "bounce_alias": f"b-{name}",
                    "catchall_alias": f"c-{name}",
                }
            )
        drafts.with_user(self.env.user).create(
            {"name": "somebodys.example", "active": False, "bounce_alias": "others"}
        )
        cards = self.tiles()["domains"]["domains"]
        self.assertEqual(
            [(one["name"], one["is_draft"]) for one in cards],
            [("last.example", True), ("acme.example", False)],
        )
        self.assertEqual(cards[0]["steps"][0]["method"], "action_set_up")

    def test_of_the_users_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.make_domain("other.example", other, **GOOD)
        self.make_domain("acme.example", self.company, **GOOD)
        self.assertEqual(self.card()["name"], "acme.example")
        self.assertFalse(self.card()["companies"])
        self.admin.company_ids |= other
        both = self.overview.with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        cards = both._get_tiles()[0]["domains"]
        names = {(one["name"], one["companies"]) for one in cards}
        expected = {("acme.example", self.company.name), ("other.example", "Other")}
        self.assertEqual(names, expected)


@tagged("post_install", "-at_install")
class TestLimit(OverviewCase):
    def test_bars(self):
        self.make_domain("acme.example")  # or nothing is there to tell
        row = self.count(0)
        cases = ((0, 0), (159, 0), (160, 80), (199, 80), (200, 100), (230, 100))
        for used, level in cases:
            with self.subTest(used):
                row.sent = used
                tile = self.tiles()["limit"]
                [limit] = tile["limits"]
                self.assertEqual((limit["used"], limit["total"]), (used, 200))
                self.assertEqual(limit["level"], level)
                self.assertEqual(tile["sent"], used)

    def test_full_at(self):
        self.count(150)
        [limit] = self.tiles()["limit"]["limits"]
        # The clock goes on while this runs.
        four = fields.Datetime.now().replace(hour=16, minute=0)
        self.assertLess(abs(limit["full"] - four), timedelta(minutes=5))

    def test_beyond_the_limit(self):
        self.count(210, urgent=7, codes=3)
        tile = self.tiles()["limit"]
        self.assertEqual((tile["limits"][0]["used"], tile["beyond"]), (200, 10))

    def test_a_server_of_its_own(self):
        self.server.daily_limit = 100
        self.count(90, server=self.server.id)
        limit = self.tiles()["limit"]["limits"][1]
        self.assertEqual(limit["name"], "Relay")
        self.assertEqual((limit["used"], limit["total"]), (90, 100))
        self.assertEqual((limit["kept"], limit["level"]), (10, 100))

    def test_no_limit(self):
        self.set_limit(0)
        self.count(40)
        tile = self.tiles()["limit"]
        self.assertEqual((tile["limits"], tile["sent"]), ([], 40))

    def test_what_waits(self):
        mails = self.env["mail.mail"].create(
            [{"email_to": f"to{n}@customer.example"} for n in range(3)]
        )
        first = self.counter._get_next_reset()
        last = first + timedelta(days=2)
        mails[:2]._wait("limit", first)
        mails[2]._wait("limit", last)
        expected = {"count": 3, "first": first, "last": last}
        self.assertEqual(self.tiles()["limit"]["waiting"], expected)


@tagged("post_install", "-at_install")
class TestHistory(OverviewCase):
    def test_days(self):
        self.count(7, waited=2)
        self.count(5, ago=29)
        self.count(99, ago=30)
        history = self.tiles()["history"]
        self.assertEqual(history["days"][-1], self.today)
        self.assertEqual(history["sent"], [5, *[0] * 28, 7])
        self.assertEqual(history["waited"], [*[0] * 29, 2])
        self.assertEqual(history["limit"], 200)
        self.assertEqual(history["servers"], [])

    def test_by_server(self):
        self.count(7)
        self.count(4, waited=1, server=self.server.id)
        self.server.daily_limit = 100
        known = [{"id": self.server.id, "name": "Relay"}]
        self.assertEqual(self.tiles()["history"]["servers"], known)
        history = self.overview.get_history(self.server.id)
        self.assertEqual((history["sent"][-1], history["waited"][-1]), (4, 1))
        self.assertEqual(history["limit"], 100)

    def test_what_is_not_counted_yet(self):
        self.count(7)
        counts = {"sent": 2, "waited": 3}
        note = Uncounted(self.today, 0, 0, "All servers", 0, counts)
        self.cr.execute(keep_uncounted([note]))
        history = self.tiles()["history"]
        self.assertEqual((history["sent"][-1], history["waited"][-1]), (9, 3))

    def test_what_is_no_server(self):
        self.count(7)
        for odd in ("1", None, [1], -1, 2**40, 1.5, {}):
            with self.subTest(odd):
                history = self.overview.get_history(odd)
                self.assertEqual((history["server_id"], history["sent"][-1]), (0, 7))


@tagged("post_install", "-at_install")
class TestAlarms(OverviewCase):
    def test_open_ones_of_the_user(self):
        alarms = self.env["mail.deliverability.alarm"]
        for number in range(7):
            alarms._raise_alarm(f"test:{number}", lambda _env: ("It broke", "<Look>"))
        tile = self.tiles()["alarms"]
        self.assertEqual((tile["count"], len(tile["alarms"])), (7, 5))
        self.assertEqual(tile["alarms"][0]["summary"], "It broke")
        self.assertIn("&lt;Look&gt;", tile["alarms"][0]["note_html"])
        alarms._resolve_others("test:", ["test:3"])
        self.assertEqual(self.tiles()["alarms"]["count"], 1)
        alarms._resolve_alarm("test:3")
        self.assertNotIn("alarms", self.tiles())
