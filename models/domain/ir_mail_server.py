# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ipaddress

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ...mailauth.dns.addresses import find_fault

_lt = LazyTranslate(__name__)

MAX_ADDRESSES = 50
# Why an address is refused, by what find_fault says of it.
_REFUSALS = {
    "none": _lt(
        "%(part)s is no IP address. Write the public addresses that your emails leave "
        "from, separated by commas, for example 192.0.2.10"
    ),
    "network": _lt(
        "%(part)s is a network. Write each public IP address that your emails leave "
        "from, separated by commas, for example 192.0.2.10"
    ),
    "wrapped": _lt(
        "%(part)s is an IPv4 address, written as an IPv6 one. Write it as the IP "
        "address %(meant)s"
    ),
    "private": _lt(
        "%(part)s is an address inside your own network, which no receiver ever sees. "
        "Write the public IP address behind which that network reaches the internet: "
        "whoever runs it, or your hosting company, knows it."
    ),
    "shared": _lt(
        "%(part)s is an address that an internet provider shares among its customers: "
        "no receiver ever sees it. Ask the provider for a public IP address of your "
        "own, or send through a mail service."
    ),
    "multicast": _lt(
        "%(part)s is a multicast address, that of a group of computers: no "
        "email can come from it. Write the public IP addresses that your emails leave "
        "from."
    ),
    "reserved": _lt(
        "%(part)s is reserved for other purposes: no email can come from it. Write the "
        "public IP addresses that your emails leave from."
    ),
}


class IrMailServer(models.Model):
    """Where the mails of a server come from, as receivers see them."""

    # A file for each concern.
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    sending_host_ips = fields.Char(
        string="Sends from IP Addresses",
        help="The public addresses that mails leave from, comma-separated, when known: "
        "receivers compare them with the SPF record. Needed for a server of your own "
        "alone; a provider's are known.",
    )

    @api.constrains("sending_host_ips")
    def _check_sending_host_ips(self):
        for server in self:
            check_addresses(server, server.sending_host_ips)

    def write(self, vals):
        """Forget that a signature was seen where mails go to another host now."""
        moved = self.filtered(
            lambda server: "smtp_host" in vals and server.smtp_host != vals["smtp_host"]
        )
        result = super().write(vals)
        if moved:
            entries = self.env["mail.server.domain"].sudo()
            seen = [("mail_server_id", "in", moved.ids), ("signing_seen", "=", True)]
            entries.search(seen).signing_seen = False
        return result


def split_addresses(text):
    """Return the parts of a comma-separated list, as a tuple."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def check_addresses(record, text):
    """Refuse what is no list of public IP addresses.

    :raises ValidationError: with the part, why it is none, and what would be right.
    """
    parts = split_addresses(text)
    if wrong := next((part for part in parts if find_fault(part)), None):
        fault = find_fault(wrong)
        meant = ipaddress.ip_address(wrong).ipv4_mapped if fault == "wrapped" else ""
        said = record.env._(_REFUSALS[fault])
        raise ValidationError(said % {"part": wrong[:100], "meant": meant})
    if len(parts) > MAX_ADDRESSES:
        raise ValidationError(
            record.env._(
                "%(count)s addresses are too many. Write at most %(most)s.",
                count=len(parts),
                most=MAX_ADDRESSES,
            )
        )
