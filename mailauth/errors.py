# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The two ways in which a question about a domain can fail."""

MAX_DETAIL = 500


class MailauthError(Exception):
    """A failure with a stable code.

    :param code: what went wrong, in snake_case; tests and translations stand on it.
    :param detail: evidence for a human, possibly from a hostile zone: bounded in size,
        not escaped.
    """

    def __init__(self, code: str, detail: str = ""):
        detail = detail[:MAX_DETAIL]
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class TempError(MailauthError):
    """Nothing is known now; asking later may help (RFC 7208 section 2.6.6)."""


class PermError(MailauthError):
    """What was published can't be interpreted (RFC 7208 section 2.6.7)."""
