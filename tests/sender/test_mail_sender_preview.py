# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from typing import get_args
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...mailauth.dmarc.policy import DmarcResult
from ...mailauth.sender import Rule
from ...models.sender import author_lookups, mail_author_policy
from ...models.sender.sentences import SENTENCES
from ..common import SmtpCase, delete_alias_domains
from .test_author_lookups import PATIENT, HeldDns

ANNA = '"Anna" <anna@yahoo.example>'


@tagged("post_install", "-at_install")
class TestMailSenderPreview(SmtpCase):
    def setUp(self):
        super().setUp()
        self.preview = self.env["mail.sender.preview"]
        # DNS has said it before: a preview does not wait for it.
        for domain, policy in (("yahoo.example", "reject"), ("absent.example", None)):
            result = DmarcResult(policy, None, None, domain=domain)
            self.env["mail.author.policy"]._store(result)

    def _preview(self, author, **values):
        preview = self.preview.create(
            {"author_kind": "email", "email": author, **values}
        )
        self.assertFalse(self.sink.deliveries, "a preview sends nothing")
        return preview

    def test_same_as_sent(self):
        """Whatever the configuration, the preview tells what then leaves."""
        configurations = [
            ([], {}, False),
            ([], {"from_filter": "acme.example"}, False),
            (["acme.example"], {}, False),
            (["globex.example", "acme.example"], {}, False),
            (["globex.example"], {}, True),
            ([False], {}, False),
            ([False], {}, True),
            (["notifications@acme.example"], {}, False),
        ]
        authors = [ANNA, "bob@acme.example", "eve@globex.example", "Robert"]
        for filters, options, forced in configurations:
            servers = [self._make_server(from_filter) for from_filter in filters]
            server = servers[0] if forced else self.env["ir.mail_server"]
            self._configure(**{"from_filter": False, **options})
            for author in authors:
                with self.subTest(filters=filters, forced=forced, author=author):
                    self.sink.deliveries.clear()
                    preview = self._preview(author, mail_server_id=server.id)
                    self._make_mail(author, mail_server_id=server.id).send()
                    message = self._last().message
                    self.assertEqual(preview.header_from, message["From"])
                    self.assertEqual(preview.reply_to, message["Reply-To"])
                    self.assertEqual(preview.envelope_from, self._last().mail_from)
                    self.sink.deliveries.clear()
            self.env["ir.mail_server"].concat(*servers).active = False

    def test_form(self):
        server = self._make_server("acme.example")
        form = Form(self.preview)
        self.assertEqual(form.user_id, self.env.user)
        form.author_kind = "email"
        self.assertFalse(form.header_from)
        form.email = ANNA
        self.assertEqual(form.header_from, "Anna <notifications@acme.example>")
        self.assertEqual(form.reply_to, "OdooBot <catchall@acme.example>")
        self.assertEqual(form.envelope_from, "bounce@acme.example")
        self.assertEqual(form.server, server.display_name)
        self.assertIn("may only send for acme.example", form.explanation)
        self.assertFalse(form.warning)
        form.author_kind = "partner"
        form.partner_id = self.env["res.partner"].create(
            {"name": "Bob", "email": "bob@acme.example"}
        )
        self.assertEqual(form.header_from, "Bob <bob@acme.example>")
        self.assertEqual(form.email, ANNA, "what was typed stays")

    def test_dns_has_not_answered_yet(self):
        """All else is shown at once; what DNS says later, with a button."""
        self._configure()
        self.startPatcher(
            patch.object(author_lookups, "_process", author_lookups.Lookups())
        )
        zone = {("_dmarc.held.example", "TXT"): ["v=DMARC1; p=none"]}
        with HeldDns(zone) as dns:
            key = "mail_deliverability.nameservers"
            self.env["ir.config_parameter"].set_param(key, dns.address)
            preview = self._preview("Anna <anna@held.example>")
            self.assertEqual(preview.header_from, "Anna <notifications@acme.example>")
            self.assertEqual(preview.envelope_from, "bounce@acme.example")
            self.assertIn("DNS is being asked", preview.explanation)
            self.assertEqual(preview.asked_domain, "held.example")
            dns.release()
            action = preview.action_show_answer()
            # A slow machine may need longer than anybody waits.
            key = (self.env.cr.dbname, "held.example")
            author_lookups.get().wait_until_ended(key, PATIENT)
        self.assertEqual(action["res_id"], preview.id)
        answers = [call.args[1] for call in mail_author_policy._keep.call_args_list]
        self.assertEqual(answers[-1].domain, "held.example")
        self.env["mail.author.policy"]._store(answers[-1])
        preview.invalidate_recordset()
        self.assertEqual(preview.header_from, "Anna <anna@held.example>")
        self.assertIn("lets others send", preview.explanation)
        self.assertFalse(preview.asked_domain)

    def test_companies(self):
        self._make_server("acme.example")
        self._make_server("globex.example")
        preview = self._preview(ANNA, company_id=self.company_2.id)
        self.assertEqual(preview.header_from, "Anna <notifications@globex.example>")
        self.assertEqual(preview.envelope_from, "bounce@globex.example")
        self.assertEqual(preview.server, "globex.example")

    def test_companies_without_default(self):
        """The preview tells what leaves when somebody of another company posts."""
        company_3 = self.env["res.company"].create({"name": "Initech"})
        company_3.alias_domain_id = False
        self.domain_2.default_from = False
        customer = self.env["res.partner"].create(
            {"name": "Customer", "email": "customer@customer.example"}
        )
        self._make_server("acme.example")
        for company in (self.company, self.company_2, company_3):
            record = self.env["res.partner"].create(
                {"name": "Record", "company_id": company.id}
            )
            with (
                self.subTest(company.name),
                mute_logger("odoo.addons.base.models.ir_mail_server"),
            ):
                preview = self._preview(ANNA, company_id=company.id)
                record.message_post(
                    body="Hello",
                    email_from=ANNA,
                    author_id=False,
                    partner_ids=customer.ids,
                    subtype_xmlid="mail.mt_comment",
                )
                message = self._last().message
                self.assertEqual(preview.header_from, message["From"])
                self.assertEqual(preview.envelope_from, self._last().mail_from)
                self.sink.deliveries.clear()

    def test_author_without_address(self):
        """Nobody is the author then, and not whoever looks at the preview."""
        self._make_server("acme.example")
        user = new_test_user(self.env, "robert", "base.group_user")
        user.email = False
        self.env.flush_all()  # the preview reads with a cursor of its own
        for values in (
            {"author_kind": "user", "user_id": user.id},
            {"author_kind": "partner", "partner_id": user.partner_id.id},
        ):
            with self.subTest(values):
                preview = self.preview.create(values)
                self.assertEqual(preview.header_from, "notifications@acme.example")
                self.assertIn("Nobody is named", preview.explanation)
        for kind in ("user", "partner", "email"):
            values = {"author_kind": kind, "user_id": False}
            self.assertFalse(self.preview.create(values).header_from)

    def test_nothing_stays(self):
        self._make_server("acme.example")
        before = self.env["mail.mail"].search_count([])
        self._preview(ANNA)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def test_personal_server(self):
        user = new_test_user(
            self.env, "owner", "base.group_user", email="owner@gmail.example"
        )
        server = self._make_server("owner@gmail.example", owner_user_id=user.id)
        user.outgoing_mail_server_id = server
        self._make_server("acme.example")
        preview = self.preview.create({"author_kind": "user", "user_id": user.id})
        self.assertIn("owner@gmail.example", preview.header_from)
        self.assertIn("own server", preview.explanation)

    def test_every_reason_has_a_sentence(self):
        self.assertEqual(SENTENCES.keys(), set(get_args(Rule)))

    def test_reasons(self):
        self._configure()
        cases = [
            (ANNA, "dmarc", "asks receivers to distrust"),
            ("x@absent.example", "dmarc", "lets others send"),
            ("x@gmail.com", "dmarc", "gives mailboxes to everybody"),
            ("bob@acme.example", "dmarc", "your own"),
            ("x@absent.example", "always", "replaces all such addresses"),
            ("x@absent.example", "filter", "leaves all authors as they are"),
            ("Robert", "dmarc", "Nobody is named"),
        ]
        for author, policy, words in cases:
            with self.subTest(author=author, policy=policy):
                key = "mail_deliverability.sender_policy"
                self.env["ir.config_parameter"].set_param(key, policy)
                self.assertIn(words, self._preview(author).explanation)

    def test_faults(self):
        self._make_server("other.example")
        self.assertIn("outside", self._preview(ANNA).warning)
        self.domain.default_from = False
        self.assertIn("Default From", self._preview(ANNA).warning)

    def test_malformed(self):
        self.env["res.company"].search([]).alias_domain_id = False
        delete_alias_domains(self.env["mail.alias.domain"].search([]))
        self._configure()
        for garbage in (
            "Robert", "a@", "@acme.example", "a@acme", "a@x.de, b@x.de", "<", "a (",
            '"', ":;", "a:b@", "\\", "<a@", "=?utf-8?q?=40?=",
        ):  # fmt: skip
            with self.subTest(garbage):
                warning = f"“{garbage}” is no email address."
                self.assertEqual(self._preview(garbage).warning, warning)

    def test_button(self):
        server = self._make_server("acme.example")
        action = server.action_preview_sender()
        preview = self.preview.with_context(**action["context"]).new({})
        self.assertEqual(preview.mail_server_id, server)

    def test_rights(self):
        user = new_test_user(self.env, "colleague", "base.group_user")
        for operation in ("read", "write", "create", "unlink"):
            with self.assertRaises(AccessError):
                self.preview.with_user(user).check_access(operation)
