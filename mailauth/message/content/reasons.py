# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The English of what receivers ask besides; part of ``mailauth.message.reasons``."""


def _lt(text: str) -> str:
    """Mark a text for Odoo's export of terms; screens look its translation up."""
    return text


TITLES = {
    # From
    "from_missing": _lt("The message has no sender"),
    "from_several": _lt("The message has more than one sender"),
    "from_invalid": _lt("The sender has no address that counts"),
    "name_unquoted": _lt("The sender's name lacks its quotes"),
    "name_address": _lt("The sender's name contains another address"),
    "name_recipient": _lt("The sender's name contains the recipient's name"),
    "name_emoji": _lt("There is a picture in the sender's name"),
    "name_message": _lt("The sender's name is used for a message"),
    # Header
    "message_id_missing": _lt("The message has no identifier (Message-ID)"),
    "message_id_invalid": _lt(
        "The identifier of the message is malformed (Message-ID)"
    ),
    "date_wrong": _lt("The date of the message is missing or wrong"),
    "header_repeated": _lt("A header field stands there twice"),
    "header_malformed": _lt("The header can't be read as one"),
    "header_large": _lt("The header is too large"),
    "header_encoded": _lt("A header field is encoded where nobody decodes it"),
    "header_not_ascii": _lt("The header contains raw special characters"),
    # Form
    "line_too_long": _lt("A line is too long"),
    "characters_forbidden": _lt("There are characters that no mail may contain"),
    "mime_broken": _lt("The parts of the message are broken (MIME)"),
    "mime_odd": _lt("A part of the message is not as it says (MIME)"),
    "text_part_missing": _lt("There is no plain text beside the HTML"),
    "size_large": _lt("The message is very large"),
    "size_clipped": _lt("Gmail cuts the end off"),
    "attachment_blocked": _lt("A file is attached that receivers refuse"),
    "subject_missing": _lt("There is no subject"),
    "subject_reply": _lt("The subject claims to be an answer"),
    # Mailings
    "unsubscribe_missing": _lt("There is no unsubscribing with one click"),
    "unsubscribe_encoded": _lt("The unsubscribe link is encoded and can't be used"),
    "unsubscribe_malformed": _lt("The unsubscribe link is malformed"),
    "unsubscribe_unsigned": _lt("The unsubscribe link is not signed"),
    # Links
    "link_private": _lt("A link leads into a private network"),
    "link_address": _lt("A link leads to a bare IP address"),
    "link_relative": _lt("A link leads nowhere"),
    "link_mismatch": _lt("A link shows another address than it leads to"),
    "link_tracked": _lt("A link shows another address than that of the click counter"),
    "link_shortened": _lt("A link goes through a link shortener"),
}

TEXTS = {
    # From
    "from_absent": _lt("There is no From field: nobody has sent it."),
    "from_fields": _lt("There are %(number)s From fields instead of one."),
    "from_mailboxes": _lt("The From field holds more than one address."),
    "from_no_address": _lt("There is no address in the From field."),
    "from_inside": _lt(
        "The address in the From field is at %(domain)s, which exists in one network"
        " only: receivers outside can't answer, and refuse it."
    ),
    "name_not_in_quotes": _lt(
        "A name with a comma or an @ in it has to stand in quotes. Some receivers take"
        " it for two senders."
    ),
    "name_has_gmail": _lt(
        "The name before the address holds the Gmail address %(address)s, from which"
        " the message was not sent."
    ),
    "name_has_address": _lt(
        "The name before the address holds another address: %(address)s."
    ),
    "name_has_recipient": _lt(
        "The name before the address holds that of the recipient, %(name)s."
    ),
    "name_has_emoji": _lt(
        "The name before the address holds the sign “%(sign)s”: such signs can be taken"
        " for a mark of approval."
    ),
    "name_is_reply": _lt(
        "The name before the address begins as subjects of answers do."
    ),
    "name_has_count": _lt(
        "The name before the address holds a number in brackets, as mail programs show"
        " the number of messages in a conversation."
    ),
    "name_has_link": _lt("The name before the address holds a link."),
    "name_is_call": _lt(
        "The name before the address holds words of a message: “%(words)s”."
    ),
    # Header
    "message_id_absent": _lt("There is no Message-ID field."),
    "message_id_empty": _lt("The Message-ID field is empty."),
    "message_id_form": _lt(
        "It has to look like <something@a-name>: one identifier, in angle brackets,"
        " with an @ in it."
    ),
    "date_absent": _lt("There is no Date field."),
    "date_unreadable": _lt("What stands in the Date field is no date."),
    "date_ahead": _lt(
        "By its Date field it was written %(days)s days after it arrived."
    ),
    "date_in_future": _lt(
        "By its Date field it will be written in %(days)s days from now."
    ),
    "date_before_mail": _lt("By its Date field it is older than e-mail as we know it."),
    "date_behind": _lt(
        "By its Date field it was written %(days)s days before it arrived."
    ),
    "field_repeated": _lt(
        "These fields may stand there once only: %(fields)s. Receivers can't know which"
        " of them counts."
    ),
    "header_no_field": _lt(
        "There are lines in the header that are no field (a name, a colon, a value)."
    ),
    "header_size": _lt(
        "The header has more than 256 KB or 2,000 fields; what is beyond was not read."
    ),
    "field_encoded": _lt(
        "These fields hold encoded words (=?...?=) where they have to be read as they"
        " stand: %(fields)s."
    ),
    "field_not_ascii": _lt(
        "These fields hold bytes that are no ASCII: %(fields)s. Such text has to be"
        " encoded, or each server on the way has to allow it (SMTPUTF8)."
    ),
    # Form
    "line_of_field": _lt(
        "A line of the field %(field)s has %(octets)s bytes; 998 are allowed."
    ),
    "line_of_body": _lt(
        "Line %(line)s of the content has %(octets)s bytes; 998 are allowed. Servers"
        " refuse such a message or break the line, and that breaks the signature."
    ),
    "nul_byte": _lt("There is a NUL byte in the message."),
    "lone_cr": _lt(
        "There is a carriage return without a line feed. Servers disagree on whether a"
        " line ends there."
    ),
    "mime_no_boundary": _lt(
        "The message says that it has several parts (%(what)s), and does not say what"
        " stands between them (boundary)."
    ),
    "mime_boundary_unused": _lt(
        "The line that should begin each part never comes: --%(what)s"
    ),
    "mime_not_closed": _lt(
        "The line that should end the last part never comes: --%(what)s-- Something may"
        " have cut the message off."
    ),
    "mime_deep": _lt("Parts lie inside of parts more than %(what)s deep."),
    "mime_many_parts": _lt("There are too many parts; what is beyond was not read."),
    "mime_encoded_multipart": _lt(
        "A group of parts is encoded as a whole (%(what)s), which is not allowed."
    ),
    "mime_encoding_unknown": _lt("A part is encoded in an unknown way: %(what)s."),
    "mime_base64_broken": _lt(
        "A part is said to be base64 and is not, or not all of it: %(what)s."
    ),
    "mime_eight_bit": _lt(
        "A part holds bytes that are no ASCII and does not say so (%(what)s). A server"
        " on the way may change them, and that breaks the signature."
    ),
    "mime_charset_unknown": _lt("A text is written in an unknown charset: %(what)s."),
    "text_absent": _lt(
        "Mails that have the text a second time without HTML can be read everywhere,"
        " and some filters prefer them. No large receiver demands it."
    ),
    "size_of_message": _lt(
        "It has %(megabytes)s MB, files included. Apple takes 20 MB, Yahoo and"
        " Outlook.com 25 MB, companies often less."
    ),
    "size_of_html": _lt(
        "The HTML has %(kilobytes)s KB. Gmail shows the first 102 KB and hides the rest"
        " behind a link, with an unsubscribe link at the end."
    ),
    "file_blocked": _lt(
        "Gmail refuses messages with files of the type .%(type)s: %(name)s."
    ),
    "subject_empty": _lt(
        "Nobody demands a subject, but people delete mails without one, and filters"
        " mistrust them."
    ),
    "subject_claims": _lt(
        "The subject of this mailing begins with “Re:” or “Fwd:”, but it answers no"
        " message."
    ),
    # Mailings
    "unsubscribe_absent": _lt("This is a mailing without a List-Unsubscribe field."),
    "unsubscribe_by_mail": _lt(
        "The List-Unsubscribe field holds no link that begins with https://, so that"
        " one click is not enough."
    ),
    "unsubscribe_http": _lt(
        "The link in List-Unsubscribe begins with http:// and not with https://, so"
        " that receivers don't use it."
    ),
    "unsubscribe_no_post": _lt(
        "There is no List-Unsubscribe-Post field, so that receivers may not unsubscribe"
        " with one click."
    ),
    "unsubscribe_post_other": _lt(
        "The List-Unsubscribe-Post field has to say “List-Unsubscribe=One-Click” and"
        " nothing else."
    ),
    "unsubscribe_words": _lt(
        "List-Unsubscribe is written as encoded words (=?...?=). Nobody decodes them in"
        " this field, so that receivers see no link."
    ),
    "unsubscribe_twice": _lt("The field %(field)s may stand there once only."),
    "unsubscribe_no_uri": _lt(
        "There is no link in angle brackets in List-Unsubscribe, such as"
        " <https://acme.example/unsubscribe>."
    ),
    "unsubscribe_not_signed": _lt(
        "The signature that passes does not cover %(fields)s. Anybody could have added"
        " that, so that receivers don't use it."
    ),
    # Links
    "link_inside": _lt(
        "A link or picture leads to %(host)s, which nobody outside of your network can"
        " reach."
    ),
    "link_number": _lt(
        "A link or picture leads to %(host)s, an address without a name. Filters take"
        " that for a sign of fraud."
    ),
    "link_no_host": _lt(
        "A link has no host, and in a mail that leads nowhere: %(link)s"
    ),
    "link_mismatch_text": _lt(
        "A link reads %(shown)s and leads to %(host)s, as in fraudulent mails. Services"
        " that count clicks do that, too."
    ),
    "link_tracked_text": _lt(
        "A link reads %(shown)s and leads to %(host)s, where clicks are counted. Since"
        " that is your own domain it is mostly accepted."
    ),
    "link_short": _lt(
        "A link goes through %(host)s, which hides where it leads. Spammers use that,"
        " so that filters mistrust it."
    ),
}

TODO = {
    "from_missing": _lt("Let the program that makes the message set From."),
    "from_several": _lt(
        "Let the program that makes the message set one sender in From."
    ),
    "from_invalid": _lt(
        "Give the author an e-mail address: in Odoo that of the contact or the user."
    ),
    "name_unquoted": _lt("Let the program that makes the message quote names in From."),
    "name_address": _lt(
        "Take the address out of the name: in Odoo out of the contact's or company's"
        " name."
    ),
    "name_recipient": _lt("Use the name of the person or company that sends."),
    "name_emoji": _lt(
        "Take the sign out of the name: in Odoo out of the contact's or company's name."
    ),
    "name_message": _lt("Use the name of the person or company that sends."),
    "message_id_missing": _lt(
        "Let the program that makes the message set Message-ID, as Odoo does; look for"
        " a server on the way that removes it."
    ),
    "message_id_invalid": _lt(
        "Let the program that makes the message set a Message-ID like"
        " <unique@your-domain>."
    ),
    "date_wrong": _lt(
        "Set the clock and the time zone of the server that makes the messages; see"
        " whether they wait somewhere for long."
    ),
    "header_repeated": _lt(
        "Find who adds the field a second time: a module that sets headers, or a server"
        " on the way."
    ),
    "header_malformed": _lt(
        "Look at the header for line breaks in values; if you have pasted the source,"
        " paste it again as a file."
    ),
    "header_large": _lt(
        "Look for what fills the header: long lists of recipients or IDs."
    ),
    "header_encoded": _lt(
        "Update the program that makes the message. Odoo's messages leave right with"
        " this module."
    ),
    "header_not_ascii": _lt(
        "Let the program that makes the message encode such names."
    ),
    "line_too_long": _lt(
        "Let the program that makes the message break lines, or encode the text as"
        " quoted-printable or base64."
    ),
    "characters_forbidden": _lt(
        "Find where the text was copied from, and remove such characters."
    ),
    "mime_broken": _lt(
        "If you have pasted the source, see whether all of it is there, or upload it as"
        " a file. Else look for a filter on the way that changes messages."
    ),
    "mime_odd": _lt("Look for a filter on the way that changes messages."),
    "text_part_missing": _lt(
        "Nothing has to be done. Odoo adds such a text by itself."
    ),
    "size_large": _lt("Send a link to the files instead of the files."),
    "size_clipped": _lt(
        "Make the mailing shorter, or copy its text without the formats of other"
        " programs."
    ),
    "attachment_blocked": _lt(
        "Send a link to the file, such as Odoo's Share link of a document."
    ),
    "subject_missing": _lt("Write a subject."),
    "subject_reply": _lt("Take “Re:” or “Fwd:” out of the subject of the mailing."),
    "unsubscribe_missing": _lt(
        "Send mailings with Email Marketing, which adds the fields, and let"
        " web.base.url begin with https:// (in developer mode: Settings > Technical >"
        " System Parameters)."
    ),
    "unsubscribe_encoded": _lt(
        "Update the program that makes the message. Odoo's messages leave right with"
        " this module."
    ),
    "unsubscribe_malformed": _lt(
        "Let List-Unsubscribe hold one link in angle brackets that begins with"
        " https://."
    ),
    "unsubscribe_unsigned": _lt(
        "Let whoever signs the message sign both fields, as Odoo does with a key of"
        " this module."
    ),
    "link_private": _lt(
        "Set web.base.url to the address at which your Odoo is reached from outside,"
        " and web.base.url.freeze to True (in developer mode: Settings > Technical >"
        " System Parameters)."
    ),
    "link_address": _lt(
        "Use a name instead of the address; if it is your Odoo's, set web.base.url"
        " (in developer mode: Settings > Technical > System Parameters)."
    ),
    "link_relative": _lt("Write the whole address, with https:// and the host."),
    "link_mismatch": _lt("Write words as the text of the link, not an address."),
    "link_tracked": _lt("Write words as the text of the link, not an address."),
    "link_shortened": _lt("Link to the page itself."),
}
