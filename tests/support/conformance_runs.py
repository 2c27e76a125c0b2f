"""Run the conformance suite with planted faults, in one process.

`python -m tests.support.conformance_runs NAME...` prints, as JSON, the exit status of each run and
the names of the tests that failed.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest

from . import conformance_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

_HANGS = "HangsAfterACancelledAdd"
_CANCELLED = (
    "AnswersTheNextRead",
    "LosesItemsOfCancelledPops",
    "PutsBackAtTheEnd",
    "StoresPartOfACancelledBatch",
)


class _Failures:
    """A plugin that collects the names of failed tests."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.add(report.nodeid.rpartition("::")[2])


def names() -> list[str]:
    """Return the names of all sessions that have a fault or, like `Copies`, none."""
    module = conformance_faults.__name__
    classes = {name: kind for name, kind in vars(conformance_faults).items() if name[0].isupper()}
    return [name for name, kind in classes.items() if getattr(kind, "__module__", "") == module]


def _options(name: str) -> Iterator[str]:
    """Leave out the tests that take long and concern only a few of the faults."""
    yield f"--session={conformance_faults.__name__}:{name}"
    if name == _HANGS:
        yield from ("-k", "test_session_works_after_cancelled_calls", "--timeout=3")
    elif name not in _CANCELLED:
        yield from ("-k", "not cancel")


def main() -> None:
    results = {}
    for name in sys.argv[1:]:
        failures = _Failures()
        with redirect_stdout(sys.stderr):
            options = ("-q", "--tb=no", *_options(name))
            status = pytest.main(["conformance", *options], plugins=[failures])
        results[name] = (int(status), sorted(failures.names))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
