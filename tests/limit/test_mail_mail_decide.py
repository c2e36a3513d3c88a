# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What becomes of mails is decided before there is a connection."""

from unittest.mock import patch

from aiosmtpd.smtp import AuthResult

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.mail.models.mail_mail import MailMail as OdooMail

from ...models.limit.budget import DailyLimitError
from ..common import SmtpSink
from .test_mail_mail import MAIL_LOGGER, LimitCase


@tagged("post_install", "-at_install")
class TestBeforeTheConnection(LimitCase):
    def make_sized(self, count, size, first=0):
        """Make mails of one SMTP message each, with so many recipients."""
        return self.env["mail.mail"].create(
            [
                {
                    "email_from": "me@acme.example",
                    "email_to": ", ".join(
                        f"x{n}-{part}@customer.example" for part in range(size)
                    ),
                    "subject": f"{n}",
                    "body_html": "<p>Body</p>",
                }
                for n in range(first, first + count)
            ]
        )

    def use_up(self, count=5):
        self.make_mails(count, first=900)
        self.process()
        self.assertEqual(self.used(), count)
        self.sink.sessions = 0
        self.sink.deliveries.clear()

    def count_triggers(self):
        return self.env["ir.cron.trigger"].search_count([])

    def assert_waiting(self, mails):
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self.assertEqual(set(mails.mapped("waiting_kind")), {"limit"})

    def test_a_used_up_limit_opens_no_session(self):
        self.use_up()
        mails = self.make_mails(3)
        self.process()
        mails.send()
        self.assertEqual(self.sink.sessions, 0)
        self.assert_waiting(mails)

    def test_nor_where_nothing_listens(self):
        self.use_up()
        with SmtpSink() as sink:
            port = sink.port
        self.server.smtp_port = port
        mails = self.make_mails(3)
        self.process()
        self.assert_waiting(mails)
        with self.next_day():
            self.process()
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self.assertEqual(set(mails.mapped("waiting_kind")), {"server"})

    def test_many_that_are_larger_than_the_room(self):
        self.use_up(2)
        mails = self.make_sized(300, 4)
        before = self.count_triggers()
        self.process()
        self.assert_waiting(mails)
        self.assertEqual(self.sink.sessions, 0)
        # The one that wakes the queue at the reset.
        self.assertLessEqual(self.count_triggers() - before, 1)
        self.process()
        self.assertEqual(self.sink.sessions, 0)
        self.assertEqual(set(mails.mapped("waiting_attempt")), {1})

    def test_small_ones_among_large_ones(self):
        self.use_up(2)
        large = self.make_sized(20, 4)
        small = self.make_sized(2, 1, first=20)
        late = self.make_sized(20, 2, first=22)
        self.process()
        self.assertEqual(set(small.mapped("state")), {"sent"})
        self.assert_waiting(large | late)
        self.assertEqual((self.sink.sessions, self.used()), (1, 4))

    def test_a_session_is_for_as_many_mails_as_odoo_says(self):
        """Though each of them is locked, and sent, by itself."""
        for limit in (0, 100):
            self.set_limit(limit)
            for size, sessions in (("3", 4), ("0", 1)):
                parameters = self.env["ir.config_parameter"]
                parameters.set_param("mail.session.batch.size", size)
                self.sink.sessions = 0
                mails = self.make_mails(10)
                self.process()
                with self.subTest(limit=limit, size=size):
                    self.assertEqual(set(mails.mapped("state")), {"sent"})
                    self.assertEqual(self.sink.sessions, sessions)

    def test_each_group_by_what_those_before_it_have_taken(self):
        self._make_server("globex.example", sequence=20)
        mails = self.make_mails(5)
        others = self.make_mails(3, first=5)
        others.email_from = "you@globex.example"
        (mails | others).send()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assert_waiting(others)
        self.assertEqual(self.sink.sessions, 1)

    def test_a_part_goes(self):
        self.use_up(3)
        partners = self.make_partners(4)
        mail = self._make_mail(
            "me@acme.example", email_to=False, recipient_ids=partners.ids
        )
        rest = self.make_mails(2)
        (mail | rest).send()
        self.assertEqual(self.recipients(), ["p0", "p1"])
        self.assert_waiting(mail | rest)
        self.assertEqual(mail.recipient_ids, partners[2:])

    def test_people_come_before_bulk(self):
        self.use_up(3)
        bulk = self.make_mails(2, send_class="bulk")
        people = self.make_mails(2, first=2)
        (bulk | people).send()
        self.assertEqual(set(people.mapped("state")), {"sent"})
        self.assert_waiting(bulk)

    def test_what_somebody_waits_for_fails_at_once(self):
        self.set_limit(0, "daily_limit_urgent")
        self.use_up()
        mail = self.make_mails(1, send_class="account")
        mail.send()
        self.assertEqual((mail.state, self.sink.sessions), ("exception", 0))
        self.assertIn("Daily limit", mail.failure_reason)

    def test_what_no_day_has_room_for_fails_at_once(self):
        mail = self.make_sized(1, 6)
        mail.send()
        self.assertEqual((mail.state, self.sink.sessions), ("exception", 0))

    def test_odoo_may_refuse_first(self):
        """Where Odoo sends nothing through a server, waiting would change nothing."""
        self.use_up()
        self.server.active = False
        archived = self.make_mails(1, mail_server_id=self.server.id)
        with mute_logger(MAIL_LOGGER):
            archived.send()
        self.assertEqual(archived.state, "exception")
        self.assertFalse(archived.waiting_kind)
        user = new_test_user(self.env, "owner")
        personal = self._make_server("me@acme.example", owner_user_id=user.id)
        self.assertFalse(archived._get_bounds(personal.id))
        self.assertFalse(archived._get_bounds(self.server.id))
        self.assertTrue(archived._get_bounds(False))

    def test_personal_servers_have_rules_of_their_own(self):
        """Odoo's allowance for each minute is for what leaves."""
        sink = self.enterContext(
            SmtpSink(
                authenticator=lambda *_: AuthResult(success=True),
                auth_require_tls=False,
            )
        )
        email = "owner@acme.example"
        user = new_test_user(self.env, "owner", email=email)
        server = self._make_server(
            email, owner_user_id=user.id, smtp_host=sink.host, smtp_port=sink.port,
            smtp_user=email, smtp_pass="secret",
        )  # fmt: skip
        self.use_up()
        mails = self.env["mail.mail"].with_user(user).sudo().create(
            [
                {
                    "email_from": email,
                    "email_to": f"own{n}@customer.example",
                    "mail_server_id": server.id,
                }
                for n in range(2)
            ]
        )  # fmt: skip
        mails.send()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual((len(sink.deliveries), server.owner_limit_count), (2, 2))
        self.assertEqual((self.used(), self.used(server.id)), (5, 2))

    def test_a_deleted_mail_holds_no_other_up(self):
        mails = self.make_mails(3)
        groups = list(mails._split_by_mail_configuration())
        mails[1].unlink()
        with patch.object(
            OdooMail, "_split_by_mail_configuration", lambda _mails: iter(groups)
        ):
            mails.send()
        self.assertEqual(self.recipients(), ["to0", "to2"])

    def test_no_other_send_sees_what_waits(self):
        """As OCA's mail_show_follower, which changes the body of what it sees."""
        seen, send = [], OdooMail._send

        def note(mails, *args, **kwargs):
            seen.extend(mails.ids)
            return send(mails, *args, **kwargs)

        self.use_up(3)
        mails = self.make_mails(4)
        with patch.object(OdooMail, "_send", note):
            mails.send()
        self.assertEqual(seen, mails[:2].ids)

    def test_the_queue_hears_of_all(self):
        """What waits is done for now: else the scheduled action would run on and on."""
        heard = []
        mails = self.make_mails(8)
        mails.send(post_send_callback=heard.extend)
        self.assertEqual(sorted(heard), mails.ids)


@tagged("post_install", "-at_install")
class TestOtherWays(LimitCase):
    """Callers of ``_send``, and sessions that ``send`` knows nothing of."""

    def connect(self):
        session = self.env["ir.mail_server"]._connect__(
            mail_server_id=self.server.id, smtp_from="me@acme.example"
        )
        self.addCleanup(session.quit)
        return session

    def test_a_session_of_the_caller(self):
        mails = self.make_mails(7)
        mails._send(smtp_session=self.connect(), mail_server=self.server)
        self.assertEqual(self.recipients(), [f"to{n}" for n in range(5)])
        self.assertEqual(set(mails[5:].mapped("waiting_kind")), {"limit"})
        self.assertEqual((self.used(), self.in_flight()), (5, 0))

    def test_a_session_of_the_caller_who_wants_to_know(self):
        mails = self.make_mails(7)
        with self.assertRaises(DailyLimitError):
            mails._send(
                smtp_session=self.connect(),
                mail_server=self.server,
                raise_exception=True,
            )
        self.assertFalse(self.sink.deliveries)
        self.assertEqual((self.used(), self.in_flight()), (0, 0))
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})

    def test_no_session(self):
        partners = self.make_partners(3)
        mails = self.make_mails(4)
        last = self._make_mail(
            "me@acme.example", email_to=False, recipient_ids=partners.ids
        )
        (mails | last)._send()
        self.assertEqual(self.recipients(), ["p0", *(f"to{n}" for n in range(4))])
        self.assertEqual((last.state, last.waiting_kind), ("outgoing", "limit"))
        self.assertEqual((self.used(), self.in_flight()), (5, 0))

    def test_another_session_inside(self):
        """A module lets each message leave through a session of its own."""
        server = self.env["ir.mail_server"]
        send_email = type(server).send_email

        def send_apart(servers, message, **options):
            options["smtp_session"] = None
            return send_email(servers, message, **options)

        mails = self.make_mails(5)
        with patch.object(type(server), "send_email", send_apart):
            mails.send()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual((self.used(), self.in_flight()), (5, 0))


@tagged("post_install", "-at_install")
class TestAllOrNone(LimitCase):
    def setUp(self):
        super().setUp()
        self.other = self._make_server(
            "globex.example", smtp_host="localhost", sequence=20
        )

    def send(self, mails):
        """Send them for somebody who wants to know, and return the error.

        Odoo's ``assertRaises`` would undo what was written before it.
        """
        try:
            mails.send(raise_exception=True)
        except MailDeliveryException as error:
            return error
        return None

    def assert_nothing_happened(self, mails, used=0):
        self.assertFalse(self.sink.deliveries)
        self.assertEqual(self.sink.sessions, 0)
        self.assertEqual((self.used(), self.in_flight()), (used, 0))
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self.assertFalse(any(mails.mapped("waiting_kind")))

    def test_one_group(self):
        mails = self.make_mails(6)
        self.assertRegex(str(self.send(mails)), "6 recipients, more than the 5 that")
        self.assert_nothing_happened(mails)
        self.set_limit(6)
        mails.send(raise_exception=True)
        self.assertEqual(self.recipients(), [f"to{n}" for n in range(6)])
        self.assertEqual((self.used(), self.in_flight()), (6, 0))

    def test_how_many_fit(self):
        self.make_mails(2, first=10).send()
        self.sink.deliveries.clear()
        self.sink.sessions = 0
        mails = self.make_mails(4)
        self.assertRegex(str(self.send(mails)), "together: 4; left of .*: 3 ")
        self.assert_nothing_happened(mails, used=2)

    def test_several_groups(self):
        """Each has its own server and limits; the second one's has no room."""
        self.set_limit(50)
        self.other.daily_limit = 2
        mails = self.make_mails(4)
        others = self.make_mails(3, first=4)
        others.email_from = "you@globex.example"
        both = mails | others
        self.assertIsInstance(self.send(both), DailyLimitError)
        self.assert_nothing_happened(both)
        self.assertEqual(self.used(self.other.id), 0)
        self.other.daily_limit = 3
        both.send(raise_exception=True)
        self.assertEqual(len(self.sink.deliveries), 7)
        self.assertEqual(self.used(), 7)
        self.assertEqual(self.used(self.other.id), 3)
        self.assertEqual(self.in_flight(), 0)

    def test_several_classes(self):
        self.set_limit(30, "daily_limit_urgent")
        people = self.make_mails(4)
        accounts = self.make_mails(3, first=4, send_class="account")
        bulk = self.make_mails(2, first=7, send_class="bulk")
        (people | accounts).send(raise_exception=True)
        self.assertEqual((self.used(), self.in_flight()), (7, 0))
        self.assertIsInstance(self.send(bulk), DailyLimitError)

    def test_the_urgent_reserve_takes_the_rest(self):
        self.set_limit(5, "daily_limit_urgent")
        accounts = self.make_mails(9, send_class="account")
        accounts.send(raise_exception=True)
        self.assertEqual((self.used(), self.in_flight()), (9, 0))

    def test_no_connection(self):
        """What is reserved is given back on every way out."""
        with SmtpSink() as sink:
            port = sink.port
        self.server.smtp_port = port
        mails = self.make_mails(3)
        self.assertIsInstance(self.send(mails), MailDeliveryException)
        self.assert_nothing_happened(mails)

    def test_an_error_on_the_way(self):
        mails = self.make_mails(3)
        self.sink.refused_recipients.add("to1@customer.example")
        self.addCleanup(self.sink.refused_recipients.clear)
        with mute_logger(MAIL_LOGGER):
            error = self.send(mails)
        self.assertIsInstance(error, MailDeliveryException)
        self.assertEqual((self.used(), self.in_flight()), (1, 0))

    def test_a_mail_too_big_for_any_day(self):
        """All of its recipients are named, not those of its largest message."""
        many = ", ".join(f"x{n}@customer.example" for n in range(4))
        partners = self.make_partners(3)
        mail = self._make_mail(
            "me@acme.example", email_to=many, recipient_ids=partners.ids
        )
        self.assertRegex(str(self.send(mail)), "7 recipients, more than the 5 that")
        self.assert_nothing_happened(mail)

    def test_a_batch_by_template(self):
        self.make_mails(5).send()
        self.sink.sessions = 0
        partners = self.make_partners(2)
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "email_from": "me@acme.example",
                "email_to": "{{ object.email }}",
                "subject": "S",
            }
        )
        with self.assertRaises(DailyLimitError):
            template.send_mail_batch(
                partners.ids, force_send=True, raise_exception=True
            )
        self.assertEqual(self.sink.sessions, 0)

    def test_invitations_to_a_channel(self):
        """Odoo would ask to check the configuration."""
        channel = self.env["discuss.channel"]._create_channel("General", None)
        emails = [f"guest{n}@customer.example" for n in range(6)]
        with self.assertRaisesRegex(UserError, "recipients"):
            channel.invite_by_email(emails)
        self.assertFalse(self.sink.deliveries)
        channel.invite_by_email(emails[:5])
        self.assertEqual(len(self.sink.deliveries), 5)
