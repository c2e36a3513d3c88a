# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Keys and messages that the tests of DKIM share. Never imports odoo."""

import email.policy
from email.message import EmailMessage
from email.parser import BytesParser

import dkim

from ..mailauth.dkim.key import get_public_key
from ..mailauth.dkim.record import record_value
from ..mailauth.dkim.sign import Signer
from .common import ZoneResolver
from .keys import make_ed25519, make_rsa

DOMAIN = "acme.example"
NOW = 1_750_000_000
SIGNERS = tuple(
    Signer(DOMAIN, selector, key)
    for selector, key in (("s1", make_rsa()), ("e1", make_ed25519()))
)
ZONE = {
    (f"{s.selector}._domainkey.{s.domain}", "TXT"): [
        record_value(get_public_key(s.key))
    ]
    for s in SIGNERS
}


def resolver():
    """Whoever knows our keys."""
    return ZoneResolver(ZONE)


def dkimpy_verifies(message, index=0, zone=None):
    """Whether dkimpy itself, our canonical forms aside, verifies an RSA signature."""

    def ask(name, timeout=5):
        (record,) = (ZONE if zone is None else zone)[(name.decode().rstrip("."), "TXT")]
        return record.encode() if isinstance(record, str) else record

    return dkim.DKIM(message).verify(index, dnsfunc=ask)


def build_message(**values):
    """A message as Odoo's ``_build_email__`` makes them."""
    message = EmailMessage(policy=email.policy.SMTP)
    headers = {
        "Message-Id": "<1@acme.example>",
        "Subject": "Hello",
        "From": "Zoé <zoe@acme.example>",
        "Reply-To": "catchall@acme.example",
        "To": "customer@elsewhere.example",
        "Date": "Thu, 01 Jan 2026 00:00:00 +0000",
        **values.pop("headers", {}),
    }
    for name, value in headers.items():
        if value is not None:
            message[name] = value
    message.set_content(values.pop("body", "Hello\n"), charset="utf-8")
    if html := values.pop("html", ""):
        message.add_alternative(html, subtype="html", charset="utf-8")
    for name, content, main, sub in values.pop("attachments", ()):
        if main == "message":
            message.add_attachment(BytesParser().parsebytes(content), filename=name)
        else:
            message.add_attachment(content, main, sub, filename=name)
    return message


# name -> what is special about it
SHAPES = {
    "plain": {},
    "html": {"html": "<p>Hello</p>" * 50},
    "8-bit": {"body": "Été, naïve, 東京\n" * 9, "html": "<p>Été</p>"},
    "mostly 8-bit": {"body": "東京" * 500},
    "attachments": {
        "html": "<p>x</p>",
        "attachments": [
            ("é.pdf", bytes(range(256)) * 40, "application", "pdf"),
            ("a.txt", "text, été".encode(), "text", "plain"),
            ("empty", b"", "application", "octet-stream"),
        ],
    },
    "inline image": {
        "html": '<img src="data:image/png;base64,' + "iVBORw0KGgo" * 300 + '"/>'
    },
    "RFC 2047 headers": {
        "headers": {"Subject": "Été à Zürich 東京 🎉", "To": "Ñandú <n@b.example>"}
    },
    "IDN": {
        "headers": {
            "From": "Zoë <zoe@xn--bcher-kva.example>",
            "To": "k@xn--bcher-kva.example",
        }
    },
    "very long subjects": {"headers": {"Subject": "A long subject indeed, " * 60}},
    "unbroken subject": {"headers": {"Subject": "x" * 900}},
    "references of 2 KB": {
        "headers": {"References": " ".join(f"<{n:060d}@a.example>" for n in range(30))}
    },
    "empty body": {"body": ""},
    "empty lines": {"body": "\n\n\n"},
    "dots": {"body": ".\n..\n.dot\n\n."},
    "dots and 8-bit": {"body": ".\n..\n.döt\n\n."},
    "mailbox separator": {"body": "From here\nFrom there, été\n"},
    "lone line ends": {"body": "a\rb\nc\r\nd\n\re"},
    "white space": {"body": "a  \t\n \n" + " " * 500 + "b\n\t\n"},
    "long lines": {"body": "x" * 3000 + "\n"},
    "control characters": {"body": "a\0b\x0bc\x0cd\x1ee\x85\u2028f\n"},
    "lists": {
        "headers": {
            "List-Unsubscribe": "<https://acme.example/u/1>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": "<news.acme.example>",
            "In-Reply-To": "<0@acme.example>",
            "Cc": "c@b.example",
        }
    },
    "no Reply-To": {"headers": {"Reply-To": None}},
    "attached message": {
        "attachments": [
            ("m.eml", b"From: a@b.example\r\n\r\nHello\r\n", "message", "rfc822")
        ]
    },
    "mailbox separators in attachments": {
        "attachments": [
            ("a.txt", b"Hello\nFrom here\n", "text", "plain"),
            ("m.eml", b"From: a@b.example\n\nFrom there\n", "message", "rfc822"),
            (
                "s.eml",
                b"From: a@b.example\nDKIM-Signature: v=1\n\nFrom there\n",
                "message",
                "rfc822",
            ),
        ]
    },
    "long words in headers": {
        "headers": {
            "List-Unsubscribe": f"<https://acme.example/{'u' * 300}>",
            "In-Reply-To": f"<{'i' * 200}@acme.example>",
            "X-Token": "t" * 300,
        }
    },
    "groups and empty fields": {
        "headers": {
            "To": 'friends: "Doe, John" <a@b.example>, c@d.example;',
            "Comments": " ",
            "Keywords": "",
        }
    },
    "attached message of 8 bits": {
        "attachments": [
            (
                "m.eml",
                b"From: a@b.example\r\nContent-Type: text/plain\r\n"
                b"Content-Transfer-Encoding: 8bit\r\n\r\nH\xe9llo\r\n",
                "message",
                "rfc822",
            )
        ]
    },
}
