# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import re
from urllib.parse import quote, urlencode

from odoo import api, fields, models

from ..mailauth.dkim.record import zone_file_value

ZONE_TTL = 3600


class MailDomainSetup(models.TransientModel):
    """What the guided setup gives to whoever manages the DNS: a message, and a file."""

    # A file for each concern.
    _inherit = "mail.domain.setup"  # pylint: disable=consider-merging-classes-inherited

    dns_message = fields.Text(compute="_compute_dns_message")
    zone_file = fields.Binary(compute="_compute_zone_file")
    zone_filename = fields.Char(compute="_compute_zone_file")

    def _get_host_names(self):
        """Return the cards that the owner of an address has to do something about."""
        return self.record_ids.filtered(
            lambda record: (
                record.rdtype == "PTR" and record.state == "ask" and record.value
            )
        )

    # ------------------------------------------------------------ the message

    @api.depends("record_ids.value", "record_ids.state", "alias_domain_id")
    def _compute_dns_message(self):
        for setup in self:
            setup.dns_message = setup._prepare_message()

    def _prepare_message(self):
        """Return what to write to whoever manages the DNS, without jargon."""
        lines = [
            self.env._("Hello,"),
            "",
            self.env._(
                "so that the mails of %(domain)s arrive, please make these changes in "
                "its DNS. Copy the values exactly, each as one line.",
                domain=self.alias_domain_id.name,
            ),
        ]
        changes = self._get_changes()
        for number, record in enumerate(changes, 1):
            lines += ["", *self._prepare_message_lines(number, record)]
        for number, record in enumerate(self._get_host_names(), len(changes) + 1):
            lines += ["", *self._prepare_owner_lines(number, record)]
        return "\n".join([*lines, "", self.env._("Thank you!")])

    def _prepare_message_lines(self, number, record):
        text = {
            "add": self.env._("%(number)s. Add a record:", number=number),
            "replace": self.env._("%(number)s. Replace a record:", number=number),
        }[record.state]
        lines = [
            text,
            self.env._("Name: %(name)s", name=record.full_name),
            self.env._("Type: %(type)s", type=record.rdtype),
        ]
        if record.state == "replace":
            old = record._get_removed()
            lines += [self.env._("Remove: %(value)s", value=line) for line in old]
        new = record.value.splitlines()
        lines += [self.env._("Value: %(value)s", value=line) for line in new]
        if record.alternative:
            lines.append(self._describe_alternative(record))
        return lines

    def _describe_alternative(self, record):
        return self.env._(
            "Unless all mails of the domain are known to pass, first: %(value)s",
            value=record.alternative,
        )

    def _prepare_owner_lines(self, number, record):
        """Return what is not in the domain's own zone: the name of an address."""
        return [
            self.env._(
                "%(number)s. Ask whoever owns the address (mostly the hosting company) "
                "to give it this name:",
                number=number,
            ),
            self.env._("Address: %(address)s", address=record.host_name),
            self.env._("Name of the address (PTR): %(name)s", name=record.value),
        ]

    def action_mail_message(self):
        """Open the message to whoever manages the DNS in the mail program."""
        self.ensure_one()
        subject = self.env._("DNS records of %(d)s", d=self.alias_domain_id.name)
        query = {"subject": subject, "body": self.dns_message}
        return {
            "type": "ir.actions.act_url",
            "url": f"mailto:?{urlencode(query, quote_via=quote)}",
            "target": "self",
        }

    # ----------------------------------------------------------- the zone file

    @api.depends("record_ids.value", "record_ids.state", "alias_domain_id")
    def _compute_zone_file(self):
        for setup in self:
            text = setup._prepare_zone_file()
            setup.zone_file = base64.b64encode(text.encode())
            setup.zone_filename = f"{setup.alias_domain_id.name or 'domain'}.zone.txt"

    def _prepare_zone_file(self):
        """Return the records as lines of a zone file (RFC 1035 section 5.1).

        Whoever imports it only adds: what has to take another record's place would
        stand beside it then, and is a comment.
        """
        lines = [f"; {self.alias_domain_id.name}"]
        changes = self._get_changes()
        replaced = changes.filtered(lambda record: record.state == "replace")
        for record in replaced:
            lines += [";", *self._prepare_replacement(record)]
        for record in self._get_host_names():
            lines += [
                ";",
                _comment(self.env._("Ask whoever owns the address to set its name:")),
                f";   {record.full_name}. {ZONE_TTL} IN PTR {_zone_value(record)}",
            ]
        for record in changes - replaced:
            lines += self._prepare_addition(record)
        return "\n".join(lines) + "\n"

    def _prepare_replacement(self, record):
        """Return comments that say what goes, and what comes in its place."""
        old = record._get_removed()
        text = self.env._("Will not be imported, change it by hand. First delete:")
        return [
            _comment(text),
            *(f";   {_zone_name(record)} {_with_type(record, line)}" for line in old),
            _comment(self.env._("Then add:")),
            *(f";   {line}" for line in self._prepare_addition(record)),
        ]

    def _prepare_addition(self, record):
        """Return the lines of a record, below what may be published first."""
        lines = _list_zone_lines(record)
        if not record.alternative:
            return lines
        return [_comment(self._describe_alternative(record)), *lines]

    def action_download_zone(self):
        """Download all records as a zone file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/zone_file/"
            f"{self.zone_filename}?download=true",
            "target": "download",
        }


def _comment(text):
    return f"; {text}"


def _zone_name(record):
    return f"{record.full_name}."


def _with_type(record, line):
    """Return a record that is there with its type; an alias names its own."""
    return line if line.startswith("CNAME ") else f"{record.rdtype} {line}"


def _list_zone_lines(record):
    start = f"{_zone_name(record)} {ZONE_TTL} IN {record.rdtype}"
    values = record.value.splitlines()
    return [f"{start} {_zone_value(record, value)}" for value in values]


def _zone_value(record, value=None):
    """Return a value as a zone file wants it: quoted text, or a full host name."""
    value = value or record.value
    if record.rdtype == "TXT":
        return zone_file_value(value)
    if record.rdtype in ("A", "AAAA"):
        return value
    return re.sub(r"\.?$", ".", value)
