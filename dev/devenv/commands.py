# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a developer can ask for, one function each; returns an exit code."""

import argparse
import contextlib
import subprocess
import sys

from . import (
    axe,
    beside,
    children,
    chromium,
    days,
    dkim_verifier,
    journey,
    lifecycle,
    listing,
    mail_servers,
    odoo_suites,
    playground,
    processes,
    python_env,
    quality,
    screenshots,
    source_suites,
    suite,
    test_ids,
    texts,
    wheel,
)
from .database import MINIMAL, Databases
from .listing import Command
from .odoo import Odoo, free_port
from .playground import Playground
from .state import ADDON, ROOT, checkout_folder, say, step

BENCH = ROOT / "bench"
TEST_DATABASE = "test_addon"
SERVED = "tests-served"
SERVED_DATABASE = "test_served"
PURE = "tests-pure"
DATABASES_DONE = "the checks need no database any more"
ALL_TESTS = f"/{ADDON}"
PYTEST_DATABASE = "pytest"


def odoo(arguments: list[str]) -> int:
    """Odoo's own command line."""
    return Odoo().call(*arguments)


def setup(_arguments: list[str]) -> int:
    """Make everything that the other commands need."""
    environment = Odoo()
    Databases(environment).template(MINIMAL)
    say(f"ready in {checkout_folder()}")
    return 0


def demo(_arguments: list[str]) -> int:
    """Post in a chatter and show what leaves, from whom, and why."""
    with Playground() as place:
        return place.play()


def run(_arguments: list[str]) -> int:
    """Play the demo, then serve the web client until Ctrl-C, which is no error."""
    try:
        with children.own_terminal(), Playground() as place:
            return place.play() or place.serve()
    except KeyboardInterrupt:
        say("stopped")
        return 0


def publish(arguments: list[str]) -> int:
    """Write what the guided setup shows into the zone of `make run`."""
    return playground.publish(*arguments[:1])


def test(_arguments: list[str]) -> int:
    """Everything that must hold before a change lands; ends in one line of counts."""
    environment = Odoo()
    # Two processors: most of the addon's tests on one, the checks on the other.
    with suite.Beside("checks") as checks:
        Databases(environment).copy_of(MINIMAL, TEST_DATABASE)
        with step("running the addon's tests that need a database"):
            others = (f"-{file}" for file in test_ids.list_served(ROOT / "tests"))
            tags = ",".join((ALL_TESTS, "-at_install", *others))
            outcome = _run_own(environment, "tests", TEST_DATABASE, tags)
        outcome += processes.run_strangers(environment, TEST_DATABASE)
        # Some of their troubles break all connections to the databases.
        checks.wait_for(DATABASES_DONE)
        outcome += processes.run(environment, TEST_DATABASE)
        outcome += checks.wait()
    outcome += _compare_ids("tests", SERVED, PURE)
    print(outcome)
    return bool(outcome.failed)


def checks(_arguments: list[str]) -> int:
    """What `make test` does beside most of the tests that need a database."""
    environment = Odoo()
    outcome = wheel.check(environment)
    outcome += lifecycle.check(environment)
    outcome += odoo_suites.run(environment, odoo_suites.SHORT, ("at_install",))
    outcome += served_tests(environment)
    say(DATABASES_DONE)
    outcome += development_tests(environment)
    outcome += pure_tests(environment)
    outcome += quality.lint()
    print(outcome)
    return bool(outcome.failed)


def served_tests(environment: Odoo) -> suite.Outcome:
    """The files of the addon's tests that need a server, on a database of their own."""
    chromium.ensure()
    Databases(environment).copy_of(MINIMAL, SERVED_DATABASE)
    with step("running the addon's tests that need a server"):
        tags = ",".join((*test_ids.list_served(ROOT / "tests"), "-at_install"))
        return _run_own(environment, SERVED, SERVED_DATABASE, tags)


def pure_tests(environment: Odoo) -> suite.Outcome:
    """The addon's tests that need no database."""
    with step("running the addon's tests that need no database"):
        script = ROOT / "dev" / "suites" / "without_database.py"
        command = (environment.python, "-P", script, ALL_TESTS)
        variables = _test_variables(environment) | {"PYTHONHASHSEED": "0"}
        return suite.run(environment, PURE, *command, **variables)


def test_dev(arguments: list[str]) -> int:
    """The tests of this environment itself; names pick some."""
    return bool(development_tests(Odoo(), *arguments).failed)


def development_tests(environment: Odoo, *words: str) -> suite.Outcome:
    with step("testing the development environment"):
        command = (environment.python, "-P", "-m", "tests", *words)
        return suite.run(
            environment, "dev", *command, may_skip=True, PYTHONPATH=str(ROOT / "dev")
        )


def unit(arguments: list[str]) -> int:
    """The addon's own tests, or those that the given test tags name."""
    outcome = own_tests(Odoo(), arguments[0] if arguments else ALL_TESTS)
    return bool(outcome.failed)


def repeat(arguments: list[str]) -> int:
    """The addon's own tests several times, each with sets in another order."""
    parser = argparse.ArgumentParser(prog="make repeat ARGS=...")
    parser.add_argument("times", type=int, nargs="?", default=10)
    parser.add_argument("--tags", default=ALL_TESTS, help="as for make unit")
    parser.add_argument(
        "--busy", action="store_true", help="keep one processor busy meanwhile"
    )
    chosen = parser.parse_args(arguments)
    environment = Odoo()
    with processes.busy() if chosen.busy else contextlib.nullcontext():
        outcomes = []
        for number in range(chosen.times):
            say(f"run {number + 1} of {chosen.times}")
            outcomes.append(own_tests(environment, chosen.tags, number))
    for number, outcome in enumerate(outcomes, 1):
        print(f"run {number}: {outcome}")
    return any(outcome.failed for outcome in outcomes)


def own_tests(environment: Odoo, tags: str, seed: int = 0) -> suite.Outcome:
    """Run the addon's tests on a fresh database.

    :param tags: which, as Odoo's --test-tags.
    :param seed: of the order of sets, so that a failure comes again.
    """
    chromium.ensure()
    Databases(environment).copy_of(MINIMAL, TEST_DATABASE)
    with step("running the addon's tests"):
        outcome = _run_own(environment, "tests", TEST_DATABASE, tags, seed)
    return outcome + _compare_ids("tests") if tags == ALL_TESTS else outcome


def _run_own(
    environment: Odoo, name: str, database: str, tags: str, seed: int = 0
) -> suite.Outcome:
    words = ("-d", database, "-i", ADDON, "--test-tags", tags)
    ends = ("--stop-after-init", "--http-port", free_port())
    command = environment.command(*words, *ends)
    variables = _test_variables(environment) | {"PYTHONHASHSEED": str(seed)}
    return suite.run(environment, name, *command, **variables)


def _compare_ids(*runs: str) -> suite.Outcome:
    """Fail where a test of the files did not run; keep the list of those that did.

    :param runs: the names of the runs that had them together.
    """
    log = "".join((checkout_folder() / f"{run}.log").read_text() for run in runs)
    started = sorted(test_ids.read_log(log))
    if not started:
        return suite.Outcome()  # which has been counted as a failure
    kept = checkout_folder() / "tests.ids"
    kept.write_text("".join(f"{one}\n" for one in started))
    problems = test_ids.compare(ROOT / "tests", log)
    for problem in problems:
        say(f"FAILED: {problem}")
    say(f"the ids of the tests that ran: {kept}")
    return suite.Outcome(failed=len(problems))


def test_processes(arguments: list[str]) -> int:
    """Sending with several processes, killed and cut off; names pick tests."""
    return bool(processes.run(Odoo(), "", *arguments).failed)


def test_strangers(arguments: list[str]) -> int:
    """Strangers at a server with two workers, while employees work."""
    return bool(processes.run_strangers(Odoo(), "", *arguments).failed)


def test_mta(arguments: list[str]) -> int:
    """A real Postfix and a real Exim get mails from a queue; names pick tests."""
    return bool(mail_servers.run(Odoo(), *arguments).failed)


def test_hostile(arguments: list[str]) -> int:
    """Hostile reports and messages through mailauth, by the clock."""
    environment = Odoo()
    variables = environment.environment()
    codes = []
    for name, words in (("hostile_reports", ()), ("hostile_messages", arguments)):
        command = [environment.python, "-P", ROOT / "dev" / f"{name}.py", *words]
        codes.append(subprocess.run(command, env=variables).returncode)
    return int(any(codes))


def restart_postgres(_arguments: list[str]) -> int:
    """Cut every connection, as a restart of the server does."""
    Odoo().cluster.restart()
    return 0


def lint(_arguments: list[str]) -> int:
    """The linters."""
    return bool(quality.lint().failed)


def hidden_calls(arguments: list[str]) -> int:
    """Calls between files that imports don't show; a folder names another addon."""
    return _call_script("hidden_calls.py", arguments)


def licence_lines(arguments: list[str]) -> int:
    """Files without the lines of copyright and licence; --add adds them."""
    return _call_script("licence_lines.py", arguments)


def _call_script(name: str, arguments: list[str]) -> int:
    command = [sys.executable, ROOT / "dev" / name, *arguments]
    return subprocess.run(command).returncode


def wheel_check(_arguments: list[str]) -> int:
    """The wheel: built, installed beside Odoo, loaded on a database."""
    return bool(wheel.check(Odoo()).failed)


def lifecycle_check(arguments: list[str]) -> int:
    """Upgrade from an old version, uninstall and reinstall on databases with mails."""
    return bool(lifecycle.run(Odoo(), arguments).failed)


def _test_variables(environment: Odoo) -> dict[str, str]:
    """What the tests need from outside, fetched where it is missing."""
    return {
        **source_suites.variables(environment.python),
        **dkim_verifier.variables(),
        **axe.variables(),
    }


def pot(_arguments: list[str]) -> int:
    """Export the texts to translate and merge them into the translations."""
    texts.export(Odoo())
    return 0


def pytest(arguments: list[str]) -> int:
    """pytest on a database that is kept; --fresh makes it anew."""
    environment = Odoo()
    databases = Databases(environment)
    fresh = "--fresh" in arguments
    if fresh or not databases.exists(PYTEST_DATABASE):
        databases.copy_of(MINIMAL, PYTEST_DATABASE)
    with step(f"updating {ADDON} in the database {PYTEST_DATABASE}"):
        words = ("-d", PYTEST_DATABASE, "-i", ADDON, "-u", ADDON, "--stop-after-init")
        code = environment.call(*words, "--log-level=warn")
    if code:
        return code
    command = [
        str(environment.python), "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider",
        f"--odoo-config={environment.config}", f"--odoo-database={PYTEST_DATABASE}",
        "--odoo-http", *(word for word in arguments if word != "--fresh"),
        str(environment.addons / ADDON / "tests"),
    ]  # fmt: skip
    variables = environment.environment(**_test_variables(environment))
    return subprocess.run(command, env=variables).returncode


def test_odoo(_arguments: list[str]) -> int:
    """Odoo's own mail tests, the wide list, in both positions."""
    both = ("at_install", "post_install")
    return bool(odoo_suites.run(Odoo(), odoo_suites.WIDE_LIST, both).failed)


def test_beside(arguments: list[str]) -> int:
    """The addon among other modules that change how mails leave, and their tests."""
    parser = argparse.ArgumentParser(prog="make test-beside ARGS=...")
    parser.add_argument("part", nargs="?", choices=("ours", "theirs", "plain"))
    parser.add_argument("--tags", help="other tests than all of the part")
    chosen = parser.parse_args(arguments)
    environment = beside.environment()
    outcome = suite.Outcome()
    if chosen.part in (None, "ours"):
        chromium.ensure()
        beside.make_database(environment)
        with step("running the addon's tests among other modules"):
            tags = chosen.tags or beside.own_tags(ALL_TESTS)
            outcome += _run_own(environment, "beside-ours", beside.DATABASE, tags)
    if chosen.part != "ours":
        plain = chosen.part == "plain"
        outcome += beside.run_theirs(environment, chosen.tags, plain)
    print(outcome)
    return bool(outcome.failed)


def take_screenshots(_arguments: list[str]) -> int:
    """Pictures of the guided setup, into static/description."""
    screenshots.take()
    return 0


def take_journey(_arguments: list[str]) -> int:
    """Clicks and seconds of a newcomer, from the first page to a domain set up."""
    journey.walk()
    return 0


def bench(arguments: list[str]) -> int:
    """Run the benchmarks, or those that are named; each prints its own figures."""
    environment = Odoo()
    names = arguments or sorted(path.stem for path in BENCH.glob("[!_]*.py"))
    codes = []
    for name in names:
        say(f"bench/{name}.py")
        command = [environment.python, BENCH / f"{name}.py"]
        variables = environment.environment(PYTHONPATH=str(ROOT / "dev"))
        codes.append(subprocess.run(command, env=variables, cwd=ROOT).returncode)
    return int(any(codes))  # of one that was killed it is negative


def play_days(_arguments: list[str]) -> int:
    """Some days of a company with the default limit, in minutes."""
    return days.run(Odoo())


def pin(_arguments: list[str]) -> int:
    """Pin dev/requirements*.in anew with hashes, for every Python from 3.11 on."""
    python = Odoo().python
    codes = []
    # The main one comes first: others keep to what it says.
    found = python_env.PINNED.parent.glob("requirements*.in")
    for wanted in sorted(found, key=lambda path: len(path.name)):
        # Odoo, which OCA's modules depend on, is no package here.
        alone = ("--no-deps",) if wanted.stem == beside.PINNED.stem else ()
        command = (
            python, "-m", "uv", "pip", "compile", "--quiet", "--system-certs", *alone,
            "--upgrade", "--universal", "--python-version", "3.11", "--no-header",
            "--no-annotate", "--generate-hashes", "--output-file",
            wanted.with_suffix(".txt"), wanted,
        )  # fmt: skip
        codes.append(subprocess.run([str(word) for word in command]).returncode)
    return int(any(codes))


def clean(arguments: list[str]) -> int:
    """Remove the databases that are named; without names, the whole cluster."""
    environment = Odoo()
    for name in arguments:
        Databases(environment).drop(name)
    if not arguments:
        environment.cluster.destroy()
    return 0


def show_help(arguments: list[str]) -> int:
    """The commands and what they do; --table: as the README has them."""
    render = listing.render_table if "--table" in arguments else listing.render_help
    print(render(COMMANDS))
    return 0


# The targets of the Makefile, in the order in which help and the README show them.
COMMANDS = (
    Command("help", show_help, "shows this list"),
    Command(
        "run",
        run,
        "sets up everything, plays a demo in the terminal, and serves the web client "
        "until Ctrl-C",
    ),
    Command(
        "publish",
        publish,
        "writes the records that the guided setup shows into the zone of `make run`, "
        "from another terminal; `ARGS` names another domain than acme.example",
    ),
    Command(
        "demo",
        demo,
        "plays the demo and exits: what people post, and the envelope, From, Reply-To "
        "of each mail that leaves, with the rule that decided",
    ),
    Command("test", test, "lints and runs every test; what CI runs"),
    Command(
        "lint",
        lint,
        "ruff, pylint-odoo and the checks of the Odoo Community Association",
    ),
    Command(
        "unit",
        unit,
        "the addon's own tests, or those that `ARGS` names, with Odoo's runner; of a "
        "whole run the list of the tests is kept beside the log, in `tests.ids`",
        "ARGS=/mail_deliverability:TestSender",
    ),
    Command(
        "pytest",
        pytest,
        "some tests with pytest, on a database that is kept: the fast inner loop; "
        "`ARGS=--fresh` makes the database anew",
        'ARGS="-k sender"',
    ),
    Command(
        "repeat",
        repeat,
        "the addon's own tests ten times in a row, each time with sets in another "
        "order; with `--busy` one processor is kept busy; none may fail even once",
        'ARGS="10 --busy"',
    ),
    Command(
        "test-odoo",
        test_odoo,
        "Odoo's own mail tests with the addon installed, the wide list: minutes",
    ),
    Command(
        "test-beside",
        test_beside,
        "the addon's own tests beside the modules of Odoo and of OCA that also change "
        "how mails leave, and theirs beside the addon: half an hour; `ARGS=ours` and "
        "`ARGS=theirs` pick one, `ARGS=plain` runs theirs without the addon",
    ),
    Command(
        "wheel",
        wheel_check,
        "builds the wheel, installs it beside Odoo, and loads the addon from it",
    ),
    Command(
        "lifecycle",
        lifecycle_check,
        "upgrades from version 19.0.1.0.0, uninstalls and installs again: no mail, "
        "key, check or count is lost; and lives beside the modules whose mails the "
        "addon knows; `ARGS=upgrade` and `ARGS=optional` pick one",
    ),
    Command(
        "test-processes",
        test_processes,
        "sending with several processes on one queue: the daily limit, and what may go "
        "wrong meanwhile; `ARGS=pairs` lets each two troubles come together, "
        "`ARGS=TestAlone.test_TableLocked` picks one test",
    ),
    Command(
        "test-strangers",
        test_strangers,
        "strangers ask a server with two workers for resets, sign up, write mails and "
        "messages, and employees work all the same",
    ),
    Command(
        "test-mta",
        test_mta,
        "sends 1,000 mails from a queue through a real Postfix, and through a real "
        "Exim, which come from Debian's archive and run without root: each arrives "
        "once, with a signature that OpenDKIM verifies; `ARGS=TestExim` picks one",
    ),
    Command(
        "test-hostile",
        test_hostile,
        "reports and a thousand messages made to break whoever reads them, by the "
        "clock: seconds and megabytes together; with `--only 42` one of the messages",
        'ARGS="--count 100"',
    ),
    Command(
        "test-dev",
        test_dev,
        "the development environment itself: who can reach its files and its "
        "PostgreSQL; `ARGS=tests.test_postgres` picks some",
    ),
    Command(
        "hidden-calls",
        hidden_calls,
        "counts the calls between files of models and wizards that no import shows, "
        "the files that depend on each other, and what travels in contexts and SMTP "
        "sessions; `ARGS=-v` lists the calls, `ARGS=FOLDER` looks at another checkout",
    ),
    Command(
        "licence-lines",
        licence_lines,
        "names the Python files without the lines of copyright and licence; "
        "`ARGS=--add` adds them",
    ),
    Command(
        "days",
        play_days,
        "plays two weeks of a company with the default limit, a mailing of 1,000 "
        "among invoices, an event and logins; fails where the wrong emails went first",
    ),
    Command("bench", bench, "the benchmarks; `ARGS=mail_queue` picks one"),
    Command(
        "screenshots",
        take_screenshots,
        "takes the pictures of the manual anew, into static/description",
    ),
    Command(
        "journey",
        take_journey,
        "walks through the guided setup as a newcomer, in Chromium, and counts clicks "
        "and seconds",
    ),
    Command(
        "pot",
        pot,
        "exports the texts to translate, and merges them into the translations",
    ),
    Command(
        "pin",
        pin,
        "pins the newest Python packages that dev/requirements*.in allow, with hashes",
    ),
    Command(
        "setup",
        setup,
        "makes the environment only: Odoo, packages, PostgreSQL, a database",
    ),
    Command(
        "clean", clean, "stops this checkout's PostgreSQL and removes its databases"
    ),
)
# What other commands and tests call; dev/odoo is a program of its own.
INTERNAL = {"checks": checks, "odoo": odoo, "restart-postgres": restart_postgres}
