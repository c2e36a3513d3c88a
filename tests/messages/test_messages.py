# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages with what has to be found: SPF, DKIM, DMARC, codes, grade."""

import asyncio
from typing import NamedTuple

from odoo.tests import BaseCase

from ...mailauth.errors import TempError
from ...mailauth.message.as_json import to_json
from ...mailauth.message.check import check_message
from ..common import ZoneResolver
from .build import IP, NOW, compose, deliver, make_record, sign

FAIL = TempError("dns_servfail", "x")
OTHER_IP = "203.0.113.77"
# Each domain is one way of publishing; mail.acme.example is the name of the server.
ZONE = {
    ("mail.acme.example", "A"): [IP],
    ("mail.acme.example", "AAAA"): ["2001:db8::10"],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["mail.acme.example"],
    ("77.113.0.203.in-addr.arpa", "PTR"): ["mail.acme.example"],
    ("20.2.0.192.in-addr.arpa", "PTR"): FAIL,
    ("relay.esp.example", "A"): ["198.51.100.5"],
    ("5.100.51.198.in-addr.arpa", "PTR"): ["relay.esp.example"],
    (
        "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        "PTR",
    ): ["mail.acme.example"],
    ("mail.acme.example", "TXT"): ["v=spf1 a -all"],
}


def publish(domain, spf="v=spf1 ip4:192.0.2.10 -all", dmarc="v=DMARC1; p=reject"):
    """Let a domain publish these records, and three keys."""
    if spf:
        ZONE[(domain, "TXT")] = spf if isinstance(spf, Exception) else [spf]
    if dmarc:
        records = dmarc if isinstance(dmarc, (list, Exception)) else [dmarc]
        ZONE[(f"_dmarc.{domain}", "TXT")] = records
    for selector in ("s1", "e1", "weak", "old"):
        record = make_record(selector)
        ZONE[(f"{selector}._domainkey.{domain}", "TXT")] = [record]


publish("acme.example")
publish("news.acme.example", dmarc="")
publish("esp.example", "v=spf1 ip4:198.51.100.5 -all", "v=DMARC1; p=none")
publish("bare.example", dmarc="")
publish("none.example", dmarc="v=DMARC1; p=none")
publish("quarantine.example", dmarc="v=DMARC1; p=quarantine")
publish("test.example", dmarc="v=DMARC1; p=reject; t=y")
publish("mild.example", dmarc="v=DMARC1; p=quarantine; t=y")
publish("strict.example", dmarc="v=DMARC1; p=reject; aspf=s; adkim=s")
publish("sub.strict.example", dmarc="")
publish("open.example", "")
publish("soft.example", "v=spf1 ip4:192.0.2.10 ~all")
publish("neutral.example", "v=spf1 ip4:192.0.2.10 ?all")
publish("broken.example", "v=spf1 ip4:300.1.1.1 -all")
publish("twice.example", dmarc=["v=DMARC1; p=none", "v=DMARC1; p=reject"])
publish("six.example", "v=spf1 ip6:2001:db8::10 -all")
publish("silent.example", FAIL, FAIL)
publish("spfdown.example", FAIL)
publish("dmarcdown.example", dmarc=FAIL)
publish("keydown.example")
ZONE[("s1._domainkey.keydown.example", "TXT")] = FAIL
publish("keys.example")
ZONE |= {
    ("gone._domainkey.keys.example", "TXT"): ["v=DKIM1; k=rsa; p="],
    ("test._domainkey.keys.example", "TXT"): [make_record("s1", t="y")],
    ("exact._domainkey.keys.example", "TXT"): [make_record("s1", t="s")],
    ("junk._domainkey.keys.example", "TXT"): ["v=DKIM1; k=rsa; p=%%%"],
    ("s2._domainkey.keys.example", "TXT"): [make_record("s1")],
}
publish("xn--bcher-kva.example")


class Expected(NamedTuple):
    """What has to be found.

    ``codes`` are those of the findings in their order but for mere advice; "<" before
    one says that it follows from another one.
    """

    spf: str
    dkim: str
    dmarc: str
    grade: str | None
    codes: str = ""


def mail(domain="acme.example", selector="s1", fields=None, body="Hello\r\n", **tags):
    """Return a message from a domain, signed by it unless there is no selector."""
    message = compose({"From": f"Zoe <zoe@{domain}>", **(fields or {})}, body)
    domain = domain.encode("idna").decode() if not domain.isascii() else domain
    return sign(message, selector, domain, **tags) if selector else message


def sent(domain="acme.example", selector="s1", **values):
    """Return it as it arrives, with an envelope sender of the same domain."""
    options = {n: values.pop(n) for n in DELIVERY if n in values}
    options.setdefault("mail_from", f"bounce@{domain}")
    return deliver(mail(domain, selector, **values), **options)


ONE_CLICK = {
    "List-Unsubscribe": "<https://acme.example/u/1>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
DELIVERY = ("ip", "helo", "protocol", "mail_from", "on_top")
# (name, message, what is found)
MESSAGES = [
    # All is well
    ("rsa", sent(), Expected("pass", "pass", "pass", "A")),
    ("ed25519", sent(selector="e1"), Expected("pass", "pass", "pass", "A")),
    ("1024 bits", sent(selector="old"), Expected("pass", "pass", "pass", "A")),
    ("p=none", sent("none.example"), Expected("pass", "pass", "pass", "A")),
    ("below a policy", sent("news.acme.example"), Expected(*["pass"] * 3, "A")),
    (
        "both keys",
        deliver(sign(mail(selector="e1"))),
        Expected("pass", "pass pass", "pass", "A"),
    ),
    (
        "bounces come back to a subdomain",
        sent(mail_from="b@news.acme.example"),
        Expected("pass", "pass", "pass", "A"),
    ),
    (
        "null sender",
        sent(mail_from=""),
        Expected("pass", "pass", "pass", "A"),
    ),
    (
        "a name of the organization in HELO, IPv6",
        sent("six.example", ip="2001:db8::10"),
        Expected("pass", "pass", "pass", "A"),
    ),
    (
        "a domain beyond ASCII",
        sent("xn--bcher-kva.example"),
        Expected("pass", "pass", "pass", "A"),
    ),
    (
        "a name with an address in quotes",
        sent(fields={"From": '"Doe, John" <zoe@acme.example>'}),
        Expected("pass", "pass", "pass", "A"),
    ),
    ("a long body", sent(body="x" * 70 + "\r\n" * 200), Expected(*["pass"] * 3, "A")),
    ("an empty body", sent(body=""), Expected("pass", "pass", "pass", "A")),
    ("LF", sent().replace(b"\r\n", b"\n"), Expected(*["pass"] * 3, "A")),
    ("a pipe", b"From zoe Mon Sep 21\r\n" + sent(), Expected(*["pass"] * 3, "A")),
    # One of the two
    (
        "not signed",
        sent(selector=""),
        Expected("pass", "", "pass", "C", "dkim_missing"),
    ),
    (
        "another address",
        sent(ip=OTHER_IP),
        Expected("fail", "pass", "pass", "C", "spf_fails <ptr_missing <helo_fails"),
    ),
    (
        "softfail",
        sent("soft.example", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("softfail", "pass", "pass", "C", "spf_fails"),
    ),
    (
        "neutral",
        sent("neutral.example", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("neutral", "pass", "pass", "C", "spf_fails"),
    ),
    (
        "a broken record",
        sent("broken.example"),
        Expected("permerror", "pass", "pass", "C", "spf_fails"),
    ),
    (
        "no SPF record",
        sent("open.example"),
        Expected("none", "pass", "pass", "C", "spf_missing"),
    ),
    (
        "a service that bounces come back to",
        sent(ip="198.51.100.5", helo="relay.esp.example", mail_from="b@esp.example"),
        Expected("pass", "pass", "pass", "C", "spf_unaligned"),
    ),
    (
        "a service that signs",
        deliver(sign(mail(selector=""), domain="esp.example")),
        Expected("pass", "pass", "pass", "C", "dkim_unaligned"),
    ),
    (
        "a service that signs as well",
        deliver(sign(mail(), domain="esp.example")),
        Expected("pass", "pass pass", "pass", "A"),
    ),
    (
        "null sender of a strange server",
        sent(mail_from="", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("none", "pass", "pass", "C", "spf_missing"),
    ),
    (
        "strict alignment of SPF",
        deliver(mail("strict.example"), mail_from="b@sub.strict.example"),
        Expected("pass", "pass", "pass", "C", "spf_unaligned"),
    ),
    (
        "strict alignment of DKIM",
        deliver(
            sign(mail("strict.example", ""), domain="sub.strict.example"),
            mail_from="b@strict.example",
        ),
        Expected("pass", "pass", "pass", "C", "dkim_unaligned"),
    ),
    # No policy
    (
        "no DMARC record",
        sent("bare.example"),
        Expected("pass", "pass", "none", "C", "dmarc_missing"),
    ),
    (
        "two DMARC records",
        sent("twice.example"),
        Expected("pass", "pass", "none", "C", "dmarc_missing"),
    ),
    (
        "no DMARC record, no signature",
        sent("bare.example", ""),
        Expected("pass", "", "none", "C", "dkim_missing dmarc_missing"),
    ),
    (
        "no DMARC record, nothing passes",
        sent("bare.example", "", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("fail", "", "none", "D", "spf_fails dkim_missing dmarc_missing"),
    ),
    # Nothing passes
    (
        "reject",
        sent(selector="", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("fail", "", "fail", "F", "spf_fails <dmarc_fails dkim_missing"),
    ),
    (
        "quarantine",
        sent("quarantine.example", "", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("fail", "", "fail", "F", "spf_fails <dmarc_fails dkim_missing"),
    ),
    (
        "none",
        sent("none.example", "", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("fail", "", "fail", "D", "spf_fails <dmarc_fails dkim_missing"),
    ),
    (
        "reject in test is quarantine",
        sent("test.example", "", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("fail", "", "fail", "F", "spf_fails <dmarc_fails dkim_missing"),
    ),
    (
        "quarantine in test is none",
        sent("mild.example", "", ip="198.51.100.5", helo="relay.esp.example"),
        Expected("fail", "", "fail", "D", "spf_fails <dmarc_fails dkim_missing"),
    ),
    (
        "somebody else has sent and signed it",
        deliver(
            sign(mail(selector=""), domain="esp.example"),
            ip="198.51.100.5",
            helo="relay.esp.example",
            mail_from="b@esp.example",
        ),
        Expected(
            "pass", "pass", "fail", "F", "dmarc_fails <spf_unaligned <dkim_unaligned"
        ),
    ),
    (
        "forged, and the body changed",
        sent(ip="198.51.100.5", helo="relay.esp.example").replace(b"Hello", b"Hallo"),
        Expected(
            "fail", "fail", "fail", "F", "dkim_body_changed <dmarc_fails spf_fails"
        ),
    ),
    # Signatures
    (
        "a subject",
        sent().replace(b"Your order", b"[x] Your order"),
        Expected("pass", "fail", "pass", "C", "dkim_header_changed"),
    ),
    (
        "no key",
        deliver(sign(mail(selector=""), "s2")),
        Expected("pass", "permerror", "pass", "C", "dkim_no_key"),
    ),
    (
        "a key that was taken back",
        sent("keys.example").replace(b"s=s1", b"s=gone"),
        Expected("pass", "permerror", "pass", "C", "dkim_no_key"),
    ),
    (
        "a key that is junk",
        sent("keys.example").replace(b"s=s1", b"s=junk"),
        Expected("pass", "permerror", "pass", "C", "dkim_key_invalid"),
    ),
    (
        "another key",
        deliver(
            sign(mail("keys.example", ""), "s2", "keys.example"),
            mail_from="b@keys.example",
        ),
        Expected("pass", "fail", "pass", "C", "dkim_key_differs"),
    ),
    (
        "512 bits",
        sent(selector="weak"),
        Expected("pass", "permerror", "pass", "C", "dkim_key_weak"),
    ),
    (
        "expired",
        sent(x=str(NOW - 5)),
        Expected("pass", "permerror", "pass", "C", "dkim_expired"),
    ),
    ("not expired yet", sent(x=str(NOW + 5)), Expected(*["pass"] * 3, "A")),
    (
        "only the beginning",
        sent(body="Hello\r\nand more\r\n", l="7"),
        Expected("pass", "policy", "pass", "C", "dkim_length"),
    ),
    (
        "a tag is missing",
        sent().replace(b"bh=", b"zz="),
        Expected("pass", "permerror", "pass", "C", "dkim_invalid"),
    ),
    (
        "rsa-sha1",
        sent().replace(b"rsa-sha256", b"rsa-sha1"),
        Expected("pass", "permerror", "pass", "C", "dkim_invalid"),
    ),
    (
        "one of two is broken",
        deliver(sign(mail(selector="e1"), "s2")),
        Expected("pass", "permerror pass", "pass", "A", "dkim_no_key"),
    ),
    (
        "a stranger's is broken",
        deliver(sign(mail(), "s2", "esp.example")),
        Expected("pass", "permerror pass", "pass", "A", "dkim_no_key"),
    ),
    # From
    (
        "two From fields",
        deliver(b"From: m@esp.example\r\n" + mail()),
        Expected("pass", "fail", "permerror", "F", "from_several <dkim_header_changed"),
    ),
    (
        "two mailboxes",
        sent(fields={"From": "zoe@acme.example, m@esp.example"}),
        Expected("pass", "pass", "permerror", "F", "from_several"),
    ),
    (
        "no From",
        deliver(compose({"From": None})),
        Expected("pass", "", "permerror", "F", "from_missing dkim_missing"),
    ),
    (
        "no address in From",
        deliver(compose({"From": "Zoe"})),
        Expected("pass", "", "permerror", "F", "from_invalid dkim_missing"),
    ),
    (
        "no domain in From",
        deliver(compose({"From": "Zoe <zoe@acme..example>"})),
        Expected("pass", "", "permerror", "F", "from_invalid dkim_missing"),
    ),
    (
        "an address instead of a domain in From",
        deliver(compose({"From": "Zoe <zoe@[192.0.2.10]>"})),
        Expected("pass", "", "permerror", "F", "from_invalid dkim_missing"),
    ),
    (
        "From was changed",
        sent().replace(b"zoe@acme.example", b"zoe@none.example"),
        Expected(
            "pass",
            "fail",
            "fail",
            "D",
            "dmarc_fails <dkim_header_changed <spf_unaligned",
        ),
    ),
    (
        "From was changed to a domain without a policy",
        sent().replace(b"zoe@acme.example", b"zoe@bare.example"),
        Expected(
            "pass",
            "fail",
            "none",
            "D",
            "dkim_header_changed <spf_unaligned <dmarc_missing",
        ),
    ),
    # The server
    ("no TLS", sent(protocol="ESMTP"), Expected(*["pass"] * 3, "B", "tls_missing")),
    (
        "no PTR",
        sent("six.example", ip="2001:db8::11", helo="mail.acme.example"),
        Expected("fail", "pass", "pass", "C", "spf_fails <ptr_missing <helo_fails"),
    ),
    # Form and content
    (
        "a mailing without a way out",
        sent(fields={"Precedence": "bulk"}),
        Expected("pass", "pass", "pass", "B", "unsubscribe_missing"),
    ),
    (
        "a mailing with one click",
        sent(fields=ONE_CLICK),
        Expected("pass", "pass", "pass", "A"),
    ),
    (
        "a mailing whose link is encoded",
        sent(
            fields={
                **ONE_CLICK,
                "List-Unsubscribe": "=?utf-8?q?=3Chttps=3A//acme=2Eexample/u=3E?=",
            }
        ),
        Expected("pass", "pass", "pass", "B", "unsubscribe_encoded"),
    ),
    (
        "no Message-ID",
        sent(fields={"Message-ID": None}),
        Expected("pass", "pass", "pass", "B", "message_id_missing"),
    ),
    (
        "Message-ID was taken away",
        sent().replace(b"Message-ID: <1@acme.example>\r\n", b""),
        Expected(
            "pass", "fail", "pass", "C", "message_id_missing <dkim_header_changed"
        ),
    ),
    (
        "no Date",
        sent(fields={"Date": None}),
        Expected("pass", "pass", "pass", "B", "date_wrong"),
    ),
    (
        "a Date of next year",
        sent(fields={"Date": "Tue, 21 Sep 2027 10:00:00 +0000"}),
        Expected("pass", "pass", "pass", "B", "date_wrong"),
    ),
    (
        "a line of a thousand",
        sent(body="x" * 1000 + "\r\n"),
        Expected("pass", "pass", "pass", "B", "line_too_long"),
    ),
    (
        "parts without an end",
        sent(fields={"Content-Type": "multipart/mixed"}, body="--x\r\n\r\nHello\r\n"),
        Expected("pass", "pass", "pass", "F", "mime_broken"),
    ),
    (
        "a link to oneself",
        sent(
            fields={"Content-Type": "text/html"},
            body='<p><a href="http://localhost:8069/web">Your order</a></p>\r\n',
        ),
        Expected("pass", "pass", "pass", "B", "link_private"),
    ),
    (
        "two subjects",
        sent(fields={"SUBJECT": "Another"}),
        Expected("pass", "pass", "pass", "F", "header_repeated"),
    ),
    (
        "two things at once",
        sent(protocol="ESMTP", fields={"Date": None}, selector=""),
        Expected("pass", "", "pass", "C", "dkim_missing date_wrong tls_missing"),
    ),
    # DNS does not answer
    (
        "nothing",
        sent("silent.example"),
        Expected("temperror", "pass", "temperror", None, "dns_failed dns_failed"),
    ),
    (
        "SPF",
        sent("spfdown.example"),
        Expected("temperror", "pass", "pass", None, "dns_failed"),
    ),
    (
        "the key",
        sent("keydown.example"),
        Expected("pass", "temperror", "pass", None, "dns_failed"),
    ),
    (
        "the key, but another passes",
        deliver(
            sign(mail("keydown.example", "e1"), "s1", "keydown.example"),
            mail_from="b@keydown.example",
        ),
        Expected("pass", "temperror pass", "pass", "A"),
    ),
    (
        "the policy",
        sent("dmarcdown.example"),
        Expected("pass", "pass", "temperror", None, "dns_failed"),
    ),
    (
        "SPF of another domain, which would not count",
        deliver(mail(), mail_from="b@spfdown.example"),
        Expected("temperror", "pass", "pass", "C", "spf_unaligned"),
    ),
    # What can't be told
    (
        "no way",
        sent(ip=""),
        Expected("unknown", "unknown", "unknown", None, "proves_nothing"),
    ),
    (
        "private addresses",
        sent(ip="10.0.0.1"),
        Expected("unknown", "unknown", "unknown", None, "proves_nothing"),
    ),
    (
        "no envelope sender",
        sent(mail_from=None),
        Expected("unknown", "pass", "pass", None),
    ),
    (
        "no envelope sender, not signed",
        sent(selector="", mail_from=None),
        Expected("unknown", "", "unknown", None, "dkim_missing"),
    ),
]


def check(raw, zone=None, **given):
    """Judge a message against the zone of this module."""
    values = [given.pop(n, None) for n in ("client_ip", "helo", "mail_from")]
    resolver = ZoneResolver({**ZONE, **(zone or {})})
    given.setdefault("now", NOW + 60)
    return asyncio.run(check_message(raw, *values, resolver, **given))


def tell(result):
    """Return what a message's row says of a result."""
    codes = [f"{'<' * bool(f.cause)}{f.code}" for f in result.findings if is_told(f)]
    dkim = " ".join(one.result for one in result.dkim)
    spf, dmarc = result.spf.result, result.dmarc.result
    return Expected(spf, dkim, dmarc, result.grade, " ".join(codes))


def is_told(finding):
    return finding.status != "info"


class TestMessages(BaseCase):
    maxDiff = None

    def test_messages(self):
        self.assertGreaterEqual(len(MESSAGES), 60)
        for name, raw, expected in MESSAGES:
            with self.subTest(name):
                result = check(raw)
                self.assertEqual(tell(result), expected)
                self.assertEqual(to_json(result)["grade"], expected.grade)

    def test_names_are_unique(self):
        names = [name for name, _raw, _expected in MESSAGES]
        self.assertEqual(len(names), len(set(names)))
