# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run those of the addon's tests that need no database, with Odoo's runner.

    without_database.py TAGS

They are what Odoo would run at the installation. A test that needs a database is tagged
post_install.
"""

import logging
import sys

from odoo.modules.module import initialize_sys_path
from odoo.tools import config

ADDON = "mail_deliverability"


def main(tags: str) -> bool:
    config.parse_config(["--test-tags", tags], setup_logging=True)
    initialize_sys_path()
    from odoo.tests import loader
    from odoo.tests.common import TransactionCase

    suite = loader.make_suite([ADDON], "at_install")
    for test in suite:
        if isinstance(test, TransactionCase):
            raise SystemExit(f"{type(test).__name__} is not tagged post_install")
    report = loader.run_suite(suite)
    logging.getLogger("odoo.tests").warning("%s", report)
    return report.wasSuccessful()


if __name__ == "__main__":
    sys.exit(not main(*sys.argv[1:]))
