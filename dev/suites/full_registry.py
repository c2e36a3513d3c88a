# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run Odoo's tests on a registry that has every installed addon loaded.

Usage: full_registry.py DATABASE TAGS POSITIONS HTTP_PORT
"""

import logging
import sys
from pathlib import Path

import odoo.http
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config

PARAMETERS = {
    # A limit, as everybody has one; but Odoo's composer mails to more than the 200 of
    # the default in one test.
    "mail_deliverability.daily_limit": "2000",
    "mail_deliverability.nameservers": None,
}

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
from dns_server import DnsServer  # noqa: E402


def main(database: str, tags: str, positions: str, port: str) -> bool:
    words = ["-d", database, "--http-port", port, "--stop-after-init"]
    config.parse_config([*words, "--test-tags", tags], setup_logging=True)
    config["test_enable"] = False
    server.load_server_wide_modules()
    with DnsServer({}) as nameserver:
        PARAMETERS["mail_deliverability.nameservers"] = nameserver.address
        registry = Registry(database)
        _set_parameters(registry)
        return _run(registry, positions.split(","))


def _set_parameters(registry: Registry) -> None:
    with registry.cursor() as cr:
        parameters = api.Environment(cr, SUPERUSER_ID, {})["ir.config_parameter"]
        for key, value in PARAMETERS.items():
            parameters.set_param(key, value)


def _run(registry: Registry, positions: list[str]) -> bool:
    config["test_enable"] = True
    from odoo.tests import loader
    from odoo.tests.result import OdooTestResult

    registry._assertion_report = report = OdooTestResult()
    # Where the tests of pages look for the server's port.
    server.server = server.ThreadedServer(odoo.http.root)
    server.server.http_spawn()
    modules = sorted(registry._init_modules)
    for position in positions:
        suite = loader.make_suite(modules, position)
        report.update(loader.run_suite(suite, global_report=report))
    logging.getLogger("odoo.tests").warning("%s", report)
    return report.wasSuccessful()


if __name__ == "__main__":
    sys.exit(not main(*sys.argv[1:]))
