# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the audit says of mass mailings is what leaves: mass_mailing has to be there."""

from odoo.tests import tagged

from ...mailauth.mailbox import decode_words
from ..people.people_common import PeopleCase, make_user

RECIPIENT = "reader@customer.example"
LIST, CONTACT, CONTACT_OF_GLOBEX = range(3)
# The sender, where answers go (None: to the documents), to whom, by the second server.
MAILINGS = [
    ("own@acme.example", "own@acme.example", LIST, False),
    ('"News, Daily" <news@acme.example>', "answers@yahoo.example", LIST, False),
    ("anna@yahoo.example", "anna@yahoo.example", LIST, False),
    ("anna@yahoo.example", None, CONTACT, False),
    ("anna@yahoo.example", None, CONTACT_OF_GLOBEX, False),
    ("sales@globex.example", "sales@globex.example", LIST, True),
    ("own@acme.example", None, CONTACT, True),
    ("own@acme.example", "own@acme.example", CONTACT_OF_GLOBEX, False),
    ("grace@friendly.example", None, CONTACT, False),
    ("grace@friendly.example", False, LIST, True),
    ("not an address", "own@acme.example", LIST, False),
]


@tagged("post_install", "-at_install", "-standard", "with_mass_mailing")
class TestMailingSenders(PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mailing.mailing"].search([]).state = "done"
        cls.readers = cls.env["mailing.list"].create({"name": "Readers"})
        cls.env["mailing.contact"].create(
            {"name": "Reader", "email": RECIPIENT, "list_ids": cls.readers.ids}
        )
        cls.contacts = cls.env["res.partner"].create(
            [
                {"name": "Reader", "email": RECIPIENT, "company_id": company.id}
                for company in (cls.env["res.company"], cls.company_2)
            ]
        )
        cls.users = [
            make_user(
                cls.env,
                f"marketer{number}",
                email=f"marketer{number}@acme.example",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                groups="base.group_user,mass_mailing.group_mass_mailing_user",
            )
            for number, company in enumerate(cls.companies)
        ]

    def _prepare_audience(self, audience):
        """Return the values of a mailing that say whom it goes to."""
        model, field, record = "mailing.list", "list_ids", self.readers
        if audience != LIST:
            model, field = "res.partner", "id"
            record = self.contacts[audience == CONTACT_OF_GLOBEX]
        return {
            "contact_list_ids": record.ids if audience == LIST else [],
            "mailing_domain": str([(field, "in", record.ids)]),
            "mailing_model_id": self.env["ir.model"]._get_id(model),
        }

    def _make_mailings(self):
        """Make each mailing for a user of each company."""
        return self.env["mailing.mailing"].create(
            [
                {
                    "body_html": "<p>News</p>",
                    "email_from": email_from,
                    "mail_server_id": is_second and self.server_2.id,
                    "reply_to": reply_to,
                    "reply_to_mode": "update" if reply_to is None else "new",
                    "subject": f"{user.login} {number}",
                    "user_id": user.id,
                    **self._prepare_audience(audience),
                }
                for number, (email_from, reply_to, audience, is_second) in enumerate(
                    MAILINGS
                )
                for user in self.users
            ]
        )

    def test_same_as_sent(self):
        """For each mailing what leaves has in From, Reply-To and the envelope."""
        mailings = self._make_mailings()
        self._audit()
        rows = {one: self._row(one._name, one) for one in mailings}
        self.sink.deliveries.clear()
        mailings.action_launch()
        self.env.flush_all()
        self.env.ref("mass_mailing.ir_cron_mass_mailing_queue").method_direct_trigger()
        self.env["mail.mail"].process_email_queue()
        deliveries = {one.message["Subject"]: one for one in self.sink.deliveries}
        outcomes = set()
        for mailing, row in rows.items():
            delivery = deliveries.get(mailing.subject)
            if row.outcome == "refused":
                self.assertIsNone(delivery)
                continue
            message = delivery.message
            sent = [
                decode_words(message["From"]),
                decode_words(message["Reply-To"] or ""),
                delivery.mail_from,
                message["X-Original-From"] is not None or not row.domain,
            ]
            is_replaced = row.outcome == "encapsulated"
            told = [row.sent_as, row.reply_to or "", row.envelope_from, is_replaced]
            with self.subTest(mailing.subject, email=mailing.email_from):
                self.assertEqual(told, sent)
            outcomes.add(row.outcome)
        self.assertEqual(len(deliveries), len(mailings))
        self.assertGreaterEqual(
            outcomes, {"authenticated", "encapsulated", "unauthenticated"}
        )

    def test_each_recipient(self):
        """What differs from one recipient to the next is not told, nor what is odd."""
        each, odd = self._make_mailings()[:2]
        each.email_from = "{{ object.email }}"
        odd.mailing_domain = "[('no_such_field', '=', 1)]"
        self._audit()
        row = self._row(each._name, each)
        self.assertEqual((row.outcome, row.reason), ("depends", "record_each"))
        self.assertEqual(self._row(odd._name, odd).outcome, "authenticated")
