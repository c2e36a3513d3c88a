# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lines where people type, and what is told of what was relayed."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.mail.tools.discuss import Store

from ...mailauth.dmarc.policy import DmarcResult
from ...mailauth.findings import Finding, reason
from ..axe import AxeMixin
from .people_common import PeopleCase, make_user

REPLACED = "notifications@acme.example"


@tagged("post_install", "-at_install")
class TestSenderLines(AxeMixin, HttpCase, PeopleCase):
    def registry_enter_test_mode(self, **_options):
        """HttpCase has done so for the whole class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.server + cls.server_2).active = False
        cls.acme_server = cls._make_server("acme.example")
        groups = "base.group_user,base.group_partner_manager"
        cls.anna, cls.kay = (
            make_user(cls.env, login, name=name, email=email, groups=groups)
            for login, name, email in [
                ("anna", "Anna Zöllner", "anna@yahoo.example"),
                ("kay", "Kay", "kay@acme.example"),
            ]
        )
        cls.customer = cls.env["res.partner"].create(
            {"name": "Customer", "email": "customer@customer.example"}
        )

    def _send_for_everybody(self):
        self.acme_server.active = False
        self._configure(from_filter=False)
        self.env["ir.config_parameter"].set_param("mail.default.from_filter", False)

    def _as(self, user, record):
        return record.with_user(user).with_company(self.company)

    # ------------------------------------------------------------ forms

    def test_user_form(self):
        with Form(self.env["res.users"].with_context(no_reset_password=True)) as form:
            form.name, form.login = "New", "new@yahoo.example"
            self.assertIn(REPLACED, form.sender_line)
            self.assertIn("does not include new@yahoo.example", form.sender_line)
            form.login = "new@acme.example"
            self.assertFalse(form.sender_line)

    def test_who_reads(self):
        """Who may change the address, and if another one would help."""
        admin = self.env.ref("base.user_admin")
        for reader, user, said in [
            (admin, self.anna, True),
            (self.anna, self.anna, True),
            (self.kay, self.anna, False),
            (self.kay, self.kay, False),
        ]:
            with self.subTest(reader=reader.login, user=user.login):
                line = self._as(reader, user).read(["sender_line"])[0]["sender_line"]
                self.assertEqual(bool(line), said, line)
        self.acme_server.from_filter = REPLACED
        line = self._as(self.anna, self.anna)
        self.anna.invalidate_recordset(["sender_line"])
        self.assertFalse(line.sender_line, "all are replaced: no address would help")
        self.assertTrue(self._as(admin, self.anna).sender_line)
        self.acme_server.from_filter = "acme.example"
        self.company_2.alias_domain_id = self.domain_2
        self.kay.email = "kay@globex.example"
        self.assertFalse(self._as(self.kay, self.kay).sender_line, "one's own domain")
        self.assertTrue(self._as(admin, self.kay).sender_line)

    def test_policies(self):
        """Without a filter DNS decides; what it is asked is told the next time."""
        self._send_for_everybody()
        admin = self._as(self.env.ref("base.user_admin"), self.anna)
        for email, words in [
            ("anna@yahoo.example", "asks receivers to distrust"),
            ("anna@gmail.com", "gives mailboxes to everybody"),
            ("anna at acme", "“anna at acme” is no email address"),
            ("anna@friendly.example", False),
            ("anna@acme.example", False),
            ("anna@unheard-of.example", False),
        ]:
            with self.subTest(email):
                self.anna.email = email
                admin.invalidate_recordset(["sender_line"])
                if words:
                    self.assertIn(words, admin.sender_line)
                else:
                    self.assertFalse(admin.sender_line)
        self.env["mail.author.policy"]._store(
            DmarcResult("reject", None, None, domain="unheard-of.example")
        )
        admin.invalidate_recordset(["sender_line"])
        self.assertIn("unheard-of.example asks", admin.sender_line)

    def test_server_form(self):
        with Form(self.env["ir.mail_server"]) as form:
            form.name, form.smtp_host = "New", "smtp.office365.com"
            form.smtp_user = "info@acme.example"
            form.from_filter = "acme.example, globex.example"
            self.assertTrue(form.sender_warning)
            self.assertFalse(form.sender_line, "it is said already")
            form.smtp_host = "smtp.acme.example"
            self.assertFalse(form.sender_line)
            form.from_filter = "acme.example, yahoo.example, x@gmail.com"
            self.assertIn("emails of yahoo.example from other", form.sender_line)
            self.assertIn("emails of gmail.com from other", form.sender_line)
            for odd in ("acme.example; globex.example", "acme example", "*@x.example"):
                form.from_filter = odd
                self.assertIn("can't hold", form.sender_line)
            form.from_filter = "@@"
            self.assertIn("can't hold", form.sender_line)
            for fine in (
                "@acme.example",
                " ACME.example,",
                f"x@y.example,{REPLACED}",
                "",
            ):
                form.from_filter = fine
                self.assertFalse(form.sender_line, fine)
            self.acme_server.active = False
            form.from_filter = "info@acme.example"
            self.assertIn(f"everybody else leave as {REPLACED}", form.sender_line)
            self.acme_server.active = True
            form.from_filter = "acme.example"

    def test_unauthenticated(self):
        """A domain of one's own is told to who may change DNS, in one sentence."""
        self.env["mail.sender.domain"]._keep(
            {
                ("acme.example", self.acme_server.id, "acme.example"): Finding(
                    "dmarc_alignment",
                    "fail",
                    why=(reason("unaligned_reject", domain="acme.example"),),
                )
            }
        )
        admin = self.env.ref("base.user_admin")
        told = self._as(admin, self.kay).sender_line
        self.assertRegex(
            told, "^Receivers may refuse emails of acme.example, [^.]*[.]$"
        )
        self.assertFalse(self._as(self.kay, self.kay).sender_line)
        self.assertIn("acme.example", self._as(admin, self.acme_server).sender_line)
        with Form(self.acme_server) as form:
            form.smtp_host = "another.example"
            self.assertFalse(form.sender_line, "it is not known of this one")

    def test_template_form(self):
        model = self.env.ref("base.model_res_partner").id
        template = self.env["mail.template"].new({"name": "New", "model_id": model})
        for email, words in [
            ("sales@yahoo.example", REPLACED),
            ("sales@acme.example", ""),
            ("{{ object.email }}", ""),  # is never tried here
            ("", ""),
        ]:
            template.email_from = email
            self.assertIn(words, template.sender_line or "")
            self.assertEqual(bool(template.sender_line), bool(words))

    def test_template_audited(self):
        """Of an expression the audit has found it out; only administrators are told."""
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env.ref("base.model_res_partner").id,
                "email_from": "{{ 'x@yahoo.example' or object.email }}",
            }
        )
        self.rows.create(
            {
                "source_model": "mail.template",
                "source_id": template.id,
                "email": "x@yahoo.example",
                "outcome": "encapsulated",
                "reason": "policy_enforced",
                "domain": "yahoo.example",
                "sent_as": f'"x" <{REPLACED}>',
            }
        )
        self.assertIn(REPLACED, template.sender_line)
        editor = make_user(
            self.env, "ed", groups="base.group_user,mail.group_mail_template_editor"
        )
        self.assertFalse(self._as(editor, template).sender_line)

    def test_composer_form(self):
        context = {
            "default_model": "res.partner",
            "default_res_ids": self.customer.ids,
            "default_composition_mode": "comment",
            "default_mail_server_id": 0,
        }
        composers = self._as(self.anna, self.env["mail.compose.message"])
        servers = self.env.registry["ir.mail_server"]
        with patch.object(servers, "_build_email__") as counted:
            form = Form(composers.with_context(**context))
        counted.assert_not_called()  # tests of other addons count what is built
        self.assertIn("does not include anna@yahoo.example", form.sender_line)
        log = {"default_subtype_xmlid": "mail.mt_note"}
        form = Form(composers.with_context(**context, **log))
        self.assertFalse(form.sender_line, "a note")
        composers = self._as(self.kay, self.env["mail.compose.message"])
        self.assertFalse(Form(composers.with_context(**context)).sender_line)

    # ------------------------------------------------------------ chatter

    def test_chatter_line(self):
        lines = self._as(self.anna, self.env["mail.sender.line"])
        told = lines.get_line("res.partner", self.customer.id)
        self.assertIn("does not include anna@yahoo.example", told)
        self.customer.company_id = self.company_2
        self.anna.company_ids += self.company_2
        both = lines.with_context(allowed_company_ids=self.anna.company_ids.ids)
        told = both.get_line("res.partner", self.customer.id)
        self.assertIn("notifications@globex.example", told, "the record's company")
        for odd in [
            ("res.partner", 0),
            ("res.partner", 2**40),
            ("res.partner", "1"),
            ("ir.cron", 1),
            ("nonsense", 1),
            (None, None),
            ({}, []),
        ]:
            with self.subTest(odd):
                self.assertIn(REPLACED, lines.get_line(*odd))
        told = self._as(self.kay, lines).get_line("res.partner", self.customer.id)
        self.assertFalse(told)
        with self.assertRaises(AccessError):
            portal = make_user(self.env, "portal_x", groups="base.group_portal")
            lines.with_user(portal).get_line("res.partner", self.customer.id)

    def test_fails_quietly(self):
        """Parameters from before the installation keep no form from opening."""
        self.env.cr.execute(
            "UPDATE ir_config_parameter SET value = 'x' WHERE key = %s",
            ["mail_deliverability.nameservers"],
        )
        self.env["ir.config_parameter"].set_param("mail.catchall.domain", "x.example")
        self.registry.clear_cache("stable")
        self.anna.email = "anna@unheard-of.example"
        self._as(self.anna, self.env["mail.sender.line"]).get_line("res.partner", 0)
        self.assertEqual(self.anna.name, "Anna Zöllner")

    def _open_composer(self, user):
        """Return the line of a composer that is opened on the customer."""
        composers = self._as(user, self.env["mail.compose.message"]).with_context(
            default_composition_mode="comment",
            default_model="res.partner",
            default_res_ids=self.customer.ids,
        )
        return composers.onchange({}, [], {"sender_line": {}})["value"]["sender_line"]

    def test_asks_no_dns(self):
        """Whatever is opened, about domains that nothing is known of."""
        admin = self.env.ref("base.user_admin")
        template = self.env["mail.template"].create(
            {"name": "T", "email_from": "x@unheard-of.example"}
        )
        self.anna.email = "anna@unheard-of.example"
        self.customer.email = "c@other.example"
        self.dns.queries.clear()
        for prepare in (lambda: None, self._send_for_everybody):
            prepare()
            self.acme_server.from_filter = "nowhere.example, acme.example"
            for reader in (admin, self.anna):
                for record in (self.anna, template, self.acme_server):
                    record.invalidate_recordset(["sender_line"])
                    if self._as(reader, record).has_access("read"):
                        self._as(reader, record).read(["sender_line"])
                lines = self._as(reader, self.env["mail.sender.line"])
                lines.get_line("res.partner", self.customer.id)
                self._open_composer(reader)
        self.assertFalse(self.dns.queries)
        noted = self.env.cr.postcommit.data["mail_deliverability_authors"]
        self.assertEqual(noted, {"nowhere.example", "unheard-of.example"}, "next time")

    def test_queries(self):
        """As many with little as with many of whatever a database has more of."""
        lines = self._as(self.anna, self.env["mail.sender.line"])

        def count():
            found = []
            for ask in (
                lambda: lines.get_line("res.partner", self.customer.id),
                lambda: self._open_composer(self.anna),
            ):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.assertTrue(ask())
                found.append(self.env.cr.sql_log_count - before)
            return found

        self._make_authors(3, "few")
        count()
        few = count()
        self.assertLess(few[0], 60)
        self._make_authors(300, "many")
        self.env.cr.execute(
            "UPDATE mail_message SET res_id = %s WHERE email_from LIKE 'many%%'",
            [self.customer.id],
        )
        self.env["mail.alias.domain"].create(
            [{"name": f"d{number}.example"} for number in range(30)]
        )
        for number in range(30):
            self._make_server(f"d{number}.example")
        self.env["res.company"].create([{"name": f"C{n}"} for n in range(10)])
        for number in range(30):
            self.env["mail.author.policy"]._store(
                DmarcResult("reject", None, None, domain=f"p{number}.example")
            )
        count()
        many = count()
        self.assertLessEqual(many[0], few[0])
        self.assertLessEqual(many[1], few[1])

    # ------------------------------------------------------------ what was relayed

    def _post(self, user, **values):
        values["body"] = "x"
        return self._as(user, self.customer).message_post(
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
            **values,
        )

    def _note(self, message):
        notes = message.notification_ids
        return notes.filtered(lambda one: one.res_partner_id == self.customer)

    def _told(self, message, user):
        store = Store(bus_channel=user)
        store.add(self._note(message).sudo())
        rows = store.get_result().get("mail.notification", [])
        return [row.get("relayed_title") for row in rows]

    def test_relayed(self):
        admin = self.env.ref("base.user_admin")
        message = self._post(self.anna)
        self.env.flush_all()
        note = self._note(message)
        self.assertEqual(note.notification_status, "sent")
        self.assertEqual(note.sudo().relayed_as, REPLACED)
        self.assertIn(REPLACED, self._last().message["From"])
        words = f"Sent as {REPLACED}, because your mail server may not send for yahoo"
        self.assertIn(words, self._told(message, admin)[0])
        own = self._post(self.kay)
        self.assertFalse(self._note(own).sudo().relayed_as)
        self.assertEqual(self._told(own, admin), [False])
        self._send_for_everybody()
        for email, words in [
            ("anna@yahoo.example", "because yahoo.example refuses mails from other"),
            ("anna@aol.example", "wants mails from other servers in spam"),
            ("anna@gmail.com", "receivers distrust gmail.com addresses"),
        ]:
            self.anna.email = email
            told = self._told(self._post(self.anna), admin)[0]
            self.assertIn(words, told)

    def test_relayed_is_for_colleagues(self):
        message = self._post(self.anna)
        portal = make_user(self.env, "portal_y", groups="base.group_portal")
        self.assertNotIn(REPLACED, str(self._told(message.sudo(), portal)))
        with self.assertRaises(AccessError):
            self._note(message).with_user(portal).read(["relayed_as"])

    # ------------------------------------------------------------ parameters

    def test_parameters(self):
        names = self.env["mail.deliverability.parameter"].search([])
        now = {row.key: row.now for row in names}
        self.assertEqual(
            now["mail.catchall.domain"], "Your addresses end in @acme.example."
        )
        self.assertIn("catchall@acme.example", now["mail.catchall.alias"])
        self.assertIn("bounce@acme.example", now["mail.bounce.alias"])
        said = f"Authors outside acme.example are sent as {REPLACED}."
        self.assertEqual(now["mail.default.from"], said)
        self.assertIn("“acme.example”", now["mail.default.from_filter"])
        self.assertIn("filter does", now["mail_deliverability.sender_policy"])
        self.assertNotIn(False, now.values(), now)
        stored = self.env["ir.config_parameter"].search([])
        told = {row.key: row.mail_now for row in stored}
        self.assertEqual(told["mail.default.from"], said)
        self.assertFalse(told["database.uuid"])

    def test_sender_policies(self):
        self._send_for_everybody()
        parameters = self.env["ir.config_parameter"]
        key = "mail_deliverability.sender_policy"
        row = self.env["mail.deliverability.parameter"].search([("key", "=", key)])
        for value, words in [
            ("dmarc", "if their domain does not want other servers"),
            ("always", f"are sent as {REPLACED}."),
            ("filter", "Authors are sent as themselves."),
        ]:
            parameters.set_param(key, value)
            row.invalidate_recordset(["now"])
            self.assertIn(words, row.now)

    # ------------------------------------------------------------ in Chromium

    def test_tour(self):
        admin = self.env.ref("base.user_admin")
        admin.email = "admin@yahoo.example"
        admin.group_ids += self.env.ref("base.group_no_one")
        self._post(admin)
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}?debug=1",
            "mail_sender_lines",
            login="admin",
            timeout=300,
        )
