# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from odoo.tests import BaseCase

from ...mailauth.domain.check import check_domain
from ...mailauth.domain.facts import Facts, Server, SigningKey
from ...mailauth.domain.obstacle import find_obstacle
from ...mailauth.domain.own_keys import list_own_keys, pick_shown_key, suppose_active
from ...mailauth.domain.publish import list_records
from ...mailauth.errors import TempError
from ...mailauth.findings import Finding, Reason
from ...mailauth.mta_sts import (
    make_policy_id,
    make_sts_policy,
    parse_sts_policy,
    parse_sts_record,
)
from ..common import ZoneResolver, run
from .test_check import (
    BELOW,
    FACTS,
    GUESS,
    HOSTILE,
    KEEPS,
    KEY,
    OTHER_KEY,
    OWN,
    PUTS_OWN,
    S2,
    S2_ALIAS,
    SEEN,
    STS,
    TWO,
    ZONE,
    Hostile,
    change,
    check,
    facts_of,
)

GOOGLE = replace(
    KEEPS, name="google", provider="Google", mx_records=("1 smtp.google.com",)
)
BREVO = Server(
    "brevo",
    provider="Brevo",
    envelope="provider",
    signs=True,
    selectors=("b1", "b2"),
    cname_targets=(("b1", "b1.brevo.example"),),
)
DRAFT = SigningKey("s1", KEY, "ed25519", active=False, published=False)
SPF_GOOD = "v=spf1 ip4:192.0.2.10 include:_spf.provider.example -all"
DMARC_GOOD = "v=DMARC1; p=reject; rua=mailto:d@acme.example"
NEW_SPF = "v=spf1 ip4:192.0.2.10 ~all"
AT_GOOGLE = {("smtp.google.com", "A"): ["8.8.8.8"]}
TESTED_KEY = KEY.replace("p=", "t=y; p=")
TLS_RPT = "v=TLSRPTv1; rua=mailto:t@acme.example"
PTR = "10.2.0.192.in-addr.arpa"
MX = ("10 mx.acme.example.",)
STS_VALUE = f"v=STSv1; id={make_policy_id(make_sts_policy(['mx.acme.example']))}"


# (rule, zone, facts, kind, [(state, type, name, values, codes of the notes)])
RULES = [
    # SPF
    ("it is as it should be", ZONE, FACTS, "spf",
     [("done", "TXT", "acme.example", (SPF_GOOD,), ())]),
    ("there is none", change(spf=None), FACTS, "spf",
     [("add", "TXT", "acme.example", (NEW_SPF,), ())]),
    ("it marks all, and nobody is known to send", change(spf=["v=spf1 ~all"]),
     Facts(), "spf", [("ask", "TXT", "acme.example", (), ())]),
    ("it refuses all, and nobody is known to send", change(spf=["v=spf1 -all"]),
     Facts(), "spf", [("done", "TXT", "acme.example", ("v=spf1 -all",), ())]),
    ("there is none, and none is needed", change(spf=None), facts_of(PUTS_OWN), "spf",
     []),
    ("it lacks a server", change(spf=["v=spf1 mx -all"]), FACTS, "spf",
     [("replace", "TXT", "acme.example", ("v=spf1 mx ip4:192.0.2.10 -all",),
       ("publish_spf_edit",))]),
    ("there are two", change(spf=["v=spf1 ip4:192.0.2.10 -all", "v=spf1 mx -all"]),
     FACTS, "spf",
     [("replace", "TXT", "acme.example", ("v=spf1 ip4:192.0.2.10 mx -all",),
       ("publish_spf_merge", "effect_spf_fail"))]),
    ("nobody reads it", change(spf=['"v=spf1 ip4:192.0.2.10 mx -all"']), FACTS, "spf",
     [("replace", "TXT", "acme.example", ("v=spf1 ip4:192.0.2.10 mx -all",),
       ("publish_spf_edit", "mended_spf_quotes", "effect_spf_fail"))]),
    ("its name is an alias",
     change(spf=None) | {("acme.example", "CNAME"): ["other.example"],
                         ("other.example", "TXT"): ["v=spf1 -all"]}, FACTS, "spf",
     [("ask", "TXT", "acme.example", (), ())]),
    ("?all becomes ~all", change(spf=["v=spf1 ip4:192.0.2.10 ?all"]), FACTS, "spf",
     [("replace", "TXT", "acme.example", (NEW_SPF,),
       ("publish_spf_edit", "mended_spf_neutral_all"))]),
    ("an include leads nowhere, and stands before us",
     change(spf=["v=spf1 include:gone.provider.example ip4:192.0.2.10 -all"]), FACTS,
     "spf", [("replace", "TXT", "acme.example", ("v=spf1 ip4:192.0.2.10 -all",),
       ("publish_spf_edit", "omitted_spf_dead_leads_nowhere", "effect_spf_fail"))]),
    ("a partner's include breaks after some have passed",
     change(spf=["v=spf1 include:_spf.provider.example ip4:192.0.2.10 -all"], provider=[
     "v=spf1 ip4:198.51.100.0/24 include:gone.provider.example -all"]), FACTS, "spf",
     [("replace", "TXT", "acme.example",
       ("v=spf1 ip4:192.0.2.10 include:_spf.provider.example -all",),
       ("publish_spf_edit", "mended_spf_in_front", "effect_spf_still_stops"))]),
    ("a new record, and one server is not known to be in it", change(spf=None),
     facts_of(OWN, Server("relay")), "spf",
     [("add", "TXT", "acme.example", (NEW_SPF,), ("effect_spf_softfail_some",))]),
    ("others are marked already, and one server is not known to be in it",
     change(spf=["v=spf1 mx ~all"]), facts_of(OWN, Server("relay")), "spf",
     [("replace", "TXT", "acme.example", ("v=spf1 mx ip4:192.0.2.10 ~all",),
       ("publish_spf_edit",))]),
    ("a server's own include is dead, so that it is not in it",
     change(spf=['"v=spf1 mx -all"'], provider=None), facts_of(OWN, KEEPS), "spf",
     [("replace", "TXT", "acme.example", ("v=spf1 mx ip4:192.0.2.10 -all",),
       ("publish_spf_edit", "omitted_spf_dead_leads_nowhere", "mended_spf_quotes",
        "effect_spf_fail_some"))]),
    ("no known sender, and no record", change(spf=None), facts_of(Server("relay")),
     "spf", [("ask", "TXT", "acme.example", (), ())]),
    *(
        (f"no known sender, and {text} lets nobody send",
         change(spf=[f"v=spf1 {text}"]), facts_of(Server("relay")), "spf",
         [("ask", "TXT", "acme.example", (), ())])
        for text in ("", "~all", "-all", "?all", "+all", "a -all", "ip4:10.0.0.5 -all")
    ),
    ("a domain that sends nothing", change(spf=["v=spf1 -all"]), Facts(), "spf",
     [("done", "TXT", "acme.example", ("v=spf1 -all",), ())]),
    ("DNS does not tell what an include leads to",
     change(provider=TempError("dns_timeout")), facts_of(KEEPS), "spf",
     [("unknown", "TXT", "acme.example", (), ())]),
    ("DNS is silent", change(spf=TempError("dns_timeout")), FACTS, "spf",
     [("unknown", "TXT", "acme.example", (), ())]),
    # DKIM: our keys
    ("our key is there", ZONE, FACTS, "dkim",
     [("done", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_ours",))]),
    ("our key is not there", change(key=None), FACTS, "dkim",
     [("add", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_ours",))]),
    ("another key is there", change(key=[OTHER_KEY]), FACTS, "dkim",
     [("replace", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_ours",))]),
    ("our key can't be used", ZONE,
     facts_of(OWN, keys=(replace(FACTS.keys[0], usable=False),)), "dkim",
     [("ask", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_unusable",))]),
    ("our key is not there, and all servers sign by themselves",
     change(key=None) | {S2: [KEY]},
     facts_of(replace(TWO, selectors=("s2",)), keys=FACTS.keys), "dkim",
     [("done", "TXT", "s2._domainkey.acme.example", (), ())]),
    ("our key is kept elsewhere", change(key=None),
     facts_of(OWN, keys=(replace(FACTS.keys[0], cname_target="k.host.example"),)),
     "dkim",
     [("add", "CNAME", "s1._domainkey.acme.example", ("k.host.example",),
       ("publish_key_ours",))]),
    ("a draft that no server needs", change(key=None),
     Facts((replace(KEEPS, selectors=("s2",)),), (DRAFT,)), "dkim",
     [("ask", "TXT", "s2._domainkey.acme.example", (), ("publish_key_theirs",))]),
    # DKIM: providers' keys
    ("a draft beside a key that signs", ZONE,
     facts_of(OWN, keys=(*FACTS.keys, replace(DRAFT, selector="s2"))), "dkim",
     [("done", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_ours",))]),
    ("a draft beside a key that can't be used", change(key=None),
     facts_of(OWN, keys=(replace(FACTS.keys[0], selector="s0", usable=False), DRAFT)),
     "dkim",
     [("ask", "TXT", "s0._domainkey.acme.example", (KEY,), ("publish_key_unusable",)),
      ("add", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_ours",))]),
    ("two drafts of one algorithm", change(key=None),
     facts_of(OWN, keys=(DRAFT, replace(DRAFT, selector="s2"))), "dkim",
     [("add", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_ours",))]),
    ("DNS is silent about a draft", change(key=TempError("dns_timeout")),
     facts_of(OWN, keys=(DRAFT,)), "dkim",
     [("unknown", "TXT", "s1._domainkey.acme.example", (KEY,), ("publish_key_ours",))]),
    ("a CNAME stands where our key belongs", change(key=None, alias=["old.example"]),
     FACTS, "dkim",
     [("replace", "TXT", "s1._domainkey.acme.example", (KEY,),
       ("publish_key_ours", "publish_key_replace_cname"))]),
    ("our CNAME is right, the key behind it is missing",
     change(key=None, alias=["k.host.example"]),
     facts_of(OWN, keys=(replace(FACTS.keys[0], cname_target="k.host.example"),)),
     "dkim",
     [("ask", "CNAME", "s1._domainkey.acme.example", ("k.host.example",),
       ("publish_key_behind_cname",))]),
    ("a provider's keys", ZONE, facts_of(BREVO, keys=()), "dkim",
     [("add", "CNAME", "b1._domainkey.acme.example", ("b1.brevo.example",),
       ("publish_key_theirs",)),
      ("ask", "TXT", "b2._domainkey.acme.example", (), ("publish_key_theirs",))]),
    ("a provider's key that is there", ZONE,
     Facts((replace(KEEPS, selectors=("s1",)),)), "dkim",
     [("done", "TXT", "s1._domainkey.acme.example", (), ("publish_key_switch",))]),
    ("a provider's key that is there, and tested", change(key=[TESTED_KEY]),
     Facts((replace(KEEPS, selectors=("s1",)),)), "dkim",
     [("ask", "TXT", "s1._domainkey.acme.example", (), ("publish_key_switch",))]),
    ("a provider's key that a mail has shown, and tested", change(key=[TESTED_KEY]),
     Facts((SEEN,)), "dkim",
     [("ask", "TXT", "s1._domainkey.acme.example", (), ())]),
    ("a provider's key that a mail has shown", ZONE, Facts((SEEN,)), "dkim",
     [("done", "TXT", "s1._domainkey.acme.example", (), ())]),
    ("a CNAME whose target depends on the customer", change(key=None),
     Facts((replace(SEEN, wants_cnames=True),)), "dkim",
     [("ask", "CNAME", "s1._domainkey.acme.example", (), ("publish_key_cname",))]),
    ("its target has been typed in", change(key=None),
     Facts((replace(SEEN, wants_cnames=True, cname_targets=(("s1", "t.example"),)),)),
     "dkim",
     [("add", "CNAME", "s1._domainkey.acme.example", ("t.example",),
       ("publish_key_theirs",))]),
    ("a CNAME leads elsewhere", change(key=None, alias=["old.example"]),
     Facts((replace(SEEN, cname_targets=(("s1", "t.example"),)),)), "dkim",
     [("replace", "CNAME", "s1._domainkey.acme.example", ("t.example",),
       ("publish_key_theirs",))]),
    ("a CNAME is right, and nothing behind it", change(key=None, alias=["t.example"]),
     Facts((replace(SEEN, cname_targets=(("s1", "t.example"),)),)), "dkim",
     [("ask", "CNAME", "s1._domainkey.acme.example", ("t.example",),
       ("publish_key_cname",))]),
    ("a selector for later", ZONE | {S2_ALIAS: ["later.example"]}, Facts((TWO,)),
     "dkim",
     [("done", "TXT", "s1._domainkey.acme.example", (), ()),
      ("done", "CNAME", "s2._domainkey.acme.example", (), ())]),
    ("a provider's key with quotes typed in", change(key=[f'"{KEY}"']),
     Facts((SEEN,)), "dkim",
     [("replace", "TXT", "s1._domainkey.acme.example", (KEY,),
       ("publish_key_theirs", "mended_key"))]),
    ("a provider's key that was cut off", change(key=[KEY[:50]]), Facts((SEEN,)),
     "dkim", [("ask", "TXT", "s1._domainkey.acme.example", (),
               ("publish_key_theirs",))]),
    ("a service that signs as a subdomain", change(key=None), Facts((BELOW,)), "dkim",
     [("ask", "TXT", "s1._domainkey.mg.acme.example", (), ("publish_key_theirs",))]),
    ("a subdomain that nobody told us", ZONE,
     Facts((replace(BELOW, signing_domain=""),)), "dkim",
     [("ask", "", "", (), ("publish_key_domain",))]),
    ("selectors that nobody told us", ZONE, Facts((KEEPS,)), "dkim",
     [("ask", "", "", (), ("publish_key_unknown",))]),
    # DMARC
    ("it is as it should be", ZONE, FACTS, "dmarc",
     [("done", "TXT", "_dmarc.acme.example", (DMARC_GOOD,), ())]),
    ("there is none, and nobody reads reports", change(dmarc=None), FACTS, "dmarc",
     [("add", "TXT", "_dmarc.acme.example", ("v=DMARC1; p=none",),
       ("effect_dmarc_none", "effect_dmarc_unread"))]),
    ("there is none, and reports have an address", change(dmarc=None),
     replace(FACTS, report_address="d@acme.example"), "dmarc",
     [("add", "TXT", "_dmarc.acme.example",
       ("v=DMARC1; p=none; rua=mailto:d@acme.example",), ("effect_dmarc_none",))]),
    ("p = NONE is none", change(dmarc=["v=DMARC1; p = NONE"]), FACTS, "dmarc",
     [("done", "TXT", "_dmarc.acme.example", ("v=DMARC1; p = NONE",),
       ("effect_dmarc_none",))]),
    # MX
    ("it is as it should be", ZONE, FACTS, "mx",
     [("done", "MX", "acme.example", MX, ())]),
    ("there is none", change(mx=None), FACTS, "mx",
     [("ask", "MX", "acme.example", (), ("publish_mx_unknown",))]),
    ("a provider takes mail as well", change(mx=None), facts_of(GOOGLE), "mx",
     [("add", "MX", "acme.example", ("1 smtp.google.com",), ("publish_mx_unknown",))]),
    ("the mailboxes are elsewhere", change(mx=[(1, "smtp.google.com")]) | AT_GOOGLE,
     FACTS, "mx",
     [("done", "MX", "acme.example", ("1 smtp.google.com.",),
       ("publish_mx_mailboxes",))]),
    # PTR: of an address of one's own only
    ("it is as it should be", ZONE, FACTS, "ptr",
     [("done", "PTR", PTR, ("relay.acme.example",), ())]),
    ("a provider's address", change(ptr=None),
     facts_of(replace(OWN, provider="Google")), "ptr", []),
    ("a guess", change(ptr=None), facts_of(GUESS), "ptr", []),
    ("DNS is silent", change(ptr=TempError("dns_timeout")), FACTS, "ptr",
     [("unknown", "PTR", PTR, (), ())]),
    ("no name; the server's host leads to the address", change(ptr=None),
     facts_of(replace(OWN, host="relay.acme.example")), "ptr",
     [("ask", "PTR", PTR, ("relay.acme.example",), ("publish_ptr",))]),
    ("no name; an exchange leads to the address",
     change(ptr=None, mx_host=["192.0.2.10"]), FACTS, "ptr",
     [("ask", "PTR", PTR, ("mx.acme.example",), ("publish_ptr",))]),
    ("no name, and no host leads to the address", change(ptr=None), FACTS, "ptr",
     [("ask", "PTR", PTR, ("mail.acme.example",), ("publish_ptr",)),
      ("add", "A", "mail.acme.example", ("192.0.2.10",), ("publish_ptr_host",))]),
    ("no name, and mail.acme.example is taken",
     {**change(ptr=None), ("mail.acme.example", "AAAA"): ["2001:4860::1"]}, FACTS,
     "ptr",
     [("ask", "PTR", PTR, ("smtp.acme.example",), ("publish_ptr",)),
      ("add", "A", "smtp.acme.example", ("192.0.2.10",), ("publish_ptr_host",))]),
    ("no name, and mail.acme.example leads to the address",
     {**change(ptr=None), ("mail.acme.example", "A"): ["192.0.2.10"]}, FACTS, "ptr",
     [("ask", "PTR", PTR, ("mail.acme.example",), ("publish_ptr",))]),
    ("a name of ours without an address", change(ptr_host=None), FACTS, "ptr",
     [("add", "A", "relay.acme.example", ("192.0.2.10",), ("publish_ptr_host",))]),
    ("a name that leads elsewhere", change(ptr=["static.host.example"]), FACTS, "ptr",
     [("ask", "PTR", PTR, ("mail.acme.example",), ("publish_ptr",)),
      ("add", "A", "mail.acme.example", ("192.0.2.10",), ("publish_ptr_host",))]),
    # What is optional
    ("nobody to report to", ZONE, FACTS, "tls_rpt", []),
    ("an address to report to", ZONE, replace(FACTS, report_address="d@acme.example"),
     "tls_rpt",
     [("add", "TXT", "_smtp._tls.acme.example",
       ("v=TLSRPTv1; rua=mailto:d@acme.example",), ())]),
    ("a vendor's alias that leads nowhere",
     {**ZONE, ("_smtp._tls.acme.example", "CNAME"): ["t.vendor.example"]},
     replace(FACTS, report_address="d@acme.example"), "tls_rpt",
     []),
    ("two, and nobody to report to", change(tls=[TLS_RPT, f"{TLS_RPT},https://r.e/"]),
     FACTS, "tls_rpt",
     [("replace", "TXT", "_smtp._tls.acme.example", (f"{TLS_RPT},https://r.e/",),
       ())]),
    ("no policy", ZONE, FACTS, "mta_sts",
     [("add", "TXT", "_mta-sts.acme.example", (STS_VALUE,), ("publish_sts",))]),
    ("no policy, and nobody takes mail", change(mx=None, mx_host=None), FACTS,
     "mta_sts", []),
    ("no policy, and an exchange that is none", change(mx_host=None), FACTS, "mta_sts",
     []),
    ("DNS is silent", change(sts=TempError("dns_timeout")), FACTS, "mta_sts", []),
    ("a vendor's alias that leads nowhere",
     {**ZONE, ("_mta-sts.acme.example", "CNAME"): ["t.vendor.example"]}, FACTS,
     "mta_sts", []),
    ("a record in quotes", change(sts=['"v=STSv1; id=1"']), FACTS, "mta_sts",
     [("replace", "TXT", "_mta-sts.acme.example", ("v=STSv1; id=1",),
       ("publish_sts",))]),
    ("a record without an id", change(sts=["v=STSv1;"]), FACTS, "mta_sts",
     [("replace", "TXT", "_mta-sts.acme.example", (STS_VALUE,), ("publish_sts",))]),
    ("so, and nobody takes mail", change(sts=["v=STSv1;"], mx=None, mx_host=None),
     FACTS, "mta_sts", [("ask", "TXT", "_mta-sts.acme.example", (), ())]),
    ("a policy that nobody fetched", change(sts=STS), FACTS, "mta_sts",
     [("done", "TXT", "_mta-sts.acme.example", tuple(STS), ())]),
]  # fmt: skip
ABOVE = SigningKey("s1", KEY, "ed25519", domain="acme.example")
OUR_OWN = SigningKey("s2", KEY, "ed25519", active=False, domain="mail.acme.example")
FOREIGN = SigningKey("s3", KEY, "ed25519", domain="globex.example")
# (keys of the facts, those that count for mail.acme.example)
OWN_KEYS = [
    ((OUR_OWN, ABOVE, FOREIGN), (OUR_OWN, ABOVE)),
    ((replace(OUR_OWN, active=True), ABOVE), (replace(OUR_OWN, active=True),)),
    ((ABOVE, FOREIGN), (ABOVE,)),
    ((FOREIGN,), ()),
    ((replace(OUR_OWN, domain=""),), (replace(OUR_OWN, domain=""),)),
]
# (keys, records of s1, the selector of the one that may sign)
SHOWN = [
    ((DRAFT,), [KEY], "s1"),
    ((DRAFT,), [OTHER_KEY], None),
    ((DRAFT,), None, None),
    ((DRAFT,), [KEY.replace("k=", "t=y; k=")], None),
    ((replace(DRAFT, usable=False),), [KEY], None),
    ((DRAFT, replace(DRAFT, selector="s2", active=True)), [KEY], None),
    ((replace(DRAFT, selector="s0"), DRAFT), [KEY], "s1"),
]


def publish(zone, facts, pending=()):
    return list_records("acme.example", facts, check(zone, facts), pending)


class TestPublish(BaseCase):
    def test_policy(self):
        """The whole text, which our own reader takes; its id is made of it."""
        sts = next(r for r in publish(ZONE, FACTS) if r.kind == "mta_sts")
        self.assertEqual(
            sts.file_url, "https://mta-sts.acme.example/.well-known/mta-sts.txt"
        )
        policy = parse_sts_policy(sts.file_text.encode())
        self.assertEqual((policy.mode, policy.mx), ("testing", ("mx.acme.example",)))
        self.assertTrue(parse_sts_record(sts.values[0].encode()))
        other = make_policy_id(make_sts_policy(["mx2.acme.example"]))
        self.assertNotIn(other, sts.values[0])
        for hosts in ((), ("",), [f"mx{n}.acme.example" for n in range(101)]):
            self.assertEqual(make_sts_policy(hosts), "")

    def test_rules(self):
        for rule, zone, facts, kind, expected in RULES:
            with self.subTest(kind, rule=rule):
                found = [one for one in publish(zone, facts) if one.kind == kind]
                self.assertEqual(
                    [
                        (one.state, one.rdtype, one.name, one.values, _codes(one.notes))
                        for one in found
                    ],
                    expected,
                )

    def test_order_and_what_is_optional(self):
        facts = replace(FACTS, report_address="d@acme.example")
        kinds = [(one.kind, one.optional) for one in publish(ZONE, facts)]
        self.assertEqual(
            kinds,
            [
                ("spf", False),
                ("dkim", False),
                ("dmarc", False),
                ("mx", False),
                ("ptr", False),
                ("tls_rpt", True),
                ("mta_sts", True),
            ],
        )

    def test_what_is_there_now(self):
        records = ["v=spf1 -all", "v=spf1 mx -all"]
        spf = publish(change(spf=records), FACTS)[0]
        self.assertEqual(spf.current, tuple(records))

    def test_why(self):
        """What has to be cleared up comes with the reasons of all its checks."""
        terms = " ".join(f"a:mx.acme.example/{n}" for n in range(20, 31))
        spf = publish(change(spf=[f"v=spf1 {terms} -all"]), FACTS)[0]
        self.assertEqual((spf.state, spf.values, spf.notes), ("ask", (), ()))
        self.assertIn("spf_too_many_lookups", _codes(spf.why))
        self.assertFalse(publish(ZONE, FACTS)[0].why)

    def test_no_known_sender(self):
        """What to find out comes first; no record is proposed that lets nobody send."""
        for facts in (Facts(), facts_of(Server("relay"), keys=()), facts_of(GUESS)):
            for spf in (None, ["v=spf1 +all"]):
                with self.subTest(facts=facts, spf=spf):
                    card = publish(change(spf=spf), facts)[0]
                    self.assertEqual((card.kind, card.state), ("spf", "ask"))
                    self.assertEqual(card.values, ())
                    self.assertEqual(_codes(card.why)[0], "repair_no_sender")
                    good = [code for code in _codes(card.why) if code.endswith("_ok")]
                    self.assertFalse(good)

    def test_pending(self):
        """Any check that stands on a record may have seen it at its own servers."""
        zone = change(spf=["v=spf1 -all"])
        for pending, state in (
            ([("spf_authorizes", "relay")], "pending"),
            ([("dmarc_alignment", "relay")], "replace"),
            ([], "replace"),
        ):
            with self.subTest(pending):
                self.assertEqual(publish(zone, FACTS, pending)[0].state, state)

    def test_key_that_was_made_after_the_audit(self):
        facts = replace(FACTS, keys=())
        findings = check(ZONE, facts)
        later = replace(FACTS, keys=(replace(DRAFT, selector="new"),))
        records = list_records("acme.example", later, findings)
        (key,) = [one for one in records if one.kind == "dkim"]
        self.assertEqual((key.state, key.selector, key.values), ("add", "new", (KEY,)))

    def test_nothing_is_known(self):
        """Before the first audit nothing is proposed but what our facts ask for."""
        records = list_records("acme.example", FACTS, ())
        states = [(one.kind, one.state) for one in records]
        expected = [("dkim", "add"), ("dmarc", "done"), ("mx", "done")]
        self.assertEqual(states, expected)

    def test_obstacles(self):
        """Of what is not there, or not answered, nothing is proposed."""

        class Silent:
            timeout = 1

            async def query(self, name, rdtype):
                raise TempError("dns_timeout", name)

        later = replace(FACTS, keys=(replace(DRAFT, selector="new"),))
        for why, resolver in (
            ("domain_missing", ZoneResolver({})),
            ("dns_silent", Silent()),
            (None, ZoneResolver({("acme.example", "A"): ["192.0.2.1"]})),
            (None, ZoneResolver(change(dmarc=TempError("dns_timeout")))),
            (None, ZoneResolver(ZONE)),
        ):
            with self.subTest(why):
                findings = run(check_domain("acme.example", FACTS, resolver))
                obstacle = find_obstacle(findings)
                self.assertEqual(obstacle.code if obstacle else None, why)
                records = list_records("acme.example", later, findings)
                self.assertEqual(bool(records), why is None)

    def test_hostile_zones(self):
        """What zones hold is shown as printable text, and bounded."""
        for rule, txt, mx in HOSTILE:
            with self.subTest(rule):
                findings = run(check_domain("acme.example", FACTS, Hostile(txt, mx)))
                for record in list_records("acme.example", FACTS, findings):
                    texts = [record.name, *record.values, *record.current]
                    texts += [text for why in record.why for _, text in why.params]
                    self.assertTrue("".join(texts).isprintable())
                    self.assertLess(sum(map(len, texts)), 60000)

    def test_what_is_said_of_a_proposal(self):
        """It stands on the record, where that is to be published."""
        milder = "v=DMARC1; p=none"
        why = (
            Reason("dmarc_absent"),
            Reason("mended_dmarc"),
            Reason("effect_dmarc", (("alternative", milder),)),
        )
        for expected, state, codes, alternative in (
            (DMARC_GOOD, "add", ("mended_dmarc", "effect_dmarc"), milder),
            ("", "done", (), ""),
        ):
            with self.subTest(state):
                finding = Finding("dmarc_record", "fail", expected=expected, why=why)
                records = list_records("acme.example", FACTS, [finding])
                (dmarc,) = [one for one in records if one.kind == "dmarc"]
                found = (dmarc.state, _codes(dmarc.notes), dmarc.alternative)
                self.assertEqual(found, (state, codes, alternative))

    def test_an_alias_stays_one(self):
        why = (Reason("dmarc_absent"),)
        fields = {"found": "a.example", "expected": "b.example", "rdtype": "CNAME"}
        finding = Finding("dmarc_record", "fail", why=why, **fields)
        records = list_records("acme.example", FACTS, [finding])
        (dmarc,) = [one for one in records if one.kind == "dmarc"]
        self.assertEqual((dmarc.state, dmarc.rdtype), ("replace", "CNAME"))

    def test_own_keys(self):
        for keys, expected in OWN_KEYS:
            with self.subTest(keys):
                found = list_own_keys("mail.acme.example", Facts(keys=keys))
                self.assertEqual(found, expected)

    def test_key_that_may_sign(self):
        for keys, records, selector in SHOWN:
            with self.subTest(keys=keys, records=records):
                facts = facts_of(OWN, keys=keys)
                findings = check(change(key=records), facts)
                key = pick_shown_key("acme.example", facts, findings)
                self.assertEqual(key and key.selector, selector)

    def test_suppose_active(self):
        facts = suppose_active(facts_of(OWN, keys=(DRAFT, ABOVE)), DRAFT)
        self.assertEqual(facts.keys, (replace(DRAFT, active=True), ABOVE))


def _codes(reasons):
    return tuple(reason.code for reason in reasons)
