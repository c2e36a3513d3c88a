# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reports as reporters write them: an intact one of each RFC, and each damage."""

import gzip
from base64 import encodebytes
from dataclasses import replace

from ...mailauth.reports.result import Auth

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
    .replace("<p>none</p>", "<p>reject</p>")
    .replace("<adkim>", "<discovery_method>treewalk</discovery_method>\n    <adkim>")
    .replace("<disposition>none<", "<disposition>pass<")
)
NAME = "receiver.example!acme.example!1772409600!1772495999.xml"


def cut(begin, end):
    """Leave out what stands between two marks, these included."""

    def damage(text):
        first = text.index(begin)
        return text[:first] + text[text.index(end, first) + len(end) :]

    return damage


def change(old, new):
    """Put one text for another, once."""

    def damage(text):
        assert old in text, old
        return text.replace(old, new, 1)

    return damage


def _to_windows_1252(text):
    return change("Receiver Ex", "Empf\u00e4nger Ex")(text).encode("cp1252")


def _declare_windows_1252(text):
    return _to_windows_1252(text).replace(b"UTF-8", b"windows-1252")


def _swap_times(text):
    first, last = "1772409600", "1772495999"
    return text.replace(first, "@@").replace(last, first).replace("@@", last)


def _name_identities(text):
    return text.replace("identifiers>", "identities>")


def _empty_auth_results(text):
    return cut("<auth_results>", "</auth_results>")(text).replace(
        "</record>", "<auth_results/></record>"
    )


def _append(text):
    return lambda document: document + text


GERMAN = {"org_name": "Empf\u00e4nger Example"}
SIGNED = Auth("dkim", "acme.example", "s1", "pass")
SENT = Auth("spf", "bounce.acme.example", "", "softfail")
TWICE = (
    "</policy_published><policy_published><domain>other.example</domain>"
    "<p>quarantine</p><sp>none</sp></policy_published>"
)
# What is optional since RFC 9990.
OPTIONAL = {"rfc7489": "field_missing", "rfc9990": ""}
# (case, what is done to an intact report of either RFC, the one note of it, what is
# read that is not as in the intact one)
DAMAGES = (
    ("nothing", str, "", {}),
    ("no newline after the declaration", change("?>\n", "?>"), "", {}),
    ("no declaration", cut("<?xml", "?>\n"), "", {}),
    ("a byte order mark", lambda text: "\ufeff" + text, "bom", {}),
    ("UTF-16", lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16"), "", {}),
    ("windows-1252", _to_windows_1252, "charset", GERMAN),
    ("windows-1252, declared", _declare_windows_1252, "", GERMAN),
    (
        "an address in brackets in a contact field",
        change("noreply-dmarc@receiver.example<", "Us <us@receiver.example><"),
        "markup_repaired",
        {"email": "Us <us@receiver.example>"},
    ),
    (
        "a sign in the name",
        change("Receiver Example<", "A <B & C<"),
        "markup_repaired",
        {"org_name": "A <B & C"},
    ),
    (
        "an ampersand in a contact field",
        change("example/dmarc", "example/?a=1&b=2"),
        "markup_repaired",
        {},
    ),
    (
        "a schema tag that is never closed",
        change("  <version>", '<xs:schema xmlns:xs="http://www.w3.org/x">\n<version>'),
        "markup_repaired",
        {},
    ),
    ("space before the declaration", lambda text: "\n" + text, "markup_repaired", {}),
    ("identities", _name_identities, "markup_repaired", {}),
    ("no version", cut("<version>", "</version>"), "field_missing", {"version": ""}),
    (
        "empty version",
        change("<version>1.0</version>", "<version/>"),
        "field_missing",
        {"version": ""},
    ),
    ("no sp", cut("<sp>", "</sp>"), OPTIONAL, {"policy.sp": ""}),
    ("empty sp", change(">quarantine<", "><"), "field_missing", {"policy.sp": ""}),
    (
        "no auth_results",
        cut("<auth_results>", "</auth_results>"),
        "field_missing",
        {"record.auth": ()},
    ),
    ("empty auth_results", _empty_auth_results, "field_missing", {"record.auth": ()}),
    (
        "no envelope_from",
        cut("<envelope_from>", "</envelope_from>"),
        OPTIONAL,
        {"record.envelope_from": ""},
    ),
    (
        "empty envelope_from",
        change("<envelope_from>bounce.acme.example<", "<envelope_from><"),
        "field_missing",
        {"record.envelope_from": ""},
    ),
    (
        "no selector",
        cut("<selector>", "</selector>"),
        "field_missing",
        {"record.auth": (replace(SIGNED, selector=""), SENT)},
    ),
    (
        "empty selector",
        change("<selector>s1<", "<selector> <"),
        "field_missing",
        {"record.auth": (replace(SIGNED, selector=""), SENT)},
    ),
    (
        "no org_name",
        cut("<org_name>", "</org_name>"),
        "field_missing",
        {"org_name": "receiver.example"},
    ),
    (
        "empty org_name",
        change("<org_name>Receiver Example<", "<org_name><"),
        "field_missing",
        {"org_name": "receiver.example"},
    ),
    (
        "no domain for SPF",
        change("<domain>bounce.acme.example</domain>", "<domain/>"),
        "field_missing",
        {"record.auth": (SIGNED, replace(SENT, domain=""))},
    ),
    ("no count", cut("<count>", "</count>"), "field_missing", {"record.count": 0}),
    (
        "no disposition",
        cut("<disposition>", "</disposition>"),
        "field_missing",
        {"record.disposition": ""},
    ),
    (
        "no times",
        cut("<date_range>", "</date_range>"),
        "field_missing",
        {"begin": 0, "end": 0},
    ),
    ("Pass", change("<dkim>pass</dkim>", "<dkim>Pass</dkim>"), "value_mended", {}),
    ("Pass of SPF", change(">softfail<", ">SoftFail<"), "value_mended", {}),
    (
        "hardfail",
        change(">softfail<", ">hardfail<"),
        "value_mended",
        {"record.auth": (SIGNED, replace(SENT, result="fail"))},
    ),
    (
        "unknown",
        change(">softfail<", ">unknown<"),
        "value_mended",
        {"record.auth": (SIGNED, replace(SENT, result="temperror"))},
    ),
    (
        "a word that nobody knows",
        change(">softfail<", ">perhaps<"),
        "value_mended",
        {"record.auth": (SIGNED, replace(SENT, result=""))},
    ),
    ("no number", change(">12<", ">-12<"), "value_mended", {"record.count": 0}),
    ("a fraction of a second", change("1772409600", "1772409600.5"), "time_odd", {}),
    ("reversed times", _swap_times, "time_odd", {}),
    ("two days", change("1772495999", "1772582399"), "time_odd", {"end": 1772582399}),
    ("a whole day", change("1772495999", "1772496000"), "", {"end": 1772496000}),
    ("a policy twice", change("</policy_published>", TWICE), "duplicate_policy", {}),
    (
        "a row without an address",
        cut("<source_ip>", "</source_ip>"),
        "source_missing",
        {"record.source_ip": ""},
    ),
    (
        "an empty address",
        change(">192.0.2.25<", "><"),
        "source_missing",
        {"record.source_ip": ""},
    ),
    (
        "an address that is none",
        change("192.0.2.25", "192.0.2.256"),
        "source_missing",
        {"record.source_ip": ""},
    ),
    ("an IPv4 address as IPv6", change("192", "::ffff:192"), "address_mapped", {}),
    (
        "IPv6 in another spelling",
        change("192.0.2.25", "2001:DB8:0:0::1"),
        "",
        {"record.source_ip": "2001:db8::1"},
    ),
    (
        "IPv6 with the reporter's own words",
        change("192.0.2.25", "fe80::1%&lt;b&gt;"),
        "",
        {"record.source_ip": "fe80::1"},
    ),
    (
        "a count beyond 31 bits",
        change(">12<", ">4294967296<"),
        "count_huge",
        {"record.count": 2**32},
    ),
    (
        "a count without end",
        change(">12<", f">{'9' * 60}<"),
        "count_huge",
        {"record.count": 2**63 - 1},
    ),
    ("capitals", change("<domain>acme", "<domain>ACME"), "upper_case", {}),
    ("capitals in From", change("m>acme.", "m>Acme."), "upper_case", {}),
    ("a dot at the end", change("example</head", "example.</head"), "value_mended", {}),
    (
        "odd signs in the identifier",
        change("<report_id>4711<", "<report_id>&lt;4711@receiver.example&gt;<"),
        "",
        {"report_id": "<4711@receiver.example>"},
    ),
    (
        "np without the namespace",
        change("<sp>", "<np>reject</np><sp>"),
        "",
        {"policy.np": "reject"},
    ),
    ("what no RFC has", change("<row>", "<x><y>1</y></x><row>"), "", {}),
    ("an empty comment", change("a list</comment>", "</comment>"), "", {}),
    (
        "errors of the reporter",
        change("</report_id>", "</report_id><error>one</error><error>two</error>"),
        "",
        {"errors": ("one", "two")},
    ),
    ("something behind it", _append("\x00\x00garbage"), "", {}),
)  # fmt: skip


def encode(document):
    return document if isinstance(document, bytes) else document.encode()


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
