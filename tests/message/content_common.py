# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages for the tests of what receivers ask besides."""

from ...mailauth.message.content import ContentFacts, check_content
from ...mailauth.message.raw import read_raw

ARRIVED = 1795687200  # Thu, 26 Nov 2026 10:00:00 +0000
FACTS = {"from_domain": "acme.example", "arrived": ARRIVED}
FIELDS = {
    "From": '"Zoe Miller" <zoe@acme.example>',
    "To": '"Ada Smith" <ada@receiver.example>',
    "Subject": "Quotation S00042",
    "Date": "Thu, 26 Nov 2026 09:59:58 +0000",
    "Message-ID": "<1234.5678-openerp-42-sale.order@odoo-1>",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
}
ONE_CLICK = {
    "List-Unsubscribe": "<https://erp.acme.example/mailing/1/unsubscribe?t=0a>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
SIGNED = frozenset(("from", "list-unsubscribe", "list-unsubscribe-post"))


def make(body="Hello\n", **changed):
    """Return a message without a fault, but for what is changed.

    :param body: text or bytes, with LF.
    :param changed: fields by their names with underscores; None: without it, a list:
        one for each.
    """
    changed = {name.replace("_", "-"): value for name, value in changed.items()}
    lines = []
    for name, value in {**FIELDS, **changed}.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{name}: {text}\n".encode() for text in values if text is not None]
    body = body.encode() if isinstance(body, str) else body
    return b"".join((*lines, b"\n", body))


def html(body, text="Hello", **changed):
    """Return a message with HTML, and text beside it unless that is None."""
    if text is None:
        return make(body, Content_Type="text/html; charset=utf-8", **changed)
    parts = [("text/plain", text), ("text/html", body)]
    shown = "".join(f"--b\nContent-Type: {kind}\n\n{part}\n" for kind, part in parts)
    kind = "multipart/alternative; boundary=b"
    return make(f"{shown}--b--\n", Content_Type=kind, **changed)


def attach(name):
    """Return a message with a file of a name."""
    head = (
        f'Content-Type: application/pdf; name="{name}"\nContent-Disposition: attachment'
    )
    parts = f'--b\n\nHello\n--b\n{head}; filename="{name}"\n\nx\n--b--\n'
    return make(parts, Content_Type='multipart/mixed; boundary="b"')


def judge(raw, **facts):
    """Return the findings of a message."""
    return check_content(read_raw(raw), ContentFacts(**{**FACTS, **facts}))


def find_codes(raw, **facts):
    """Return the codes of what is no advice, and those of advice in brackets."""
    findings = judge(raw, **facts)
    return [f"({f.code})" if f.status == "info" else f.code for f in findings]
