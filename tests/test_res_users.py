from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .test_mail_mail import LimitCase


@tagged("post_install", "-at_install")
class TestResUsers(LimitCase):
    def setUp(self):
        super().setUp()
        if "signup_type" not in self.env["res.partner"]._fields:
            self.skipTest("auth_signup is not installed")
        silent = self.env(context={"no_reset_password": True})
        self.user = new_test_user(
            silent, "resetter", email="resetter@customer.example"
        ).with_env(self.env)
        self.company.email = "info@acme.example"
        self.make_mails(5)
        self.process()

    def test_password_reset_shows_our_text(self):
        with self.assertRaisesRegex(UserError, "Daily limit reached"):
            self.user.action_reset_password()
        with self.assertRaisesRegex(UserError, "Daily limit reached"):
            self.env["res.users"].reset_password("resetter")

    def test_a_visitor_learns_no_limit(self):
        public = self.env.ref("base.public_user")
        users = self.env["res.users"].with_user(public).sudo()
        with self.assertRaisesRegex(UserError, "Try again after 2") as caught:
            users.reset_password("resetter")
        self.assertNotIn("limit", str(caught.exception))

    def test_password_reset_goes_where_there_is_room(self):
        self.set_limit(6)
        self.user.action_reset_password()
        self.assertEqual(self._last().rcpt_tos, ("resetter@customer.example",))

    def test_a_user_is_created_all_the_same(self):
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=False)
            .create({"name": "New", "login": "new", "email": "new@customer.example"})
        )
        self.assertTrue(user.exists())
        self.assertEqual((self.used(), len(self.sink.deliveries)), (5, 5))
