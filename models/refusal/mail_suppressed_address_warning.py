# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What somebody is told who writes to an address that does not work."""

from odoo import api, models, tools
from odoo.exceptions import AccessError

MAX_EMAILS = 50  # that one asks about at once
MAX_EMAIL = 320  # characters
MAX_NAMED = 5


class MailSuppressedAddress(models.Model):
    # A file for each concern.
    _inherit = "mail.suppressed.address"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def get_warning(self, emails):
        """Say of those whom somebody writes to who will hardly get it.

        :param list[str] emails: as the web client has them, the first 50 of them.
        :return: plain text in the user's language, False where nothing is wrong.
        :raises AccessError: who is no colleague.
        """
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._("Only colleagues can ask this."))
        asked = [one[:MAX_EMAIL] for one in emails[:MAX_EMAILS] if isinstance(one, str)]
        known = set(tools.mail.email_normalize_all(",".join(asked)))
        return self._warn_of(self._find_entries(known))

    @api.model
    def _warn_of(self, entries):
        """Return that emails to some suppressed addresses will hardly arrive.

        :return: see :meth:`get_warning`.
        """
        emails = entries.sorted("email").mapped("email")
        if not emails:
            return False
        if len(emails) == 1:
            return self.env._(
                "What you send goes to %(email)s all the same, but will hardly arrive: "
                "the server has said twice that this address does not work. Correct it "
                "if you know the right one.",
                email=emails[0],
            )
        named = ", ".join(emails[:MAX_NAMED])
        return self.env._(
            "What you send goes to %(count)s addresses all the same, but will hardly "
            "arrive: their servers have said twice that they do not work (%(emails)s). "
            "Correct them if you know the right ones.",
            count=len(emails),
            emails=named + ("..." if len(emails) > MAX_NAMED else ""),
        )
