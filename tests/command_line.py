# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What ``python -m mailauth`` does, without a start of Python each time."""

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest.mock import patch

from ..mailauth.__main__ import main


class Answer(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def ask(*arguments, message=b""):
    """Run the command line.

    :param bytes message: what stands on standard input.
    :rtype: Answer
    """
    printed, complained = io.StringIO(), io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(message))
    with (
        redirect_stdout(printed),
        redirect_stderr(complained),
        patch("sys.stdin", stdin),
    ):
        try:
            code = main([*arguments])
        except SystemExit as end:
            code = end.code
    return Answer(code, printed.getvalue(), complained.getvalue())
