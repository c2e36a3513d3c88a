# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.limit import mail_reset_attempt
from ...models.limit.send_class import PEOPLE, PUBLIC, Demand
from ...models.limit.send_mark import SendMark
from ...models.optional import res_users
from ...models.tools.carrier import carried
from ..limit.test_mail_mail import MAIL_LOGGER, LimitCase

METHODS = {name for _model, name in res_users.WRAPPERS}
BOSS = "base.group_user,base.group_erp_manager,base.group_partner_manager"


class AccountCase(LimitCase):
    """A colleague and a customer with logins; the daily limit of five is used up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        silent = cls.env(context={"no_reset_password": True})
        cls.user, cls.customer, cls.admin = (
            new_test_user(
                silent, login, groups=groups, email=f"{login}@customer.example"
            ).with_env(cls.env)
            for login, groups in (
                ("resetter", "base.group_user"),
                ("customer", "base.group_portal"),
                ("boss", BOSS),
            )
        )

    def setUp(self):
        super().setUp()
        self.company.email = "info@acme.example"
        self.make_mails(5)
        self.process()
        self.sink.deliveries.clear()

    def visitor(self):
        public = self.env.ref("base.public_user")
        return self.env["res.users"].with_user(public).sudo()

    def use_up(self, send_class=PUBLIC):
        limits = self.env["ir.mail_server"]._get_send_limits(Demand(send_class))
        with self.env["mail.send.counter"]._open_ledger() as ledger:
            reservation = ledger.reserve(fields.Datetime.now(), 1000, limits)
            ledger.settle(reservation, reservation.granted)


@tagged("post_install", "-at_install")
class TestMro(LimitCase):
    def test_ours_stand_outside_theirs(self):
        """Each override comes before the method that makes the mail."""
        cases = (
            ("res.users", "reset_password", "auth_signup"),
            ("res.users", "action_reset_password", "auth_signup"),
            ("res.users", "_action_reset_password", "auth_signup"),
            ("res.users", "_send_totp_mail_code", "auth_totp_mail"),
            ("mail.thread", "_routing_create_bounce_email", "mail"),
            ("mail.thread", "message_process", "mail"),
            ("mail.template", "send_mail_batch", "mail"),
            ("mail.mail", "create", "mail"),
        )
        for model, method, module in cases:
            with self.subTest(method):
                self.assertIn(module, self.env.registry._init_modules)
                having = [
                    vars(base)[method].__module__.split(".")[2]
                    for base in type(self.env[model]).mro()
                    if method in vars(base)
                    and vars(base)[method].__module__.startswith("odoo.addons.")
                ]
                ours = having.index("mail_deliverability")
                self.assertLess(ours, having.index(module))

    def test_whichever_is_loaded_later(self):
        """A module that was loaded after us, whose methods don't call ours."""
        calls = []

        def make_theirs(name):
            def theirs(self, *_args, **_options):
                calls.append((name, bool(carried(self.env, SendMark))))

            theirs.__module__ = "odoo.addons.zzz.models.res_users"
            return theirs

        with self.hooked_around({name: make_theirs(name) for name in METHODS}):
            user = self.env.user
            user.reset_password("nobody")
            user.action_reset_password()
            user._action_reset_password()
            user._send_totp_mail_code()
        expected = [
            ("reset_password", False),  # an administrator asks
            ("action_reset_password", False),
            ("_action_reset_password", True),
            ("_send_totp_mail_code", True),
        ]
        self.assertEqual(calls, expected)

    def test_put_on_once_and_taken_off(self):
        users = self.env["res.users"]
        cls = type(users)
        before = {name: vars(cls)[name] for name in METHODS}
        users._register_hook()
        self.assertEqual({n: vars(cls)[n] for n in METHODS}, before)
        with self.hooked_around({}):
            self.assertEqual(METHODS & set(vars(cls)), set(before))
        users._unregister_hook()
        self.assertFalse(METHODS & set(vars(cls)))
        users._register_hook()
        self.assertEqual(METHODS & set(vars(cls)), set(before))

    def test_what_is_not_installed_is_not_made(self):
        wrap = res_users.WRAPPERS["res.users", "reset_password"]
        around = {("res.users", "not_installed"): wrap}
        with patch.dict(res_users.WRAPPERS, around), self.hooked_around({}):
            self.assertFalse(hasattr(self.env["res.users"], "not_installed"))

    @contextmanager
    def hooked_around(self, methods):
        """Put our overrides around methods that another module would bring."""
        users = self.env["res.users"]
        cls = type(users)
        users._unregister_hook()
        try:
            for name, method in methods.items():
                setattr(cls, name, method)
            users._register_hook()
            yield
        finally:
            users._unregister_hook()
            for name in set(methods) & set(vars(cls)):
                delattr(cls, name)
            users._register_hook()


@tagged("post_install", "-at_install")
class TestAccounts(AccountCase):
    def test_an_administrators_reset_uses_the_reserve(self):
        self.user.with_user(self.admin).action_reset_password()
        self.assertEqual(self._last().rcpt_tos, ("resetter@customer.example",))

    def test_an_administrator_is_never_paused(self):
        users = self.env["res.users"].with_user(self.admin)
        for _time in range(3):
            users.reset_password("resetter")
        self.assertEqual(len(self.sink.deliveries), 3)

    def test_without_a_reserve_our_text_is_shown(self):
        self.set_limit(0, "daily_limit_urgent")
        with self.assertRaisesRegex(UserError, "Daily limit reached"):
            self.user.with_user(self.admin).action_reset_password()

    def test_a_user_is_created_and_invited(self):
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=False)
            .create({"name": "New", "login": "new", "email": "new@customer.example"})
        )
        self.assertTrue(user.exists())
        self.assertEqual(self._last().rcpt_tos, ("new@customer.example",))

    def create_user(self, *logins):
        users = self.env["res.users"].with_user(self.admin)
        return users.with_context(no_reset_password=False).create(
            [
                {
                    "name": name.title(),
                    "login": name,
                    "email": f"{name}@customer.example",
                }
                for name in logins
            ]
        )

    def test_the_creator_is_told_where_there_is_no_room(self):
        """Odoo keeps the user, cancels the link, and says nothing."""
        self.set_limit(0, "daily_limit_urgent")
        with self.assertLogs("odoo.addons.mail_deliverability", "WARNING"):
            user = self.create_user("new")
        self.assertTrue(user.exists())
        self.assertFalse(self.sink.deliveries)
        self.env.cr.precommit.run()
        row = self.env["bus.bus"].sudo().search([], order="id desc", limit=1)
        self.assertIn(f'"res.partner",{self.admin.partner_id.id}', row.channel)
        for text in ("No invitation was sent", "New", "Daily limit reached", "sticky"):
            self.assertIn(text, row.message)

    def test_users_by_their_addresses_all_or_none(self):
        self.set_limit(2, "daily_limit_urgent")
        users = self.env["res.users"].with_user(self.admin)
        emails = [f"new{n}@customer.example" for n in range(3)]
        with self.assertRaisesRegex(UserError, "no room for 3 emails"):
            users.web_create_users(emails)
        self.assertFalse(users.search([("login", "in", emails)]))
        self.assertFalse(self.sink.deliveries)
        users.web_create_users(emails[:2])
        self.assertEqual(len(self.sink.deliveries), 2)
        self.set_limit(0, "daily_limit_urgent")
        with self.assertRaisesRegex(UserError, "no room for this email"):
            users.web_create_users(emails[2:])

    def test_the_portals_invitation(self):
        """It uses the reserve; without one nobody gets access, and the caller knows."""
        template = self.env.ref("auth_signup.portal_set_password_email")
        template = template.with_user(self.admin)
        values = {"email_to": self.customer.email, "recipient_ids": []}
        template.send_mail(self.customer.id, force_send=True, email_values=values)
        self.assertEqual(len(self.sink.deliveries), 1)
        self.set_limit(0, "daily_limit_urgent")
        with self.assertRaisesRegex(UserError, "Daily limit reached"):
            template.send_mail(self.customer.id, force_send=True, email_values=values)

    def test_all_invitations_or_none(self):
        """An exception undoes the links in the mails that have left before it."""
        self.set_limit(2, "daily_limit_urgent")
        three = self.user | self.customer | self.admin
        with self.assertRaisesRegex(UserError, "no room for 3"):
            three.with_user(self.admin).action_reset_password()
        self.assertFalse(self.sink.deliveries)
        three[:2].with_user(self.admin).action_reset_password()
        self.assertEqual(len(self.sink.deliveries), 2)

    def test_templates_about_accounts(self):
        public = self.env.ref("base.public_user")
        portal, signed_up, other = (
            "auth_signup.portal_set_password_email",
            "auth_signup.mail_template_user_signup_account_created",
            "auth_totp_mail.mail_template_totp_mail_code",
        )
        cases = (
            (portal, self.admin, "account"),
            (portal, self.user, None),
            (portal, public, "public"),
            (signed_up, public, "public"),
            (signed_up, self.user, "public"),
            (other, self.user, None),
        )
        for name, user, expected in cases:
            with self.subTest(name, user=user.login):
                template = self.env.ref(name).with_user(user).sudo(user == public)
                self.assertEqual(template._get_send_class(), expected)

    def test_a_template_marks_its_mails(self):
        template = self.env.ref("auth_signup.portal_set_password_email")
        mail_id = template.send_mail(
            self.customer.id,
            email_values={"email_to": self.customer.email, "recipient_ids": []},
        )
        mail = self.env["mail.mail"].browse(mail_id)
        self.assertEqual((mail.send_class, mail.uses_urgent), ("account", True))


@tagged("post_install", "-at_install")
class TestVisitorsReset(AccountCase):
    def test_the_public_budget(self):
        """One of five recipients, used up here by mails of colleagues."""
        with self.assertRaisesRegex(UserError, r"try again after \d") as caught:
            self.visitor().reset_password("customer")
        self.assertNotIn("limit", str(caught.exception).lower())
        self.assertFalse(self.sink.deliveries)

    def test_there_is_room(self):
        self.set_limit(10)
        self.assertTrue(self.visitor().reset_password("customer"))
        self.assertEqual(self._last().rcpt_tos, ("customer@customer.example",))

    def test_a_colleague_may_use_the_reserve_three_times_a_day(self):
        with patch.object(mail_reset_attempt, "FIRST_PAUSE", 0):
            for _time in range(5):
                with self.assertRaisesRegex(UserError, "Few emails"):
                    self.visitor().reset_password("resetter")
            self.assertEqual(len(self.sink.deliveries), 3)
            with self.next_day():
                self.use_up()
                with self.assertRaisesRegex(UserError, "Few emails"):
                    self.visitor().reset_password("resetter")
        self.assertEqual(len(self.sink.deliveries), 4)

    def test_the_same_answer_whether_the_login_exists(self):
        logins = ("customer", "resetter", "nobody", "", "x" * 5000)
        self.set_limit(100)
        for use_up in (False, True):
            if use_up:
                self.use_up()
                self.env["mail.reset.attempt"].search([]).unlink()
            answers = {
                login: (self.ask(login), self.ask(login.upper())) for login in logins
            }
            with self.subTest(use_up=use_up):
                self.assertEqual(len(set(answers.values())), 1, answers)

    def ask(self, login):
        try:
            return self.visitor().reset_password(login)
        except UserError as error:
            return str(error)

    @mute_logger(MAIL_LOGGER)
    def test_a_full_server_does_not_tell_who_exists(self):
        self.set_limit(100)
        self._make_server("globex.example", smtp_user="other")
        self.server.daily_limit = 5
        for login in ("customer", "nobody"):
            with self.subTest(login):
                with self.assertRaisesRegex(UserError, "Few emails"):
                    self.visitor().reset_password(login)
        self.assertFalse(self.sink.deliveries)

    def test_one_mail_for_a_user_with_two_names(self):
        """And nobody learns by the answer that both are one."""
        self.set_limit(100)
        self.assertTrue(self.visitor().reset_password("customer"))
        self.assertTrue(self.visitor().reset_password("customer@customer.example"))
        self.assertEqual(len(self.sink.deliveries), 1)

    @mute_logger(MAIL_LOGGER)
    def test_whoever_signs_up_is_in_without_a_welcome(self):
        """Odoo's controller would show an error after the account was made."""
        template = self.env.ref("auth_signup.mail_template_user_signup_account_created")
        public = self.env.ref("base.public_user")
        welcome = template.with_user(public).sudo()
        mail_id = welcome.send_mail(self.customer.id, force_send=True)
        mail = self.env["mail.mail"].browse(mail_id)
        self.assertEqual((mail.send_class, mail.state), ("public", "exception"))
        with self.assertRaisesRegex(UserError, "Few emails"):
            welcome.send_mail(self.customer.id, force_send=True, raise_exception=True)

    @mute_logger(MAIL_LOGGER)
    def test_visitors_and_customers_learn_no_limit(self):
        for user in (self.env.ref("base.public_user"), self.customer):
            with self.subTest(user.login):
                mail = self._make_mail("me@acme.example").with_user(user).sudo()
                with self.assertRaisesRegex(UserError, "Few emails") as caught:
                    mail.send(raise_exception=True)
                self.assertNotIn("limit", str(caught.exception).lower())


@tagged("post_install", "-at_install")
class TestLoginCode(AccountCase):
    def test_a_login_code_always_goes(self):
        self.set_limit(0, "daily_limit_urgent")
        template = self.env.ref("auth_totp_mail.mail_template_totp_mail_code")
        public = self.env.ref("base.public_user")
        user = self.user.with_user(public).sudo()
        with patch.object(type(user), "_totp_rate_limit", lambda *_args: None):
            user._send_totp_mail_code()
        self.assertEqual(self._last().rcpt_tos, ("resetter@customer.example",))
        row = self.env["mail.send.counter"].search([("server_id", "=", 0)])
        self.assertEqual((row.sent, row.codes), (6, 1))
        # An employee who sends the template gets no more than others.
        mail_id = template.with_user(self.user).sudo().send_mail(self.user.id)
        self.assertEqual(self.env["mail.mail"].browse(mail_id).send_class, "people")

    def test_a_customers_code_is_bounded(self):
        """Where anybody may sign up, strangers are customers."""
        self.set_limit(10)  # two of them are public
        self.use_up(PEOPLE)
        with patch.object(type(self.user), "_totp_rate_limit", lambda *_args: None):
            for _time in range(2):
                self.customer._send_totp_mail_code()
            with self.assertRaises(UserError):
                self.customer._send_totp_mail_code()
            self.user._send_totp_mail_code()
        self.assertEqual(
            self.sink.recipients(),
            ["customer@customer.example"] * 2 + ["resetter@customer.example"],
        )


@tagged("post_install", "-at_install")
class TestResetPause(AccountCase):
    def test_a_repeated_request_is_the_same_one(self):
        """Odoo repeats a request whose transaction was refused."""
        attempts = self.env["mail.reset.attempt"]
        for environ, allowed in (({}, True), ({}, False)):
            request = SimpleNamespace(httprequest=SimpleNamespace(environ=environ))
            with patch.object(mail_reset_attempt, "request", request):
                answers = [attempts._ask("repeated") for _time in range(2)]
            self.assertEqual([not one for one in answers], [allowed] * 2)

    def test_the_pause_doubles(self):
        attempts = self.env["mail.reset.attempt"]
        start = self.env.cr.now().replace(hour=12, minute=0, second=0, microsecond=0)
        # (seconds since the start, seconds to wait)
        steps = (
            (0, 0), (1, 119), (119, 1), (120, 0), (121, 239), (359, 1), (360, 0),
            (361, 479), (840, 0), (841, 959), (1800, 0), (3720, 0), (7560, 0),
            (15240, 0), (15241, 14399), (29640, 0), (29641, 14399),
            (200000, 0), (200001, 119),
        )  # fmt: skip
        for second, wait in steps:
            with self.subTest(second):
                now = fields.Datetime.add(start, seconds=second)
                with freeze_time(now):
                    self.assertEqual(attempts._ask(" Resetter"), wait)

    def test_logins_have_pauses_of_their_own(self):
        attempts = self.env["mail.reset.attempt"]
        with freeze_time("2026-03-10 12:00:00"):
            self.assertEqual([attempts._ask(n) for n in "abc"], [0, 0, 0])
            self.assertEqual([attempts._ask(n) for n in "abc"], [120, 120, 120])

    def test_strangers_make_no_endless_table(self):
        attempts = self.env["mail.reset.attempt"]
        names = {"MAX_ROWS": 5, "GC_BATCH": 2}
        with patch.multiple(mail_reset_attempt, **names):
            for number in range(20):
                with freeze_time(f"2026-03-10 12:00:{number:02}"):
                    self.assertEqual(attempts._ask(f"login{number}"), 0)
        self.assertLessEqual(attempts.search_count([]), 6)

    def test_old_rows_are_removed(self):
        attempts = self.env["mail.reset.attempt"]
        for day in ("2020-01-01", "2099-01-01"):
            with freeze_time(day):
                attempts._ask(day)
        attempts._gc_old_attempts()
        self.assertEqual(attempts.search_count([]), 1)
