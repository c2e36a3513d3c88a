# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import asyncio
import re
import time
from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.dkim.key import PublicKey
from ...mailauth.dkim.record import record_value
from ...mailauth.dns.resolver import Answer
from ...mailauth.dns.wire import Mx
from ...mailauth.domain.check import CODES, check_domain
from ...mailauth.domain.facts import Address, Facts, Server, SigningKey
from ...mailauth.domain.reasons import TEXTS, explain, find_kind
from ...mailauth.errors import PermError, TempError
from ...mailauth.findings import worst_status
from ..clock import run_in_no_time
from ..common import ZoneResolver, run
from ..dkim.published import rsa_der

# The same each time: rows edit the text, and a base64 may end in what they look for.
KEY = record_value(PublicKey("ed25519", bytes(range(32))))
OTHER_KEY = record_value(PublicKey("ed25519", bytes(range(32, 64))))
OWN = Server("relay", addresses=(Address("192.0.2.10"),))
GUESS = Server("guess", addresses=(Address("192.0.2.10", known=False),))
KEEPS = Server(
    "keeps", provider="Google", spf_term="include:_spf.provider.example", signs=True
)
DELEGATED = replace(KEEPS, envelope="subdomain", envelope_domain="bounce.acme.example")
SEEN = replace(KEEPS, selectors=("s1",), signing_seen=True)
TWO = replace(SEEN, selectors=("s1", "s2"))
BELOW = replace(SEEN, signs_as="subdomain", signing_domain="mg.acme.example")
DRAFT = SigningKey("s1", KEY, "ed25519", active=False, published=False)
LONG = record_value(PublicKey("rsa", rsa_der(8192)))
S2 = ("s2._domainkey.acme.example", "TXT")
S2_ALIAS = ("s2._domainkey.acme.example", "CNAME")
MINDS = replace(KEEPS, name="minds", from_policy="refuse", is_mailbox=True)
DEFAULT = "notifications@acme.example"
PUTS_OWN = Server("puts", provider="Postmark", envelope="provider")
FACTS = Facts(servers=(OWN,), keys=(SigningKey("s1", KEY, "ed25519"),))

# A domain with which nothing is wrong.
ZONE = {
    ("acme.example", "TXT"): [
        "v=spf1 ip4:192.0.2.10 include:_spf.provider.example -all",
        "another record",
    ],
    ("acme.example", "MX"): [(10, "mx.acme.example")],
    ("mx.acme.example", "A"): ["192.0.2.20"],
    ("_spf.provider.example", "TXT"): ["v=spf1 ip4:198.51.100.0/24 ~all"],
    ("s1._domainkey.acme.example", "TXT"): [KEY],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@acme.example"],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["relay.acme.example"],
    ("relay.acme.example", "A"): ["192.0.2.10"],
}
SPF, DMARC = ("acme.example", "TXT"), ("_dmarc.acme.example", "TXT")


def change(**changes):
    """Return ZONE with other records, by the names that the tests use."""
    names = {
        "spf": SPF,
        "dmarc": DMARC,
        "mx": ("acme.example", "MX"),
        "mx_host": ("mx.acme.example", "A"),
        "key": ("s1._domainkey.acme.example", "TXT"),
        "ptr": ("10.2.0.192.in-addr.arpa", "PTR"),
        "ptr_host": ("relay.acme.example", "A"),
        "provider": ("_spf.provider.example", "TXT"),
        "bounce_mx": ("bounce.acme.example", "MX"),
        "bounce_spf": ("bounce.acme.example", "TXT"),
        "sts": ("_mta-sts.acme.example", "TXT"),
        "sts_host": ("mta-sts.acme.example", "A"),
        "tls": ("_smtp._tls.acme.example", "TXT"),
        "bimi": ("default._bimi.acme.example", "TXT"),
        "permission": ("acme.example._report._dmarc.reports.example", "TXT"),
        "alias": ("s1._domainkey.acme.example", "CNAME"),
    }
    zone = dict(ZONE)
    for name, value in changes.items():
        zone[names[name]] = value
    return {key: value for key, value in zone.items() if value is not None}


def check(zone, facts=FACTS, fetcher=None, **options):
    return run(
        check_domain("acme.example", facts, ZoneResolver(zone, **options), fetcher)
    )


def by_code(findings, code):
    return [finding for finding in findings if finding.code == code]


def facts_of(*servers, **fields):
    return replace(FACTS, servers=servers, **fields)


STS = ["v=STSv1; id=20261122"]
POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: *.acme.example\r\nmax_age: 86400\r\n"

# (rule, zone, facts, code of the check, status, code of the reason)
RULES = [
    # SPF: the record
    ("a record", ZONE, FACTS, "spf_record", "pass", "spf_record_ok"),
    ("none", change(spf=None), FACTS, "spf_record", "fail", "spf_record_none"),
    ("none, and none is needed", change(spf=None), facts_of(PUTS_OWN), "spf_record",
     "info", "spf_unused"),
    ("+all", change(spf=["v=spf1 +all"]), FACTS, "spf_record", "fail", "spf_pass_all"),
    ("?all", change(spf=["v=spf1 ip4:192.0.2.10 ?all"]), FACTS, "spf_record", "warning",
     "spf_neutral_all"),
    ("no all", change(spf=["v=spf1 ip4:192.0.2.10"]), FACTS, "spf_record", "warning",
     "spf_no_all"),
    ("it lets nobody send, and nobody is known to send", change(spf=["v=spf1 -all"]),
     Facts(), "spf_record", "pass", "spf_record_ok"),
    ("it marks all, and nobody is known to send", change(spf=["v=spf1 ~all"]),
     Facts(), "spf_record", "info", "spf_lets_nobody"),
    *(
        (f"{text} lets nobody send, and we send", change(spf=[f"v=spf1 {text}"]),
         facts_of(server), "spf_record", "fail", why)
        for server, why in ((Server("relay"), "repair_no_sender"),
        (GUESS, "repair_no_sender"), (OWN, "spf_lets_nobody"))
        for text in ("~all", "-all", "a:gone.example -all", "ip4:10.0.0.5 -all")
    ),
    ("there is none, and nobody is known to send", change(spf=None),
     facts_of(Server("relay")), "spf_record", "fail", "repair_no_sender"),
    ("it lets nobody send, and our mails have the provider's envelope",
     change(spf=["v=spf1 -all"]), facts_of(PUTS_OWN), "spf_record", "pass",
     "spf_record_ok"),
    ("a wide network of our own", change(spf=["v=spf1 ip4:192.0.0.0/15 -all"]), FACTS,
     "spf_record", "warning", "spf_wide_network"),
    ("a wide network of the provider's",
     change(provider=["v=spf1 ip4:40.92.0.0/15 -all"]), FACTS, "spf_record", "pass",
     "spf_record_ok"),
    ("DNS fails", change(spf=TempError("dns_timeout")), FACTS, "spf_record",
     "temperror", "dns_failed"),
    ("one", ZONE, FACTS, "spf_single", "pass", "spf_single_ok"),
    ("two", change(spf=["v=spf1 -all", "v=spf1 ip4:192.0.2.10 -all"]), FACTS,
     "spf_single", "fail", "spf_record_several"),
    ("it can be read", ZONE, FACTS, "spf_syntax", "pass", "spf_syntax_ok"),
    ("it can't", change(spf=["v=spf1 ipv4:192.0.2.10 -all"]), FACTS, "spf_syntax",
     "fail", "spf_syntax_unknown_mechanism"),
    ("the provider's can't", change(provider=["v=spf1 ip4:x -all"]), FACTS,
     "spf_syntax", "fail", "spf_include_syntax"),
    ("few lookups", ZONE, FACTS, "spf_lookups", "pass", "spf_lookups_ok"),
    ("too many",
     change(spf=["v=spf1 "
     + " ".join(f"a:mx.acme.example/{n}" for n in range(20, 31))]), FACTS,
     "spf_lookups", "fail", "spf_too_many_lookups"),
    ("hosts without IPv6 are none of it", change(spf=["v=spf1 a:mx.acme.example mx "
     "include:_spf.provider.example -all"]), FACTS, "spf_lookups", "pass",
     "spf_lookups_ok"),
    ("many hosts without IPv6", change(spf=["v=spf1 a:mx.acme.example mx "
     "a:relay.acme.example -all"]), FACTS, "spf_lookups", "info", "spf_void_ipv6"),
    ("many hosts without IPv4",
     change(spf=["v=spf1 a:six.example a:six.example/30 mx:six.example -all"])
     | {("six.example", "AAAA"): ["2001:db8::5"],
     ("six.example", "MX"): [(1, "six.example")]}, FACTS, "spf_lookups", "info",
     "spf_void_ipv4"),
    ("a host that is gone", change(spf=["v=spf1 a:gone.example mx -all"]), FACTS,
     "spf_lookups", "warning", "spf_void_lookups"),
    ("an include of nothing",
     change(spf=["v=spf1 ip4:192.0.2.10 include:gone.example -all"]), FACTS,
     "spf_lookups", "fail", "spf_include_none"),
    # SPF: who may send
    ("a known address", ZONE, FACTS, "spf_authorizes", "pass", "spf_ok"),
    ("a known address that is not there", change(spf=["v=spf1 -all"]), FACTS,
     "spf_authorizes", "fail", "spf_refused"),
    ("softfail is not enough", change(spf=["v=spf1 ~all"]), FACTS, "spf_authorizes",
     "fail", "spf_refused"),
    ("a guess", ZONE, facts_of(GUESS), "spf_authorizes", "info", "spf_guess_ok"),
    ("a guess is never worse than info", change(spf=["v=spf1 ip4:192.0.2.99 -all"]),
     facts_of(GUESS), "spf_authorizes", "info", "spf_guess_bad"),
    ("but nobody can pass, so neither can the guess", change(spf=["v=spf1 -all"]),
     facts_of(GUESS), "spf_authorizes", "fail", "spf_nobody_passes"),
    ("a provider's term", ZONE, facts_of(KEEPS), "spf_authorizes", "pass",
     "spf_term_ok"),
    ("a provider's term is missing", change(spf=["v=spf1 ip4:192.0.2.10 -all"]),
     facts_of(KEEPS), "spf_authorizes", "fail", "spf_term_missing"),
    ("there is no record for the term", change(spf=["something else"]), facts_of(KEEPS),
     "spf_authorizes", "fail", "spf_term_missing"),
    ("a term that does not pass",
     change(spf=["v=spf1 ?include:_spf.provider.example -all"]), facts_of(KEEPS),
     "spf_authorizes", "fail", "spf_term_missing"),
    ("a term behind all is never reached",
     change(spf=["v=spf1 -all include:_spf.provider.example"]), facts_of(KEEPS),
     "spf_authorizes", "fail", "spf_term_missing"),
    ("a redirect to the provider's record",
     change(spf=["v=spf1 redirect=_spf.provider.example"]), facts_of(KEEPS),
     "spf_authorizes", "pass", "spf_term_ok"),
    ("an include of the provider's record further down",
     change(spf=["v=spf1 include:own.example -all"])
     | {("own.example", "TXT"): ["v=spf1 include:_SPF.Provider.example ?all"]},
     facts_of(KEEPS), "spf_authorizes", "pass", "spf_term_ok"),
    ("the provider's record is gone", change(provider=None), facts_of(KEEPS),
     "spf_authorizes", "fail", "spf_term_broken"),
    ("another include breaks the record first",
     change(spf=["v=spf1 include:gone.example include:_spf.provider.example -all"]),
     facts_of(KEEPS), "spf_authorizes", "fail", "spf_term_broken"),
    ("the term comes after ten lookups",
     change(spf=["v=spf1 " + " ".join(f"a:mx.acme.example//{n}" for n in range(10))
     + " include:_spf.provider.example -all"]), facts_of(KEEPS), "spf_authorizes",
     "fail", "spf_term_broken"),
    ("DNS of the provider fails", change(provider=TempError("dns_timeout")),
     facts_of(KEEPS), "spf_authorizes", "temperror", "dns_failed"),
    ("a submission host is not taken for the egress",
     change(spf=["v=spf1 ip4:192.0.2.10 -all"]),
     facts_of(replace(KEEPS, addresses=(Address("192.0.2.10"),))), "spf_authorizes",
     "fail", "spf_term_missing"),
    ("the envelope is the provider's", change(spf=None), facts_of(PUTS_OWN),
     "spf_authorizes", "info", "spf_provider_domain"),
    ("SPF is judged for the custom subdomain",
     change(bounce_spf=["v=spf1 include:_spf.provider.example -all"]),
     facts_of(DELEGATED), "spf_authorizes", "pass", "spf_term_ok"),
    ("and not for the domain", ZONE,
     facts_of(DELEGATED), "spf_authorizes", "fail", "spf_term_missing"),
    ("an unknown custom subdomain", ZONE,
     facts_of(replace(KEEPS, envelope="subdomain")), "spf_authorizes", "info",
     "spf_subdomain_unknown"),
    ("our envelope domain, not From", change(bounce_spf=["v=spf1 -all"]),
     facts_of(OWN, envelope_domain="bounce.acme.example"), "spf_authorizes", "fail",
     "spf_refused"),
    ("no server", ZONE, Facts(), "spf_authorizes", "info", "spf_no_server"),
    ("no address", ZONE, facts_of(Server("relay")), "spf_authorizes", "info",
     "spf_no_address"),
    ("no address, and two records", change(spf=["v=spf1 mx -all", "v=spf1 a ~all"]),
     facts_of(Server("relay")), "spf_authorizes", "fail", "spf_nobody_passes"),
    ("no address, and no record", change(spf=None), facts_of(Server("relay")),
     "spf_authorizes", "fail", "spf_nobody_passes"),
    *(
        (f"no address, and {text} lets nobody pass", change(spf=[f"v=spf1 {text}"]),
         facts_of(Server("relay")), "spf_authorizes", "fail", "spf_nobody_passes")
        for text in ("", "-all", "~all", "?all", "a -all", "ip4:10.0.0.0/8 -all", "foo",
        "-mx ~all", "-ip4:0.0.0.0/0 ip4:192.0.2.1 -all", "redirect=gone.example",
        "include:gone.example mx", "exists:gone.example -all", "a:x.a a:y.a a:z.a mx")
    ),
    *(
        (f"no address, and {text} lets somebody pass", change(spf=[f"v=spf1 {text}"]),
         facts_of(Server("relay")), "spf_authorizes", "info", "spf_no_address")
        for text in ("mx -all", "mx include:gone.example", "exists:%{i}.l.example",
        "ptr -all", "+all", "-ip4:0.0.0.0/0 ip6:2001:db8::1 -all",
        "include:_spf.provider.example", "redirect=_spf.provider.example")
    ),
    ("no address, and DNS fails on the way",
     change(spf=["v=spf1 include:_spf.provider.example -all"],
     provider=TempError("dns_timeout")), facts_of(Server("relay")), "spf_authorizes",
     "info", "spf_no_address"),
    ("no address, and DNS fails", change(spf=TempError("dns_timeout")),
     facts_of(Server("relay")), "spf_authorizes", "info", "spf_no_address"),
    *(
        (f"{ip} is an address that no receiver sees", change(spf=[f"v=spf1 mx {term}"]),
         facts_of(Server("relay", addresses=(Address(ip),))), "spf_authorizes", "info",
         "spf_private")
        for ip, term in (("10.0.0.5", "ip4:10.0.0.5"), ("::ffff:10.0.0.5", "all"),
        ("100.64.1.1", "ip4:100.64.0.0/10"), ("169.254.1.1", "all"), ("fe80::1", "all"),
        ("224.0.0.1", "ip4:224.0.0.1"), ("fd00::1", "ip6:fd00::1"), ("ff02::1", "all"),
        ("127.0.0.1", "all"), ("::1", "all"), ("64:ff9b::c000:20a", "all"))
    ),
    ("a private address, and nobody passes", change(spf=["v=spf1 ip4:10.0.0.5 -all"]),
     facts_of(Server("relay", addresses=(Address("10.0.0.5"),))), "spf_authorizes",
     "fail", "spf_nobody_passes"),
    ("a private address beside one that receivers see", ZONE,
     facts_of(Server("relay", addresses=(Address("10.0.0.5"), Address("192.0.2.10")))),
     "spf_authorizes", "info", "spf_private"),
    ("IPv4 mapped into IPv6 is IPv4", ZONE,
     facts_of(Server("relay", addresses=(Address("::ffff:192.0.2.10"),))),
     "spf_authorizes", "pass", "spf_ok"),
    ("and so is its name", ZONE,
     facts_of(Server("relay", addresses=(Address("::ffff:192.0.2.10"),))),
     "ptr", "pass", "ptr_ok"),
    ("a term behind much that is empty for IPv6",
     change(spf=["v=spf1 a:mx.acme.example mx a:relay.acme.example"
     " include:_spf.provider.example -all"]), facts_of(KEEPS), "spf_authorizes",
     "warning", "spf_term_partly"),
    ("a term in one of two records",
     change(spf=["v=spf1 include:_spf.provider.example -all", "v=spf1 mx -all"]),
     facts_of(KEEPS), "spf_authorizes", "fail", "spf_term_broken"),
    # DKIM
    ("our key", ZONE, FACTS, "dkim_key", "pass", "key_ok"),
    ("no key there", change(key=None), FACTS, "dkim_key", "fail", "key_absent"),
    ("another key", change(key=[OTHER_KEY]), FACTS, "dkim_key", "fail", "key_differs"),
    ("revoked", change(key=["v=DKIM1; p="]), FACTS, "dkim_key", "fail", "key_revoked"),
    ("no key there, and all servers sign by themselves", change(key=None),
     facts_of(replace(TWO, selectors=("s2",)), keys=FACTS.keys), "dkim_key",
     "fail", "key_absent"),
    ("no key there, and another one signs", change(key=None) | {S2: [KEY]},
     facts_of(replace(TWO, selectors=("s2",)), keys=FACTS.keys), "dkim_key",
     "info", "key_idle"),
    ("no key there, and a server signs with it", change(key=None) | {S2: [KEY]},
     facts_of(TWO, keys=FACTS.keys), "dkim_key", "fail", "key_absent"),
    ("tested", change(key=[KEY.replace("k=ed25519", "t=y; k=ed25519")]), FACTS,
     "dkim_key", "warning", "key_testing"),
    ("not active yet", change(key=None),
     facts_of(OWN, keys=(SigningKey("s1", KEY, active=False),)), "dkim_key", "warning",
     "key_not_active"),
    ("DNS fails", change(key=TempError("dns_servfail")), FACTS, "dkim_key", "temperror",
     "dns_failed"),
    ("no keys", ZONE, facts_of(OWN, keys=()), "dkim_key", "info", "key_none"),
    ("a provider's known selector", ZONE, Facts((SEEN,)), "dkim_key", "pass", "key_ok"),
    ("a provider's key that no mail has shown", ZONE,
     Facts((replace(SEEN, signing_seen=False),)), "dkim_key", "info", "key_unseen"),
    ("a provider's known selector without a key", change(key=None), Facts((SEEN,)),
     "dkim_key", "fail", "key_absent"),
    ("one of two is live, the other one's CNAME leads nowhere yet",
     ZONE | {S2_ALIAS: ["later.example"]}, Facts((TWO,)), "dkim_key", "info",
     "key_standby"),
    ("one of two is live, the other one is withdrawn", ZONE | {S2: ["v=DKIM1; p="]},
     Facts((TWO,)), "dkim_key", "info", "key_retired"),
    ("one of two is live, the other one is missing", ZONE, Facts((TWO,)), "dkim_key",
     "info", "key_spare_absent"),
    ("one of two is live, the next one is missing", ZONE,
     Facts((replace(TWO, needs_all_selectors=True),)), "dkim_key", "warning",
     "key_next_absent"),
    ("one of two is live, the other one is damaged", ZONE | {S2: [f'"{OTHER_KEY}"']},
     Facts((TWO,)), "dkim_key", "warning", "key_spare_broken"),
    ("none of two is live", change(key=None) | {S2_ALIAS: ["later.example"]},
     Facts((TWO,)), "dkim_key", "fail", "key_cname_dangling"),
    ("both are withdrawn", change(key=["v=DKIM1; p="]) | {S2: ["v=DKIM1; p="]},
     Facts((TWO,)), "dkim_key", "fail", "key_revoked"),
    ("the live one is another service's", ZONE,
     Facts((SEEN, replace(TWO, name="two", selectors=("s2",)))), "dkim_key", "fail",
     "key_absent"),
    ("a CNAME that leads elsewhere than it should",
     change(key=None, alias=["old.example"]),
     Facts((replace(SEEN, cname_targets=(("s1", "new.example"),)),)), "dkim_key",
     "fail", "key_cname_wrong"),
    ("one of two is live, the other one's CNAME leads elsewhere than it should",
     ZONE | {S2_ALIAS: ["old.example"]},
     Facts((replace(TWO, cname_targets=(("s2", "new.example"),)),)), "dkim_key",
     "warning", "key_cname_wrong"),
    ("a CNAME that leads elsewhere, to a valid key",
     change(key=None, alias=["old.example"]) | {("old.example", "TXT"): [KEY]},
     Facts((replace(SEEN, cname_targets=(("s1", "new.example"),)),)), "dkim_key",
     "info", "key_cname_other"),
    ("a key of our own where a CNAME is asked for", ZONE,
     Facts((replace(SEEN, wants_cnames=True),)), "dkim_key", "info", "key_copied"),
    ("a service that signs as a subdomain",
     change(key=None) | {("s1._domainkey.mg.acme.example", "TXT"): [KEY]},
     Facts((BELOW,)), "dkim_key", "pass", "key_ok"),
    ("a subdomain that nobody told us", ZONE,
     Facts((replace(BELOW, signing_domain="", signing_seen=False),)), "dkim_key",
     "info", "key_unknown_domain"),
    ("a mail has shown a selector that nobody told us", ZONE,
     Facts((replace(KEEPS, signing_seen=True),)), "dkim_key", "info",
     "key_unknown_selector_seen"),
    ("a draft of ours is not there", change(key=None),
     facts_of(OWN, keys=(DRAFT,)), "dkim_key", "info", "key_not_active"),
    ("a draft of ours is damaged", change(key=[f'"{KEY}"']),
     facts_of(OWN, keys=(DRAFT,)), "dkim_key", "info", "key_not_active"),
    ("a draft of ours stands at a doubled name",
     change(key=None) | {("s1._domainkey.acme.example.acme.example", "TXT"): [KEY]},
     facts_of(OWN, keys=(DRAFT,)), "dkim_key", "info", "mended_name"),
    ("DNS fails for a draft of ours", change(key=TempError("dns_timeout")),
     facts_of(OWN, keys=(DRAFT,)), "dkim_key", "info", "key_not_active"),
    ("a key that waits beside the one that signs", ZONE,
     facts_of(OWN, keys=(*FACTS.keys, replace(DRAFT, selector="s2", published=True))),
     "dkim_key", "info", "key_not_active"),
    ("spread over two records", change(key=[KEY[:40], KEY[40:]]), FACTS, "dkim_key",
     "fail", "key_spread"),
    ("two keys at one name", change(key=[KEY, OTHER_KEY]), FACTS, "dkim_key", "fail",
     "key_several"),
    ("quotes typed in", change(key=[f'"{KEY}"']), FACTS, "dkim_key", "fail",
     "key_quotes"),
    ("cut off", change(key=[KEY[:50]]), FACTS, "dkim_key", "fail", "key_cut"),
    ("in lower case", change(key=[KEY.lower().replace("dkim1", "DKIM1")]), FACTS,
     "dkim_key", "fail", "key_case_lost"),
    ("what many verifiers take", change(key=[KEY.replace("k=", "h=SHA256; k=")]), FACTS,
     "dkim_key", "warning", "key_some_verifiers"),
    ("the version at the end", change(key=[KEY.replace("v=DKIM1; ", "") + "; v=DKIM1"]),
     FACTS, "dkim_key", "warning", "key_some_verifiers"),
    ("a note in quotes", change(key=[KEY.replace("k=", 'n="a note"; k=')]), FACTS,
     "dkim_key", "pass", "key_ok"),
    ("a key of 8,192 bits", change(key=[LONG]), Facts((SEEN,)), "dkim_key", "warning",
     "key_long"),
    ("a provider's unknown selector", ZONE, Facts((KEEPS,)), "dkim_key", "info",
     "key_unknown_selector"),
    ("a CNAME to nowhere", change(key=None, alias=["gone.example"]), FACTS, "dkim_key",
     "fail", "key_cname_dangling"),
    # DMARC
    ("a record", ZONE, FACTS, "dmarc_record", "pass", "dmarc_found"),
    ("none", change(dmarc=None), FACTS, "dmarc_record", "warning", "dmarc_absent"),
    ("one without a version", change(dmarc=["v=dmarc1; p=none"]), FACTS, "dmarc_record",
     "warning", "dmarc_nearly"),
    ("several", change(dmarc=["v=DMARC1; p=none", "v=DMARC1; p=reject"]), FACTS,
     "dmarc_record", "fail", "dmarc_several"),
    ("no valid policy", change(dmarc=["v=DMARC1; p=x"]), FACTS, "dmarc_record", "fail",
     "dmarc_policy_invalid"),
    ("no policy, but reports: it counts as none",
     change(dmarc=["v=DMARC1; rua=mailto:d@acme.example"]), FACTS, "dmarc_record",
     "warning", "dmarc_policy_missing"),
    ("no policy and no reports: it counts as nothing",
     change(dmarc=["v=DMARC1; adkim=s"]), FACTS, "dmarc_record", "fail",
     "dmarc_policy_missing"),
    ("outdated tags", change(dmarc=["v=DMARC1; p=none; pct=100"]), FACTS,
     "dmarc_record", "info", "dmarc_tag_removed"),
    ("DNS fails", change(dmarc=TempError("dns_timeout")), FACTS, "dmarc_record",
     "temperror", "dns_failed"),
    ("the parent's",
     change(dmarc=None) | {("_dmarc.example", "TXT"): ["v=DMARC1; p=reject; psd=y"]},
     FACTS, "dmarc_record", "pass", "dmarc_inherited"),
    ("reject", ZONE, FACTS, "dmarc_policy", "pass", "policy_enforced"),
    ("none", change(dmarc=["v=DMARC1; p=none"]), FACTS, "dmarc_policy", "info",
     "policy_none"),
    ("testing", change(dmarc=["v=DMARC1; p=reject; t=y; pct=0"]), FACTS,
     "dmarc_policy", "info", "policy_testing_reject"),
    ("testing a milder policy", change(dmarc=["v=DMARC1; p=quarantine; t=y; pct=0"]),
     FACTS, "dmarc_policy", "info", "policy_testing"),
    ("testing, which older receivers don't know",
     change(dmarc=["v=DMARC1; p=reject; t=y"]), FACTS, "dmarc_policy", "info",
     "policy_testing_new"),
    ("testing, which only older receivers know",
     change(dmarc=["v=DMARC1; p=reject; pct=0"]), FACTS, "dmarc_policy", "info",
     "policy_testing_old"),
    ("a part of the mails", change(dmarc=["v=DMARC1; p=reject; pct=50"]), FACTS,
     "dmarc_policy", "info", "policy_partly"),
    ("open to invented subdomains", change(dmarc=["v=DMARC1; p=reject; np=none"]),
     FACTS, "dmarc_policy", "info", "policy_weak_missing"),
    ("open below, in capitals", change(dmarc=["v=DMARC1; p=reject; SP=none"]), FACTS,
     "dmarc_policy", "info", "policy_weak_below"),
    ("open below", change(dmarc=["v=DMARC1; p=reject; sp=none"]), FACTS, "dmarc_policy",
     "info", "policy_weak_below"),
    ("no policy", change(dmarc=None), FACTS, "dmarc_policy", "info", "policy_unknown"),
    # The address in From
    ("nobody minds", ZONE, FACTS, "sender", "info", "sender_free"),
    ("the default is refused", ZONE,
     facts_of(replace(MINDS, from_filter="info@acme.example"), default_from=DEFAULT),
     "sender", "warning", "sender_default_refused"),
    ("the default is taken", ZONE,
     facts_of(replace(MINDS, from_filter=DEFAULT), default_from=DEFAULT), "sender",
     "pass", "sender_ok"),
    ("not seen from here", ZONE,
     facts_of(replace(MINDS, from_filter="acme.example"), default_from=DEFAULT),
     "sender", "info", "sender_account_refused"),
    # DMARC: our own mails
    ("both", ZONE, FACTS, "dmarc_alignment", "pass", "aligned_both"),
    ("DKIM alone", change(spf=["v=spf1 -all"]), FACTS, "dmarc_alignment", "pass",
     "aligned_dkim"),
    ("SPF alone", change(key=None), FACTS, "dmarc_alignment", "pass", "aligned_spf"),
    ("reject and neither: the worst there is", change(spf=["v=spf1 -all"], key=None),
     FACTS, "dmarc_alignment", "fail", "unaligned_reject"),
    ("quarantine and neither",
     change(spf=None, key=None, dmarc=["v=DMARC1; p=quarantine"]), FACTS,
     "dmarc_alignment", "fail", "unaligned_quarantine"),
    ("none and neither", change(spf=None, key=None, dmarc=["v=DMARC1; p=none"]), FACTS,
     "dmarc_alignment", "warning", "unaligned_none"),
    ("testing and neither",
     change(spf=None, key=None, dmarc=["v=DMARC1; p=reject; t=y; pct=0"]), FACTS,
     "dmarc_alignment", "fail", "unaligned_reject_testing"),
    ("testing a milder policy and neither",
     change(spf=None, key=None, dmarc=["v=DMARC1; p=quarantine; t=y; pct=0"]), FACTS,
     "dmarc_alignment", "warning", "unaligned_testing"),
    ("testing, which older receivers don't know, and neither",
     change(spf=None, key=None, dmarc=["v=DMARC1; p=reject; t=y"]), FACTS,
     "dmarc_alignment", "fail", "unaligned_reject"),
    ("no DMARC and neither", change(spf=None, key=None, dmarc=None), FACTS,
     "dmarc_alignment", "warning", "unaligned_no_policy"),
    ("two records, no key and no address: certain",
     change(spf=["v=spf1 mx -all", "v=spf1 a ~all"], key=None),
     facts_of(Server("relay")), "dmarc_alignment", "fail", "unaligned_reject"),
    ("a provider with an unknown selector is unproven, not wrong",
     change(spf=["v=spf1 -all"]), Facts((KEEPS,)), "dmarc_alignment", "info",
     "aligned_unproven"),
    ("a provider's key that no mail has shown is unproven", change(spf=["v=spf1 -all"]),
     Facts((replace(SEEN, signing_seen=False),)), "dmarc_alignment", "info",
     "aligned_unproven"),
    ("a key that some verifiers take is unproven",
     change(spf=["v=spf1 -all"], key=[KEY.replace("k=", "h=SHA256; k=")]), FACTS,
     "dmarc_alignment", "info", "aligned_unproven"),
    ("a key that is only being tested is unproven",
     change(spf=["v=spf1 -all"], key=[KEY.replace("k=", "t=y; k=")]), FACTS,
     "dmarc_alignment", "info", "aligned_unproven"),
    ("a mail has shown a selector that nobody told us", change(spf=["v=spf1 -all"]),
     Facts((replace(KEEPS, signing_seen=True),)), "dmarc_alignment", "pass",
     "aligned_dkim"),
    ("a service that signs as a subdomain",
     change(spf=["v=spf1 -all"]) | {("s1._domainkey.mg.acme.example", "TXT"): [KEY]},
     Facts((BELOW,)), "dmarc_alignment", "pass", "aligned_dkim"),
    ("a service that signs as a subdomain, and strict alignment",
     change(spf=["v=spf1 -all"], dmarc=["v=DMARC1; p=reject; adkim=s"])
     | {("s1._domainkey.mg.acme.example", "TXT"): [KEY]},
     Facts((BELOW,)), "dmarc_alignment", "fail", "unaligned_reject"),
    ("an unproven signature that would not match either",
     change(spf=["v=spf1 -all"], dmarc=["v=DMARC1; p=reject; adkim=s"])
     | {("s1._domainkey.mg.acme.example", "TXT"): [KEY]},
     Facts((replace(BELOW, signing_seen=False),)), "dmarc_alignment", "fail",
     "unaligned_reject"),
    ("a provider that puts its own envelope and does not sign", ZONE,
     Facts((PUTS_OWN,)), "dmarc_alignment", "fail", "unaligned_reject"),
    ("a provider that puts its own envelope; our key signs", ZONE, facts_of(PUTS_OWN),
     "dmarc_alignment", "pass", "aligned_dkim"),
    ("a guess proves nothing", change(key=None), facts_of(GUESS), "dmarc_alignment",
     "info", "aligned_unproven"),
    ("strict SPF from a subdomain, and no key",
     change(dmarc=["v=DMARC1; p=reject; aspf=s"],
     bounce_spf=["v=spf1 ip4:192.0.2.10 -all"]),
     Facts((OWN,), envelope_domain="bounce.acme.example"), "dmarc_alignment", "fail",
     "unaligned_reject"),
    ("relaxed SPF from a subdomain", change(bounce_spf=["v=spf1 ip4:192.0.2.10 -all"]),
     Facts((OWN,), envelope_domain="bounce.acme.example"), "dmarc_alignment", "pass",
     "aligned_spf"),
    ("strict DKIM of the parent for a subdomain in From",
     change(dmarc=["v=DMARC1; p=reject; adkim=s"], spf=None),
     facts_of(OWN, from_domains=("sales.acme.example",)), "dmarc_alignment", "fail",
     "unaligned_reject"),
    ("DNS fails where it decides",
     change(spf=["v=spf1 -all"], key=TempError("dns_timeout")), FACTS,
     "dmarc_alignment", "temperror", "aligned_temperror"),
    ("no server", ZONE, Facts(), "dmarc_alignment", "info", "alignment_no_server"),
    # DMARC: reports
    ("own mailbox", ZONE, FACTS, "dmarc_reports", "pass", "reports_ok"),
    ("nobody", change(dmarc=["v=DMARC1; p=none"]), FACTS, "dmarc_reports", "info",
     "reports_absent"),
    ("an outside mailbox without permission",
     change(dmarc=["v=DMARC1; p=none; rua=mailto:d@reports.example"]), FACTS,
     "dmarc_reports", "warning", "reports_refused"),
    ("an outside mailbox with permission",
     change(dmarc=["v=DMARC1; p=none; rua=mailto:d@reports.example"],
     permission=["v=DMARC1"]), FACTS, "dmarc_reports", "pass", "reports_ok"),
    ("no address at all", change(dmarc=["v=DMARC1; p=none; rua=d@acme.example"]), FACTS,
     "dmarc_reports", "warning", "dmarc_uri_invalid"),
    ("no record", change(dmarc=None), FACTS, "dmarc_reports", "info",
     "reports_no_record"),
    # The way back
    ("an exchange", ZONE, FACTS, "mx", "pass", "mx_ok"),
    ("a null MX", change(mx=[(0, ".")]), FACTS, "mx", "fail", "mx_null"),
    ("nothing", change(mx=None), FACTS, "mx", "fail", "mx_absent"),
    ("an address instead", change(mx=None) | {("acme.example", "A"): ["192.0.2.1"]},
     FACTS, "mx", "warning", "mx_implicit"),
    ("no host", change(mx_host=None), FACTS, "mx", "fail", "mx_unresolved"),
    ("local", change(mx_host=["127.0.0.1"]), FACTS, "mx", "fail", "mx_private"),
    ("carrier's", change(mx_host=["100.64.0.1"]), FACTS, "mx", "fail", "mx_private"),
    ("IPv6 alone",
     change(mx_host=None) | {("mx.acme.example", "AAAA"): ["2001:db8::5"]}, FACTS, "mx",
     "pass", "mx_ok"),
    ("IPv4 fails, IPv6 is there",
     change(mx_host=TempError("dns_timeout"))
     | {("mx.acme.example", "AAAA"): ["2001:db8::5"]}, FACTS, "mx", "pass", "mx_ok"),
    ("IPv4 is not there, IPv6 fails",
     change(mx_host=None) | {("mx.acme.example", "AAAA"): TempError("dns_timeout")},
     FACTS, "mx", "temperror", "dns_failed"),
    ("one of two does not resolve",
     change(mx=[(10, "mx.acme.example"), (20, "gone.acme.example")]), FACTS, "mx",
     "warning", "mx_unresolved"),
    ("an alias",
     change(mx=[(10, "www.acme.example")])
     | {("www.acme.example", "CNAME"): ["mx.acme.example"]}, FACTS, "mx", "warning",
     "mx_cname"),
    ("DNS fails", change(mx=TempError("dns_timeout")), FACTS, "mx", "temperror",
     "dns_failed"),
    ("bounces", ZONE, FACTS, "return_path", "pass", "mx_ok"),
    ("bounces of another domain", ZONE,
     facts_of(OWN, envelope_domain="bounce.acme.example"), "return_path", "fail",
     "mx_no_domain"),
    ("bounces go to the provider", ZONE, facts_of(PUTS_OWN), "return_path", "info",
     "return_path_provider"),
    # Names of our hosts
    ("it leads back", ZONE, FACTS, "ptr", "pass", "ptr_ok"),
    ("no name", change(ptr=None), FACTS, "ptr", "fail", "ptr_absent"),
    ("it leads elsewhere", change(ptr_host=["192.0.2.99"]), FACTS, "ptr", "fail",
     "ptr_unconfirmed"),
    ("a guess", change(ptr=None), facts_of(GUESS), "ptr", "info", "ptr_no_address"),
    ("a provider's address", change(ptr=None),
     facts_of(replace(OWN, provider="Google")), "ptr", "info", "ptr_provider"),
    ("a private address", ZONE, facts_of(Server("x", addresses=(Address("10.0.0.1"),))),
     "ptr", "info", "ptr_private"),
    ("DNS fails", change(ptr=TempError("dns_timeout")), FACTS, "ptr", "temperror",
     "dns_failed"),
    # What is optional is info where it is absent
    ("absent", ZONE, FACTS, "mta_sts", "info", "sts_absent"),
    ("absent", ZONE, FACTS, "tls_rpt", "info", "tls_rpt_absent"),
    ("absent", ZONE, FACTS, "bimi", "info", "bimi_absent"),
    ("absent", ZONE, FACTS, "dnssec", "info", "dnssec_absent"),
    ("not fetched", change(sts=STS), FACTS, "mta_sts", "info", "sts_not_fetched"),
    ("no id", change(sts=["v=STSv1;"]), FACTS, "mta_sts", "warning", "sts_record"),
    ("two", change(sts=STS * 2), FACTS, "mta_sts", "warning", "sts_several"),
    ("an address", change(tls=["v=TLSRPTv1; rua=mailto:t@acme.example"]), FACTS,
     "tls_rpt", "pass", "tls_rpt_ok"),
    ("no address", change(tls=["v=TLSRPTv1; rua=t@acme.example"]), FACTS, "tls_rpt",
     "warning", "tls_rpt_no_address"),
    ("two", change(tls=["v=TLSRPTv1; rua=mailto:t@acme.example"] * 2), FACTS, "tls_rpt",
     "warning", "tls_rpt_several"),
    ("an image", change(bimi=["v=BIMI1; l=https://acme.example/logo.svg"]), FACTS,
     "bimi", "pass", "bimi_ok"),
    ("an image, but no policy",
     change(bimi=["v=BIMI1; l=https://acme.example/logo.svg"], dmarc=None), FACTS,
     "bimi", "warning", "bimi_policy"),
    ("declined", change(bimi=["v=BIMI1; l=;"]), FACTS, "bimi", "info", "bimi_declined"),
    ("not https", change(bimi=["v=BIMI1; l=http://acme.example/logo.svg"]), FACTS,
     "bimi", "warning", "bimi_location"),
    ("quoted", change(sts=['"v=STSv1; id=1"']), FACTS, "mta_sts", "warning",
     "sts_nearly"),
    ("quoted", change(tls=['"v=TLSRPTv1; rua=mailto:d@acme.example"']), FACTS,
     "tls_rpt", "warning", "tls_rpt_nearly"),
    ("quoted", change(bimi=['"v=BIMI1; l=https://acme.example/l.svg"']), FACTS, "bimi",
     "warning", "bimi_nearly"),
    ("it exists", ZONE, FACTS, "domain_exists", "pass", "domain_found"),
    ("it does not", {}, FACTS, "domain_exists", "fail", "domain_missing"),
    ("it does not, and nothing above takes mail", {("example", "A"): ["192.0.2.1"]},
     FACTS, "domain_exists", "fail", "domain_missing"),
]  # fmt: skip

_TLS = "v=TLSRPTv1; rua=mailto:t@acme.example"
# (record, check, damaged text, proposal)
DAMAGED = [
    ("tls", "tls_rpt", f'"{_TLS}"', _TLS),
    ("tls", "tls_rpt", f" {_TLS}", _TLS),
    ("tls", "tls_rpt", _TLS.lower(), _TLS),
    ("tls", "tls_rpt", "v=TLSRPTv1 rua=mailto:t@acme.example", _TLS),
    ("tls", "tls_rpt", "v=TLSRPTv1\\; rua=mailto:t@acme.example", _TLS),
    ("tls", "tls_rpt", "v=TLSRPTv1; rua=t@acme.example", _TLS),
    ("tls", "tls_rpt", "v=TLSRPTv1; rua=mailto://t@acme.example", _TLS),
    ("tls", "tls_rpt", "v=TLSRPTv1, rua=mailto:t@acme.example,https://r.example/t",
     f"{_TLS},https://r.example/t"),
    ("sts", "mta_sts", '"v=STSv1; id=2026"', "v=STSv1; id=2026"),
    ("sts", "mta_sts", "v=stsv1; id=2026", "v=STSv1; id=2026"),
    ("sts", "mta_sts", " v=STSv1; id=2026;", "v=STSv1; id=2026"),
    ("sts", "mta_sts", '"v=STSv1"', ""),
    ("bimi", "bimi", '"v=BIMI1; l=https://acme.example/l.svg"', ""),
]  # fmt: skip

# What looks like a code of ours, and not like a name in DNS or a tag.
CODE = re.compile(r"(?<![\w.@=])(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|nxdomain|nodata)\b")


class TestDomainCheck(BaseCase):
    def test_each_check_has_rules(self):
        self.assertEqual(set(CODES) - {row[3] for row in RULES}, set())

    def test_rules(self):
        for rule, zone, facts, code, status, why in RULES:
            with self.subTest(code, rule=rule):
                findings = by_code(check(zone, facts), code)
                worst = worst_status(tuple(findings))
                expected = "pass" if status == "info" else status
                self.assertEqual(worst, expected, findings)
                self.assertIn(status, [finding.status for finding in findings])
                codes = [finding.why[0].code for finding in findings]
                self.assertIn(why, codes)

    def test_damaged_records_keep_what_was_meant(self):
        for name, code, text, expected in DAMAGED:
            with self.subTest(text):
                (finding,) = by_code(check(change(**{name: [text, "other"]})), code)
                found = (finding.status, finding.found, finding.expected)
                self.assertEqual(found, ("warning", text, expected))

    def test_good_domain(self):
        findings = check(ZONE)
        self.assertEqual(worst_status(findings), "pass", findings)

    def test_private_addresses_are_not_published(self):
        server = Server("x", addresses=(Address("10.0.0.1"), Address("192.0.2.77")))
        (finding,) = by_code(check(ZONE, facts_of(server)), "spf_record")
        self.assertIn("ip4:192.0.2.77", finding.expected)
        self.assertNotIn("10.0.0.1", finding.expected)

    def test_order(self):
        """Each check is there, in the same order, whatever DNS says."""
        for zone in (ZONE, {("acme.example", "A"): ["192.0.2.1"]}):
            findings = check(zone)
            codes = list(dict.fromkeys(finding.code for finding in findings))
            self.assertEqual(codes, list(CODES))
            self.assertEqual(findings, check(zone))

    def test_certain_rejection_stands_first(self):
        spf = ["v=spf1 -all", "v=spf1 ~all"]
        findings = check(change(spf=spf, key=None), facts_of(OWN, keys=()))
        first, *others = findings
        self.assertEqual((first.code, first.status), ("dmarc_alignment", "fail"))
        codes = list(dict.fromkeys(finding.code for finding in others))
        self.assertEqual(codes, [code for code in CODES if code != first.code])

    def test_domain_that_does_not_exist(self):
        """That is all there is to say; below one that exists it may come to be."""
        above = {("acme.example", "MX"): [(10, "mx.acme.example")]}
        registry = {("example", "SOA"): ["a.example. b.example. 1 2 3 4 5"]}
        for domain, zone, why in (
            ("acme.example", {}, "domain_missing"),
            ("acme.example", registry, "domain_missing"),
            (
                "acme.co.example",
                {("co.example", "NS"): ["a.example"]},
                "domain_missing",
            ),
            ("mail.acme.example", above, "domain_empty"),
            ("mail.acme.example", {}, "domain_missing"),
        ):
            with self.subTest(domain, zone=zone):
                findings = run(check_domain(domain, FACTS, ZoneResolver(zone)))
                (exists,) = by_code(findings, "domain_exists")
                self.assertEqual((exists.status, exists.why[0].code), ("fail", why))
                self.assertEqual(len(findings) == 1, why == "domain_missing")

    def test_every_reason_has_a_text(self):
        for rule, zone, facts, code, _status, _why in RULES:
            for finding in check(zone, facts):
                self.assertTrue(finding.why, finding)
                kind = find_kind(why.code for why in finding.why)
                self.assertTrue(kind or finding.status != "info", finding)
                for why in finding.why:
                    with self.subTest(code, rule=rule, reason=why.code):
                        self.assertTrue(why.code in TEXTS)
                        self.assertNotIn("%(", explain(why))
                        self.assertFalse(CODE.findall(explain(why)))

    def test_order_of_records_changes_nothing(self):
        """Servers rotate the records of an answer; that is no news for anybody."""
        zone = change(
            spf=["v=spf1 mx -all", "v=spf1 a ~all"],
            mx=[(10, "mx.acme.example"), (10, "mx2.acme.example")],
            dmarc=["v=DMARC1; p=none", "v=DMARC1; p=reject"],
            key=[KEY, OTHER_KEY],
            ptr=["relay.acme.example", "a.acme.example"],
            tls=["v=TLSRPTv1; rua=mailto:b@acme.example", "other"],
        )
        turned = {
            key: list(reversed(records)) if isinstance(records, list) else records
            for key, records in zone.items()
        }
        self.assertEqual(check(zone), check(turned))

    def test_each_question_once(self):
        resolver = ZoneResolver(ZONE)
        run(check_domain("acme.example", FACTS, resolver))
        self.assertEqual(len(resolver.calls), len(set(resolver.calls)))

    def test_a_fresh_check_asks_again(self):
        resolver = ZoneResolver(dict(ZONE))
        run(check_domain("acme.example", FACTS, resolver))
        resolver.zone[SPF] = ["v=spf1 -all"]
        findings = run(check_domain("acme.example", FACTS, resolver))
        self.assertEqual(by_code(findings, "spf_authorizes")[0].status, "fail")

    def test_failures_hide_nothing(self):
        """With any one name failing, what does not need it is as before."""
        before = {f.code: f.status for f in check(ZONE)}
        for name, rdtype in ZONE:
            findings = check(ZONE, failing=[name])
            statuses = {f.code: f.status for f in findings}
            self.assertEqual(list(statuses), list(before))
            changed = {c for c in before if statuses[c] != before[c]}
            allowed = {"temperror", "info", "pass"}
            self.assertLessEqual({statuses[code] for code in changed}, allowed)
            with self.subTest(name, rdtype=rdtype):
                if name != "acme.example":
                    self.assertEqual(statuses["spf_single"], before["spf_single"])
                    self.assertEqual(statuses["domain_exists"], "pass")

    def test_everything_fails(self):
        class Silent:
            timeout = 1

            async def query(self, name, rdtype):
                raise TempError("dns_timeout", name)

        findings = run(check_domain("acme.example", FACTS, Silent()))
        decided = [f for f in findings if f.status in ("fail", "warning", "pass")]
        self.assertEqual(decided, [])

    def test_names(self):
        self.assertEqual(
            [f.status for f in check(ZONE)],
            [
                f.status
                for f in run(check_domain("ACME.example.", FACTS, ZoneResolver(ZONE)))
            ],
        )
        with self.assertRaises(PermError):
            run(check_domain("a..b", FACTS, ZoneResolver(ZONE)))
        with self.assertRaises(PermError):
            Address("192.0.2.300")

    def test_suggested_dmarc(self):
        facts = replace(FACTS, report_address="d@acme.example")
        (finding,) = by_code(check(change(dmarc=None), facts), "dmarc_record")
        self.assertEqual(
            finding.expected, "v=DMARC1; p=none; rua=mailto:d@acme.example"
        )
        self.assertEqual(finding.name, "_dmarc.acme.example")

    def test_suggested_spf(self):
        """What is needed is inserted; a guess and a provider's own envelope are not."""
        cases = [
            (ZONE, FACTS, ""),
            (
                change(spf=["v=spf1 mx ~all"]),
                facts_of(OWN, KEEPS, GUESS, PUTS_OWN),
                "v=spf1 mx ip4:192.0.2.10 include:_spf.provider.example ~all",
            ),
            (change(spf=["v=spf1 mx ~all"]), facts_of(GUESS), ""),
            (change(spf=None), FACTS, "v=spf1 ip4:192.0.2.10 ~all"),
            (change(spf=None), facts_of(PUTS_OWN), ""),
            (change(spf=None), facts_of(Server("relay")), ""),
            (change(spf=["v=spf1 ?all"]), FACTS, "v=spf1 ip4:192.0.2.10 ~all"),
            # DNS that fails is no reason to change the order, only to add what lacks.
            (
                change(
                    spf=["v=spf1 include:_spf.provider.example -all"],
                    provider=TempError("dns_timeout"),
                ),
                FACTS,
                "v=spf1 ip4:192.0.2.10 include:_spf.provider.example -all",
            ),
            (
                change(
                    spf=["v=spf1 include:_spf.provider.example -all"],
                    provider=TempError("dns_deadline"),
                ),
                FACTS,
                "",
            ),
            (
                change(
                    spf=["v=spf1 include:_spf.provider.example ip4:192.0.2.10 -all"],
                    provider=TempError("dns_timeout"),
                ),
                FACTS,
                "",
            ),
            (
                change(
                    spf=["v=spf1 include:_spf.provider.example mx:gone.example -all"],
                    provider=TempError("dns_timeout"),
                ),
                FACTS,
                "v=spf1 ip4:192.0.2.10 include:_spf.provider.example -all",
            ),
            (
                change(spf=["v=spf1 ip4:192.0.2.10 -all", "v=spf1 mx -all"]),
                FACTS,
                "v=spf1 ip4:192.0.2.10 mx -all",
            ),
        ]
        for zone, facts, expected in cases:
            with self.subTest(zone.get(SPF), servers=facts.servers):
                (finding,) = by_code(check(zone, facts), "spf_record")
                self.assertEqual(finding.expected, expected)

    def test_following_the_advice_leads_to_green(self):
        """Whoever publishes exactly what is expected has nothing left to do."""
        broken = [
            change(spf=["v=spf1 -all", "v=spf1 mx ?all"], key=None),
            change(
                spf=["v=spf1 mx mx ip4:198.51.100.0/24"], dmarc=["v=DMARC1 p=reject"]
            ),
            change(
                spf=None,
                key=[OTHER_KEY],
                dmarc=["v=DMARC1; p=reject; pct=50", "v=DMARC1; p=none"],
            ),
            change(spf=["v=spf1 +all"], dmarc=["v=DMARC1; rua=mailto:d@acme.example"]),
            change(spf=["v=spf1 ipv4:192.0.2.10 -all"], dmarc=None),
            change(spf=["v=spf1 include:gone.provider.example a mx -all"]),
            change(
                spf=["v=spf1 a:x.acme.example a:y.acme.example exists:z.acme.example"]
            ),
            change(spf=["v=spf1 mx redirect=gone.acme.example"]),
        ]
        facts = facts_of(OWN, KEEPS, report_address="d@acme.example")
        for zone in broken:
            with self.subTest(zone[SPF] if SPF in zone else None):
                findings = check(zone, facts)
                self.assertEqual(worst_status(findings), "fail")
                for finding in findings:
                    if finding.expected:
                        zone[(finding.name, finding.rdtype)] = [finding.expected]
                findings = check(zone, facts)
                bad = [f for f in findings if f.status not in ("pass", "info")]
                self.assertEqual(bad, [])

    def test_advice_never_weakens_a_policy(self):
        cases = [
            # Receivers of RFC 7489 still read pct: without it they would refuse more.
            (
                "v=DMARC1; p=reject; pct=50; sp=quarantine; ri=1",
                "p=reject; sp=quarantine; pct=50",
            ),
            ("v=DMARC1; p=reject; pct=0", "p=reject; pct=0; t=y"),
            ("v=DMARC1; sp=reject; p=quarantine; ri=1", "p=quarantine; sp=reject"),
            ("v=DMARC1; p=none; np=reject; x", "p=none; np=reject"),
            ("v=DMARC1; p=reject; t=y; rf=afrf", "p=reject; t=y"),
        ]
        for record, expected in cases:
            with self.subTest(record):
                (finding,) = by_code(check(change(dmarc=[record])), "dmarc_record")
                self.assertEqual(finding.expected, f"v=DMARC1; {expected}")

    def test_refused_repair_says_why(self):
        terms = " ".join(f"a:mx.acme.example/{n}" for n in range(20, 30))
        zone = change(spf=[f"v=spf1 {terms} -all"])
        (finding,) = by_code(check(zone, facts_of(KEEPS)), "spf_record")
        self.assertEqual(finding.expected, "")
        codes = [why.code for why in finding.why]
        self.assertIn("repair_too_many_lookups", codes)

    def test_mta_sts_policy(self):
        zone = change(sts=STS, sts_host=["203.0.113.5"])
        outside = POLICY.replace(b"*.acme", b"*.other")
        cases = [
            (POLICY, "pass", "sts_ok"),
            (outside, "fail", "sts_mx_outside"),
            (outside.replace(b"enforce", b"testing"), "warning", "sts_mx_outside"),
            (POLICY.replace(b"enforce", b"testing"), "info", "sts_mode_testing"),
            (POLICY.replace(b"enforce", b"none"), "info", "sts_mode_none"),
            (b"rubbish", "warning", "sts_policy"),
            (TempError("sts_unreachable"), "info", "sts_unreachable"),
            (PermError("sts_certificate"), "warning", "sts_certificate"),
        ]
        for answer, status, why in cases:
            with self.subTest(answer):

                async def fetch(host, addresses, timeout, answer=answer):
                    self.assertEqual(host, "mta-sts.acme.example")
                    self.assertEqual(addresses, ("203.0.113.5",))
                    if isinstance(answer, Exception):
                        raise answer
                    return answer

                (finding,) = by_code(check(zone, fetcher=fetch), "mta_sts")
                self.assertEqual((finding.status, finding.why[0].code), (status, why))

    def test_slow_policy_delays_nothing(self):
        async def fetch(host, addresses, timeout):
            await asyncio.sleep(60)

        zone = change(sts=STS, sts_host=["203.0.113.5"])
        judged = check_domain("acme.example", FACTS, ZoneResolver(zone), fetch)
        findings, took = run_in_no_time(judged)
        self.assertLess(took, 3)
        (finding,) = by_code(findings, "mta_sts")
        self.assertEqual((finding.status, finding.why[0].code), ("info", "sts_slow"))
        others = [f for f in findings if f.code != "mta_sts"]
        plain = [f for f in check(zone) if f.code != "mta_sts"]
        self.assertEqual(others, plain)

    def test_several_servers(self):
        """Each server has its own findings, named after it."""
        findings = check(ZONE, facts_of(OWN, KEEPS, PUTS_OWN, GUESS))
        names = ["relay", "keeps", "puts", "guess"]
        for code in ("spf_authorizes", "dmarc_alignment"):
            found = [finding.subject for finding in by_code(findings, code)]
            self.assertEqual(found, names)

    def test_keys_are_counted_in_any_language(self):
        (finding,) = by_code(check(change(key=[OTHER_KEY] * 2), FACTS), "dkim_key")
        (why,) = finding.why
        self.assertEqual((why.code, why.params), ("key_several", (("detail", "2"),)))
        self.assertIn("2 records", explain(why))

    def test_every_subject_is_there_once(self):
        names = ("A", "A (2)", "A", "sel", "acme.example", "")
        servers = tuple(Server(name, signs=True) for name in names)
        keys = tuple(SigningKey(s, KEY, "ed25519") for s in ("sel", "A"))
        findings = check(ZONE, Facts((*servers, *servers), keys))
        subjects = [(finding.code, finding.subject) for finding in findings]
        self.assertEqual(len(subjects), len(set(subjects)), subjects)
        self.assertIn(("dkim_key", "A (3)"), subjects)

    def test_spf_is_judged_for_every_envelope(self):
        """That is what receivers see: ours, and a provider's custom subdomain."""
        zone = change(bounce_spf=["v=spf1 include:_spf.provider.example ?all"])
        findings = by_code(check(zone, facts_of(OWN, DELEGATED)), "spf_record")
        found = [(f.subject, f.name, f.status) for f in findings]
        expected = [
            ("", "acme.example", "pass"),
            ("bounce.acme.example", "bounce.acme.example", "warning"),
        ]
        self.assertEqual(found, expected)

    def test_authenticated(self):
        (finding,) = by_code(check(ZONE, authenticated=True), "dnssec")
        self.assertEqual(finding.status, "pass")


class Hostile:
    """A zone in which every name has the same records, however slow.

    :param txt: TXT records, {name} stands for the name asked.
    """

    timeout = 0.4

    def __init__(self, txt, mx=(), delay=0.0):
        self.txt, self.mx, self.delay = txt, mx, delay

    async def query(self, name, rdtype):
        await asyncio.sleep(self.delay)
        records = {
            "TXT": tuple(t.replace(b"{name}", name.encode()) for t in self.txt),
            "MX": self.mx,
            "A": ("192.0.2.1",) * 500,
            "PTR": tuple(f"x{i}.example" for i in range(500)),
        }.get(rdtype, ())
        return Answer(name, rdtype, "found" if records else "nodata", records)


HOSTILE = [
    ("64 KB of rubbish", [b"\xff" * 65535], ()),
    ("thousands of records", [b"v=spf1 -all"] * 500, ()),
    ("an include of itself", [b"v=spf1 include:{name} include:x.{name} -all"], ()),
    (
        "a wide tree",
        [b"v=spf1 " + b" ".join(b"include:%d.{name}" % i for i in range(3000))],
        (),
    ),
    ("a long DMARC record", [b"v=DMARC1; p=none;" + b" x=y;" * 12000], ()),
    ("many reports", [b"v=DMARC1; rua=" + b"mailto:a@b.example," * 3000], ()),
    ("a large key", [b"v=DKIM1; p=" + b"QUFB" * 16000], ()),
    ("thousands of MX", [b""], tuple(Mx(i, f"mx{i}.example") for i in range(500))),
    ("names that are none", [b"v=spf1 mx -all"], (Mx(1, "x" * 300), Mx(2, "a..b"))),
    (
        "terminal escapes",
        [b"v=spf1 \x1b[2J \xe2\x80\xae -all", b"v=DMARC1;\x1b[2J"],
        (),
    ),
]


class TestHostileZones(BaseCase):
    def test_result_before_the_deadline(self):
        for rule, txt, mx in HOSTILE:
            for delay in (0.0, 0.1, 5.0):
                with self.subTest(rule, delay=delay):
                    judged = check_domain(
                        "acme.example", FACTS, Hostile(txt, mx, delay)
                    )
                    start = time.process_time()
                    if delay:
                        findings, took = run_in_no_time(judged)
                        self.assertLessEqual(took, Hostile.timeout)
                    else:
                        findings = run(judged)
                    self.assertLess(time.process_time() - start, 5)
                    codes = list(dict.fromkeys(finding.code for finding in findings))
                    self.assertEqual(codes, list(CODES))

    def test_what_is_shown_is_printable_and_bounded(self):
        for rule, txt, mx in HOSTILE:
            findings = run(check_domain("acme.example", FACTS, Hostile(txt, mx)))
            for finding in findings:
                with self.subTest(rule, code=finding.code):
                    texts = [finding.found, finding.expected]
                    texts += [value for why in finding.why for _, value in why.params]
                    for text in texts:
                        self.assertTrue(text.replace("\n", "").isprintable())
                        self.assertTrue(text.isascii())
                    self.assertLess(sum(map(len, texts)), 60000)
