# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.reports.genuine import Proof, prove_sender
from ..common import ZoneResolver, run
from .carriers import BEGIN, REPORTER, ZONE, carry

AUTHOR = f"noreply-dmarc@{REPORTER}"
DKIM = Proof("dkim", REPORTER)
NONE = Proof()
CONFIRMED = Proof("authentication_results", REPORTER)
HOP = (
    "Received: from out.receiver.example (out.receiver.example [203.0.113.9])\r\n"
    "\tby mx.acme.example with ESMTPS id 1 for <dmarc-reports@acme.example>;\r\n"
    "\tTue, 03 Mar 2026 00:10:01 +0000\r\n"
)
SIGNED, BARE = carry(), carry(is_signed=False)
OTHERS = carry(author="noreply@other.example")


def told(result, method="dkim", domain=REPORTER, host="mx.acme.example"):
    words = {"dkim": "header.d", "dmarc": "header.from", "spf": "smtp.mailfrom"}
    said = f"{host}; {method}={result} {words[method]}={domain}"
    return f"Authentication-Results: {said}\r\n"


def behind(fields, raw=BARE):
    return fields.encode() + HOP.encode() + raw


def before(fields, raw=BARE):
    """Return a mail whose sender has written fields himself."""
    return HOP.encode() + fields.encode() + raw


# (case, a mail, whether our own server has handed it in, what is proven)
MAILS = (
    ("signed", SIGNED, True, DKIM),
    ("signed, from whoever hands it in", SIGNED, False, DKIM),
    ("signed by a domain above", carry(author=f"a@mail.{REPORTER}"), True,
     Proof("dkim", f"mail.{REPORTER}")),
    ("signed by another", OTHERS, True, NONE),
    ("in the name of all domains above", carry(author="a@example"), True, NONE),
    ("our server says so of such a name", behind(told("pass"), BARE.replace(
     f"@{REPORTER}".encode(), b"@example")), True, NONE),
    ("several authors in one field", BARE.replace(b"From: ",
     b"From: a@google.example, "), True, NONE),
    ("several authors, signed by the first", carry(
     author=f"a@{REPORTER}, b@other.example"), True, NONE),
    ("changed", SIGNED.replace(b"This is a", b"This is no"), True, NONE),
    ("two authors", SIGNED.replace(b"To:", b"From: a@b.example\r\nTo:"), True, NONE),
    ("no author", BARE.replace(b"From:", b"X-From:"), True, NONE),
    ("not signed", BARE, True, NONE),
    ("our server says that DKIM passes", behind(told("pass")), True, CONFIRMED),
    ("our server says that DMARC does", behind(told("pass", "dmarc")), True, CONFIRMED),
    ("a domain above", behind(told("pass"), BARE.replace(b"@rec", b"@a.rec")), True,
     Proof("authentication_results", f"a.{REPORTER}")),
    ("SPF alone", behind(told("pass", "spf")), True, NONE),
    ("our server says that it fails", behind(told("fail")), True, NONE),
    ("it passes for another", behind(told("pass", domain="other.example")), True, NONE),
    ("the sender says so", before(told("pass")), True, NONE),
    ("who hands it in says so", behind(told("pass")), False, NONE),
    ("nothing tells where it came from", told("pass").encode() + BARE, True, NONE),
    ("no mail", b"<feedback/>", True, NONE),
    ("nothing", b"", True, NONE),
)  # fmt: skip


class TestGenuine(BaseCase):
    def prove(self, raw, is_own, **options):
        resolver = ZoneResolver(ZONE, **options)
        now = BEGIN + 86_400
        return run(prove_sender(raw, resolver, now, believe_results=is_own))

    def test_proof(self):
        for case, raw, is_own, expected in MAILS:
            with self.subTest(case):
                self.assertEqual(self.prove(raw, is_own), expected)

    def test_dns_is_silent(self):
        failing = [f"s1._domainkey.{REPORTER}"]
        found = self.prove(SIGNED, True, failing=failing)
        self.assertEqual(found.method, "temperror")
        found = self.prove(behind(told("pass"), SIGNED), True, failing=failing)
        self.assertEqual(found, CONFIRMED)

    def test_one_organization(self):
        """Neither is below the other: the policy records tell (RFC 9989)."""
        raw = carry(author="a@reports.group.example", signed_by="mail.group.example")
        key = ZONE[f"s1._domainkey.{REPORTER}", "TXT"]
        zone = {("s1._domainkey.mail.group.example", "TXT"): key}
        policy = {("_dmarc.group.example", "TXT"): ["v=DMARC1; p=none"]}
        apart = {("_dmarc.mail.group.example", "TXT"): ["v=DMARC1; p=none; psd=n"]}
        expected = Proof("dkim", "reports.group.example")
        for known, proof in (({}, NONE), (policy, expected), (policy | apart, NONE)):
            with self.subTest(known=known):
                found = prove_sender(
                    raw, ZoneResolver(zone | known), BEGIN, believe_results=False
                )
                self.assertEqual(run(found), proof)
