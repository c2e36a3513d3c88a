# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from pathlib import Path

from odoo.tests import HttpCase, tagged
from odoo.tools import file_path, mute_logger

from ..mx import run_mailgate
from .loop_common import LoopCase

RPC = "odoo.addons.rpc.controllers.xmlrpc"  # it warns of its own end
FAULTS = ("odoo.addons.mail.models.mail_thread", "odoo.http")


class HttpLoopCase(HttpCase, LoopCase):
    """The loop with Odoo's web server."""

    def registry_enter_test_mode(self, **_options):
        """HttpCase has done so for the whole class."""

    def setUp(self):
        super().setUp()
        self.script = Path(file_path("mail/static/scripts/odoo-mailgate.py"))
        self.addCleanup(setattr, self, "http_request_allow_all", False)

    def _pipe(self, message, **variables):
        """Hand a message to odoo-mailgate; return its exit code."""
        self.env.cr.flush()
        self.env.cr.clear()
        to = (self.http_port(), self.env.cr.dbname, "admin")
        with mute_logger(RPC), self.allow_requests(all_requests=True):
            done = run_mailgate(self.script, message, *to, **variables)
        self.env.invalidate_all()
        return done.returncode


@tagged("post_install", "-at_install")
class TestLoopMailgate(HttpLoopCase):
    """Odoo's own script, fed as a mail server's pipe feeds it: text, in a locale."""

    def _pipe_arrival(self, encoding):
        """Send a test, pipe the message itself into Odoo, and return the test."""
        test = self._send_test()
        message, *_legs = self.mx.come_back()
        self.assertEqual(self._pipe(message, PYTHONIOENCODING=encoding), 0)
        self._judge_tests()
        self.assertEqual(test.state, "done")
        return test

    def test_what_a_locale_makes_of_it(self):
        """Our mails are ASCII, so that no locale changes them."""
        for encoding in ("latin-1", "ascii:surrogateescape"):
            with self.subTest(encoding):
                self.assertEqual(self._pipe_arrival(encoding).grade, "A")

    def test_eight_bits_are_changed(self):
        """What the script has changed itself is no failure of the message."""
        self.mx.change = _write_eight_bits
        test = self._pipe_arrival("latin-1")
        self.assertEqual([one["result"] for one in test.verdict["dkim"]], ["unknown"])
        self.assertFalse(test.grade)

    def test_nobody(self):
        """What is no test goes on to Odoo, which has no use for it."""
        mail = b"From: a@b.example\r\nTo: x@acme.example\r\n\r\nHello\r\n"
        with mute_logger(*FAULTS):
            self.assertEqual(self._pipe(mail), 67)


def _write_eight_bits(message):
    """A gateway that decodes the parts, as RFC 6152 lets it do the other way round."""
    head, empty, body = message.partition(b"\r\n\r\n")
    for code in (b"quoted-printable", b"base64", b"7bit"):
        body = body.replace(b"Encoding: " + code, b"Encoding: 8bit")
        head = head.replace(b"Encoding: " + code, b"Encoding: 8bit")
    return head + empty + body.replace(b"Odoo", "Ödoo".encode())
