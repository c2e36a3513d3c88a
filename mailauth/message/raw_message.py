# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A message that has been read: its header fields, its body, and what is odd."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RawMessage:
    """A message, taken apart into header fields and body.

    :param data: the whole message with CRLF line ends, without what a pipe, a mailbox
        or a clipboard has put before it.
    :param fields: (name, value) in order, each value with its folds and its last CRLF.
    :param body: what stands behind the empty line.
    :param return_path: the address in the Return-Path that a pipe has put before the
        message, else in the first that is there; "" for the null sender, None where
        there is none.
    :param eight_bit_damaged: whether bytes above 127 may have been changed on the way
        in, so that a hash that fails proves nothing.
    :param problems: codes of what can't be read as it should be, of
        :data:`.raw.PROBLEMS`.
    :param path_before: whether the Return-Path stood before the message, so that it is
        none of its fields.
    """

    data: bytes
    fields: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    return_path: str | None = None
    eight_bit_damaged: bool = False
    problems: tuple[str, ...] = ()
    path_before: bool = False

    def get_all(self, name: str) -> list[bytes]:
        """Return the values of all fields of a name, in order, folds included."""
        wanted = name.lower().encode()
        return [value for found, value in self.fields if found.lower() == wanted]
