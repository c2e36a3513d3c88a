# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A sink that refuses what it is told to, in the words that it is told."""

from ..smtp_sink import SmtpSink


class RefusingSink(SmtpSink):
    """A sink with an answer to each command.

    :ivar greetings: what it says to the next connections, instead of a greeting.
    :ivar dict to_recipients: answers by recipient.
    :ivar list to_messages: answers to the next messages; then they are taken.
    :ivar cut_at: "RCPT" or "DATA": where it cuts the connection.
    :ivar commands: all that was asked.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.forget()

    def forget(self):
        self.to_senders, self.to_recipients, self.to_messages = "", {}, []
        self.cut_at = ""
        self.data_reply, self.close_after_data = "", False
        self.commands = []

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.commands.append("MAIL")
        if self.to_senders:
            return self.to_senders
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.commands.append(f"RCPT {address}")
        if self.cut_at == "RCPT":
            server.transport.abort()
        if answer := self.to_recipients.get(address):
            return answer
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):
        self.commands.append("DATA")
        if self.to_messages:
            return self.to_messages.pop(0)
        return await super().handle_DATA(server, session, envelope)
