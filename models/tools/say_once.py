# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A log that says a thing once: what is the same for each mail fills it otherwise."""

import logging
import threading
import time

from odoo import modules

KEPT_FOR = 3600  # seconds after which a thing is said again
MOST = 1000  # things that are remembered


class SayOnce(logging.Filter):
    """Lets a line pass once an hour, in each process and for each database.

    :param beginnings: only of lines that begin with one of these; by default of all.
    """

    def __init__(self, *beginnings: str):
        super().__init__()
        self._beginnings = beginnings or ("",)
        self._lock = threading.Lock()
        self._said = {}

    def filter(self, record):
        """Tell whether a line is to be logged."""
        if not str(record.msg).startswith(self._beginnings):
            return True
        database = getattr(threading.current_thread(), "dbname", None)
        # What one test was told is news to the next.
        key = (record.getMessage(), database, modules.module.current_test)
        now = time.monotonic()
        with self._lock:
            last = self._said.pop(key, None)
            if last is not None and now - last < KEPT_FOR:
                self._said[key] = last
                return False
            self._said[key] = now
            if len(self._said) > MOST:
                del self._said[next(iter(self._said))]
        return True
