"""The versions that are tested together, and the table of results."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
UPCOMING = ("3.14",)  # tested if it is installed; not an error otherwise
OLDEST, NEWEST = PYTHONS[0], PYTHONS[-1]

REDIS = ("5.0.1", "5.3.1", "6.4.0", "7.4.1", "8.1.0")
SDKS = ("0.8.0", "0.15.3", "0.20.0")  # the cells of redis-py test the newest
OPENAI = {"0.8.0": "2.9.0", "0.15.3": "2.26.0"}  # the newest version that they allow breaks them

# These tests do not depend on the version of a client. They run only in the default nox session
# and in the cell of the lowest versions.
_LEFT = (
    "arguments",
    "foreign_data",
    "least_privilege",
    "manager_listing",
    "max_items",
    "names",
    "pop_privilege",
    "tail",
    "user_lifetimes",
    "user_privilege",
    "user_refusals",
    "user_titles",
)
_CLIENTS = (
    "tests/_async",
    "tests/_sync",
    "tests/test_cancellation.py",
    "tests/test_cancelled_pops.py",
    "tests/test_published_documentation.py",
    "tests/test_twins.py",
)
TREES = (
    *_CLIENTS,
    *(f"--ignore=tests/{tree}/test_{name}.py" for tree in ("_async", "_sync") for name in _LEFT),
)
RUNNER = (
    "tests/test_compaction.py",
    "tests/test_imports.py",
    "tests/test_runner.py",
    "tests/test_runner_cases.py",
    "tests/test_sdk_seams.py",
    "tests/test_turn_bypassed_by_runner.py",
    "tests/test_turn_runner.py",
    "tests/test_turn_runs.py",
    "tests/test_turns.py",
)
ALL = (*_CLIENTS, *RUNNER, "tests/test_conformance.py")

VERSIONS = ("python", "redis", "hiredis", "openai-agents", "openai", "server")  # table columns


@dataclass(frozen=True)
class Cell:
    """One environment. Packages without a pin are installed in their newest version."""

    name: str
    python: str
    tests: tuple[str, ...]
    pins: tuple[str, ...] = ()
    newest: str = ""  # a package whose pre-releases count, too
    lowest: bool = False
    server: str = "packaged"


@dataclass(frozen=True)
class Result:
    """The results of a cell, and the versions that were actually installed."""

    name: str
    versions: dict[str, str]
    passed: int
    failed: int
    skipped: int
    seconds: float


def _sdk_pins(sdk: str) -> tuple[str, ...]:
    openai = (f"openai=={OPENAI[sdk]}",) if sdk in OPENAI else ()
    return (f"openai-agents=={sdk}", *openai)


def _cells() -> list[Cell]:
    return [
        *(
            Cell(f"py{python}-redis{redis}", python, TREES, (f"redis[hiredis]=={redis}",))
            for python in (OLDEST, NEWEST)
            for redis in REDIS
        ),
        *(
            Cell(f"py{python}-agents{sdk}", python, RUNNER, _sdk_pins(sdk))
            for python, sdk in zip(("3.11", "3.12", "3.12"), SDKS, strict=True)
        ),
        Cell("lowest", OLDEST, ALL, (f"openai=={OPENAI['0.8.0']}",), lowest=True),
        Cell("system-server", "3.11", TREES, server="system"),
        *(Cell(f"py{python}", python, ALL) for python in UPCOMING),
    ]


CELLS = _cells()

CANARIES = [
    Cell("newest", NEWEST, ALL),
    Cell("next-redis-py", NEWEST, TREES, newest="redis"),
    Cell("next-agents", NEWEST, RUNNER, newest="openai-agents"),
]
"""What the package index has today: the newest releases, and pre-releases where there are any."""


class MissingError(RuntimeError):
    """A Python or server for the tests is missing on this machine; the message says what to do."""


def plan(
    without: Collection[str], here: Collection[str], system_server: str, *, brief: bool = False
) -> tuple[list[Cell], list[str]]:
    """Return the cells to run, and the reasons why others are left out.

    Args:
        without: Pythons that the user asked to leave out.
        here: The Pythons on this machine.
        system_server: The server of the system, or "" if there is none.
        brief: Whether to test each redis-py with one Python only.
    """
    if unknown := set(without) - {*PYTHONS, *UPCOMING}:
        raise MissingError(f"no cell is for Python {', '.join(sorted(unknown))}")
    if missing := [p for p in PYTHONS if p not in here and p not in without]:
        raise MissingError(
            f"Python {', '.join(missing)} not found, neither on PATH nor with a version manager: "
            f"install it, or leave it out: nox -s matrix -- --without {' '.join(missing)}"
        )
    absent = dict.fromkeys(without, "asked for")
    absent |= {p: "not on this machine" for p in UPCOMING if p not in here and p not in absent}
    cells = [cell for cell in CELLS if cell.python not in absent]
    reasons = [f"Python {python}: {why}" for python, why in sorted(absent.items())]
    if brief:
        cells = _with_one_python_each(cells)
        reasons.append("a second Python for each redis-py: asked for a brief matrix")
    if not system_server:
        cells = [cell for cell in cells if cell.server != "system"]
        reasons.append("a server of the system: none on PATH")
    if not cells:
        raise MissingError("nothing is left to test")
    return cells, reasons


def _with_one_python_each(cells: Iterable[Cell]) -> list[Cell]:
    """Return one of the cells that differ in nothing but Python: in turn the last and the first."""
    alike: dict[Cell, list[Cell]] = {}
    for cell in cells:
        alike.setdefault(replace(cell, name="", python=""), []).append(cell)
    return [group[0 if number % 2 else -1] for number, group in enumerate(alike.values())]


def count(report: Path) -> tuple[int, int, int]:
    """Return how many tests passed, failed and were skipped, from a JUnit report."""
    if not report.exists():
        return 0, 0, 0
    [suite] = ET.parse(report).getroot().iter("testsuite")  # noqa: S314  (pytest wrote it)
    tests, failed, errors, skipped = (
        int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")
    )
    return tests - failed - errors - skipped, failed + errors, skipped


def asked(cell: Cell, pins: Iterable[str]) -> dict[str, str]:
    """Return the versions that a cell asked for, marked as such: it is not known to have them."""
    found = [re.fullmatch(r"([\w-]+)(?:\[.*\])?==(.+)", pin) for pin in pins]
    return {"python": f"{cell.python}?"} | {match[1]: f"{match[2]}?" for match in found if match}


def table(results: Sequence[Result], left_out: Iterable[str]) -> str:
    """Return a table of the cells that ran, with their versions and results."""
    counts = ["passed", "failed", "skipped", "seconds"]
    head = ["cell", *VERSIONS, *counts]
    rows = [
        [
            result.name,
            *(result.versions.get(name, "?") for name in VERSIONS),
            str(result.passed),
            str(result.failed),
            str(result.skipped),
            f"{result.seconds:.0f}",
        ]
        for result in results
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
    return "\n".join([*lines, *(f"left out: {reason}" for reason in left_out)])
