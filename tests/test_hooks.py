# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from ..hooks import post_init_hook
from .parameters.test_ir_config_parameter import (
    BOUNCE,
    DOMAIN,
    FROM,
    LiveParametersCase,
)


@tagged("post_install", "-at_install")
class TestHooks(LiveParametersCase):
    def test_post_init_hook(self):
        """Installing brings keys from before and the alias domain together."""
        self._set_as_before({DOMAIN: "old.example", BOUNCE: "old", FROM: "info"})
        post_init_hook(self.env)
        self._assert_same("first.example", "catchall", "bounce", "notifications")
