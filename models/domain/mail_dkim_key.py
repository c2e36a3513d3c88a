# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

from ...mailauth.domain.facts import SigningKey


class MailDkimKey(models.Model):
    """What the checks of a domain know of its keys, and are told of them."""

    # A file for each concern.
    _inherit = "mail.dkim.key"  # pylint: disable=consider-merging-classes-inherited

    def _raise_unusable_alarm(self):
        result = super()._raise_unusable_alarm()
        for domain in self.sudo().alias_domain_id._get_shared_namesakes():
            domain._note_unusable_key(self)
        return result

    def _prepare_signing_keys(self):
        """Return these keys as the check of a domain wants them.

        :rtype: tuple[SigningKey, ...]
        """
        return tuple(
            SigningKey(
                selector=key.selector,
                public_key=key.public_key or "",
                algorithm=key.key_type,
                active=key.state == "active",
                domain=key._get_domain_name(),
                usable=key.is_usable,
                published=key.state != "draft",
                cname_target=key.cname_target or "",
            )
            for key in self
        )
