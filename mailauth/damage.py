# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What copying and pasting does to the records of all kinds.

For the readings of what a damaged record was meant to say: ``meant.py`` of spf, dkim
and dmarc. What each kind makes of these signs is its own matter.
"""

import codecs

# What word processors and web pages put for the quotes of a keyboard.
DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02"
SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u00b4\uff07"


def decode_text(data: bytes) -> str:
    """Return the text of a record; no byte is too wrong for it.

    What is cut off in the middle of a character is no other encoding. What is no UTF-8
    was mostly written by Windows: its quotes and dashes are single bytes.
    """
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
