# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from ...mailauth.domain.publish_record import Kind
from ...models.domain.mail_alias_domain_checklist import STANDS_ON
from ..domain_common import DOMAIN, IP, DomainCase

ITEM = {
    *("key", "title", "level", "word", "sentence", "pending", "pending_until"),
    *("seen", "see", "fixes", "evidence"),
}


class ChecklistCase(DomainCase):
    def _list(self, domain=None):
        """Return the checklist, as a client gets it."""
        checklist = (domain or self.domain).get_checklist()
        return json.loads(json.dumps(checklist, default=str))

    def _group(self, key, checklist=None):
        groups = (checklist or self._list())["groups"]
        return next((one for one in groups if one["key"] == key), None)

    def _items(self, key, checklist=None):
        group = self._group(key, checklist)
        return {one["key"]: one for one in group["items"]} if group else {}

    def _answers(self, checklist=None):
        answers = (checklist or self._list())["answers"]
        return {one["kind"]: (one["level"], one["word"]) for one in answers}


class TestChecklist(ChecklistCase):
    def test_never_checked(self):
        checklist = self._list()
        self.assertEqual(checklist["level"], "unknown")
        self.assertEqual(
            checklist["headline"], "acme.example has not been checked yet."
        )
        self.assertEqual(checklist["groups"], [])
        self.assertFalse(checklist["checked_on"])
        self.assertFalse(checklist["proven"])
        self.assertEqual(
            set(self._answers(checklist).values()), {("unknown", "Unchecked")}
        )

    def test_good_domain(self):
        self._check()
        checklist = self._list()
        self.assertEqual(checklist["level"], "pass")
        self.assertTrue(checklist["headline"].startswith("All good"))
        self.assertEqual(
            [(group["key"], group["folded"]) for group in checklist["groups"]],
            [("waiting", False), ("passed", True), ("optional", True)],
        )
        # No key is known, and so no mail is signed.
        self.assertEqual(list(self._items("waiting", checklist)), ["dkim_key"])
        self.assertEqual(self._answers(checklist)["dkim"], ("unknown", "Unproven"))
        self.assertTrue(checklist["checked_on"].endswith("Z"))
        self.assertEqual(self._answers(checklist)["spf"], ("pass", "Good"))

    def test_each_check_stands_once(self):
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 -all", "v=spf1 ?all"]
        self._check()
        checklist = self._list()
        items = [item for group in checklist["groups"] for item in group["items"]]
        self.assertEqual(
            len({item["key"] for item in items}), len(self.domain.auth_check_ids)
        )
        for item in items:
            self.assertEqual(set(item), ITEM)

    def test_the_record_stands_in_the_item(self):
        """The worst of those that one record solves has it; others name that one."""
        self.zone[(DOMAIN, "TXT")] = ["v=spf1 ip4:192.0.2.99 -all"]
        del self.zone[(f"_dmarc.{DOMAIN}", "TXT")]
        self._check()
        checklist = self._list()
        breaks = self._group("breaks", checklist)
        self.assertRegex(breaks["title"], r"^\d things? breaks? delivery$")
        self.assertFalse(breaks["folded"])
        items = [item for group in checklist["groups"] for item in group["items"]]
        fixes = [fix for item in items for fix in item["fixes"]]
        self.assertEqual(len({fix["key"] for fix in fixes}), len(fixes))
        spf = [item for item in items if item["key"].startswith("spf_")]
        having = [item for item in spf if item["fixes"]]
        self.assertEqual(len(having), 1)
        fix = having[0]["fixes"][0]
        self.assertEqual(fix["state"], "replace")
        self.assertIn(f"ip4:{IP}", fix["value"])
        self.assertEqual(fix["full_name"], DOMAIN)
        self.assertIn("<ins><span", fix["change_html"])
        for item in self._items("breaks", checklist).values():
            if item["key"].startswith("spf_") and item is not having[0]:
                self.assertEqual(item["see"]["key"], having[0]["key"])
        self.assertEqual(self._answers(checklist)["spf"][0], "fail")
        dmarc = [i for i in items if i["key"] == "dmarc_record"][0]
        self.assertEqual(dmarc["fixes"][0]["state"], "add")
        self.assertEqual(self._answers(checklist)["dmarc"], ("warning", "Missing"))
        own = [item for item in items if item["key"].startswith("dmarc_alignment")]
        self.assertEqual([one["level"] for one in own], ["warning"])
        self.assertEqual(own[0]["see"]["key"], having[0]["key"])

    def test_nothing_is_missing(self):
        self.zone.pop((DOMAIN, "TXT"))
        self._check()
        self.assertEqual(self._answers()["spf"], ("fail", "Missing"))

    def test_key_that_came_after_the_check(self):
        """What no check speaks of yet is in the list as well."""
        self._check()
        key = self.env["mail.dkim.key"].create({"alias_domain_id": self.domain.id})
        item = self._items("better")["dkim_key"]
        self.assertEqual(item["fixes"][0]["state"], "add")
        self.assertEqual((item["level"], item["word"]), ("warning", "Add"))
        self._check()
        item = self._items("better")[f"dkim_key:{key.selector}"]
        self.assertEqual((item["level"], item["word"]), ("warning", "Add"))
        self.assertEqual(self._answers()["dkim"], ("warning", "Missing"))

    def test_missing_domain(self):
        self.zone.clear()
        self._check()
        checklist = self._list()
        self.assertTrue(checklist["obstacle"])
        self.assertIn("There is no domain", checklist["headline"])
        self.assertEqual(list(self._items("breaks", checklist)), ["domain_exists"])
        self.assertFalse(self._items("breaks", checklist)["domain_exists"]["sentence"])
        self.assertEqual(len(checklist["groups"]), 1)

    def test_silent_dns(self):
        self.resolver.zone.clear()
        self.resolver.failing = Everything()
        self._check()
        checklist = self._list()
        self.assertTrue(checklist["obstacle"])
        self.assertEqual(checklist["level"], "temperror")
        self.assertIsNone(self._group("breaks", checklist))
        waiting = self._group("waiting", checklist)
        self.assertTrue(waiting["folded"])
        self.assertIn("not certain yet", waiting["title"])
        self.assertEqual(
            {item["level"] for item in waiting["items"]} - {"info"}, {"temperror"}
        )

    def test_on_its_way(self):
        self.zone.pop((DOMAIN, "TXT"))
        self._check()
        until = fields.Datetime.now() + timedelta(seconds=170)
        for row in self.domain.auth_check_ids.filtered(lambda one: one.severity <= 2):
            row.write({"pending": True, "pending_until": until})
        checklist = self._list()
        self.assertIn("on its way", checklist["headline"])
        self.assertIsNone(self._group("breaks", checklist))
        waiting = self._group("waiting", checklist)
        self.assertRegex(waiting["title"], "on (its|their) way|not certain")
        item = self._items("waiting", checklist)["spf_record"]
        self.assertEqual((item["level"], item["word"]), ("pending", "On its way"))
        self.assertIn("another 3 min", item["pending"])
        self.assertEqual(self._answers(checklist)["spf"], ("pending", "Underway"))

    def test_idn(self):
        domain = self.env["mail.alias.domain"].create({"name": "xn--mller-kva.example"})
        self.assertEqual(
            domain.get_checklist()["domain"],
            {"id": domain.id, "name": "müller.example", "ascii": domain.name},
        )
        for said in (
            domain._get_auth_summary(),
            domain._describe_problems(1),
            domain.action_open_checks()["name"],
            domain._render_alarm([])[0],
        ):
            self.assertIn("müller.example", said)

    def test_all_kinds_of_records(self):
        self.assertLessEqual(set(Kind.__args__), set(STANDS_ON))

    def test_hostile_records(self):
        """What is HTML is safe, what is text is not escaped twice."""
        self.zone[(DOMAIN, "TXT")] = ['v=spf1 include:<img/src=x> "&" -all']
        self._check()
        items = [item for group in self._list()["groups"] for item in group["items"]]
        for fix in [fix for item in items for fix in item["fixes"]]:
            self.assertNotIn("<img", fix["current_html"] + fix["change_html"])
        record = next(item for item in items if item["key"] == "spf_record")
        self.assertIn("<img", json.dumps(record["evidence"]))

    def test_where_the_records_are_edited(self):
        """How the domain itself is called there, and the way to the editor."""
        self.zone.pop((DOMAIN, "TXT"))
        for nameserver, name, other, hint, editor in [
            ("ns1.dns.example", "@", "", "leave the field empty", ""),
            ("ns37.domaincontrol.com", "@", "", "domain itself", f"/{DOMAIN}/dns"),
            ("ns-1.awsdns-26.co.uk", "", "", "another name", "route53"),
            ("dns17.ovh.net", "", "@", "type @", f"/{DOMAIN}/zone"),
        ]:
            with self.subTest(nameserver):
                self.zone[(DOMAIN, "NS")] = [nameserver]
                self._check()
                (fix,) = self._items("breaks")["spf_record"]["fixes"]
                self.assertEqual((fix["host_name"], fix["host_other"]), (name, other))
                self.assertIn(hint, fix["host_hint"])
                self.assertIn(editor, fix["editor_url"])
                self.assertEqual(bool(editor), bool(fix["editor_text"]))

    def test_optional_records_are_whole(self):
        """With the policy's file; nobody has to clear up what is not needed."""
        self._check()
        optional = self._items("optional")
        (fix,) = optional["mta_sts"]["fixes"]
        self.assertEqual(fix["state"], "add")
        self.assertIn("mx: mx.acme.example", fix["file_text"])
        self.assertIn("/.well-known/mta-sts.txt", fix["file_url"])
        self.zone.pop((DOMAIN, "MX"))
        self.zone.pop(("mx.acme.example", "A"))
        self._check()
        for item in self._items("optional").values():
            self.assertEqual([f for f in item["fixes"] if f["state"] == "ask"], [])

    def test_drafts(self):
        draft = self.env["mail.alias.domain"].create(
            {"name": "globex.example", "active": False}
        )
        admin = new_test_user(self.env, "admin3", "base.group_system")
        checklist = draft.with_user(admin).look_again()["checklist"]
        self.assertEqual(checklist["domain"]["name"], "globex.example")
        self.assertTrue(checklist["groups"])

    def test_queries(self):
        """Their number does not grow with the checks, nor with the records."""
        self._check()
        few = self._count_queries()
        for number in range(5):
            self.env["mail.dkim.key"].create(
                {"alias_domain_id": self.domain.id, "selector": f"s{number}"}
            )
        self.zone.pop((DOMAIN, "TXT"))
        self._check()
        self.assertLessEqual(self._count_queries(), few + 8)

    def _count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.domain.get_checklist()
        return self.env.cr.sql_log_count - before

    def test_who_may_see_it(self):
        self._check()
        other = self.env["res.company"].create({"name": "Globex"})
        other.alias_domain_id = False  # Odoo gives it the first one
        groups = "base.group_system"
        foreign = new_test_user(
            self.env, "foreign", groups, company_id=other.id, company_ids=other.ids
        )
        for user in (foreign, new_test_user(self.env, "employee", "base.group_user")):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.domain.with_user(user).get_checklist()
        admin = new_test_user(self.env, "admin2", groups, company_id=self.company.id)
        self.assertTrue(self.domain.with_user(admin).get_checklist()["groups"])


class Everything:
    """All names, for a resolver that answers none."""

    def __contains__(self, _name):
        return True
