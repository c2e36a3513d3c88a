from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import TransactionCase, new_test_user, tagged

# Odoo made these public, and no client calls them: a port scanner, the whole queue,
# the limits.
PRIVATE = (
    ("ir.mail_server", "send_email"),
    ("mail.mail", "process_email_queue"),
    ("res.config.settings", "get_values"),
    ("res.config.settings", "set_values"),
)


@tagged("post_install", "-at_install")
class TestPrivate(TransactionCase):
    def test_no_client_calls(self):
        for model, method in PRIVATE:
            with self.subTest(model=model, method=method):
                with self.assertRaises(AccessError):
                    get_public_method(self.env[model], method)


@tagged("post_install", "-at_install")
class TestSettings(TransactionCase):
    """What default_get, which everybody can call, says of the limits."""

    def limits(self, settings):
        values = settings.default_get(["mail_daily_limit", "company_id"])
        return {name for name in values if name.startswith("mail_")}

    def test_who_sees_the_limits(self):
        names = set(self.env["res.config.settings"]._get_limit_values())
        everybody = (
            ("base.group_portal", set()),
            ("base.group_user", set()),
            ("base.group_user,mail.group_mail_template_editor", set()),
            ("base.group_system", names),
        )
        for groups, expected in everybody:
            user = new_test_user(self.env, f"rights {groups}", groups=groups)
            settings = self.env["res.config.settings"].with_user(user)
            with self.subTest(groups):
                self.assertEqual(self.limits(settings) & names, expected)
                # Code that has raised its rights gets what it will compare with.
                self.assertEqual(self.limits(settings.sudo()) & names, names)
