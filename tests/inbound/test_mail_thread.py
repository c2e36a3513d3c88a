# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from contextlib import suppress
from unittest.mock import patch
from xmlrpc.client import Binary

import psycopg2

from odoo import api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.inbound import takers
from ...models.inbound.message import InboundMessage
from ...models.tools.carrier import carried

DOOR_LOGGER = "odoo.addons.mail_deliverability.models.inbound.fall_through"
ROUTES = "odoo.addons.mail.models.mail_thread"
MESSAGE = (
    "From: a@customer.example\nTo: somebody@acme.example\nSubject: Hello\n"
    "Message-Id: <1@customer.example>\n\nBody"
)


@tagged("post_install", "-at_install")
class TestTakers(TransactionCase):
    """Takers made for a test: methods of two models that Odoo has."""

    FIRST, SECOND = "res.partner.category", "res.country"

    def setUp(self):
        super().setUp()
        self.asked = []
        self.patch(takers, "TAKERS", (self.FIRST, self.SECOND))

    def use(self, **behaviours):
        """Let the models ``first`` and ``second`` take messages like this.

        :param behaviours: called with the model and the message.
        """
        for name, model in (("first", self.FIRST), ("second", self.SECOND)):
            behave = behaviours.get(name, lambda *_arguments: False)

            @api.model
            def take(model, message, name=name, behave=behave):
                self.asked.append(name)
                return behave(model, message)

            cls = type(self.env[model])
            self.startPatcher(patch.object(cls, "_take_inbound", take, create=True))

    def receive(self, message=MESSAGE):
        """Hand a message in; return the partner that Odoo makes of it, if it does."""
        before = self.env["res.partner"].search([])
        result = self.env["mail.thread"].message_process("res.partner", message)
        made = self.env["res.partner"].search([]) - before
        self.assertEqual(bool(result), bool(made))
        return made

    def test_nobody_is_there(self):
        self.patch(takers, "TAKERS", ())
        self.assertTrue(self.receive())

    def test_not_taken(self):
        self.use()
        self.assertTrue(self.receive())
        self.assertEqual(self.asked, ["first", "second"])

    def test_taken(self):
        """The next one is not asked, and Odoo doesn't get it."""
        self.use(first=lambda *_arguments: True)
        self.assertFalse(self.receive())
        self.assertEqual(self.asked, ["first"])
        self.assertFalse(
            self.env["mail.message"].search([("message_id", "ilike", "1@customer")])
        )

    def test_order(self):
        self.use(second=lambda *_arguments: True)
        self.assertFalse(self.receive())
        self.assertEqual(self.asked, ["first", "second"])
        self.asked.clear()
        self.patch(takers, "TAKERS", (self.SECOND, self.FIRST))
        self.assertFalse(self.receive())
        self.assertEqual(self.asked, ["second"])

    def test_what_it_stores_is_kept(self):
        def store(model, message):
            model.sudo().create({"name": message.message_id})
            return True

        self.use(first=store)
        self.receive()
        self.assertTrue(
            self.env[self.FIRST].search([("name", "=", "<1@customer.example>")])
        )

    def test_it_fails(self):
        """Logged and undone, and the message goes on: to the next one and to Odoo."""

        class Unheard(Exception):
            pass

        errors = (
            UserError("no"), ValueError("no"), KeyError("no"), OSError(24, "files"),
            AssertionError("no"), RecursionError("deep"), SyntaxError("xml"),
            Unheard("no"),
        )  # fmt: skip
        for number, error in enumerate(errors):
            self.asked.clear()

            def fail(model, _message, error=error):
                model.sudo().create({"name": "Left over"})
                raise error

            self.use(first=fail)
            with self.subTest(error=error):
                with self.assertLogs(DOOR_LOGGER, logging.WARNING) as logs:
                    self.assertTrue(self.receive(MESSAGE.replace("<1", f"<{number}")))
                self.assertIn(self.FIRST, logs.output[0])
                self.assertIn(f"<{number}@customer.example>", logs.output[0])
                self.assertEqual(self.asked, ["first", "second"])
                self.assertFalse(
                    self.env[self.FIRST].search([("name", "=", "Left over")])
                )

    def test_the_database_refuses(self):
        statements = (
            "SELECT 1 / 0",
            "INSERT INTO nowhere VALUES (1)",
            "INSERT INTO res_country (id) VALUES (NULL)",
        )
        for number, statement in enumerate(statements):
            self.use(first=lambda model, _m, sql=statement: model.env.cr.execute(sql))
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertLogs(DOOR_LOGGER, logging.WARNING),
            ):
                self.assertTrue(self.receive(MESSAGE.replace("<1", f"<{number}")))

    def test_it_hides_what_the_database_refuses(self):
        def hide(model, _message):
            with suppress(psycopg2.Error):
                model.env.cr.execute("SELECT 1 / 0")
            return True

        self.use(first=hide)
        with mute_logger("odoo.sql_db"), self.assertLogs(DOOR_LOGGER, logging.WARNING):
            self.assertTrue(self.receive())

    def test_it_is_written_late(self):
        """What is still to be flushed fails inside the savepoint, too."""

        def fail(model, _message):
            model.env.ref("base.fr").sudo().code = "BE"  # two of them must not be
            return True

        self.use(first=fail)
        with mute_logger("odoo.sql_db"), self.assertLogs(DOOR_LOGGER, logging.WARNING):
            self.assertTrue(self.receive())

    def test_a_model_that_is_not_there(self):
        self.use()
        self.patch(takers, "TAKERS", ("not.there", self.SECOND))
        with self.assertLogs(DOOR_LOGGER, logging.WARNING):
            self.assertTrue(self.receive())
        self.assertEqual(self.asked, ["second"])

    def test_it_gets_the_message(self):
        got = []
        self.use(first=lambda model, m: got.append((m, carried(model.env, type(m)))))
        for number, form in enumerate((str, str.encode, lambda t: Binary(t.encode()))):
            text = MESSAGE.replace("<1", f"<{number}")
            self.receive(form(text))
            message, travelling = got.pop()
            with self.subTest(number):
                self.assertIsInstance(message, InboundMessage)
                self.assertIs(message, travelling)
                self.assertEqual(message.raw, text.encode())
                self.assertEqual(message.author, "a@customer.example")

    def test_what_is_too_large(self):
        self.use(first=lambda *_arguments: True)
        self.patch(takers, "MAX_TAKEN", len(MESSAGE) - 1)
        self.assertTrue(self.receive())
        self.assertFalse(self.asked)

    def test_hostile_bytes(self):
        """Whatever a client hands in reaches takers, and Odoo's answer is its own."""
        self.use()
        hostile = (
            b"", b"\0" * 1000, b"\xff\xfe" * 1000, b"\n" * 10**5, b":" * 10**5,
            b"From: " + b"<" * 10**5, b"From:\n" * 10**4, "\ud800", "\0",
        )  # fmt: skip
        for raw in hostile:
            self.asked.clear()
            answers = [self._answer(raw)]
            with self.subTest(raw[:20]):
                self.assertEqual(self.asked, ["first", "second"])
            with patch.object(takers, "TAKERS", ()):
                answers.append(self._answer(raw))
            with self.subTest(raw[:20], same=True):
                self.assertEqual(*answers)

    def _answer(self, raw):
        """Return the type of the error that Odoo ends in, None for none."""
        try:
            with self.env.cr.savepoint(), mute_logger(ROUTES, "odoo.sql_db"):
                self.env["mail.thread"].message_process(False, raw)
        except (LookupError, TypeError, UserError, ValueError, psycopg2.Error) as error:
            return type(error)
        return None

    def test_it_has_the_rights_of_who_calls(self):
        user = new_test_user(self.env, "gateway")
        got = []
        self.use(first=lambda model, _m: got.append((model.env.uid, model.env.su)))
        self.env["mail.thread"].with_user(user).message_process(
            "res.partner", MESSAGE.replace("somebody@", "catchall@")
        )
        self.assertEqual(got, [(user.id, False)])
