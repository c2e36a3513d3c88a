# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the stages of the addon's life share; each stage runs in an Odoo shell."""

import contextlib
import logging

from dns_server import DnsServer
from smtp_sink import SmtpSink

from odoo import fields

ADDON = "mail_deliverability"


class Life:
    """A database whose addon is installed, upgraded and uninstalled.

    :param env: the environment of Odoo's shell.
    """

    def __init__(self, env):
        self.env = env
        self.parameters = env["ir.config_parameter"]
        self.main_company = env.ref("base.main_company")
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's

    def play(self, stage):
        """Do what a stage does, a method's name, and store it."""
        getattr(self, stage)()
        self.env.cr.commit()

    @contextlib.contextmanager
    def sink(self):
        """The only outgoing server: an SMTP server here that keeps what it gets."""
        with SmtpSink() as sink:
            servers = self.env["ir.mail_server"].with_context(active_test=False)
            servers.search([("name", "=", "sink")], limit=1).unlink()
            place = {"smtp_host": sink.host, "smtp_port": sink.port}
            servers.create({"name": "sink", **place})
            self.env.cr.commit()
            yield sink

    @contextlib.contextmanager
    def dns(self, zone):
        """The nameserver that the addon asks, for a while."""
        with DnsServer(zone) as server:
            self.parameters.set_param(f"{ADDON}.nameservers", server.address)
            yield server
        self.parameters.set_param(f"{ADDON}.nameservers", "")

    def send_queue(self):
        """Send what is due; returns the deliveries."""
        with self.sink() as sink:
            self.env["mail.mail"].process_email_queue()
            return sink.deliveries

    def set_limit(self, value):
        self.parameters.set_param(f"{ADDON}.daily_limit", str(value))

    def keep_reset_away(self):
        """The count must not start again from one stage to the next."""
        hour = (fields.Datetime.now().hour + 12) % 24
        self.parameters.set_param(f"{ADDON}.daily_limit_reset_hour", str(hour))

    def note_columns(self):
        """Keep what columns and indexes there are before the addon is installed."""
        self.parameters.set_param("acme.columns", " ".join(self._get_columns()))

    def uninstall_addon(self):
        self._get_module().button_immediate_uninstall()

    def expect_uninstalled(self):
        """No model, column, index, job, menu, parameter or alarm of it is left."""
        expect(self._get_module().state, "uninstalled")
        left = self.env["ir.model.data"].search_count([("module", "=", ADDON)])
        expect(left, 0)
        before = self.parameters.get_param("acme.columns").split()
        expect(self._get_columns() - set(before), set())
        own = [("key", "=like", f"{ADDON}.%")]
        expect(self.parameters.search(own).mapped("key"), [])
        expect(self.env["mail.activity"].search([]).mapped("summary"), [])

    def _get_module(self):
        return self.env["ir.module.module"].search([("name", "=", ADDON)])

    def _get_columns(self):
        self.env.cr.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' UNION ALL"
            " SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
        )
        return {column for (column,) in self.env.cr.fetchall()}


def expect(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found!r}, expected {wanted!r}")
