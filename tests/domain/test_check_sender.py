# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.domain.check_sender import judge_sender
from ...mailauth.domain.facts import Server
from ...mailauth.domain.reasons import explain

M365 = Server("Out", provider="Microsoft 365", from_policy="refuse", is_mailbox=True)
GOOGLE = replace(M365, provider="Google Workspace", from_policy="rewrite")
SENDGRID = replace(M365, provider="SendGrid", is_mailbox=False, login="apikey")
D, INFO = "notifications@acme.example", "info@acme.example"
DOMAIN = "acme.example"
# (case, provider, filter, login, default address) -> status, reason, what to change to
SENDERS = [
    # A filter of full addresses: foreign authors leave as the default address.
    ("outside", M365, INFO, INFO, D, "warning", "default_refused", INFO),
    ("outside, login unknown", M365, INFO, "", D, "warning", "default_refused", INFO),
    ("outside, another login", M365, INFO, "it@acme.example", D, "warning",
     "default_refused", INFO),
    ("outside, login among several", M365, f"a@{DOMAIN}, {INFO}", INFO, D, "warning",
     "default_refused", INFO),
    ("outside, several", M365, f"a@{DOMAIN}, {INFO}", "", D, "warning",
     "default_refused", f"a@{DOMAIN}"),
    ("inside", M365, f"{INFO}, {D}", INFO, D, "pass", "ok", None),
    ("inside, in capitals", M365, "Info@ACME.example", INFO, INFO, "pass", "ok", None),
    ("the account itself", M365, INFO, INFO, INFO, "pass", "ok", None),
    ("no default", M365, INFO, INFO, "", "warning", "no_default_refused", INFO),
    # A default address of another domain.
    ("another domain", M365, DOMAIN, INFO, "odoo@globex.example", "warning",
     "default_refused", INFO),
    ("another domain, login unknown", M365, DOMAIN, "", "odoo@globex.example",
     "warning", "default_refused", f"odoo@{DOMAIN}"),
    # A filter of whole domains, where an account is a mailbox.
    ("a whole domain", M365, DOMAIN, INFO, D, "info", "account_refused", INFO),
    ("a whole domain, the account is the default", M365, DOMAIN, INFO, INFO, "info",
     "account_refused", INFO),
    ("a domain and an address", M365, f"{DOMAIN}, {INFO}", INFO, D, "info",
     "account_refused", INFO),
    ("a whole domain, login unknown", M365, DOMAIN, "", D, "info", "account_refused",
     f"notifications@{DOMAIN}"),
    # No filter: Odoo sends everything as the default address.
    ("no filter", M365, "", INFO, D, "info", "account_refused", INFO),
    ("no filter, the account is the default", M365, "", INFO, INFO, "pass", "ok", None),
    ("no filter and no default", M365, " ", "", "", "warning", "no_default_refused",
     f"notifications@{DOMAIN}"),
    # The service puts the account's address instead.
    ("replaced", GOOGLE, INFO, INFO, D, "warning", "default_replaced", INFO),
    ("replaced, no default", GOOGLE, INFO, INFO, "", "warning", "no_default_replaced",
     INFO),
    ("replaced, a whole domain", GOOGLE, DOMAIN, INFO, D, "info", "account_replaced",
     INFO),
    ("replaced, inside", GOOGLE, INFO, INFO, INFO, "pass", "ok", None),
    # Services that know whole domains.
    ("a domain that is set up", SENDGRID, DOMAIN, "apikey", D, "info", "set_up", None),
    ("addresses that are set up", SENDGRID, INFO, "apikey", D, "warning",
     "default_refused", INFO),
    ("addresses, all set up", SENDGRID, f"{INFO},{D}", "apikey", D, "pass", "ok", None),
    # Others get those mails, so that nothing is lost.
    ("another server takes the others", replace(M365, takes_others=False), INFO, INFO,
     D, "pass", "ok", None),
    ("another server, and no default", replace(M365, takes_others=False), INFO, INFO,
     "", "pass", "ok", None),
]  # fmt: skip


class TestCheckSender(BaseCase):
    def test_senders(self):
        for case, server, names, login, default, status, code, meant in SENDERS:
            with self.subTest(case):
                server = replace(server, from_filter=names, login=login)
                found, why = judge_sender(server, default, DOMAIN)
                self.assertEqual((found, why.code), (status, f"sender_{code}"))
                if meant:
                    self.assertIn(meant, explain(why))

    def test_what_is_advised_makes_it_pass(self):
        """The one change is enough, where it is certain that there is something."""
        for case, server, names, login, default, status, _code, meant in SENDERS:
            if status == "warning":
                with self.subTest(case):
                    server = replace(server, from_filter=names, login=login)
                    found, _why = judge_sender(server, meant, DOMAIN)
                    self.assertNotEqual((found, default), ("warning", meant))

    def test_who_does_not_mind(self):
        for policy in ("any", "unknown"):
            server = replace(M365, from_policy=policy, from_filter=INFO)
            self.assertIsNone(judge_sender(server, D, DOMAIN))
