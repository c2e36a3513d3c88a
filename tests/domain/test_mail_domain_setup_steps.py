# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..domain_common import DOMAIN, GOOD_ZONE, DomainCase


@tagged("post_install", "-at_install")
class TestMailDomainSetupSteps(DomainCase):
    """Where the guided setup begins, and how it goes from step to step."""

    def _open(self):
        """Open it as the menu does, and save it as its form does at once."""
        with Form(self.env["mail.domain.setup"]) as form:
            pass
        return form.record

    def _publish_all(self):
        """Do what the setup wants, and let a check see it."""
        setup = self._set_up()
        self._publish(setup)
        self._look_by_hand(self.domain)

    def test_unchecked_begins_with_the_domain(self):
        self.assertEqual(self._open().step, "domain")

    def test_missing_records_are_shown(self):
        self._set_up()
        setup = self._open()
        self.assertEqual(setup.step, "records")
        self.assertTrue(setup.todo_count)
        needed = [card for card in setup.cards if not card["optional"]]
        kinds = [card["kind"] for card in needed if card["state"] == "add"]
        self.assertEqual(kinds, ["dkim"])

    def test_published_is_checked(self):
        """What is left can't be published: MX is somebody else's to say."""
        self._set_up()
        self._publish_all()
        del self.zone[(DOMAIN, "MX")]
        self._check()
        self.assertNotEqual(self.domain.auth_status, "pass")
        self.assertEqual(self._open().step, "check")

    def test_green_is_done(self):
        self._publish_all()
        self.assertEqual(self.domain.auth_status, "pass")
        self.assertEqual(self._open().step, "done")

    def test_server_of_an_unknown_address_is_asked_for(self):
        self.server.sending_host_ips = False
        self._set_up()
        self.assertEqual(self._open().step, "domain")

    def test_domain_that_does_not_exist_is_typed_again(self):
        for name in GOOD_ZONE:
            self.zone.pop(name, None)
        self._set_up()
        self.assertEqual(self._open().step, "domain")

    def test_of_another_company_nothing_is_told(self):
        self._publish_all()
        other = self.env["res.company"].create({"name": "Globex"})
        other.alias_domain_id = False
        admin = new_test_user(
            self.env,
            "setup_globex",
            groups="base.group_system",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        setups = self.env["mail.domain.setup"].with_user(admin)
        self.assertEqual(setups._find_step(self.domain.with_user(admin)), "domain")
        values = {"alias_domain_id": self.domain.id, "step": "records"}
        with self.assertRaises(AccessError):
            setups.create(values)

    def test_title(self):
        setups = self.env["mail.domain.setup"]
        self.assertEqual(self._set_up().display_name, f"Set Up: {DOMAIN}")
        self.domain.name = "xn--mller-kva.example"
        setup = setups.create({"alias_domain_id": self.domain.id})
        self.assertEqual(setup.display_name, "Set Up: müller.example")
        setup.domain_name = "globex.example"
        self.assertEqual(setup.display_name, "Set Up: globex.example")
        setup = setups.new({"alias_domain_id": False, "domain_name": False})
        self.assertEqual(setup.display_name, "Set Up an Email Domain")

    def test_way(self):
        setup = self.env["mail.domain.setup"].create(
            {"alias_domain_id": self.domain.id}
        )
        setup.action_back()
        seen = [setup.step]
        for move in ("next", "next", "next", "next", "back", "back", "back"):
            getattr(setup, f"action_{move}")()
            seen.append(setup.step)
        way = "domain records check done done check records domain"
        self.assertEqual(seen, way.split())

    def test_step_is_clicked(self):
        """From the first step it is asked what the others show."""
        setup = self.env["mail.domain.setup"].create(
            {"alias_domain_id": self.domain.id}
        )
        setup.action_go_to("check")
        self.assertEqual(setup.step, "check")
        self.assertTrue(setup.all_record_ids)
        self.assertNotEqual(self.domain.auth_status, "unknown")
        for hostile in ("nowhere", False, None, ["done"], {}):
            with self.subTest(hostile):
                setup.action_go_to(hostile)
                self.assertEqual(setup.step, "check")

    def test_domain_is_deleted_meanwhile(self):
        """By somebody else, or in another window: it begins anew."""
        for step in ("records", "check", "done"):
            for method in ("action_next", "action_back"):
                with self.subTest(step=step, method=method):
                    draft = self.env["mail.alias.domain"].create(
                        {"name": "globex.example", "active": False}
                    )
                    setup = self.env["mail.domain.setup"].create(
                        {"alias_domain_id": draft.id, "step": step}
                    )
                    draft.unlink()
                    setup.invalidate_recordset()
                    self.assertFalse(setup.cards)
                    setup.action_refresh()
                    self.assertEqual(setup.step, step)
                    getattr(setup, method)()
                    last = step == "done" and method == "action_next"
                    self.assertEqual(setup.step, step if last else "domain")
                    self.assertEqual(setup.domain_name, "globex.example")

    def test_records_are_made_anew_where_they_are_shown(self):
        setup = self._set_up()
        self._publish(setup)
        self._look_by_hand(self.domain)
        setup.action_refresh()
        self.assertFalse(setup.change_count)
        left = {card["state"] for card in setup.cards if not card["optional"]}
        self.assertFalse(left & {"add", "replace"})
        setup.action_next()
        records = setup.all_record_ids
        setup.action_refresh()
        self.assertEqual(setup.step, "check")
        self.assertEqual(setup.all_record_ids, records)

    def test_show_opens_the_checklist(self):
        self._check()
        settings = self.env["res.config.settings"].create({})
        for action in (
            self.domain.action_open_checks(),
            settings.action_open_domain_checks(),
        ):
            self.assertEqual(action["tag"], "mail_deliverability.checklist")
            self.assertEqual(action["context"], {"active_id": self.domain.id})
        action = self.domain.action_open_check_list()
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(rows, self.domain.auth_check_ids)
