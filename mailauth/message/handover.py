# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where a message was handed over from outside, by whom, and who is to be believed."""

from dataclasses import dataclass

from .hops import read_hops
from .raw import RawMessage
from .result import Hop, ReportedResult


@dataclass(frozen=True)
class Way:
    """The way of a message, as the Received fields tell it.

    :param hops: newest first.
    :param client_ip: the address that handed the message in from outside, "" where
        that can't be told.
    :param helo: the name in HELO of that session, "" where that can't be told.
    :param mail_from: the envelope sender; "" for the null sender, None where it is not
        known, a domain without "@" where only that is known.
    :param receiver: the host that took the message from outside, "" where unknown.
    :param tls: whether that session was encrypted, None where that can't be told.
    :param arrived: when, in seconds since 1970; None where that can't be told.
    :param proves_nothing: "no_outside_hop", "private_only", "same_account" or "".
    :param reported: what hosts on the way say of the message.
    :param arc: the ARC sets, newest first: instance and what each says, not verified.
    :param notes: codes: "clock_skew", "forwarded", "given", "too_many_hops",
        "mime_converted".
    :param is_list: whether it came through a mailing list.
    :param handing: the place in ``hops`` of the hand-over, None where unknown.
    """

    hops: tuple[Hop, ...] = ()
    client_ip: str = ""
    helo: str = ""
    mail_from: str | None = None
    receiver: str = ""
    tls: bool | None = None
    arrived: int | None = None
    proves_nothing: str = ""
    reported: tuple[ReportedResult, ...] = ()
    arc: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_list: bool = False
    handing: int | None = None


def read_way(
    message: RawMessage,
    client_ip: str | None = None,
    helo: str | None = None,
    mail_from: str | None = None,
) -> Way:
    """Read the way of a message; what is given is believed before what it says.

    :param client_ip: the address that handed it over, where it is known.
    :param helo: the name in HELO, where it is known.
    :param mail_from: the envelope sender, where it is known; "" or "<>" for the null
        sender.
    """
    hops = read_hops(message)
    sender = message.return_path if mail_from is None else mail_from.strip("<>")
    if client_ip:
        return Way(hops, client_ip, helo or "", sender, notes=("given",))
    for place, hop in enumerate(hops):
        if hop.from_ip:
            name = helo or hop.from_host
            found = hop.from_ip, name, sender, hop.by, hop.tls, hop.time
            return Way(hops, *found, handing=place)
    return Way(hops, mail_from=sender, proves_nothing="no_outside_hop")
