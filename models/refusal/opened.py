# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The session of a group of mails, opened before Odoo asks for it."""


class Opened:
    """A part of a batch: the session that was opened before Odoo asks for it.

    :param session: None where there is none: another addon's transport may send
        without.
    :param error: what Odoo is to see then.
    """

    def __init__(self, server_id, smtp_from, session=None, error=None):
        self._asked = (server_id or False, smtp_from)
        self.session = session
        self._error = error

    def is_for(self, host, server_id, smtp_from):
        """Whether somebody asks for this one."""
        return not host and self._asked == (server_id or False, smtp_from)

    def take(self):
        """Return the session; whoever has it closes it."""
        if self._error:
            raise self._error
        session, self.session = self.session, None
        return session
