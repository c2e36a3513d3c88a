# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import queue
import threading
from contextlib import suppress
from xmlrpc.client import ProtocolError, ServerProxy

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..axe import AxeMixin
from ..messages.worlds import WORLDS, change_subject
from ..mx import run_mailgate
from .loop_common import enter_world
from .test_loop_mailgate import RPC, HttpLoopCase

LEGS = 3  # messages of one test
CRON = "mail_deliverability.mail_test_message_cron_judge"


class Postman(threading.Thread):
    """Brings what is with the MX to Odoo, and wakes Odoo's scheduled action.

    :param bring: called in this thread for each message.
    :param mx: whose messages.
    """

    def __init__(self, mx, bring):
        super().__init__(daemon=True)
        self._mx = mx
        self._bring = bring
        self._news = queue.SimpleQueue()
        self.codes = []

    def __enter__(self):
        keep = self._mx.keep

        def keep_and_tell(delivery):
            keep(delivery)
            self._news.put(True)

        self._mx.keep = keep_and_tell
        self.start()
        return self

    def __exit__(self, *_exception):
        del self._mx.keep
        self._news.put(False)
        self.join()

    def run(self):
        while self._news.get():
            for message in self._mx.come_back():
                self.codes.append(self._bring(message))


@tagged("post_install", "-at_install")
class TestLoopTour(AxeMixin, HttpLoopCase):
    """The whole of it, with nothing made up: a browser, Odoo, SMTP, DNS, the pipe."""

    def setUp(self):
        super().setUp()
        self.env.ref("base.user_admin").email = "zoe@acme.example"
        self.env["mail.test.message"].search([]).unlink()

    def _bring(self, message):
        """Pipe a message into Odoo, and do what Odoo's cron worker does."""
        name = self.env.cr.dbname
        done = run_mailgate(self.script, message, self.http_port(), name, "admin")
        url = f"http://127.0.0.1:{self.http_port()}/xmlrpc/2/object"
        call = (name, self.admin_id, "admin", "ir.cron", "method_direct_trigger")
        # Once the browser has gone, no request is taken any more.
        with ServerProxy(url, allow_none=True) as server, suppress(ProtocolError):
            server.execute_kw(*call, [[self.cron_id]])
        if len(self.mx.deliveries) == LEGS:
            self.mx.change = change_subject  # of the next one
        return done.returncode

    def test_send(self):
        self.admin_id = self.env.ref("base.user_admin").id
        self.cron_id = self.env.ref(CRON).id
        self.http_request_allow_all = True
        tour = ("/odoo/email-test-messages", "mail_test_message_loop")
        with mute_logger(RPC), Postman(self.mx, self._bring) as postman:
            self.start_tour(*tour, login="admin", timeout=300)
        self.assertEqual(postman.codes, [0] * 2 * LEGS)
        tests = self.env["mail.test.message"].search([])
        self.assertEqual(tests.mapped("grade"), ["C", "A"])

    def test_worlds(self):
        """One thing is broken in each: it is found first, in the verdict and on screen.

        The page of tests shows the newest one on top.
        """
        for number, world in reversed(list(enumerate(WORLDS, 1))):
            with self.subTest(world.name):
                self._reset_loop()
                enter_world(self, world)
                test = self._go_round(name=f"World {number}: {world.code}")
                self.assertEqual(test.grade, world.grade)
                self.assert_follows(test.verdict["findings"], world.code)
        tour = ("/odoo/email-test-messages", "mail_test_message_worlds")
        self.start_tour(*tour, login="admin", timeout=300)

    def assert_follows(self, findings, first):
        """Nothing that is not a consequence of the first one; advice is none."""
        self.assertEqual(findings[0]["code"], first)
        known = {first}
        for finding in findings[1:]:
            if finding["status"] != "info":
                self.assertIn(finding["cause"], known, finding["code"])
                known.add(finding["code"])
