# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""For whom a receiver reports."""

from odoo.tests import BaseCase

from ...mailauth.reports.receivers import find_operator, find_reporting_operator

# (domain of recipients, its mail exchangers, who reports for it)
OPERATORS = [
    ("gmail.com", (), "google.com"),
    ("googlemail.com", (), "google.com"),
    ("hotmail.co.uk", (), "outlook.com"),
    ("Live.FR", (), "outlook.com"),
    ("yahoo.com.br", (), "yahoo.com"),
    ("aol.com", (), "yahoo.com"),
    ("gmx.de", (), "gmx.net"),
    ("web.de", (), "gmx.net"),
    ("acme.example", (), "acme.example"),
    ("acme.example", ("aspmx.l.google.com",), "google.com"),
    ("acme.example", ("acme-example.mail.protection.outlook.com.",), "outlook.com"),
    ("acme.example", ("mx.acme.example", "alt1.aspmx.l.google.com"), "google.com"),
    ("acme.example", ("notgoogle.com", "mx.google.com.evil.example"), "acme.example"),
    ("hotmail.acme.example.org", (), "hotmail.acme.example.org"),
    ("", (), ""),
]
# (what a reporter calls itself, the domain that proved it, who it is)
REPORTERS = [
    ("google.com", "google.com", "google.com"),
    ("Enterprise Outlook", "microsoft.com", "outlook.com"),
    ("Outlook.com", "", "outlook.com"),
    ("Yahoo", "dmarc.yahoo.com", "yahoo.com"),
    ("Yahoo Reports", "dmarc.yahoo.com", "yahoo.com"),
    ("GMX", "gmx.net", "gmx.net"),
    ("1&1", "web.de", "gmx.net"),
    ("acme", "mx.acme.example", "mx.acme.example"),
    ("acme.example", "", "acme.example"),
    ("Some Company", "", ""),
    ("Google Inc.", "evil.example", "evil.example"),
    ("", "", ""),
]


class TestReceivers(BaseCase):
    def test_operators(self):
        for domain, exchangers, operator in OPERATORS:
            with self.subTest(domain=domain, exchangers=exchangers):
                self.assertEqual(find_operator(domain, exchangers), operator)

    def test_reporters(self):
        for name, domain, operator in REPORTERS:
            with self.subTest(name=name, domain=domain):
                self.assertEqual(find_reporting_operator(name, domain), operator)
