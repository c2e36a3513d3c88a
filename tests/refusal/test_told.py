# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said of a refusal, to whom, and where it leads."""

from odoo.tests import BaseCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tools.discuss import Store

from ...mailauth.refusal.advice import ADVICE
from ...mailauth.refusal.result import BLAMES, CATEGORIES
from ...mailauth.refusal.rules import PROVIDERS
from ...models.refusal import texts, values
from ..smtp_sink import SmtpSink

# (answer, who acts, a part of the sentence, the link's place)
TOLD = [
    (
        "550-5.7.26 Your email has been blocked because the sender is unauthenticated. "
        "Gmail requires all senders to authenticate with either SPF or DKIM. gsmtp",
        "administrator",
        "Gmail did not take this email:",
        texts.DOMAIN,
    ),
    ("550 5.1.1 User unknown", "you", "there is no such address", None),
    ("552 5.2.2 Mailbox full", "recipient", "the mailbox is full", None),
    ("552 5.3.4 Message too big", "you", "the email is too large", None),
    ("535 5.7.8 Authentication failed", "administrator", "password", texts.SERVER),
    (
        "550 5.4.5 Daily sending quota exceeded",
        "administrator",
        "too much",
        texts.LIMIT,
    ),
    ("451 4.3.0 Temporary lookup failure", "nobody", "trouble", None),
    ("550 Go away", "administrator", "not clear", None),
]


class TestTexts(BaseCase):
    """Whatever the core finds has words."""

    def test_all_categories_and_blames(self):
        self.assertEqual([code for code, _name in values.CATEGORIES], list(CATEGORIES))
        self.assertEqual([code for code, _name in values.BLAMES], list(BLAMES))
        self.assertEqual(set(texts.REASONS), set(CATEGORIES))
        self.assertEqual(set(texts.ACTOR_OF_BLAME), set(BLAMES))

    def test_only_what_there_is(self):
        for table in (
            texts.REASONS_BY_ADVICE,
            texts.ACTOR_OF_ADVICE,
            texts.PLACES_BY_ADVICE,
        ):
            self.assertLessEqual(set(table), {*ADVICE, texts.OWN_LIMIT})
        for table in (texts.ACTOR_OF_CATEGORY, texts.ACTS_OF_CATEGORY, texts.PLACES):
            self.assertLessEqual(set(table), set(CATEGORIES))

    def test_each_rule_has_a_reason_and_somebody_who_acts(self):
        for provider in PROVIDERS.values():
            for rule in provider.rules:
                reason = texts.get_reason(rule.category, rule.advice)
                actor = texts.get_actor(rule.category, rule.blame, rule.advice)
                self.assertTrue(reason)
                self.assertIn(actor, texts.ACTORS)
                self.assertTrue(texts.get_act(rule.category, actor, rule.advice))

    def test_our_own_setup_is_never_for_the_recipient_to_mend(self):
        """But where a receiver has to let us in, which only they can ask for."""
        for category in CATEGORIES:
            for advice in set(ADVICE) - {"ask_receiver"}:
                actor = texts.get_actor(category, "our_setup", advice)
                if category != "mailbox_unknown":
                    self.assertEqual(actor, texts.ADMINISTRATOR, (category, advice))


@tagged("-at_install", "post_install")
class TestTold(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "acme.example"})
        cls.env["res.company"].search([]).alias_domain_id = cls.domain
        cls.admin = new_test_user(cls.env, "told_admin", groups="base.group_system")
        cls.user = new_test_user(cls.env, "told_user", groups="base.group_user")
        cls.server = cls.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "smtp.relay.example"}
        )
        cls.partner = cls.env["res.partner"].create(
            {"name": "Jo", "email": "jo@customer.example"}
        )

    def post(self):
        """Return a message of the user's to the partner, whose mail is still here."""
        return self.partner.message_post(
            author_id=self.user.partner_id.id,
            body="Hello",
            force_send=False,
            mail_auto_delete=False,
            partner_ids=self.partner.ids,
        )

    def make_failed(self, reason, failure_type="unknown"):
        """Return the mail of a chatter's message that has failed."""
        message = self.post()
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.mail_server_id = self.server
        mail.write(
            {
                "state": "exception",
                "failure_reason": reason,
                "failure_type": failure_type,
            }
        )
        mail._postprocess_sent_message(
            [], [], failure_reason=reason, failure_type=failure_type
        )
        return mail

    def tell(self, mail, reader):
        return mail.mail_message_id.notification_ids._tell_refusal(reader)

    def test_each_kind(self):
        for answer, actor, words, place in TOLD:
            with self.subTest(answer):
                mail = self.make_failed(answer)
                told = self.tell(mail, self.admin)
                self.assertIn(words, told["sentence"])
                self.assertEqual(told["actor"], str(texts.ACTORS[actor]))
                self.assertTrue(told["act"])
                link = told["link"]
                text = str(texts.LINKS[place]) if place else False
                self.assertEqual(link and link["text"], text)
                self.assertEqual(mail.failure_reason, answer)
                self.assertEqual(mail.failure_type, "unknown")
                self.assertEqual(
                    mail.mail_message_id.notification_ids.failure_reason, answer
                )

    def test_links_are_for_those_who_may_follow(self):
        mail = self.make_failed("535 5.7.8 Authentication failed")
        told = self.tell(mail, self.user)
        self.assertFalse(told["link"])
        self.assertEqual(told["act"], "Your administrator has to act.")
        told = self.tell(mail, self.admin)
        self.assertEqual(told["link"]["url"], f"/odoo/ir.mail_server/{self.server.id}")
        self.assertNotIn("Your administrator", told["act"])

    def test_no_link_to_the_domain_of_another_company(self):
        other = self.env["res.company"].create(
            {"name": "Other", "alias_domain_id": False}
        )
        other.alias_domain_id = False
        stranger = new_test_user(
            self.env,
            "told_stranger",
            groups="base.group_system",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        mail = self.make_failed(TOLD[0][0])
        self.assertIn(str(self.domain.id), self.tell(mail, self.admin)["link"]["url"])
        self.assertFalse(self.tell(mail, stranger)["link"])

    def test_the_web_client(self):
        """It gets the words in the language of who will read them."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.admin.lang = "de_DE"
        mail = self.make_failed("550 5.1.1 User unknown")
        notification = mail.mail_message_id.notification_ids
        for reader in (self.user, self.admin):
            store = Store(bus_channel=reader).add(notification)
            [data] = store.get_result()["mail.notification"]
            self.assertEqual(data["refusal"], self.tell(mail, reader))
        notification.sudo().write({"notification_status": "sent"})
        [data] = Store().add(notification).get_result()["mail.notification"]
        self.assertIs(data["refusal"], False)

    def test_format_failure_reason(self):
        mail = self.make_failed("550 5.1.1 User unknown")
        reason = mail.mail_message_id.notification_ids.format_failure_reason()
        self.assertEqual(
            reason,
            "customer.example did not take this email: there is no such address. "
            "Correct the address and send it again.",
        )

    def test_what_odoo_says_well_stays(self):
        for failure_type in ("mail_email_invalid", "mail_from_missing"):
            mail = self.make_failed("550 5.1.1 User unknown", failure_type)
            self.assertFalse(mail.refusal_category)
            notification = mail.mail_message_id.notification_ids
            known = dict(notification._fields["failure_type"].selection)
            self.assertEqual(notification.format_failure_reason(), known[failure_type])

    def test_what_is_no_answer_of_a_server(self):
        mail = self.make_failed("The daily limit is reached.")
        self.assertFalse(mail.refusal_category)
        self.assertIn(
            "The daily limit is reached.",
            mail.mail_message_id.notification_ids.format_failure_reason(),
        )

    def test_what_does_not_fit_into_the_daily_limit(self):
        """It leads to the limit that is used up, and to no server's answer."""
        mail = self.make_failed("550 5.1.1 User unknown")
        mail.action_retry()
        mail._fail_over_limit("This email was not sent. It has 9 recipients.")
        told = self.tell(mail, self.user)
        self.assertIn(
            "not sent: it does not fit into the daily limit", told["sentence"]
        )
        self.assertIn("Write to fewer people", told["act"])
        self.assertFalse(told["link"])
        self.assertIn(str(self.server.id), self.tell(mail, self.admin)["link"]["url"])
        mail.mail_server_id = False
        link = self.tell(mail, self.admin)["link"]
        self.assertEqual(link["url"], "/odoo/settings#daily_limit_setting")

    def test_the_page_of_the_mail(self):
        mail = self.make_failed("535 5.7.8 <b>x</b>").with_user(self.admin)
        self.assertIn("user or password is wrong", mail.refusal_explanation)
        self.assertIn(
            f'href="/odoo/ir.mail_server/{self.server.id}"',
            str(mail.refusal_explanation),
        )
        self.assertNotIn("<b>x</b>", mail.refusal_explanation)

    def test_forgotten_when_it_goes(self):
        mail = self.make_failed("550 5.1.1 User unknown")
        mail.action_retry()
        self.assertFalse(mail.refusal_category)
        mail = self.make_failed("550 5.1.1 User unknown")
        mail.write({"state": "sent"})
        mail._postprocess_sent_message([self.partner], [])
        self.assertFalse(mail.refusal_advice)
        self.assertFalse(mail.mail_message_id.notification_ids.refusal_category)

    def test_a_copy_was_not_refused(self):
        mail = self.make_failed("550 5.1.1 User unknown")
        self.assertFalse(mail.copy().refusal_category)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_over_smtp(self):
        """What a real server answers to a message of the chatter."""
        with SmtpSink() as sink:
            self.server.write(
                {"smtp_host": sink.host, "smtp_port": sink.port, "sequence": 0}
            )
            sink.data_reply = "552 5.3.4 Message size exceeds fixed limit"
            message = self.post()
            mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
            mail.mail_server_id = self.server
            self.patch(
                type(self.env["ir.mail_server"]), "_disable_send", lambda _self: False
            )
            mail.send()
        self.assertEqual(mail.state, "exception")
        self.assertEqual(mail.refusal_category, "size")
        self.assertEqual(message.notification_ids.refusal_blame, "our_message")
