# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import HttpCase, tagged

from .axe import VARIABLE, AxeMixin, read_script

TOURS = "/mail_deliverability/static/tests/tours"
CODE = (
    f"Promise.all([import('{TOURS}/axe.js'), import('{TOURS}/axe_check.js')])"
    ".then(([axe, check]) => check.checkAxe(axe.assertAccessible))"
    ".then(() => console.log('test successful'))"
)


@tagged("post_install", "-at_install")
class TestAxe(AxeMixin, HttpCase):
    """What tours rely on: a page that some people can't use does fail."""

    def test_findings_fail(self):
        if not read_script():
            self.skipTest(f"{VARIABLE} names no script of axe-core")
        # A page without the web client, whose files are modules of the browser's own.
        self.browser_js("/web/health", CODE)
