# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""axe-core in the browser of the tours, for those who can't see or use a mouse.

Its script is the file that the variable MAIL_DELIVERABILITY_AXE names; the development
environment fetches it. Tours ask it by ``assertAccessible`` of axe.js beside them.
"""

import functools
import os
from pathlib import Path
from unittest.mock import patch

from odoo.tests import common

VARIABLE = "MAIL_DELIVERABILITY_AXE"
# Without the variable tours run all the same, and look at nothing.
NOTHING = "window.axe = null;"


@functools.cache
def read_script():
    """The script of axe-core, which sets ``window.axe``; None: there is none."""
    path = os.environ.get(VARIABLE)
    return Path(path).read_text() if path else None


class Browser(common.ChromeBrowser):
    """Odoo's browser, with axe-core in each page."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._websocket_request(
            "Page.addScriptToEvaluateOnNewDocument",
            params={"source": read_script() or NOTHING},
        )


class AxeMixin:
    """For an HttpCase whose tours call ``assertAccessible``."""

    def browser_js(self, *args, **kwargs):
        with patch.object(common, "ChromeBrowser", Browser):
            return super().browser_js(*args, **kwargs)
