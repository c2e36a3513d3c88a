# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools.i18n import format_list

from ..mailauth.dns.names import display_name

UNDONE = ("add", "replace", "ask")


class MailDomainSetup(models.TransientModel):
    """The guided setup of an email domain: how you send, what to publish, the check."""

    _name = "mail.domain.setup"
    _description = "Email Domain Setup"
    _rec_name = "alias_domain_id"

    step = fields.Selection(
        [
            ("domain", "Your domain"),
            ("records", "DNS records"),
            ("check", "Check"),
            ("done", "Done"),
        ],
        default="domain",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Record of the Domain",
        default=lambda self: self.env.company.alias_domain_id,
        help="A draft until the company sends from it.",
    )
    server_ids = fields.One2many(
        "mail.domain.setup.server",
        "setup_id",
        compute="_compute_server_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    senders = fields.Char(compute="_compute_senders")
    report_address = fields.Char(
        compute="_compute_report_address",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Receivers tell this address, once a day, which mails in your name they "
        "saw. It must be a mailbox of your domain that takes mail.",
    )
    all_record_ids = fields.One2many("mail.domain.setup.record", "setup_id")
    record_ids = fields.One2many(
        "mail.domain.setup.record", "setup_id", domain=[("optional", "=", False)]
    )
    todo_count = fields.Integer(compute="_compute_todo_count")
    change_count = fields.Integer(compute="_compute_todo_count")
    unknown_hint = fields.Char(compute="_compute_unknown_hint")
    dns_host = fields.Char(compute="_compute_dns_host")
    dns_path = fields.Char(compute="_compute_dns_host")
    dns_url = fields.Char(compute="_compute_dns_host")
    dns_editor_url = fields.Char(compute="_compute_dns_host")
    # Not with all rights: another company's state is none of the user's.
    auth_status = fields.Selection(
        related="alias_domain_id.auth_status", related_sudo=False
    )
    auth_checked_on = fields.Datetime(
        related="alias_domain_id.auth_last_check", related_sudo=False
    )
    obstacle = fields.Char(
        string="Why Nothing Can Be Checked", compute="_compute_obstacle"
    )

    # ------------------------------------------------------ step 1: the domain

    @api.depends("domain_name", "company_id")
    def _compute_server_ids(self):
        for setup in self:
            # An address is one of the server, whatever the domain is called.
            typed = {
                line.mail_server_id.id: line.sending_host_ips
                for line in setup.server_ids
                if line.sending_host_ips
            }
            domain = setup._get_domain()
            servers = domain._get_outgoing_servers() if domain else []
            lines = [setup._prepare_server(one) for one in servers]
            for line in lines:
                address = typed.get(line["mail_server_id"])
                line["sending_host_ips"] = address or line["sending_host_ips"]
            setup.server_ids = [
                fields.Command.clear(),
                *map(fields.Command.create, lines),
            ]

    def _prepare_server(self, server):
        own = self.env._("Server of the configuration file")
        return {
            "mail_server_id": server.record.id,
            "name": server.record.name or own,
            "host": server.host,
            "guessed_provider_id": server.recognized.id,
            "provider_id": server.provider.id,
            "sending_host_ips": ", ".join(server.addresses),
            "selectors": ", ".join(server.typed_selectors),
            "cname_targets": "\n".join(" ".join(one) for one in server.typed_targets),
            "signing_domain": server.typed_signing_domain,
            "signing_seen": server.seen,
            "envelope_domain": server.envelope_domain,
        }

    @api.depends("domain_name", "company_id")
    def _compute_senders(self):
        for setup in self:
            domain = setup._get_domain()
            setup.senders = bool(domain) and self.env._(
                "%(default)s, and the addresses of your people at %(domain)s",
                default=domain.default_from_email or domain.catchall_email,
                domain=display_name(domain.name),
            )

    @api.depends("domain_name", "company_id")
    def _compute_report_address(self):
        for setup in self:
            domain = setup._get_domain()
            setup.report_address = domain._get_report_address() if domain else False

    def action_show_records(self):
        """Keep what was entered, ask DNS, and show the records to publish."""
        self._check_name()
        self._check_company()
        self._take_domain()
        domain = self.alias_domain_id
        self._check_report_address()
        self.server_ids._check_typed(domain)
        # Nothing of what others use is written, and so locked, before DNS has answered.
        audit = domain._audit(
            servers=[line._prepare_outgoing_server() for line in self.server_ids],
            report_address=self.report_address or "",
            used=True,
        )
        self.server_ids._store(domain)
        domain.sudo().auth_report_address = self.report_address or False
        domain.sudo()._store(audit, watching=False)
        self._ensure_key()
        self._show_records()

    def _check_report_address(self):
        address = self.report_address
        problem = address and self.alias_domain_id._get_report_problem(address)
        if problem:
            raise ValidationError(problem)

    def _check_company(self):
        """Refuse to give a domain to a company that is not chosen at the top.

        :raises AccessError:
        """
        if not self.env.su and self.company_id - self.env.companies:
            raise AccessError(
                self.env._("Only administrators of a company can choose its domain.")
            )

    def _ensure_key(self):
        """Make a DKIM key where a server does not sign by itself and none is there."""
        keys = self.env["mail.dkim.key"]
        domain = self.alias_domain_id
        unsigned = not all(server.signs for server in domain._get_outgoing_servers())
        if unsigned and not domain._get_dkim_keys():
            keys.create({"alias_domain_id": domain.id})

    # ----------------------------------------------------- step 2: the records

    def _show_records(self):
        self._make_records()
        self.step = "records"

    def _make_records(self):
        """Make the records to publish, as the last check saw them."""
        self.alias_domain_id._check_may_see_authentication()
        values = self.env["mail.domain.setup.record"]._prepare_all(self.alias_domain_id)
        self.all_record_ids.unlink()
        records = self.env["mail.domain.setup.record"]
        records.create([{**value, "setup_id": self.id} for value in values])
        self.invalidate_recordset()

    @api.depends("record_ids.state")
    def _compute_todo_count(self):
        for setup in self:
            todo = setup.record_ids.filtered(lambda record: record.state in UNDONE)
            setup.todo_count = len(todo)
            setup.change_count = len(setup._get_changes())

    @api.depends("server_ids.provider_id", "server_ids.sending_host_ips")
    def _compute_unknown_hint(self):
        for setup in self:
            unknown = setup.server_ids.filtered(
                lambda line: not line.provider_id and not line.sending_host_ips
            )
            setup.unknown_hint = bool(unknown) and self.env._(
                "Odoo does not know the public IP addresses that mails leave from by "
                "%(servers)s, so the SPF record below can't list them. Go back and "
                "enter them.",
                servers=unknown.mapped("name"),
            )

    @api.depends("alias_domain_id.dns_provider_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_dns_host(self):
        for setup in self:
            hosts = setup.alias_domain_id.dns_provider_ids
            setup.dns_host = format_list(self.env, hosts.mapped("name"), style="or")
            setup.dns_path = hosts[:1].edit_path if len(hosts) == 1 else False
            setup.dns_url = hosts[:1].txt_url if len(hosts) == 1 else False
            editor = setup.alias_domain_id._prepare_editor() if hosts else {}
            setup.dns_editor_url = editor.get("editor_url", False)

    def _get_changes(self):
        """Return the cards that have something to publish."""
        return self.record_ids.filtered(
            lambda record: record.state in ("add", "replace") and record.value
        )

    # ------------------------------------------------------- step 3: the check

    @api.depends("auth_status", "auth_checked_on")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_obstacle(self):
        for setup in self:
            checks = setup._get_visible_domain().auth_check_ids
            setup.obstacle = checks._filtered_access("read")._describe_obstacle()
