# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reports as reporters write them: an intact one of each RFC, and each damage."""

import gzip
import io
import zipfile
from base64 import encodebytes

OLD = """\
<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>Receiver Example</org_name>
    <email>noreply-dmarc@receiver.example</email>
    <extra_contact_info>https://receiver.example/dmarc</extra_contact_info>
    <report_id>4711</report_id>
    <date_range>
      <begin>1772409600</begin>
      <end>1772495999</end>
    </date_range>
  </report_metadata>
  <policy_published>
    <domain>acme.example</domain>
    <adkim>r</adkim>
    <aspf>s</aspf>
    <p>none</p>
    <sp>quarantine</sp>
    <pct>100</pct>
    <fo>0</fo>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.25</source_ip>
      <count>12</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>pass</dkim>
        <spf>fail</spf>
        <reason>
          <type>mailing_list</type>
          <comment>a list</comment>
        </reason>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_to>receiver.example</envelope_to>
      <envelope_from>bounce.acme.example</envelope_from>
      <header_from>acme.example</header_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>acme.example</domain>
        <selector>s1</selector>
        <result>pass</result>
      </dkim>
      <spf>
        <domain>bounce.acme.example</domain>
        <scope>mfrom</scope>
        <result>softfail</result>
      </spf>
    </auth_results>
  </record>
</feedback>
"""
NEW = (
    OLD.replace("<feedback>", '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')
    .replace("<pct>100</pct>\n", "<testing>n</testing>\n")
    .replace("<p>none</p>\n    <sp>quarantine</sp>", "<p>reject</p>")
    .replace("<adkim>", "<discovery_method>treewalk</discovery_method>\n    <adkim>")
    .replace("<disposition>none<", "<disposition>pass<")
    .replace("      <envelope_from>bounce.acme.example</envelope_from>\n", "")
)
NAME = "receiver.example!acme.example!1772409600!1772495999.xml"


def _cut(begin, end, text=OLD):
    """Return a report without what stands between two marks, these included."""
    first = text.index(begin)
    return text[:first] + text[text.index(end, first) + len(end) :]


def _change(old, new, text=OLD):
    assert old in text, old
    return text.replace(old, new, 1)


# (case, document, its one note)
DAMAGES = (
    ("intact, RFC 7489", OLD, ""),
    ("intact, RFC 9990", NEW, ""),
    ("no newline after the declaration", _change("?>\n", "?>"), ""),
    ("BOM", "\ufeff" + OLD, "bom"),
    (
        "windows-1252",
        _change("Receiver Ex", "Empf\u00e4nger Ex").encode("cp1252"),
        "charset",
    ),
    (
        "windows-1252, declared",
        _change("Receiver Ex", "Empf\u00e4nger Ex")
        .replace("UTF-8", "windows-1252")
        .encode("cp1252"),
        "",
    ),
    (
        "an address in brackets in a contact field",
        _change("noreply-dmarc@receiver.example<", "Us <us@receiver.example><"),
        "markup_repaired",
    ),
    ("an ampersand", _change("example/dmarc", "example/?a=1&b=2"), "markup_repaired"),
    (
        "a schema tag that is never closed",
        _change("<feedback>", '<feedback>\n<xs:schema xmlns:xs="http://www.w3.org/x">'),
        "markup_repaired",
    ),
    ("space before the declaration", "\n" + OLD, "markup_repaired"),
    ("identities", OLD.replace("identifiers>", "identities>"), "markup_repaired"),
    ("no version", _change("<version>1.0</version>", ""), "field_missing"),
    ("empty version", _change("<version>1.0</version>", "<version/>"), "field_missing"),
    ("no sp", _change("<sp>quarantine</sp>", ""), "field_missing"),
    ("empty sp", _change("<sp>quarantine</sp>", "<sp></sp>"), "field_missing"),
    ("no auth_results", _cut("<auth_results>", "</auth_results>"), "field_missing"),
    (
        "empty auth_results",
        _change("<auth_results>", "<auth_results/><x>").replace(
            "</auth_results>", "</x>"
        ),
        "field_missing",
    ),
    ("no envelope_from", _cut("<envelope_from>", "</envelope_from>"), "field_missing"),
    ("no selector", _change("<selector>s1</selector>", ""), "field_missing"),
    ("no org_name", _cut("<org_name>", "</org_name>"), "field_missing"),
    (
        "no domain for SPF",
        _change("<domain>bounce.acme.example</domain>", "<domain/>"),
        "field_missing",
    ),
    ("Pass", _change("<dkim>pass</dkim>", "<dkim>Pass</dkim>"), "value_mended"),
    ("hardfail", _change(">softfail<", ">hardfail<"), "value_mended"),
    ("unknown", _change(">softfail<", ">unknown<"), "value_mended"),
    ("a fraction of a second", _change("1772409600", "1772409600.5"), "time_odd"),
    (
        "reversed times",
        OLD.replace("1772409600", "FIRST").replace("1772495999", "1772409600")
        .replace("FIRST", "1772495999"),
        "time_odd",
    ),
    ("two days", _change("1772495999", "1772582399"), "time_odd"),
    (
        "a policy twice",
        _change(
            "</policy_published>",
            "</policy_published><policy_published><domain>acme.example</domain>"
            "<p>reject</p></policy_published>",
        ),
        "duplicate_policy",
    ),
    (
        "a row without an address",
        _change("<source_ip>192.0.2.25</source_ip>", ""),
        "source_missing",
    ),
    (
        "an IPv4 address as IPv6",
        _change("192.0.2.25", "::ffff:192.0.2.25"),
        "address_mapped",
    ),
    ("a count beyond 31 bits", _change(">12<", ">4294967296<"), "count_huge"),
    (
        "capitals",
        _change("<domain>acme", "<domain>ACME"),
        "upper_case",
    ),
    (
        "odd signs in the identifier",
        _change("<report_id>4711<", "<report_id>&lt;4711@receiver.example&gt;<"),
        "",
    ),
    ("np without the namespace", _change("<sp>", "<np>reject</np><sp>"), ""),
    ("what no RFC has", _change("<row>", "<x><y>1</y></x><row>"), ""),
    ("something behind it", OLD + "\x00\x00garbage", ""),
)  # fmt: skip


def encode(document):
    return document if isinstance(document, bytes) else document.encode()


def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def gzipped(data):
    return gzip.compress(data, mtime=0)


def mail(data, content_type="application/gzip", name=f"{NAME}.gz", multipart=True):
    body = encodebytes(data).decode()
    part = (
        f'Content-Type: {content_type}; name="{name}"\nContent-Disposition: attachment;'
        f' filename="{name}"\nContent-Transfer-Encoding: base64\n\n{body}'
    )
    head = (
        "From: noreply-dmarc@receiver.example\nSubject: Report Domain: acme.example\n"
    )
    if not multipart:
        return (head + part).replace("\n", "\r\n").encode()
    return (
        (
            f"{head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
            f"--b\nContent-Type: text/plain\n\n<p>A report.\n--b\n{part}\n--b--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )
