# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a check of a domain costs where the zone does all to keep us busy.

Run from the repository's root: python bench/hostile_zones.py [--timeout SECONDS]
"""

import argparse
import asyncio
import importlib
import sys
import time
import tracemalloc
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAX_RATIO = 1.2  # of the timeout, of wall and of processor time
MAX_MEGABYTES = 150


def load_zones():
    """Import tests/hostile_zones.py, whose package would import Odoo."""
    sys.path.insert(0, str(ROOT))
    addon = types.ModuleType("addon")
    addon.__path__ = [str(ROOT)]
    tests = types.ModuleType("addon.tests")
    tests.__path__ = [str(ROOT / "tests")]
    sys.modules |= {"addon": addon, "addon.tests": tests}
    return importlib.import_module("addon.tests.hostile_zones")


def measure(zones, make_zone, timeout):
    """Return (wall seconds, processor seconds, questions, peak in MB) of one check.

    Memory is measured in a run of its own, since that takes time.
    """
    resolver = zones.HostileResolver(make_zone(), timeout)
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(zones.audit_hostile(resolver))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    questions = resolver.asked
    tracemalloc.start()
    asyncio.run(zones.audit_hostile(resolver))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return wall, cpu, questions, peak / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timeout", type=float, default=5.0, help="dns_timeout")
    options = parser.parse_args()
    zones = load_zones()
    worst = [0.0, 0.0, 0.0]
    print(f"dns_timeout {options.timeout:g} s: wall s, processor s, questions, peak MB")
    for name, make_zone in zones.ZONES.items():
        wall, cpu, questions, peak = measure(zones, make_zone, options.timeout)
        print(f"  {name:<42} {wall:6.2f} {cpu:6.2f} {questions:6} {peak:7.1f}")
        worst = [max(pair) for pair in zip(worst, (wall, cpu, peak), strict=True)]
    print(f"  {'the worst':<42} {worst[0]:6.2f} {worst[1]:6.2f} {'':6} {worst[2]:7.1f}")
    most = MAX_RATIO * options.timeout
    return int(max(worst[:2]) > most or worst[2] > MAX_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
