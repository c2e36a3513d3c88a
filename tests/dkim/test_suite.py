# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The tests of dkimpy, with our verifier and canonical forms in place of its own."""

import contextlib
import importlib.util
import logging
import os
import re
import unittest
from pathlib import Path
from unittest.mock import patch

import dkim

from odoo.tests import BaseCase

from ...mailauth.dkim.canonical import CanonicalForm
from ...mailauth.dkim.verify import verify_dkim
from ..common import ZoneResolver, run
from ..dkim_common import NOW

VERIFY = dkim.DKIM.verify
SUITE = "MAIL_DELIVERABILITY_DKIM_SUITE"
# (module, which of its tests, how many these are): those that judge signatures or
# canonical forms. Of Ed25519 the others sign, with PyNaCl.
MODULES = (
    ("test_dkim", "", 29),
    ("test_dkim_rsavariants", "", 5),
    ("test_dkim_ed25519", "third_party|signature_fields", 2),
    ("test_canonicalization", "Algorithm", 17),
)
# test -> what we say to the signatures in it; tests/README.md says why
EXCEPTIONS = {
    "test_add_body_length": {"signature_length"},
    "test_l_verify": {"signature_length"},
    "test_dkim_signature_canonicalization": {"key_too_short"},
}


class _Asker:
    """A resolver that asks the function that a test of dkimpy brings along."""

    def __init__(self, dnsfunc):
        self._dnsfunc = dnsfunc

    async def query(self, name, rdtype):
        try:
            value = self._dnsfunc(f"{name}.".encode())
        except AssertionError:  # a name that the test does not expect
            value = ""
        zone = {(name, rdtype): [value.strip()]} if value else {}
        return await ZoneResolver(zone).query(name, rdtype)


class _Judge:
    """Answers as ``dkim.verify`` does, and remembers why."""

    def __init__(self):
        self.problems = set()

    def verify(self, message, dnsfunc=None, index=0, **_others):
        found = run(verify_dkim(message, _Asker(dnsfunc), NOW))
        self.problems |= {one.problem for one in found if one.problem}
        return bool(found) and found[index].result == "pass"

    def verify_parsed(self, parsed, idx=0, dnsfunc=None):
        """Stand in for ``dkim.DKIM.verify``, which says what it has done as well."""
        with contextlib.suppress(dkim.DKIMException, NameError):  # no PyNaCl
            VERIFY(parsed, idx, dnsfunc)
        fields = b"".join(name + b":" + value for name, value in parsed.headers)
        return self.verify(fields + b"\r\n" + parsed.body, dnsfunc, idx)


def _load(name):
    folder = os.environ.get(SUITE)
    assert folder, f"{SUITE} must name the folder that holds {name}.py"
    path = Path(folder) / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"dkimpy_{name}", path)
    module = importlib.util.module_from_spec(spec)
    forms = {n: CanonicalForm(n.lower(), n.lower()) for n in ("Simple", "Relaxed")}
    with patch.multiple(dkim.canonicalization, **forms):
        spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    return [test for case in suite for test in case]


class TestDkimSuite(BaseCase):
    def test_suite(self):
        self.enterContext(patch.object(logging.getLogger("dkimpy"), "disabled", True))
        exceptions = set()
        for name, pattern, count in MODULES:
            tests = [test for test in _load(name) if re.search(pattern, test.id())]
            self.assertEqual(len(tests), count, name)
            for test in tests:
                with self.subTest(test.id()):
                    exceptions |= self._run(test)
        self.assertEqual(exceptions, set(EXCEPTIONS))

    def _run(self, test):
        judge = _Judge()
        result = unittest.TestResult()

        def verify(parsed, **values):
            return judge.verify_parsed(parsed, **values)

        with (
            patch.object(dkim, "verify", judge.verify),
            patch.object(dkim.DKIM, "verify", verify),
        ):
            test.run(result)
        faults = [text for _test, text in [*result.failures, *result.errors]]
        name = test.id().rpartition(".")[2]
        if not faults:
            return set()
        self.assertEqual(judge.problems, EXCEPTIONS.get(name), faults)
        return {name}
