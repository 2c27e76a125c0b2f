"""Compare the speed of sessions with raw redis-py and other stores, and print tables.

    python -m benchmarks.speed DIRECTORY [--quick | --write] [--only OPERATION...] [--seed N]
    python -m benchmarks.speed --redraw

The directory must contain `openai-agents-session` 0.1.0, which has the same import name as this
package. Install it with `pip install --no-deps --target DIRECTORY openai-agents-session==0.1.0`.

All stores take turns in one process, against one server that it starts. The exit status is 1 if a
bound is exceeded, except in a quick run, whose figures are not reliable.
"""

from __future__ import annotations

import argparse
import random
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import charts
from benchmarks.machine import machine, pin, require_hiredis
from benchmarks.measuring import FULL, QUICK, measure
from benchmarks.operations import OPERATIONS
from benchmarks.report import pages, slowest_ping
from benchmarks.results import Results

if TYPE_CHECKING:
    from benchmarks.facts import Facts

RESULTS = Results(
    "speed",
    pages,
    {
        "calls": charts.calls,
        "server": charts.server,
        "memory": charts.memory,
        "sessions": charts.sessions,
        "history": charts.history,
    },
    lambda facts: facts["bounds"],
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    help_text = "contains openai-agents-session 0.1.0"
    parser.add_argument("directory", type=Path, nargs="?", help=help_text)
    parser.add_argument("--only", nargs="+", choices=list(OPERATIONS), metavar="OPERATION")
    parser.add_argument("--seed", type=int, default=1)
    return RESULTS.main(parser, partial(_measure, parser))


def _measure(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Facts:
    if options.directory is None:
        parser.error("the directory that contains openai-agents-session 0.1.0 is missing")
    if options.write and options.only:
        parser.error("only the results of a full run are kept")
    require_hiredis()
    pinned = pin()
    extent = QUICK if options.quick else FULL
    directory = options.directory.resolve()
    found = measure(directory, extent, random.Random(options.seed), only=options.only)
    found["machine"] = machine(pinned=pinned)
    if (ping := slowest_ping(found)) > found["round trip us"]:
        print(f"The machine was busy: a PING took {ping:.0f} us. The ratios are not reliable.\n")
    return found


if __name__ == "__main__":
    sys.exit(main())
