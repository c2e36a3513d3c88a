# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import itertools
import time
from contextlib import closing
from datetime import timedelta
from unittest.mock import patch

import odoo
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tests.common import release_test_lock

from ...mailauth.dmarc.policy import DmarcResult
from ...models.sender import (
    author_lookups,
    mail_author_policy,
    mail_author_policy_ahead,
)
from ..common import SmtpCase
from ..dns_server import DnsServer
from .test_author_lookups import HeldDns

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
# (case, what DNS said, how old that is, what counts while DNS does not answer)
LAST_ANSWERS = [
    ("yesterday", "none", timedelta(days=1), "none"),
    ("it wanted protection", "reject", timedelta(days=6), "reject"),
    ("too long ago", "none", timedelta(days=8), "unknown"),
    ("never", "unknown", timedelta(days=1), "unknown"),
]
# (case, parameters, a server's filter or None for no server, whether DNS is asked)
MATTERS = [
    ("only odoo.conf, without a filter", {}, None, True),
    ("filter", {"mail_deliverability.sender_policy": "filter"}, None, False),
    ("always", {"mail_deliverability.sender_policy": "always"}, None, False),
    ("a default filter", {"mail.default.from_filter": "acme.example"}, None, False),
    ("a server with a filter", {}, "acme.example", False),
    ("a server without one sends as the default address", {}, False, False),
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


NUMBERS = itertools.count()


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
        cls.env["ir.mail_server"].search([]).active = False
        cls.parameters.set_param("mail.default.from_filter", "")
        cls.parameters.set_param("mail_deliverability.sender_policy", "dmarc")

    def setUp(self):
        super().setUp()
        self.policies.search([]).unlink()
        self.dns.queries.clear()
        self.startPatcher(
            patch.object(author_lookups, "_process", author_lookups.Lookups())
        )

    def _wait_for_lookups(self):
        deadline = time.monotonic() + 60
        lookups = author_lookups.get()
        while not lookups.is_idle():
            unfinished = f"does not end: {list(lookups._under_way)}"
            self.assertLess(time.monotonic(), deadline, unfinished)
            time.sleep(0.01)

    def _ask(self, *domains):
        with self.enter_registry_test_mode():
            found = self.policies._find_policies(domains, timeout=30)
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

    def _make_stale(self, domain, policy, age=timedelta(days=1)):
        self.policies._store(DmarcResult(policy, None, None, domain=domain))
        row = self.policies.search([("domain", "=", domain)])
        now = fields.Datetime.now()
        stale = {"policy": policy, "checked_on": now - age, "valid_until": now}
        row.write(stale)
        self.env.flush_all()
        return row

    def test_last_answer_counts_without_dns(self):
        """While DNS hangs, and after it has failed; never longer than a week."""
        for case, policy, age, expected in LAST_ANSWERS:
            row = self._make_stale("broken.example", policy, age)
            answered_on = row.checked_on
            with self.subTest(case):
                found = self.policies._find_policies(["broken.example"], timeout=0)
                self.assertEqual(found, {"broken.example": expected})
                found = self._ask("broken.example")
                self.assertEqual(found, {"broken.example": expected})
                self.env.invalidate_all()
                self.assertEqual(row.policy, expected)
                self.assertEqual(row.checked_on == answered_on, expected != "unknown")
                left = row.valid_until - fields.Datetime.now()
                self.assertLessEqual(left, timedelta(minutes=5))
                self.dns.queries.clear()
                self.assertEqual(
                    self._ask("broken.example"), {"broken.example": expected}
                )
                self.assertFalse(self.dns.queries, "a failure is kept for a while")

    def test_who_answered_before_is_asked_first(self):
        self._make_stale("yahoo.example", "none")
        with patch.object(type(self.policies), "_ask", return_value={}) as ask:
            self.policies._find_policies(["dead.example", "yahoo.example"])
        ask.assert_called_once_with(["yahoo.example", "dead.example"], 2.0)

    def test_validity(self):
        for case, result, hours in VALIDITY:
            with self.subTest(case):
                self.policies._store(result)
                row = self.policies.search([("domain", "=", "a.example")])
                kept = row.valid_until - row.checked_on
                self.assertEqual(kept, timedelta(hours=hours))

    def test_waits_no_longer_than_told(self):
        """Nor a second time for the same; what DNS says later is there then."""
        key = "mail_deliverability.nameservers"
        with (
            HeldDns({("_dmarc.held.example", "TXT"): REJECT}) as dns,
            patch.object(mail_author_policy, "_keep") as keep,
        ):
            self.parameters.set_param(key, dns.address)
            self.parameters.set_param("mail_deliverability.dns_timeout", "60")
            for _time in range(2):
                found = self.policies._find_policies(["held.example"], 0.01)
                self.assertEqual(found, {"held.example": "unknown"})
            dns.wait_for("held", 1)
            dns.release()
            self._wait_for_lookups()
        [stored] = [call.args[1] for call in keep.call_args_list]
        self.assertEqual((stored.domain, stored.policy), ("held.example", "reject"))

    def test_two_connections(self):
        """However many domains are looked up and considered at once."""
        busy, busiest = [], []

        def use(*_arguments):
            with self.registry.cursor() as cr:
                busy.append(cr)
                cr.execute("SELECT pg_sleep(0.002)")
                busiest.append(len(busy))
                busy.remove(cr)

        lookups, name = author_lookups.get(), self.env.cr.dbname
        resolver = self.policies._get_resolver()
        for number in range(40):
            lookups.consider((name, f"ahead{number}.example"), use)
        domains = [f"asked{number}.example" for number in range(40)]
        lookups.ask(name, domains, resolver, use, timeout=60)
        self._wait_for_lookups()
        self.assertEqual(len(busiest), 80)
        self.assertLessEqual(max(busiest), 2)

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

    # ------------------------------------------------------------
    # Bounds
    # ------------------------------------------------------------

    def _store_asked(self, *domains, days=0):
        """Store policies, the first of which were asked ``days`` ago or longer."""
        now = fields.Datetime.now()  # once: no second may pass between two
        for age, domain in enumerate(reversed(domains)):
            self.policies._store(DmarcResult("none", None, None, domain=domain))
            asked = now - timedelta(days=days, seconds=age)
            self.env.cr.execute(
                "UPDATE mail_author_policy SET write_date = %s WHERE domain = %s",
                [asked, domain],
            )
        self.env.invalidate_all()

    def _left(self):
        return self.policies.search([]).mapped("domain")

    def test_gc(self):
        """In batches: what nobody needed for a month, then what is too much."""
        self._store_asked("old1.example", "old2.example", "old3.example", days=31)
        self._store_asked("a.example", "b.example", "c.example")
        with patch.multiple(mail_author_policy, GC_BATCH=2, MAX_ROWS=2):
            self.assertEqual(self.policies._gc_policies(), (2, 1))
            self.assertEqual(self.policies._gc_policies(), (1, 0))
            self.assertEqual(self._left(), ["a.example", "b.example", "c.example"])
            self.assertEqual(self.policies._gc_policies(), (1, 0))
        self.assertEqual(self._left(), ["b.example", "c.example"])

    def test_least_recently_asked_are_dropped(self):
        kept = [f"d{number:02}.example" for number in range(11)]
        self._store_asked(*kept)
        with patch.object(mail_author_policy, "MAX_ROWS", 11):
            self._ask("d00.example")  # it is valid: nothing is asked
            self.assertEqual(self._left(), kept)
            self._ask("yahoo.example")
        # A tenth at once.
        self.assertEqual(self._left(), [*kept[3:], "yahoo.example"])

    def test_subdomains_are_dropped(self):
        """Somebody makes up names: those of others stay."""
        kept = [f"d{number:02}.evil.example" for number in range(11)]
        self._store_asked("other.example", "evil.example.net", *kept)
        with patch.object(mail_author_policy, "MAX_ROWS_OF_OWNER", 10):
            self._ask("evil.example")
        self.assertEqual(
            self._left(),
            [*kept[3:], "evil.example", "evil.example.net", "other.example"],
        )

    def test_a_wildcard_in_a_name_means_itself(self):
        self._store_asked("a.evil.example")
        for name in ("%.example", "ev_l.example"):
            found = self.policies.search(mail_author_policy.of_owner(name))
            self.assertFalse(found, name)

    def test_long_name(self):
        domain = ".".join(["a" * 63] * 3 + ["b" * 53, "example"])
        self.assertEqual(len(domain), 253)
        self.assertEqual(self._ask(domain), {domain: "none"})
        self.assertEqual(self._left(), [domain])

    # ------------------------------------------------------------
    # What goes wrong
    # ------------------------------------------------------------

    def test_parameters_that_nobody_understands(self):
        """Values from before the installation stop no mail."""
        self._make_stale("yahoo.example", "none")
        for key, value in (("nameservers", "what?"), ("dns_timeout", "soon")):
            parameter = self.parameters.search(
                [("key", "=", f"mail_deliverability.{key}")]
            )
            right = parameter.value
            with self.subTest(key), self.assertLogs(mail_author_policy.__name__):
                self._set_value(parameter, value)
                found = self._ask("yahoo.example", "soft.example")
                expected = {"yahoo.example": "none", "soft.example": "unknown"}
                self.assertEqual(found, expected)
            self._set_value(parameter, right)

    def _set_value(self, parameter, value):
        self.env.cr.execute(
            "UPDATE ir_config_parameter SET value = %s WHERE id = %s",
            [value, parameter.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")

    def test_evented(self):
        """Its event loop is nobody's own: what is stored counts."""
        self._make_stale("yahoo.example", "none")
        with patch.object(odoo, "evented", True):
            found = self._ask("yahoo.example", "soft.example")
        self.assertEqual(found, {"yahoo.example": "none", "soft.example": "unknown"})
        self.assertFalse(self.dns.queries)

    # ------------------------------------------------------------
    # Asking ahead
    # ------------------------------------------------------------

    def _make_record(self, follower="email"):
        """Make a record whose follower gets mails, which wait in the queue.

        :param follower: or reads in Odoo: "inbox"; None: there is none.
        """
        record = self.env["res.partner"].create({"name": "Record"})
        if follower:
            user = new_test_user(
                self.env, f"follower{next(NUMBERS)}", notification_type=follower
            )
            record.message_subscribe(user.partner_id.ids)
        return record.with_context(mail_notify_force_send=False)

    def _post(self, email_from, visitor=False, **options):
        record = self._make_record(**options)
        if visitor:  # as the controllers of forms do
            record = record.with_user(self.env.ref("base.public_user")).sudo()
        record.message_post(
            body="Hello",
            email_from=email_from,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _receive(self, email_from, **options):
        record, number = self._make_record(**options), next(NUMBERS)
        record.env["mail.thread"].message_process(
            "res.partner",
            f"From: {email_from}\nTo: x@acme.example\nSubject: s\n"
            f"Message-Id: <{number}@sender.example>\n\nHello\n",
            thread_id=record.id,
        )

    def _commit(self):
        """Do what a commit does after it, and wait for the background."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), release_test_lock():
            self.env.cr.postcommit.run()
            self._wait_for_lookups()

    def test_message_looks_its_author_up(self):
        self._post("Anna <anna@yahoo.example>")
        self.assertFalse(self.dns.queries, "nothing is asked before the commit")
        self._commit()
        row = self.policies.search([("domain", "=", "yahoo.example")])
        self.assertEqual(row.policy, "reject")

    def test_incoming_message_looks_its_author_up(self):
        self._receive("Bob <bob@soft.example>")
        self._commit()
        row = self.policies.search([("domain", "=", "soft.example")])
        self.assertEqual(row.policy, "quarantine")

    def test_visitor_is_looked_up(self):
        self._post("carl@mail.open.example", visitor=True)
        self._commit()
        row = self.policies.search([("domain", "=", "mail.open.example")])
        self.assertEqual(row.policy, "reject")

    def test_who_is_not_relayed_is_not_looked_up(self):
        """85 strangers write, and nobody gets a mail of it."""
        for number in range(85):
            self._receive(f"a@stranger{number}.example", follower=None)
        for follower in (None, "inbox"):
            self._receive("bob@soft.example", follower=follower)
            self._post("anna@yahoo.example", follower=follower)
            self._post("carl@open.example", follower=follower, visitor=True)
        self._commit()
        self.assertFalse(self.dns.queries)
        self.assertFalse(self._left())

    def test_what_can_not_matter_is_not_looked_up(self):
        for case, parameters, server_filter, asked in MATTERS:
            with self.subTest(case), closing(self.env.cr.savepoint()):
                for key, value in parameters.items():
                    self.parameters.set_param(key, value)
                if server_filter is not None:
                    self.env["ir.mail_server"].create(
                        {"name": "Relay", "from_filter": server_filter}
                    )
                self.assertEqual(self.policies._can_matter("yahoo.example"), asked)
                self._ask_ahead("yahoo.example")
                self.assertEqual(bool(self._left()), asked)
                self.policies.search([]).unlink()

    def _ask_ahead(self, *domains):
        with self.enter_registry_test_mode():
            for domain in domains:
                self.policies._ask_ahead(domain)
                with release_test_lock():
                    self._wait_for_lookups()

    def test_own_author_is_not_looked_up(self):
        self.env["mail.alias.domain"].create({"name": "own.example"})
        self._post("bob@own.example")
        self._commit()
        self.assertFalse(self._left())

    def test_quota(self):
        """Strangers cause so many lookups a day; who is waited for is asked anyway."""
        self._store_asked("yesterday.example", days=1)
        with patch.object(mail_author_policy_ahead, "AHEAD_A_DAY", 2):
            self._ask_ahead("a.example", "b.example", "c.example")
            expected = ["a.example", "b.example", "yesterday.example"]
            self.assertEqual(self._left(), expected)
            self.assertEqual(self._ask("yahoo.example"), {"yahoo.example": "reject"})

    def test_quota_of_an_owner(self):
        with patch.object(mail_author_policy_ahead, "AHEAD_OF_OWNER", 2):
            self._ask_ahead("a.evil.example", "b.evil.example", "c.evil.example")
            self._ask_ahead("evil.example", "other.example")
        expected = ["a.evil.example", "b.evil.example", "other.example"]
        self.assertEqual(self._left(), expected)

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
    """What a mail's author wants is found out while strangers' DNS hangs."""

    def test_strangers_get_no_honest_author_rewritten(self):
        """85 of them are asked about, and the author stands in line behind them."""
        self._configure()
        strangers = [f"held{number}.example" for number in range(85)]
        dns = HeldDns({("_dmarc.honest.example", "TXT"): ["v=DMARC1; p=none"]})
        lookups = author_lookups.Lookups()
        with dns, patch.object(author_lookups, "_process", lookups):
            key = "mail_deliverability.nameservers"
            self.env["ir.config_parameter"].set_param(key, dns.address)
            policies = self.env["mail.author.policy"]
            policies._find_policies([*strangers, "honest.example"], timeout=0)
            dns.wait_for("held", author_lookups.MAX_AHEAD)
            self._make_mail("anna@honest.example").send()
            self.assertEqual(dns.count("held"), author_lookups.MAX_AHEAD)
            dns.release()
            while not lookups.is_idle():
                time.sleep(0.01)
        self.assertEqual(str(self._last().message["From"]), "anna@honest.example")

    def test_batch_waits_two_seconds_in_total(self):
        """Many authors whose DNS hangs delay a batch once, all together."""
        self._configure()
        for number in range(6):
            self.dns.zone[f"_dmarc.dead{number}.example", "ANY"] = "timeout"
        mails = self.env["mail.mail"].concat(
            *(self._make_mail(f"a@dead{number}.example") for number in range(6))
        )
        wait = author_lookups.wait
        with patch.object(author_lookups, "wait", side_effect=wait) as waited:
            mails.send()
        [seconds] = [call.kwargs["timeout"] for call in waited.call_args_list]
        self.assertLessEqual(seconds, 2)
        self.assertEqual(len(self.sink.deliveries), 6)
        for delivery in self.sink.deliveries:
            self.assertEqual(
                delivery.message["From"].addresses[0].addr_spec,
                "notifications@acme.example",
            )
