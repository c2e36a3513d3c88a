# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The audit of sender addresses: what it says is what then leaves."""

import socket
import subprocess
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields, sql_db
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...mailauth.findings import Finding
from ...mailauth.mailbox import decode_words
from ...models.people import mail_sender_address_audit, rendering
from .people_common import QUIET, ZONE, PeopleCase, make_user

# (name, address, companies beyond the first)
PEOPLE = [
    ("Ada Lovelace", "ada.lovelace@acme.example", ()),
    ("Bob Ray", "bob@yahoo.example", (1,)),
    ("Eve, Lin", "eve@globex.example", (1, 2)),
    ("Grace Hopper", "grace@friendly.example", ()),
    ("Jürgen Böll", "juergen@gmail.com", (1,)),
    ("Kay", "kay@acme.example", (1, 2)),
    ("Linus", "Linus <linus@aol.example>", ()),
    ("Mary", "mary@initech.example", (2,)),
    ("Nobody", False, ()),
    ("Odd", "not an address", ()),
    ("Pia", "pia@sub.acme.example", ()),
    ('Quotes "Q"', "q@acme.example", ()),
]
# email_from, reply_to of templates; each stands for the same with more names
TEMPLATES = [
    ("info@acme.example", ""),
    ("{{ object.company_id.email_formatted or user.email_formatted }}", ""),
    ('"{{ object.name }}" <sales@yahoo.example>', ""),
    ("sales@globex.example", "answers@globex.example"),
    ("{{ object.user_id.email_formatted or 'x@friendly.example' }}", ""),
    ("{{ object.email_formatted }}", "{{ object.email }}"),
    ("(" * 600 + "a@acme.example", ""),
    ("a@[1.2.3.4", ""),
    ("{{ object.parent_id.email }}", ""),
    ("{{ 1 / (object.name != 'Yahoo') }}", ""),
]


def _get_subject(row):
    """Return what the mail of a row is found by."""
    return f"Row {row.id}"


@tagged("post_install", "-at_install")
class TestSenderAudit(PeopleCase):
    def _make_people(self):
        groups = self.env.ref("base.group_user")
        groups += self.env.ref("base.group_partner_manager")
        self.env["res.users"].with_context(**QUIET).create(
            [
                {
                    "company_id": self.company.id,
                    "company_ids": [
                        (6, 0, [self.companies[one].id for one in (0, *others)])
                    ],
                    "email": email,
                    "group_ids": [(6, 0, groups.ids)],
                    "login": f"people{number}",
                    "name": name,
                }
                for number, (name, email, others) in enumerate(PEOPLE)
            ]
        )

    def _make_templates(self):
        model = self.env.ref("base.model_res_partner").id
        servers = [False, self.server.id, False, self.server_2.id]
        return self.env["mail.template"].create(
            [
                {
                    "name": f"Template {number}",
                    "model_id": model,
                    "email_from": TEMPLATES[number % len(TEMPLATES)][0],
                    "reply_to": TEMPLATES[number % len(TEMPLATES)][1],
                    "email_to": "customer@customer.example",
                    "mail_server_id": servers[number // len(TEMPLATES)],
                }
                for number in range(4 * len(TEMPLATES))
            ]
        )

    # ------------------------------------------------------------ the words

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_same_as_sent(self):
        """For each row what a real mail has in From, Reply-To and the envelope."""
        self._make_people()
        self._make_templates()
        self.env["mail.alias"].create(
            {
                "alias_name": "jobs",
                "alias_model_id": self.env.ref("base.model_res_partner").id,
                "alias_domain_id": self.domain_2.id,
            }
        )
        customer = self.env["res.partner"].create(
            {"name": "Customer", "email": "customer@customer.example"}
        )
        yahoo = self.env["res.partner"].create(
            {"name": "Yahoo", "email": "anna@yahoo.example"}
        )
        record = self.env["res.partner"].create(
            {
                "name": "Record",
                "email": "r@customer.example",
                "company_id": self.company_2.id,
            }
        )
        record.message_post(
            body="x",
            author_id=yahoo.id,
            message_type="comment",
            partner_ids=customer.ids,
        )
        scheduled = self.env["mail.scheduled.message"].create(
            {
                "author_id": yahoo.id,
                "body": "x",
                "model": "res.partner",
                "partner_ids": customer.ids,
                "res_id": record.id,
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        somebody = rendering._as_somebody(self.env)
        last = somebody["res.partner"].search([], limit=1, order="id desc")
        rows = self._audit()
        self.assertTrue(self._row("mail.scheduled.message", scheduled))
        refused = rows.filtered(lambda row: row.outcome == "refused")
        unknown = rows.filtered(lambda row: row.reason.startswith("record_"))
        self.assertEqual(set(unknown.mapped("outcome")), {"depends"})
        for row in refused:
            with self.subTest(row.source_model, email=row.email):
                self._check_refused(row, customer, last)
        sent = rows - refused - unknown
        deliveries = self._send_all(sent, customer, last)
        for row in sent:
            company = row.company_id.name
            with self.subTest(row.source_model, email=row.email, company=company):
                self._compare(row, deliveries[_get_subject(row)])
        self.assertGreater(len(sent), 50)
        outcomes = [code for code, _name in rows._fields["outcome"].selection]
        self.assertEqual(set(rows.mapped("outcome")), set(outcomes))

    def _send_all(self, rows, customer, last):
        """Send what rows are about, by the queue where one may, and return it.

        :rtype: dict[str, Delivery]
        """
        self.sink.deliveries.clear()
        for row in rows:
            self._send(row, customer, last, force_send=False)
        self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        return {one.message["Subject"]: one for one in self.sink.deliveries}

    def _compare(self, row, delivery):
        message = delivery.message
        self.assertEqual(row.sent_as, decode_words(message["From"]))
        self.assertEqual(row.reply_to or "", decode_words(message["Reply-To"] or ""))
        self.assertEqual(row.envelope_from, delivery.mail_from)
        hidden = message["X-Original-From"] is not None
        self.assertEqual(row.outcome == "encapsulated", hidden or not row.domain)

    def _check_refused(self, row, customer, last):
        self.sink.deliveries.clear()
        try:
            self._send(row, customer, last)
        except Exception as error:  # noqa: BLE001 # pylint: disable=broad-except
            self.assertNotIsInstance(error, AssertionError)
        self.assertFalse(self.sink.deliveries)

    def _get_document(self, company):
        known = self.env["res.partner"].search(
            [("name", "=", "Document"), ("company_id", "=", company.id)]
        )
        values = {"name": "Document", "company_id": company.id}
        return known or self.env["res.partner"].create(values)

    def _send(self, row, customer, last, *, force_send=True):
        """Send what the row is about, by the way that people and Odoo do."""
        company = row.company_id or self.company
        context = {"mail_notify_force_send": force_send}
        env = self.env(context={**context, "allowed_company_ids": company.ids})
        model, record_id = row.source_model, row.source_id
        if model in ("res.users", "res.partner"):
            record = self._get_document(company).with_env(env)
            post = record.sudo()
            author = {"author_id": record_id}
            if model == "res.users":
                author = {}
                post = (
                    record.with_user(record_id)
                    .sudo()
                    .with_context(
                        allowed_company_ids=self.env["res.users"]
                        .browse(record_id)
                        .company_id.ids
                    )
                )
            post.message_post(
                body="x",
                message_type="comment",
                partner_ids=customer.ids,
                subject=_get_subject(row),
                subtype_xmlid="mail.mt_comment",
                **author,
            )
        elif model == "mail.template":
            template = env["mail.template"].browse(record_id)
            values = {"subject": _get_subject(row)}
            template.send_mail(last.id, force_send=force_send, email_values=values)
        elif model == "mail.scheduled.message":
            planned = env[model].browse(record_id)
            planned.subject = _get_subject(row)
            planned._post_message()
        else:
            self._send_plain(env, row, company)

    def _send_plain(self, env, row, company):
        values = {"email_to": "customer@customer.example", "email_from": row.email}
        values["subject"] = _get_subject(row)
        if row.source_model == "res.company":
            values["email_from"] = company.email_formatted
        elif row.source_model == "mail.alias":
            values["record_alias_domain_id"] = (
                env["mail.alias"].browse(row.source_id).alias_domain_id.id
            )
            values["record_company_id"] = company.id
        elif row.source_model == "ir.mail_server":
            values["mail_server_id"] = row.source_id
            if row.email.startswith("@"):
                values["email_from"] = f"anybody{row.email}"
            name = row.email.rpartition("@")[2]
            whose = self.companies.filtered(lambda c: c.alias_domain_id.name == name)
            env = self.env(context={"allowed_company_ids": (whose or self.company).ids})
        env["mail.mail"].create(values).send()

    # ------------------------------------------------------------ outcomes

    def test_outcomes(self):
        """One of each, with what is told of it."""
        users = {
            name: make_user(self.env, name, email=email, company_id=company.id)
            for name, email, company in [
                ("own", "own@acme.example", self.company),
                ("yahoo", "yahoo@yahoo.example", self.company),
                ("globex", "globex@globex.example", self.company_2),
                ("free", "free@gmail.com", self.company),
            ]
        }
        for user in users.values():
            user.company_ids = user.company_id
        self._audit()
        # (user, outcome, reason, policy, provider, a word of the explanation)
        for name, *expected, word in [
            ("own", "authenticated", "aligned_spf", "reject", False, "SPF"),
            ("yahoo", "encapsulated", "filter_mismatch", "reject", False, "include"),
            ("globex", "unauthenticated", "unaligned_none", "none", False, ""),
            ("free", "encapsulated", "filter_mismatch", "none", True, "include"),
        ]:
            row = self._row("res.users", users[name])
            found = [row.outcome, row.reason, row.policy, row.is_mailbox_provider]
            with self.subTest(name):
                self.assertEqual(found, expected)
                self.assertIn(word, row.explanation)
                self.assertEqual(row.source_name, users[name].name)

    def test_refused_by_the_service(self):
        """A service that takes its own account only refuses other senders."""
        provider = self.env["mail.sending.provider"].create(
            {
                "name": "Strict",
                "from_policy": "refuse",
                "host_patterns": "strict.example",
                "source": "https://strict.example",
            }
        )
        self.server.write(
            {"from_filter": "one@acme.example", "smtp_host": "strict.example"}
        )
        self.assertEqual(self.server.provider_id, provider)
        self.company.alias_domain_id.default_from = "two"
        user = make_user(self.env, "yahoo", email="yahoo@yahoo.example")
        self.server_2.active = False
        self._audit()
        row = self._row("res.users", user)
        self.assertEqual(
            (row.outcome, row.reason), ("refused", "sender_default_refused")
        )
        self.assertIn("Strict", row.explanation)

    def test_rows_follow(self):
        """What is gone leaves the list, what has changed is told anew."""
        user = make_user(self.env, "anna", email="anna@yahoo.example")
        other = make_user(self.env, "bob", email="bob@yahoo.example")
        self._audit()
        self.assertEqual(self._row("res.users", user).outcome, "encapsulated")
        user.email = "anna@acme.example"
        other.active = False
        self._audit()
        self.assertEqual(self._row("res.users", user).outcome, "authenticated")
        gone = [("source_model", "=", "res.users"), ("source_id", "=", other.id)]
        self.assertFalse(self.rows.search(gone))

    def test_odd_filters(self):
        """Entries from before the installation: some are read, others are told."""
        self.env.flush_all()
        query = "UPDATE ir_mail_server SET from_filter = %s WHERE id = %s"
        entries = "@acme.example, a b, x@globex.example"
        self.env.cr.execute(query, [entries, self.server.id])
        self.server.invalidate_recordset()
        self._audit()
        mine = [("source_model", "=", "ir.mail_server")]
        mine += [("source_id", "=", self.server.id)]
        rows = {row.email: row for row in self.rows.search(mine)}
        self.assertEqual(set(rows), {"@acme.example", "@a b", "x@globex.example"})
        self.assertEqual(rows["@acme.example"].outcome, "authenticated")
        self.assertIn("lets nobody pass", rows["@a b"].explanation)

    def test_switched_off(self):
        """Who waits for an audit is told that none is to come."""
        self.assertFalse(self.rows.get_progress()["is_off"])
        self.env.ref(mail_sender_address_audit.CRON).active = False
        self.assertTrue(self.rows.get_progress()["is_off"])

    def test_no_time_left(self):
        """What was judged is not judged again: the next run goes on."""
        new = [
            make_user(self.env, f"n{one}", email=f"n{one}@d.example") for one in "ab"
        ]
        with patch.object(mail_sender_address_audit, "CHUNK", 1):
            self.rows._audit(lambda *_done, **_left: 0)
            self.assertEqual(len(self.rows.search([])), 1)
            self.rows._audit(lambda *_done, **_left: 0)
            self.assertEqual(len(self.rows.search([])), 2)
        self.rows._audit(lambda *_done, **_left: float("inf"))
        for user in new:
            self.assertTrue(self._row("res.users", user))

    def test_published_meanwhile(self):
        """Who publishes a record finds it in the list, and not only a day later."""
        kay = make_user(self.env, "kay", email="kay@acme.example")
        anna = make_user(self.env, "anna", email="anna@yahoo.example")
        self._audit()
        self.assertEqual(self._row("res.users", kay).outcome, "authenticated")
        refused = {("acme.example", "TXT"): ["v=spf1 -all"]}
        self.startPatcher(patch.dict(self.dns.zone, refused))
        self.domain.action_check_authentication()
        self.assertFalse(self._row("res.users", kay).checked_on)
        self.assertTrue(self._row("res.users", anna).checked_on, "another domain")
        self.rows._audit(lambda *_done, **_left: float("inf"))
        self.assertEqual(self._row("res.users", kay).outcome, "unauthenticated")
        self.domain.action_check_authentication()
        self.assertTrue(self._row("res.users", kay).checked_on, "nothing is new")

    def test_no_email_domain_yet(self):
        """As right after the installation: DNS is asked all the same."""
        self.companies.alias_domain_id = False
        (self.domain + self.domain_2).active = False
        user = make_user(self.env, "anna", email="anna@friendly.example")
        self.server.from_filter = "friendly.example"
        self._audit()
        row = self._row("res.users", user, company_id=self.company.id)
        self.assertEqual(row.outcome, "unauthenticated")

    def test_dns_is_silent(self):
        """Nothing is known then, and it is asked again."""
        user = make_user(self.env, "anna", email="anna@acme.example")
        silent = {key: "servfail" for key in ZONE if key[0].endswith("acme.example")}
        self.startPatcher(patch.dict(self.dns.zone, silent))
        self._audit()
        row = self._row("res.users", user)
        self.assertEqual((row.outcome, row.reason), ("depends", "dns_silent"))
        self.assertIn("acme.example", row.explanation)

    def test_what_dns_says_twice(self):
        """There is one row for a way, with what DNS has said last."""
        domains, way = self.env["mail.sender.domain"], ("acme.example", 0, "")
        for status, verdict in (("pass", "yes"), ("fail", "no")):
            domains._keep({way: Finding("dmarc_alignment", status)})
            self.assertEqual(domains._find_known([way])[way].verdict, verdict)

    # ------------------------------------------------------------ rendering

    def _render(self, expression):
        template = self.env["mail.template"].create(
            {"name": "T", "model_id": self.env.ref("base.model_res_partner").id}
        )
        query = "UPDATE mail_template SET email_from = %s WHERE id = %s"
        self.env.flush_all()
        self.env.cr.execute(query, [expression, template.id])
        template.invalidate_recordset()
        return rendering.render_sender(template)

    @mute_logger("odoo.addons.mail.models.mail_render_mixin", "odoo.sql_db")
    def test_expressions_that_go_too_far(self):
        """What they write is undone; what fails, lasts or leads out is given up."""
        record = self.env["res.partner"].create({"name": "Last"})
        for expression, problem, seconds in [
            ("{{ object.write({'name': 'Changed'}) and 'a@acme.example' }}", "", 60),
            ("{{ 1 / 0 }}", "record_error", 60),
            ("{{ object.no_such_field }}", "record_error", 60),
            ("{{ object.env.cr.execute('SELECT nothing') }}", "record_error", 60),
            ("{{ '' }}", "record_error", 60),
            (r"{{ 'a@\ud800.example' }}", "record_error", 60),
            (r"{{ 'a@acme.example\0' }}", "record_error", 60),
            ("{{ sum(1 for x in range(10 ** 12)) }}", "record_slow", 0.3),
            ("{{ object.env.cr.execute('SELECT pg_sleep(60)') }}", "record_slow", 0.3),
        ]:
            with self.subTest(expression), patch.object(rendering, "SECONDS", seconds):
                began = time.monotonic()
                self.assertEqual(self._render(expression).problem, problem)
                self.assertLess(time.monotonic() - began, 20)
                self.assertEqual(record.name, "Last")

    def test_nothing_leads_out(self):
        for reach in (
            lambda: socket.create_connection(("127.0.0.1", 9)),
            lambda: subprocess.run(["true"], check=False),
            lambda: sql_db.Cursor.commit(None),
        ):
            with self.assertRaises(rendering.StoppedError), rendering.watched(60):
                reach()

    def test_rendered_with_nobodys_rights(self):
        """Never as superuser: those of an administrator, as whoever sends has them."""
        self.env["res.partner"].create({"name": "Last"})
        found = self._render("{{ object.env.su }}@{{ object.env.uid }}.example")
        self.assertNotIn("True", found.email_from)
        self.assertNotIn("@1.example", found.email_from)

    # ------------------------------------------------------------ cost

    def _count_audit(self):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._audit()
        return self.env.cr.sql_log_count - before

    def test_queries(self):
        """Their number does not grow with people, partners, nor messages."""
        few = [self._make_authors(3, "few")]
        self._count_audit()  # the first time fills caches
        with_few = self._count_audit()
        many = self._make_authors(40, "many")
        new_users = self.env["res.users"].create(
            [
                {"name": f"User {n}", "login": f"user{n}", "email": f"u{n}@d1.example"}
                for n in range(5)
            ]
        )
        self._count_audit()
        with_many = self._count_audit()
        self.assertLessEqual(with_many, with_few + 2)
        for ids in (*few, many):
            mine = [("source_model", "=", "res.partner"), ("source_id", "in", ids)]
            rows = self.rows.search(mine)
            self.assertEqual(len(rows), len(ids))
            self.assertEqual(set(rows.mapped("mail_count")), {1})
        self.assertTrue(self._row("res.users", new_users[0]))

    # ------------------------------------------------------------ access

    def test_who_sees_what(self):
        for number, company in enumerate(self.companies):
            make_user(
                self.env,
                f"of{number}",
                email=f"of{number}@yahoo.example",
                groups="base.group_user,base.group_system",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
            )
        self._audit()
        for number, company in enumerate(self.companies):
            user = self.env["res.users"].search([("login", "=", f"of{number}")])
            seen = self.rows.with_user(user).search([])
            with self.subTest(company.name):
                self.assertIn(f"of{number}@yahoo.example", seen.mapped("email"))
                self.assertLessEqual(set(seen.company_id.ids), {company.id})
                self.assertGreater(
                    self.rows.with_user(user).get_progress()["domains"], 0
                )
        employee = make_user(self.env, "employee", groups="base.group_user")
        for user in (employee, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.rows.with_user(user).search([])
            with self.assertRaises(AccessError):
                self.rows.with_user(user).get_progress()
        with self.assertRaises(UserError):
            self.rows.with_user(self.env.ref("base.user_admin")).undo_last()
