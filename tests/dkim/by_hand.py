# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Signatures of any spelling, made without any code of ours. Never imports odoo."""

import base64
import hashlib
import re

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding

SPACES = b" \t\r\n"
NAME = b"DKIM-Signature"


def sign_by_hand(message, template, key, length=None):
    """Return the message with a DKIM-Signature field on top.

    :param message: bytes with CRLF line ends.
    :param template: the whole field without its last CRLF, with "{bh}" and "{b}" where
        these values are to stand. Its c= and h= are done as they say.
    :param length: octets of the canonical body that are hashed.
    """
    tags = read_tags(template.partition(b":")[2])
    header, _slash, body = tags.get("c", "simple/simple").partition("/")
    head, _empty, text = message.partition(b"\r\n\r\n")
    hashed = relax_body(text) if body == "relaxed" else close_body(text)
    is_old = tags["a"] == "rsa-sha1"
    digest = (hashlib.sha1 if is_old else hashlib.sha256)(hashed[:length]).digest()
    field = template.replace(b"{bh}", base64.b64encode(digest))
    before, after = field.split(b"{b}")
    own = before.rstrip(SPACES) + after.lstrip(SPACES)
    names = tags["h"].encode().lower().split(b":")
    lines = [*choose_fields(head, names), own]
    relax = relax_field if header == "relaxed" else bytes
    data = sign(key, b"\r\n".join(map(relax, lines)), is_old)
    return before + base64.b64encode(data) + after + b"\r\n" + message


def sign(key, data, is_old):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(hashlib.sha256(data).digest())
    algorithm = hashes.SHA1() if is_old else hashes.SHA256()
    return key.sign(data, padding.PKCS1v15(), algorithm)


def read_tags(value):
    pairs = [part.partition("=") for part in value.decode("latin-1").split(";")]
    return {name.strip(): re.sub(r"\s", "", text) for name, _equals, text in pairs}


def choose_fields(head, names):
    """Return the fields that h= names, from the bottom up."""
    left = re.split(rb"\r\n(?![ \t])", head)[::-1]
    chosen = []
    for name in names:
        for number, field in enumerate(left):
            if field.partition(b":")[0].strip().lower() == name:
                chosen.append(left.pop(number))
                break
    return chosen


def relax_field(field):
    name, _colon, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip().lower() + b":" + value


def relax_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line) for line in body.split(b"\r\n")]
    return close_body(b"\r\n".join(line.removesuffix(b" ") for line in lines), b"")


def close_body(body, empty=b"\r\n"):
    body = re.sub(rb"(\r\n)+\Z", b"", body)
    return body + b"\r\n" if body else empty
