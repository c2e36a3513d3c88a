# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How reports come in: taken, kept, read, added up."""

import zlib
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.inbound.message import read_inbound
from ...models.proof.stored import load_raw
from ...models.reports import mail_dmarc_report_read, mail_dmarc_report_take
from .carriers import REPORTER, carry, pass_on
from .hostile import mail, zipped
from .intake_common import ROW, IntakeCase
from .samples import gzipped

READ = "odoo.addons.mail_deliverability.models.reports.mail_dmarc_report_read"
DOOR = "odoo.addons.mail_deliverability.models.inbound.mail_thread"
GATEWAY = "odoo.addons.mail.models.mail_thread"
FAILS = ("fail", "fail")
NETWORK = "192.0.2.0/24"
REPORTS = [("state", "!=", "other")]


@tagged("post_install", "-at_install")
class TestTaken(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.alias"].create(
            {
                "alias_name": "sales",
                "alias_model_id": cls.env.ref("base.model_res_partner").id,
                "alias_domain_id": cls.domain.id,
            }
        )
        partner = cls.env["res.partner"].create({"name": "Acme"})
        cls.asked = partner.message_post(body="A question").message_id

    def test_whose_it_is(self):
        """(case, a mail, whether it is kept, whether Odoo gets it)"""
        sales = "sales@acme.example"
        answer = f"In-Reply-To: {self.asked}\n"
        hidden = "Delivered-To: dmarc-reports@acme.example\n"
        tls = gzipped(b'{"organization-name": "Receiver"}')
        cases = (
            ("for the address", self.carry(), True, False),
            ("the address in capitals", self.carry(to="DMARC-Reports@ACME.example"),
             True, False),
            ("by its envelope", self.carry(to="x@y.example", more=hidden, subject="?",
             name="a.gz"), True, False),
            ("for another mailbox", self.carry(to="postmaster@acme.example"), True,
             False),
            ("for an alias as well", self.carry(more=f"Cc: {sales}\n"), True, True),
            ("for an alias", self.carry(to=sales), True, True),
            ("an answer of Odoo's", self.carry(more=answer), True, True),
            ("attached to words", self.carry(to=sales, subject="Hi", name="r.gz"), True,
             True),
            ("passed on to an alias", pass_on(self.carry()), True, True),
            ("passed on to the address", pass_on(self.carry(),
             "dmarc-reports@acme.example"), True, False),
            ("damaged, for the address", carry(b"PK\x03\x04", name="a.zip",
             subject="?"), True, False),
            ("damaged, for nobody", carry(b"PK\x03\x04", name="a.zip", subject="?",
             to="x@acme.example"), False, True),
            ("a TLS report", carry(tls, name="r.json.gz", subject="?"), False, True),
            ("words for the address", b"From: bob@customer.example\r\nTo: "
             b"dmarc-reports@acme.example\r\nSubject: Hello\r\n\r\nHello", False, True),
        )  # fmt: skip
        for number, (case, raw, is_kept, is_odoos) in enumerate(cases):
            raw = raw.replace(b"Message-ID: <", b"Message-ID: <%d-" % number)
            before = self.reports.search_count(REPORTS)
            with self.subTest(case), mute_logger(GATEWAY):
                self.assertEqual(bool(self.hand_in(raw)), is_odoos)
                kept = self.reports.search_count(REPORTS) - before
                self.assertEqual(bool(kept), is_kept)

    def test_several_mails_passed_on(self):
        """What somebody forwards from the mailbox to which reports went before."""
        mails = [self.carry(report={"number": n}, number=n) for n in (1, 2)]
        to = "dmarc-reports@acme.example"
        self.assertFalse(self.hand_in(pass_on(mails[0], to, more=mails[1:])))
        self.read_all()
        found = self.reports.search([])
        self.assertEqual(found.mapped("state"), ["read", "read"])
        self.assertEqual(found.reporter_id.proof, "dkim")

    def test_what_is_no_report_is_noted(self):
        """An administrator sees that other mail comes to the address, and from whom."""
        self.patch(mail_dmarc_report_take, "MAX_OTHERS_A_DAY", 2)
        for number in range(3):
            raw = (
                f"From: b@c.example\r\nTo: dmarc-reports@acme.example\r\n"
                f"Message-ID: <{number}@c.example>\r\nSubject: Hi\r\n\r\nHi"
            )
            with mute_logger(GATEWAY):
                self.assertTrue(self.hand_in(raw.encode()))
        found = self.reports.search([])
        self.assertEqual(found.mapped("email"), ["b@c.example"] * 2)
        self.assertEqual(set(found.mapped("state")), {"other"})
        self.assertTrue(found[0].explanation)

    def test_kept_as_it_came(self):
        raw = self.carry()
        self.hand_in(raw)
        report = self.reports.search([], limit=1)
        self.assertEqual((report.state, report.size), ("new", len(raw)))
        self.assertEqual(load_raw(report, "raw"), raw)
        cron = self.env.ref("mail_deliverability.mail_dmarc_report_cron_read")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertTrue(triggers)

    def test_others_cost_nothing(self):
        plain = b"From: b@c.example\r\nTo: x@acme.example\r\nSubject: Hi\r\n\r\nHi"
        message = read_inbound(plain)
        self.reports._take_inbound(message)
        with self.assertQueryCount(0):
            self.assertFalse(self.reports._take_inbound(message))

    @mute_logger(DOOR)
    def test_what_can_not_be_kept_is_odoos(self):
        keep = patch.object(type(self.reports), "_keep", side_effect=ValueError)
        with keep:
            self.assertTrue(self.hand_in(self.carry()))

    @mute_logger(mail_dmarc_report_take.__name__)
    def test_strangers_fill_no_disk(self):
        self.patch(mail_dmarc_report_take, "MAX_A_DAY", 2)
        for number in range(4):
            self.assertFalse(self.hand_in(self.carry(number=number)))
        self.assertEqual(self.reports.search_count([]), 2)

    def test_a_bounded_number_of_queries(self):
        """Of each report, whatever is in it; the first one fills the caches."""
        rows = [(f"198.51.{n}.7", n + 1, "pass", "fail") for n in range(200)]
        for number in range(3):
            raw = self.carry(*rows, report={"number": number}, number=number)
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.hand_in(raw)
            self.env.flush_all()
            kept = self.env.cr.sql_log_count
            self.read_all()
            read = self.env.cr.sql_log_count
        self.assertLessEqual(kept - start, 25)
        self.assertLessEqual(read - kept, 60)
        self.assertEqual(self.env["mail.dmarc.source"].search_count([]), 200)
        self.assertEqual(sum(one[3] for one in self.rows()), 3 * 200 * 201 // 2)


@tagged("post_install", "-at_install")
class TestRead(IntakeCase):
    def test_read(self):
        report = self.come(
            ROW, ("192.0.2.26", 3, "pass", "fail"), ("", 1, "fail", "fail")
        )
        self.assertEqual(report.state, "read")
        self.assertEqual(report.alias_domain_id, self.domain)
        self.assertEqual((report.mail_count, report.policy_p), (16, "none"))
        self.assertEqual(report.notes, ["source_missing"])
        reporter = report.reporter_id
        found = (reporter.name, reporter.domain, reporter.proof, reporter.is_trusted)
        self.assertEqual(found, (REPORTER, REPORTER, "dkim", True))
        counted = {(one[1], one[2], one[3]) for one in self.rows()}
        self.assertEqual(counted, {(True, False, 15), (False, False, 1)})
        row = self.env["mail.dmarc.source"].search([("mail_count", "=", 15)])
        self.assertEqual((row.network, row.header_from), (NETWORK, "acme.example"))
        self.assertEqual(row.day, self.today - timedelta(days=1))
        self.assertTrue(row.is_trusted)

    def test_again(self):
        """It is counted once, and the next one is added to the same rows."""
        self.come(ROW)
        self.assertEqual(self.come(ROW, number=2).state, "duplicate")
        self.assertEqual(self.rows(), [(NETWORK, True, False, 12)])
        self.assertEqual(self.come(ROW, report={"number": 2}).state, "read")
        self.assertEqual(self.rows(), [(NETWORK, True, False, 24)])
        unproven = self.come(ROW, is_signed=False)
        self.assertEqual(unproven.state, "duplicate")

    def test_whose_domain_it_is(self):
        """(domain of the report, state, our domain)"""
        make = self.env["mail.alias.domain"].create
        idn = make({"name": "xn--bcher-kva.example"})
        draft = make({"name": "draft.example", "active": False})
        below = make({"name": "mail.group.example"})
        cases = (
            ("acme.example", "read", self.domain),
            ("ACME.example.", "read", self.domain),
            ("sub.acme.example", "read", self.domain),
            ("b\u00fccher.example", "read", idn),
            ("draft.example", "read", draft),
            ("group.example", "read", below),
            ("other.example", "foreign", make([])),
            ("xacme.example", "foreign", make([])),
            ("example", "foreign", make([])),
            ("", "foreign", make([])),
        )
        for number, (name, state, domain) in enumerate(cases):
            with self.subTest(name):
                report = self.come(ROW, report={"domain": name, "number": number})
                self.assertEqual(
                    (report.state, report.alias_domain_id), (state, domain)
                )
                self.assertEqual(bool(report.reporter_id), state == "read")
        foreign = self.rows(domain="other.example")
        self.assertFalse(foreign)

    def test_one_name_of_two_companies(self):
        other = self.env["mail.alias.domain"].create(
            {"name": "acme.example", "bounce_alias": "b", "catchall_alias": "c"}
        )
        made = self.come(ROW)
        self.assertEqual(made.alias_domain_id, self.domain | other)
        self.assertEqual(made.mapped("state"), ["read"] * 2)
        self.assertEqual(self.come(ROW, number=2).mapped("state"), ["duplicate"] * 2)
        for domain in self.domain, other:
            self.assertEqual(len(self.rows(alias_domain_id=domain.id)), 1)

    def test_several_in_one_file(self):
        members = [(f"{n}.xml", self.report(ROW, number=n)) for n in (1, 2)] + [
            ("bad.xml", b"<feedback>")
        ]
        self.hand_in(carry(zipped(*members), name="r.zip"))
        self.read_all()
        found = self.reports.search([], order="id")
        self.assertEqual(found.mapped("state"), ["read", "read", "refused"])
        self.assertEqual(found[2].reason, "truncated")
        self.assertEqual(found.first_id, found[:1])
        self.assertEqual(self.rows(), [(NETWORK, True, False, 24)])

    def test_who_is_trusted(self):
        """(case, how it came, how it calls itself, its proof, whether it counts)"""
        cases = (
            ("signed", {}, REPORTER, "dkim", True),
            ("signed, a name", {}, "Receiver Inc.", "dkim", True),
            ("signed, in another's name", {}, "google.com", "dkim", False),
            ("signed, in a name above", {}, "x.receiver.example", "dkim", True),
            ("not signed", {"is_signed": False}, REPORTER, "none", False),
            ("signed by another", {"author": "a@b.example"}, REPORTER, "none", False),
        )
        for number, (case, options, org, proof, is_trusted) in enumerate(cases):
            with self.subTest(case):
                details = {"org": org, "number": number}
                reporter = self.come(ROW, report=details, **options).reporter_id
                self.assertEqual(
                    (reporter.proof, reporter.is_trusted), (proof, is_trusted)
                )
        self.env["mail.mailbox.provider"].create({"domain": REPORTER})
        anybody = self.come(ROW, report={"org": "Me", "number": 9}).reporter_id
        self.assertFalse(anybody.is_trusted)

    def test_accepted(self):
        reporter = self.come(ROW, is_signed=False).reporter_id
        rows = self.env["mail.dmarc.source"].search([])
        self.assertFalse(rows.is_trusted)
        employee = new_test_user(self.env, "employee")
        with self.assertRaises(AccessError):
            reporter.with_user(employee).action_accept()
        reporter.action_accept()
        self.assertTrue(reporter.is_trusted and rows.is_trusted)
        origin = rows.origin_id
        self.assertEqual(origin.kind, "ours")
        reporter.action_withdraw()
        self.assertFalse(reporter.is_trusted or rows.is_trusted)
        self.assertEqual(origin.kind, "unknown")

    def test_not_believed(self):
        """Anybody can sign what he has made up; an administrator can say so."""
        reporter = self.come(ROW).reporter_id
        rows = self.env["mail.dmarc.source"].search([])
        self.assertTrue(rows.is_trusted)
        reporter.action_withdraw()
        self.assertFalse(reporter.is_trusted or rows.is_trusted)
        again = self.come(ROW, report={"number": 2}, number=2)
        self.assertFalse(again.reporter_id.is_trusted)
        reporter.action_accept()
        self.assertFalse(reporter.is_accepted, "it is proven")
        self.assertTrue(reporter.is_trusted and rows.is_trusted)

    def test_one_report_twice(self):
        """(how it came first, how then, states, mails of it that are in rows)"""
        signed, bare = {}, {"is_signed": False}
        cases = (
            (bare, signed, ["duplicate", "read"]),
            ("upload", signed, ["duplicate", "read"]),
            ("upload", bare, ["read", "duplicate"]),
            (bare, "upload", ["duplicate", "read"]),
            (signed, "upload", ["read", "duplicate"]),
        )
        for number, (*ways, states) in enumerate(cases):
            with self.subTest(ways):
                details = {"number": number, "domain": f"n{number}.acme.example"}
                last = self.reports.search([], order="id desc", limit=1).id or 0
                for at, way in enumerate(ways):
                    if way == "upload":
                        self.upload(self.report(ROW, **details))
                    else:
                        self.come(ROW, report=details, number=10 * number + at, **way)
                found = self.reports.search([("id", ">", last)], order="id")
                self.assertEqual(found.mapped("state"), states)
                rows = self.env["mail.dmarc.source"].search(
                    [("domain", "=", details["domain"])]
                )
                self.assertEqual(rows.mapped("mail_count"), [12])
                is_proven = signed in ways
                self.assertEqual(rows.reporter_id.proof == "dkim", is_proven)

    def test_one_of_a_source_that_is_known_by_then(self):
        """What it is taken out of is found, whatever its source is called now."""
        self.domain.sudo().auth_networks = [[NETWORK, "_spf.mailer.example"]]
        self.upload(self.report(ROW))
        self.assertEqual(self.domain_origins().service, "mailer.example")
        self.come(ROW)
        self.assertEqual(self.rows(), [(NETWORK, True, False, 12)])
        row = self.env["mail.dmarc.source"].search([])
        self.assertEqual(row.reporter_id.proof, "dkim")
        self.assertEqual(row.service, "mailer.example")

    def test_one_that_counts_already(self):
        """What an administrator vouches for is not counted a second time."""
        self.upload(self.report(ROW))
        self.reports.search([]).reporter_id.action_accept()
        self.assertEqual(self.come(ROW).state, "duplicate")
        self.assertEqual(self.rows(), [(NETWORK, True, False, 12)])

    def test_what_is_uploaded_vouches_for_no_mail(self):
        self.upload(self.report(ROW))
        self.reports.search([]).reporter_id.action_accept()
        forged = self.come(ROW, report={"number": "forged"}, is_signed=False)
        self.assertEqual((forged.state, forged.reporter_id.is_trusted), ("read", False))

    def test_strangers_take_no_room(self):
        """(who is full, who still has room)"""
        path = "odoo.addons.mail_deliverability.models.reports.mail_dmarc_reporter"
        names = ("A Inc.", "B Inc.", "C Inc.")
        with patch(f"{path}.MAX_REPORTERS", 2), patch(f"{path}.MAX_CALLED", 2):
            for number, (name, is_signed) in enumerate(
                [*((one, False) for one in names), *((one, True) for one in names)]
            ):
                details = {"org": name, "number": number}
                found = self.come(
                    ROW, report=details, is_signed=is_signed, number=number
                )
                is_full = number % 3 == 2
                self.assertEqual(found.reason == "too_many_reporters", is_full)

    def test_sources_of_strangers_take_no_room(self):
        path = "odoo.addons.mail_deliverability.models.reports.mail_dmarc_origin_find"
        rows = [(f"10.{n}.0.1", 1, "fail", "fail") for n in range(5)]
        with patch(f"{path}.MOST_OF_ANYBODY", 3):
            self.come(*rows, is_signed=False)
            self.assertEqual(len(self.domain_origins()), 4)  # one is all others
            self.come(ROW, report={"number": 2}, number=2)
        self.assertEqual(len(self.domain_origins()), 5)

    def domain_origins(self):
        return self.env["mail.dmarc.origin"].search([])

    def test_long_texts(self):
        """Two reports whose ids differ at the end alone are two."""
        name = "\N{GRINNING FACE}" * 200
        for number in "a", "b", "b":
            report = {"number": name + number, "org": name, "domain": "acme.example"}
            row = ("192.0.2.1", 1, "pass", "pass", "none", f"{name * 2}.acme.example")
            self.come(row, report=report, number=number)
        found = self.reports.search([], order="id")
        self.assertEqual(found.mapped("state"), ["read", "read", "duplicate"])

    def test_odd_times(self):
        """(begin, end, how many days ago it counts for)"""
        hour = 3600
        cases = (
            (self.begin - 2 * hour, self.begin + 22 * hour - 1, 1),
            (self.moment(5), self.moment(2), 4),
            (0, 0, 1),
            (self.moment(-500), self.moment(-499), 1),
            (0, self.moment(3), 3),
            (10**11, 10**12, 1),
        )
        for number, (begin, end, ago) in enumerate(cases):
            with self.subTest(begin=begin, end=end):
                times = {"begin": begin, "end": end, "number": number}
                name = f"n{number}.acme.example"
                self.come(ROW, report={**times, "domain": name})
                day = self.today - timedelta(days=ago)
                self.assertTrue(self.rows(domain=name, day=day))
        old = {"begin": self.moment(500), "number": "old"}
        self.assertEqual(self.come(ROW, report=old).reason, "too_old")

    def test_more_than_one_may_add(self):
        """Names and sources of strangers, and numbers that no field holds."""
        many = [
            (
                f"10.{n // 250}.{n % 250}.1",
                1,
                "fail",
                "fail",
                "none",
                f"n{n}.acme.example",
            )
            for n in range(400)
        ]
        report = self.come(("192.0.2.1", 2**40, "pass", "pass"), *many)
        self.assertEqual(report.mail_count, 2**31 - 1)
        rows = self.env["mail.dmarc.source"].search([])
        self.assertLessEqual(len(rows.mapped("origin_id")), 300)
        self.assertLessEqual(len(set(rows.mapped("header_from"))), 21)
        self.assertEqual(sum(rows.mapped("mail_count")), 2**31 - 1 + 400)
        again = {"number": 2}
        self.come(("192.0.2.1", 5, "pass", "pass"), report=again)
        self.assertEqual(max(rows.mapped("mail_count")), 2**31 - 1)

    def test_unproven_ones_are_bounded(self):
        self.patch(mail_dmarc_report_read, "MOST", 3)
        store = "odoo.addons.mail_deliverability.models.reports.mail_dmarc_report_store"
        with patch(f"{store}.MAX_UNPROVEN_A_DAY", 2):
            found = [
                self.come(ROW, report={"number": n}, is_signed=False).reason
                for n in range(3)
            ]
        self.assertEqual(found, [False, False, "too_many_unproven"])

    def test_hostile_files(self):
        """(what it is, the file, why it is refused); nothing of it is stored."""
        nested = zipped(("r.zip", zipped(("r.xml", self.report(ROW)))))
        cases = (
            ("10 GB in 10 MB", _bomb(10_000), "bomb"),
            ("a zip in a zip", nested, "nested"),
            ("a million attributes", b"<feedback " + b'a="b" ' * 10**6,
             "markup_too_long"),
            ("100,000 levels", b"<feedback>" + b"<a>" * 10**5, "too_deep"),
            ("an entity", b"<!DOCTYPE a [<!ENTITY b 'c'>]><feedback/>", "doctype"),
        )  # fmt: skip
        for number, (case, data, reason) in enumerate(cases):
            with self.subTest(case):
                raw = carry(data, is_signed=False, number=number)
                self.assertFalse(self.hand_in(raw))
                self.read_all()
                report = self.reports.search([], limit=1)
                self.assertEqual((report.state, report.reason), ("refused", reason))
        self.assertFalse(self.rows())

    def test_hostile_names(self):
        """No name that a damaged file has keeps the others from being stored."""
        data = gzipped(self.report(ROW))
        both = mail(data[:-20], data)
        self.upload(both.replace(b'name="a.', b"name*=utf-8''a%00%E2%80%AE.", 1))
        found = self.reports.search([], order="id")
        self.assertEqual(found.mapped("state"), ["read", "refused"])
        self.assertEqual(found[1].file_name, "a.xml.gz")

    @mute_logger(READ)
    def test_broken_off(self):
        """A worker is gone, or a file breaks it: tried again, then given up."""
        self.hand_in(self.carry())
        report = self.reports.search([], limit=1)
        with patch(f"{READ}.read_report", side_effect=MemoryError):
            for tries in (1, 2, 3):
                self.read_all()
                self.read_all()  # it is claimed
                self.assertEqual((report.state, report.read_tries), ("new", tries))
                report.read_after = fields.Datetime.now()
            self.read_all()
        self.assertEqual((report.state, report.reason), ("refused", "unreadable"))
        self.assertFalse(self.rows())

    @mute_logger(READ, "odoo.sql_db")
    def test_undone(self):
        """What can't be stored leaves no half of it."""
        self.hand_in(self.carry())
        add = patch.object(
            type(self.env["mail.dmarc.source"]),
            "_write_rows",
            side_effect=psycopg2.DataError,
        )
        with add:
            self.read_all()
        self.assertFalse(self.rows())
        report = self.reports.search([], limit=1)
        report.read_after = fields.Datetime.now()
        self.read_all()
        self.assertEqual((report.state, len(self.rows())), ("read", 1))

    def test_dns_is_silent(self):
        """It is asked again, and what is not proven in the end is not trusted."""
        self.hand_in(self.carry())
        report = self.reports.search([], limit=1)
        name = f"s1._domainkey.{REPORTER}", "TXT"
        with patch.dict(self.dns.zone, {name: "servfail"}):
            for _time in range(3):
                self.read_all()
                report.read_after = fields.Datetime.now()
        self.assertEqual((report.state, report.reporter_id.proof), ("read", "none"))


@tagged("post_install", "-at_install")
class TestAround(IntakeCase):
    """The address, uploads, and what goes again."""

    def test_address_is_nobody_elses(self):
        self.assertEqual(self.domain.report_email, "dmarc-reports@acme.example")
        aliases = self.env["mail.alias"]
        values = {
            "alias_name": "dmarc-reports",
            "alias_model_id": self.env.ref("base.model_res_partner").id,
            "alias_domain_id": self.domain.id,
        }
        parameters = self.env["ir.config_parameter"]
        key = "mail_deliverability.report_alias"
        for name in ("bounce_alias", "catchall_alias"):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.domain[name] = "dmarc-reports"
            self.domain.invalidate_recordset()
        with self.assertRaises(ValidationError):
            aliases.create(values)
        alias = aliases.create({**values, "alias_name": "rua"})
        for taken in ("rua", self.domain.bounce_alias, self.domain.catchall_alias):
            with self.subTest(taken), self.assertRaises(ValidationError):
                parameters.set_param(key, taken)
        parameters.set_param(key, "reports")
        self.assertEqual(self.domain.report_email, "reports@acme.example")
        alias.alias_name = "dmarc-reports"
        found = self.env["mail.alias.domain"]._find_aliases(
            ["a@acme.example", "reports@acme.example", "reports@other.example"]
        )
        self.assertEqual(found, ["reports@acme.example"])

    def test_address_that_is_an_alias_already(self):
        """From before the addon: it stays one, and is proposed to nobody."""
        alias = self.env["mail.alias"].create(
            {
                "alias_name": "rua",
                "alias_model_id": self.env.ref("base.model_res_partner").id,
                "alias_domain_id": self.domain.id,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_alias SET alias_name = 'dmarc-reports', alias_full_name ="
            " 'dmarc-reports@acme.example' WHERE id = %s",
            [alias.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self.domain.report_email)
        self.assertTrue(self.hand_in(self.carry()))
        self.read_all()
        self.assertEqual(self.reports.search([], limit=1).state, "read")

    def test_upload(self):
        """(a file, level, states of what is in it)"""
        cases = (
            (self.report(ROW), "pass", ["read"]),
            (self.report(ROW), "info", ["duplicate"]),
            (self.carry(ROW), "pass", ["read"]),
            (self.report(ROW, domain="other.example"), "warning", ["foreign"]),
            (b"%PDF", "fail", ["refused"]),
            (b"", "fail", ["refused"]),
            (b"<" * (25 * 1024 * 1024 + 1), "fail", ["refused"]),
            (b"x" * (50 * 1024 * 1024 + 1), "fail", ["refused"]),
        )
        for number, (data, level, states) in enumerate(cases):
            with self.subTest(number):
                answer = self.upload(data)
                self.assertEqual(answer["level"], level)
                self.assertEqual([one["state"] for one in answer["reports"]], states)
                self.assertTrue(answer["text"])
        self.assertEqual(self.reports.upload("no base64!", "x")["level"], "fail")

    def test_upload_for_another_company(self):
        """What it is on is another company's, and none of the uploader's business."""
        other = self.env["res.company"].create({"name": "Globex"})
        domain = self.env["mail.alias.domain"].create({"name": "globex.example"})
        other.alias_domain_id = domain
        admin = new_test_user(self.env, "anna", groups="base.group_system")
        answer = self.upload(self.report(ROW, domain="globex.example"), user=admin)
        self.assertEqual(answer["reports"][0]["state"], "foreign")
        self.assertNotIn("globex", str(answer))
        self.assertFalse(self.rows(alias_domain_id=domain.id))
        with self.assertRaises(AccessError):
            self.upload(self.report(ROW), user=new_test_user(self.env, "eve"))

    def test_what_goes_again(self):
        report = self.come(ROW)
        attachments = self.env["ir.attachment"].sudo()
        mine = [("res_model", "=", "mail.dmarc.report"), ("res_field", "=", "raw")]
        self.reports._gc_files()
        self.assertTrue(attachments.search_count(mine))
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - INTERVAL '31 days'"
        )
        self.env.invalidate_all()
        self.reports._gc_files()
        self.assertFalse(attachments.search_count(mine))
        self.assertEqual(report.state, "read")
        report.received -= timedelta(days=401)
        reporter = report.reporter_id
        self.env.cr.execute(
            "UPDATE mail_dmarc_source SET day = day - 401;"
            "UPDATE mail_dmarc_reporter SET create_date = '2020-01-01'"
        )
        self.env.invalidate_all()
        self.env["mail.dmarc.source"]._gc_rows()
        self.reports._gc_reports()
        self.assertFalse(report.exists() or reporter.exists() or self.rows())


def _bomb(megabytes):
    """Return a gzip file of so many: one of them, packed once, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    head = packer.compress(b"<feedback>") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * megabytes
