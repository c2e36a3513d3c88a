# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Many zones through the models: what is published, said, and suggested."""

from ...mailauth.errors import TempError
from ..domain_common import DOMAIN, IP, DomainCase

TXT = (DOMAIN, "TXT")
MX = (DOMAIN, "MX")
DMARC = (f"_dmarc.{DOMAIN}", "TXT")
GOOGLE = {"smtp_host": "smtp.gmail.com", "smtp_user": "odoo@acme.example"}
POSTMARK = {"smtp_host": "smtp.postmarkapp.com"}
BREVO = {"smtp_host": "smtp-relay.brevo.com"}
MICROSOFT = {"smtp_host": "smtp.office365.com"}
INCLUDE = "include:_spf.google.com"
GOOGLE_SPF = {("_spf.google.com", "TXT"): ["v=spf1 ip4:203.0.113.0/24 ~all"]}
OUTLOOK_SPF = {
    ("spf.protection.outlook.com", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"]
}
GONE = None
SILENT = TempError("dns_timeout", "acme.example")
MANY = " ".join(f"include:i{n}.example" for n in range(11))
MANY_ZONE = {(f"i{n}.example", "TXT"): ["v=spf1 -all"] for n in range(11)}

# (case, server, changes of a good zone, {check: status}, {card: (state, value)})
# A value of None stands for any.
ZONES = [
    # ------------------------------------------------------------------- SPF
    ("all is good", {}, {}, {"spf_record": "pass", "spf_authorizes": "pass"}, {}),
    (
        "no SPF record",
        {},
        {TXT: GONE},
        {"spf_record": "fail", "spf_authorizes": "fail"},
        {"spf": ("add", f"v=spf1 ip4:{IP} ~all")},
    ),
    (
        "another TXT record is no SPF",
        {},
        {TXT: ["google-site-verification=x"]},
        {"spf_record": "fail"},
        {"spf": ("add", f"v=spf1 ip4:{IP} ~all")},
    ),
    (
        "the server is missing",
        {},
        {TXT: ["v=spf1 ip4:192.0.2.1 -all"]},
        {"spf_record": "info", "spf_authorizes": "fail"},
        {"spf": ("replace", f"v=spf1 ip4:192.0.2.1 ip4:{IP} -all")},
    ),
    (
        "two records become one",
        {},
        {TXT: [f"v=spf1 ip4:{IP} ~all", "v=spf1 ip4:192.0.2.1 ~all"]},
        {"spf_single": "fail", "spf_authorizes": "fail"},
        {"spf": ("replace", None)},
    ),
    (
        "+all lets everybody send",
        {},
        {TXT: ["v=spf1 +all"]},
        {"spf_record": "fail"},
        {"spf": ("replace", None)},
    ),
    (
        "?all says nothing",
        {},
        {TXT: [f"v=spf1 ip4:{IP} ?all"]},
        {"spf_record": "warning", "spf_authorizes": "pass"},
        {"spf": ("replace", f"v=spf1 ip4:{IP} ~all")},
    ),
    (
        "no all",
        {},
        {TXT: [f"v=spf1 ip4:{IP}"]},
        {"spf_record": "warning"},
        {"spf": ("replace", f"v=spf1 ip4:{IP} ~all")},
    ),
    (
        "a misspelled term",
        {},
        {TXT: [f"v=spf1 ip4:{IP} inlcude:x.example -all"]},
        {"spf_syntax": "fail", "spf_authorizes": "fail"},
        {"spf": ("replace", f"v=spf1 ip4:{IP} -all")},
    ),
    (
        "more than ten lookups",
        {},
        {TXT: [f"v=spf1 {MANY} ip4:{IP} -all"], **MANY_ZONE},
        {"spf_lookups": "fail", "spf_authorizes": "fail"},
        {"spf": ("replace", None)},
    ),
    (
        "an include of a domain without SPF",
        {},
        {TXT: [f"v=spf1 ip4:{IP} include:none.example -all"]},
        {"spf_authorizes": "pass", "spf_lookups": "fail"},
        {"spf": ("replace", f"v=spf1 ip4:{IP} -all")},
    ),
    (
        "terms after all are dead",
        {},
        {TXT: [f"v=spf1 -all ip4:{IP}"]},
        {"spf_authorizes": "fail"},
        {"spf": ("replace", f"v=spf1 ip4:{IP} -all")},
    ),
    (
        "a redirect that covers the server",
        {},
        {
            TXT: ["v=spf1 redirect=spf.acme.example"],
            ("spf.acme.example", "TXT"): [f"v=spf1 ip4:{IP} -all"],
        },
        {"spf_record": "pass", "spf_authorizes": "pass"},
        {"spf": ("done", "v=spf1 redirect=spf.acme.example")},
    ),
    (
        "a network that covers the server",
        {},
        {TXT: ["v=spf1 ip4:198.51.100.0/24 -all"]},
        {"spf_authorizes": "pass"},
        {"spf": ("done", None)},
    ),
    (
        "SPF does not answer",
        {},
        {TXT: SILENT},
        {"spf_record": "temperror", "spf_authorizes": "temperror"},
        {"spf": ("unknown", "")},
    ),
    (
        "a guessed address that is missing is no failure",
        {"sending_host_ips": False},
        {TXT: ["v=spf1 ip4:192.0.2.1 -all"]},
        {"spf_authorizes": "info"},
        {"spf": ("done", None)},
    ),
    (
        "a guessed address never gets into the record",
        {"sending_host_ips": False},
        {TXT: GONE},
        {"spf_record": "fail", "spf_authorizes": "fail"},
        {"spf": ("ask", "")},
    ),
    (
        "two addresses, one is missing",
        {"sending_host_ips": f"{IP}, 192.0.2.77"},
        {},
        {"spf_authorizes": "fail"},
        {"spf": ("replace", f"v=spf1 ip4:{IP} ip4:192.0.2.77 -all")},
    ),
    (
        "an IPv6 address",
        {"sending_host_ips": "2001:db8::1"},
        {TXT: ["v=spf1 ip6:2001:db8::/32 -all"]},
        {"spf_authorizes": "pass"},
        {},
    ),
    # ------------------------------------------------------------- providers
    (
        "Google is included",
        GOOGLE,
        {TXT: [f"v=spf1 {INCLUDE} ~all"], **GOOGLE_SPF},
        {"spf_authorizes": "pass", "ptr": "info"},
        {"spf": ("done", None), "dkim": ("ask", "")},
    ),
    (
        "Google is missing",
        GOOGLE,
        {TXT: ["v=spf1 mx -all"], **GOOGLE_SPF},
        {"spf_authorizes": "fail"},
        {"spf": ("replace", f"v=spf1 mx {INCLUDE} -all")},
    ),
    (
        "Google with its key",
        GOOGLE,
        {
            TXT: [f"v=spf1 {INCLUDE} ~all"],
            **GOOGLE_SPF,
            (f"google._domainkey.{DOMAIN}", "TXT"): ["v=DKIM1; k=rsa; p=nonsense!"],
        },
        {"dkim_key": "fail"},
        {"dkim": ("ask", "")},
    ),
    (
        "Microsoft is included",
        MICROSOFT,
        {TXT: ["v=spf1 include:spf.protection.outlook.com -all"], **OUTLOOK_SPF},
        {"spf_authorizes": "pass"},
        {"spf": ("done", None)},
    ),
    (
        "Postmark needs nothing in SPF",
        POSTMARK,
        {TXT: GONE},
        {"spf_record": "info", "spf_authorizes": "info"},
        {"dkim": ("ask", False)},
    ),
    (
        "Brevo's keys are known",
        BREVO,
        {TXT: GONE},
        {"spf_authorizes": "info", "dkim_key": "fail"},
        {"dkim": ("add", "b1.acme-example.dkim.brevo.com")},
    ),
    (
        "a CNAME that points nowhere",
        BREVO,
        {(f"brevo1._domainkey.{DOMAIN}", "CNAME"): ["b1.nowhere.example"]},
        {"dkim_key": "fail"},
        {"dkim": ("replace", "b1.acme-example.dkim.brevo.com")},
    ),
    # ----------------------------------------------------------------- DMARC
    (
        "no DMARC record",
        {},
        {DMARC: GONE},
        {"dmarc_record": "warning"},
        {"dmarc": ("add", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example")},
    ),
    (
        "two DMARC records",
        {},
        {DMARC: ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
        {"dmarc_record": "fail"},
        {"dmarc": ("replace", None)},
    ),
    (
        "an invalid policy",
        {},
        {DMARC: ["v=DMARC1; p=rejct"]},
        {"dmarc_record": "fail"},
        {"dmarc": ("ask", "")},
    ),
    (
        "p=none with reports",
        {},
        {DMARC: ["v=DMARC1; p=none; rua=mailto:dmarc@acme.example"]},
        {"dmarc_record": "pass", "dmarc_policy": "info"},
        {"dmarc": ("done", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example")},
    ),
    (
        "quarantine is kept",
        {},
        {DMARC: ["v=DMARC1; p=quarantine; rua=mailto:dmarc@acme.example"]},
        {"dmarc_record": "pass", "dmarc_policy": "pass"},
        {"dmarc": ("done", None)},
    ),
    (
        "reject without SPF or DKIM refuses our own mails",
        {},
        {TXT: ["v=spf1 -all"]},
        {"dmarc_alignment": "fail"},
        {"dmarc": ("done", None), "spf": ("replace", None)},
    ),
    (
        "a record that was meant to be",
        {},
        {DMARC: ["p=none"]},
        {"dmarc_record": "warning"},
        {"dmarc": (None, "v=DMARC1; p=none; rua=mailto:dmarc@acme.example")},
    ),
    (
        "reports to a domain that does not agree",
        {},
        {DMARC: ["v=DMARC1; p=none; rua=mailto:x@reports.example"]},
        {"dmarc_reports": "warning"},
        {},
    ),
    (
        "reports to a domain that agrees",
        {},
        {
            DMARC: ["v=DMARC1; p=none; rua=mailto:x@reports.example"],
            (f"{DOMAIN}._report._dmarc.reports.example", "TXT"): ["v=DMARC1"],
        },
        {"dmarc_reports": "pass"},
        {},
    ),
    (
        "DMARC does not answer",
        {},
        {DMARC: SILENT},
        {"dmarc_record": "temperror"},
        {"dmarc": ("unknown", None)},
    ),
    # -------------------------------------------------------------- the rest
    (
        "no MX and no address",
        {},
        {MX: GONE},
        {"mx": "fail"},
        {"mx": ("ask", "")},
    ),
    (
        "no MX, but an address",
        {},
        {MX: GONE, (DOMAIN, "A"): ["8.8.8.8"]},
        {"mx": "warning"},
        {"mx": ("ask", "")},
    ),
    (
        "no MX, and a provider that takes mail",
        GOOGLE,
        {MX: GONE, TXT: [f"v=spf1 {INCLUDE} ~all"], **GOOGLE_SPF},
        {"mx": "fail"},
        {"mx": ("add", "1 smtp.google.com")},
    ),
    ("null MX", {}, {MX: [(0, ".")]}, {"mx": "fail"}, {}),
    (
        "an MX without an address",
        {},
        {MX: [(10, "gone.example")]},
        {"mx": "fail"},
        {"mx": ("ask", None)},
    ),
    ("MX does not answer", {}, {MX: SILENT}, {"mx": "temperror"}, {}),
    (
        "the server has no name",
        {},
        {("10.100.51.198.in-addr.arpa", "PTR"): GONE},
        {"ptr": "fail"},
        {},
    ),
    (
        "the server's name leads elsewhere",
        {},
        {("smtp.acme.example", "A"): ["192.0.2.200"]},
        {"ptr": "fail"},
        {},
    ),
    (
        "TLS reports",
        {},
        {
            (f"_smtp._tls.{DOMAIN}", "TXT"): [
                "v=TLSRPTv1; rua=mailto:dmarc@acme.example"
            ]
        },
        {"tls_rpt": "pass"},
        {"tls_rpt": ("done", None)},
    ),
    (
        "no TLS reports",
        {},
        {},
        {"tls_rpt": "info"},
        {"tls_rpt": ("add", "v=TLSRPTv1; rua=mailto:dmarc@acme.example")},
    ),
    (
        "everything is silent",
        {},
        {
            TXT: SILENT,
            MX: SILENT,
            DMARC: SILENT,
            (DOMAIN, "NS"): SILENT,
            (DOMAIN, "SOA"): SILENT,
        },
        {"spf_record": "temperror", "dmarc_record": "temperror", "mx": "temperror"},
        {},
    ),
]


class TestDomainZones(DomainCase):
    def _apply(self, changes):
        for key, records in changes.items():
            if records is GONE:
                self.zone.pop(key, None)
            else:
                self.zone[key] = records

    def _check_rows(self, expected):
        for code, status in expected.items():
            rows = self.domain.auth_check_ids.filtered(lambda r, c=code: r.code == c)
            worst = rows.sorted("severity")[:1]
            self.assertEqual(worst.status, status, f"{code}: {worst.explanation}")

    def _check_cards(self, setup, expected):
        for kind, (state, value) in expected.items():
            card = self._card(setup, kind)
            if state is not None:
                self.assertEqual(card.state, state, f"{kind}: {card.value}")
            if value is not None:
                self.assertEqual(card.value or "", value or "", kind)

    def test_zones(self):
        self.assertGreaterEqual(len(ZONES), 40)
        original = dict(self.zone)
        values = {"smtp_host": "smtp.acme.example", "smtp_user": False}
        values["sending_host_ips"] = IP
        for case, server, changes, rows, cards in ZONES:
            with self.subTest(case):
                self.zone.clear()
                self.zone.update(original)
                self._apply(changes)
                self.server.write({**values, **server})
                setup = self._set_up(report_address="dmarc@acme.example")
                self._check_rows(rows)
                self._check_cards(setup, cards)

    def test_following_the_cards_never_makes_it_worse(self):
        """Whatever is published, what the cards say leaves no fault of theirs."""
        original = dict(self.zone)
        for case, server, changes, _rows, _cards in ZONES:
            if server or SILENT in changes.values():
                continue
            with self.subTest(case):
                self.zone.clear()
                self.zone.update(original)
                self._apply(changes)
                setup = self._set_up(report_address="dmarc@acme.example")
                asked = setup.record_ids.filtered(lambda c: c.state == "ask")
                before = set(self._list_faults())
                notes = "".join(
                    note for note in setup.record_ids.mapped("note") if note
                )
                # The card has named what the record alone can't mend.
                named = ["spf_lookups"] if "will still stop" in notes else []
                self._publish(setup)
                self._see_check(setup)
                after = set(self._list_faults())
                kinds = tuple(asked.mapped("kind"))
                self.assertLessEqual(after, before, "nothing new")
                for code in after:
                    is_asked = code.startswith((*kinds, "ptr", "return_path"))
                    if not is_asked and "spf" not in kinds:
                        self.assertIn(code, ("mx", "dmarc_reports", *named), case)

    def _list_faults(self):
        faults = self.domain.auth_check_ids.filtered(lambda r: r.severity < 3)
        return faults.filtered(lambda r: r.code != "dkim_key").mapped("code")
