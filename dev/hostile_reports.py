#!/usr/bin/env python3
# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Let mailauth read hostile DMARC reports, and count seconds and megabytes of each.

    python dev/hostile_reports.py [--only "zip"]

Ends with 1 where one is not refused for its reason, in a second and a hundred
megabytes. Each is read in a process of its own.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "dev")]

from hostile_messages import count_megabytes, load_test_module  # noqa: E402

from mailauth.reports.read import read_report  # noqa: E402

SECONDS = 1.0  # of processor time
MEGABYTES = 100


def judge(case: str, data: bytes, reasons: str, most: float) -> bool:
    """Read a file, and tell whether it was refused as it should be, in that time."""
    before, start = count_megabytes(), time.process_time()
    found = read_report(data)
    seconds = time.process_time() - start
    megabytes = count_megabytes() - before
    told = found.refused[0].reason if found.refused else "read"
    right = not found.reports and told in reasons.split()
    right = right and seconds < most and megabytes < MEGABYTES
    verdict = "" if right else f"  FAILED: not {reasons}, or too much"
    size = len(data)
    print(f"{seconds:6.2f} s {megabytes:6.0f} MB {size:9} {case}: {told}{verdict}")
    return right


def judge_apart(case: str, data: bytes, reasons: str, most: float) -> bool:
    """Do so in a process that has had no other file."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            code = int(not judge(case, data, reasons, most))
            sys.stdout.flush()
        finally:
            os._exit(code)
    return not os.waitpid(child, 0)[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="the name of one file")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each")
    options = parser.parse_args()
    failed = 0
    for case, make, reasons in load_test_module("reports/hostile.py").FILES:
        if options.only in (None, case):
            failed += not judge_apart(case, make(), reasons, options.seconds)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
