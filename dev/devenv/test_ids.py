# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The addon's tests as the files have them, and as a log tells that they ran.

Odoo's loader leaves out in silence what it does not find: a module that is not bound in
the ``tests`` package, a class that another one of the same name replaces, the tests
that a class inherits.
"""

import ast
import re
from pathlib import Path

from .state import ADDON

STARTED = re.compile(
    rf" odoo\.addons\.{ADDON}\.tests\.(\S+): Starting (\w+\.\w+) \.\.\."
)
# In files with tests that ask a running server, most of them with a browser.
SERVED = re.compile(r"\b(HttpCase|start_tour)\b")
# Odoo runs the tests that a class inherits only where it says so.
INHERITS = "allow_inherited_tests_method"


def compare(folder: Path, log: str) -> list[str]:
    """Say which tests of the files did not run, and which ran that no file has.

    :param folder: of the tests.
    :param log: of a run of all of them.
    """
    written, started = read_files(folder), read_log(log)
    problems = [f"did not run: {one}" for one in sorted(written - started)]
    return problems + [f"is in no file: {one}" for one in sorted(started - written)]


def read_log(log: str) -> set[str]:
    """The ids of the tests that were started, "folder.module.Class.method"."""
    return {f"{module}.{test}" for module, test in STARTED.findall(log)}


def read_files(folder: Path) -> set[str]:
    """The ids of the tests that a run without a choice of tags has to start."""
    classes = [
        (path, node)
        for path in sorted(folder.rglob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    ]
    by_name = {node.name: node for _path, node in classes}
    found = set()
    for path, node in classes:
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        if not _is_optional(node):
            tests = _list_tests(node, by_name)
            found |= {f"{module}.{node.name}.{test}" for test in tests}
    return found


def list_served(folder: Path) -> list[str]:
    """The files with tests that ask a running server, as Odoo's test tags name files.

    :param folder: of the tests.
    """
    return [
        f"/{ADDON}/tests/{path.relative_to(folder).as_posix()}"
        for path in sorted(folder.rglob("test_*.py"))
        if SERVED.search(path.read_text())
    ]


def _is_optional(node: ast.ClassDef) -> bool:
    """Whether the class is tagged "-standard": it runs where its tag is asked for."""
    return any(
        isinstance(part, ast.Constant) and part.value == "-standard"
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    )


def _list_tests(node: ast.ClassDef, by_name: dict[str, ast.ClassDef]) -> set[str]:
    names = _list_names(node)
    tests = {name for name in names if name.startswith("test")}
    if INHERITS in names:
        for base in node.bases:
            if outer := by_name.get(getattr(base, "id", "")):
                tests |= _list_tests(outer, by_name)
    return tests


def _list_names(node: ast.ClassDef) -> set[str]:
    names = set()
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(item.name)
        elif isinstance(item, ast.Assign):
            names |= {target.id for target in item.targets if hasattr(target, "id")}
    return names
