# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.limit.budget import DailyLimitError
from ...models.limit.send_class import (
    ACCOUNT,
    BULK,
    CODE,
    PEOPLE,
    PUBLIC,
    Demand,
    Limit,
    Usage,
    count_room,
    find_room,
)
from ...models.limit.send_mark import SendMark, mark_users
from ...models.tools.carrier import Carried, carried, carry
from .test_mail_mail import MAIL_LOGGER, LimitCase
from .test_mail_send_counter import NOON, CounterCase

VISITOR = Demand(PEOPLE, visitor=True)
LARGE = Demand(PEOPLE, visitor=True, large=True)
CUSTOMER = Demand(CODE, visitor=True)
RESET = Demand(PUBLIC, urgent=True)

# (what, server id, used so far, who asks, (where from, room) of one recipient)
# The database: 200, newsletters leave 20, visitors have 40, urgent 30 beside it.
# A server: 100, newsletters leave 10, visitors have 20, urgent 10 kept free inside.
ROOMS = (
    ("people, a fresh day", 0, Usage(), Demand(PEOPLE), ("limit", 200)),
    ("newsletters", 0, Usage(), Demand(BULK), ("limit", 180)),
    ("visitors' mails: a half", 0, Usage(), VISITOR, ("limit", 100)),
    ("half of what others left", 0, Usage(used=50), VISITOR, ("limit", 75)),
    ("visitors have used theirs", 0, Usage(100, visitors=100), VISITOR, ("limit", 0)),
    ("others leave less", 0, Usage(150, visitors=75), VISITOR, ("limit", -13)),
    ("people after visitors", 0, Usage(100, visitors=100), Demand(), ("limit", 100)),
    ("public", 0, Usage(), Demand(PUBLIC), ("limit", 40)),
    ("public, in part", 0, Usage(30, public=30), Demand(PUBLIC), ("limit", 10)),
    ("public, used up", 0, Usage(40, public=40), Demand(PUBLIC), ("limit", 0)),
    ("public, no limit left", 0, Usage(used=200), Demand(PUBLIC), ("limit", 0)),
    ("a reset of a colleague", 0, Usage(40, public=40), RESET, ("urgent", 30)),
    ("an account, room left", 0, Usage(used=199), Demand(ACCOUNT), ("limit", 1)),
    ("an account", 0, Usage(used=200), Demand(ACCOUNT), ("urgent", 30)),
    ("urgent, in part", 0, Usage(220, urgent=20), Demand(ACCOUNT), ("urgent", 10)),
    ("urgent, used up", 0, Usage(230, urgent=30), Demand(ACCOUNT), ("limit", 0)),
    ("a code, room left", 0, Usage(used=199), Demand(CODE), ("limit", 1)),
    ("a code", 0, Usage(used=200), Demand(CODE), ("codes", None)),
    ("a customer's code", 0, Usage(100), CUSTOMER, ("limit", 50)),
    ("it, half used", 0, Usage(100, visitors=100), CUSTOMER, ("codes", 40)),
    ("it, all used", 0, Usage(140, 0, 40, 0, 100), CUSTOMER, ("limit", 0)),
    ("a large message", 0, Usage(used=50), LARGE, ("limit", 150)),
    ("a second one", 0, Usage(150, visitors=101), LARGE, ("limit", 0)),
    ("codes count outside", 0, Usage(300, codes=150), Demand(), ("limit", 50)),
    ("people at a server", 7, Usage(), Demand(PEOPLE), ("limit", 90)),
    ("newsletters at a server", 7, Usage(), Demand(BULK), ("limit", 80)),
    ("visitors at a server", 7, Usage(), VISITOR, ("limit", 45)),
    ("public at a server", 7, Usage(), Demand(PUBLIC), ("limit", 20)),
    ("public, full server", 7, Usage(used=90), Demand(PUBLIC), ("limit", 0)),
    ("a colleague, full server", 7, Usage(used=90), RESET, ("limit", 0)),
    ("a colleague, public used up", 7, Usage(20, public=20), RESET, ("urgent", 70)),
    ("an account at a server", 7, Usage(used=90), Demand(ACCOUNT), ("limit", 10)),
    ("a code at a server", 7, Usage(used=90), Demand(CODE), ("limit", 10)),
    ("a code, nothing left", 7, Usage(used=100), Demand(CODE), ("limit", 0)),
    ("no limit", 0, Usage(used=9999), Demand(BULK), ("limit", None)),
)


def make_limits(server_id, demand, total=None):
    sizes = {0: (200, 20, 40, 30), 7: (100, 10, 20, 10)}
    total_, *others = sizes[server_id]
    total = total_ if total is None else total
    return (Limit(server_id, "", total, *others, demand=demand),)


class TestRooms(BaseCase):
    def test_room_of_each_class(self):
        for name, server_id, usage, demand, expected in ROOMS:
            with self.subTest(name):
                total = 0 if name == "no limit" else None
                limits = make_limits(server_id, demand, total)
                found = find_room(limits, {server_id: usage}, 1)
                self.assertEqual(found, expected)

    def test_a_server_bounds_what_the_database_lets_go(self):
        cases = (
            (Demand(CODE), Usage(used=98), ("codes", 2)),
            (Demand(ACCOUNT), Usage(used=98), ("urgent", 2)),
            (Demand(CODE), Usage(used=100), ("limit", 0)),
        )
        for demand, used, expected in cases:
            with self.subTest(demand):
                limits = (*make_limits(0, demand), *make_limits(7, demand))
                usage = {0: Usage(used=200), 7: used}
                self.assertEqual(find_room(limits, usage, 1), expected)

    def test_all_that_there_is(self):
        cases = (
            (0, Demand(ACCOUNT), Usage(used=190), 40),
            (0, Demand(ACCOUNT), Usage(230, urgent=30), 0),
            (0, Demand(PUBLIC), Usage(30, public=30), 10),
            (0, RESET, Usage(30, public=30), 40),
            (0, Demand(CODE), Usage(used=200), None),
            (7, Demand(ACCOUNT), Usage(used=95), 5),
            (7, RESET, Usage(used=85), 5),
        )
        for server_id, demand, usage, expected in cases:
            with self.subTest(server_id=server_id, demand=demand, usage=usage):
                limits = make_limits(server_id, demand)
                self.assertEqual(count_room(limits, {server_id: usage}), expected)

    def test_ceilings(self):
        cases = ((PEOPLE, 200), (BULK, 180), (PUBLIC, 40), (ACCOUNT, 200), (CODE, None))
        for send_class, ceiling in cases:
            with self.subTest(send_class):
                (limit,) = make_limits(0, Demand(send_class))
                self.assertEqual(limit.ceiling, ceiling)


@tagged("post_install", "-at_install")
class TestLedgerOfClasses(CounterCase):
    def reserve(self, want, demand, least=1, kept=None):
        (limit,) = make_limits(0, demand)
        with self.counter._open_ledger() as ledger:
            reservation = ledger.reserve(NOON, want, (limit,), least)
            ledger.settle(reservation, reservation.granted if kept is None else kept)
        self.counter.invalidate_model()
        return reservation.granted

    def counts(self):
        row = self.row()
        return row.sent, row.urgent, row.codes, row.public, row.visitors, row.bulk

    def test_each_class_takes_from_its_own(self):
        steps = (
            # who, wanted, at least, granted, counts afterwards
            (Demand(PUBLIC), 50, 1, 40, (40, 0, 0, 40, 0, 0)),
            (Demand(PUBLIC), 1, 1, 0, (40, 0, 0, 40, 0, 0)),
            (VISITOR, 500, 1, 80, (120, 0, 0, 40, 80, 0)),
            (VISITOR, 1, 1, 0, (120, 0, 0, 40, 80, 0)),
            (Demand(BULK), 500, 1, 60, (180, 0, 0, 40, 80, 60)),
            (Demand(PEOPLE), 500, 1, 20, (200, 0, 0, 40, 80, 60)),
            (Demand(ACCOUNT), 2, 2, 2, (202, 2, 0, 40, 80, 60)),
            (RESET, 1, 1, 1, (203, 3, 0, 40, 80, 60)),
            (Demand(CODE), 9, 9, 9, (212, 3, 9, 40, 80, 60)),
            (Demand(ACCOUNT), 28, 28, 0, (212, 3, 9, 40, 80, 60)),
            (Demand(ACCOUNT), 27, 27, 27, (239, 30, 9, 40, 80, 60)),
            (Demand(PEOPLE), 1, 1, 0, (239, 30, 9, 40, 80, 60)),
        )
        for demand, want, least, granted, counts in steps:
            with self.subTest(demand=demand, want=want):
                self.assertEqual(self.reserve(want, demand, least), granted)
                self.assertEqual(self.counts(), counts)

    def test_what_did_not_leave_is_given_back(self):
        self.reserve(200, Demand(PEOPLE))
        for demand in (Demand(ACCOUNT), Demand(CODE)):
            self.assertEqual(self.reserve(2, demand, 2, kept=0), 2)
        self.assertEqual(self.counts(), (200, 0, 0, 0, 0, 0))

    def test_a_change_of_the_hour_keeps_what_was_used(self):
        for demand in (Demand(PUBLIC), VISITOR):
            self.reserve(10, demand)
        self.reserve(180, Demand(PEOPLE))
        self.reserve(5, Demand(ACCOUNT))
        self.set_hour(11)
        self.assertEqual(self.reserve(1, Demand(PEOPLE)), 0)
        row = self.row()
        self.assertEqual((row.urgent, row.public, row.visitors), (5, 10, 10))


class Parcel(Carried):
    KEY = "mail_deliverability_parcel"


@tagged("post_install", "-at_install")
class TestCarrier(LimitCase):
    def test_only_our_objects_count(self):
        parcel = Parcel()
        self.assertIs(carried(carry(self.env.user, parcel).env, Parcel), parcel)
        for value in (1, "x", True, None, [], {}, {"KEY": 1}, -1, "code", [[0]]):
            with self.subTest(value=value):
                env = self.env.user.with_context(**{Parcel.KEY: value}).env
                self.assertIsNone(carried(env, Parcel))

    def test_each_call_has_its_own(self):
        """Also where two objects would be equal by value."""

        class Listed(Parcel, list):
            pass

        first, second = Listed(), Listed()
        carry(self.env.user, first)
        self.assertIs(carried(carry(self.env.user, second).env, Parcel), second)


@tagged("post_install", "-at_install")
class TestSendClass(LimitCase):
    """Who makes a mail decides its class."""

    def setUp(self):
        super().setUp()
        self.user = new_test_user(
            self.env(context={"no_reset_password": True}),
            "colleague",
            email="colleague@acme.example",
        ).with_env(self.env)
        self.public_user = self.env.ref("base.public_user")
        self.company.email = "info@acme.example"

    def make(self, env=None, **values):
        mails = (env or self.env)["mail.mail"].sudo()
        values = {"email_to": "colleague@acme.example", **values}
        return mails.create({"subject": "S", "body_html": "<p>B</p>", **values})

    def test_values_and_defaults_do_not_decide(self):
        wanted = {"send_class": "code", "uses_urgent": True}
        defaults = {f"default_{name}": value for name, value in wanted.items()}
        mails = (
            self.make(**wanted),
            self.make(self.env(context=defaults)),
            self.make(self.env(context={SendMark.KEY: "code"})),
            self.make(self.env(context={SendMark.KEY: {"send_class": "code"}})),
        )
        for mail in mails:
            self.assertEqual((mail.send_class, mail.uses_urgent), ("people", False))
        admin = self.env.ref("base.user_admin")
        mails[0].with_user(admin).write(wanted)
        self.assertEqual(mails[0].send_class, "people")

    def test_a_template_called_by_an_employee_decides_nothing(self):
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body_html": "<p>B</p>",
                "email_to": "colleague@acme.example",
            }
        )
        mail_id = template.with_user(self.user).send_mail(
            self.user.partner_id.id,
            email_values={"send_class": "code", "uses_urgent": True},
        )
        mail = self.env["mail.mail"].browse(mail_id)
        self.assertEqual((mail.send_class, mail.uses_urgent), ("people", False))

    def test_a_mark_counts_for_its_recipients_only(self):
        partner = self.user.partner_id
        other = self.make_partners(1)
        cases = (
            ({}, "code"),
            ({"email_to": "Colleague <COLLEAGUE@acme.example>"}, "code"),
            ({"email_to": False, "recipient_ids": partner.ids}, "code"),
            ({"email_cc": "other@acme.example"}, "people"),
            ({"email_to": "colleague@acme.example, x@acme.example"}, "people"),
            ({"recipient_ids": other.ids}, "people"),
            ({"email_to": False}, "people"),
        )
        env = carry(self.env.user, mark_users(CODE, self.user)).env
        for values, expected in cases:
            with self.subTest(values):
                self.assertEqual(self.make(env, **values).send_class, expected)

    def test_copies_keep_the_class(self):
        mail = self.make()
        mail.write({"send_class": "account", "uses_urgent": True})
        copy = mail.with_user(self.user).sudo().copy({"subject": "C"})
        self.assertEqual((copy.send_class, copy.uses_urgent), ("account", True))

    def test_who_causes_a_mail(self):
        customer = new_test_user(
            self.env(context={"no_reset_password": True}),
            "customer",
            groups="base.group_portal",
        )
        cases = (
            (self.user, False),
            (self.public_user, True),
            (customer, True),
            (self.env.user, False),
        )
        for user, visitor in cases:
            with self.subTest(user.login):
                mail = self.make(self.env(user=user))
                self.assertEqual(mail.by_visitor, visitor)

    def test_visitors_use_half_and_colleagues_the_rest(self):
        self.set_limit(10)
        env = self.env(user=self.public_user)
        mails = [self.make(env, email_to=f"v{n}@x.example") for n in range(8)]
        self.process()
        self.assertEqual(len(self.sink.deliveries), 5)
        self.assertIn("half of what others leave", mails[7].postponed_reason)
        self.make_mails(5)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 10)
        with self.next_day():
            self.process()
        self.assertEqual(len(self.sink.deliveries), 13)

    def test_a_visitors_large_message_is_not_lost(self):
        """It goes where nothing else of theirs did, and counts as theirs."""
        self.set_limit(10)
        env = self.env(user=self.public_user)
        to = ", ".join(f"a{n}@x.example" for n in range(8))
        large, second = (self.make(env, email_to=to) for _time in range(2))
        small = self.make(env, email_to="v@x.example")
        self.process()
        self.assertEqual((large.state, small.state), ("sent", "outgoing"))
        row = self.env["mail.send.counter"].search([("server_id", "=", 0)])
        self.assertEqual((row.sent, row.visitors), (8, 8))
        with self.next_day():
            self.process()
        self.assertEqual(second.state, "sent")

    @mute_logger(MAIL_LOGGER)
    def test_codes_go_and_accounts_have_a_reserve(self):
        self.set_limit(1, "daily_limit_urgent")
        self.make_mails(5)
        self.process()
        cases = (
            ({"send_class": "code"}, True),
            ({"send_class": "account", "uses_urgent": True}, True),
            ({"send_class": "account", "uses_urgent": True}, False),
            ({"send_class": "public"}, False),
            ({"send_class": "code"}, True),
        )
        for values, leaves in cases:
            with self.subTest(values):
                before = len(self.sink.deliveries)
                mail = self.make(auto_delete=False)
                mail.write(values)
                mail.send()
                self.assertEqual(mail.state, "sent" if leaves else "exception")
                self.assertEqual(len(self.sink.deliveries) - before, int(leaves))
        row = self.env["mail.send.counter"].search([("server_id", "=", 0)])
        self.assertEqual((row.sent, row.urgent, row.codes), (8, 1, 2))

    @mute_logger(MAIL_LOGGER)
    def test_what_fails_in_the_queue_holds_nobody_up(self):
        self.set_limit(10)
        self.book(PUBLIC, 2)
        late = self.make(auto_delete=False)
        late.send_class = "public"
        behind = self.make_mails(1)
        self.process()
        self.assertEqual((late.state, behind.state), ("exception", "sent"))

    def book(self, send_class, count):
        limits = self.env["ir.mail_server"]._get_send_limits(Demand(send_class))
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            reservation = ledger.reserve(self.env.cr.now(), count, limits)
            ledger.settle(reservation, reservation.granted)

    @mute_logger(MAIL_LOGGER)
    def test_a_servers_limit_is_never_exceeded(self):
        self.set_limit(0)
        self.server.daily_limit = 20  # two of them are kept free
        self.make_mails(19)
        self.process()
        self.assertEqual(len(self.sink.deliveries), 18)
        results = []
        for send_class in ("code", "account", "code"):
            mail = self.make(auto_delete=False)
            mail.send_class = send_class
            mail.send()
            results.append(mail.state)
        self.assertEqual(results, ["sent", "sent", "exception"])
        self.assertEqual(self.server.sent_today, 20)

    @mute_logger(MAIL_LOGGER)
    def test_one_without_room_undoes_no_other(self):
        """*Send Now* on several: an exception would undo what tells that they left."""
        self.set_limit(10)
        self.book(PUBLIC, 2)
        mails = self.make(auto_delete=False) | self.make_mails(2)
        mails[0].send_class = "public"
        mails.send()
        self.assertEqual(mails.mapped("state"), ["exception", "sent", "sent"])

    def test_a_marked_call_loses_nothing(self):
        """Odoo undoes what it writes there: what has no room fails, and is told of."""
        self.make_mails(5)
        self.process()
        env = carry(self.env.user, mark_users(ACCOUNT, self.user)).env
        mail = self.make(env, email_cc="another@acme.example")
        with self.assertRaises(DailyLimitError):
            mail.send()

    def test_a_user_with_two_addresses(self):
        self.user.email = "colleague@acme.example, Home <home@acme.example>"
        env = carry(self.env.user, mark_users(CODE, self.user)).env
        mail = self.make(env, email_to=self.user.email)
        self.assertEqual(mail.send_class, "code")

    def test_the_alarm_of_a_server_that_keeps_some_free(self):
        self.set_limit(0)
        self.server.daily_limit = 20
        self.make_mails(19)
        self.process()
        subject = f"daily_limit:{self.server.id}:100"
        self.process()
        alarms = self.env["mail.activity"].search([("alarm_subject", "=", subject)])
        self.assertTrue(alarms)

    def test_administrators_are_told_of_visitors_once(self):
        self.set_limit(10)
        self.book(PUBLIC, 2)
        self.process()
        self.process()
        alarms = self.env["mail.activity"].search(
            [("alarm_subject", "=", "daily_limit:0:public")]
        )
        admins = self.env["mail.deliverability.alarm"]._get_administrators(None)
        self.assertEqual(len(alarms), len(admins))
        self.assertIn("2 of the 10", str(alarms[0].note))
        with self.next_day():
            self.process()
        self.assertFalse(alarms.filtered("active"))
