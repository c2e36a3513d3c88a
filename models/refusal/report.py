# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A delivery report that has come in, and the mail of ours that it is about."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from markupsafe import Markup

from odoo.tools import email_normalize, plaintext2html

from ...mailauth.address import split_address
from ...mailauth.from_filter import fold_address
from ...mailauth.refusal.bounce import Bounce, Recipient
from .relay_reply import list_names

# What Odoo counts: the address does not work, and nothing of ours is the reason.
COUNTED = ("mailbox_unknown", "mailbox_disabled", "mailbox_full")
# They say what became of a mail; all other kinds are none of a sender's business.
ABOUT_DELIVERY = ("failed", "delayed", "delivered", "relayed", "expanded", "complaint")
QUESTION = "delivery report"  # under which an incoming message remembers it
MAX_IDS = 20
MAX_ID = 998  # characters of a line, RFC 5322 section 2.1.1
# Who they come from, whatever their form.
_DAEMONS = re.compile(
    r"mailer-?daemon|mail[.-]daemon|postmaster|microsoftexchange", re.IGNORECASE
)
# Where services keep the identifier that they have replaced.
_ORIGINAL_IDS = ("x-microsoft-original-message-id", "x-original-message-id")


@dataclass(eq=False)
class Reported:
    """What a report says of one recipient whom the mail was sent to.

    :param address: as the mail was sent to it, folded.
    :param action: as in the core's ``Recipient``, or "complaint".
    :param told: what the report says, None in a complaint.
    :param notifications: of this recipient, ``mail.notification``.
    :param mails: those of ``mail.mail`` that are kept, and for this recipient.
    :param traces: of a mailing, None without mass_mailing.
    :ivar refusal: what is noted of it, ``mail.refusal``.
    """

    address: str
    action: str
    told: Recipient | None
    notifications: object
    mails: object
    traces: object = None
    refusal: object = None


@dataclass(eq=False)
class Report:
    """A report, and what it is about here.

    :param bounce: what the core reads in it.
    :param message: the ``mail.message``, empty where it is not kept.
    :param message_id: of the mail, as it was sent.
    :param reported: the recipients that it was sent to; without them the report is
        about no mail of ours.
    :ivar is_answer: whether it only answers to the mail, as a human's answer does.
    :ivar counted: addresses that did not work, and that this report is the first to
        say so of.
    :ivar is_noted: whether all that is known by it.
    """

    bounce: Bounce
    message: object = None
    message_id: str = ""
    reported: list = field(default_factory=list)
    is_answer: bool = False
    counted: list = field(default_factory=list)
    is_noted: bool = False

    def word(self, address):
        """Return what a server has said of an address, as Odoo wants a body.

        :param address: in any spelling.
        :rtype: Markup
        """
        spellings = spell(address or "")
        for one in self.reported:
            if one.refusal and one.address in spellings:
                return plaintext2html(one.refusal.text or "")
        return Markup()

    @property
    def is_delivery_report(self) -> bool:
        """Whether it is about a mail of ours, and surely no human's answer to it."""
        is_sure = bool(self.reported) and not self.is_answer
        return is_sure and self.bounce.kind != "complaint"


def may_be_report(message, bounce_addresses) -> bool:
    """Whether it is worth to read a message as a report: what Odoo takes for one is.

    :param InboundMessage message: what came.
    :param bounce_addresses: the set of those of this database, folded.
    """
    headers = message.headers
    if headers.get_content_type() == "multipart/report":
        return True
    if str(headers.get("Return-Path") or "").strip() == "<>":
        return True
    sender = str(headers.get("From") or "")[:MAX_ID]
    if "X-Failed-Recipients" in headers or _DAEMONS.search(sender):
        return True
    return not bounce_addresses.isdisjoint(message.recipients)


def list_ids(bounce):
    """Return the identifiers of the mail that a report may be about, the surest first.

    :return: groups: what it says of the mail, what a relay has called it, and what it
        answers to. Each is a list without what a database could not have.
    """
    headers = bounce.original_headers
    named = [value for name, value in headers if name in _ORIGINAL_IDS]
    own = [bounce.original_message_id, *named]
    relayed = [name for one in own for name in list_names(one)]
    queue = [value for name, value in headers if name == "x-ses-message-id"]
    relayed += [*queue, bounce.envelope_id]
    return [_clean(own), _clean(relayed), _clean(bounce.referred_ids)]


def _clean(ids):
    known = dict.fromkeys(one.strip() for one in islice(ids, MAX_IDS))
    return [one for one in known if one and len(one) <= MAX_ID and one.isprintable()]


def spell(address):
    """Return an address in all spellings under which Odoo may keep it.

    :return: a set, in lower case; empty where it is none.
    """
    if "@" not in address or not address.isprintable():
        return set()
    folded = fold_address(address)
    local_part, domain = split_address(folded)
    spellings = {folded, email_normalize(address) or folded}
    if "xn--" in domain:
        with suppress(UnicodeError):
            spellings.add(f"{local_part}@{domain.encode('ascii').decode('idna')}")
    return spellings
