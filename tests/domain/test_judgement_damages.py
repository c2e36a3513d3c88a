# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Ten right records, each damaged as people damage them: what is proposed keeps them.

Each damage is crossed with each record. Of what is proposed and then published:

(a) each address that the right record lets pass still passes,
(b) no other does but our own server's, and the others get the result that they had,
(c) policy, alignment and the addresses of reports are neither weaker nor fewer,
(d) the check is green.
"""

import asyncio
import re
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from odoo.tests import BaseCase

from ...mailauth.dkim.key import PublicKey
from ...mailauth.dkim.record import record_value
from ...mailauth.dmarc.policy import discover_dmarc
from ...mailauth.domain import check
from ...mailauth.domain.facts import Address, Facts, Server, SigningKey
from ...mailauth.spf.check_host import check_host
from ..common import ZoneResolver, run
from ..judgement import DOMAIN, judge, list_faults, publish

OWN_IP = "192.0.2.10"
KEYS = [
    record_value(PublicKey("ed25519", bytes(range(n, n + 32)))) for n in range(10, 20)
]
SERVER = Server("relay", addresses=(Address(OWN_IP),))
FACTS = Facts((SERVER,), (SigningKey("s1", KEYS[0], "ed25519"),))
HOSTED = Server(
    "hosted",
    provider="Provider",
    spf_term="include:_spf.provider.example",
    signs=True,
    selectors=("s1",),
    signing_seen=True,
)
ZONE = {
    (DOMAIN, "TXT"): ["v=spf1 ip4:192.0.2.10 include:_spf.provider.example -all"],
    (DOMAIN, "A"): ["203.0.113.7"],
    (DOMAIN, "MX"): [(10, "mx.acme.example")],
    ("mx.acme.example", "A"): ["192.0.2.20"],
    ("web.acme.example", "A"): ["203.0.113.80"],
    ("_spf.provider.example", "TXT"): ["v=spf1 ip4:198.51.100.0/25 ~all"],
    ("_spf.second.example", "TXT"): ["v=spf1 ip4:198.51.100.128/25 ~all"],
    ("_spf.whole.example", "TXT"): ["v=spf1 ip4:203.0.113.128/25 -all"],
    ("other.example", "MX"): [(10, "mx.other.example")],
    ("mx.other.example", "A"): ["198.51.100.66"],
    ("1.113.0.203.allow.acme.example", "A"): ["127.0.0.2"],
    ("s1._domainkey.acme.example", "TXT"): [KEYS[0]],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@acme.example"],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["relay.acme.example"],
    ("relay.acme.example", "A"): [OWN_IP],
}
# Addresses inside and outside of everything that the records below name.
PROBES = (
    "192.0.2.10", "192.0.2.11", "192.0.2.20", "192.0.2.200", "198.51.100.1",
    "198.51.100.66", "198.51.100.130", "198.51.100.254", "203.0.113.1", "203.0.113.7",
    "203.0.113.80", "203.0.113.90", "203.0.113.200", "8.8.8.8", "2001:db8:1::1",
    "2001:db8:2::1",
)  # fmt: skip
SPF_RECORDS = (
    "v=spf1 ip4:192.0.2.10 -all",
    "v=spf1 ip4:198.51.100.10 ip4:203.0.113.80 ~all",
    "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8:1::/48 ~all",
    "v=spf1 include:_spf.provider.example ip4:192.0.2.10 -all",
    "v=spf1 a mx ip4:192.0.2.10 -all",
    "v=spf1 include:_spf.provider.example mx ~all",
    "v=spf1 -ip4:198.51.100.66 ip4:198.51.100.0/24 ?ip4:203.0.113.7 ~all",
    "v=spf1 ip4:192.0.2.10 ip4:203.0.113.1 redirect=_spf.whole.example",
    "v=spf1 a:web.acme.example/28 mx:other.example ip4:203.0.113.200 -all",
    "v=spf1 exists:%{ir}.allow.acme.example include:_spf.second.example ip4:192.0.2.10"
    " ~all",
)


def swap(old, new, count=0):
    """Make a damage: a pattern is replaced, everywhere or so many times."""
    return lambda text: re.sub(old, lambda found: found.expand(new), text, count=count)


SPF_DAMAGES = {
    # Around the record
    "leading blank": lambda text: f" {text}",
    "leading blanks": lambda text: f"   {text}",
    "leading tab": lambda text: f"\t{text}",
    "leading no-break space": lambda text: f"\u00a0{text}",
    "leading byte order mark": lambda text: f"\ufeff{text}",
    "leading zero-width space": lambda text: f"\u200b{text}",
    "trailing blank": lambda text: f"{text} ",
    "trailing line break": lambda text: f"{text}\r\n",
    "trailing semicolon": lambda text: f"{text};",
    "trailing comma": lambda text: f"{text},",
    "trailing no-break space": lambda text: f"{text}\u00a0",
    "quotes": lambda text: f'"{text}"',
    "quotes of a word processor": lambda text: f"\u201c{text}\u201d",
    "single quotes": lambda text: f"'{text}'",
    "escaped quotes": lambda text: f'\\"{text}\\"',
    "quotes and a blank": lambda text: f'" {text}"',
    "quote at the beginning only": lambda text: f'"{text}',
    "quote at the end only": lambda text: f'{text}"',
    # The version
    "v=spf1;": swap("v=spf1 ", "v=spf1; "),
    "v=spf1; without a blank": swap("v=spf1 ", "v=spf1;"),
    "v=spf1,": swap("v=spf1 ", "v=spf1, "),
    "v=spf1:": swap("v=spf1 ", "v=spf1: "),
    "v=spf1.": swap("v=spf1 ", "v=spf1. "),
    "v = spf1": swap("v=spf1 ", "v = spf1 "),
    "v= spf1": swap("v=spf1 ", "v= spf1 "),
    "no blank after the version": swap("v=spf1 ", "v=spf1"),
    "tab after the version": swap("v=spf1 ", "v=spf1\t"),
    "no-break space after the version": swap("v=spf1 ", "v=spf1\u00a0"),
    "capitals": lambda text: text.upper().replace("%{IR}", "%{ir}"),
    "version twice": swap("v=spf1 ", "v=spf1 v=spf1 "),
    # Between the terms
    "tabs between": swap("(?<!spf1) ", "\t"),
    "no-break spaces between": swap("(?<!spf1) ", "\u00a0"),
    "line breaks between": swap("(?<!spf1) ", "\r\n"),
    "semicolons between": swap("(?<!spf1) ", "; "),
    "commas between": swap("(?<!spf1) ", ", "),
    "commas without blanks between": swap("(?<!spf1) ", ","),
    "comma after an address": swap(r"(ip4:\S+) ", r"\1, ", 1),
    "no blank between networks": swap(r"(ip4:\S+) (?=ip4:|ip6:|include:)", r"\1"),
    "two strings cut inside a term": lambda text: (text[:20], text[20:]),
    "no blank before all": swap(r"(ip4:\S+) (?=[~-]all)", r"\1"),
    # Names of mechanisms
    "ip4: x": swap("ip4:", "ip4: "),
    "ip4 :x": swap("ip4:", "ip4 :"),
    "ip4=x": swap("ip4:", "ip4="),
    "ip4.x": swap("ip4:", "ip4."),
    "ip4::x": swap("ip4:", "ip4::"),
    "ipv4:x": swap("ip4:", "ipv4:"),
    "ip:x": swap("ip4:", "ip:"),
    "ip6:x of IPv4": swap("ip4:", "ip6:"),
    "ipv6:x": swap("ip6:", "ipv6:"),
    "a bare address": swap("ip4:", ""),
    "a:x of an address": swap("ip4:", "a:"),
    "include: x": swap("include:", "include: "),
    "include=x": swap("include:", "include="),
    "include.x": swap("include:", "include."),
    "include:x.": swap(r"include:(\S+)", r"include:\1."),
    "includes:x": swap("include:", "includes:"),
    "redirect:x": swap("redirect=", "redirect:"),
    "redirect= x": swap("redirect=", "redirect= "),
    # all
    "- all": swap("([~-])all", r"\1 all"),
    "a dash of a word processor": swap("-all", "\u2013all"),
    "-ALL": swap("([~-])all", r"\1ALL"),
    "all.": swap("([~-]all)$", r"\1."),
    "all;": swap("([~-]all)$", r"\1 ;"),
    "quoted all": swap("([~-]all)$", r'"\1"'),
}  # fmt: skip


# What was meant is not certain: some of it may be left out, but never unsaid.
UNCERTAIN = {
    "include x": swap("include:", "include "),
    "no blank between names": swap(
        r"(?<!allow.acme.example)(?<!f1) (?=mx|include:)", ""
    ),
    "no blank after a name": swap(r"(include:\S+) (?=ip4:)", r"\1"),
    "a mechanism that is none": swap("(include|mx|a|ip4):", r"\1s:"),
    "cut off": lambda text: text[:-12],
    "an address cut off": swap(r"(ip4:\d+\.\d+\.\d+)\S+", r"\1", 1),
    "a network too small": swap(r"(ip4:[\d.]+)(?= )", r"\1/33"),
    "an address too large": swap(r"(ip4:\d+\.\d+\.\d+\.)(?=\d)", r"\g<1>99"),
    "a name in the place of an address": swap(r"ip4:\S+", "ip4:web.acme.example"),
}


class JudgementCase(BaseCase):
    def setUp(self):
        super().setUp()
        # Nothing is slow here.
        self.startPatcher(patch.object(check, "HEAD_START", 0))
        self._judged = {}

    def _publish(self, kind, name, damaged, facts):
        """Publish what is proposed in place of a damaged record, and nothing else."""
        beside = ["another=record"] if name == DOMAIN else []
        zone = ZONE | {(name, "TXT"): [damaged, *beside]}
        with self._only(kind):
            before = judge(zone, facts)
        zone = publish(replace(before, records=tuple(before.of_kind(kind))))
        self.assertEqual(list(list_faults(zone)), [])
        records = zone[(name, "TXT")]
        self.assertEqual([record for record in beside if record not in records], [])
        return zone, before

    @contextmanager
    def _only(self, kind):
        """Run only the checks that a record is proposed by: it is quicker."""
        wanted = ("domain_exists", "mta_sts")
        checks = [c for c in check.CHECKS if c[0].startswith(kind) or c[0] in wanted]
        codes = [code for code, _check in checks]
        with patch.multiple(check, CHECKS=checks, CODES=codes):
            yield

    def _check_damages(self, damages, meant):
        """Check each record as it is, and with each damage.

        :param meant: by the intact record what ``_check_row`` expects of both.
        """
        for record, expected in meant.items():
            self._check_row(record, expected)
        rows = 0
        for damage, spoil in damages.items():
            for record, expected in meant.items():
                damaged = spoil(record)
                if damaged != record:
                    rows += 1
                    with self.subTest(damage, record=record):
                        self._check_row(damaged, expected)
        self.assertGreater(rows, 300)

    def _check_green(self, name, zone, facts):
        """Check once what several damages lead to."""
        key = (facts, *zone[(name, "TXT")])
        if key not in self._judged:
            self._judged[key] = judge(zone, facts)
        after = self._judged[key]
        self.assertEqual((after.to_do, after.open_records), ({}, set()), after.said())


async def _ask_all(resolver):
    """Return the result of SPF for each of the addresses."""
    sender = f"postmaster@{DOMAIN}"
    checks = (check_host(ip, DOMAIN, sender, DOMAIN, resolver) for ip in PROBES)
    results = await asyncio.gather(*checks)
    return {ip: one.result for ip, one in zip(PROBES, results, strict=True)}


class TestDamagedSpf(JudgementCase):
    def setUp(self):
        super().setUp()
        self._read = {}

    def test_damages(self):
        meant = {record: self._results(record) for record in SPF_RECORDS}
        self._check_damages(SPF_DAMAGES, meant)

    def test_what_is_not_certain(self):
        """Nobody is let pass whom the right record refuses; what is lost is named."""
        for damage, spoil in UNCERTAIN.items():
            for record in SPF_RECORDS:
                damaged = spoil(record)
                if damaged != record:
                    with self.subTest(damage, record=record):
                        self._check_uncertain(record, damaged)

    def _check_uncertain(self, record, damaged):
        zone, before = self._publish("spf", DOMAIN, damaged, FACTS)
        meant, results = self._results(record), self._results(*zone[(DOMAIN, "TXT")])
        added = {ip for ip in PROBES if results[ip] == "pass" != meant[ip]}
        self.assertLessEqual(added, {OWN_IP}, zone[(DOMAIN, "TXT")])
        (spf,) = before.of_kind("spf")
        said = (*spf.why, *spf.notes)
        named = [why for why in said if why.code.startswith(("omitted_", "repair_"))]
        if named and spf.state == "ask":
            return  # nothing is proposed before the owner has said what was meant
        lost = [ip for ip in PROBES if results[ip] != "pass" == meant[ip]]
        self.assertTrue(named or not lost, (lost, zone[(DOMAIN, "TXT")]))
        self._check_green(DOMAIN, zone, FACTS)

    def _results(self, *records):
        zone = ZONE | {(DOMAIN, "TXT"): list(records)}
        return run(_ask_all(ZoneResolver(zone)))

    def _check_row(self, damaged, meant):
        zone, _before = self._publish("spf", DOMAIN, damaged, FACTS)
        records = tuple(zone[(DOMAIN, "TXT")])
        if records not in self._read:
            self._read[records] = self._results(*records)
        self.assertEqual(self._read[records], meant | {OWN_IP: "pass"}, records)
        self._check_green(DOMAIN, zone, FACTS)


DMARC_RECORDS = (
    "v=DMARC1; p=reject; rua=mailto:d@acme.example",
    "v=DMARC1; p=quarantine; rua=mailto:d@acme.example",
    "v=DMARC1; p=none; rua=mailto:d@acme.example",
    "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@acme.example",
    "v=DMARC1; p=quarantine; np=reject; rua=mailto:d@acme.example",
    "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@acme.example",
    "v=DMARC1; p=reject; rua=mailto:d@acme.example,mailto:e@acme.example",
    "v=DMARC1; p=none; rua=mailto:d@acme.example; ruf=mailto:f@acme.example; fo=1",
    "v=DMARC1; p=reject; t=y; rua=mailto:d@acme.example",
    "v=DMARC1; p=quarantine; sp=reject; adkim=s; rua=mailto:d@acme.example;"
    " ruf=mailto:f@acme.example",
)


def capitals(text):
    """Names, policies and choices in capitals; "DMARC1" has them anyway."""
    return re.sub("mailto:[^;]*", lambda found: found[0].lower(), text.upper())


DMARC_DAMAGES = {
    # Around the record
    "leading blank": lambda text: f" {text}",
    "leading tab": lambda text: f"\t{text}",
    "leading no-break space": lambda text: f"\u00a0{text}",
    "leading byte order mark": lambda text: f"\ufeff{text}",
    "leading zero-width space": lambda text: f"\u200b{text}",
    "trailing blank": lambda text: f"{text} ",
    "trailing line break": lambda text: f"{text}\r\n",
    "trailing no-break space": lambda text: f"{text}\u00a0",
    "trailing semicolon": lambda text: f"{text};",
    "trailing comma": lambda text: f"{text},",
    "trailing dot": lambda text: f"{text}.",
    "quotes": lambda text: f'"{text}"',
    "quotes of a word processor": lambda text: f"\u201c{text}\u201d",
    "single quotes": lambda text: f"'{text}'",
    "escaped quotes": lambda text: f'\\"{text}\\"',
    "quote at the beginning only": lambda text: f'"{text}',
    "quote at the end only": lambda text: f'{text}"',
    # The version
    "v=dmarc1": swap("DMARC1", "dmarc1"),
    "v=Dmarc1": swap("DMARC1", "Dmarc1"),
    "v = DMARC1": swap("v=DMARC1", "v = DMARC1"),
    "v:DMARC1": swap("v=DMARC1", "v:DMARC1"),
    "V=DMARC1": swap("v=DMARC1", "V=DMARC1"),
    "v=DMARC1.": swap("v=DMARC1;", "v=DMARC1."),
    "v=DMARC1:": swap("v=DMARC1;", "v=DMARC1:"),
    "version twice": swap("v=DMARC1;", "v=DMARC1; v=DMARC1;"),
    "no semicolon after the version": swap("v=DMARC1;", "v=DMARC1"),
    "nothing after the version": swap("v=DMARC1; ", "v=DMARC1"),
    # Between the tags
    "no blanks": swap("; ", ";"),
    "escaped semicolons": swap(";", r"\\;"),
    "no semicolons": swap(";", ""),
    "commas for semicolons": swap(";", ","),
    "colons for semicolons": swap(";", ":"),
    "line breaks": swap("; ", ";\r\n"),
    "line breaks and no semicolons": swap("; ", "\r\n"),
    "tabs": swap("; ", ";\t"),
    "no-break spaces": swap("; ", ";\u00a0"),
    "semicolons twice": swap(";", ";;"),
    "two strings cut inside a tag": lambda text: (text[:25], text[25:]),
    # Tags
    "capitals": capitals,
    "policy with a capital": swap("=(reject|quarantine|none)", r"= \1"),
    "Reject": lambda text: text.replace("reject", "Reject"),
    "blanks around =": swap("(?<!v)=", " = "),
    "p: for p=": swap(" ([a-z]+)=", r" \1:"),
    "quoted policy": swap(" p=([a-z]+)", r' p="\1"'),
    "p last": lambda text: re.sub(r"( p=\w+;)(.*)", r"\2;\1", text).rstrip(";"),
    "outdated tags": lambda text: f"{text}; pct=100; ri=86400; rf=afrf",
    "an unknown tag": lambda text: f"{text}; x=y",
    # Addresses
    "no mailto": swap("mailto:", ""),
    "mailto: once": swap(",mailto:", ","),
    "mailto: x": swap("mailto:", "mailto: "),
    "mailto x": swap("mailto:", "mailto "),
    "mailto=x": swap("mailto:", "mailto="),
    "mailto:// ": swap("mailto:", "mailto://"),
    "MAILTO:": swap("mailto:", "MAILTO:"),
    "mail:": swap("mailto:", "mail:"),
    "in brackets": swap(r"mailto:([^,;]+)", r"<mailto:\1>"),
    "a size behind brackets": swap(r"mailto:([^,;]+)", r"mailto:<\1>!10m"),
    "address in brackets": swap(r"mailto:([^,;]+)", r"mailto:<\1>"),
    "blank between addresses": swap(",", " "),
    "semicolon between addresses": swap(",", ";"),
    "comma and blank between addresses": swap(",", ", "),
    "a size": swap("(mailto:[^,;]+)", r"\1!10m"),
    "rua twice": swap(",mailto:", "; rua=mailto:"),
    "RUA=": swap("rua=", "RUA="),
}  # fmt: skip


class TestDamagedDmarc(JudgementCase):
    def test_damages(self):
        meant = {record: _read_dmarc([record]) for record in DMARC_RECORDS}
        self._check_damages(DMARC_DAMAGES, meant)

    def _check_row(self, damaged, meant):
        name = f"_dmarc.{DOMAIN}"
        zone, _before = self._publish("dmarc", name, damaged, FACTS)
        self.assertEqual(_read_dmarc(zone[(name, "TXT")]), meant, zone[(name, "TXT")])
        self._check_green(name, zone, FACTS)


def _read_dmarc(records):
    """Return what receivers read, None where they read nothing."""
    zone = {(f"_dmarc.{DOMAIN}", "TXT"): list(records)}
    found = run(discover_dmarc(DOMAIN, ZoneResolver(zone))).record
    if found is None:
        return None
    asked = {tag: found.select_policy(tag) for tag in ("p", "sp", "np")}
    asked |= {"t": found.testing, "adkim": found.adkim, "aspf": found.aspf}
    for tag in ("rua", "ruf"):
        asked[tag] = {uri.address.lower() for uri in getattr(found, tag)}
    return asked | {"fo": found.fo if found.ruf else ()}


KEY_DAMAGES = {
    "leading blank": lambda text: f" {text}",
    "leading tab": lambda text: f"\t{text}",
    "leading no-break space": lambda text: f"\u00a0{text}",
    "trailing blank": lambda text: f"{text} ",
    "quotes": lambda text: f'"{text}"',
    "quotes of a word processor": lambda text: f"\u201c{text}\u201d",
    "quotes of two strings": lambda text: f'"{text[:30]}" "{text[30:]}"',
    "escaped quotes": lambda text: f'\\"{text}\\"',
    "escaped semicolons": swap(";", r"\\;"),
    "no semicolons": swap(";", ""),
    "blank in the key": swap("(p=.{10})", r"\1 "),
    "line break in the key": swap("(p=.{10})", r"\1\r\n"),
    "two strings": lambda text: (text[:30], text[30:]),
}
# What only the owner of the private half can mend: the key itself is gone.
LOST_KEYS = {
    "cut off": lambda text: text[:-9],
    "lower case": lambda text: text.lower(),
    "another key": lambda text: KEYS[5],
    "revoked": swap("p=.*", "p="),
    "no padding": lambda text: text.rstrip("="),
    "not a key": lambda text: "google-site-verification=1",
}


class TestDamagedKeys(JudgementCase):
    def test_ours(self):
        """What is proposed is our key, whatever is there."""
        for damage, spoil in (KEY_DAMAGES | LOST_KEYS).items():
            for key in KEYS:
                if key == KEYS[5] and damage == "another key":
                    continue
                with self.subTest(damage, key=key):
                    facts = Facts((SERVER,), (SigningKey("s1", key, "ed25519"),))
                    self._check_row(facts, spoil(key), key)

    def test_theirs(self):
        """A key of a provider is mended where nothing but its wrapping is wrong."""
        facts = Facts((SERVER, HOSTED))
        for damage, spoil in KEY_DAMAGES.items():
            for key in KEYS:
                with self.subTest(damage, key=key):
                    self._check_row(facts, spoil(key), key)

    def _check_row(self, facts, damaged, key):
        name = f"s1._domainkey.{DOMAIN}"
        zone, before = self._publish("dkim", name, damaged, facts)
        if before.proposals("dkim"):
            self.assertEqual(zone[(name, "TXT")], [key])
        self._check_green(name, zone, facts)
