# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What people paste and upload to have it explained."""

import base64
from unittest.mock import patch
from xmlrpc.client import Binary

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ...mailauth.message.source import Source
from ...models.proof.mail_test_message_explain import PROBLEMS
from ...models.proof.mail_test_message_texts import NOTES
from .verdicts import verdict

MESSAGE = (
    b"From: anna@acme.example\r\nTo: bob@receiver.example\r\nSubject: Hi\r\n"
    b"Message-ID: <1@acme.example>\r\n\r\nHello\r\n"
)
FORWARD = (
    b"From: bob@receiver.example\r\nSubject: Fwd: Hi\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: message/rfc822\r\n\r\n" + MESSAGE + b"\r\n--x--\r\n"
)


@tagged("post_install", "-at_install")
class TestExplain(TransactionCase):
    def setUp(self):
        super().setUp()
        self.model = self.env["mail.test.message"]
        self.startPatcher(patch.object(type(self.model), "_judge", lambda tests: None))

    def upload(self, data, name="mail.eml"):
        return self.model.explain_upload(base64.b64encode(data).decode(), name)

    def test_a_message(self):
        answer = self.upload(MESSAGE)
        test = self.model.browse(answer["id"])
        self.assertEqual(test._read_raw("received_raw"), MESSAGE)
        self.assertEqual((test.kind, test.name), ("explained", "mail.eml"))
        self.assertEqual(test.user_id, self.env.user)

    def test_what_was_found_is_told_at_once(self):
        """Of several files it is seen which one to open."""

        def judge(tests):
            tests.sudo().write({"state": "done", "verdict": verdict(), "grade": "A"})

        with patch.object(type(self.model), "_judge", judge):
            answer = self.upload(MESSAGE)
        self.assertEqual(answer["level"], "pass")
        self.assertIn("SPF, DKIM and DMARC pass", answer["text"])

    def test_it_is_known_by_its_subject_and_its_author(self):
        raw = MESSAGE.replace(b": Hi", b": =?utf-8?q?Gr=C3=BC=C3=9Fe=E2=80=AE?= <b>")
        test = self.model.explain(raw)
        self.assertEqual(test.name, "Grüße <b>")
        self.assertEqual(test.email_from, "anna@acme.example")
        self.assertFalse(test.alias_domain_id)
        test = self.model.explain(b"Message-ID: <1@acme.example>\n\nHi")
        self.assertEqual(test.name, "Pasted message")
        self.assertFalse(test.email_from)

    def test_a_forward_stands_for_the_original(self):
        for test in (
            self.model.explain(FORWARD),
            self.model.browse(self.upload(FORWARD)["id"]),
        ):
            self.assertEqual(test._read_raw("received_raw"), MESSAGE)
            self.assertIn("What you gave is a forward", test.get_verdict()["remark"])

    def test_a_forward_that_is_uploaded(self):
        """It is opened once, and that is said."""
        test = self.model.browse(self.upload(FORWARD)["id"])
        self.assertEqual(test._read_raw("received_raw"), MESSAGE)
        self.assertIn("What you gave is a forward", test.get_verdict()["remark"])

    def test_as_xml_rpc_sends_bytes(self):
        test = self.model.explain(Binary(MESSAGE), "mail.eml")
        self.assertEqual(test._read_raw("received_raw"), MESSAGE)

    def test_what_is_no_message_is_named(self):
        for case, data, words in [
            ("nothing", b"", "nothing in it"),
            ("a page", b"<html>", "a page of a browser"),
            ("Outlook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".msg"),
            ("a text", b"Hello", "not the source"),
        ]:
            with self.subTest(case):
                answer = self.upload(data)
                self.assertFalse(answer["id"])
                self.assertIn(words, answer["text"])
                with self.assertRaisesRegex(UserError, words):
                    self.model.explain(data)
        self.assertFalse(self.model.search([("kind", "=", "explained")]))

    def test_what_is_no_base64_holds_nothing(self):
        for content in ("%%%", "a", None, 7, ["x"], {"a": 1}):
            with self.subTest(content=content):
                self.assertFalse(self.model.explain_upload(content, content)["id"])

    def test_the_name_of_the_file_is_bounded(self):
        answer = self.upload(MESSAGE, "\u202e<b>" + "x" * 10_000)
        name = self.model.browse(answer["id"]).name
        self.assertTrue(name.startswith("<b>xxx"))
        self.assertLessEqual(len(name), 200)

    def test_every_problem_and_note_has_its_sentence(self):
        for code in (*PROBLEMS, *NOTES):
            self.assertIn(f'"{code}"', Source.__doc__)

    def test_only_administrators(self):
        user = new_test_user(self.env, "anna", groups="base.group_user")
        for method in ("explain", "explain_upload"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.model.with_user(user), method)("", "")
