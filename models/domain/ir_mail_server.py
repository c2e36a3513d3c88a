# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mailauth.dns.addresses import is_public

MAX_ADDRESSES = 50


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


def split_addresses(text):
    """Return the parts of a comma-separated list, as a tuple."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def check_addresses(record, text):
    """Refuse what is no list of public IP addresses.

    :raises ValidationError: with the part, and what a right value looks like.
    """
    parts = split_addresses(text)
    wrong = next((part for part in parts if not is_public(part)), None)
    if wrong:
        raise ValidationError(
            record.env._(
                "%(part)s is no public IP address. Write the addresses that receivers "
                "see your emails come from, separated by commas.",
                part=wrong[:100],
            )
        )
    if len(parts) > MAX_ADDRESSES:
        raise ValidationError(
            record.env._(
                "%(count)s addresses are too many. Write at most %(most)s.",
                count=len(parts),
                most=MAX_ADDRESSES,
            )
        )
