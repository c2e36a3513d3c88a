# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import io
import os
import pty
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from devenv import children, commands
from devenv.errors import SetupError

MAKEFILE = """\
run:
\t@PYTHONPATH={path} {python} -P -c "$$PROGRAM"
"""
# As `make run`: a server, and another program that is waited for.
PROGRAM = """
import sys
from devenv.children import Children, call, own_terminal
# One write: the two of them start at once.
sleep = "import os, time; os.write(1, b'started '); time.sleep(60)"
try:
    with own_terminal(), Children() as children:
        children.start((sys.executable, "-c", sleep))
        call((sys.executable, "-c", sleep))
except KeyboardInterrupt:
    print("stopped")
"""


class TestTerminal(unittest.TestCase):
    def test_ctrl_c_is_the_end_and_no_error(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        path = Path(children.__file__).parents[1]
        makefile = MAKEFILE.format(path=path, python=sys.executable)
        (folder / "Makefile").write_text(makefile)
        process, terminal = pty.fork()
        if not process:
            os.environ["PROGRAM"] = PROGRAM
            os.execvp("make", ["make", "-C", folder, "--no-print-directory", "run"])
        printed = read_until(terminal, b"started started ")
        os.write(terminal, b"\x03")
        printed += read_until(terminal, None)
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        lines = printed.replace("^C", "").split()
        self.assertEqual((status, lines), (0, ["started", "started", "stopped"]))


def read_until(terminal: int, text: bytes | None) -> str:
    """Read what is printed up to a text; None: to the end."""
    data = b""
    with contextlib.suppress(OSError):  # nobody has the other end any more
        while text is None or text not in data:
            data += (piece := os.read(terminal, 4096))
            if not piece:
                break
    return data.decode()


class TestChildren(unittest.TestCase):
    def test_they_end_with_the_context(self):
        with self.assertRaises(KeyboardInterrupt), children.Children() as started:
            child = started.start((sys.executable, "-c", "import time; time.sleep(60)"))
            raise KeyboardInterrupt
        self.assertLess(child.returncode, 0)

    def test_a_server_that_says_nothing_did_not_start(self):
        with children.Children() as started, self.assertRaises(SetupError):
            started.start_server((sys.executable, "-c", "pass"))


class TestRun(unittest.TestCase):
    def test_whenever_it_is_stopped(self):
        """One line and no error, also while everything is set up."""
        for stopped in (
            {"side_effect": KeyboardInterrupt},
            {"return_value": Stopped()},
        ):
            said = io.StringIO()
            with (
                self.subTest(stopped),
                contextlib.redirect_stderr(said),
                patch.object(commands, "Playground", **stopped),
            ):
                self.assertEqual(commands.run([]), 0)
                self.assertEqual(said.getvalue(), "-- stopped\n")


class Stopped:
    """A playground that is stopped while it is set up."""

    def __enter__(self):
        raise KeyboardInterrupt

    def __exit__(self, *_exception):
        raise AssertionError("it has not begun")
