# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said of a row of the audit."""

from odoo.tools.translate import LazyTranslate

from ...mailauth.dns.names import display_name
from ...mailauth.mailbox import parse_mailbox
from ..sender.sentences import SENTENCES

_lt = LazyTranslate(__name__)

NOT_MATCHED = ("filter_mismatch", "no_author")
# By the code of the reason; sentences about senders stand in models/sender.
OWN = {
    "entry_odd": _lt(
        "%(author)s in the filter is neither a domain nor an address: it lets nobody "
        "pass."
    ),
    "no_address": _lt(
        "“%(author)s” is no email address, so the default address %(default)s stands "
        "in."
    ),
    "unreadable": _lt("The address can't be read: such emails fail."),
    "no_sender": _lt(
        "Nobody is left to send as: there is neither a usable address nor a default "
        "address."
    ),
    "record_none": _lt(
        "The address depends on the record, and there is none to try it with."
    ),
    "record_error": _lt(
        "The address depends on the record: on the newest one it can't be found."
    ),
    "record_slow": _lt(
        "The address depends on the record: finding it took too long, or wanted to "
        "reach other servers."
    ),
    "record_each": _lt("The address is another one for each recipient."),
    "dns_pending": _lt("DNS has not been asked about %(domain)s yet."),
    "dns_silent": _lt("DNS did not answer about %(domain)s; it is asked again."),
    "policy_pending": _lt(
        "DNS has not been asked yet whether %(domain)s lets others send in its name."
    ),
}


def explain(row):
    """Return why something happens to the mails of an address.

    :param row: of ``mail.sender.address``.
    """
    words = {
        "author": parse_mailbox(row.email).address or row.email or "",
        "default": parse_mailbox(row.sent_as).address,
        "domain": display_name(row.domain) if row.domain else "",
        "filter": row.server_filter or "",
    }
    code = _find_code(row)
    for sentences in (OWN, SENTENCES):
        if code in sentences:
            sentence = row.env._(sentences[code])
            return sentence % words
    checks = row.env["mail.domain.check"]
    told = [checks._explain(code, dict(params)) for code, params in row.reasons or ()]
    return " ".join(told)


def _find_code(row):
    """Return the code of the sentence about a row, which may say more than a reason."""
    if row.source_model == "ir.mail_server" and row.reason in NOT_MATCHED:
        return "entry_odd"  # what does not even let itself pass
    return "no_address" if row.reason == "no_author" and row.email else row.reason
