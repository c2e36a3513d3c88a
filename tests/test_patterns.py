# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""No regular expression works longer on a hostile text than the text is long."""

import ast
import functools
import importlib
import re
import time
from pathlib import Path

from odoo.tests import BaseCase

ADDON = Path(__file__).parent.parent
PACKAGE = __package__.rpartition(".")[0]
# Characters, each size with the one that it is compared to; the small ones tell of
# exponential work.
SIZES = ((12, 24), (250, 2_000), (1_250, 10_000))
# What work in line with the length takes is 8 times as much; its square is 64 times.
MOST = 25
NOTHING = 0.005  # seconds of processor time that are too few to compare
METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub")
# What a backtracking matcher stumbles over when it is repeated.
SEEDS = (
    " ", "\r\n", "\\", '"', "(", "<", "@", ".", ";", ":", "=", "-", "0", "a", "é", "a.",
    "a-", "a@", "a@a.", "@a.aa", "a ", " a", "a=", "%{d}", "1.",
)  # fmt: skip
BEGINNINGS = ("", "a", "a@", "a <")
END = "!\x00"  # so that nothing that has matched so far is enough
# Expressions that only see texts cut to a length before, with that length.
BOUNDED = {
    "mailauth/author_name.py _ADDRESS_IN_NAME": 800,
    "mailauth/spf/meant.py _START": 512,
}


@functools.cache
def _expressions():
    """Return each expression of the source with the methods that it is called by.

    :return: by file and name (or text): the pattern and the names of the methods.
    """
    found = {}
    for folder in ("mailauth", "models", "wizards", "cli", "controllers"):
        for path in sorted((ADDON / folder).rglob("*.py")):
            file = path.relative_to(ADDON).as_posix()
            if path.name == "__main__.py":
                continue
            module = importlib.import_module(
                ".".join((PACKAGE, *path.relative_to(ADDON).with_suffix("").parts))
            )
            tree = ast.parse(path.read_text())
            calls = [
                node
                for node in ast.walk(tree)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            ]
            for name, pattern in vars(module).items():
                if isinstance(pattern, re.Pattern):
                    used = _methods(calls, name)
                    found[f"{file} {name}"] = pattern, used
            for call in calls:
                pattern = _inline(call)
                if pattern is not None:
                    key = f"{file} {pattern.pattern!r}"
                    found[key] = pattern, {call.func.attr} - {"compile"}
    return found


def _methods(calls, name):
    """Return the methods that a module calls of a pattern; both, where it is passed."""
    used = {c.func.attr for c in calls if ast.unparse(c.func.value) == name}
    return used & set(METHODS) or {"fullmatch", "match"}


def _inline(call):
    """Return what a call of ``re`` compiles, None where that is not fixed."""
    if ast.unparse(call.func.value) != "re" or not call.args:
        return None
    first = call.args[0]
    if not isinstance(first, ast.Constant) or call.func.attr not in METHODS:
        return None
    return re.compile(first.value)


def _work(pattern, method, text):
    """Return the seconds of processor time that an expression needs for a text."""
    if isinstance(pattern.pattern, bytes):
        text = text.encode()
    more = [text[:0]] if method == "sub" else []
    started = time.process_time()
    result = getattr(pattern, method)(*more, text)
    if method == "finditer":
        list(result)
    return time.process_time() - started


@functools.cache
def _texts(sizes):
    """Return what an expression is tried with: each case, a short text and a longer."""
    return [
        (
            (beginning, seed),
            *((beginning + seed * size)[:size] + END for size in sizes),
        )
        for seed in SEEDS
        for beginning in BEGINNINGS
    ]


def _is_in_line(pattern, method, text, longer):
    """Tell whether a longer text needs not much more than its length makes of it.

    Where the machine has just done something else, it is asked again.
    """
    for _time in range(3):
        seconds = _work(pattern, method, longer)
        if seconds < NOTHING:
            return True
        if seconds < MOST * max(_work(pattern, method, text), NOTHING / MOST):
            return True
    return False


class TestPatterns(BaseCase):
    def test_work_is_bounded(self):
        expressions = _expressions()
        self.assertGreater(len(expressions), 40)
        checked = set()
        for name, (pattern, methods) in expressions.items():
            for method in sorted(methods):
                # Many stand in several modules, which import them from another.
                case = (pattern, method, BOUNDED.get(name))
                if case not in checked:
                    checked.add(case)
                    with self.subTest(name, method=method):
                        self._check(name, pattern, method)

    def _check(self, name, pattern, method):
        longest = BOUNDED.get(name)
        for sizes in SIZES:
            sizes = tuple(min(size, longest or size) for size in sizes)
            for case, *texts in _texts(sizes):
                found = _is_in_line(pattern, method, *texts)
                self.assertTrue(found, (name, sizes, *case))

    def test_a_bad_one_is_found(self):
        for bad in (r"\s+\Z", r"(a+)+\Z", r"(\s|\W)*@\Z"):
            with self.subTest(bad), self.assertRaises(AssertionError):
                self._check("bad", re.compile(bad), "search")

    def test_what_is_bounded_is_there(self):
        self.assertLessEqual(BOUNDED.keys(), _expressions().keys())
