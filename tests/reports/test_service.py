# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.reports.advice import ADVICE, Tally, advise, find_kind
from ...mailauth.reports.service import FoundService, Service, Services
from ...mailauth.reports.source import Source

OWN = "acme.example"
IP = "192.0.2.7"
LETTERS = Service(
    1, "Letters", ("letters.example", "lett.example"), (), ("k*",), "own", "cname"
)
WORK = Service(2, "Work", ("work.example",), ("_spf.work.example",), ("work",))
FREE = Service(3, "Free", ("free.example",), (), (), "own", "")
HOST = Service(4, "Host", ("host.example",), ("spf.host.example",), (), "keep", "")
SERVICES = Services((LETTERS, WORK, FREE, HOST))
OWN_KEY, LETTERS_KEY = (OWN, "odoo"), (OWN, "k2")
SIGNED = ((OWN, "k2"), ("lett.example", "x"))
BY_WORK = (OWN, f"_spf.{OWN}", "_spf.work.example", "_a.work.example")
# (case, source, reverse name, name, by what)
NAMED = (
    ("nothing known", Source(IP), "", "", ""),
    ("host", Source(IP), "mail7.lett.example", "Letters", "host"),
    ("host, another spelling", Source(IP), "Mail7.LETT.example.", "Letters", "host"),
    (
        "a host that only looks so",
        Source(IP),
        "notlett.example",
        "notlett.example",
        "host",
    ),
    ("unknown host", Source(IP), "mx1.uni.example", "uni.example", "host"),
    ("record", Source(IP, path=BY_WORK), "", "Work", "spf"),
    (
        "host before record",
        Source(IP, path=BY_WORK),
        "a.lett.example",
        "Letters",
        "host",
    ),
    (
        "record before an unknown host",
        Source(IP, path=BY_WORK),
        "o1.acme.example",
        "Work",
        "spf",
    ),
    (
        "unknown include",
        Source(IP, path=(OWN, "spf.isp.example")),
        "",
        "isp.example",
        "spf",
    ),
    (
        "unknown include, own host",
        Source(IP, path=(OWN, "spf.isp.example")),
        "erp.acme.example",
        "erp.acme.example",
        "own",
    ),
    ("own record", Source(IP, network=f"{IP}/32", path=(OWN,)), "", f"{IP}/32", "own"),
    ("own host", Source(IP), "erp.acme.example", "erp.acme.example", "own"),
    (
        "envelope",
        Source(IP, envelopes=("b.lett.example",)),
        "mx.work.example",
        "Letters",
        "envelope",
    ),
    (
        "host, since our envelope is there as well",
        Source(IP, envelopes=("b.lett.example", OWN)),
        "mx.work.example",
        "Work",
        "host",
    ),
    ("signature", Source(IP, signers=SIGNED), "", "Letters", "signature"),
    ("selector", Source(IP, signers=(LETTERS_KEY,)), "", "Letters", "selector"),
    ("selector, exact", Source(IP, signers=((OWN, "Work"),)), "", "Work", "selector"),
    (
        "selector of another domain",
        Source(IP, signers=(("x.example", "k2"),)),
        "",
        "",
        "",
    ),
    (
        "passed on: no name by signatures",
        Source(IP, signers=SIGNED),
        "mx.uni.example",
        "uni.example",
        "host",
    ),
    (
        "what a stranger's name is",
        Source(IP, signers=(("", ""),), envelopes=("",)),
        ".",
        "",
        "",
    ),
)
UNKNOWN = FoundService()
AT = {
    one.name: FoundService(one.name, one, "host") for one in (LETTERS, WORK, FREE, HOST)
}
OWN_HOST = FoundService("erp.acme.example", None, "own")
UNI = FoundService("uni.example", None, "host")
ALL = Tally(100, 100, 100, 100)
FAIL = Tally(100)
DKIM, SPF = Tally(100, 0, 100, 100), Tally(100, 100, 0, 100)
PASSED_ON = Source(IP, signers=(OWN_KEY, ("list.example", "l")))
LISTED = Source(IP, path=(OWN, "_spf.work.example"))
OWN_LISTED = Source(IP, path=(OWN,))
OURS = frozenset((OWN_KEY, LETTERS_KEY))
RELAY = {"is_our_relay": True}
US, NOT_US = {"decision": "us"}, {"decision": "not_us"}
# (case, source, who, how it fared, what else is known, whose, what to do)
JUDGED = (
    ("all passes", Source(IP), AT["Work"], ALL, {}, "ours", "nothing"),
    (
        "one in 200 fails",
        Source(IP),
        AT["Work"],
        Tally(200, 0, 199, 199),
        {},
        "ours",
        "nothing",
    ),
    ("SPF alone", LISTED, AT["Work"], SPF, {}, "ours", "publish_dkim_key"),
    (
        "SPF alone, CNAMEs",
        Source(IP),
        AT["Letters"],
        SPF,
        {},
        "ours",
        "publish_dkim_cnames",
    ),
    ("SPF alone, signs never", Source(IP), AT["Host"], SPF, {}, "ours", "nothing"),
    (
        "fails at a service",
        Source(IP),
        AT["Letters"],
        FAIL,
        {},
        "unknown",
        "publish_dkim_cnames",
    ),
    (
        "fails, include is there",
        LISTED,
        AT["Work"],
        FAIL,
        {},
        "unknown",
        "publish_dkim_key",
    ),
    (
        "fails, include is missing",
        Source(IP),
        AT["Host"],
        FAIL,
        {},
        "unknown",
        "add_include",
    ),
    (
        "fails, include does not help",
        LISTED,
        AT["Host"],
        FAIL,
        {},
        "unknown",
        "service_never",
    ),
    ("fails, can't pass", Source(IP), AT["Free"], FAIL, {}, "unknown", "service_never"),
    ("fails, nobody knows it", Source(IP), UNKNOWN, FAIL, {}, "unknown", "is_it_yours"),
    ("fails, it is us", Source(IP), UNI, FAIL, US, "ours", "ask_service"),
    ("fails, it is not us", Source(IP), UNI, FAIL, NOT_US, "not_ours", "not_ours"),
    ("passes, it is not us", Source(IP), UNI, ALL, NOT_US, "not_ours", "withdraw_spf"),
    ("signs, it is not us", Source(IP), UNI, DKIM, NOT_US, "not_ours", "withdraw_key"),
    ("own host, not listed", Source(IP), OWN_HOST, FAIL, {}, "unknown", "add_address"),
    ("own host, listed, signs not", OWN_LISTED, OWN_HOST, SPF, {}, "ours", "sign"),
    ("own host, another envelope", OWN_LISTED, OWN_HOST, FAIL, {}, "unknown", "sign"),
    (
        "own host, signs",
        OWN_LISTED,
        OWN_HOST,
        DKIM,
        {"our_signers": OURS},
        "ours",
        "nothing",
    ),
    (
        "own host, signs, not listed",
        PASSED_ON,
        OWN_HOST,
        DKIM,
        {"our_signers": OURS},
        "ours",
        "add_address",
    ),
    (
        "DKIM alone, our key",
        PASSED_ON,
        UNI,
        DKIM,
        {"our_signers": OURS},
        "forwarder",
        "forwarded",
    ),
    (
        "DKIM alone, by our relay",
        PASSED_ON,
        AT["Letters"],
        DKIM,
        {"our_signers": OURS, **RELAY},
        "ours",
        "nothing",
    ),
    (
        "DKIM alone, a key of its own",
        Source(IP, signers=((OWN, "new"),)),
        UNI,
        DKIM,
        {"our_signers": OURS},
        "ours",
        "nothing",
    ),
    ("DKIM alone, no key is known", PASSED_ON, UNI, DKIM, {}, "ours", "nothing"),
    (
        "DKIM alone, the service signs",
        Source(IP, signers=(LETTERS_KEY,)),
        AT["Letters"],
        DKIM,
        {"our_signers": frozenset((OWN_KEY,))},
        "ours",
        "nothing",
    ),
    (
        "a list broke it",
        Source(IP),
        UNI,
        Tally(9, forwarded=3),
        {},
        "forwarder",
        "forwarded",
    ),
    (
        "a forwarder that is us",
        PASSED_ON,
        UNI,
        DKIM,
        {"our_signers": OURS, **US},
        "ours",
        "nothing",
    ),
    ("no mails", Source(IP), UNKNOWN, Tally(), {}, "unknown", "is_it_yours"),
)


class TestService(BaseCase):
    def test_named(self):
        for case, source, host, name, known_by in NAMED:
            with self.subTest(case):
                found = SERVICES.find(source, OWN, host)
                self.assertEqual((found.name, found.known_by), (name, known_by))

    def test_judged(self):
        for case, source, found, tally, known, kind, advice in JUDGED:
            with self.subTest(case):
                self.assertEqual(find_kind(source, found, tally, **known), kind)
                self.assertEqual(advise(source, found, tally, kind), advice)

    def test_each_advice_is_tried(self):
        self.assertEqual({row[-1] for row in JUDGED}, set(ADVICE))
