# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How fast DMARC reports are read, beside the package dmarc-report from PyPI.

Both read the same generated reports; what they disagree about is an error.

    python bench/reports.py [--reports 2000] [--records 5000]
"""

import argparse
import gzip
import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).resolve().parent.parent),
    str(Path(__file__).resolve().parent.parent / "tests" / "reports"),
]
import peer  # noqa: E402
from generated import generate  # noqa: E402

from mailauth import read_report  # noqa: E402

_ROUNDS = 5


def main() -> None:
    """Compare both, and print how long each takes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--reports", type=int, default=2000)
    parser.add_argument("--records", type=int, default=5000)
    options = parser.parse_args()
    small = [generate(number) for number in range(options.reports)]
    for raw in small:
        _compare(raw)
    print(f"{options.reports} reports: no difference")
    _measure("small ones", [gzip.compress(raw) for raw in small])
    _measure("a large one", [generate(2, options.records)])


def _compare(raw: bytes) -> None:
    ours = read_report(raw).reports[0]
    if peer.see_ours(ours) != peer.see_theirs(peer.read(raw)) or ours.notes:
        raise SystemExit(f"{ours.report_id}: they disagree")


def _measure(name: str, files: list[bytes]) -> None:
    seconds = []
    for read in (read_report, peer.read):
        times = []
        for _round in range(_ROUNDS):
            started = time.process_time()
            for data in files:
                read(data)
            times.append(time.process_time() - started)
        seconds.append(statistics.median(times))
    ours, theirs = seconds
    print(
        f"{name}: {ours:.3f} s, dmarc-report {theirs:.3f} s: {ours / theirs:.2f} times"
    )


if __name__ == "__main__":
    main()
