# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase

from ...mailauth.message.content.reasons import TEXTS
from .content_common import (
    ARRIVED,
    ONE_CLICK,
    SIGNED,
    attach,
    find_codes,
    html,
    judge,
    make,
)

_MAILING = {"is_mailing": True, "signed_fields": SIGNED}
_CLICK = ONE_CLICK["List-Unsubscribe"]
_POST = ONE_CLICK["List-Unsubscribe-Post"]
_MAILS = {"List_Unsubscribe": _CLICK, "List_Unsubscribe_Post": _POST}


def mailing(**changed):
    return make(**{**_MAILS, **changed})


def link(target, text="here"):
    return html(f'<p><a class="x" href="{target}" style="a">{text}</a></p>')


def named(name, **changed):
    return make(From=f'"{name}" <zoe@acme.example>', **changed)


def multipart(body, kind="mixed; boundary=b"):
    return make(body, Content_Type=f"multipart/{kind}")


# What is wrong, and the one code that says so.
ALARMS = [
    # From
    ("from_missing", make(From=None)),
    ("from_several", make(From=["zoe@acme.example", "bob@acme.example"])),
    ("from_several", make(From=["zoe@acme.example", "zoe@acme.example"])),
    ("from_several", make(From="zoe@acme.example, bob@acme.example")),
    ("from_several", make(From="Zoe <zoe@acme.example>, Bob <bob@evil.example>")),
    ("from_several", make(From="A: zoe@acme.example, bob@acme.example;")),
    ("from_invalid", make(From="Zoe Miller")),
    ("from_invalid", make(From="")),
    ("from_invalid", make(From="undisclosed:;")),
    ("from_invalid", make(From="OdooBot <odoobot@localhost>")),
    ("from_invalid", make(From="Zoe <zoe@acme.local>")),
    ("from_invalid", make(From="=?utf-8?q?zoe=40acme=2Eexample?=")),
    # The name in From
    ("name_unquoted", make(From="zoe@acme.example <zoe@acme.example>")),
    ("name_unquoted", make(From="Miller, Zoe <zoe@acme.example>")),
    ("name_address", named("bob@acme.example")),
    ("name_address", named("Bob via bob@partner.example")),
    ("name_address", named("acme.shop@gmail.com")),
    ("name_address", make(From="=?utf-8?q?bob=40evil=2Eexample?= <zoe@acme.example>")),
    ("name_recipient", named("Ada Smith, your order")),
    ("name_recipient", named("For ADA SMITH from Acme")),
    ("name_emoji", named("=?utf-8?b?8J+OiSBBY21l?=")),
    ("name_emoji", make(From="=?utf-8?b?QWNtZSDinIU=?= <zoe@acme.example>")),
    ("name_message", named("Re: your account")),
    ("name_message", named("Zoe Miller (2)")),
    ("name_message", named("[1] Zoe Miller")),
    ("name_message", named("LAST CHANCE from Acme")),
    ("name_message", named("Acme https://acme.example")),
    # Message-ID
    ("message_id_missing", make(Message_ID=None)),
    ("message_id_missing", make(Message_ID="")),
    ("message_id_missing", make(Message_ID="(none)")),
    ("message_id_invalid", make(Message_ID="1234@odoo")),
    ("message_id_invalid", make(Message_ID="<1234>")),
    ("message_id_invalid", make(Message_ID="<1234@odoo> <5678@odoo>")),
    ("message_id_invalid", make(Message_ID="<12 34@odoo>")),
    # Date
    ("date_wrong", make(Date=None)),
    ("date_wrong", make(Date="")),
    ("date_wrong", make(Date="yesterday")),
    ("date_wrong", make(Date="Sat, 28 Nov 2026 10:00:00 +0000")),
    ("date_wrong", make(Date="Fri, 26 Nov 2027 10:00:00 +0000")),
    ("date_wrong", make(Date="Thu, 01 Jan 1970 00:00:00 +0000")),
    (
        "date_wrong",
        make(Date="Sat, 28 Nov 2026 10:00:00 +0000"),
        {"arrived": None, "now": ARRIVED},
    ),
    (
        "date_wrong",
        make(Date="Thu, 01 Jan 1970 00:00:00 +0000"),
        {"arrived": None},
    ),
    ("date_wrong", make(Date="Thu, 99 Nov 2026 10:00:00 +0000")),
    ("date_wrong", make(Date="Thu, 26 Nov 99999999 10:00:00 +0000")),
    # Fields that stand there once
    ("header_repeated", make(Subject=["One", "Two"])),
    ("header_repeated", make(To=["ada@receiver.example", "eve@receiver.example"])),
    ("header_repeated", make(Date=["Thu, 26 Nov 2026 10:00:00 +0000"] * 2)),
    ("header_repeated", make(Message_ID=["<a@b>", "<c@d>"])),
    ("header_repeated", make(Reply_To=["a@acme.example", "b@acme.example"])),
    ("header_repeated", make(References=["<a@b>", "<c@d>"])),
    ("header_malformed", make(X_A="1\nno field at all\nX-B: 2")),
    # Encoded words
    ("header_encoded", make(Message_ID="=?utf-8?q?=3C1234=40odoo=3E?=")),
    ("header_encoded", make(References="=?utf-8?q?=3C1234=40odoo=3E?=\n <a@b>")),
    ("header_encoded", make(Reply_To="=?utf-8?q?zoe=40acme=2Eexample?=")),
    ("header_encoded", make(To="Ada <=?utf-8?q?ada?=@receiver.example>")),
    ("header_not_ascii", make(Subject="Gruß")),
    ("header_not_ascii", make(X_Name="Zoë")),
    # Lines and bytes
    ("line_too_long", make("x" * 999)),
    ("line_too_long", make("a\n" * 3 + "x" * 5000 + "\nb\n")),
    ("line_too_long", make(References=" ".join(["<1234567890@acme.example>"] * 60))),
    ("line_too_long", make(Subject="x" * 990)),
    ("characters_forbidden", make(b"a\0b\n")),
    ("characters_forbidden", make(b"a\rb\n")),
    # MIME
    ("mime_broken", multipart("--b\n\nHello\n")),
    ("mime_broken", multipart("--c\n\nHello\n--c--\n")),
    ("mime_broken", multipart("Hello\n", "mixed")),
    ("mime_broken", multipart("Hello\n", "alternative; charset=utf-8")),
    ("mime_broken", multipart("--b\n\nHello\n--b-\n")),
    ("mime_odd", make(Content_Transfer_Encoding="x-uuencode")),
    ("mime_odd", make("SGVsbG8\n\n-- \nScanned\n", Content_Transfer_Encoding="base64")),
    ("mime_odd", make("SGVsbG8=SGVsbG8=\n", Content_Transfer_Encoding="base64")),
    ("mime_odd", make("SGVsb\n", Content_Transfer_Encoding="base64")),
    ("mime_odd", make(Content_Type="text/plain; charset=klingon")),
    ("mime_odd", make("Zoë\n")),
    # Mailings
    ("unsubscribe_missing", make(), _MAILING),
    ("unsubscribe_missing", make(Precedence="bulk")),
    ("unsubscribe_missing", make(Precedence="bulk", Auto_Submitted="no")),
    ("unsubscribe_missing", make(List_Id="<news.acme.example>")),
    ("unsubscribe_missing", make(List_Unsubscribe=_CLICK)),
    ("unsubscribe_missing", make(List_Unsubscribe_Post=_POST)),
    ("unsubscribe_missing", mailing(List_Unsubscribe="<mailto:stop@acme.example>")),
    ("unsubscribe_missing", mailing(List_Unsubscribe="<http://acme.example/stop>")),
    ("unsubscribe_missing", mailing(List_Unsubscribe_Post="List-Unsubscribe=1")),
    ("unsubscribe_encoded", mailing(List_Unsubscribe="=?utf-8?q?=3Chttps=3A//a?=")),
    ("unsubscribe_encoded", mailing(List_Unsubscribe_Post="=?utf-8?q?List?=")),
    (
        "unsubscribe_encoded",
        mailing(List_Unsubscribe="=?utf-8?q?=3Chttps=3A//a?=\n =?utf-8?q?b=3E?="),
        {"is_mailing": False},
    ),
    ("unsubscribe_malformed", mailing(List_Unsubscribe="https://acme.example/stop")),
    ("unsubscribe_malformed", mailing(List_Unsubscribe="<stop>")),
    ("unsubscribe_malformed", mailing(List_Unsubscribe=[_CLICK, _CLICK])),
    ("unsubscribe_unsigned", mailing(), {"signed_fields": frozenset(("from",))}),
    (
        "unsubscribe_unsigned",
        mailing(),
        {"signed_fields": frozenset(("from", "list-unsubscribe"))},
    ),
    ("subject_reply", mailing(Subject="Re: our offer")),
    # Files and size
    *(
        ("attachment_blocked", attach(name))
        for name in ("setup.exe", "A.JS", "a.pdf.scr", "www.acme.com", "a.vbs.")
    ),
    # Links
    *(
        ("link_private", link(target))
        for target in (
            "http://localhost:8069/mail/view?model=x",
            "https://LOCALHOST/",
            "http://127.0.0.1:8069/a",
            "http://[::1]:8069/",
            "http://10.1.2.3/",
            "http://192.168.1.5:8069/web",
            "http://odoo:8069/web",
            "http://erp.acme.local/",
            "https://erp.internal/",
            "http://user:pw@localhost/",
            "http:\\\\localhost\\a",
            "http://local&#104;ost/",
        )
    ),
    ("link_private", html('<img src="http://localhost:8069/logo.png"/>')),
    ("link_private", html("<a href=http://localhost/ >x</a>")),
    ("link_private", html("<A HREF='http://localhost/'>x</A>")),
    ("link_private", html('<a title="a>b" href="http://localhost/">x</a>')),
    ("link_private", html('<td background="http://localhost:8069/a.png">x</td>')),
    (
        "link_private",
        html("<p style=\"background: #fff url('http://localhost:8069/a.png')\">x</p>"),
    ),
    (
        "link_private",
        html('<p style="background-image:url(&quot;http://10.0.0.5/a&quot;)">x</p>'),
    ),
    ("link_private", make("See http://localhost:8069/web for more\n")),
    (
        "link_private",
        mailing(List_Unsubscribe="<https://localhost/stop>"),
        {"signed_fields": SIGNED},
    ),
    ("link_address", link("http://203.0.113.5/a")),
    ("link_address", link("http://[2001:db8::1]/a")),
    ("link_relative", link("/mail/unfollow")),
    ("link_mismatch", link("https://evil.example/", "https://acme.example/pay")),
    ("link_mismatch", link("https://evil.example/", "www.acme.example")),
    ("link_mismatch", link("https://evil.example/", "<b>www.bank</b>.com/login")),
    ("link_mismatch", link("https://evil.example/", "bank.com")),
    (
        "link_mismatch",
        link("https://evil.example/", "https://bank.com@evil.example.com"),
    ),
    # Advice
    ("(link_tracked)", link("https://erp.acme.example/r/a", "www.partner.example")),
    (
        "(link_tracked)",
        html(
            '<a href="https://acme.erp-host.example/r/a">www.acme.example</a>',
            List_Unsubscribe="<https://acme.erp-host.example/unsubscribe>",
        ),
        {"is_mailing": False},
    ),
    ("(link_shortened)", link("https://bit.ly/3abc")),
    ("(subject_missing)", make(Subject=None)),
    ("(subject_missing)", make(Subject="")),
    ("(text_part_missing)", html("<p>Hello</p>", text=None)),
    ("(size_clipped)", html("<p>Hello</p>\n" * 9000)),
]

# What looks like a fault, and is none.
FINE = [
    ("plain", make()),
    # From
    ("no name", make(From="zoe@acme.example")),
    ("only brackets", make(From="<zoe@acme.example>")),
    ("name without quotes", make(From="Zoe Miller <zoe@acme.example>")),
    ("comma in quotes", make(From='"Miller, Zoe" <zoe@acme.example>')),
    ("folded", make(From='"Zoe\n Miller"\n <zoe@acme.example>')),
    ("encoded name", make(From="=?utf-8?q?Zo=C3=AB_Miller?= <zoe@acme.example>")),
    ("comment", make(From="zoe@acme.example (Zoe Miller)")),
    ("semicolon in name", make(From='"Acme; Sales" <zoe@acme.example>')),
    ("international domain", make(From="Zoe <zoe@xn--bcher-kva.example>")),
    # The name in From
    ("own address as name", named("zoe@acme.example")),
    ("own address, upper case", named("ZOE@Acme.Example")),
    ("company's sign", named("Smith & Sons, GmbH (Munich)")),
    ("other alphabets", make(From="=?utf-8?b?5bGx55Sw5aSq6YOO?= <zoe@acme.example>")),
    ("at without address", named("Zoe @ Acme")),
    ("team", named("Acme Urgent Care 24/7")),
    ("number", named("Studio 54")),
    ("year", named("Acme (since 1999)")),
    ("year at the end", named("Acme Fair (2026)")),
    ("research", named("Research: Acme")),
    ("colon", named("Re:Spire")),
    (
        "arrow and bullet",
        make(From="=?utf-8?b?QSDihpIgQiDigKIgQw==?= <a@acme.example>"),
    ),
    ("trademark", make(From="=?utf-8?b?QWNtZeKEog==?= <zoe@acme.example>")),
    # The name of the recipient
    ("to oneself", make(To='"Zoe Miller" <zoe@acme.example>')),
    ("own other mailbox", make(To='"Zoe Miller" <zoe@private.example>')),
    ("same first name", named("Ada Jones")),
    ("one word", named("Acme Support", To='"Acme" <info@acme.example>')),
    ("part of a word", named("Canada Smithers")),
    # Message-ID and Date
    ("quoted id", make(Message_ID='<"a b"@acme.example>')),
    ("id with comment", make(Message_ID="<a@b> (added by relay)")),
    ("folded id", make(Message_ID="\n <a@b>")),
    ("literal", make(Message_ID="<a@[192.0.2.1]>")),
    ("Python's id", make(Message_ID="<176.1.2-openerp-private@odoo-5d7f>")),
    ("no weekday", make(Date="26 Nov 2026 10:00:00 +0000")),
    ("other zone", make(Date="Thu, 26 Nov 2026 23:30:00 +1400")),
    ("no zone known", make(Date="Thu, 26 Nov 2026 10:00:00 -0000")),
    ("named zone", make(Date="Thu, 26 Nov 2026 10:00:00 GMT")),
    ("comment in date", make(Date="Thu, 26 Nov 2026 11:00:00 +0100 (CET)")),
    ("waited a week", make(Date="Thu, 19 Nov 2026 10:00:00 +0000")),
    ("clock ahead", make(Date="Fri, 27 Nov 2026 08:00:00 +0000")),
    (
        "arrival unknown",
        make(Date="Mon, 01 Jan 2001 00:00:00 +0000"),
        {"arrived": None},
    ),
    # Fields
    ("fields that may repeat", make(Received=["from a", "from b"], X_A=["1", "2"])),
    ("comments and keywords", make(Comments=["a", "b"], Keywords=["a", "b"])),
    ("two signatures", make(DKIM_Signature=["v=1; a=b", "v=1; a=c"])),
    ("encoded subject", make(Subject="=?utf-8?q?Gru=C3=9F?=")),
    ("encoded recipients", make(To="=?utf-8?q?Zo=C3=AB?= <a@b.example>, c@d.example")),
    ("encoded group", make(To="=?utf-8?q?Zo=C3=AB?=:;")),
    (
        "encoded list name",
        make(List_Id="=?utf-8?q?Zo=C3=AB?= <a.b>", List_Post="<x:y>"),
    ),
    ("encoded file", attach("=?utf-8?q?Zo=C3=AB?=.pdf")),
    ("unencoded text like one", make(Subject="=?what? no?")),
    ("SMTPUTF8", make(Subject="Gruß"), {"utf8": True}),
    ("bytes of a receiver", make(X_MS_Exchange_Foo="Zoë", X_Spam_Report="ß")),
    ("long line of a receiver", make(X_MS_Exchange_AntiSpam="x" * 2000)),
    # Lines
    ("998 bytes", make("x" * 998 + "\n" + "y" * 998)),
    ("long field, folded", make(References="\n ".join(["<12345@acme.example>"] * 100))),
    ("998 bytes in a field", make(X_A="x" * (998 - 5))),
    # MIME
    ("epilogue", multipart("--b\n\nHello\n--b--\nfooter of a list\n")),
    ("preamble", multipart("This is MIME\n--b\n\nHello\n--b--\n")),
    ("no last line end", multipart("--b\n\nHello\n--b--")),
    ("space behind", multipart("--b \n\nHello\n--b--\t\n")),
    ("other dashes", multipart("--b\n\n-- \nZoe\n--x\n--bb\n--b--\n")),
    (
        "quoted boundary",
        multipart("--=_a b\n\nx\n--=_a b--\n", 'mixed; boundary="=_a b"'),
    ),
    ("report", multipart("--b\n\nx\n--b--\n", "report; report-type=x; boundary=b")),
    ("empty parts", multipart("--b\n\n--b\n\n--b--\n")),
    ("8bit said", make("Zoë\n", Content_Transfer_Encoding="8bit")),
    ("empty base64", make("", Content_Transfer_Encoding="base64")),
    ("upper case", make("SGVsbG8=\n", Content_Transfer_Encoding="BASE64")),
    ("base64 without padding", make("SGVsbG8\n", Content_Transfer_Encoding="base64")),
    ("cte with comment", make("x\n", Content_Transfer_Encoding="7bit (plain)")),
    ("windows charset", make(Content_Type="text/plain; charset=Windows-1252")),
    ("Thai", make(Content_Type="text/plain; charset=windows-874")),
    ("Hebrew", make(Content_Type="text/plain; charset=ISO-8859-8-I")),
    ("no content type", make(Content_Type=None, MIME_Version=None)),
    ("odd content type", make(Content_Type="text")),
    # Mailings
    ("mailing", mailing(), _MAILING),
    ("mailing, by itself", mailing(Precedence="list"), {"signed_fields": SIGNED}),
    ("not known what is signed", mailing(), {"is_mailing": True}),
    ("nothing is signed", mailing(), {"signed_fields": frozenset()}),
    ("mail and web", mailing(List_Unsubscribe=f"<mailto:x@y.example>,\n {_CLICK}")),
    ("folded link", mailing(List_Unsubscribe="<https://acme.example/\n  stop?a=1>")),
    ("no mailing", make(List_Unsubscribe=_CLICK), {"is_mailing": False}),
    ("no mailing, as told", make(Precedence="bulk"), {"is_mailing": False}),
    ("discussion", make(List_Id="<a.b.example>", List_Post="<mailto:a@b.example>")),
    ("vacation", make(Precedence="bulk", Auto_Submitted="auto-replied (vacation)")),
    ("bounce", make(Precedence="bulk"), {"mail_from": ""}),
    ("a tracker", make(Precedence="bulk", Auto_Submitted="auto-generated")),
    ("feedback id of a provider", make(Feedback_ID="a:b:c:AmazonSES")),
    ("answer", make(Subject="Re: your question")),
    ("forwarded", make(Subject="Fwd: your question")),
    ("mailing that answers", mailing(Subject="Re: a", References="<a@b>"), _MAILING),
    # Files
    *(
        (name, attach(name))
        for name in (
            "INV_2026_00042.pdf",
            "order.xlsx",
            "logo.png",
            "invite.ics",
            "factur-x.xml",
            "exe",
            "README",
            "archive.zip",
            "js.txt",
        )
    ),
    # Links
    *(
        (f"{target} {text}", link(target, text))
        for target, text in (
            ("https://erp.acme.example/mail/view?model=a&amp;res_id=1", "View Task"),
            ("https://www.odoo.com?utm_source=db&amp;utm_medium=email", "Odoo"),
            ("https://acme.example/", "www.acme.example"),
            ("https://www.acme.example/shop", "https://acme.example/"),
            ("https://shop.acme.co.uk/", "www.acme.co.uk"),
            ("HTTPS://ACME.EXAMPLE/", "https://acme.example"),
            ("https://www.b&#252;cher.example/", "https://xn--bcher-kva.example/"),
            ("https://github.example/a/README.md", "README.md"),
            ("https://nodejs.example/", "Node.js"),
            ("https://docs.example/", "ASP.NET"),
            ("https://files.example/1", "invoice.pdf"),
            ("https://acme.example/", "Read www.partner.example and more"),
            ("https://acme.example/", ""),
            ("https://acme.example/", "1.2.3"),
            ("mailto:zoe@acme.example", "zoe@acme.example"),
            ("mailto:zoe@acme.example", "www.acme.example"),
            ("https://acme.example/", "zoe@partner.com"),
            ("tel:+4912345", "+49 12345"),
            ("#", "top"),
            ("#_msocom_1", "[1]"),
            ("cid:logo@acme", "logo"),
            ("data:text/plain,hi", "hi"),
            ("", "nothing"),
            ("//cdn.acme.example/x", "x"),
            ("javascript:void(0)", "x"),
            (
                "https://eur01.safelinks.protection.outlook.com/?url=x",
                "https://www.partner.example/",
            ),
            ("https://urldefense.com/v3/__x", "www.partner.example"),
            ("https://8.8.example/", "8.8.example"),
            ("https://localhost.acme.example/", "x"),
            ("https://local.example/", "x"),
            ("https://mail.example.com/?next=http://localhost/", "x"),
        )
    ),
    ("comment", html('<!--[if mso]><a href="http://localhost/">x</a><![endif]-->')),
    ("no link", html("<p>http://localhost/</p><article href='http://localhost'>x</p>")),
    ("text beside HTML", html("<p>x</p>", text="http://localhost/")),
    ("picture inside", html('<img src="cid:1234"/>')),
    ("text alone", make("See https://acme.example/, or https://partner.example.\n")),
    ("attached HTML", attach("page.html")),
    ("a large text", html("<p>x</p>\n" * 8000)),
]


class TestContent(BaseCase):
    def test_alarms(self):
        for code, raw, *facts in ALARMS:
            with self.subTest(code, raw=raw[:600]):
                self.assertEqual(find_codes(raw, **(facts[0] if facts else {})), [code])

    def test_fine(self):
        for name, raw, *facts in FINE:
            with self.subTest(name):
                self.assertEqual(find_codes(raw, **(facts[0] if facts else {})), [])

    def test_every_reason_is_met(self):
        """Each text is shown by one of the messages, with all its parameters."""
        met = set()
        for _code, raw, *facts in ALARMS:
            for finding in judge(raw, **(facts[0] if facts else {})):
                for why in finding.why:
                    self.assertTrue(TEXTS[why.code] % dict(why.params))
                    met.add(why.code)
        self.assertEqual(set(TEXTS) - met, _ELSEWHERE)

    def test_found_is_printable(self):
        for _code, raw, *facts in ALARMS:
            for finding in judge(raw, **(facts[0] if facts else {})):
                shown = finding.found.replace("\n", "")
                self.assertTrue(all(" " <= sign <= "~" for sign in shown), finding)
                self.assertLess(len(shown), 5000)


# What tests of their own meet: too large for a table.
_ELSEWHERE = {
    "header_size",
    "size_of_message",
    "mime_deep",
    "mime_many_parts",
    "mime_encoded_multipart",
}
