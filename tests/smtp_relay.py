# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An SMTP relay that does to messages what relays may do. Never imports odoo."""

import email
import email.policy
import re
import smtplib

from .smtp_sink import SmtpSink

_FIELD = re.compile(rb"([^:]+):[ \t]*(.*)\Z", re.DOTALL)
_SEVEN = email.policy.compat32.clone(cte_type="7bit", linesep="\r\n")


class SmtpRelay(SmtpSink):
    """A sink that hands on what it gets to a second one, changed by :func:`relay`."""

    def __init__(self, target: SmtpSink, **options):
        super().__init__(**options)
        self.target = target

    def keep(self, delivery):
        with smtplib.SMTP(self.target.host, self.target.port, timeout=10) as smtp:
            smtp.sendmail(delivery.mail_from, delivery.rcpt_tos, relay(delivery.data))
        return super().keep(delivery)


def relay(message: bytes) -> bytes:
    """Return the message as the worst of relays hands it on, within its rights.

    Received on top, fields folded elsewhere and in another case, 8-bit parts as 7bit
    (RFC 6152 section 3), lines of more than 78 broken, ">From" for mailboxes, white
    space at the ends of lines gone.
    """
    head, _empty, body = _downgrade(message).partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    body = re.sub(rb"(?m)^From ", b">From ", body)
    body = re.sub(rb"[^\r\n]{78}(?=[^\r\n])", rb"\g<0>\r\n", body)
    body = re.sub(rb"[ \t]+(?=\r\n)", b"", body)
    received = b"Received: from a.example by b.example; Mon, 01 Jan 2026 00:00:00 +0000"
    return b"\r\n".join([received, *map(_rewrap, fields), b"", body])


def _downgrade(message: bytes) -> bytes:
    if message.isascii():
        return message
    return email.message_from_bytes(message).as_bytes(policy=_SEVEN)


def _rewrap(field: bytes) -> bytes:
    name, value = _FIELD.match(field).groups()
    words = value.replace(b"\r\n", b"").split()
    lines, line = [], name.swapcase() + b":"
    for word in words:
        if len(line) + len(word) > 40:
            lines.append(line)
            line = b"\t"
        line += b" " + word
    return b"\r\n".join([*lines, line])
