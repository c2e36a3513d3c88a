# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages that anybody could send, to keep busy or break whoever explains them.

The same each time: all of a message follows from its number. Imports nothing of the
addon, so that programs can load it without Odoo: dev/hostile_messages.py,
bench/check_message.py.
"""

import io
import zlib
from random import Random

IP = "198.51.100.10"
DOMAIN = "acme.example"
COUNT = 1000
HASH = b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # of nothing
RECEIVED = (
    b"Received: from smtp.acme.example (smtp.acme.example [198.51.100.10])\r\n"
    b"\tby mx.mailhost.example (Postfix) with ESMTPS id 4F2K\r\n"
    b"\tfor <a@b.example>; Thu, 01 Jan 2026 00:00:00 +0000\r\n"
)
RESULTS = (
    b"Authentication-Results: mx.mailhost.example; spf=pass smtp.mailfrom=acme.example;"
    b"\r\n\tdkim=pass header.d=acme.example header.s=s1; dmarc=pass\r\n"
)
SIGNATURE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=s1;\r\n"
    b"\th=from:to:subject:date; bh=" + HASH + b"; b=" + b"QUJD" * 86 + b"\r\n"
)
FIELDS = (
    b"From: Zoe <zoe@acme.example>\r\nTo: a@b.example\r\nSubject: Hello\r\n"
    b"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@acme.example>\r\n"
    b"MIME-Version: 1.0\r\n"
)
MIXED = (
    b"Content-Type: multipart/alternative; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
    b"--x\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b'<p>Hello, <a href=3D"https://acme.example/x">acme.example</a></p>\r\n--x--\r\n'
)
LIST = (
    b"List-Unsubscribe: <https://acme.example/u?x=1>, <mailto:u@acme.example>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)
TOP = RECEIVED + RESULTS + SIGNATURE
WHOLE = TOP + FIELDS + LIST + MIXED
# What parsers trip over, in the middle of anything.
BITS = (
    b"\x00", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\r\n ", b"\xff", b"\xc3", b"\x1b[2J",
    b"=?utf-8?Q?", b"?=", b"=?x?b?", b"(", b")", b'"', b"\\", b"<", b">", b"[", b"]",
    b"@", b":", b";", b",", b"=", b" ", b"\t", b"--x", b"--x--", b"%", b"&#x202e;",
    b"\xe2\x80\xae", b"Received: ", b"From: ", b"DKIM-Signature: ", b"b=", b"l=0; ",
    b"Content-Type: ", b"boundary=", b"charset=", b"9" * 40, b"-1", b"<script>",
)  # fmt: skip


def _repeat(piece: bytes, size: int) -> bytes:
    """Return a piece over and over, up to so many bytes."""
    return (piece * (size // len(piece) + 1))[:size]


def _fuzz(chance: Random) -> bytes:
    """A real message with pieces put in, taken out and doubled."""
    message = bytearray(WHOLE)
    for _change in range(chance.randint(1, 30)):
        place = chance.randrange(len(message))
        end = place + chance.randint(0, 60)
        kind = chance.randrange(4)
        if kind == 0:
            message[place:place] = chance.choice(BITS)
        elif kind == 1:
            del message[place:end]
        elif kind == 2:
            message[place:place] = message[place:end] * chance.randint(1, 20)
        else:
            message[place:end] = chance.randbytes(end - place)
    return bytes(message)


def _fuzz_header(chance: Random) -> bytes:
    """Fields in any order, with values of others."""
    fields = [field.split(b": ", 1) for field in _split(TOP + FIELDS + LIST)]
    names, values = zip(*fields, strict=True)
    lines = [
        chance.choice(names) + b": " + chance.choice(values) + b"\r\n"
        for _field in range(chance.randint(0, 80))
    ]
    return b"".join(lines) + MIXED


def _split(head: bytes) -> list[bytes]:
    return head.removesuffix(b"\r\n").replace(b"\r\n\t", b" ").split(b"\r\n")


def _noise(chance: Random) -> bytes:
    return chance.randbytes(chance.randint(0, 20000))


def _squeezed(chance: Random) -> bytes:
    """What unpacks to much more, in case that anybody unpacks it."""
    packed = zlib.compress(b"a" * chance.choice([1, 10**6, 10**7]))
    return TOP + FIELDS + b"Content-Encoding: gzip\r\n\r\n" + packed


_VALUES = (b" ", b"\t", b"\r\n ", b" \r\n\t", b"(", b"()", b"(a)", b'"', b"\\", b"a ")
_VALUES += (b"<", b"@", b",", b";", b"a=b;", b"=?utf-8?q?a?= ", b"[", b"<a@b>, ", b"a")
_VALUES += (b"=", b"from a by b ", b"x=pass (", b"\xff", b"\x00", b"A\r\n\t", b".")
_NAMES = (
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Received", b"DKIM-Signature",
    b"Authentication-Results", b"Received-SPF", b"List-Unsubscribe", b"List-Id",
    b"ARC-Authentication-Results", b"ARC-Seal", b"ARC-Message-Signature",
    b"Return-Path", b"Content-Type", b"Content-Disposition", b"Sender", b"X",
    b"List-Unsubscribe-Post",
    b"Content-Transfer-Encoding", b"Reply-To", b"MIME-Version", b"References",
)  # fmt: skip


def _long_value(chance: Random) -> bytes:
    """One field with 100,000 bytes of what a pattern may be quadratic in."""
    piece, name = chance.choice(_VALUES), chance.choice(_NAMES)
    starts = (b"", b"a", b"from a (", b"mx; spf=pass ", b"v=1; b=", b"text/html; ")
    start = chance.choice(starts)
    end = chance.choice((b"", b"!", b"a", b"@", b">", b"\xff"))
    size = chance.choice((1000, 20000, 100000, 200000))
    field = name + b": " + start + _repeat(piece, size) + end + b"\r\n"
    return chance.choice((field + WHOLE, TOP + field + FIELDS + MIXED))


def _signature_value(chance: Random) -> bytes:
    """A signature with one huge tag: b=, h=, z=, i=."""
    tag = chance.choice((b"b", b"bh", b"h", b"z", b"i", b"d", b"s", b"x", b"l", b"q"))
    piece = chance.choice(
        (b" ", b"\r\n ", b"from:", b"A", b"A ", b"=20", b"9", b" b=A")
    )
    size = chance.choice((1000, 15000, 100000))
    head = b"v=1; a=rsa-sha256; c=relaxed/simple; d=acme.example; s=s1; h=from; bh="
    value = head + HASH + b"; " + tag + b"=" + _repeat(piece, size) + b"; b=QUJD"
    return RECEIVED + b"DKIM-Signature: " + value + b"\r\n" + FIELDS + MIXED


def _many_signatures(chance: Random) -> bytes:
    """Thousands of signatures, or ten that each hash a large body once more."""
    forms = (b"simple/simple", b"relaxed/relaxed", b"simple/relaxed", b"relaxed")
    count = chance.choice((10, 11, 300))
    fields = [
        SIGNATURE.replace(b"relaxed/relaxed", chance.choice(forms))
        .replace(b"s=s1", b"s=s%d" % number)
        .replace(b"bh=", b"l=%d; bh=" % number if number % 2 else b"bh=")
        for number in range(count)
    ]
    body = _repeat(chance.choice((b"a \t\r\n", b" ", b"\r\n", b"a")), 200000)
    return RECEIVED + b"".join(fields) + FIELDS + b"\r\n" + body


def _many_fields(chance: Random) -> bytes:
    name = chance.choice((*_NAMES, b"X-%d"))
    count = chance.choice((100, 1001, 20000))
    line = (
        name
        + b": "
        + chance.choice((b"a", b"", b"a@b.example", b"from a by b"))
        + b"\r\n"
    )
    fields = b"".join(line.replace(b"%d", b"%d" % i) for i in range(count))
    return chance.choice((fields + WHOLE, WHOLE.replace(MIXED, fields + MIXED)))


def _many_hops(chance: Random) -> bytes:
    count = chance.choice((49, 51, 500, 1500))
    hops = (
        RECEIVED.replace(b"198.51.100.10", b"10.0.%d.%d" % (i // 250, i % 250))
        for i in range(count)
    )
    return b"".join(hops) + RESULTS * chance.choice((1, 100)) + FIELDS + MIXED


def _recipients(chance: Random) -> bytes:
    """Ten thousand recipients, or as many authors."""
    name = chance.choice((b"To", b"Cc", b"From", b"Reply-To", b"Sender"))
    form = chance.choice((b"r%d@b.example", b'"R, %d" <r%d@b.example>', b"g%d:;"))
    sep = chance.choice((b", ", b",\r\n ", b";"))
    found = sep.join(form.replace(b"%d", b"%d" % i) for i in range(10000))
    return TOP + name + b": " + found + b"\r\n" + FIELDS + MIXED


def _nested(chance: Random) -> bytes:
    """Parts in parts, 500 deep; all with one boundary, or each with its own."""
    depth = chance.choice((99, 101, 500, 2000))
    kind = chance.choice((b"mixed", b"alternative", b"digest", b"related"))
    same = chance.random() < 0.3
    parts = [
        b"Content-Type: multipart/%s; boundary=%s\r\n\r\n--%s\r\n" % (kind, name, name)
        for name in (b"x" if same else b"x%d" % number for number in range(depth))
    ]
    ends = b"" if chance.random() < 0.5 else b"\r\n--x0--\r\n"
    return TOP + FIELDS + b"".join(parts) + b"\r\nHello" + ends


def _nested_messages(chance: Random) -> bytes:
    depth = chance.choice((99, 101, 500, 2000))
    return TOP + FIELDS + b"Content-Type: message/rfc822\r\n\r\n" * depth + WHOLE


def _many_parts(chance: Random) -> bytes:
    """Parts without end, or lines that almost are boundaries."""
    part = chance.choice(
        (b"--x\r\n", b"--x\r\n\r\na", b"--x-\r\n", b"--xx\r\n", b"--x \t \r\n", b"-")
    )
    body = _repeat(part, chance.choice((10000, 300000)))
    kind = chance.choice((b"mixed", b"report; report-type=delivery-status"))
    return (
        TOP + FIELDS + b"Content-Type: multipart/%s; boundary=x\r\n\r\n" % kind + body
    )


def _parameters(chance: Random) -> bytes:
    """Parameters of MIME: thousands, huge, continued (RFC 2231)."""
    forms = (b'; n%d="a"', b"; n*%d*=utf-8''%%41", b"; boundary*%d=x", b"; charset=%d")
    form = chance.choice(forms)
    names = b"".join(form.replace(b"%d", b"%d" % i) for i in range(5000))
    huge = b"; boundary=" + b"x" * 100000
    found = chance.choice((names, names + b"; boundary=x", huge))
    name = chance.choice(
        (b"Content-Type: multipart/mixed", b"Content-Disposition: inline")
    )
    return TOP + FIELDS + name + found + b"\r\n" + MIXED


_HTML = (
    b"<", b"<a ", b"<a href=", b'<a href="', b"<a href=http://b.example>acme.example",
    b"<div>", b"</div>", b"<!--", b"<!-- -", b"<![CDATA[", b"<a/ ", b"&", b"&#",
    b"<a href='http://localhost/'>x</a>", b"<table><tr><td>", b" ", b"<p", b"<style>",
    b"<script>", b"<a href=http://[::1", b"http://", b"www.a", b"a.", b"<b><i></b></i>",
    b"<?", b"<!", b"<a\x00", b"<svg><a>", b"javascript:", b"<a href=\n\n", b"</",
)  # fmt: skip


def _html(chance: Random) -> bytes:
    """What makes readers of HTML quadratic."""
    piece = chance.choice(_HTML)
    size = chance.choice((20000, 100000, 1000000))
    body = chance.choice((b"", b"<html>")) + _repeat(piece, size)
    kind = b"Content-Type: text/%s; charset=%s\r\n\r\n"
    charset = chance.choice(
        (b"utf-8", b"utf-7", b"x" * 200, b"utf-16", b"idna", b"hex")
    )
    return TOP + FIELDS + kind % (chance.choice((b"html", b"plain")), charset) + body


def _long_lines(chance: Random) -> bytes:
    size = chance.choice((997, 999, 100000, 3000000))
    line = _repeat(
        chance.choice((b"a", b" ", b"\t", b"=", b"=\r", b"\xff", b"a ")), size
    )
    code = chance.choice(
        (b"7bit", b"quoted-printable", b"base64", b"8bit", b"x-uuencode")
    )
    return TOP + FIELDS + b"Content-Transfer-Encoding: " + code + b"\r\n\r\n" + line


def _line_ends(chance: Random) -> bytes:
    """Lines that end in what is no line end, or nothing but line ends."""
    end = chance.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b"\x85", b"\x0c"))
    body = _repeat(chance.choice((b"\r\n", b"\n", b"\r", b" \r\n", b"a\n")), 300000)
    return WHOLE.replace(b"\r\n", end) + body


def _unsubscribe(chance: Random) -> bytes:
    values = (
        b"<",
        b"<https://",
        b"<https://a.example/>, ",
        b"<mailto:",
        b"=?utf-8?q?<",
        b"(",
    )
    value = _repeat(chance.choice(values), chance.choice((100, 50000)))
    post = b"List-Unsubscribe-Post: " + chance.choice((b"One-Click", value)) + b"\r\n"
    return TOP + b"List-Unsubscribe: " + value + b"\r\n" + post + FIELDS + MIXED


def _results(chance: Random) -> bytes:
    """Authentication-Results without end: comments in comments, many results."""
    pieces = (
        b"(",
        b"((a)",
        b"; spf=pass",
        b"; dkim=pass header.d=a",
        b" a.b=c",
        b'"\\',
    )
    value = _repeat(chance.choice(pieces), chance.choice((5000, 100000)))
    names = (b"Authentication-Results", b"ARC-Authentication-Results", b"Received-SPF")
    field = chance.choice(names) + b": mx.mailhost.example " + value + b"\r\n"
    return field * chance.choice((1, 2)) + WHOLE


def _names(chance: Random) -> bytes:
    """Names that DNS can't have, and addresses that are none."""
    names = (
        b"a" * 64, b"a." * 130, b"..", b"xn--", b"xn--" + b"a" * 60, b"\xff.example",
        b"localhost", b"[198.51.100.10]", b"a\x00b", b"_dmarc.acme.example", b"*.b",
        b"\xe2\x80\xae.example", b"1.2.3.4", b"example", b"%{i}.example", b"-",
    )  # fmt: skip
    name = chance.choice(names)
    return WHOLE.replace(chance.choice((b"acme.example", b"smtp.acme.example")), name)


def _huge(chance: Random) -> bytes:
    """As many bytes as are read, and some more; made without a copy of them."""
    size = chance.choice((10, 29, 31)) * 2**20
    line = chance.choice((b"a" * 76 + b"\r\n", b"QUJD" * 19 + b"\n"))
    code = chance.choice((b"base64", b"7bit"))
    kind = chance.choice((b"text/html", b"application/pdf"))
    fields = b"Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n" % (kind, code)
    buffer = io.BytesIO()
    buffer.write(TOP + FIELDS + fields)
    for _thousand in range(size // len(line) // 1000):
        buffer.write(line * 1000)
    return buffer.getvalue()


KINDS = (
    _fuzz, _fuzz_header, _long_value, _signature_value, _html, _noise, _many_signatures,
    _many_fields, _many_hops, _recipients, _nested, _nested_messages, _many_parts,
    _parameters, _long_lines, _line_ends, _unsubscribe, _results, _names, _squeezed,
)  # fmt: skip
HUGE_EVERY = 100  # one of so many


def make_message(number: int) -> tuple[str, bytes]:
    """Return the kind of one hostile message, and its bytes.

    :param number: any; the same one is always the same message.
    """
    kind = KINDS[number % len(KINDS)]
    if number % HUGE_EVERY == HUGE_EVERY - 1:
        kind = _huge
    return kind.__name__.strip("_"), kind(Random(number))


def pick_numbers(count: int = COUNT, every: int = 1) -> list[int]:
    """Return the numbers of the first messages, or of each so-manieth.

    :param every: should share no factor with the number of kinds.
    """
    return [number * every % COUNT for number in range(count)]
