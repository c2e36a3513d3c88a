# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The message that all rules look at: what several of them need is read once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ...mailbox import Mailbox, list_mailboxes
from ...printable import printable
from ..mime import Part, Structure, read_structure
from ..raw import RawMessage
from .facts import ContentFacts
from .html import Html, read_html

_MAX_VALUE = 8192  # bytes of a field that rules read
_MAX_HTML = 512 * 1024  # bytes of all HTML that is looked through
_MAX_TEXT = 64 * 1024
_MAX_RECIPIENTS = 20
_MAX_NAME = 60  # characters of a field's name that are shown
_MAX_LINE = 200
_MAX_SHOWN = 6
# Who takes a message writes these, not who sends it.
_OF_RECEIVERS = re.compile(
    rb"(?:arc-|authentication-results|delivered-to|received|return-path|x-forefront-"
    rb"|x-gm-|x-google-|x-microsoft-|x-mimecast-|x-ms-|x-original-to|x-proofpoint-"
    rb"|x-received|x-spam|x-virus|x-ymail)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Judged:
    """A message under judgement.

    :param message: as it was received.
    :param facts: what is known besides.
    """

    message: RawMessage
    facts: ContentFacts

    @cached_property
    def own_fields(self) -> list[tuple[bytes, bytes]]:
        """The fields that the sender wrote, as far as their names tell."""
        fields = self.message.fields
        return [field for field in fields if not _OF_RECEIVERS.match(field[0])]

    @cached_property
    def structure(self) -> Structure:
        """The parts of the message."""
        return read_structure(self.message)

    @cached_property
    def html_parts(self) -> list[Part]:
        """The parts that are shown as HTML."""
        return self._list_shown("text/html")

    @cached_property
    def text_parts(self) -> list[Part]:
        """The parts that are shown as text."""
        return self._list_shown("text/plain")

    @cached_property
    def html(self) -> Html:
        """The links of all HTML, the first half megabyte of it."""
        shares = max(1, len(self.html_parts))
        texts = [part.read_text(_MAX_HTML // shares) for part in self.html_parts]
        return read_html("\n".join(texts))

    @cached_property
    def text(self) -> str:
        """The text, where there is no HTML that would be shown instead."""
        if self.html_parts:
            return ""
        shares = max(1, len(self.text_parts))
        return "\n".join(p.read_text(_MAX_TEXT // shares) for p in self.text_parts)

    @cached_property
    def recipients(self) -> list[Mailbox]:
        """The first recipients in To and Cc."""
        values = [self.get(name) for name in ("To", "Cc")]
        found = [box for text in values for box in list_mailboxes(text)]
        return found[:_MAX_RECIPIENTS]

    @cached_property
    def is_mailing(self) -> bool:
        """Whether it is one of many that recipients can unsubscribe from."""
        if self.facts.is_mailing is not None:
            return self.facts.is_mailing
        if self.has("List-Post") or self._is_automatic():
            return False  # a discussion, or an answer of a program
        hints = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")
        bulk = self.get("Precedence").lower() == "bulk" and not self._is_of_program()
        return bulk or any(self.has(name) for name in hints)

    def _is_automatic(self) -> bool:
        return self.facts.mail_from == "" or (
            self.get("Auto-Submitted").lower().startswith("auto-replied")
        )

    def _is_of_program(self) -> bool:
        """Tell whether a program told somebody of an event (RFC 3834 section 5).

        Trackers and monitors mark such mails as bulk, so that nobody answers them.
        """
        return self.get("Auto-Submitted").lower() not in ("", "no")

    def _list_shown(self, content_type: str) -> list[Part]:
        parts = self.structure.parts
        found = [part for part in parts if part.content_type == content_type]
        return [part for part in found if part.disposition != "attachment"]

    def has(self, name: str) -> bool:
        """Tell whether there is a field of a name."""
        return bool(self.message.get_all(name))

    def get(self, name: str) -> str:
        """Return the first field of a name, without folds; "" for none."""
        return unfold(next(iter(self.message.get_all(name)), b""))


def show_name(name: bytes) -> str:
    """Return a field's name; strangers make long ones."""
    return name[:_MAX_NAME].decode("ascii", "replace")


def list_names(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the names of the first fields, each once."""
    names = dict.fromkeys(show_name(name) for name, _value in fields)
    return ", ".join(list(names)[:_MAX_SHOWN])


def show_fields(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the beginnings of the first fields, a line for each."""
    shown = [f"{show_name(n)}: {unfold(v)}" for n, v in list(fields)[:_MAX_SHOWN]]
    return "\n".join(printable(text, _MAX_LINE) for text in shown)


def unfold(value: bytes) -> str:
    """Return the beginning of a field's value on one line; what is no UTF-8 is marked.

    :param value: with its folds.
    """
    text = value[:_MAX_VALUE].decode("utf-8", "replace")
    return re.sub(r"\r\n(?=[ \t])", "", text).strip()
