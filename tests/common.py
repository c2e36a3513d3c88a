# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What several tests share."""

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, settings

from odoo.tests import TransactionCase
from odoo.tools import config

from ..mailauth.dns.names import normalize_name
from ..mailauth.dns.resolver import Answer
from ..mailauth.dns.wire import Mx
from ..mailauth.errors import TempError
from ..models.dkim import encryption
from ..models.sender import mail_author_policy
from .dns_server import DnsServer, Zone, txt_strings
from .keys import fixed_keys
from .smtp_sink import SmtpSink

# Before any module of tests is loaded, since each takes the profile as it finds it: the
# same examples in every run, and nothing that a slow machine could fail.
settings.register_profile(
    "same each time",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("same each time")


@contextmanager
def use_fernet_keys(*keys):
    """Let odoo.conf have these keys of DKIM keys, as after a restart."""
    with patch.dict(encryption._kept):
        config[encryption.OPTION] = ",".join(keys)
        encryption.take_option()
        yield


def delete_alias_domains(domains):
    """Delete alias domains, also those that aliases of other modules use.

    :param domains: ``mail.alias.domain``; the first one that is made is given to all.
    """
    used = [("alias_domain_id", "in", domains.ids)]
    domains.env["mail.alias"].search(used).alias_domain_id = False
    domains.unlink()


class ZoneResolver:
    """A resolver that answers from a dict.

    :param zone: see :class:`.dns_server.Zone`; an exception as value is raised.
    :param failing: names about which every question ends in a SERVFAIL.
    :param delay: seconds before each answer.

    ``calls`` lists the questions asked, as (name, type), in order; ``busiest`` is the
    largest number of questions that were open at once.
    """

    def __init__(self, zone, failing=(), delay=0, authenticated=False):
        self.zone = Zone(
            {(n.lower().removesuffix("."), t.upper()): v for (n, t), v in zone.items()}
        )
        self.failing = set(failing)
        self.delay = delay
        self.authenticated = authenticated
        self.calls = []
        self.busiest = 0
        self._open = 0

    async def query(self, name, rdtype):
        name = normalize_name(name)
        self.calls.append((name, rdtype))
        if self.delay:
            self._open += 1
            self.busiest = max(self.busiest, self._open)
            try:
                await asyncio.sleep(self.delay)
            finally:
                self._open -= 1
        return self._answer(name, rdtype)

    def _answer(self, name, rdtype):
        if name in self.failing:
            raise TempError("dns_servfail", f"{name} {rdtype}")
        error = self.zone.get((name, rdtype))
        if isinstance(error, Exception):
            raise error
        status, records, cnames = self.zone.lookup(name, rdtype)
        if status not in ("found", "nxdomain", "nodata"):
            raise TempError(f"dns_{status}", f"{name} {rdtype}")
        records = tuple(_record(rdtype, record) for record in records)
        return Answer(name, rdtype, status, records, cnames, 300, self.authenticated)


class RememberingResolver(ZoneResolver):
    """A resolver that keeps each answer until :meth:`forget`, as those of DNS do."""

    timeout = 5

    def __init__(self, zone):
        super().__init__(zone)
        self.kept = {}

    async def query(self, name, rdtype):
        key = (name.lower(), rdtype)
        if key not in self.kept:
            self.kept[key] = await super().query(name, rdtype)
        return self.kept[key]

    def forget(self):
        self.kept.clear()


def _record(rdtype, record):
    if rdtype in ("TXT", "SPF"):
        return b"".join(txt_strings(record))
    if rdtype == "MX":
        preference, host = record.split() if isinstance(record, str) else record
        return Mx(int(preference), host.lower().removesuffix("."))
    if rdtype in ("CNAME", "NS", "PTR"):
        return record.lower().removesuffix(".")
    return record


def run_python(*words):
    """Run Python at the addon's root, where mailauth is found and Odoo is not loaded.

    :param words: of its command line.
    :rtype: subprocess.CompletedProcess
    """
    return subprocess.run(
        [sys.executable, *words],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(coroutine):
    """Run a coroutine to its end, and return its result."""
    return asyncio.run(coroutine)


class SmtpCase(TransactionCase):
    """Mails of these tests leave, to an SMTP server on loopback: ``self.sink``.

    Two companies, each with its alias domain, and no outgoing server. DNS is
    ``self.dns``, which knows of no domain. What it says of authors is not stored: a
    background thread would really commit it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(fixed_keys())
        cls.sink = cls.enterClassContext(SmtpSink())
        server_model = cls.env["ir.mail_server"]
        cls.startClassPatcher(
            patch.object(type(server_model), "_disable_send", lambda *_: False)
        )
        server_model.search([]).active = False
        cls.dns = cls.enterClassContext(DnsServer())
        cls.env["ir.config_parameter"].set_param(
            "mail_deliverability.nameservers", cls.dns.address
        )
        cls.startClassPatcher(patch.object(mail_author_policy, "_keep"))
        cls.company = cls.env.company
        cls.company_2 = cls.env["res.company"].create({"name": "Globex"})
        cls.domain = cls._make_alias_domain("acme.example", cls.company)
        cls.domain_2 = cls._make_alias_domain("globex.example", cls.company_2)

    def setUp(self):
        super().setUp()
        # What is told in transactions of its own is rolled back with the test.
        self.registry_enter_test_mode()
        self.sink.deliveries.clear()
        self.sink.sessions = 0

    @classmethod
    def _make_alias_domain(cls, name, company, **values):
        values = {"name": name, "default_from": "notifications", **values}
        domain = cls.env["mail.alias.domain"].create(values)
        company.alias_domain_id = domain
        return domain

    @classmethod
    def _make_server(cls, from_filter=False, **values):
        """Make an outgoing server that delivers to the sink."""
        port = values.pop("smtp_port", cls.sink.port)
        server = cls.env["ir.mail_server"].create(
            {
                "name": from_filter or "without a filter",
                "from_filter": from_filter,
                "smtp_host": cls.sink.host,
                "smtp_encryption": "none",
                **values,
            }
        )
        # OCA's mail_environment forgets a port that is given at the creation.
        server.smtp_port = port
        return server

    def _make_mail(self, email_from, **values):
        return self.env["mail.mail"].create(
            {
                "email_from": email_from,
                "email_to": "customer@customer.example",
                "subject": "Subject",
                "body_html": "<p>Body</p>",
                **values,
            }
        )

    def _count_queries(self, mails):
        """Return how many queries it takes to send these with a commit after each."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            mails = mails.with_env(self.env(cr=cr))
            before = cr.sql_log_count
            mails.send(auto_commit=True)
            return cr.sql_log_count - before

    def _configure(self, **options):
        """Set options of odoo.conf for one test; the server there is the sink."""
        server = {"smtp_server": self.sink.host, "smtp_port": self.sink.port}
        options = server | options
        self.startPatcher(patch.dict(config.options, options))

    def _last(self):
        """Return the last delivery."""
        self.assertTrue(self.sink.deliveries, "nothing was delivered")
        return self.sink.deliveries[-1]
