# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The same records and zones, judged by us and by pyspf."""

import ipaddress
import socket
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.spf.check_host import check_host
from ..common import ZoneResolver, run
from ..dns_server import Zone

EXAMPLES = 2000
HELO = "mail.acme.example"
DOMAINS = [f"d{n}.acme.example" for n in range(4)]
HOSTS = ["h1.acme.example", "h2.acme.example", "void.example"]
IPS = ["192.0.2.1", "192.0.2.2", "198.51.100.7", "2001:db8::1", "2001:db8:1::2"]
SENDERS = ["user", "first-last+tag", "~x&y=z", "UPPER.case"]
NAMES = [
    *DOMAINS, *HOSTS, "H1.Acme.Example.", "%{d}", "%{d2}", "%{i}.list.example",
    "%{ir}.%{v}.list.example", "%{l}.users.example", "%{l1r+-}.users.example",
    "%{S}.x.example", "%{o}", "%{h}", "%{H2}.x.example", "a%%b%_c%-d.example",
    "%{d5r}.x", "nodot", "a..example", "1.2.3.4", "%{q}.example", "%", "x.-bad", "very"
    * 16 + ".example",
]  # fmt: skip
CIDRS = ["", "", "", "/24", "/0", "//64", "/24//64", "//0", "/33", "//129", "/", "/024"]
LITERALS = [
    "all", "ip4:192.0.2.1", "ip4:192.0.2.0/24", "ip4:198.51.100.0/25", "ip4:0.0.0.0/0",
    "ip4:192.0.2.1/33", "ip4:192.0.2", "ip4:192.0.2.256", "ip4", "ip4:",
    "ip4:192.0.2.1/", "ip6:2001:db8::/32", "ip6:2001:db8::1", "ip6:::/0",
    "ip6:2001:db8::/129", "ip6:::1.2.3.4", "ip6:1.2.3.4", "ip6:2001::db8::1", "a", "mx",
    "ptr", "ptr:acme.example", "include", "all:x", "all/8", "foo", "foo:bar",
    "exp=h1.acme.example", "exp=%{d}", "x=y", "x.y-z_1=%{i}", "x=%q", "=x", "1x=y",
    "redirect", "a:", "mx:", "A", "MX/24", "iP4:192.0.2.2",
]  # fmt: skip


def named(mechanism, cidr=True):
    return st.builds(
        "{}:{}{}".format,
        st.just(mechanism),
        st.sampled_from(NAMES),
        st.sampled_from(CIDRS if cidr else CIDRS[:6]),
    )


QUALIFIER = st.sampled_from(["", "", "", "+", "-", "~", "?"])
# Anything that somebody may have typed.
WILD = st.one_of(
    st.sampled_from(LITERALS),
    named("a"),
    named("mx"),
    st.sampled_from(NAMES).map("exists:{}".format),
    st.sampled_from(["h1.acme.example", "%{q}", "%{h}", "a..b.example", "x"]).map(
        "include:{}".format
    ),
)
SANE = [
    "ip4:192.0.2.2", "ip4:198.51.100.0/24", "ip6:2001:db8:1::/48", "a", "mx", "a/24",
    "mx//64", "ptr", "a:h1.acme.example", "mx:d2.acme.example", "a:%{d2}/25",
    "exists:%{l}.users.example", "exists:%{ir}.list.example", "exists:%{S}.x.example",
]  # fmt: skip


ODD_TEXTS = [[], ["unrelated"], ["v=spf10 -all"], ["v=spf1"], ["v=spf1 -all", "V=spf1"]]
FOUR = [ip for ip in IPS if "." in ip]
SIX = [ip for ip in IPS if ":" in ip]
POINTED = [*HOSTS[:2], DOMAINS[0]]
LISTED = [
    "1.2.0.192.list.example",
    "user.users.example",
    "tag.last.first.users.example",
]


def some(values):
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


def records(later):
    """Records that may lead to the domains in ``later``, so that none loops."""
    sane = st.sampled_from(SANE + [f"include:{domain}" for domain in later])
    ends = ["", "-all", "~all", "?all", "+all", *(f"redirect={d}" for d in later)]
    words = [
        st.lists(st.tuples(QUALIFIER, mechanism).map("".join), max_size=5)
        for mechanism in (sane, sane, sane, WILD)
    ]
    parts = (st.sampled_from([" ", " ", "  "]), st.one_of(words), st.sampled_from(ends))
    return st.tuples(*parts).map(
        lambda drawn: drawn[0].join(["v=spf1", *drawn[1], drawn[2]]).rstrip()
    )


def texts(later):
    record = records(later).map(lambda text: [text])
    return st.one_of(*[record] * 7, st.sampled_from(ODD_TEXTS))


def make_zone(drawn):
    texts, four, six, exchanges, pointers, silent = drawn
    zone = Zone({(name, "A"): ["127.0.0.2"] for name in LISTED})
    for names, rdtype, values in (
        (DOMAINS, "TXT", texts),
        (DOMAINS + HOSTS, "A", four),
        (DOMAINS + HOSTS, "AAAA", six),
        (DOMAINS, "MX", [list(enumerate(hosts)) for hosts in exchanges]),
        ([ipaddress.ip_address(ip).reverse_pointer for ip in IPS], "PTR", pointers),
    ):
        found = zip(names, values, strict=False)
        zone.update({(name, rdtype): value for name, value in found if value})
    if silent:
        zone[(silent, "ANY")] = "timeout"
    return zone


SILENT = [None] * 8 + DOMAINS[1:] + HOSTS[:2]
ZONES = st.tuples(
    st.tuples(*(texts(DOMAINS[n + 1 :]) for n in range(len(DOMAINS)))),
    st.tuples(*[some(FOUR)] * 6),
    st.tuples(*[some(SIX)] * 6),
    st.tuples(*[some(HOSTS)] * 4),
    st.tuples(*[some(POINTED)] * 4),
    st.sampled_from(SILENT),
).map(make_zone)


def ask_pyspf(zone, ip, sender, helo=HELO):
    """Return pyspf's result."""
    import spf

    def lookup(name, rdtype, strict=True, timeout=None):
        status, found, _cnames = zone.lookup(name.lower().removesuffix("."), rdtype)
        if status == "timeout":
            raise spf.TempError("DNS timeout")
        for record in found:
            if rdtype == "AAAA":
                record = socket.inet_pton(socket.AF_INET6, record)
            elif rdtype == "TXT":
                record = (record.encode(),)
            yield (name, rdtype), record

    with patch.object(spf, "DNSLookup", lookup):
        return spf.query(i=ip, s=sender, h=helo, strict=True).check()[0]


TEN = " ".join(["a:h2.acme.example"] * 9)
LONG = ".".join(["%{d}"] * 30)
DIVERGENCE_ZONE = {
    ("h1.acme.example", "A"): [IPS[0]],
    ("h2.acme.example", "A"): [IPS[1]],
    (DOMAINS[2], "MX"): [(n, f"h{n}.void.example") for n in range(3)],
    (DOMAINS[1], "TXT"): ["v=spf1 +all"],
    (".".join([DOMAINS[0]] * 16).split(".", 1)[1], "A"): ["127.0.0.2"],
}
DIVERGENCES = [
    # What isn't evaluated can't loop.
    ("5.2", f"v=spf1 ip4:{IPS[0]} include:{DOMAINS[0]} -all", "pass", "permerror"),
    # A redirect costs its lookup when it is followed, which a match prevents.
    (
        "4.6.4",
        f"v=spf1 {TEN} a:h1.acme.example redirect=x.example",
        "pass",
        "permerror",
    ),
    # A term is one void lookup, whatever it asks: not each host of an MX is one.
    ("4.6.4", f"v=spf1 mx:{DOMAINS[2]} ip4:{IPS[0]} -all", "pass", "permerror"),
    # The number of parts must not be zero.
    ("7.1", "v=spf1 exists:%{d0}.example ?all", "permerror", "neutral"),
    # Only seven characters are delimiters.
    ("7.1", "v=spf1 exists:%{d:}.example ?all", "permerror", "neutral"),
    # exists needs a domain; pyspf overlooks that where there is a qualifier.
    ("5.7", "v=spf1 ~exists ?all", "permerror", "neutral"),
    # Names of modifiers are case-insensitive, as all strings of the ABNF.
    ("12", f"v=spf1 Redirect={DOMAINS[1]}", "pass", "neutral"),
    ("12", "v=spf1 EXP=a.example exp=b.example -all", "permerror", "fail"),
    # Only exp and redirect must not appear twice.
    ("6", "v=spf1 x=1 x=2 -all", "fail", "permerror"),
    # Labels are dropped until 253 characters are left, not just one.
    ("7.3", f"v=spf1 exists:{LONG} -all", "pass", "fail"),
]


class TestDifferential(BaseCase):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(ZONES, st.sampled_from(IPS), st.sampled_from(SENDERS))
    def test_agreement(self, zone, ip, local):
        sender = f"{local}@{DOMAINS[0]}"
        ours = run(check_host(ip, DOMAINS[0], sender, HELO, ZoneResolver(zone)))
        self.assertEqual(ours.result, ask_pyspf(zone, ip, sender), ours.problem)

    def test_divergence(self):
        """Where pyspf and the RFC differ, the RFC decides."""
        for section, record, ours, theirs in DIVERGENCES:
            with self.subTest(section=section, record=record):
                zone = Zone({**DIVERGENCE_ZONE, (DOMAINS[0], "TXT"): [record]})
                sender = f"user@{DOMAINS[0]}"
                ask = check_host(IPS[0], DOMAINS[0], sender, HELO, ZoneResolver(zone))
                self.assertEqual(run(ask).result, ours)
                self.assertEqual(ask_pyspf(zone, IPS[0], sender), theirs)

    def test_divergences_are_written_down(self):
        readme = (Path(__file__).parents[1] / "README.md").read_text()
        for section, record, _ours, _theirs in DIVERGENCES:
            with self.subTest(record):
                self.assertIn(f"| 7208, {section} |", readme)
