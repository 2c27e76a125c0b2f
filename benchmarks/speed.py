"""Compare the speed of sessions with raw redis-py and other stores, and print tables.

    python -m benchmarks.speed DIRECTORY [--quick] [--write] [--only OPERATION...] [--seed N]
    python -m benchmarks.speed DIRECTORY --redraw

The directory must contain `openai-agents-session` 0.1.0, which has the same import name as this
package. Install it with `pip install --no-deps --target DIRECTORY openai-agents-session==0.1.0`.

All stores take turns in one process, against one server that it starts. The exit status is 1 if a
bound is exceeded, except in a quick run, whose figures are not reliable.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machine import machine, pin, require_hiredis
from benchmarks.measuring import FULL, QUICK, measure
from benchmarks.operations import OPERATIONS
from benchmarks.report import assumptions, caption, slowest_ping, tables

if TYPE_CHECKING:
    from benchmarks.facts import Facts

ROOT = Path(__file__).parents[1]
RESULTS = Path("benchmarks", "results", "speed.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="contains openai-agents-session 0.1.0")
    parser.add_argument("--quick", action="store_true", help="a trial run, with few rounds")
    parser.add_argument("--write", action="store_true", help="keep the results for the docs")
    parser.add_argument("--only", nargs="+", choices=list(OPERATIONS), metavar="OPERATION")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--redraw", action="store_true", help="write the tables from kept results")
    options = parser.parse_args()
    if options.redraw:
        write(json.loads((ROOT / RESULTS).read_text(encoding="utf-8")))
        return 0
    if options.write and (options.quick or options.only):
        parser.error("only the results of a full run are kept")

    require_hiredis()
    extent = QUICK if options.quick else FULL
    pinned = pin()
    found = measure(
        options.directory.resolve(), extent, random.Random(options.seed), only=options.only
    )
    found["machine"] = machine(pinned=pinned)
    print_report(found)
    if options.write:
        write(found)
    if (ping := slowest_ping(found)) > found["round trip us"]:
        print(f"\nThe machine was busy: a PING took {ping:.0f} us. The ratios are not reliable.")
    over = [bound["title"] for bound in found["bounds"] if not bound["holds"]]
    print("", *([f"OVER: {title}" for title in over] or ["Every bound holds."]), sep="\n")
    return 1 if over and not options.quick else 0


def print_report(found: Facts) -> None:
    """Print all tables, with the bounds last."""
    print(caption(found))
    for name, table in tables(found).items():
        print("", table.plain(), sep="\n")
        if name == "deployment":
            print(assumptions())


def write(found: Facts, root: Path = ROOT) -> None:
    """Save the results: as data, as tables for the documentation, and as a chart."""
    from benchmarks.plot import plot  # only drawing needs this library

    kept = {str(RESULTS): json.dumps(found, indent=2) + "\n", "docs/img/speed.svg": plot(found)}
    for name, text in (pages(found) | kept).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def pages(found: Facts) -> dict[str, str]:
    """Return the files that the documentation includes, by path."""
    made = {name: table.markdown() for name, table in tables(found).items()}
    made |= {"machine": caption(found), "assumptions": assumptions()}
    return {f"docs/_measured/speed-{name}.md": f"{text}\n" for name, text in made.items()}


if __name__ == "__main__":
    sys.exit(main())
