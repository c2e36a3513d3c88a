# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whatever DNS holds, a check ends in findings. FUZZ_EXAMPLES=100000 for a long run."""

import os
import time

from hypothesis import HealthCheck, given, settings, strategies as st

from odoo.tests import BaseCase

from ...mailauth.dmarc.meant import rank_policy
from ...mailauth.dmarc.policy import discover_dmarc, list_walk
from ...mailauth.dmarc.record import is_dmarc, parse_dmarc
from ...mailauth.dmarc.suggest import suggest_dmarc
from ...mailauth.dns.resolver import Answer
from ...mailauth.dns.wire import Mx
from ...mailauth.domain.check import CODES, check_domain
from ...mailauth.domain.facts import Address, Facts, Server, SigningKey
from ...mailauth.domain.obstacle import find_obstacle
from ...mailauth.domain.reasons import TEXTS
from ...mailauth.errors import PermError, TempError
from ...mailauth.findings import STATUSES
from ...mailauth.mta_sts import parse_sts_policy, parse_sts_record, read_response
from ...mailauth.tags import parse_tags, scan_tags
from ..common import ZoneResolver, run

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES < 1000,
    suppress_health_check=list(HealthCheck),
)
# Pieces of which records are made, right and wrong ones.
PIECES = st.sampled_from(
    """v=DMARC1; v=spf1 v=DKIM1; v=STSv1; v=TLSRPTv1; v=BIMI1; p=none; p=reject; p= p
    sp=quarantine; np=reject; psd=y; psd=n; t=y; adkim=s; aspf=s; pct=5; fo=1:d; id=1;
    rua=mailto:a@b.example rua=mailto:d@acme.example!10m ruf=https://x.example , ; = ;;
    l=https://x.example/y.svg; k=rsa; p=QUFB h=sha1; s=* include:b.example mx a ptr
    a:c.example ip4:192.0.2.0/24 ip4:192.0.2.10 ip6:::/0 exists:%{i}.b.example +all -all
    ~all ?all all redirect=b.example redirect=acme.example include:acme.example %{d} %
    exp=b.example include:%{l}.acme.example mx:b.example//64 x=y""".split()
) | st.sampled_from([" ", "\xe9", "\x00", "\r\n", '"', "\x1b[2J"])
TEXT = st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=60)
DATA = TEXT.map(lambda text: text.encode("utf-8", "replace")) | st.binary(max_size=200)
NAMES = st.sampled_from(
    """acme.example b.example c.example _dmarc.acme.example _dmarc.example
    _dmarc.b.example s1._domainkey.acme.example s2._domainkey.acme.example
    _mta-sts.acme.example _smtp._tls.acme.example default._bimi.acme.example
    10.2.0.192.in-addr.arpa mx.acme.example mta-sts.acme.example
    acme.example._report._dmarc.b.example""".split()
)
ERRORS = st.sampled_from(["dns_timeout", "dns_servfail", "dns_cname_loop"])
HOSTS = NAMES | st.sampled_from(["", "a..b", "x" * 64, "*.acme.example", "192.0.2.1"])
RECORDS = {
    "TXT": DATA,
    "SPF": DATA,
    "MX": st.builds(Mx, st.integers(0, 65535), HOSTS),
    "A": st.sampled_from(["192.0.2.10", "127.0.0.1", "10.0.0.1"]),
    "AAAA": st.sampled_from(["2001:db8::1", "::1", "::ffff:192.0.2.10"]),
    "PTR": HOSTS,
}
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        rdtype: st.lists(records, max_size=4).map(tuple) | ERRORS.map(TempError)
        for rdtype, records in RECORDS.items()
    },
)
ZONES = st.dictionaries(NAMES, ANSWERS, max_size=8)
SERVERS = st.builds(
    Server,
    name=st.sampled_from(["one", "two"]),
    provider=st.sampled_from(["", "Google"]),
    envelope=st.sampled_from(["ours", "provider", "subdomain"]),
    envelope_domain=st.sampled_from(["", "b.example"]),
    spf_term=st.sampled_from(["", "include:b.example", "a", "include:"]),
    signs=st.booleans(),
    selectors=st.sampled_from([(), ("s2",), ("s.2", "-"), ("s1", "s2")]),
    signs_as=st.sampled_from(["ours", "subdomain"]),
    signing_domain=st.sampled_from(["", "b.example"]),
    signing_seen=st.booleans(),
    wants_cnames=st.booleans(),
    cname_targets=st.sampled_from([(), (("s2", "c.example"),)]),
    needs_all_selectors=st.booleans(),
    addresses=st.lists(
        st.builds(
            Address, st.sampled_from(["192.0.2.10", "2001:db8::1"]), st.booleans()
        ),
        max_size=2,
    ).map(tuple),
)
KEYS = st.builds(
    SigningKey,
    selector=st.sampled_from(["s1", "s.1", ""]),
    public_key=st.sampled_from(
        ["", "QUFB", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPc="]
    ),
    algorithm=st.sampled_from(["rsa", "ed25519"]),
    active=st.booleans(),
    published=st.booleans(),
    cname_target=st.sampled_from(["", "c.example"]),
)
FACTS = st.builds(
    Facts,
    servers=st.lists(SERVERS, max_size=3).map(tuple),
    keys=st.lists(KEYS, max_size=2).map(tuple),
    envelope_domain=st.sampled_from(["", "b.example"]),
    from_domains=st.sampled_from([(), ("x.acme.example",)]),
)


class FuzzResolver:
    """Answers from generated records, which need not be what a server would send."""

    timeout = 2.0

    def __init__(self, zone):
        self.zone = zone

    async def query(self, name, rdtype):
        records = self.zone.get(name, {}).get(rdtype, ())
        if isinstance(records, TempError):
            raise records
        status = "found" if records else "nodata" if name in self.zone else "nxdomain"
        return Answer(name, rdtype, status, records)


class TestDomainCheckFuzz(BaseCase):
    @FUZZ
    @given(DATA)
    def test_tag_lists(self, data):
        tag_list = scan_tags(data)
        names = [tag.name for tag in tag_list.tags]
        self.assertEqual(len(names), len(set(names)))
        try:
            self.assertEqual(parse_tags(data), tag_list)
            self.assertFalse(tag_list.problems)
        except PermError:
            self.assertTrue(tag_list.problems)

    @FUZZ
    @given(DATA)
    def test_dmarc_record(self, data):
        """What is suggested instead of a record is one, and asks for no less."""
        data = b"v=DMARC1;" + data
        record = parse_dmarc(data)
        self.assertTrue(record.text.isascii() and record.text.isprintable())
        suggestion = suggest_dmarc([data], "d@acme.example")
        text = (suggestion.text or suggestion.cautious).encode()
        self.assertTrue(is_dmarc(text))
        better = parse_dmarc(text)
        self.assertEqual((better.valid, better.notes), (True, better.notes))
        if not suggestion.text:
            self.assertTrue(suggestion.unclear)
            self.assertEqual((better.p, better.sp, better.np), ("none", None, None))
            return
        for name in ("p", "sp", "np"):
            ranks = [rank_policy(getattr(r, name)) for r in (better, record)]
            self.assertGreaterEqual(*ranks)
        for name in ("adkim", "aspf"):
            self.assertGreaterEqual(getattr(better, name), getattr(record, name))
        for name in ("rua", "ruf"):
            kept = {uri.address.lower() for uri in getattr(better, name)}
            asked = {uri.address.lower() for uri in getattr(record, name)}
            self.assertLessEqual(asked - {""}, kept)

    @FUZZ
    @given(st.text("ab.\xe9-_", max_size=80))
    def test_walk(self, name):
        resolver = ZoneResolver({})
        result = run(discover_dmarc(name, resolver))
        self.assertLessEqual(len(resolver.calls), 8)
        if result.domain:
            self.assertEqual(len(list_walk(result.domain)), len(resolver.calls))

    @FUZZ
    @given(DATA)
    def test_mta_sts(self, data):
        for parse in (parse_sts_record, parse_sts_policy, read_response):
            for prefix in (b"", b"version: STSv1\nmode: ", b"HTTP/1.1 200 OK\r\n"):
                try:
                    parse(prefix + data)
                except PermError as error:
                    self.assertTrue(error.code.startswith("sts_"))

    @FUZZ
    @given(ZONES, FACTS)
    def test_check_domain(self, zone, facts):
        start = time.process_time()
        findings = run(check_domain("acme.example", facts, FuzzResolver(zone)))
        self.assertLess(time.process_time() - start, 5)
        if find_obstacle(findings) is None:
            self.assertEqual({finding.code for finding in findings}, set(CODES))
        for finding in findings:
            self.assertIn(finding.status, STATUSES)
            self.assertTrue(finding.why)
            texts = [finding.found, finding.expected, finding.subject, finding.name]
            texts += [value for why in finding.why for _name, value in why.params]
            for text in texts:
                self.assertTrue(text.replace("\n", "").isprintable(), finding)
            for why in finding.why:
                self.assertTrue(why.code in TEXTS, why)
