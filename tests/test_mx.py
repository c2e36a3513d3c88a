# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
import smtplib
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from odoo.tests import BaseCase

from ..mailauth.message.handover import read_way
from ..mailauth.message.raw import read_raw
from .common import run_python
from .mx import Mailbox, Mx, Session
from .smtp_sink import Delivery, FolderSink

MAIL = b"From: a@acme.example\r\nSubject: Hello\r\n\r\nBody\r\n"
NOW = 1_767_225_600


class TestMx(BaseCase):
    """The server of the tests itself: what it adds is read as what a real one adds."""

    def setUp(self):
        super().setUp()
        self.mx = self.enterContext(Mx(now=lambda: NOW))

    def _send(self):
        with smtplib.SMTP(self.mx.host, self.mx.port, timeout=10) as smtp:
            smtp.sendmail("bounce@acme.example", ["t@acme.example"], MAIL)
        return self.mx.come_back()

    def test_way(self):
        (message,) = self._send()
        self.assertTrue(message.endswith(MAIL))
        way = read_way(read_raw(message))
        self.assertEqual(way.client_ip, self.mx.session.client_ip)
        self.assertEqual(way.helo, self.mx.session.helo)
        self.assertEqual(way.mail_from, "bounce@acme.example")
        self.assertIs(way.tls, True)
        self.assertEqual(len(way.hops), 2)
        self.assertEqual(way.proves_nothing, "")

    def test_as_told(self):
        results = {"spf": "fail smtp.mailfrom=acme.example", "dkim": "none"}
        told = {"client_ip": "203.0.113.9", "client_name": "", "tls": False}
        self.mx.session = replace(Session(), results=results, **told)
        self.mx.change = lambda message: message.replace(b"Body", b"Other")
        (message,) = self._send()
        self.assertIn(b"\r\n\r\nOther", message)
        self.assertIn(b"(unknown [203.0.113.9])\r\n", message)
        self.assertIn(b"spf=fail smtp.mailfrom=acme.example;\r\n\tdkim=none", message)
        self.assertIs(read_way(read_raw(message)).tls, False)

    def test_comes_once(self):
        self._send()
        self.assertEqual(self.mx.come_back(), [])
        self.assertEqual(len(self.mx.deliveries), 1)


class TestFolderSink(BaseCase):
    """Who looks into the folder meanwhile finds nothing that is half written."""

    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.is_over = threading.Event()
        self.half = []

    def _look(self):
        seen = set()
        while not self.is_over.is_set():
            for path in set(self.folder.glob("*.json")) - seen:
                seen.add(path)
                if not path.read_text().endswith("}"):
                    self.half.append(path.name)

    def test_whole(self):
        sink = FolderSink(self.folder)
        thread = threading.Thread(target=self._look)
        thread.start()
        for _number in range(300):
            sink.keep(Delivery("a@acme.example", ("b@x.example",), MAIL, ""))
        self.is_over.set()
        thread.join()
        self.assertEqual(self.half, [])


class TestMailbox(BaseCase):
    """What is in the folder of a sink comes to Odoo, where it is meant for Odoo."""

    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self._put("0", "catchall@acme.example")
        self.taken = []
        box = (self.folder, "acme.example", Session(), self._take)
        self.mailbox = Mailbox(*box)

    def _put(self, name, *recipients):
        envelope = {"mail_from": "b@acme.example", "rcpt_tos": recipients, "peer": ""}
        (self.folder / f"{name}.eml").write_bytes(MAIL)
        (self.folder / f"{name}.json").write_text(json.dumps(envelope))

    def _take(self, message):
        self.taken.append(message)
        return True

    def test_look(self):
        self._put("1", "Catchall+0a@ACME.example")
        self._put("2", "carl@acme.example")
        self._put("3", "catchall@other.example")
        self._put("4", "x@other.example", "bounce@acme.example")
        self._put("5", "dmarc-reports@acme.example")
        self.mailbox.look()
        self.mailbox.look()
        self.assertEqual(len(self.taken), 3)
        self.assertIn(b"Delivered-To: Catchall+0a@ACME.example\r\n", self.taken[0])
        self.assertIn(b"Delivered-To: bounce@acme.example\r\n", self.taken[1])

    def test_program(self):
        """It starts where the folder of the tests is on no path."""
        done = run_python("-P", "tests/mx.py", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
