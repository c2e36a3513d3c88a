# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The documents in what a reporter has sent, whatever its name and type claim.

Each is unpacked twice: once to see that it is whole and not too large, and only then to
be read. So what is refused costs no more than the unpacking.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from ..errors import PermError
from ..message.mime import MESSAGE_TYPES, read_structure
from ..message.raw import read_raw

MAX_IN = 25 * 1024 * 1024  # bytes of a file
MAX_MAIL = 50 * 1024 * 1024  # in base64 a file is larger by a third
MAX_OUT = 200 * 1024 * 1024
MAX_RATIO = 1000
MAX_MEMBERS = 10
MAX_MAILS = 2  # in each other: a report that somebody has forwarded as an attachment
MAX_DOCUMENTS = 500  # in one file: each part of a mail may be a mail, or an archive
HEAD = 16 * 1024  # bytes of a document by which it is known
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
_MAX_NAME = 255
_CHUNK = 64 * 1024
_FREE = 1024 * 1024  # bytes that are unpacked before the ratio counts
_MAX_GZIP = 1000  # members of a gzip file: a report has one, seldom a few
_EMPTY_ZIP = b"PK\x05\x06"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_FIELD = re.compile(rb"(?:From |[\x21-\x39\x3b-\x7e]{1,80}[ \t]{0,9}:)")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MARKUP = (b"<", b"<\x00", b"\x00<")
# Parts of a mail that hold no report, whatever they look like.
_NOT_REPORTS = ("text/plain", "text/html")

Chunks = Iterator[bytes]


@dataclass(frozen=True)
class Document:
    """Something that may be a report.

    :param open: yields its bytes, from the beginning each time.
    :raises PermError: while it is read, with the code of why it is refused.
    """

    name: str
    open: Callable[[], Chunks]


@dataclass
class Room:
    """How many bytes may still come out of a file, all of its documents together."""

    left: int = MAX_OUT

    def measure(self, document: Document) -> bytes:
        """Return the beginning of a document that is whole.

        :raises PermError: the code of why it is not, or of why it is no document.
        """
        head = b""
        for chunk in document.open():
            self.left -= len(chunk)
            if self.left < 0:
                raise PermError("bomb")
            if len(head) < HEAD:
                head += chunk
        if head.startswith((GZIP, ZIP)):
            raise PermError("nested")
        if head.strip() and not _is_markup(head):
            raise PermError("no_report")
        return head[:HEAD]


def list_documents(data: bytes, name: str = "", mails: int = 0) -> Iterator[Document]:
    """Yield the documents in a file: a document, an archive, or a whole mail.

    :param mails: how many mails are around it already.
    :raises PermError: the code of why the file is refused.
    """
    is_mail = bool(_FIELD.match(data)) and not is_zlib(data)
    if len(data) > (MAX_MAIL if is_mail else MAX_IN):
        raise PermError("too_large")
    if data.startswith(GZIP):
        yield Document(name, lambda: _gunzip(data))
    elif data.startswith((ZIP, _EMPTY_ZIP)):
        yield from _list_members(data, name)
    elif _is_markup(data):
        yield Document(name, lambda: _cut(data))
    elif is_zlib(data):
        yield Document(name, lambda: _inflate(data))
    elif is_mail and mails < MAX_MAILS:
        yield from _list_attached(data, mails + 1)
    else:
        raise PermError("no_report" if data.strip() else "empty")


def _is_markup(data: bytes) -> bool:
    return data.startswith(_BOMS) or data[:200].lstrip().startswith(_MARKUP)


def is_zlib(data: bytes) -> bool:
    """Tell whether data are deflated, with no dictionary (RFC 1950 section 2.2)."""
    return len(data) > 2 and data.startswith(_ZLIB)


def _cut(data: bytes) -> Chunks:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


def _gunzip(data: bytes) -> Chunks:
    """Yield what is in all members of a gzip file (RFC 1952 section 2.2).

    What follows them is no member, and left out.
    """
    spent, at = Spent(), 0
    for _member in range(_MAX_GZIP):
        if not data.startswith(GZIP, at):
            return
        at = yield from _unpack(16 + zlib.MAX_WBITS, data, at, spent)
    raise PermError("too_many_members")


def _inflate(data: bytes) -> Chunks:
    yield from _unpack(zlib.MAX_WBITS, data, 0, Spent())


@dataclass
class Spent:
    """How many bytes have gone in and come out."""

    taken: int = 0
    given: int = 0

    def count(self, taken: int, given: int) -> None:
        """:raises PermError: "bomb" where more comes out than can be honest."""
        self.taken += taken
        self.given += given
        is_free = self.given <= _FREE
        if self.given > MAX_OUT:
            raise PermError("bomb")
        if not is_free and self.given > MAX_RATIO * self.taken:
            raise PermError("bomb")


def _unpack(
    wbits: int, data: bytes, at: int, spent: Spent
) -> Generator[bytes, None, int]:
    """Yield what comes out of a decompressor, bounded; return where its data end.

    It gets them in pieces: what it has not taken yet is copied each time.
    """
    unpacker, rest = zlib.decompressobj(wbits), b""
    try:
        while not unpacker.eof:
            taken = rest or data[at : at + _CHUNK]
            at += 0 if rest else len(taken)
            piece = unpacker.decompress(taken, _CHUNK)
            if not piece and not taken:
                raise PermError("truncated")
            rest = unpacker.unconsumed_tail
            left = len(rest) + len(unpacker.unused_data)
            spent.count(len(taken) - left, len(piece))
            yield piece
    except zlib.error as error:
        raise PermError("archive_damaged") from error
    return at - len(unpacker.unused_data)


def _list_members(data: bytes, name: str) -> Iterator[Document]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        # The list of members stands at the end of the file.
        raise PermError("truncated") from error
    if len(members) > MAX_MEMBERS:
        raise PermError("too_many_members")
    found = [one for one in members if not _is_aside(one.filename)]
    # What else lies beside a report, such as a text that explains it.
    found = [one for one in found if one.filename.lower().endswith(".xml")] or found
    if not found:
        raise PermError("no_report")
    for member in found:
        yield _open_member(archive, member, name)


def _open_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str
) -> Document:
    path = f"{name}/{member.filename}" if name else member.filename
    return Document(path[:_MAX_NAME], lambda: _read_member(archive, member))


def _is_aside(name: str) -> bool:
    """What macOS puts beside each file."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Chunks:
    spent = Spent()
    if member.flag_bits & 1:
        raise PermError("encrypted")
    # More than it claims is not read.
    spent.count(max(member.compress_size, 1), member.file_size)
    spent.given = 0
    try:
        with archive.open(member) as file:
            while piece := file.read(_CHUNK):
                spent.count(0, len(piece))
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise PermError("archive_damaged") from error
    except (NotImplementedError, RuntimeError) as error:
        raise PermError("archive_unknown") from error


def _list_attached(data: bytes, mails: int) -> Iterator[Document]:
    """Yield what is attached to a mail, or what it is made of."""
    found = False
    for part in read_structure(read_raw(data, MAX_MAIL)).parts:
        is_text = part.content_type in _NOT_REPORTS and not part.filename
        if is_text or part.content_type.startswith("multipart/"):
            continue
        content = part.decode(MAX_MAIL)
        is_packed = content.startswith((GZIP, ZIP)) or is_zlib(content)
        if is_packed or _is_markup(content) or part.content_type in MESSAGE_TYPES:
            for document in _list_part(content, part.filename[:_MAX_NAME], mails):
                found = True
                yield document
    if not found:
        raise PermError("no_report")


def _list_part(content: bytes, name: str, mails: int) -> Iterator[Document]:
    """Yield the documents in one part; one that can't be read ends no other."""
    try:
        yield from list_documents(content, name, mails)
    except PermError as error:
        if error.code not in ("no_report", "empty"):
            yield Document(name, partial(_refuse, error.code))


def _refuse(code: str) -> NoReturn:
    raise PermError(code)
