# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import email
import functools
from types import SimpleNamespace
from unittest.mock import patch

from hypothesis import given, settings, strategies as st

from odoo.tests import Form, tagged
from odoo.tools import config, formataddr, mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...mailauth.dkim.verify import verify_dkim
from ...mailauth.folding import make_faithful
from ...models.dkim.ir_mail_server import SigningFacts, _sign
from ...models.sender.session_facts import SessionFacts
from .. import opendkim
from ..common import SmtpCase, ZoneResolver, run
from ..dkim_common import SHAPES, dkimpy_verifies
from ..smtp_relay import SmtpRelay, relay
from ..smtp_sink import SmtpSink
from .test_sign import lines, words

NOW = 1_000_000_000
INTERNATIONAL = {"email_to": "josé@y.example"}


class SigningCase(SmtpCase):
    """acme.example has an active RSA and an active Ed25519 key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keys = cls.env["mail.dkim.key"]
        cls.zone = {}
        cls.rsa_key = cls._make_active()
        cls.ed_key = cls._make_active(algorithm="ed25519")
        cls.server = cls._make_server()

    @classmethod
    def _make_active(cls, domain=None, **values):
        key = cls.keys.create({"alias_domain_id": (domain or cls.domain).id, **values})
        cls._publish(key)
        with mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"):
            key.action_activate_unchecked()
        return key

    @classmethod
    def _publish(cls, key):
        cls.zone[(key.record_name, "TXT")] = [key.record_value]

    def _send(self, email_from="Zoé <zoe@acme.example>", **values):
        mail = self._make_mail(email_from, **values)
        mail.send(raise_exception=True)
        return self._last()

    def _verify(self, data):
        return [r.result for r in run(verify_dkim(data, ZoneResolver(self.zone), NOW))]


@tagged("post_install", "-at_install")
class TestIrMailServerDkim(SigningCase):
    def test_both_keys_sign(self):
        data = self._send().data
        self.assertEqual(self._verify(data), ["pass", "pass"])
        self.assertTrue(dkimpy_verifies(data, zone=self.zone))
        self.assertFalse(self._verify(data.replace(b"Body", b"Bodi")) == ["pass"] * 2)

    def test_the_domain_is_that_of_from(self):
        data = self._send().data
        for field in email.message_from_bytes(data).get_all("DKIM-Signature"):
            self.assertIn("d=acme.example;", field)

    def test_every_way_out(self):
        mail_server = self.env["ir.mail_server"]

        def queue():
            self._make_mail("zoe@acme.example")
            self.env["mail.mail"].process_email_queue()

        def forced():
            self._send(mail_server_id=self.server.id)

        def direct():
            message = mail_server._build_email__(
                "zoe@acme.example", ["customer@customer.example"], "Subject", "Body"
            )
            mail_server.send_email(message)

        def several():
            self._send(email_to="a@b.example, c@b.example")

        for way in (queue, forced, direct, several):
            with self.subTest(way.__name__):
                self.sink.deliveries.clear()
                way()
                for delivery in self.sink.deliveries:
                    self.assertEqual(self._verify(delivery.data), ["pass", "pass"])
                self.assertTrue(self.sink.deliveries)

    def test_encapsulated_sender(self):
        """Signed is what Odoo puts into From at the end, not what it started with."""
        self.server.from_filter = "acme.example"
        data = self._send("somebody@elsewhere.example").data
        self.assertIn("acme.example", email.message_from_bytes(data)["From"])
        self.assertEqual(self._verify(data), ["pass", "pass"])

    def test_foreign_sender_has_no_signature(self):
        self.server.from_filter = "elsewhere.example"
        data = self._send("somebody@elsewhere.example").data
        self.assertIn(b"\r\nFrom: somebody@elsewhere.example", data)
        self.assertEqual(self._verify(data), [])

    def test_without_a_key(self):
        (self.rsa_key | self.ed_key).action_retire()
        self.assertEqual(self._verify(self._send().data), [])

    def test_subdomain(self):
        self.server.from_filter = "mail.acme.example"
        data = self._send("zoe@mail.acme.example").data
        self.assertIn(b"\r\nFrom: zoe@mail.acme.example", data)
        self.assertEqual(self._verify(data), ["pass", "pass"])
        self.assertIn(b" d=acme.example;", data)

    def test_server_that_signs_itself(self):
        self.server.signs_itself = True
        self.assertEqual(self._verify(self._send().data), [])

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_alarm_only_where_odoo_signs(self):
        self.ed_key.sudo().private_key = "damaged"
        for signs_itself, told in ((True, 0), (False, 1)):
            self.server.signs_itself = signs_itself
            tell = patch.object(type(self.keys), "_tell_unusable")
            with self.subTest(signs_itself=signs_itself), tell as tell_unusable:
                self._send()
                self.assertEqual(tell_unusable.call_count, told)

    def test_switch_is_preset_by_the_catalogue(self):
        provider = self.env["mail.sending.provider"].create(
            {
                "name": "Signer",
                "host_patterns": "smtp.signer.example",
                "signs": True,
                "rewritten_headers": "Date, Message-ID",
                "source": "test",
            }
        )
        server = self._make_server(smtp_host="smtp.signer.example")
        self.assertTrue(server.signs_itself)
        server.signs_itself = False
        server.name = "still not"
        self.assertFalse(server.signs_itself)
        self.assertFalse(self.server.signs_itself)
        facts = self._get_facts(server)
        self.assertEqual(facts.unsigned_headers, ("date", "message-id"))
        provider.rewritten_headers = False
        self.assertEqual(self._get_facts(server).unsigned_headers, ())
        server.rewritten_headers = "Date"
        self.assertEqual(self._get_facts(server).unsigned_headers, ("date",))

    def _make_providers(self):
        """Make a provider that signs, and one that does not."""
        return self.env["mail.sending.provider"].create(
            [
                {
                    "name": name,
                    "host_patterns": f"smtp.{name}.example",
                    "signs": signs,
                    "source": "test",
                }
                for name, signs in (("signer", True), ("plain", False))
            ]
        )

    def test_choice_by_hand_outlives_other_credentials(self):
        self._make_providers()
        server = self._make_server(smtp_host="smtp.signer.example")
        for values, expected in (
            ({}, True),
            ({"signs_itself": False}, False),
            ({"smtp_user": "other"}, False),
            ({"smtp_host": "smtp.plain.example"}, False),
            ({"smtp_host": "smtp.signer.example"}, True),
            ({"smtp_host": "smtp.plain.example", "signs_itself": True}, True),
            ({"smtp_user": "again"}, True),
            ({"smtp_host": "smtp.unknown.example"}, False),
        ):
            with self.subTest(values):
                server.write(values)
                self.assertEqual(server.signs_itself, expected)
        values = {"smtp_host": "smtp.signer.example", "signs_itself": False}
        server = self._make_server(**values)
        server.smtp_user = "other"
        self.assertFalse(server.signs_itself)
        with patch.dict(config.options, {"smtp_server": "smtp.plain.example"}):
            server.smtp_authentication = "cli"
            self.assertFalse(server.signs_itself)
        server.smtp_authentication = "login"
        self.assertTrue(server.signs_itself)

    def test_switch_follows_the_catalogue(self):
        """A provider gets known, and known better; a choice by hand stays."""
        servers = self.env["ir.mail_server"]
        known = [self._make_server(smtp_host="smtp.signer.example") for _ in "ab"]
        known[1].active = False
        chosen = self._make_server(smtp_host="smtp.plain.example", signs_itself=True)
        servers = servers.concat(*known, chosen)
        self.assertEqual(servers.mapped("signs_itself"), [False, False, True])
        signer, plain = self._make_providers()
        for provider, values, expected in (
            (signer, {}, [True, True, True]),
            (signer, {"signs": False}, [False, False, True]),
            (signer, {"signs": True}, [True, True, True]),
            (signer, {"active": False}, [False, False, True]),
            (signer, {"active": True}, [True, True, True]),
            (signer, {"host_patterns": "smtp.other.example"}, [False, False, True]),
            (plain, {"signs": True, "active": False}, [False, False, True]),
            (
                plain,
                {"active": True, "host_patterns": "*.signer.example"},
                [True, True, True],
            ),
        ):
            with self.subTest(provider=provider.name, **values):
                provider.write(values)
                self.assertEqual(servers.mapped("signs_itself"), expected)
        known[0].signs_itself = False
        plain.signs = False
        self.assertEqual(known[1].signs_itself, False)
        self.assertEqual(self._get_facts(known[1]).signs_itself, False)
        plain.signs = True
        self.assertEqual(known[1].signs_itself, True)
        self.assertEqual(self._get_facts(known[1]).signs_itself, True)

    def test_choice_by_hand_outlives_the_catalogue(self):
        signer, _plain = self._make_providers()
        server = self._make_server(smtp_host="smtp.signer.example", signs_itself=False)
        signer.write({"host_patterns": "smtp.signer.example, smtp.x.example"})
        signer.write({"active": False})
        self.assertFalse(server.signs_itself)

    def test_choice_by_hand_in_the_form(self):
        self._make_providers()
        servers = self.env["ir.mail_server"]
        with Form(servers) as form:
            form.name = "new"
            form.smtp_host = "smtp.signer.example"
            self.assertTrue(form.signs_itself)
            form.signs_itself = False
            form.smtp_user = "zoe"
            self.assertFalse(form.signs_itself)
        with Form(form.record) as form:
            form.smtp_user = "other"
            self.assertFalse(form.signs_itself)
            form.smtp_host = "smtp.plain.example"
            form.smtp_host = "smtp.signer.example"
            self.assertTrue(form.signs_itself)

    def test_another_thread_caches_nothing_old(self):
        """Before the commit it reads what was there, after it what is there now."""
        provider, _plain = self._make_providers()
        stale = patch.object(
            type(self.server), "_get_rewritten_headers", lambda *_: ("stale",)
        )
        create = functools.partial(provider.copy, {"host_patterns": False})
        for name, change in (
            ("server", lambda: self.server.write({"rewritten_headers": "Date"})),
            ("provider", lambda: provider.write({"rewritten_headers": "Date"})),
            ("another provider", create),
            ("no provider", provider.unlink),
        ):
            with self.subTest(name):
                self.env.cr.postcommit.clear()
                change()
                with stale:
                    self.server._find_signing_facts()
                self.env.flush_all()
                self.env.cr.postcommit.run()
                facts = self.server._find_signing_facts()
                self.assertNotIn("stale", facts.unsigned_headers)

    def _get_facts(self, server):
        session = SimpleNamespace(session_facts=SessionFacts(server.id))
        facts = self.env["ir.mail_server"]._get_session_facts(session)
        return facts.get_part(SigningFacts)

    def test_headers_that_the_server_rewrites(self):
        self.server.rewritten_headers = "Date, message-ID"
        data = self._send().data
        message = email.message_from_bytes(data)
        message.replace_header("Date", "Thu, 01 Jan 2026 00:00:00 +0000")
        message.replace_header("Message-Id", "<other@ses.example>")
        self.assertEqual(self._verify(message.as_bytes()), ["pass", "pass"])
        self.server.rewritten_headers = False
        message = email.message_from_bytes(self._send().data)
        message.replace_header("Date", "Thu, 01 Jan 2026 00:00:00 +0000")
        self.assertEqual(self._verify(message.as_bytes()), ["fail", "fail"])

    def test_odoo_conf_server(self):
        self.server.active = False
        self._configure()
        self.assertEqual(self._verify(self._send().data), ["pass", "pass"])

    def test_named_host(self):
        """What odoo.conf's server does says nothing of a host that a call names."""
        self._make_providers()
        mail_server = self.env["ir.mail_server"]
        self.server.active = False
        self._configure(smtp_server="smtp.signer.example")
        self.assertTrue(mail_server._find_signing_facts().signs_itself)
        message = mail_server._build_email__(
            "zoe@acme.example", ["customer@customer.example"], "Subject", "Body"
        )
        named = {"smtp_server": self.sink.host, "smtp_port": self.sink.port}
        mail_server.send_email(message, **named)
        self.assertEqual(self._verify(self._last().data), ["pass", "pass"])
        facts = mail_server._find_signing_facts("smtp.signer.example")
        self.assertTrue(facts.signs_itself)

    def test_bcc_does_not_leave(self):
        mail_server = self.env["ir.mail_server"]
        message = mail_server._build_email__(
            "zoe@acme.example",
            ["customer@customer.example"],
            "Subject",
            "Body",
            email_bcc=["secret@b.example"],
        )
        mail_server.send_email(message)
        self.assertNotIn(b"secret", self._last().data)
        self.assertIn("secret@b.example", self.sink.recipients())
        self.assertEqual(self._verify(self._last().data), ["pass", "pass"])

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_a_key_that_can_not_be_used_blocks_nothing(self):
        self.rsa_key.sudo().private_key = "damaged"
        self.assertEqual(self._verify(self._send().data), ["pass"])
        self.ed_key.sudo().private_key = False
        self.assertEqual(self._verify(self._send().data), [])
        self._send()

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.mail_dkim_key")
    def test_administrators_are_told_after_the_mail(self):
        self.rsa_key.sudo().private_key = "damaged"
        self.env.flush_all()
        self.env.cr.postcommit.clear()
        self._send()
        self._send()
        self.env.cr.postcommit.run()
        alarms = self.env["mail.deliverability.alarm"]
        told = alarms._get_alarms(self.rsa_key._get_alarm_subject())
        self.assertTrue(told)
        self.assertEqual(len(told), len(told.user_id))

    @mute_logger("odoo.addons.mail_deliverability.models.dkim.ir_mail_server")
    def test_a_message_that_can_not_be_read_leaves(self):
        name = "odoo.addons.mail_deliverability.models.dkim.ir_mail_server._serialize"
        with patch(name, lambda *_: b"nonsense\r\n\r\n"):
            data = self._send().data
        self.assertEqual(self._verify(data), [])
        self.assertIn(b"Subject", data)

    def test_addresses_in_other_alphabets(self):
        """RFC 6531: the server announces SMTPUTF8, and headers are UTF-8."""
        with SmtpSink(enable_SMTPUTF8=True) as sink:
            self.server.smtp_port = sink.port
            self._make_mail("zoe@acme.example", **INTERNATIONAL).send()
            (delivery,) = sink.deliveries
        self.assertEqual(delivery.rcpt_tos, ("josé@y.example",))
        self.assertIn("josé@y.example".encode(), delivery.data)
        self.assertEqual(self._verify(delivery.data), ["pass", "pass"])
        verdicts = opendkim.verify([delivery.data], self.zone)
        self.assertEqual(verdicts, [["pass", "pass"]])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_addresses_in_other_alphabets_without_smtputf8(self):
        """The mail fails as it does without a key."""
        sink = self.enterContext(SmtpSink(enable_SMTPUTF8=False))
        self.server.smtp_port = sink.port
        reasons = []
        for keys in (self.keys, self.rsa_key | self.ed_key):
            keys.action_retire()
            mail = self._make_mail("zoe@acme.example", **INTERNATIONAL)
            with self.assertRaises(MailDeliveryException) as caught:
                mail.send(raise_exception=True)
            reasons.append(str(caught.exception))
        self.assertIn("SMTPUTF8", reasons[0])
        self.assertEqual(reasons[0], reasons[1])

    def test_bytes_leave_as_they_are(self):
        """As an addon hands them over that signs or encrypts in another way."""
        data = b"From: zoe@acme.example\r\nSubject: Finished\r\n\r\nBody\r\n"
        session = self.server._connect__(mail_server_id=self.server.id)
        self.addCleanup(session.quit)
        self.server._deliver(session, data, "zoe@acme.example", ["to@customer.example"])
        self.assertTrue(self._last().data.endswith(data))
        self.assertNotIn(b"DKIM-Signature", self._last().data)

    def test_session_that_takes_messages_only(self):
        sent = []

        class Session:
            session_facts = SessionFacts(self.server.id)

            def send_message(self, message, smtp_from, smtp_to_list):
                sent.append(message)

        message = self.env["ir.mail_server"]._build_email__(
            "zoe@acme.example", ["a@b.example"], "Subject", "Body"
        )
        self.env["ir.mail_server"].send_email(message, smtp_session=Session())
        self.assertEqual(sent, [message])
        self.assertNotIn("DKIM-Signature", message)

    def test_refused_mail(self):
        self.sink.data_reply = "550 no"
        self.addCleanup(setattr, self.sink, "data_reply", "")
        mail = self._make_mail("zoe@acme.example")
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            mail.send()
        self.assertEqual(mail.state, "exception")

    def test_signed_headers(self):
        data = self._send(
            headers="{'X-Odoo-Objects': 'x', 'Return-Path': 'bounce@acme.example',"
            " 'List-Unsubscribe': '<https://acme.example>'}",
            references="<a@b>",
            email_cc="c@b.example",
        ).data
        field = email.message_from_bytes(data)["DKIM-Signature"]
        names = "".join(field.split()).partition("h=")[2].partition(";")[0].split(":")
        for name in ("from", "subject", "to", "cc", "date", "reply-to"):
            self.assertGreaterEqual(names.count(name), 1, name)
        for name in ("message-id", "references", "list-unsubscribe", "mime-version"):
            self.assertIn(name, names)
        for name in ("return-path", "bcc", "received", "x-odoo-objects"):
            self.assertNotIn(name, names)


@tagged("post_install", "-at_install")
class TestSignedShapes(SigningCase):
    """Mails of every shape over real SMTP, directly and behind a relay."""

    def _send_shape(self, shape):
        attachments = [
            (name, content, f"{main}/{sub}")
            for name, content, main, sub in shape.get("attachments", ())
        ]
        headers = dict(shape.get("headers", {}))
        mail_server = self.env["ir.mail_server"]
        html = shape.get("html")
        message = mail_server._build_email__(
            headers.pop("From", "Zoé <zoe@acme.example>"),
            [headers.pop("To", "customer@customer.example")],
            headers.pop("Subject", "Hello"),
            html or shape.get("body", "Hello\n"),
            email_cc=[headers.pop("Cc")] if "Cc" in headers else None,
            references=headers.pop("References", None),
            attachments=attachments,
            subtype="html" if html else "plain",
            body_alternative=shape.get("body") if html else None,
            headers={k: v for k, v in headers.items() if v},
        )
        mail_server.send_email(message)
        return self._last().data

    def _assert_all_verify(self):
        """Send every shape; all three verifiers accept each at the receiver."""
        for name, shape in SHAPES.items():
            with self.subTest(name):
                data = self._send_shape(shape)
                self.assertEqual(self._verify(data), ["pass", "pass"])
                self.assertTrue(dkimpy_verifies(data, zone=self.zone))
        sent = [delivery.data for delivery in self.sink.deliveries]
        self.assertEqual(len(sent), len(SHAPES))
        verdicts = opendkim.verify(sent, self.zone)
        self.assertEqual(verdicts, [["pass", "pass"]] * len(sent))
        changed = [
            data.replace(b"Hello", b"Hellp") for data in sent if b"Hello" in data
        ]
        verdicts = opendkim.verify(changed, self.zone)
        self.assertEqual(verdicts, [["fail", "fail"]] * len(changed))

    def _make_idn(self):
        domain = self._make_alias_domain("xn--bcher-kva.example", self.company)
        self._make_active(domain)
        self._make_active(domain, algorithm="ed25519")

    def test_shapes(self):
        self._make_idn()
        self._assert_all_verify()

    def test_shapes_behind_a_relay(self):
        self._make_idn()
        with SmtpRelay(self.sink) as first:
            self.server.smtp_port = first.port
            self._assert_all_verify()
        for delivery in self.sink.deliveries:
            self.assertTrue(delivery.data.startswith(b"Received: "))

    @settings(max_examples=60)
    @given(
        subject=words,
        name=words,
        body=lines,
        references=st.lists(st.from_regex(r"<[a-z0-9]{1,60}@acme>", fullmatch=True)),
        content=st.binary(max_size=200),
        subtype=st.sampled_from(["plain", "html"]),
    )
    def test_whatever_odoo_builds(
        self, subject, name, body, references, content, subtype
    ):
        if subtype == "html":
            body = f"<p>{body}</p>"  # Odoo can't build one of a lone control character
        message = self.env["ir.mail_server"]._build_email__(
            formataddr((name, "zoe@acme.example")),
            ["customer@customer.example"],
            subject,
            body,
            references=" ".join(references),
            attachments=[(name or "x", content, "application/octet-stream")],
            subtype=subtype,
        )
        message.policy = make_faithful(message.policy)
        session = SimpleNamespace(session_facts=SessionFacts(self.server.id))
        signed, _unusable = _sign(self.env["ir.mail_server"], session, message)
        self.assertEqual(self._verify(signed), ["pass", "pass"])
        self.assertEqual(self._verify(relay(signed)), ["pass", "pass"])
        self.assertTrue(dkimpy_verifies(signed, zone=self.zone))

    def test_large_mail(self):
        content = bytes(range(256)) * 4096 * 18
        attachments = [("big.bin", content, "application", "octet-stream")]
        data = self._send_shape({"attachments": attachments})
        self.assertGreater(len(data), 24 * 2**20)
        head, found, tail = data.rpartition(b"QUJD")  # not in a signature
        self.assertTrue(found)
        self.assertEqual(self._verify(data), ["pass", "pass"])
        self.assertEqual(self._verify(head + b"QUJE" + tail), ["fail"] * 2)
