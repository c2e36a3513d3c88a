# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import email
import os
import re
import threading
from types import SimpleNamespace
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ...mailauth.dkim.key import load_private_key
from ...models.dkim import (
    ir_mail_server as ir_mail_server_dkim,
    signing,
)
from ...models.dkim.signing import ActiveKey, find_active_keys, pick_keys
from ...models.sender.session_facts import SessionFacts
from ..common import use_fernet_keys
from ..keys import FERNET_KEYS
from .test_ir_mail_server import SigningCase

LOGGER = "odoo.addons.mail_deliverability.models.dkim.mail_dkim_key"
REVOKE = "UPDATE mail_dkim_key SET state = 'revoked', private_key = NULL"
OTHERS = {"bounce_alias": "b2", "catchall_alias": "c2"}


def _key(key_id, domain, key_type="rsa", owner=1, is_common=False):
    return ActiveKey(key_id, "v", domain, f"s{key_id}", key_type, owner, is_common)


@tagged("post_install", "-at_install")
class TestPickKeys(BaseCase):
    def test_pick(self):
        keys = (
            _key(9, "acme.example", owner=2),
            _key(8, "acme.example"),
            _key(7, "mail.acme.example", owner=3),
            _key(6, "acme.example", "ed25519"),
        )
        for name, domain, owner, expected in (
            ("own", "acme.example", 1, [8, 6]),
            ("the other's", "acme.example", 2, [9]),
            ("neither: the newest of each type", "acme.example", 5, [9, 6]),
            ("not known", "acme.example", None, [9, 6]),
            ("own is the parent", "x.acme.example", 1, [8, 6]),
            ("own first, a parent's too", "mail.acme.example", 1, [8, 6]),
            ("the owner of the nearest", "mail.acme.example", 3, [7]),
            ("neither: the nearest", "mail.acme.example", 5, [7]),
            ("neither: the nearest parent's", "x.mail.acme.example", 5, [7]),
            ("upper case", "ACME.example", 2, [9]),
            ("part of a label", "notacme.example", 1, []),
            ("top-level domain", "example", 1, []),
            ("no domain", "", 1, []),
            ("none", False, 1, []),
        ):
            with self.subTest(name):
                found = [key.id for key in pick_keys(keys, domain, owner)]
                self.assertEqual(found, expected)

    def test_common(self):
        """A company may have more domains than the one that is its own."""
        keys = (
            _key(9, "mail.acme.example", owner=3, is_common=True),
            _key(8, "acme.example"),
            _key(7, "acme.example", owner=4, is_common=True),
            _key(6, "new.acme.example", owner=2),
        )
        for name, domain, owner, expected in (
            ("the nearest", "mail.acme.example", 1, [9]),
            ("own of one name", "acme.example", 1, [8]),
            ("no other's", "new.acme.example", 1, [8]),
            ("common before another's", "new.acme.example", 5, [7]),
        ):
            with self.subTest(name):
                found = [key.id for key in pick_keys(keys, domain, owner)]
                self.assertEqual(found, expected)


@tagged("post_install", "-at_install")
class TestKeyStore(SigningCase):
    """What a worker remembers of keys, and what it must not."""

    def setUp(self):
        super().setUp()
        signing.forget()
        self.addCleanup(signing.forget)

    def _selectors(self, data):
        fields = email.message_from_bytes(data).get_all("DKIM-Signature", [])
        return [re.search(r"\bs=([^;]+);", field)[1] for field in fields]

    def _work_elsewhere(self, statement, *parameters):
        """Change the database as another worker does: nobody here is told."""
        self.env.flush_all()
        self.cr.execute(statement, parameters)

    def test_a_key_is_loaded_once(self):
        load = patch.object(signing, "load_private_key", wraps=load_private_key)
        with load as loaded:
            self._send()
            self._send()
        self.assertEqual(loaded.call_count, 2, "one RSA and one Ed25519 key")

    def test_a_batch_asks_once(self):
        mails = [self._make_mail("zoe@acme.example") for _number in range(3)]
        find = patch.object(
            ir_mail_server_dkim, "find_active_keys", wraps=find_active_keys
        )
        with find as found:
            self.env["mail.mail"].browse([mail.id for mail in mails]).send()
        self.assertEqual(len(self.sink.deliveries), 3)
        found.assert_called_once()

    def test_asking_is_one_query(self):
        self.env.flush_all()
        with self.assertQueryCount(1):
            find_active_keys(self.env)

    def test_what_another_worker_does_counts_for_the_next_batch(self):
        both = self._selectors(self._send().data)
        self.assertEqual(both, [self.rsa_key.selector, self.ed_key.selector])
        self._work_elsewhere(f"{REVOKE} WHERE id = %s", self.ed_key.id)
        self.assertEqual(self._selectors(self._send().data), both[:1])
        self._work_elsewhere("DELETE FROM mail_dkim_key WHERE id = %s", self.rsa_key.id)
        self.assertEqual(self._selectors(self._send().data), [])

    def test_a_key_that_another_worker_replaces(self):
        self.assertEqual(self._verify(self._send().data), ["pass", "pass"])
        other = self.keys.create(
            {"alias_domain_id": self.domain.id, "algorithm": "ed25519"}
        )
        self._work_elsewhere(
            "UPDATE mail_dkim_key mine SET private_key = other.private_key,"
            " public_key = other.public_key FROM mail_dkim_key other"
            " WHERE mine.id = %s AND other.id = %s",
            self.ed_key.id,
            other.id,
        )
        name = (self.ed_key.record_name, "TXT")
        zone = {**self.zone, name: [other.record_value]}
        with patch.object(self, "zone", zone):
            self.assertEqual(self._verify(self._send().data), ["pass", "pass"])

    def test_a_key_that_is_revoked_within_a_batch(self):
        """It is no alarm that it can't be used any more."""
        session = SimpleNamespace(session_facts=SessionFacts(self.server.id))
        mail_servers = self.env["ir.mail_server"]
        message = mail_servers._build_email__(
            "zoe@acme.example", ["customer@customer.example"], "Subject", "Body"
        )
        mail_servers._get_session_facts(session)
        self._work_elsewhere(REVOKE)
        tell = patch.object(type(self.keys), "_tell_unusable")
        with mute_logger(LOGGER), tell as told:
            signed, unusable = ir_mail_server_dkim._sign(mail_servers, session, message)
        self.assertIsNone(signed)
        self.assertEqual(unusable, [])
        told.assert_not_called()

    def test_the_store_is_bounded(self):
        with patch.object(signing, "MOST", 1):
            self.assertEqual(self._verify(self._send().data), ["pass", "pass"])
            self.assertEqual(len(signing._store), 1)
            self.assertEqual(self._verify(self._send().data), ["pass", "pass"])

    def test_the_oldest_use_goes_first(self):
        keys = find_active_keys(self.env)
        with patch.object(signing, "MOST", 2):
            for key in (*keys, keys[0]):
                signing.find_secrets(self.env, [key.id])
            other = self._make_active(self.domain_2, algorithm="ed25519")
            signing.find_secrets(self.env, [other.id])
        kept = [key_id for _database, key_id, _version in signing._store]
        self.assertEqual(kept, [keys[0].id, other.id])

    def test_a_forked_process_starts_without_keys(self):
        self._send()
        self.assertTrue(signing._store)
        with signing._lock:  # as another thread may hold it
            child = os.fork()
            if not child:
                is_free = signing._lock.acquire(timeout=1)
                os._exit(0 if is_free and not signing._store else 1)
        _pid, status = os.waitpid(child, 0)
        self.assertEqual(status, 0)
        self.assertTrue(signing._store, "the parent keeps them")

    def test_threads(self):
        """Each signs with each key, and loading and forgetting go on meanwhile."""
        keys = find_active_keys(self.env)
        rows = {key.id: signing._load(self.cr, key.id) for key in keys}
        errors = []

        def work():
            try:
                for _round in range(200):
                    for key in keys:
                        found = signing._get_private_key(self.cr, key.id, key.version)
                        assert found == rows[key.id], found
            except Exception as error:
                errors.append(error)
                raise

        with (
            patch.object(signing, "MOST", 1),
            patch.object(signing, "_load", lambda _cr, key_id: rows[key_id]),
        ):
            threads = [threading.Thread(target=work) for _number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
        self.assertEqual(errors, [])
        self.assertLessEqual(len(signing._store), 1)

    @mute_logger(LOGGER)
    def test_a_key_that_can_not_be_used_is_tried_once(self):
        self.ed_key.sudo().private_key = "damaged"
        with patch.object(signing._logger, "error") as error:
            self._send()
            self._send()
        error.assert_called_once()

    def test_encrypted_again_by_the_command(self):
        """What could not be read is read with the next batch: its version changed."""
        fernet = Fernet(FERNET_KEYS[0])
        pem = self.ed_key.sudo().private_key
        with mute_logger(LOGGER):
            self.ed_key.sudo().private_key = "fernet:lost"
            self.assertEqual(self._verify(self._send().data), ["pass"])
        self.enterContext(use_fernet_keys(FERNET_KEYS[0]))
        encrypted = f"fernet:{fernet.encrypt(pem.encode()).decode()}"
        self._work_elsewhere(
            "UPDATE mail_dkim_key SET private_key = %s WHERE id = %s",
            encrypted,
            self.ed_key.id,
        )
        self.assertEqual(self._verify(self._send().data), ["pass", "pass"])


@tagged("post_install", "-at_install")
class TestWhoseKeySigns(SigningCase):
    """Two alias domains of one name, each with its company and its key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls._make_alias_domain("ACME.example", cls.company_2, **OTHERS)
        cls.their_key = cls._make_active(cls.theirs, algorithm="ed25519")

    def _selectors(self, delivery):
        fields = email.message_from_bytes(delivery.data).get_all("DKIM-Signature", [])
        return {re.search(r"\bs=([^;]+);", field)[1] for field in fields}

    def _make_mail_of(self, domain):
        return self._make_mail("zoe@acme.example", record_alias_domain_id=domain.id)

    def _get_ours(self):
        active = (self.rsa_key | self.ed_key).filtered(lambda k: k.state == "active")
        return set(active.mapped("selector"))

    def test_the_mail_decides(self):
        for domain, expected in (
            (self.domain, self._get_ours()),
            (self.theirs, {self.their_key.selector}),
        ):
            with self.subTest(domain.name):
                self._make_mail_of(domain).send(raise_exception=True)
                self.assertEqual(self._selectors(self._last()), expected)

    def test_both_in_one_batch(self):
        mails = self._make_mail_of(self.domain) | self._make_mail_of(self.theirs)
        mails.send(raise_exception=True)
        found = [self._selectors(delivery) for delivery in self.sink.deliveries]
        self.assertCountEqual(found, [self._get_ours(), {self.their_key.selector}])

    def test_without_a_record_the_company_decides(self):
        for company, expected in (
            (self.company, self._get_ours()),
            (self.company_2, {self.their_key.selector}),
        ):
            servers = self.env["ir.mail_server"].with_company(company)
            message = servers._build_email__(
                "zoe@acme.example", ["customer@customer.example"], "Subject", "Body"
            )
            with self.subTest(company.name):
                servers.send_email(message)
                self.assertEqual(self._selectors(self._last()), expected)

    def test_nobody_takes_its_place_with_a_subdomain(self):
        """Neither another company, nor whoever uses a domain that no company has."""
        for company in (self.company_2, self.env["res.company"]):
            locals_ = {"bounce_alias": f"b{company.id}", "catchall_alias": "c4"}
            name = f"mail{company.id or 0}.acme.example"
            nearer = self._make_alias_domain(name, company, **locals_)
            self._make_active(nearer, algorithm="ed25519")
            self.server.from_filter = name
            mail = self._make_mail(f"zoe@{name}", record_alias_domain_id=self.domain.id)
            with self.subTest(company.name):
                mail.send(raise_exception=True)
                self.assertEqual(self._selectors(self._last()), self._get_ours())

    def test_a_second_domain_of_the_only_company(self):
        companies = self.env["res.company"].search([]) - self.company
        companies.action_archive()
        second = self._make_alias_domain(
            "mail.acme.example",
            self.env["res.company"],
            bounce_alias="b5",
            catchall_alias="c5",
        )
        key = self._make_active(second, algorithm="ed25519")
        found = pick_keys(
            find_active_keys(self.env), "mail.acme.example", self.domain.id
        )
        self.assertEqual([one.id for one in found], key.ids)

    def test_better_another_signature_than_none(self):
        self.their_key.action_retire()
        self._make_mail_of(self.theirs).send(raise_exception=True)
        self.assertEqual(self._selectors(self._last()), self._get_ours())
