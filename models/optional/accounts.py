# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails about accounts: of auth_signup, portal and website_profile."""

# Templates, by external id; the modules send them from models that we can't know.
INVITATIONS = {
    "auth_signup.portal_set_password_email",
    "auth_signup.set_password_email",
}
SIGN_UPS = {
    "auth_signup.mail_template_user_signup_account_created",
    "website_profile.validation_email",
}
VALIDITY = "auth_signup.reset_password.validity.hours"
VALIDITY_DEFAULT = 4


def get_reset_hours(env):
    """Return how many hours the link in the mail of a password reset is good for."""
    value = env["ir.config_parameter"].sudo().get_param(VALIDITY) or ""
    return int(value) if value.isdecimal() else VALIDITY_DEFAULT
