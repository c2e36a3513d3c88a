# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from contextlib import contextmanager
from types import SimpleNamespace

from freezegun import freeze_time

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from odoo.tests import (
    BaseCase,
    Form,
    HttpCase,
    get_db_name,
    new_test_user,
    tagged,
)

from odoo.addons.mail.tools.discuss import Store

from ...models.optional import account_move_send
from ..axe import AxeMixin
from ..limit.test_mail_mail import LimitCase
from .suppressed_common import DAY, SuppressedMixin

DEAD = "p1@customer.example"


class HoldCase(SuppressedMixin, LimitCase):
    """A document with three followers; the address of the second one is dead."""

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        self.set_limit(50)
        self.partners = self.make_partners(3)
        self.record = self.env["res.partner"].create({"name": "Thread"})
        self.record.message_subscribe(self.partners.ids)
        self.suppress(DEAD, when=self.now)

    def post(self, **values):
        message = self.record.message_post(
            body="Hello",
            email_from="me@acme.example",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        self.env.flush_all()
        return message

    def notification(self, message, partner=None):
        return message.notification_ids.filtered(
            lambda one: one.res_partner_id == (partner or self.partners[1])
        )


@tagged("post_install", "-at_install")
class TestFollowers(HoldCase):
    def test_the_others_get_it(self):
        used = self.used()
        message = self.post()
        self.assertEqual(self.recipients(), ["p0", "p2"])
        self.assertEqual(self.used() - used, 2, "what is held back counts nowhere")
        self.assertEqual(self.in_flight(), 0)
        held = self.notification(message)
        self.assertEqual(held.notification_status, "exception")
        self.assertEqual(held.failure_type, "mail_email_invalid")
        self.assertEqual(held.refusal_category, "mailbox_unknown")
        self.assertIn(DEAD, held.held_reason)
        others = message.notification_ids - held
        self.assertEqual(set(others.mapped("notification_status")), {"sent"})
        self.assertFalse(any(others.mapped("held_reason")))

    def test_the_mail_survives(self):
        mail = self.notification(self.post()).mail_mail_id
        self.assertTrue(mail.auto_delete)
        self.assertEqual(mail.state, "exception")
        self.assertEqual(mail.recipient_ids, self.partners[1])
        self.assertEqual(mail.held_address_id, self.entry(DEAD))
        self.assertIn("Hello", mail.body_html)

    def test_nobody_else_is_left(self):
        self.record.message_unsubscribe((self.partners - self.partners[1]).ids)
        before = self.sink.sessions
        mail = self.notification(self.post()).mail_mail_id
        self.assertEqual(mail.state, "exception")
        self.assertEqual(self.sink.sessions, before, "no connection for nobody")

    def test_each_has_a_mail_of_his_own(self):
        self.suppress("p0@customer.example", when=self.now)
        message = self.post()
        self.assertEqual(self.recipients(), ["p2"])
        mails = message.notification_ids.mail_mail_id
        self.assertEqual(len(mails), 2)
        self.assertEqual([len(one.recipient_ids) for one in mails], [1, 1])
        self.notification(message).action_send_held()
        self.assertEqual(self.recipients(), ["p1", "p2"])

    def test_what_is_sent_by_hand_goes(self):
        self.post(partner_ids=self.partners[1].ids)
        self.assertEqual(self.recipients(), ["p0", "p1", "p2"])

    def test_what_is_no_notification_goes(self):
        """Invoices by email alone, codes, invitations, tests of mailings."""
        mail = self._make_mail(
            "me@acme.example", email_to=False, recipient_ids=self.partners[1].ids
        )
        mail.send()
        self._make_mail("me@acme.example", email_to=DEAD).send()
        self.assertEqual(self.recipients(), ["p1", "p1"])

    def test_whoever_waits_for_it(self):
        message = self.post()
        mail = self.notification(message).mail_mail_id
        mail.sudo().write({"state": "outgoing", "held_address_id": False})
        mail.send(raise_exception=True)
        self.assertEqual(self.recipients(), ["p0", "p1", "p2"])

    def test_switched_off(self):
        self.set_limit(0, "suppression")
        self.post()
        self.assertEqual(self.recipients(), ["p0", "p1", "p2"])

    def test_one_of_two_addresses(self):
        self.partners[1].email = f"{DEAD}, alive@customer.example"
        self.post()
        self.assertIn("alive", self.recipients())

    def test_a_mail_that_waits(self):
        """What is suppressed while it waits for the limit is held back as well."""
        self.entry(DEAD).action_release()
        self.set_limit(1)
        message = self.post()
        self.assertEqual(len(self.sink.deliveries), 1)
        self.sink.deliveries.clear()
        for partner in ("p0", "p1", "p2"):
            self.suppress(f"{partner}@customer.example", when=self.now)
            self.entry(f"{partner}@customer.example").last_refused_on = False
        self.set_limit(50)
        with self.next_day():
            self.process()
        self.assertFalse(self.sink.deliveries)
        self.env.invalidate_all()
        held = message.notification_ids.filtered("held_reason")
        self.assertEqual(len(held), 2)

    def test_the_one_try(self):
        later = self.now + 91 * DAY
        with freeze_time(later, tick=True):
            self.post()
            self.assertEqual(self.recipients(), ["p0", "p1", "p2"])
            self.sink.deliveries.clear()
            self.post()
            self.assertEqual(self.recipients(), ["p0", "p2"])

    def test_queries(self):
        """Where nothing is suppressed, sending asks nothing more."""
        self.addresses.search([]).unlink()
        self.env.registry.clear_cache()
        mails = self.make_mails(2)
        self.addresses._has_any()
        with self.assertQueryCount(0):
            self.assertFalse(mails.env["mail.suppressed.address"]._has_any())

    def test_forgotten_after_a_while(self):
        mail = self.notification(self.post()).mail_mail_id
        for days, expected in ((89, True), (91, False)):
            with freeze_time(fields.Datetime.now() + days * DAY):
                self.env["mail.mail"]._gc_held()
            self.assertEqual(bool(mail.exists()), expected)


@tagged("post_install", "-at_install")
class TestWhatCanBeDone(HoldCase):
    def setUp(self):
        super().setUp()
        self.message = self.post()
        self.held = self.notification(self.message)
        self.sink.deliveries.clear()

    def test_what_the_chatter_knows(self):
        data = Store().add(self.message.notification_ids).get_result()
        reasons = [one["held_reason"] for one in data["mail.notification"]]
        self.assertEqual(sorted(bool(one) for one in reasons), [False, False, True])

    def test_what_others_than_colleagues_know(self):
        """Whoever has written it may be a customer: nobody's address is told him."""
        customer = new_test_user(self.env, "customer", groups="base.group_portal")
        self.message.author_id = customer.partner_id
        self.held.author_id = customer.partner_id
        own = {
            name
            for name, field in self.env["mail.notification"]._fields.items()
            if field._module == "mail_deliverability"
        }
        self.assertIn("held_reason", own)
        held = self.held.with_user(customer)
        self.assertEqual(held.read(["notification_status"])[0]["id"], held.id)
        self.assertFalse(own & held.fields_get().keys())
        for name in own:
            with self.subTest(name), self.assertRaises(AccessError):
                held.read([name])
        for told in (
            str(Store(bus_channel=customer).add(held.sudo()).get_result()),
            str(held.read(["failure_reason", "failure_type"])),
            str(self.message.with_user(customer).read()),
            held.format_failure_reason(),
        ):
            self.assertNotIn("does not exist", told)
            self.assertFalse([name for name in own if name in told])
        told = Store(bus_channel=self.env.user).add(self.held.sudo()).get_result()
        self.assertIn("does not exist", str(told))

    def test_send_anyway(self):
        self.held.action_send_held()
        self.assertEqual(self.recipients(), ["p1"])
        self.assertEqual(self.held.notification_status, "sent")
        self.assertFalse(self.held.held_reason)
        self.assertFalse(self.held.refusal_category)
        self.assertTrue(self.entry(DEAD).active)
        with self.assertRaises(UserError):
            self.held.action_send_held()

    def test_retry(self):
        """The button of Odoo's list of emails."""
        self.held.mail_mail_id.action_retry()
        self.process()
        self.assertEqual(self.recipients(), ["p1"])

    def test_release(self):
        self.held.action_release_held()
        self.assertEqual(self.recipients(), ["p1"])
        self.assertFalse(self.entry(DEAD).active)
        self.post()
        self.assertEqual(self.recipients(), ["p0", "p1", "p1", "p2"])

    def correct(self, email, user=None):
        notification = self.held.with_user(user or self.env.user)
        dialogs = notification.env["mail.suppressed.correction"].with_context(
            default_notification_id=notification.id
        )
        with Form(dialogs) as form:
            self.assertEqual(form.email, DEAD)
            form.email = email
        form.save().action_correct()

    def test_correct_the_address(self):
        self.correct("Right@customer.example")
        self.assertEqual(self.partners[1].email, "right@customer.example")
        self.assertEqual(self.recipients(), ["right"])
        self.assertEqual(self.held.notification_status, "sent")

    def test_a_correction_that_is_none(self):
        for email in ("nobody", DEAD, DEAD.upper()):
            with self.subTest(email), self.assertRaises(UserError):
                self.correct(email)
        self.assertFalse(self.sink.deliveries)

    def test_rights(self):
        portal = new_test_user(self.env, "held_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.held.with_user(portal).action_send_held()
        employee = new_test_user(
            self.env,
            "held_employee",
            groups="base.group_user,base.group_partner_manager",
        )
        self.sink.deliveries.clear()  # what is sent to new users
        with self.assertRaises(AccessError):
            self.entry(DEAD).with_user(employee).action_release()
        with self.assertRaises(AccessError):
            self.entry(DEAD).with_user(employee).read(["email"])
        self.correct("right@customer.example", employee)
        self.assertEqual(self.recipients(), ["right"])

    def test_the_author(self):
        """Who has written it can do so, and nobody else who may not post there."""
        employee = new_test_user(self.env, "held_author", groups="base.group_user")
        self.sink.deliveries.clear()
        with self.assertRaises(AccessError):
            self.held.with_user(employee).action_release_held()
        self.message.author_id = employee.partner_id
        self.held.with_user(employee).action_release_held()
        self.assertEqual(self.recipients(), ["p1"])
        self.assertFalse(self.entry(DEAD).active)

    def test_who_may_not_see_the_document(self):
        employee = new_test_user(self.env, "held_stranger", groups="base.group_user")
        self.env["ir.rule"].create(
            {
                "name": "nobody's",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", self.record.id)],
            }
        )
        notification = self.held.with_user(employee)
        with self.assertRaises(AccessError):
            notification.action_release_held()
        with self.assertRaises(AccessError):
            self.correct("right@customer.example", employee)
        self.assertTrue(self.entry(DEAD).active)


@tagged("post_install", "-at_install")
class TestComposer(HoldCase):
    def compose(self, partners):
        return self.env["mail.compose.message"].create(
            {
                "model": "res.partner",
                "res_ids": self.record.ids,
                "partner_ids": partners.ids,
                "body": "<p>Hello</p>",
                "subject": "Hello",
                "email_from": "me@acme.example",
            }
        )

    def test_a_line(self):
        """What composers say before it is sent, by what the web client asks."""
        emails = self.partners.mapped("email_formatted")
        warn = self.addresses.get_warning
        self.assertFalse(warn(emails[:1]))
        self.assertIn(f"goes to {DEAD} all the same", warn(emails))
        with self.assertQueryCount(1):
            warn(emails * 100)
        for nothing in ([], ["", "nobody", False, None, ["x"], "a" * 9999]):
            self.assertFalse(warn(nothing))
        self.suppress("p0@customer.example", when=self.now)
        self.assertIn("2 addresses", warn(emails))
        self.assertIn(f"(p0@customer.example, {DEAD})", warn(emails))
        self.entry("p0@customer.example").action_release()
        composer = self.compose(self.partners)
        composer.action_send_mail()
        self.assertEqual(self.recipients(), ["p0", "p1", "p2"])

    def test_a_batch_of_invoices(self):
        """By a wizard that names nobody; account is not needed for it."""
        documents = self.env["res.users"].create(
            [{"login": one.name, "partner_id": one.id} for one in self.partners]
        )
        data = {one: {"sending_methods": {"email"}} for one in documents}
        data[documents[0]] = {"sending_methods": {"manual"}}
        wrap = account_move_send.WRAPPERS["account.move.send", "_get_alerts"]
        get_alerts = wrap(lambda *_: {"other": {}})
        wizard = SimpleNamespace(_name=account_move_send.BATCH_WIZARD, env=self.env)
        alerts = get_alerts(wizard, documents, data)
        self.assertIn(DEAD, alerts.pop("mail_deliverability_suppressed")["message"])
        self.assertEqual(alerts, {"other": {}})
        data[documents[1]] = data[documents[0]]
        self.assertEqual(get_alerts(wizard, documents, data), {"other": {}})
        wizard._name = "account.move.send.wizard"  # its field says it
        self.assertEqual(get_alerts(wizard, documents, data), {"other": {}})

    def test_many_by_hand(self):
        """What a person sends to many records goes, if it is no mailing."""
        composer = self.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "model": "res.partner",
                "res_ids": self.partners.ids,
                "body": "<p>Hello</p>",
                "subject": "Hello",
                "email_from": "me@acme.example",
            }
        )
        composer.action_send_mail()
        self.process()
        self.assertEqual(self.recipients(), ["p0", "p1", "p2"])

    def test_settings(self):
        for value in (False, True):
            settings = self.env["res.config.settings"].create(
                {"mail_suppression": value}
            )
            settings.execute()
            self.assertEqual(self.addresses._is_on(), value)


@tagged("post_install", "-at_install")
class TestTwoWorkers(SuppressedMixin, BaseCase):
    """Two workers about one address, each in a transaction of its own."""

    EMAIL = "worker@customer.example"

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.worker() as env:
            entries = env["mail.suppressed.address"].with_context(active_test=False)
            entries.search([("email", "=", self.EMAIL)]).unlink()
            env["mail.refusal"].search([("recipient", "=", self.EMAIL)]).unlink()
        self.registry.clear_cache()

    @contextmanager
    def worker(self):
        """Yield the environment of a worker, whose transaction is committed."""
        with self.registry.cursor() as cr:
            self.env = api.Environment(cr, SUPERUSER_ID, {})
            yield self.env

    def note(self, env, when):
        self.env = env
        self.refuse(self.EMAIL, when)

    def test_one_address_is_noted_once(self):
        now = fields.Datetime.now()
        with self.worker() as first, self.worker() as second:
            first.cr.execute("SELECT")
            second.cr.execute("SELECT 1")  # its snapshot
            self.note(first, now - 2 * DAY)
            first.cr.commit()
            self.note(second, now - 2 * DAY)
            second.cr.commit()
        with self.worker():
            self.assertEqual(len(self.entry(self.EMAIL)), 1)
            self.assertFalse(self.entry(self.EMAIL).active)

    def test_who_has_the_lock(self):
        now = fields.Datetime.now()
        with self.worker() as env:
            self.note(env, now - 2 * DAY)
        with self.worker() as first, self.worker() as second:
            self.note(first, now)
            self.note(second, now)
        with self.worker():
            self.assertTrue(self.entry(self.EMAIL).active)
            self.assertEqual(len(self.entry(self.EMAIL).refusal_ids), 2)

    def test_one_of_them_tries(self):
        now = fields.Datetime.now()
        with self.worker() as env:
            self.note(env, now - 100 * DAY)
            self.note(env, now - 92 * DAY)
        with self.worker() as first, self.worker() as second, self.worker() as late:
            for env in (first, second, late):
                env.cr.execute("SELECT 1")
            held = [
                env["mail.suppressed.address"]._find_held([self.EMAIL])[0]
                for env in (first, second)
            ]
            self.assertEqual([bool(one) for one in held], [False, True])
            first.cr.commit()
            entries = late["mail.suppressed.address"]
            self.assertTrue(entries._find_held([self.EMAIL])[0])


@tagged("post_install", "-at_install")
class TestSuppressedTour(SuppressedMixin, AxeMixin, HttpCase):
    def test_tour(self):
        """From the chatter to the right address; release the other one."""
        dead, gone = "dead@customer.example", "gone@customer.example"
        self.suppress(dead, gone, when=fields.Datetime.now())
        partner = self.env["res.partner"].create({"name": "Ada", "email": dead})
        record = self.env["res.partner"].create({"name": "A document", "email": gone})
        record.message_subscribe(partner.ids)
        admin = self.env.ref("base.user_admin")
        message = record.with_user(admin).message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        held = message.notification_ids.filtered("held_reason")
        self.assertEqual(held.res_partner_id, partner)
        self.start_tour(
            f"/odoo/res.partner/{record.id}",
            "mail_suppressed",
            login="admin",
            timeout=180,
        )
        self.assertEqual(partner.email, "right@customer.example")
        self.assertEqual(self.entry(dead).state, "released")
