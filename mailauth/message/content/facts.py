# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is known of a message besides its bytes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ContentFacts:
    """What is known of a message besides its bytes.

    :param from_domain: the domain in From, in A-labels; "" where there is not one.
    :param mail_from: the envelope sender, "" for the null sender, None where unknown.
    :param is_mailing: whether it is one of many of a mailing; None: its header tells.
    :param signed_fields: names, in lower case, that a signature which passes covers;
        None or none where that is not known, or where no signature passes: then the
        rules about what has to be signed say nothing.
    :param arrived: when it arrived, in seconds since 1970; None where that is not
        known: then it is not judged whether its date is too old.
    :param now: the time now, which no message can be later than; None where that is not
        known either.
    :param utf8: whether it was handed over by SMTPUTF8 (RFC 6531), so that its header
        may hold UTF-8.
    """

    from_domain: str = ""
    mail_from: str | None = None
    is_mailing: bool | None = None
    signed_fields: frozenset[str] | None = None
    arrived: int | None = None
    now: int | None = None
    utf8: bool = False
