# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Files that anybody could send, to keep busy or break whoever reads reports.

The same each time. Imports nothing of the addon: dev/hostile_reports.py has no Odoo.
"""

import io
import struct
import zipfile
import zlib
from base64 import encodebytes

MEGABYTE = 1024 * 1024
HEAD = (
    b"<feedback><version>1.0</version><report_metadata><org_name>x</org_name>"
    b"<email>a@b.example</email><report_id>1</report_id><date_range><begin>1</begin>"
    b"<end>2</end></date_range></report_metadata><policy_published>"
    b"<domain>acme.example</domain><p>none</p><sp>none</sp></policy_published>"
)
RECORD = (
    b"<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated>"
    b"<disposition>none</disposition><dkim>pass</dkim><spf>pass</spf>"
    b"</policy_evaluated></row><identifiers><envelope_from>acme.example</envelope_from>"
    b"<header_from>acme.example</header_from></identifiers><auth_results><dkim>"
    b"<domain>acme.example</domain><selector>s</selector><result>pass</result></dkim>"
    b"</auth_results></record>"
)


def _deflate(before, filling, megabytes):
    """Return deflated data of so many megabytes, without their ever being there."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = filling * (MEGABYTE // len(filling))
    first = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + megabytes * (
        packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    )


def bomb(before, filling, megabytes=10 * 1024):
    """Return a gzip file, ten megabytes that hold ten gigabytes."""
    return b"\x1f\x8b\x08" + bytes(7) + _deflate(before, filling, megabytes)


def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def zip_bomb(claimed, megabytes=10 * 1024):
    """Return a zip file whose member claims to be of another size than it is."""
    data, name = _deflate(HEAD, RECORD, megabytes)[: 24 * MEGABYTE], b"a.xml"
    sizes = struct.pack("<III", 0, len(data), claimed)
    common = struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes
    local = b"PK\x03\x04" + common + struct.pack("<HH", len(name), 0) + name
    central = b"PK\x01\x02\x14\x00" + common + struct.pack("<H", len(name))
    central += bytes(16) + name
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local + data), 0)
    return local + data + central + b"PK\x05\x06" + end


def mail(*files):
    """Return a mail that has files attached."""
    parts = b"".join(
        b'--b\r\nContent-Type: application/gzip; name="a.xml.gz"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(file)
        for file in files
    )
    head = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + parts + b"--b--\r\n"


def _count(pattern, many):
    return b" ".join(pattern % number for number in range(many))


def _tag_with_many():
    return b"<a " + _count(_A, 9000) + b"/>"


_A = b'a%d="b"'
_BOTH = b"<!DOCTYPE a [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><feedback>&b;"
_MANY = "too_many_members"
# (case, makes the file, why it is refused)
FILES = (
    ("zeros", lambda: bomb(b"", bytes(1)), "bomb"),
    ("spaces", lambda: bomb(b"<feedback>", b" "), "bomb"),
    ("tags", lambda: bomb(b"<feedback>", b"<a/>"), "bomb"),
    ("records", lambda: bomb(HEAD, RECORD)[: 24 * MEGABYTE], "bomb"),
    ("text", lambda: bomb(HEAD + b"<a>", b"x"), "bomb"),
    ("in a mail", lambda: mail(bomb(HEAD + b"<a>", b"x")), "bomb"),
    ("many in a mail", lambda: mail(*99 * [bomb(HEAD, b" ", 60)]), "truncated bomb"),
    ("zip", lambda: zip_bomb(10 * 1024 * MEGABYTE % 2**32), "bomb"),
    ("zip that says less", lambda: zip_bomb(MEGABYTE), "archive_damaged"),
    ("zip in a zip", lambda: zipped(("a.zip", zipped(("a.xml", HEAD)))), "nested"),
    ("members", lambda: zipped(*((f"{n}.xml", HEAD) for n in range(11))), _MANY),
    ("members of gzip", lambda: zlib.compress(b"", wbits=31) * MEGABYTE, _MANY),
    ("size", lambda: b"<feedback>" + bytes(26 * MEGABYTE), "too_large"),
    ("attributes", lambda: b"<feedback " + b'a="b" ' * 1_000_000, "markup_too_long"),
    ("others", lambda: b"<feedback " + _count(_A, 1_000_000), "markup_too_long"),
    ("more of them", lambda: HEAD + _tag_with_many() * 200, "too_many_elements"),
    ("signs in an attribute", lambda: bomb(b'<feedback a="', b"> ", 190), "bomb"),
    ("comment", lambda: HEAD + b"<!--" + b"> " * 12 * MEGABYTE, "markup_too_long"),
    ("instruction", lambda: HEAD + b"<?a " + b"> " * 12 * MEGABYTE, "markup_too_long"),
    ("depth", lambda: b"<feedback>" + b"<a>" * 100_000, "too_deep"),
    ("elements", lambda: HEAD + b"<a/>" * 200_000, "too_many_elements"),
    ("names", lambda: HEAD + _count(b"<a%d/>", 200_000), "too_many_elements"),
    ("values", lambda: HEAD + b"<e>%s</e>" % (b"x" * 60_000) * 300, "truncated"),
    ("long text", lambda: HEAD + b"<a>" + b"x" * MEGABYTE, "text_too_long"),
    ("signs in the head", lambda: b"<feedback>" + b"<" * 20 * MEGABYTE, "not_xml"),
    ("laughs", lambda: _BOTH, "doctype"),
    ("external", lambda: b"<!DOCTYPE a SYSTEM 'file:///x'><feedback/>", "doctype"),
    ("laughs in a mail", lambda: mail(_BOTH), "doctype"),
)  # fmt: skip
