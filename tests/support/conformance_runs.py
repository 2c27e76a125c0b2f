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

from . import conformance_cancelled_faults, conformance_faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_HANGS = "HangsAfterACancelledAdd"


class _Failures:
    """A plugin that collects the names of failed tests."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.add(report.nodeid.rpartition("::")[2])


def modules() -> dict[str, ModuleType]:
    """Return all sessions that have a fault or, like `Copies`, none: the modules by the names."""
    return {
        name: module
        for module in (conformance_faults, conformance_cancelled_faults)
        for name, kind in vars(module).items()
        if name[0].isupper() and getattr(kind, "__module__", "") == module.__name__
    }


def _options(name: str, module: ModuleType) -> Iterator[str]:
    """Leave out the tests that take long and concern only a few of the faults."""
    yield f"--session={module.__name__}:{name}"
    if name == _HANGS:
        yield from ("-k", "test_session_works_after_cancelled_calls", "--timeout=3")
    elif module is not conformance_cancelled_faults:
        yield from ("-k", "not cancel")


def main() -> None:
    results = {}
    known = modules()
    for name in sys.argv[1:]:
        failures = _Failures()
        with redirect_stdout(sys.stderr):
            options = ("-q", "--tb=no", *_options(name, known[name]))
            status = pytest.main(["conformance", *options], plugins=[failures])
        results[name] = (int(status), sorted(failures.names))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
