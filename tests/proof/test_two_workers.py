# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What several workers do with the same test at once, in real transactions."""

import base64
from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ...models.proof.mail_test_message_send import Letter
from ...models.proof.stored import find_raw, load_raw
from ...models.proof.token import hash_token
from ...models.tools import apart

TOKEN = "ab" * 16
MESSAGE = (
    "From: a@acme.example\r\nTo: b@customer.example\r\nSubject: S\r\n"
    f"Message-ID: <1.2-openerp-test-{TOKEN}@acme.example>\r\n\r\nHello\r\n"
).encode()


@tagged("post_install", "-at_install")
class TestTwoWorkers(BaseCase):
    """A test that waits for its message."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.worker() as env:
            test = env["mail.test.message"].create({"state": "waiting"})
            env["mail.test.message.leg"].create(
                {
                    "test_id": test.id,
                    "kind": "arrival",
                    "token_hash": hash_token(TOKEN),
                }
            )
            self.test_id = test.id
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.worker() as env:
            env["mail.test.message"].browse(self.test_id).unlink()

    @contextmanager
    def worker(self):
        """Yield the environment of a worker, whose transaction is committed."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def hand_in(self):
        with self.worker() as env:
            env["mail.thread"].message_process(False, MESSAGE)

    def look(self):
        with self.worker() as env:
            test = env["mail.test.message"].browse(self.test_id)
            return test.state, test.leg_ids.state, test.replays

    def test_handed_in_twice(self):
        """A worker whose transaction began before the other one's counts it."""
        with self.worker() as env:
            leg = env["mail.test.message"].browse(self.test_id).leg_ids
            self.assertEqual(leg.state, "waiting")
            self.hand_in()
            env["mail.thread"].message_process(False, MESSAGE)
        self.assertEqual(self.look(), ("judging", "back", 1))

    def test_the_test_is_locked(self):
        """It is kept, and received when nobody holds it any more."""
        quick = patch.object(apart, "LOCK_TIMEOUT", "30ms")
        with self.worker() as other, quick, mute_logger("odoo.sql_db"):
            other.cr.execute(
                "SELECT FROM mail_test_message_leg WHERE test_id = %s FOR UPDATE",
                [self.test_id],
            )
            other.cr.execute(
                "SELECT FROM mail_test_message WHERE id = %s FOR UPDATE", [self.test_id]
            )
            for _time in range(2):
                self.hand_in()
            with self.worker() as env:
                env["mail.test.message"]._receive_late()
        self.assertEqual(self.look(), ("waiting", "waiting", 0))
        with self.worker() as env:
            env["mail.test.message"]._receive_late()
        with self.worker() as env:
            legs = env["mail.test.message"].browse(self.test_id).leg_ids
            self.assertEqual(load_raw(legs, "raw"), MESSAGE)
            self.assertFalse(find_raw(legs, ["late_raw"]))
        self.assertEqual(self.look(), ("judging", "back", 1))

    def test_while_the_test_is_open(self):
        """Whoever has read it meanwhile keeps nobody waiting, and sees it as it was."""
        with self.worker() as env:
            test = env["mail.test.message"].browse(self.test_id)
            self.assertEqual(test.state, "waiting")
            self.hand_in()
        self.assertEqual(self.look()[:2], ("judging", "back"))

    def test_it_comes_while_it_is_stored_that_it_has_left(self):
        """Nobody is told of an error: it would be a message that has left."""
        with self.worker() as env:
            env["mail.test.message"].browse(self.test_id).state = "sending"
        tests = self.registry["mail.test.message"]
        keep, calls = tests._keep_outcome, []

        def keep_late(test, letters, witnesses):
            test.leg_ids.mapped("state")
            calls.append(test) or len(calls) > 1 or self.hand_in()
            keep(test, letters, witnesses)

        with (
            patch.object(tests, "_keep_outcome", keep_late),
            patch.object(tests, "_send_letter", lambda *_: ""),
            mute_logger("odoo.sql_db"),
            self.worker() as env,
        ):
            test = env["mail.test.message"].browse(self.test_id)
            test._send_letters([Letter(test.leg_ids.id, TOKEN, "b@customer.example")])
        self.assertEqual(len(calls), 2)
        self.assertEqual(self.look()[:2], ("judging", "back"))

    def test_its_source_is_pasted(self):
        """It is back in another transaction than that of the request."""
        with self.worker() as env:
            tests = env["mail.test.message"]
            answer = tests.explain_upload(base64.b64encode(MESSAGE).decode(), "x.eml")
        self.assertEqual(answer["id"], self.test_id)
        self.assertIn("being judged", answer["text"])
        self.assertEqual(self.look(), ("judging", "back", 0))

    def test_one_of_them_judges(self):
        self.hand_in()
        with self.worker() as first, self.worker() as second:
            claimed = [env["mail.test.message"]._claim().ids for env in (first, second)]
        self.assertEqual(claimed, [[self.test_id], []])

    def test_one_of_them_sends(self):
        with self.worker() as env:
            env["mail.test.message"].browse(self.test_id).state = "draft"
            env["mail.test.message.leg"].search(
                [("test_id", "=", self.test_id)]
            ).unlink()
        with self.worker() as first, self.worker() as second:
            tests = [
                env["mail.test.message"].browse(self.test_id) for env in (first, second)
            ]
            self.assertEqual(tests[1].state, "draft")
            letters = [test._begin() for test in tests]
        self.assertEqual([bool(one) for one in letters], [True, False])
