# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.message.authentication_results import parse_authentication_results
from ...mailauth.message.received_spf import ReceivedSpf, parse_received_spf

# (value, host, [(method, result, domain)]); RFC 8601 appendix B first
RESULTS = [
    ("example.org 1; none", "example.org", []),
    ("example.org; none", "example.org", []),
    (
        "example.com; spf=pass smtp.mailfrom=example.net",
        "example.com",
        [("spf", "pass", "example.net")],
    ),
    (
        "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass"
        " smtp.mailfrom=example.net",
        "example.com",
        [("auth", "pass", "example.net"), ("spf", "pass", "example.net")],
    ),
    (
        'example.com; dkim=pass reason="good signature" header.i=@mail.example.net',
        "example.com",
        [("dkim", "pass", "mail.example.net")],
    ),
    (
        "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) ="
        " (wait for it) fail policy (A dot can go here) . (like that) expired (this"
        " surprised me) = (as I wasn't expecting it) 1362471462",
        "foo.example.net",
        [("dkim", "fail", "")],
    ),
    (
        'mx.google.com; dkim=pass header.i=@acme.example header.s=s1 header.b="a;b/c";'
        " arc=pass (i=1 spf=pass); spf=softfail (google.com: domain of transitioning"
        " zoe@acme.example does not designate 192.0.2.1 as permitted sender)"
        " smtp.mailfrom=zoe@acme.example; dmarc=fail (p=REJECT sp=REJECT dis=NONE)"
        " header.from=acme.example",
        "mx.google.com",
        [
            ("dkim", "pass", "acme.example"),
            ("arc", "pass", ""),
            ("spf", "softfail", "acme.example"),
            ("dmarc", "fail", "acme.example"),
        ],
    ),
    (
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=acme.example; dkim=none"
        " (message not signed) header.d=none;dmarc=bestguesspass action=none"
        " header.from=acme.example;compauth=pass reason=109",
        "",
        [
            ("spf", "pass", "acme.example"),
            ("dkim", "none", ""),
            ("dmarc", "bestguesspass", "acme.example"),
            ("compauth", "pass", ""),
        ],
    ),
    (
        "x.example; iprev=pass policy.iprev=192.0.2.1 (mail.acme.example)",
        "x.example",
        [("iprev", "pass", "192.0.2.1")],
    ),
    (
        "x.example; spf=pass smtp.helo=acme.example",
        "x.example",
        [("spf", "pass", "acme.example")],
    ),
    (
        "x.example; DKIM=Pass header.d=ACME.example",
        "x.example",
        [("dkim", "pass", "acme.example")],
    ),
    (
        "x.example; spf=pass smtp.mailfrom=zoe@grüße.example",
        "x.example",
        [("spf", "pass", "xn--gre-6ka8l.example")],
    ),
    ("x.example; this is nothing; spf=pass", "x.example", [("spf", "pass", "")]),
    ("x.example", "x.example", []),
    ("", "", []),
    (";;;", "", []),
    ('"x.example"; spf=pass', "x.example", [("spf", "pass", "")]),
]
# (value, what it says)
SPF = [
    (
        "pass (mybox.example.org: domain of myname@example.com designates 192.0.2.1 as"
        " permitted sender) receiver=mybox.example.org; client-ip=192.0.2.1;"
        ' envelope-from="myname@example.com"; helo=foo.example.com;',
        ReceivedSpf(
            "pass",
            "mybox.example.org",
            "192.0.2.1",
            "myname@example.com",
            "foo.example.com",
        ),
    ),
    (
        "fail identity=mailfrom; client-ip=192.0.2.1; helo=foo.example;"
        " envelope-from=a@example.com; receiver=<UNKNOWN>",
        ReceivedSpf(
            "fail", "", "192.0.2.1", "a@example.com", "foo.example", "mailfrom"
        ),
    ),
    (
        "pass (google.com: domain of zoe@acme.example designates 2001:db8::1 as"
        " permitted"
        " sender) client-ip=2001:db8::1;",
        ReceivedSpf("pass", "google.com", "2001:db8::1", "zoe@acme.example"),
    ),
    (
        "softfail (google.com: domain of transitioning zoe@acme.example does not"
        " designate 192.0.2.1 as permitted sender)",
        ReceivedSpf("softfail", "google.com", "192.0.2.1", "zoe@acme.example"),
    ),
    (
        "neutral (google.com: 192.0.2.1 is neither permitted nor denied by best guess"
        " record for domain of zoe@acme.example)",
        ReceivedSpf("neutral", "google.com", "192.0.2.1", "zoe@acme.example"),
    ),
    (
        "none (domain of acme.example does not designate permitted sender hosts)",
        ReceivedSpf("none", "", "", "acme.example"),
    ),
    (
        "Pass (protection.outlook.com: domain of acme.example designates 192.0.2.1 as"
        " permitted sender) receiver=protection.outlook.com; client-ip=192.0.2.1;"
        " helo=mail.acme.example; pr=C",
        ReceivedSpf(
            "pass",
            "protection.outlook.com",
            "192.0.2.1",
            "acme.example",
            "mail.acme.example",
        ),
    ),
    (
        "Pass (mx.other.example: domain of <> designates 192.0.2.1 as permitted sender)"
        " envelope-from=<>; identity=helo; client-ip=::ffff:192.0.2.1",
        ReceivedSpf("pass", "mx.other.example", "192.0.2.1", "", "", "helo"),
    ),
    ("error", ReceivedSpf("temperror")),
    ("hardfail", ReceivedSpf("fail")),
    ("whatever", ReceivedSpf("")),
    ("", ReceivedSpf("")),
    ("pass client-ip=999.1.1.1", ReceivedSpf("pass")),
]


class TestAuthenticationResults(BaseCase):
    def test_results(self):
        for value, host, expected in RESULTS:
            with self.subTest(value=value):
                found = parse_authentication_results(value.encode())
                self.assertEqual(found.host, host)
                told = [(r.method, r.result, r.domain) for r in found.results]
                self.assertEqual(told, expected)

    def test_microsoft_names_the_address(self):
        found = parse_authentication_results(b"spf=pass (sender IP is 192.0.2.1) x")
        self.assertEqual(found.client_ip, "192.0.2.1")

    def test_reason(self):
        found = parse_authentication_results(b'x; dkim=fail reason="no; key" a.b=c')
        self.assertEqual(found.results[0].reason, "no; key")
        self.assertEqual(found.results[0].get("a.b"), "c")

    def test_instance(self):
        found = parse_authentication_results(b" i=2; mx.example; spf=pass")
        self.assertEqual((found.instance, found.host), (2, "mx.example"))
        self.assertEqual(parse_authentication_results(b"i=2").instance, 2)

    def test_received_spf(self):
        for value, expected in SPF:
            with self.subTest(value=value):
                self.assertEqual(parse_received_spf(value.encode()), expected)
