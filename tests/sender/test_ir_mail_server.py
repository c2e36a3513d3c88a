# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import copy
import email.policy
import itertools
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.mime.text import MIMEText
from email.utils import getaddresses

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SmtpCase

D = "notifications@acme.example"
BOB = '"Bob" <bob@acme.example>'
ANNA = '"Anna" <anna@yahoo.example>'
EVE = '"Eve" <eve@globex.example>'
OPEN = '"Olga" <olga@open.example>'
GMAIL = '"Gus" <gus@gmail.com>'
BOUNCE = "bounce@acme.example"
KEPT_BOB, ANNA_BY_D = "Bob <bob@acme.example>", f"Anna <{D}>"

# Ways out where the server has a filter, and what each does: (author, filter) -> From.
FILTERED = [
    (BOB, "acme.example", KEPT_BOB),
    (ANNA, "acme.example", ANNA_BY_D),
    (EVE, "acme.example", f"Eve <{D}>"),
    (BOB, D, f"Bob <{D}>"),
    (BOB, " @ACME.Example. ", KEPT_BOB),
    ("bob@mail.acme.example", "acme.example", f"bob <{D}>"),
    ('"B" <b@münchen.example>', "xn--mnchen-3ya.example, acme.example",
     "B <b@xn--mnchen-3ya.example>"),
]  # fmt: skip
# Ways out that Odoo leaves as they are where there is no filter:
# (author, sender policy) -> From.
UNFILTERED = [
    (BOB, "dmarc", KEPT_BOB),
    (EVE, "dmarc", "Eve <eve@globex.example>"),
    (ANNA, "dmarc", ANNA_BY_D),
    (OPEN, "dmarc", "Olga <olga@open.example>"),
    (GMAIL, "dmarc", f"Gus <{D}>"),
    ("x@broken.example", "dmarc", f"x <{D}>"),
    (ANNA, "filter", "Anna <anna@yahoo.example>"),
    (OPEN, "always", f"Olga <{D}>"),
    (BOB, "always", KEPT_BOB),
]


@tagged("post_install", "-at_install")
class TestIrMailServer(SmtpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dns.zone["_dmarc.yahoo.example", "TXT"] = ["v=DMARC1; p=reject"]
        cls.dns.zone["_dmarc.open.example", "TXT"] = ["v=DMARC1; p=none"]
        cls.dns.zone["_dmarc.broken.example", "ANY"] = "servfail"
        cls.dns.zone["broken.example", "ANY"] = "servfail"
        cls.parameters = cls.env["ir.config_parameter"]
        cls.customer = cls.env["res.partner"].create(
            {"name": "Customer", "email": "customer@customer.example"}
        )

    # ------------------------------------------------------------
    # Every way out
    # ------------------------------------------------------------

    def _send_from_queue(self, author, **values):
        mail = self._make_mail(author, **values)
        self.env["mail.mail"].process_email_queue(mail.ids)

    def _send_at_once(self, author, **values):
        self._make_mail(author, **values).send()

    def _send_mailing(self, author, **values):
        """A mail as mass_mailing makes it."""
        headers = {
            "List-Unsubscribe": "<https://acme.example/unsubscribe>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Precedence": "list",
        }
        values = {"auto_delete": True, "headers": str(headers), **values}
        self._make_mail(author, recipient_ids=self.customer.ids, **values).send()

    def _send_template(self, author, mail_server_id=False):
        template = self.env["mail.template"].create(
            {
                "name": "Template",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "email_from": author,
                "email_to": "customer@customer.example",
                "subject": "Subject",
                "body_html": "<p>Body</p>",
                "mail_server_id": mail_server_id,
            }
        )
        template.send_mail(self.customer.id, force_send=True)

    def _send_from_chatter(self, author, **values):
        record = self.env["res.partner"].create({"name": "Record"})
        record.message_post(
            body="Hello",
            email_from=author,
            author_id=False,
            partner_ids=self.customer.ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )

    def _build(self, author):
        return self.env["ir.mail_server"]._build_email__(
            author, ["customer@customer.example"], "Subject", "Body"
        )

    def _send_directly(self, author, mail_server_id=None):
        self.env["ir.mail_server"].send_email(self._build(author), mail_server_id)

    def _send_with_session(self, author, mail_server_id=None):
        servers = self.env["ir.mail_server"]
        session = servers._connect__(mail_server_id=mail_server_id, smtp_from=author)
        servers.send_email(self._build(author), smtp_session=session)
        session.quit()

    WAYS = [
        _send_from_queue,
        _send_at_once,
        _send_mailing,
        _send_template,
        _send_from_chatter,
        _send_directly,
        _send_with_session,
    ]

    def _assert_from(self, expected):
        message = self._last().message
        self.assertEqual(message["From"], expected)
        self.assertEqual(len(message.get_all("From")), 1)
        self.sink.deliveries.clear()

    def _for_all(self, cases, ways, prepare):
        """Send as each author on each way; ``prepare`` returns what the way needs."""
        for way in ways:
            for author, option, expected in cases:
                with self.subTest(way=way.__name__, author=author, option=option):
                    way(self, author, **prepare(option))
                    self._assert_from(expected)

    def test_picked_server(self):
        server = self._make_server("acme.example")

        def prepare(from_filter):
            server.from_filter = from_filter
            return {}

        self._for_all(FILTERED, self.WAYS, prepare)

    @mute_logger("odoo.addons.base.models.ir_mail_server")
    def test_forced_server(self):
        self._make_server("globex.example", sequence=1)
        forced = self._make_server("acme.example", sequence=2)

        def prepare(from_filter):
            forced.from_filter = from_filter
            return {"mail_server_id": forced.id}

        self._for_all(FILTERED, self.WAYS, prepare)

    def test_forced_server_without_filter(self):
        self._make_server("acme.example", sequence=1)
        forced = self._make_server(False, sequence=2)

        def prepare(policy):
            self.parameters.set_param("mail_deliverability.sender_policy", policy)
            return {"mail_server_id": forced.id}

        self._for_all(UNFILTERED, self.WAYS, prepare)

    def test_cli_server(self):
        self._configure(from_filter="other.example")
        server = self._make_server("acme.example", smtp_authentication="cli")

        def prepare(from_filter):
            server.from_filter = from_filter
            return {}

        self._for_all(FILTERED, self.WAYS, prepare)

    def test_no_server_record(self):
        def prepare(from_filter):
            self._configure(from_filter=from_filter)
            return {}

        self._for_all(FILTERED, self.WAYS, prepare)

    def test_no_server_record_default_filter(self):
        self._configure(from_filter="other.example")

        def prepare(from_filter):
            self.parameters.set_param("mail.default.from_filter", from_filter)
            return {}

        self._for_all(FILTERED, self.WAYS, prepare)

    def test_no_server_record_without_filter(self):
        self._configure(from_filter=False)

        def prepare(policy):
            self.parameters.set_param("mail_deliverability.sender_policy", policy)
            return {}

        self._for_all(UNFILTERED, self.WAYS, prepare)

    def test_direct_call_with_a_host(self):
        self._configure(from_filter="acme.example")
        for author, expected in [(BOB, KEPT_BOB), (ANNA, ANNA_BY_D)]:
            self.env["ir.mail_server"].send_email(
                self._build(author),
                smtp_server=self.sink.host,
                smtp_port=self.sink.port,
            )
            self._assert_from(expected)

    def test_picked_server_without_filter(self):
        """Odoo sends as the default address there; that stays."""
        self._make_server(False)
        for way in self.WAYS:
            with self.subTest(way=way.__name__):
                way(self, BOB)
                self._assert_from(f"Bob <{D}>")

    def test_personal_server(self):
        """Odoo's rules stay: it sends as its owner."""
        user = new_test_user(
            self.env, "owner", "base.group_user", email="owner@gmail.com"
        )
        server = self._make_server("owner@gmail.com", owner_user_id=user.id)
        user.outgoing_mail_server_id = server
        self._make_server("acme.example")
        mail = self.env["mail.mail"].with_user(user).sudo()
        values = {"email_to": "customer@customer.example", "subject": "s"}
        mail.create({"email_from": '"Me" <owner@gmail.com>', **values}).send()
        delivery = self._last()
        self.assertEqual(delivery.message["From"], "Me <owner@gmail.com>")
        self.assertNotIn("X-Original-From", delivery.message)
        self.sink.deliveries.clear()
        # Nobody else may use it.
        self._make_mail("owner@gmail.com").send()
        self._assert_from(f"owner <{D}>")

    # ------------------------------------------------------------
    # What recipients see
    # ------------------------------------------------------------

    def test_nothing_is_lost(self):
        self._make_server("acme.example")
        self._make_mail(ANNA).send()
        delivery = self._last()
        self.assertEqual(delivery.message["X-Original-From"], "anna@yahoo.example")
        self.assertEqual(delivery.mail_from, BOUNCE)
        self._make_mail(BOB).send()
        kept = self._last()
        self.assertNotIn("X-Original-From", kept.message)
        self.assertEqual(kept.mail_from, BOUNCE)
        self.assertEqual(kept.message["Reply-To"], delivery.message["Reply-To"])

    def test_reply_to_is_the_author_without_catchall(self):
        self._configure(from_filter="acme.example")
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"] = ANNA, "customer@customer.example"
        message["Subject"], message["Message-Id"] = "s", "<1@acme.example>"
        message.set_content("Body")
        self.env["ir.mail_server"].send_email(message)
        self.assertEqual(self._last().message["Reply-To"], "anna@yahoo.example")

    def test_reply_to_of_a_thread(self):
        """Answers reach the document's alias, as without encapsulation."""
        self._make_server("acme.example")
        self._send_from_chatter(ANNA)
        reply_to = self._last().message["Reply-To"].addresses[0].addr_spec
        self.assertEqual(reply_to, "catchall@acme.example")

    def test_envelope_only_where_the_filter_allows(self):
        server = self._make_server(D)
        self._make_mail(ANNA).send()
        self.assertEqual(self._last().mail_from, D)
        server.from_filter = f"{D}, {BOUNCE}"
        self._make_mail(ANNA).send()
        self.assertEqual(self._last().mail_from, BOUNCE)

    def test_names_on_the_wire(self):
        self._make_server("acme.example")
        cases = [
            ('"Zoé Ünal" <z@yahoo.example>', "Zoé Ünal"),
            ("=?utf-8?b?5p2x5Lqs?= <z@yahoo.example>", "東京"),
            ('"support@bank.example" <mallory@evil.example>', "mallory"),
            ('"A, B \\"C\\" (D)" <z@yahoo.example>', 'A, B "C" (D)'),
            (f'"{"x" * 300}" <z@yahoo.example>', "x" * 200),
        ]
        for author, name in cases:
            with self.subTest(author):
                self._send_directly(author)
                address = self._last().message["From"].addresses[0]
                self.assertEqual((address.display_name, address.addr_spec), (name, D))

    def _assert_one_mailbox(self, name, address):
        """Assert what strict and lenient readers find in the header as it left."""
        head = self._last().data.partition(b"\r\n\r\n")[0].decode("ascii")
        lines = head[head.index("From: ") :].split("\r\n")
        raw = lines[0] + "".join(itertools.takewhile(lambda x: x[0] == " ", lines[1:]))
        raw = raw.removeprefix("From: ")
        self.assertEqual(len(getaddresses([raw])), 1, raw)
        found, found_address = getaddresses([raw])[0]
        self.assertEqual(found_address, address)
        self.assertEqual(str(make_header(decode_header(found))), name)
        (mailbox,) = self._last().message["From"].addresses
        self.assertEqual(mailbox.addr_spec, address)
        # Older Pythons read a blank between the encoded words of a long name.
        self.assertEqual(mailbox.display_name.replace(" ", ""), name.replace(" ", ""))
        self.sink.deliveries.clear()

    def test_one_mailbox_on_the_wire(self):
        """Whatever a name holds, From stays one mailbox with the name as it was."""
        self._make_server("acme.example, bücher.example")
        names = [
            *(f"Zoé A{special} B" for special in ",;:<>@()[].\\"),
            *("Zoé <ceo@acme.example>", "Doe, Jane – Sales", "xé; y: z", 'Zoé "Z" Ü'),
            *("東京, " * 25 + "東京", "東京" * 60, "x, " * 60 + "x"),
            *("Zoé " + "x" * 150, "bob@acme.example, " * 6 + "x"),
        ]
        for name in names:
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            for address, seen in [
                ("yan@yahoo.example", D),
                ("anna@bücher.example", "anna@xn--bcher-kva.example"),
            ]:
                with self.subTest(name=name, address=address):
                    self._send_directly(f'"{quoted}" <{address}>')
                    self._assert_one_mailbox(name, seen)

    def test_header_survives_copies(self):
        """A message may be copied before it leaves, as smtplib does."""
        self._make_server("acme.example")
        message = self._build('"Garcia, José" <yan@yahoo.example>')
        self.env["ir.mail_server"].send_email(message)
        again = copy.deepcopy(message)
        self.assertEqual(again["From"], f'"Garcia, José" <{D}>')
        self.env["ir.mail_server"].send_email(again)
        self._assert_one_mailbox("Garcia, José", D)

    def test_no_header_injection(self):
        """Python refuses line breaks in its new messages; its old ones are cleaned."""
        self._make_server("acme.example")
        name = "=?utf-8?b?QQ0KQmNjOiB4QGV2aWwuZXhhbXBsZQ==?="
        for address in ("anna@yahoo.example", "bob@acme.example"):
            author = f"{name} <{address}>"
            with self.assertRaises(ValueError):
                self._send_directly(author)
            self.assertFalse(self.sink.deliveries)
            message = MIMEText("Body")
            message["From"], message["To"] = author, "customer@customer.example"
            message["Subject"], message["Message-Id"] = "s", "<1@acme.example>"
            self.env["ir.mail_server"].send_email(message)
            head = self._last().data.partition(b"\r\n\r\n")[0]
            self.assertNotIn(b"\nBcc", head)
            self.assertEqual(self._last().rcpt_tos, ("customer@customer.example",))
            found = self._last().message["From"].addresses[0].display_name
            words = "A Bcc:" if "anna" in author else "A Bcc: x@evil.example"
            self.assertEqual(found.split(), words.split())
            self.sink.deliveries.clear()

    def test_no_author(self):
        self._configure(from_filter=False)
        message = self._build(BOB)
        del message["From"]
        self.env["ir.mail_server"].send_email(message)
        self._assert_from(D)
        self._make_mail(False).send()
        self._assert_from(D)

    def test_two_authors(self):
        """Python's old messages may have a second From: only one leaves."""
        self._make_server("acme.example")
        message = MIMEText("Body")
        message["From"] = "bob@acme.example"
        message.add_header("From", "mallory@evil.example")
        message["To"], message["Subject"] = "customer@customer.example", "s"
        message["Message-Id"] = "<1@acme.example>"
        self.env["ir.mail_server"].send_email(message)
        self._assert_from("bob@acme.example")

    def test_sent_twice(self):
        """A message object that has left once may leave again."""
        self._make_server("acme.example")
        message = self._build(ANNA)
        for _time in range(2):
            self.env["ir.mail_server"].send_email(message)
            self.assertEqual(self._last().message["From"], ANNA_BY_D)
            self.assertEqual(
                self._last().message.get_all("X-Original-From"), ["anna@yahoo.example"]
            )

    # ------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------

    def test_no_default_of_another_company(self):
        """Where a company's alias domain has no default address, no other's is used."""
        self.domain_2.default_from = False
        server = self._make_server("acme.example")
        logger = "odoo.addons.mail_deliverability.models.sender.ir_mail_server"
        with self.assertLogs(logger, "WARNING") as logs:
            for author, forced in [(ANNA, server.id), (EVE, server.id), (ANNA, False)]:
                with mute_logger("odoo.addons.base.models.ir_mail_server"):
                    mail = self._make_mail_of(self.company_2, author)
                    mail.mail_server_id = forced
                    mail.send()
                self._assert_from(author.replace('"', ""))
        self.assertEqual(len(logs.output), 1)
        self.assertIn("Default From Alias", logs.output[0])

    def test_nobody_writes_for_a_company_without_default(self):
        """The mail goes all the same, as Odoo sends it."""
        self.domain_2.default_from = False
        self._make_server("acme.example")
        self._make_mail_of(self.company_2, False).send()
        self._assert_from(D)

    def test_default_of_the_configuration_file(self):
        """It belongs to no company: it stands in where an alias domain has none."""
        self.domain_2.default_from = False
        self._configure(from_filter="acme.example", email_from=D)
        self._make_mail_of(self.company_2, ANNA).send()
        self._assert_from(ANNA_BY_D)

    def _make_mail_of(self, company, author):
        return self._make_mail(
            author,
            record_company_id=company.id,
            record_alias_domain_id=company.alias_domain_id.id,
        )

    def test_companies(self):
        """Each company's mails go through its server, in its name, bouncing to it."""
        self._make_server("acme.example")
        self._make_server("globex.example")
        mails = self._make_mail_of(self.company, ANNA)
        mails += self._make_mail_of(self.company_2, ANNA)
        mails += self._make_mail_of(self.company_2, EVE)
        mails += self._make_mail_of(self.company_2, BOB)
        mails.send()
        found = sorted((d.message["From"], d.mail_from) for d in self.sink.deliveries)
        self.assertEqual(
            found,
            sorted(
                [
                    (ANNA_BY_D, BOUNCE),
                    ("Anna <notifications@globex.example>", "bounce@globex.example"),
                    ("Eve <eve@globex.example>", "bounce@globex.example"),
                    (KEPT_BOB, BOUNCE),
                ]
            ),
        )

    def test_companies_share_a_server(self):
        self._make_server("acme.example, globex.example")
        for company, author, sender in [
            (self.company, ANNA, D),
            (self.company_2, ANNA, "notifications@globex.example"),
            (self.company_2, BOB, "bob@acme.example"),
        ]:
            self._make_mail_of(company, author).send()
            address = self._last().message["From"].addresses[0].addr_spec
            self.assertEqual(address, sender)

    def test_company_without_server(self):
        """Odoo's last resort: another company's server, with this company's address."""
        self._make_server("acme.example")
        with mute_logger("odoo.addons.base.models.ir_mail_server"):
            self._make_mail_of(self.company_2, ANNA).send()
        self._assert_from("Anna <notifications@globex.example>")

    # ------------------------------------------------------------
    # Faults
    # ------------------------------------------------------------

    def test_default_outside_filter_is_used_and_logged_once(self):
        self._make_server("other.example")
        logger = "odoo.addons.mail_deliverability.models.sender.ir_mail_server"
        with (
            mute_logger("odoo.addons.base.models.ir_mail_server"),
            self.assertLogs(logger, "WARNING") as logs,
        ):
            self._make_mail(ANNA).send()
            self._make_mail(ANNA).send()
        self._assert_from(ANNA_BY_D)
        self.assertEqual(len(logs.output), 1)
        self.assertIn("other.example", logs.output[0])

    def test_default_missing(self):
        self.domain.default_from = False
        server = self._make_server("acme.example")
        logger = "odoo.addons.mail_deliverability.models.sender.ir_mail_server"
        with (
            mute_logger("odoo.addons.base.models.ir_mail_server"),
            self.assertLogs(logger, "WARNING"),
        ):
            self._make_mail(ANNA, mail_server_id=server.id).send()
        self._assert_from("Anna <anna@yahoo.example>")

    # ------------------------------------------------------------
    # Sessions
    # ------------------------------------------------------------

    def test_session_knows_its_server(self):
        server = self._make_server("acme.example")
        servers = self.env["ir.mail_server"]
        for options in ({"smtp_from": BOB}, {"mail_server_id": server.id}):
            session = servers._connect__(**options)
            self.assertEqual(servers._get_session_server(session), server)
            session.quit()
        self._configure()
        server.active = False
        session = servers._connect__(smtp_from=BOB)
        self.assertFalse(servers._get_session_server(session))
        session.quit()

    def test_idn_filter_picks_its_server(self):
        self._make_server("acme.example", sequence=1)
        idn = self._make_server("münchen.example", sequence=2)
        servers = self.env["ir.mail_server"]
        for author in ("b@xn--mnchen-3ya.example", "b@MÜNCHEN.example"):
            self.assertEqual(servers._find_mail_server(author)[0], idn)

    def test_filter_is_kept_in_one_spelling(self):
        server = self._make_server(" @ACME.example., Info@Müller.example ,")
        normal = "acme.example,info@xn--mller-kva.example"
        self.assertEqual(server.from_filter, normal)
        for text in ("acme.example; b.example", "Bo <bo@b.example>", "a@b@c.example"):
            with self.subTest(text), self.assertRaises(ValidationError) as caught:
                server.from_filter = text
            self.assertIn(text, str(caught.exception))
        self.assertEqual(server.from_filter, normal)
        for text, meant in (("*@acme.example", "acme.example"), ("acme", "")):
            with self.subTest(text), self.assertRaises(ValidationError) as caught:
                server.from_filter = text
            said = f'Perhaps you mean "{meant}"' in str(caught.exception)
            self.assertEqual(said, bool(meant))
        server.from_filter = False
        self.assertFalse(server.from_filter)

    def test_filter_from_before(self):
        """What is stored already keeps nobody from changing something else."""
        server = self._make_server("acme.example")
        self.env.cr.execute(
            "UPDATE ir_mail_server SET from_filter = 'acme' WHERE id = %s", [server.id]
        )
        server.invalidate_recordset()
        server.name = "Renamed"
        server.write({"name": "Imported", "from_filter": "acme"})
        self.assertEqual((server.name, server.from_filter), ("Imported", "acme"))
        with self.assertRaises(ValidationError):
            server.from_filter = "acme2"

    def test_test_mode_sends_nothing(self):
        servers = self.env["ir.mail_server"]
        self.patch(type(servers), "_disable_send", lambda *_: True)
        message = self._build(ANNA)
        self.assertEqual(servers.send_email(message), message["Message-Id"])
        self.assertFalse(self.sink.deliveries)
