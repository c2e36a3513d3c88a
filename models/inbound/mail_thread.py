# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The door in: the only place with the bytes of an incoming message.

``message_route`` is too late: Odoo has dropped by then what it knows already, such as a
message of our own that comes back, and has decided what is a bounce.
"""

from odoo import api, models
from odoo.http import request

from ..tools.apart import CONFLICTS
from ..tools.carrier import carry
from . import takers
from .fall_through import FallThrough
from .message import read_inbound


class MailThread(models.AbstractModel):
    # A file for each concern.
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Let the takers have a message first; carry it along with what it causes."""
        inbound = read_inbound(message)
        thread = carry(self, inbound)
        plain = super(MailThread, thread).message_process
        options = {
            "save_original": save_original,
            "strip_attachments": strip_attachments,
        }

        def process():
            if thread._is_taken(inbound):
                return False
            return plain(
                model,
                message,
                custom_values=custom_values,
                thread_id=thread_id,
                **options,
            )

        if custom_values or thread_id or not self._is_fetched():
            return process()
        try:
            with self.env.cr.savepoint():
                return process()
        except CONFLICTS:
            # Such as of one that is sending the mail which a report is about: nothing
            # is wrong with the message, and later it passes.
            self.env["mail.inbound.late"]._keep(inbound, model, options)
        return False

    @api.model
    def _is_fetched(self):
        """Whether fetchmail has fetched the message; it does so with all rights.

        It takes what fails for read, and never asks for it again.
        """
        return self.env.su and bool(self.env.context.get("default_fetchmail_server_id"))

    @api.model
    def _is_taken(self, inbound):
        """Whether one of :data:`.takers.TAKERS` has taken a message."""
        if len(inbound.raw) > takers.MAX_TAKEN:
            return False
        return any(self._offer(inbound, name) for name in takers.TAKERS)

    @api.model
    def _offer(self, inbound, name):
        # What is read again then, here or by its caller, must not be half read now.
        again = CONFLICTS if self.env.su or request else ()
        with FallThrough(name, inbound, again), self.env.cr.savepoint():
            taken = bool(self.env[name]._take_inbound(inbound))
            # Where it has hidden an error of the database, this one is raised while
            # the savepoint can still be gone back to.
            self.env.cr.execute("SELECT")
            return taken
        return False
