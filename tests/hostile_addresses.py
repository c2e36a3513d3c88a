# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Texts that no parser of addresses can take apart, or only in hours."""

ADDRESS = "customer@customer.example"

# (case, text)
HOSTILE = (
    ("comments in comments", "(" * 600 + ADDRESS),
    ("comments that end", "(" * 600 + ")" * 600 + ADDRESS),
    ("comments with quoted ends", "(\\)" * 600 + ADDRESS),
    ("groups in groups", "a:" * 600 + ADDRESS),
    ("routes", "<@a,@b:" * 3_000),
    ("quotes", '"' * 60_001),
    ("backslashes", "\\" * 60_000),
    ("commas", "," * 60_000),
    ("brackets", "[" * 60_000),
    ("encoded words", "=?utf-8?q?" * 6_000),
    ("one encoded word", f"=?utf-8?b?{'A' * 60_000}?="),
    ("a long local part", "." * 60_000 + "@customer.example"),
    ("a long domain", "a@" + "a." * 30_000 + "example"),
    ("a long IDN", "a@" + "ä" * 60_000 + ".example"),
    ("a megabyte", "a" * 2**20 + "@customer.example"),
)
# What only memory can hold: PostgreSQL takes neither.
NOT_STORED = (
    ("NUL", "\0" * 60_000 + ADDRESS),
    ("surrogates", "\ud800" * 60_000 + ADDRESS),
)
# Strange, and no reason to fail.
HARMLESS = (
    ("angle brackets", "<" * 600 + "me@acme.example"),
    ("a comment", "(a (b) c) me@acme.example"),
    ("a name with brackets", '"((((" <me@acme.example>'),
    ("a name with colons", '"a: b: c" <me@acme.example>'),
    ("a long name", f'"{"Long " * 200}" <me@acme.example>'),
    ("an encoded word", "=?utf-8?q?M=C3=BC?= <me@acme.example>"),
)
