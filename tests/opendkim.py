# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""OpenDKIM, a verifier in C, as a second opinion. Never imports odoo.

The library is called in a process of its own, which finds it through the folder that
MAIL_DELIVERABILITY_OPENDKIM names; the development environment fetches it.
"""

import base64
import ctypes
import json
import os
import subprocess
import sys
import tempfile

VARIABLE = "MAIL_DELIVERABILITY_OPENDKIM"

# Constants of OpenDKIM's dkim.h
_SET_OPTION, _QUERY_METHOD, _QUERY_INFO, _QUERY_FILE = 1, 6, 7, 1
_SIGNATURE_PASSED, _BODY_MATCHES = 0x04, 0


def verify(messages, zone):
    """Return for each message what OpenDKIM says of each of its signatures.

    :param messages: bytes of each.
    :param zone: {(name, "TXT"): [value]}, as ZoneResolver has it.
    :return: a list of "pass" and "fail" for each message.
    """
    keys = {name: values[0] for (name, kind), values in zone.items() if kind == "TXT"}
    work = {
        "keys": keys,
        "messages": [base64.b64encode(message).decode() for message in messages],
    }
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise RuntimeError(f"{VARIABLE} names no folder: run the tests through make")
    done = subprocess.run(
        [sys.executable, "-P", __file__],
        input=json.dumps(work),
        env={**os.environ, "LD_LIBRARY_PATH": folder},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


class _Library:
    """libopendkim with its keys in a file."""

    def __init__(self, keys):
        self.code = ctypes.CDLL("libopendkim.so.11")
        for name in ("dkim_init", "dkim_verify"):
            getattr(self.code, name).restype = ctypes.c_void_p
        self.handle = ctypes.c_void_p(self.code.dkim_init(None, None))
        path = os.path.join(tempfile.mkdtemp(), "keys")
        with open(path, "w") as file:
            file.writelines(f"{name} {value}\n" for name, value in keys.items())
        method = ctypes.c_int(_QUERY_FILE)
        self._set(_QUERY_METHOD, ctypes.byref(method), ctypes.sizeof(method))
        buffer = ctypes.create_string_buffer(path.encode())
        self._set(_QUERY_INFO, buffer, len(path))

    def _set(self, option, value, size):
        size = ctypes.c_size_t(size)
        status = self.code.dkim_options(self.handle, _SET_OPTION, option, value, size)
        assert status == 0, f"option {option}: {status}"

    def verify(self, message):
        """Return "pass" or "fail" for each signature."""
        status = ctypes.c_int()
        dkim = ctypes.c_void_p(
            self.code.dkim_verify(self.handle, b"id", None, ctypes.byref(status))
        )
        assert status.value == 0, f"dkim_verify: {status.value}"
        self.code.dkim_chunk(dkim, message, ctypes.c_size_t(len(message)))
        self.code.dkim_chunk(dkim, None, ctypes.c_size_t(0))
        self.code.dkim_eom(dkim, None)
        results = [self._judge(signature) for signature in self._signatures(dkim)]
        self.code.dkim_free(dkim)
        return results

    def _signatures(self, dkim):
        list_of, count = ctypes.POINTER(ctypes.c_void_p)(), ctypes.c_int()
        self.code.dkim_getsiglist(dkim, ctypes.byref(list_of), ctypes.byref(count))
        return [ctypes.c_void_p(list_of[number]) for number in range(count.value)]

    def _judge(self, signature):
        passed = self.code.dkim_sig_getflags(signature) & _SIGNATURE_PASSED
        body = self.code.dkim_sig_getbh(signature)
        return "pass" if passed and body == _BODY_MATCHES else "fail"


def main():
    work = json.load(sys.stdin)
    library = _Library(work["keys"])
    messages = [base64.b64decode(message) for message in work["messages"]]
    json.dump([library.verify(message) for message in messages], sys.stdout)


if __name__ == "__main__":
    main()
