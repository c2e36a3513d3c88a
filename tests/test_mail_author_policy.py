import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tests.common import release_test_lock

from ..mailauth.dmarc_check import DmarcResult
from ..models import mail_author_policy
from .common import SmtpCase
from .dns_server import DnsServer

REJECT = ["v=DMARC1; p=reject"]
ZONE = {
    ("_dmarc.yahoo.example", "TXT"): REJECT,
    ("_dmarc.soft.example", "TXT"): ["v=DMARC1; p=quarantine"],
    ("_dmarc.open.example", "TXT"): ["v=DMARC1; p=none; sp=reject"],
    ("mail.open.example", "MX"): ["10 mx.open.example"],
    ("dead.example", "ANY"): "timeout",
    ("_dmarc.dead.example", "ANY"): "timeout",
    ("_dmarc.broken.example", "ANY"): "servfail",
    ("_dmarc.gmail.com", "TXT"): ["v=DMARC1; p=none"],
}
# (domain, what it wants)
POLICIES = [
    ("yahoo.example", "reject"),
    ("soft.example", "quarantine"),
    ("open.example", "none"),
    ("mail.open.example", "reject"),
    ("absent.example", "none"),
    ("broken.example", "unknown"),
    ("gmail.com", "mailbox_provider"),
    ("example¢¡.com", "unknown"),
]
# (case, result, hours that it is kept)
VALIDITY = [
    ("a short TTL", DmarcResult("reject", None, None, domain="a.example", ttl=60), 1),
    ("a TTL between", DmarcResult("none", None, None, domain="a.example", ttl=7200), 2),
    ("a long TTL", DmarcResult("none", None, None, domain="a.example", ttl=10**6), 24),
    (
        "no record",
        DmarcResult(None, None, None, "dmarc_absent", domain="a.example", ttl=80000),
        1,
    ),
    ("failure", DmarcResult(None, None, None, "temperror", domain="a.example"), 1 / 12),
]


@tagged("post_install", "-at_install")
class TestMailAuthorPolicy(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies = cls.env["mail.author.policy"]
        cls.dns = cls.enterClassContext(DnsServer(ZONE))
        cls.parameters = cls.env["ir.config_parameter"]
        cls.parameters.set_param("mail_deliverability.nameservers", cls.dns.address)
        cls.parameters.set_param("mail_deliverability.dns_timeout", "3")
        mail_author_policy._noted.clear()

    def _wait_for_lookups(self):
        deadline = time.monotonic() + 60
        while mail_author_policy._lookups:
            unfinished = f"does not end: {list(mail_author_policy._lookups)}"
            self.assertLess(time.monotonic(), deadline, unfinished)
            time.sleep(0.01)

    def _ask(self, *domains, timeout=2):
        with self.enter_registry_test_mode():
            found = self.policies._find_policies(domains, timeout)
            with release_test_lock():
                self._wait_for_lookups()
        return found

    def test_policies(self):
        found = self._ask(*(domain for domain, _policy in POLICIES))
        self.assertEqual(found, dict(POLICIES))

    def test_kept(self):
        self._ask("yahoo.example")
        row = self.policies.search([("domain", "=", "yahoo.example")])
        self.assertEqual(row.policy, "reject")
        self.assertEqual(row.organizational_domain, "yahoo.example")
        self.assertGreaterEqual(row.valid_until - row.checked_on, timedelta(hours=1))
        self.dns.queries.clear()
        self.assertEqual(self._ask("yahoo.example"), {"yahoo.example": "reject"})
        self.assertFalse(self.dns.queries)

    def test_failure_is_kept_short(self):
        self._ask("broken.example")
        self.dns.queries.clear()
        self.assertEqual(self._ask("broken.example"), {"broken.example": "unknown"})
        self.assertFalse(self.dns.queries)

    def test_stale_is_asked_again(self):
        self.policies._store(DmarcResult("none", None, None, domain="yahoo.example"))
        row = self.policies.search([("domain", "=", "yahoo.example")])
        row.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self._ask("yahoo.example"), {"yahoo.example": "reject"})
        self.env.invalidate_all()
        self.assertEqual(row.policy, "reject")

    def test_validity(self):
        for case, result, hours in VALIDITY:
            with self.subTest(case):
                self.policies._store(result)
                row = self.policies.search([("domain", "=", "a.example")])
                kept = row.valid_until - row.checked_on
                self.assertEqual(kept, timedelta(hours=hours))

    def test_waits_no_longer_than_told(self):
        with patch.object(mail_author_policy, "_keep"):
            begin = time.monotonic()
            found = self.policies._find_policies(["dead.example", "yahoo.example"], 0.3)
            self.assertLess(time.monotonic() - begin, 1)
            self._wait_for_lookups()
        self.assertEqual(found, {"dead.example": "unknown", "yahoo.example": "reject"})

    def test_hanging_domains_keep_nobody_waiting(self):
        """Neither those asked ahead nor those that another batch waits for."""
        self.parameters.set_param("mail_deliverability.dns_timeout", "1.5")
        hanging = [f"hanging{number}.example" for number in range(50)]
        for domain in hanging:
            self.dns.zone[f"_dmarc.{domain}", "ANY"] = "timeout"
        with patch.object(mail_author_policy, "_keep"):
            for number, domain in enumerate(hanging):
                self.policies._start_lookup(domain, ahead=number < 30)
            begin = time.monotonic()
            found = self.policies._find_policies(["yahoo.example"])
            self.assertLess(time.monotonic() - begin, 1)
            self._wait_for_lookups()
        self.assertEqual(found, {"yahoo.example": "reject"})

    def test_one_lookup_at_a_time(self):
        with (
            patch.object(mail_author_policy, "_keep"),
            DnsServer(ZONE, delay=200) as slow,
        ):
            self.parameters.set_param("mail_deliverability.nameservers", slow.address)
            self.policies._find_policies(["yahoo.example"], timeout=0)
            self.policies._find_policies(["yahoo.example"], timeout=0)
            found = self.policies._find_policies(["yahoo.example"], timeout=2)
            self._wait_for_lookups()
        self.assertEqual(found, {"yahoo.example": "reject"})
        asked = [query[0] for query in slow.queries]
        self.assertEqual(asked.count("_dmarc.yahoo.example"), 1)

    def test_two_processes_store_the_same(self):
        """The second one, whose snapshot is older, gives way without a word."""
        domain = "twice.example"
        result = DmarcResult("reject", None, None, domain=domain)
        with self.registry.cursor() as late:
            late.execute("SELECT 1")  # its snapshot begins
            mail_author_policy._keep(self.registry, result)
            with (
                patch.object(self.registry, "cursor", lambda: closing(late)),
                self.assertNoLogs("odoo.sql_db", "ERROR"),
            ):
                mail_author_policy._keep(self.registry, result)
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM mail_author_policy WHERE domain = %s", [domain])
            self.assertEqual(cr.rowcount, 1)

    def test_own_and_archived_provider(self):
        provider = self.env["mail.mailbox.provider"]
        self.assertIn("gmail.com", provider._get_domains())
        provider.search([("domain", "=", "gmail.com")]).active = False
        self.assertNotIn("gmail.com", provider._get_domains())
        provider.create({"domain": "Mail.Acme.Example"})
        self.assertIn("mail.acme.example", provider._get_domains())

    def test_gc(self):
        self.policies._store(DmarcResult("none", None, None, domain="old.example"))
        self.policies._store(DmarcResult("none", None, None, domain="new.example"))
        old = self.policies.search([("domain", "=", "old.example")])
        old.valid_until -= timedelta(days=40)
        self.policies._gc_policies()
        left = self.policies.search([("domain", "in", ("old.example", "new.example"))])
        self.assertEqual(left.mapped("domain"), ["new.example"])

    # ------------------------------------------------------------
    # Asking ahead
    # ------------------------------------------------------------

    def _post(self, email_from):
        partner = self.env["res.partner"].create({"name": "Record"})
        partner.message_post(body="Hello", email_from=email_from)

    def _commit(self):
        """Do what a commit does after it, and wait for the background."""
        tasks = []

        def run(function, *arguments):
            tasks.append(mail_author_policy._pool.submit(function, *arguments))
            return True

        self.env.flush_all()
        with (
            patch.object(mail_author_policy, "_run_in_background", run),
            self.enter_registry_test_mode(),
            release_test_lock(),
        ):
            self.env.cr.postcommit.run()
            # One task may start another.
            while tasks:
                tasks.pop().result(timeout=60)
            self._wait_for_lookups()

    def test_message_looks_its_author_up(self):
        self.dns.queries.clear()
        self._post("Anna <anna@yahoo.example>")
        self.assertFalse(self.dns.queries, "nothing is asked before the commit")
        self._commit()
        row = self.policies.search([("domain", "=", "yahoo.example")])
        self.assertEqual(row.policy, "reject")

    def test_incoming_message_looks_its_author_up(self):
        partner = self.env["res.partner"].create({"name": "Record"})
        self.env["mail.thread"].message_process(
            "res.partner",
            "From: Bob <bob@soft.example>\nTo: x@acme.example\nSubject: s\n"
            "Message-Id: <1@soft.example>\n\nHello\n",
            thread_id=partner.id,
        )
        self._commit()
        row = self.policies.search([("domain", "=", "soft.example")])
        self.assertEqual(row.policy, "quarantine")

    def test_own_author_is_not_looked_up(self):
        self.env["mail.alias.domain"].create({"name": "own.example"})
        self._post("bob@own.example")
        self._commit()
        self.assertFalse(self.policies.search([("domain", "=", "own.example")]))

    def test_nothing_is_asked_ahead_where_many_wait(self):
        waiting = dict.fromkeys(("other", f"d{n}.example") for n in range(100))
        run = patch.object(mail_author_policy, "_run_in_background")
        for backlog in ({"_lookups": waiting}, {"_ahead": set(waiting)}):
            with (
                self.subTest(backlog=list(backlog)),
                patch.multiple(mail_author_policy, **backlog),
                run as started,
            ):
                mail_author_policy._ask_ahead(self.env.registry, "a.example")
                started.assert_not_called()
        with run as started:
            mail_author_policy._ask_ahead(self.env.registry, "a.example")
            started.assert_called_once()
        mail_author_policy._ahead.clear()

    def test_end_of_the_process(self):
        """Nobody is bothered with what can't be looked up any more."""
        pool = ThreadPoolExecutor(max_workers=1)
        pool.shutdown()
        no_thread = patch.object(threading.Thread, "start", side_effect=RuntimeError)
        logger = mail_author_policy.__name__
        with (
            patch.object(mail_author_policy, "_pool", pool),
            patch.dict(mail_author_policy._loops, clear=True),
            self.assertLogs(logger, "DEBUG") as logs,
        ):
            begin = time.monotonic()
            with no_thread:
                found = self.policies._find_policies(["yahoo.example"], timeout=2)
            self.assertLess(time.monotonic() - begin, 1)
            mail_author_policy._ask_ahead(self.env.registry, "yahoo.example")
            kept = self.policies._find_policies(["yahoo.example"], timeout=2)
            self._wait_for_lookups()
        self.assertEqual(found, {"yahoo.example": "unknown"})
        self.assertEqual(kept, {"yahoo.example": "reject"}, "it can't be stored")
        self.assertEqual({record.levelname for record in logs.records}, {"DEBUG"})
        key = (self.env.registry.db_name, "yahoo.example")
        self.assertNotIn(key, mail_author_policy._lookups)
        self.assertNotIn(key, mail_author_policy._ahead)

    def test_message_costs_no_query(self):
        with self.assertQueryCount(0):
            self.policies._note_author("x@another.example")

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def test_rights(self):
        user = new_test_user(self.env, "colleague", "base.group_user")
        for model in ("mail.author.policy", "mail.mailbox.provider"):
            for operation in ("read", "write", "create", "unlink"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).check_access(operation)
        admin = new_test_user(self.env, "head", "base.group_system")
        self.policies.with_user(admin).check_access("read")
        self.policies.with_user(admin).check_access("unlink")
        with self.assertRaises(AccessError):
            self.policies.with_user(admin).check_access("write")


@tagged("post_install", "-at_install")
class TestSendingWaits(SmtpCase):
    """Many authors whose DNS hangs delay a batch by two seconds, all together."""

    def test_batch_waits_two_seconds_in_total(self):
        self._configure()
        for number in range(6):
            self.dns.zone[f"_dmarc.dead{number}.example", "ANY"] = "timeout"
        mails = self.env["mail.mail"].concat(
            *(self._make_mail(f"a@dead{number}.example") for number in range(6))
        )
        begin = time.monotonic()
        mails.send()
        self.assertLess(time.monotonic() - begin, 4)
        self.assertEqual(len(self.sink.deliveries), 6)
        for delivery in self.sink.deliveries:
            self.assertEqual(
                delivery.message["From"].addresses[0].addr_spec,
                "notifications@acme.example",
            )
