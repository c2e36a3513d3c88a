# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Results as values that JSON has."""

import base64
import dataclasses
from collections.abc import Callable

from .findings import Reason


def to_values(value, show_reason: Callable[[Reason], object] = dataclasses.asdict):
    """Return a result, and all that it holds, as JSON has it.

    :param show_reason: what becomes of a reason.
    """
    if isinstance(value, Reason):
        return show_reason(value)
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        # An error is told by the field that says what is wrong, too.
        names = [name for name in names if not _is_error(value, name)]
        return {name: to_values(getattr(value, name), show_reason) for name in names}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (tuple, list)):
        return [to_values(item, show_reason) for item in value]
    return value


def _is_error(value, name: str) -> bool:
    return name == "cause" and not isinstance(getattr(value, name), str)
