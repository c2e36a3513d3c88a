# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may take an incoming message before Odoo routes it.

A taker is a model with this method::

    @api.model
    def _take_inbound(self, message):
        ...

    :param InboundMessage message: what came. It is hostile, and so may be whoever has
        handed it in: ``message_process`` can be called by RPC, and ``self.env.user`` is
        the caller, with no more rights than he has.
    :return: whether it is taken: no other taker gets it, and Odoo doesn't route it.

It stores what it needs and returns; what takes time is done later, in a scheduled
action that it triggers. Whatever it raises is logged, what it has written is undone,
and the message goes to the next one, at last to Odoo.
"""

# The names of the models, in the order in which they are asked.
TAKERS = ("mail.test.message", "mail.dmarc.report", "mail.delivery.report")

MAX_TAKEN = 50 * 1024 * 1024  # bytes; what is larger goes to Odoo unasked
