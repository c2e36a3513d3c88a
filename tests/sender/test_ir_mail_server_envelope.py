# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import new_test_user, tagged

from ..common import SmtpCase

BOTH = "acme.example, globex.example"
ACME, GLOBEX = "bounce@acme.example", "bounce@globex.example"
NEWS, BOB = "News <news@globex.example>", "Bob <bob@acme.example>"
VERP = "bounce+17@acme.example"
# (case, filter of the server, companies of the author, company of the record, From,
#  other values of the mail) -> envelope sender
ENVELOPES = [
    ("company 2's mailing, made in company 1", BOTH, "2", "1", NEWS, {}, GLOBEX),
    ("a server for everybody", False, "2", "1", NEWS, {}, ACME),
    ("an author of both companies", BOTH, "12", "1", NEWS, {}, GLOBEX),
    ("an author of company 1 in the name of 2", BOTH, "1", "1", NEWS, {}, ACME),
    ("nobody is the author", BOTH, "", "1", NEWS, {}, ACME),
    ("nobody, for a record of company 2", BOTH, "", "2", NEWS, {}, GLOBEX),
    ("the record's company, From of the author's", BOTH, "1", "2", BOB, {}, ACME),
    ("the same domain", BOTH, "12", "1", BOB, {}, ACME),
    ("other case", BOTH, "2", "1", "news@GLOBEX.Example", {}, GLOBEX),
    ("a foreign author is encapsulated", BOTH, "2", "1", "x@gmail.com", {}, ACME),
    ("a subdomain of From's", "mail.globex.example, globex.example", "2", "1",
     "news@mail.globex.example", {}, GLOBEX),
    ("a subdomain of the record's", "mail.acme.example, acme.example", "2", "1",
     "news@mail.acme.example", {}, ACME),
    ("one's own path", BOTH, "2", "1", NEWS, {"Return-Path": VERP}, VERP),
    ("one's own path, elsewhere", BOTH + ", x.example", "2", "1", NEWS,
     {"Return-Path": "b@x.example"}, "b@x.example"),
    ("Odoo's own path", BOTH, "2", "1", NEWS, {"Return-Path": ACME}, GLOBEX),
    ("a filter with the record's bounce address only",
     "news@globex.example, bounce@acme.example", "2", "1", NEWS, {}, ACME),
    ("a filter with From's bounce address only",
     "news@globex.example, bounce@globex.example", "2", "1", NEWS, {}, GLOBEX),
    ("a filter with neither", "news@globex.example", "2", "1", NEWS, {},
     "news@globex.example"),
    ("a filter of From's domain", "globex.example", "2", "1", NEWS, {}, GLOBEX),
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestEnvelope(SmtpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = {"1": cls.company, "2": cls.company_2}
        cls.authors = {"": cls.env["res.partner"]}
        for which in ("1", "2", "12"):
            own = cls.env["res.company"].concat(*(cls.companies[n] for n in which))
            user = new_test_user(
                cls.env, f"author{which}", company_id=own[0].id, company_ids=own.ids
            )
            cls.authors[which] = user.partner_id

    def _make(self, which, company, author, headers):
        company = self.companies[company]
        return self._make_mail(
            author,
            author_id=self.authors[which].id,
            record_company_id=company.id,
            record_alias_domain_id=company.alias_domain_id.id,
            **({"headers": str(headers)} if headers else {}),
        )

    def test_envelopes(self):
        server = self._make_server(BOTH)
        for case, names, which, company, author, headers, expected in ENVELOPES:
            with self.subTest(case):
                server.from_filter = names
                self._make(which, company, author, headers).send()
                delivery = self._last()
                self.assertEqual(delivery.mail_from, expected)
                path = delivery.message["Return-Path"]
                if expected in (GLOBEX, VERP):
                    self.assertEqual(path, expected, "the header says the same")

    def test_one_session_for_mails_of_several(self):
        """Each mail is asked for by itself, also where they leave together."""
        self._make_server(BOTH)
        for limit in ("100", "0"):
            key = "mail_deliverability.daily_limit"
            self.env["ir.config_parameter"].set_param(key, limit)
            self.sink.deliveries.clear()
            mails = self._make("2", "1", NEWS, {}) + self._make("1", "1", NEWS, {})
            mails.send()
            found = sorted(one.mail_from for one in self.sink.deliveries)
            self.assertEqual(found, [ACME, GLOBEX])

    def test_queries(self):
        """Each mail of another domain costs a few, however many leave together."""
        self._make_server(BOTH)
        counts = {}
        for author in (BOB, NEWS):
            for size in (1, 2, 12):  # the first one fills what is cached
                mails = self.env["mail.mail"].concat(
                    *(self._make("12", "1", author, {}) for _each in range(size))
                )
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                mails.send()
                counts[author, size] = self.env.cr.sql_log_count - before
        same, other = (
            (counts[author, 12] - counts[author, 2]) / 10 for author in (BOB, NEWS)
        )
        self.assertLessEqual(other - same, 5, counts)

    def test_default_sender_of_another_domain(self):
        self.domain.default_from = "odoo@globex.example"
        self._make_server(BOTH)
        for which, expected in (("1", ACME), ("12", GLOBEX)):
            self._make(which, "1", "Gus <gus@gmail.com>", {}).send()
            self.assertEqual(self._last().message["From"], "Gus <odoo@globex.example>")
            self.assertEqual(self._last().mail_from, expected)

    def test_two_records_of_one_name(self):
        """The one that the mail belongs to comes first."""
        twin = self.env["mail.alias.domain"].create(
            {"name": "globex.example", "bounce_alias": "twin", "catchall_alias": "c"}
        )
        self._make_server(BOTH)
        self._make("2", "2", NEWS, {}).send()
        self.assertEqual(self._last().mail_from, GLOBEX)
        self.company.alias_domain_id = twin
        self._make("2", "1", NEWS, {}).send()
        self.assertEqual(self._last().mail_from, "twin@globex.example")

    def test_the_bounce_comes_back(self):
        """Whichever bounce address was used, Odoo takes what comes to it."""
        partner = self.env["res.partner"].create(
            {"name": "Gone", "email": "gone@customer.example"}
        )
        self._make_server(BOTH)
        mail = self._make("2", "1", NEWS, {})
        mail.email_to = "gone@customer.example"
        mail.send()
        bounce = (
            "From: MAILER-DAEMON@customer.example\r\n"
            f"To: {self._last().mail_from}\r\n"
            "Subject: Undelivered\r\nMessage-ID: <1@customer.example>\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
            "\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNobody\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; mx.customer.example\r\n\r\n"
            "Final-Recipient: rfc822; gone@customer.example\r\nAction: failed\r\n"
            "Status: 5.1.1\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            f"Message-ID: {self._last().message['Message-ID']}\r\n\r\n--b--\r\n"
        )
        self.env["mail.thread"].message_process("res.partner", bounce)
        self.assertEqual(partner.message_bounce, 1)

    def test_preview_says_the_same(self):
        self._make_server(BOTH)
        user = self.authors["2"].user_ids
        user.email = "news@globex.example"
        self.env.flush_all()  # the preview reads with a cursor of its own
        values = {"author_kind": "user", "user_id": user.id}
        values["company_id"] = self.company.id
        preview = self.env["mail.sender.preview"].create(values)
        self.assertEqual(preview.envelope_from, GLOBEX)

    def test_outside_of_the_queue(self):
        """A message that belongs to no mail: the company of who sends it counts."""
        self._make_server(BOTH)
        for company, expected in ((self.company, ACME), (self.company_2, GLOBEX)):
            servers = self.env["ir.mail_server"].with_company(company)
            message = servers._build_email__(
                NEWS, ["customer@customer.example"], "Subject", "Body"
            )
            servers.send_email(message)
            self.assertEqual(self._last().mail_from, expected)
