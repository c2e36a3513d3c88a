# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ast
from pathlib import Path

from odoo.tests import BaseCase

PACKAGE = Path(__file__).resolve().parent.parent / "mailauth"
# What each folder of the package may use besides itself and the root's modules.
USES = {
    "": {"dns"},
    "dns": set(),
    "spf": {"dns"},
    "dkim": {"dns"},
    "dmarc": {"dns"},
    "domain": {"dns", "spf", "dkim", "dmarc"},
    "message": {"dns", "spf", "dkim", "dmarc", "domain"},
    "refusal": {"message"},
    "reports": {"dns", "message", "spf", "dkim", "dmarc"},
    "message/content": {"dns", "message"},
}
# These stand above all: they name what the whole package offers.
ABOVE = {"__init__.py", "__main__.py"}


def _list_uses(path):
    """Return the folders of the package that a module imports from."""
    own = path.relative_to(PACKAGE).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = own[: len(own) + 1 - node.level]
            target = (*base, *(node.module or "").split("."))
            yield target[0] if target[0] in USES else ""


class TestLayers(BaseCase):
    def test_each_folder_uses_what_is_below(self):
        for path in sorted(PACKAGE.rglob("*.py")):
            name = path.relative_to(PACKAGE)
            if str(name) in ABOVE:
                continue
            folder = name.parent.as_posix().removeprefix(".")
            with self.subTest(str(name)):
                allowed = USES[folder] | {folder, ""}
                self.assertLessEqual(set(_list_uses(path)), allowed)
