# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import binascii
from xmlrpc.client import Binary

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from ...mailauth.message.raw import MAX_HEADER, read_raw
from ...mailauth.message.source import decode_words, read_source
from ...mailauth.printable import drop_hidden, shorten
from ..inbound.message import InboundMessage
from .clues import find_clues

_lt = LazyTranslate(__name__)

# Why there is no message in a source, by its problem.
PROBLEMS = {
    "too_large": _lt("It is too large: mails of more than 30 MB are not read."),
    "empty": _lt("There is nothing in it."),
    "outlook_msg": _lt(
        "This is a file of Outlook (.msg), which does not hold the source of the mail."
    ),
    "outlook_tnef": _lt("This is an attachment of Outlook (winmail.dat), not a mail."),
    "archive": _lt("This is an archive. Unpack it, and take the mail out of it."),
    "picture": _lt("This is a picture or a document, not a mail."),
    "web_page": _lt("This is a page of a browser, not the source of a mail."),
    "inline_forward": _lt(
        "This is the text of a forwarded mail. Which servers the original has passed "
        "can't be told from it."
    ),
    "no_header": _lt(
        "This is not the source of a mail: the lines that say which servers it has "
        "passed are missing."
    ),
}
PLAIN = ("too_large", "empty", "archive")
MAX_NAME = 200  # characters of a name
MAX_VALUE = 1000  # bytes of a header field that are read here


class MailTestMessage(models.Model):
    """Any message explained: what people paste or upload."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    source_notes = fields.Json(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Technical: what is to be known of how the message was found in what was "
        "given; codes of mailauth.message.source.",
    )

    @api.model
    def explain(self, raw, filename=None):
        """Explain the message in what somebody has pasted or picked.

        A forward with the original attached is explained by the original. A test
        message that is awaited is taken for what it is: it is back, and its test is
        the record.

        :param raw: bytes, or base64 of them as clients send it.
        :param filename: of the file, or None.
        :return: the record.
        :raises UserError: where there is no message in it.
        """
        self.browse().check_access("create")
        source = read_source(_to_bytes(raw))
        if source.problem:
            raise UserError(" ".join(filter(None, self._describe_problem(source))))
        return self._explain_source(source, filename)

    @api.model
    def _explain_source(self, source, filename):
        """Explain a :class:`Source`, which has a message."""
        test = self._hand_back(source.raw)
        if test:
            return test
        shown = {name: _read_field(source.raw, name) for name in ("From", "Subject")}
        name = _clean(filename) or shown["Subject"] or None
        test = self._explain_message(source.raw, name)
        test.sudo().write(
            {
                "source_notes": list(source.notes),
                # Whose it is, and not who asks; nor is it of a domain of ours.
                "email_from": shown["From"],
                "alias_domain_id": False,
            }
        )
        return test

    @api.model
    def explain_upload(self, content, filename=None):
        """Explain a message that a browser sends; what it is instead is an answer.

        :param str content: base64.
        :param filename: of the file, or None.
        :return: ``id`` of the record, False for none; ``level``, ``text`` (a sentence)
            and ``hint`` (what to do, or "").
        :raises AccessError: who is no administrator.
        """
        self.browse().check_access("create")
        source = read_source(_to_bytes(content))
        if source.problem:
            text, hint = self._describe_problem(source)
            return {"id": False, "level": "fail", "text": text, "hint": hint}
        test = self._explain_source(source, filename)
        with test._see_now() as seen:
            verdict = seen._read_verdict()
            text, level = seen._get_headline(verdict), seen._get_level(verdict)
        return {"id": test.id, "level": level, "text": text, "hint": ""}

    @api.model
    def _hand_back(self, raw):
        """Take the source of a test message that is awaited; return its test."""
        message = InboundMessage(raw)
        clues = find_clues(raw, message.headers)
        leg = self.sudo()._find_leg(clues.message_id) if clues else None
        if not leg or leg.kind != "arrival" or leg.state == "back":
            return self.browse()
        test = self.browse(leg.test_id.id)._filtered_access("read")
        if not test or not self.sudo()._take_inbound(message):
            return self.browse()
        # What is not the message that was sent is explained like any other. It was
        # stored in a transaction of its own, which this one does not see.
        with test._see_now() as seen:
            leg_now = leg.with_env(seen.env)
            leg_now.invalidate_recordset()
            is_back = leg_now.state == "back"
        return test if is_back else self.browse()

    @api.model
    def _describe_problem(self, source):
        """Return why there is no message in a source, and what to do, or ""."""
        text = self.env._(PROBLEMS[source.problem])
        if source.problem in PLAIN:
            return text, ""
        return text, self.env._("How to get the source of a mail is explained below.")


def _to_bytes(raw):
    """Return bytes, also of what clients send as base64; b"" where it is neither."""
    raw = raw.data if isinstance(raw, Binary) else raw  # of XML-RPC
    if isinstance(raw, bytes):
        return raw
    try:
        return base64.b64decode(raw) if isinstance(raw, str) else b""
    except (binascii.Error, ValueError):
        return b""


def _read_field(raw, name):
    """Return a header field of a message as it can be shown, "" for none."""
    for value in read_raw(raw[:MAX_HEADER]).get_all(name)[:1]:
        return _clean(decode_words(value[:MAX_VALUE].decode("utf-8", "replace")))
    return ""


def _clean(text):
    """Return what a stranger wrote as it can be shown, bounded; "" for no text."""
    if not isinstance(text, str):
        return ""
    return shorten(drop_hidden(text[: MAX_NAME * 4]).strip(), MAX_NAME)
