# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Why a file was not read, in words."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

_DAMAGED = _lt("The file is damaged, or was cut off on its way.")
_NO_REPORT = _lt("There is no DMARC report in it.")
_HARMFUL = _lt("It is made so that reading it does harm, and was not read.")
REASONS = {
    "archive_damaged": _DAMAGED,
    "archive_unknown": _lt("It is packed in a way that can't be unpacked here."),
    "bomb": _HARMFUL,
    "doctype": _HARMFUL,
    "duplicate": _lt("The same report is in the file twice."),
    "empty": _lt("The file is empty."),
    "encrypted": _lt("It needs a password."),
    "markup_too_long": _HARMFUL,
    "nested": _lt("There is an archive in the archive: unpack it first."),
    "no_report": _NO_REPORT,
    "not_xml": _DAMAGED,
    "text_too_long": _HARMFUL,
    "too_deep": _HARMFUL,
    "too_large": _lt("It is larger than 25 MB."),
    "too_many": _lt("Too many reports have come in today. Try again tomorrow."),
    "too_many_elements": _HARMFUL,
    "too_many_members": _lt("There are too many files in it."),
    "too_many_records": _lt("It has more than 200,000 rows."),
    "too_many_reporters": _lt("Too many different names report on this domain."),
    "too_many_unproven": _lt(
        "Too many reports that nothing proves have come in today."
    ),
    "too_old": _lt("It is about a time more than a year ago."),
    "truncated": _DAMAGED,
    "unreadable": _lt("It could not be read. What went wrong stands in Odoo's log."),
}
