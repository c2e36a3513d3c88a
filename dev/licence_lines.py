# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Name the Python files that lack the lines of copyright and licence, or add them.

    python dev/licence_lines.py [--add] [FOLDER]

As the Odoo Community Association has them: two comments before anything else. Files
without a line of code need none.
"""

import argparse
import os
import sys
from pathlib import Path

LINES = """\
# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""


def find_files(root: Path) -> list[Path]:
    """The Python files below a folder that have any text."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [one for one in folders if one[0] != "." and one != "__pycache__"]
        found += [Path(folder, name) for name in names if name.endswith(".py")]
    return sorted(path for path in found if path.read_text().strip())


def lacks(text: str) -> bool:
    """Whether a file's text does not begin with the lines, after ``#!``."""
    return not _split(text)[1].startswith(LINES)


def add(text: str) -> str:
    """Return a file's text with the lines."""
    first, rest = _split(text)
    if rest.startswith(LINES):
        return text
    # A comment that stands first would read as part of them.
    gap = "\n" if rest.startswith("#") else ""
    return f"{first}{LINES}{gap}{rest}"


def _split(text: str) -> tuple[str, str]:
    if not text.startswith("#!"):
        return "", text
    first, _, rest = text.partition("\n")
    return f"{first}\n", rest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=Path(__file__).parents[1])
    parser.add_argument("--add", action="store_true", help="write them")
    chosen = parser.parse_args()
    lacking = [
        path for path in find_files(Path(chosen.folder)) if lacks(path.read_text())
    ]
    for path in lacking:
        if chosen.add:
            path.write_text(add(path.read_text()))
        print(f"{path}: {'added' if chosen.add else 'no copyright and licence line'}")
    return int(bool(lacking) and not chosen.add)


if __name__ == "__main__":
    sys.exit(main())
