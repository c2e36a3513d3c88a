# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the environment raises."""


class SetupError(Exception):
    """The environment can't be made; the text says what to do about it."""
