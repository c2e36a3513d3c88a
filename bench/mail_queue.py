# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A thousand mails, queued and sent to a sink: Odoo alone beside Odoo with the addon.

Each configuration has its database and its worker process; they take turns, and each
run is compared with its neighbour, so that whatever else the machine does slows all of
them alike. "chatter" sends notifications of messages, "idle" runs the queue while
nothing is due. With --rtt the sink is so many milliseconds away, there and back; mails
have one recipient or ten, and leave through one connection or four, of which Odoo alone
has none. With --connections the addon sends alone, through so many.

Usage: mail_queue.py [--mails 1000] [--rounds 7] [--rtt 20]... [--connections 4]
    [CONFIGURATION ...]
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKER = Path(__file__).with_name("_queue_worker.py")
ADDON = "mail_deliverability"
BASELINE = "odoo"
# Shapes of mails; behind them, where it is not one, the number of connections.
PLAIN, CHATTER, TEN = "plain", "chatter", "ten"
FOUR = f"{PLAIN} 4"
IDLE = "idle"
WAITING = 50_000  # mails of an idle queue
MOST_IDLE = 3.0  # times the time of a queue with none

# name -> times the baseline's time that it may take, with either shape of mails
CONFIGURATIONS = {"sender": 0.92, "limit": 0.92, "signing": 0.95}
# milliseconds of a round trip -> the same by the shape of mails, for DISTANT
MOST_DISTANT = {
    20: {PLAIN: 0.60, FOUR: 0.20, TEN: 0.25},
    50: {PLAIN: 0.55, FOUR: 0.17, TEN: 0.25},
}
DISTANT = "signing"


def one_connection(shape: str) -> str:
    """Return the shape of the same mails through one connection."""
    return shape.partition(" ")[0]


class Crew:
    """One configuration's database, and the processes that send from it.

    :ivar runs: by shape (seconds, seconds of processor time) of each run that counts.
    """

    def __init__(self, odoo, databases, name: str, port: int, mails: int, workers: int):
        from devenv.database import MINIMAL

        self.name = name
        self.runs: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.mails = mails // workers * workers
        self.database = f"bench_{name}"
        databases.copy_of(MINIMAL, self.database)
        if name != BASELINE:
            words = ("-d", self.database, "-i", ADDON, "--stop-after-init")
            if odoo.call(*words, "--log-level=warn"):
                raise SystemExit(f"the addon can't be installed in {self.database}")
        command = [odoo.python, "-P", WORKER, self.database, name, str(port)]
        command += [str(mails // workers), *(["--own"] if workers > 1 else [])]
        # One after the other: the first prepares the database.
        self.workers = [self._start(odoo, command) for _number in range(workers)]

    def send(self, shape: str, counts: bool) -> None:
        """Let all of them send once, and keep the times if this run counts."""
        begin = time.perf_counter()
        answers = self._tell(shape)
        seconds = time.perf_counter() - begin
        if len(self.workers) == 1:
            seconds = answers[0][0]  # without what removes the mails again
        if counts:
            self.runs[shape].append((seconds, sum(answer[1] for answer in answers)))

    def can_send(self, shape: str) -> bool:
        """Tell whether it has so many connections; Odoo alone has one."""
        return self.name != BASELINE or shape == one_connection(shape)

    def idle(self, waiting: int) -> tuple[float, float]:
        """Run the queue with so many waiting mails; return its seconds, as send."""
        return self._tell(str(waiting))[0]

    def close(self) -> None:
        for worker in self.workers:
            worker.stdin.close()
            worker.wait()

    def _tell(self, words: str) -> list[list[float]]:
        for worker in self.workers:
            worker.stdin.write(f"{words}\n")
            worker.stdin.flush()
        return [
            [float(word) for word in self._read(worker).split()]
            for worker in self.workers
        ]

    def _start(self, odoo, command) -> subprocess.Popen:
        worker = subprocess.Popen(
            command, env=odoo.environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._read(worker)
        return worker

    def _read(self, worker) -> str:
        line = worker.stdout.readline()
        if not line:
            raise SystemExit(f"a worker of {self.name} has ended")
        return line


# ------------------------------------------------------------
# The comparison
# ------------------------------------------------------------


def compare(
    names: list[str],
    mails: int,
    rounds: int,
    workers: int = 1,
    shapes: tuple[str, ...] = (PLAIN,),
    idle: bool = False,
    rtts: tuple[int, ...] = (),
) -> int:
    """Let configurations send in turn beside Odoo alone, and print the table.

    :param names: of ``CONFIGURATIONS``.
    :param int workers: processes that share the mails.
    :param shapes: of mails, one after the other.
    :param bool idle: whether to compare idle queues at the end, with the last of them.
    :param rtts: milliseconds of a round trip to the server, one after the other.
    :return: how many took longer than they may.
    """
    missed = 0
    with set_up((BASELINE, *names), mails, workers, is_far=bool(rtts)) as place:
        crews, sink, distance = place
        for rtt in rtts or (0,) if shapes else ():
            distance.rtt = rtt / 1000
            take_turns(crews, sink, rounds, shapes)
            missed += report(crews, mails, shapes, rtt)
        if idle:
            missed += compare_idle(crews[-1], rounds)
    return missed


def send_alone(mails: int, rounds: int, rtts: tuple[int, ...], connections: int) -> int:
    """Let the addon send alone, through several connections; print what it takes."""
    shape = f"{PLAIN} {connections}"
    with set_up((DISTANT,), mails, 1, is_far=bool(rtts)) as ((crew,), sink, distance):
        for rtt in rtts or (0,):
            distance.rtt = rtt / 1000
            for _round in range(rounds):
                send_once(crew, sink, shape, counts=True)
            seconds, processor = map(
                statistics.median, zip(*crew.runs.pop(shape), strict=True)
            )
            print(
                f"{DISTANT}: {mails} mails, {rtt} ms away, connections: {connections}; "
                f"{seconds:.1f} s, {mails / seconds:.0f} mails a second "
                f"(processor {processor:.1f} s); {rounds} runs"
            )
    return 0


@contextlib.contextmanager
def set_up(names: tuple[str, ...], mails: int, workers: int, is_far: bool):
    """Yield the crews of these names, the sink, and the distance to it."""
    sys.path[:0] = [str(ROOT / "dev"), str(ROOT / "tests")]
    from _distance import Distance
    from devenv.database import Databases
    from devenv.odoo import Odoo
    from smtp_sink import SmtpSink

    odoo = Odoo()
    databases = Databases(odoo)
    crews = []
    # As nearly all servers do.
    with SmtpSink(offers=("PIPELINING",)) as sink, Distance(sink.port) as distance:
        try:
            port = distance.port if is_far else sink.port
            for name in names:
                crews.append(Crew(odoo, databases, name, port, mails, workers))
            yield crews, sink, distance
        finally:
            for crew in crews:
                crew.close()
                databases.drop(crew.database)


def take_turns(crews: list[Crew], sink, rounds: int, shapes: tuple[str, ...]) -> None:
    """Let each crew send once a round; every other round goes the other way."""
    for number in range(rounds + 1):
        for shape in shapes:
            for crew in crews if number % 2 else reversed(crews):
                if crew.can_send(shape):
                    send_once(crew, sink, shape, counts=number > 0)  # caches are cold


def send_once(crew: Crew, sink, shape: str, counts: bool) -> None:
    sink.deliveries.clear()
    crew.send(shape, counts)
    if len(sink.deliveries) != crew.mails:
        raise SystemExit(f"{crew.name}: mails are missing")


def compare_idle(crew: Crew, rounds: int) -> int:
    """Compare the queue with many waiting mails to the one with none.

    :return: 1 if it takes longer than it may.
    """
    without = [crew.idle(0) for _number in range(rounds)]
    crew.idle(WAITING)
    runs = [crew.idle(WAITING) for _number in range(rounds)]
    return print_line(f"{IDLE}, {WAITING} waiting", 1, runs, without, MOST_IDLE)


def report(crews: list[Crew], mails: int, shapes: tuple[str, ...], rtt: int = 0) -> int:
    """Print the medians and ratios; return how many are above their limit.

    What they were made of is gone then.

    :param rtt: milliseconds.
    """
    baseline, *others = crews
    runs = len(baseline.runs[shapes[0]])
    count = len(baseline.workers)
    far = f", {rtt} ms away" if rtt else ""
    print(f"{mails} mails{far}, queued and sent by {count}; {runs} runs, times a mail")
    missed = 0
    for shape in shapes:
        if baseline.can_send(shape):
            print_line(f"{shape}: {BASELINE}", mails, baseline.runs[shape])
        for crew in others:
            most = CONFIGURATIONS[crew.name]
            if rtt:
                most = MOST_DISTANT.get(rtt, {}).get(shape, 1)
            missed += print_line(
                f"{shape}: {crew.name}",
                mails,
                crew.runs[shape],
                baseline.runs[one_connection(shape)],
                most,
            )
    for crew in crews:
        crew.runs.clear()
    return missed


def print_line(name: str, mails: int, runs, baseline=(), most: float = 0) -> int:
    """Print a line of the table; return 1 if its ratio is above its limit.

    :param mails: how many a run sends; the times are those of one.
    :param runs: as in :class:`Crew`.
    """
    seconds, processor = map(statistics.median, zip(*runs, strict=True))
    line = f"{name:24}{1000 * seconds / mails:8.2f} ms"
    line += f" (processor {1000 * processor / mails:.2f})"
    if not baseline:
        print(line)
        return 0
    ratio, processor_ratio = compare_runs(runs, baseline)
    verdict = "ok" if ratio <= most else "TOO SLOW"
    line += f"  ratio {ratio:.3f} (processor {processor_ratio:.3f})"
    print(f"{line}, at most {most}: {verdict}")
    return ratio > most


def compare_runs(runs, baseline) -> list[float]:
    """Return the medians of the ratios round by round, of both times.

    Runs of one round are neighbours in time: a machine that becomes slower meanwhile
    makes both of them slower.
    """
    return [
        statistics.median(
            own[kind] / other[kind] for own, other in zip(runs, baseline, strict=True)
        )
        for kind in (0, 1)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "configurations",
        nargs="*",
        metavar="CONFIGURATION",
        help=f"{', '.join(CONFIGURATIONS)}; {PLAIN} or {CHATTER}: only such mails; "
        f"{IDLE}",
    )
    parser.add_argument("--mails", type=int, help="1000; with --rtt 100")
    parser.add_argument("--rounds", type=int, help="7; with --rtt 3")
    parser.add_argument("--rtt", type=int, action="append", default=[])
    parser.add_argument("--connections", type=int, help="the addon alone, with so many")
    options = parser.parse_args()
    if options.connections:
        mails, rounds = options.mails or 1000, options.rounds or 1
        return send_alone(mails, rounds, tuple(options.rtt), options.connections)
    if options.rtt:
        mails, rounds = options.mails or 100, options.rounds or 3
        shapes, rtts = (PLAIN, FOUR, TEN), tuple(options.rtt)
        return bool(compare([DISTANT], mails, rounds, shapes=shapes, rtts=rtts))
    wanted = set(options.configurations)
    names = [name for name in CONFIGURATIONS if name in wanted]
    shapes = tuple(shape for shape in (PLAIN, CHATTER) if shape in wanted)
    idle = IDLE in wanted or not wanted
    if not shapes and (names or not wanted):
        shapes = (PLAIN, CHATTER)
    names = names or list(CONFIGURATIONS)
    if not shapes:
        names = names[-1:]
    mails, rounds = options.mails or 1000, options.rounds or 7
    return bool(compare(names, mails, rounds, shapes=shapes, idle=idle))


if __name__ == "__main__":
    sys.exit(main())
