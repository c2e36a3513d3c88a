# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The XML of a report, read as it comes in; what is damaged is read as it was meant."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

from ..errors import PermError
from .unpack import Chunks, Document

MAX_TEXT = 64 * 1024  # characters between two tags
MAX_MARKUP = 2 * MAX_TEXT  # bytes of a tag, or of a comment
MAX_DEPTH = 40
_MAX_VALUE = 500  # characters of a text that are kept
_MAX_VALUES = 100  # of one name in an element: so many signatures RFC 9990 allows
_MAX_ELEMENTS = 100_000  # and attributes, besides those of the records
_RECORD_ELEMENTS = 100  # of one record, on average; most have twenty
_HEAD = 64 * 1024  # bytes in which the contact fields stand
_DECLARED = re.compile(rb"<\?xml[^<>]{0,100}encoding\s{0,9}=\s{0,9}[\"']([\w-]{1,40})")
_CHARSETS = ("utf-8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252")
# What stands in the metadata of a report; another "<" there begins no tag.
_KNOWN = (
    "feedback|version|report_metadata|org_name|email|extra_contact_info|report_id"
    "|date_range|begin|end|error|generator|policy_published|domain|discovery_method"
    "|adkim|aspf|p|sp|np|pct|fo|testing|extension|record|row"
)
_STRAY = re.compile(rf"<(?!/?(?:[\w-]{{1,40}}:)?(?:{_KNOWN})[\s/>]|[?!])")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_SCHEMA = re.compile(r"</?(?:[\w-]{1,40}:)?schema\b[^<>]{0,4000}>")
_END_OF_HEAD = "</report_metadata>"
# What is kept of a document; all else is passed over.
_KEPT = frozenset(
    (
        "version report_metadata org_name email report_id date_range begin end error "
        "policy_published domain discovery_method p sp np adkim aspf pct fo testing "
        "record row source_ip count policy_evaluated disposition dkim spf reason type "
        "identifiers identities header_from envelope_from envelope_to "
        "auth_results selector result"
    ).split()
)
_PASSED_OVER = "-"  # no element is called so

Node = dict[str, list]


class _Unreadable(Exception):
    """The document is not well-formed; it may be mended."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class _NotUtf8(Exception):
    """The document is not in the character set that it should be in."""


def read_document(
    document: Document, take_record: Callable[[Node], None]
) -> tuple[Node, list[str]]:
    """Read a document from its beginning to its end.

    Elements are known by their local names. A node is a dict of lists: of texts, and of
    nodes where there are elements in it. Whatever no report has is passed over, and so
    is what is beyond 500 characters and 100 elements of one name.

    :param take_record: is called with each ``record``; it is called anew, from the
        first one on, where the document must be read again.
    :return: the root, and what had to be mended.
    :raises PermError: the code of why it can't be read.
    """
    notes: list[str] = []
    charset = ""
    mend = False
    for _time in range(4):
        reader = _Reader(take_record)
        try:
            notes_of_text: list[str] = []
            texts = _decode(document.open(), charset, notes_of_text)
            reader.take_all(_mend(texts) if mend else texts)
        except _NotUtf8:
            charset = "windows-1252"
            notes.append("charset")
        except _Unreadable as error:
            if mend or not _is_mended(document, charset):
                raise PermError(error.reason) from error
            mend = True
        else:
            if mend:
                notes.append("markup_repaired")
            return reader.root, [*notes, *notes_of_text]
        take_record({})  # begin anew
    raise PermError("not_xml")


def _is_mended(document: Document, charset: str) -> bool:
    """Whether a document is another one after :func:`_mend`.

    :raises PermError: it is not in the character set.
    """
    texts = _decode(document.open(), charset, [])
    try:
        head = _take_head(texts)[0]
    except _NotUtf8 as error:
        raise PermError("not_xml") from error
    return _mend_head(head) != head


def _decode(chunks: Chunks, charset: str, notes: list[str]) -> Iterator[str]:
    decoder = None
    for chunk in chunks:
        if decoder is None:
            if not chunk:
                continue
            charset, chunk = _find_charset(chunk, charset, notes)
            errors = "replace" if charset == "windows-1252" else "strict"
            decoder = codecs.getincrementaldecoder(charset)(errors)
        yield _decode_chunk(decoder, chunk, False)
    if decoder is None:
        raise PermError("empty")
    yield _decode_chunk(decoder, b"", True)


def _decode_chunk(decoder, chunk: bytes, final: bool) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        raise _NotUtf8 from error


def _find_charset(chunk: bytes, given: str, notes: list[str]) -> tuple[str, bytes]:
    """Return the character set of a document, and its beginning without a mark."""
    if chunk.startswith(codecs.BOM_UTF8):
        notes.append("bom")
        return given or "utf-8", chunk[len(codecs.BOM_UTF8) :]
    if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", chunk
    declared = _DECLARED.match(chunk.lstrip()[:300])
    name = declared[1].decode().lower() if declared else "utf-8"
    return given or (name if name in _CHARSETS else "utf-8"), chunk


def _mend(texts: Iterable[str]) -> Iterator[str]:
    """Mend what is not markup in the fields that people write by hand."""
    rest = iter(texts)
    head, behind = _take_head(rest)
    yield _mend_head(head)
    yield behind
    yield from rest


def _take_head(texts: Iterator[str]) -> tuple[str, str]:
    """Return a document up to the end of its metadata, and what was taken behind it."""
    head = ""
    for text in texts:
        head += text
        if _END_OF_HEAD in head or len(head) > _HEAD:
            break
    end = head.find(_END_OF_HEAD)
    end = end + len(_END_OF_HEAD) if end >= 0 else _HEAD
    return head[:end], head[end:]


def _mend_head(head: str) -> str:
    fields = _SCHEMA.sub("", head.lstrip())
    return _AMPERSAND.sub("&amp;", _STRAY.sub("&lt;", fields))


class _Reader:
    """One pass through a document."""

    def __init__(self, take_record: Callable[[Node], None]):
        self.root: Node = {}
        self._take_record = take_record
        self._nodes: list[Node] = []
        self._texts: list[str] = []
        self._length = 0
        self._left = _MAX_ELEMENTS
        self._done = False
        self._names: dict[str, str] = {}

    def take_all(self, texts: Iterable[str]) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.buffer_size = MAX_TEXT
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._take_text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EntityDeclHandler = _refuse_doctype
        fed = 0
        for text in texts:
            piece = text.encode()
            fed += len(piece)
            try:
                parser.Parse(piece, False)
            except expat.ExpatError as error:
                if self._done:
                    return  # whatever stands behind the report
                raise _Unreadable("not_xml") from error
            # It keeps what it can't tell the end of, and looks through it each time.
            if fed - parser.CurrentByteIndex > MAX_MARKUP:
                raise PermError("markup_too_long")
        try:
            parser.Parse("", True)
        except expat.ExpatError as error:
            if not self._done:
                raise _Unreadable("truncated") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._nodes:
            if name.rpartition(":")[2].lower() != "feedback":
                raise PermError("no_report")
        elif len(self._nodes) >= MAX_DEPTH:
            raise PermError("too_deep")
        self._left -= 1 + len(attributes)
        if self._left < 0:
            raise PermError("too_many_elements")
        self._texts.clear()
        self._length = 0
        self._nodes.append({})

    def _take_text(self, text: str) -> None:
        self._length += len(text)
        if self._length > MAX_TEXT:
            raise PermError("text_too_long")
        self._texts.append(text)

    def _end(self, name: str) -> None:
        node = self._nodes.pop()
        value = node or "".join(self._texts).strip()[:_MAX_VALUE]
        self._texts.clear()
        self._length = 0
        local = self._names.get(name) or self._find_local(name)
        if not self._nodes:
            self.root, self._done = node, True
        elif local == "record" and len(self._nodes) == 1:
            self._left += _RECORD_ELEMENTS
            self._take_record(node)
        else:
            # An element that has others in it is no text, whatever they are.
            values = self._nodes[-1].setdefault(local, [])
            if local != _PASSED_OVER and len(values) < _MAX_VALUES:
                values.append(value)

    def _find_local(self, name: str) -> str:
        local = name.rpartition(":")[2].lower()
        if local not in _KEPT:
            return _PASSED_OVER
        if len(self._names) < _MAX_VALUES:
            self._names[name] = local
        return local


def _refuse_doctype(*_arguments) -> None:
    raise PermError("doctype")
