# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The list of commands, as `make help` and the README show it."""

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass

WIDTH = 88
COLUMN = 16


@dataclass(frozen=True)
class Command:
    """What a developer can ask for.

    :param name: of the target in the Makefile, and of the command of dev/run.
    :param run: gets the arguments; returns an exit code.
    :param text: what it does; `make x` and `ARGS=y` stand between backticks.
    :param example: arguments that the README shows beside the name.
    """

    name: str
    run: Callable[[list[str]], int]
    text: str
    example: str = ""


def render_help(commands: Iterable[Command]) -> str:
    """For the terminal: one command after the other, with its text beside it."""
    indent = " " * COLUMN
    return "\n".join(
        textwrap.fill(
            command.text.replace("`", ""),
            WIDTH,
            initial_indent=command.name.ljust(COLUMN),
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        for command in commands
    )


def render_table(commands: Iterable[Command]) -> str:
    """For a page: the rows of a table in Markdown."""
    rows = ["| command | what it does |", "| --- | --- |"]
    for command in commands:
        usage = f"make {command.name} {command.example}".strip()
        rows.append(f"| `{usage}` | {command.text} |")
    return "\n".join(rows)
