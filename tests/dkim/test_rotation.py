# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import itertools
import logging
import threading
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ...mailauth.dkim.verify import verify_dkim
from ...models.dkim import secrets
from ...models.dkim.reencryption import encrypt_all
from ..common import ZoneResolver, delete_alias_domains, run, use_fernet_keys
from ..keys import FERNET_KEYS, fixed_keys
from ..smtp_sink import SmtpSink

MAILS = 10
ROTATIONS = 6
PATIENCE = 120  # seconds; nothing takes that long


class StampedSink(SmtpSink):
    """A sink that judges each mail by what DNS shows at that moment."""

    def __init__(self, zone):
        super().__init__()
        self.zone = zone
        self.verdicts = []

    def keep(self, delivery):
        resolver = ZoneResolver(dict(self.zone))
        self.verdicts.append((delivery.data, resolver))
        return super().keep(delivery)


@tagged("post_install", "-at_install")
class TestDkimRotation(BaseCase):
    """Two workers rotate and send at once, each with real transactions."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.zone = {}
        self.errors = []
        self.sent = threading.Semaphore(0)
        self.rotated = threading.Event()
        self.startPatcher(fixed_keys())
        # The runner holds this lock, and each worker's environment asks for it.
        self.startPatcher(patch.object(Registry, "_lock", DummyRLock()))
        self.startPatcher(
            patch.object(
                self.registry["ir.config_parameter"],
                "_get_dns_resolver",
                lambda _self, timeout=None: ZoneResolver(dict(self.zone)),
            )
        )
        self.startPatcher(
            patch.object(
                self.registry["ir.mail_server"], "_disable_send", lambda *_: False
            )
        )
        with self._environment() as env:
            self.domain_id = (
                env["mail.alias.domain"].create({"name": "rotation.example"}).id
            )
            key = env["mail.dkim.key"].create({"alias_domain_id": self.domain_id})
            self._publish(key)
            key.action_activate()
        self.addCleanup(self._remove)

    def _environment(self):
        return _Environment(self.registry)

    def _remove(self):
        with self._environment() as env:
            keys = env["mail.dkim.key"].search(
                [("alias_domain_id", "=", self.domain_id)]
            )
            keys.write({"state": "draft", "retired_on": False})
            keys.unlink()
            delete_alias_domains(env["mail.alias.domain"].browse(self.domain_id))
            # What was sent was counted, too.
            env["mail.send.counter"].search([]).unlink()

    def _publish(self, key):
        self.zone[(key.record_name, "TXT")] = [key.record_value]

    def _rotate(self):
        """Replace the active key again and again; records stay until they may go."""
        for number in range(ROTATIONS):
            # Mails leave between any two of them.
            self.assertTrue(self.sent.acquire(timeout=PATIENCE), number)
            with self._environment() as env:
                active = env["mail.dkim.key"].search(
                    [
                        ("alias_domain_id", "=", self.domain_id),
                        ("state", "=", "active"),
                    ]
                )
                successor = active.browse(active.action_rotate()["res_id"])
                self._publish(successor)
            with self._environment() as env:
                env["mail.dkim.key"].browse(successor.id).action_activate()
        self.rotated.set()

    def _send(self, sink):
        """Send till all keys are replaced, and some more."""
        rest = itertools.chain(iter(self.rotated.is_set, True), range(MAILS))
        for number in rest:
            with self._environment() as env:
                server = env["ir.mail_server"]
                message = server._build_email__(
                    "zoe@rotation.example", ["a@b.example"], f"Mail {number}", "Body"
                )
                server.send_email(message, smtp_server=sink.host, smtp_port=sink.port)
            self.sent.release()

    def _run(self, function, *arguments):
        def guarded():
            try:
                function(*arguments)
            except BaseException as error:
                self.errors.append(error)
                raise

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    def test_every_mail_verifies(self):
        with StampedSink(self.zone) as sink:
            threads = [
                self._run(self._send, sink),
                self._run(self._send, sink),
                self._run(self._rotate),
            ]
            for thread in threads:
                thread.join(PATIENCE)
        self.assertEqual(self.errors, [])
        self.assertGreaterEqual(len(sink.verdicts), 2 * MAILS)
        selectors = set()
        for data, resolver in sink.verdicts:
            (found,) = run(verify_dkim(data, resolver, 0))
            self.assertEqual((found.result, found.problem), ("pass", ""))
            selectors.add(found.selector)
        self.assertGreater(len(selectors), 1, "nothing was rotated while sending")
        with self._environment() as env:
            states = (
                env["mail.dkim.key"]
                .search([("alias_domain_id", "=", self.domain_id)])
                .mapped("state")
            )
        self.assertEqual(states.count("active"), 1)
        self.assertEqual(states.count("retiring"), ROTATIONS)

    @mute_logger("odoo.sql_db")
    def test_two_activations_at_once(self):
        """One of them may be refused, and one key is active in the end."""
        with self._environment() as env:
            keys = env["mail.dkim.key"].create(
                [{"alias_domain_id": self.domain_id}] * 2
            )
            for key in keys:
                self._publish(key)
        barrier = threading.Barrier(2)

        def activate(key_id):
            with self._environment() as env:
                key = env["mail.dkim.key"].browse(key_id)
                key.action_check()
                barrier.wait(PATIENCE)
                key.action_activate_unchecked()

        logger = "odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"
        with mute_logger(logger, "odoo.tests"), patch("threading.excepthook"):
            threads = [self._run(activate, key.id) for key in keys]
            for thread in threads:
                thread.join(PATIENCE)
        self.assertLessEqual(len(self.errors), 1)
        with self._environment() as env:
            active = env["mail.dkim.key"].search_count(
                [("alias_domain_id", "=", self.domain_id), ("state", "=", "active")]
            )
        self.assertEqual(active, 1)

    def test_a_failed_write_logs_no_secret(self):
        """Another worker has changed the key meanwhile: PostgreSQL refuses ours."""
        fernet_key = FERNET_KEYS[0]
        with self._environment() as env:
            key = env["mail.dkim.key"].create({"alias_domain_id": self.domain_id})
            secret = key.private_key
        for name, write in (
            ("new pair", secrets.make_pair),
            ("plain again", lambda key: key.write({"private_key": secret})),
            ("encrypted again", lambda key: encrypt_all(key.env)),
        ):
            cr = self.registry.cursor()
            self.addCleanup(cr.close)
            ours = api.Environment(cr, SUPERUSER_ID, {})["mail.dkim.key"].browse(key.id)
            self.assertEqual(ours.private_key, secret)
            with self._environment() as env:
                env["mail.dkim.key"].browse(key.id).cname_target = f"{name[0]}.example"
            with self.subTest(name), self.assertLogs("odoo") as logs:
                logging.getLogger("odoo").info("something")
                with (
                    self.assertRaises(psycopg2.errors.SerializationFailure),
                    use_fernet_keys(fernet_key),
                ):
                    write(ours)
                    ours.flush_recordset()
                text = "\n".join(logs.output)
                self.assertNotRegex(text, "PRIVATE|fernet")


class _Environment:
    """A transaction of its own that commits at the end, as a worker's does."""

    def __init__(self, registry):
        self.registry = registry

    def __enter__(self):
        self.cr = self.registry.cursor()
        return api.Environment(self.cr, SUPERUSER_ID, {})

    def __exit__(self, kind, _error, _trace):
        if kind is None:
            self.cr.commit()  # pylint: disable=invalid-commit
        self.cr.close()
