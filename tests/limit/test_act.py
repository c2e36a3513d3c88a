# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from types import SimpleNamespace
from unittest.mock import patch

from odoo import modules
from odoo.tests import BaseCase, tagged

from ...models.limit import mail_mail
from ...models.limit.act import CACHE, get_act, list_recipients
from ...models.limit.send_mark import SendMark, note_call
from .test_mail_mail import LimitCase


class TestActs(BaseCase):
    def test_recipients(self):
        cases = (
            ({}, set()),
            ({"email_to": "A@acme.example, b@acme.example"}, 2),
            ({"email_to": "a@acme.example", "email_cc": "A@ACME.example"}, 1),
            (
                {
                    "email_to": '"Doe, Jane" <j@acme.example>',
                    "email_cc": "J@acme.example",
                },
                1,
            ),
            ({"recipient_ids": [(4, 7), (4, 8, 0)]}, 2),
            ({"recipient_ids": [(6, 0, [7, 8, 9])], "email_to": False}, 3),
            ({"recipient_ids": [5, 6]}, 2),
        )
        for vals, expected in cases:
            with self.subTest(vals):
                self.assertEqual(len(list_recipients(vals)), expected or 0)

    def test_what_is_one_act(self):
        cr, message, other = SimpleNamespace(cache={}), object(), object()
        lead = get_act(cr, {"model": "crm.lead"}, None)
        self.assertIs(get_act(cr, {"model": "crm.lead"}, None), lead)
        others = (
            ({"model": "res.partner"}, None),
            ({}, None),
            ({"model": "crm.lead", "mail_message_id": 5}, None),
            ({"model": "crm.lead", "mail_message_id": 6}, None),
            ({"model": "crm.lead"}, message),
            ({"model": "crm.lead"}, other),
        )
        acts = [get_act(cr, vals, inbound) for vals, inbound in others]
        self.assertEqual(len({lead, *acts}), len(others) + 1)
        self.assertIs(get_act(cr, *others[-1]), acts[-1])

    def test_each_test_is_one_by_itself(self):
        """The tests of a class share a cursor."""
        cr, vals = SimpleNamespace(cache={}), {"model": "crm.lead"}
        before = get_act(cr, vals, None)
        self.assertIs(get_act(cr, vals, None), before)
        with patch.object(modules.module, "current_test", object()):
            self.assertIsNot(get_act(cr, vals, None), before)


class ActCase(LimitCase):
    def setUp(self):
        super().setUp()
        self.begin(most=3)

    def begin(self, most):
        """Begin another act: a test is one transaction."""
        self.set_limit(most, "bulk_recipients")
        self.env.cr.cache.pop(CACHE, None)

    def classes(self, mails):
        mails.invalidate_recordset(["send_class"])
        return mails.mapped("send_class")

    def find(self, subject):
        return self.env["mail.mail"].search([("subject", "=", subject)], order="id")

    def compose(self, partners, mode="mass_mail", **values):
        composer = self.env["mail.compose.message"].with_context(
            default_composition_mode=mode,
            default_model="res.partner",
            default_res_ids=partners.ids,
        )
        values = {"subject": "News", "body": "<p>News</p>", **values}
        composer.create({"email_from": "me@acme.example", **values})._action_send_mail()


@tagged("post_install", "-at_install")
class TestBulkByNumber(ActCase):
    def test_what_is_made_one_by_one(self):
        """As a survey invites: what was made before is bulk, too."""
        mails = self.make_mails(3)
        self.assertEqual(self.classes(mails), ["people"] * 3)
        mails |= self.make_mails(2, first=3)
        self.assertEqual(self.classes(mails), ["bulk"] * 5)

    def test_the_same_recipient_is_one(self):
        mails = self.make_mails(3)
        mails |= self.make_mails(3)
        self.assertEqual(self.classes(mails), ["people"] * 6)

    def test_what_is_made_at_once(self):
        values = {"email_from": "me@acme.example", "subject": "S", "model": "res.users"}
        mails = self.env["mail.mail"].create(
            [{**values, "email_to": f"to{n}@customer.example"} for n in range(4)]
        )
        self.assertEqual(self.classes(mails), ["bulk"] * 4)

    def test_documents_never_are(self):
        self.assertIn("event.registration", mail_mail.DOCUMENTS)
        with patch.object(mail_mail, "DOCUMENTS", {"res.partner"}):
            documents = self.make_mails(5, model="res.partner")
            others = self.make_mails(5, model="res.users")
        self.assertEqual(self.classes(documents), ["people"] * 5)
        self.assertEqual(self.classes(others), ["bulk"] * 5)

    def test_what_has_left_stays(self):
        mails = self.make_mails(3)
        mails[0].send()
        mails |= self.make_mails(1, first=3)
        self.assertEqual(self.classes(mails), ["people"] + ["bulk"] * 3)

    def test_never_by_number(self):
        self.begin(most=0)
        self.assertEqual(self.classes(self.make_mails(9)), ["people"] * 9)

    def test_a_composer_is_not_by_itself(self):
        self.compose(self.make_partners(3))
        self.assertEqual(self.classes(self.find("News")), ["people"] * 3)

    def test_a_composer_tells_the_number_before_its_first_batch(self):
        self.env["ir.config_parameter"].set_param("mail.batch_size", "2")
        self.compose(self.make_partners(4), auto_delete=False, force_send=True)
        mails = self.find("News")
        self.assertEqual(self.classes(mails), ["bulk"] * 4)
        self.assertEqual(len(self.sink.deliveries), self.used())
        self.assertLess(self.used(), 4)  # the pace, at noon

    def test_a_template_tells_the_number_before_its_first_batch(self):
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "subject": "Template",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body_html": "<p>B</p>",
                "partner_to": "{{ object.id }}",
            }
        )
        self.env["ir.config_parameter"].set_param("mail.batch_size", "2")
        template.send_mail_batch(self.make_partners(4).ids)
        self.assertEqual(self.classes(self.find("Template")), ["bulk"] * 4)
        self.begin(most=3)
        for partner in self.make_partners(4):
            template.send_mail(partner.id)
        self.assertEqual(self.classes(self.find("Template")[4:]), ["bulk"] * 4)

    def test_what_is_known_beforehand_costs_nothing(self):
        values = {"email_from": "me@acme.example", "subject": "Cost"}
        counts = []
        for most in (0, 3, 0, 3):
            self.begin(most)
            mails = note_call(self.env["mail.mail"], act_size=6)
            before = self.env.cr.sql_log_count
            for model in ("res.users", "res.partner"):
                made = [{**values, "model": model} for _number in range(3)]
                mails.create(made)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[2], counts[3])
        expected = [*["people"] * 6, *["bulk"] * 6] * 2
        self.assertEqual(self.classes(self.find("Cost")), expected)

    def test_a_post_by_its_followers(self):
        for count, send_class in ((3, "people"), (4, "bulk")):
            record = self.env["res.partner"].create({"name": "Thread"})
            record.message_subscribe(self.make_partners(count).ids)
            message = record.message_post(
                body="Hello", subtype_xmlid="mail.mt_comment", message_type="comment"
            )
            mails = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
            with self.subTest(count=count):
                self.assertEqual(set(self.classes(mails)) or {send_class}, {send_class})

    def test_each_post_is_an_act(self):
        record = self.env["res.partner"].create({"name": "Thread"})
        for partner in self.make_partners(6):
            message = record.message_notify(
                body="Hello", subject="Note", partner_ids=partner.ids
            )
            self.assertTrue(message)
        self.assertNotIn("bulk", self.classes(self.find("Note")))

    def test_messages_that_a_composer_posts_are_one(self):
        self.set_limit(1)
        self.make_mails(1).send()
        partners = self.make_partners(4)
        for partner in partners:
            partner.message_subscribe(partner.ids)
        self.compose(partners, mode="comment")
        mails = self.env["mail.mail"].search([("model", "=", "res.partner")])
        self.assertTrue(mails)
        self.assertEqual(set(self.classes(mails)), {"bulk"})

    def test_a_size_counts_as_an_object_only(self):
        context = {SendMark.KEY: {"act_size": 1000}}
        mail = self.env["mail.mail"].with_context(**context).create({"subject": "S"})
        self.assertEqual(mail.send_class, "people")
        sized = note_call(self.env["mail.mail"], act_size=1000)
        sized = sized.create({"subject": "S"})
        self.assertEqual(sized.send_class, "bulk")


@tagged("-standard", "with_mail_group", "post_install", "-at_install")
class TestDiscussionGroup(ActCase):
    def test_a_message_to_its_members(self):
        """Its mails are made in batches, of one message."""
        self.env["ir.config_parameter"].set_param("mail.session.batch.size", "2")
        group = self.env["mail.group"].create(
            {"name": "Group", "access_mode": "public"}
        )
        for number in range(5):
            group._join_group(f"member{number}@customer.example")
        message = self.env["mail.group.message"].create(
            {
                "mail_group_id": group.id,
                "subject": "To all",
                "body": "<p>Hello</p>",
                "email_from": "me@acme.example",
                "moderation_status": "accepted",
            }
        )
        group._notify_members(message)
        mails = self.find("To all")
        self.assertEqual(self.classes(mails), ["bulk"] * 5)
