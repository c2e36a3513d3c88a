# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The address that a test has left from, as the internet sees it.

Nobody types it from memory, and only a message that came back shows it. It is one's own
only where no provider's servers carried the message.
"""

from odoo import models

from ...mailauth.dns.addresses import find_fault
from ..domain.ir_mail_server import split_addresses


class MailTestMessage(models.Model):
    """The address that a test has left from."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def action_use_address(self):
        """Put the address that the message has left from to its server.

        :return: True, for the button.
        """
        self._check_may_test()
        self.ensure_one()
        address = self._get_offered_address()
        if address:
            self._get_used_server()._add_sending_address(address)
        return True

    def _get_offered_address(self):
        """Return the address that its server may be given, "" for none.

        Never a provider's, nor one that receivers don't see, nor one that is known.
        """
        test = self.sudo()
        server = test._get_used_server()
        address = test._get_seen_address()
        if not address or not server._is_own_server(test.alias_domain_id):
            return ""
        return "" if address in split_addresses(server.sending_host_ips) else address

    def _get_seen_address(self):
        """Return the public address that the message has left from, "" for none."""
        verdict = self.verdict or {}
        address = verdict.get("client_ip") or ""
        is_proof = self.state == "done" and not verdict.get("proves_nothing")
        return address if is_proof and address and not find_fault(address) else ""
