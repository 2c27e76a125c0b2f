"""Run the conformance suite with several implementations, and print a table of the results.

    python -m benchmarks.conformance DIRECTORY [--write]

The directory must contain `openai-agents-session` 0.1.0, which has the same import name as this
package. Install it with `pip install --no-deps --target DIRECTORY openai-agents-session==0.1.0`.

Every implementation runs in its own process. The exit status is 1 if one of our sessions fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from xml.etree import ElementTree as ET

from benchmarks.implementations import LATENCY, RELEASE, TITLES
from benchmarks.machine import versions

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "_measured" / "conformance.md"
OURS = ("awaited", "blocking")

_SECONDS = 900.0
_GROUPS = {
    "protocol": "Protocol",
    "history": "Adding, reading, clearing",
    "limits": "Limits",
    "pops": "Popping",
    "ids": "Ids",
    "items": "Items come back as they were added",
    "copies": "Nothing is shared with callers",
    "errors": "Batches that cannot be stored",
    "concurrency": "Calls at the same time",
    "cancellation": "Cancelled calls",
}

Outcomes: TypeAlias = dict[tuple[str, str], bool]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="contains openai-agents-session 0.1.0")
    parser.add_argument("--write", action="store_true", help="keep the table for the docs")
    options = parser.parse_args()

    results = {name: run(name, options.directory.resolve()) for name in TITLES}
    table = f"{caption()}\n\n{markdown(results)}\n"
    print(table)
    if options.write:
        TABLE.write_text(table, encoding="utf-8")
    return 0 if all(all(results[name].values()) for name in OURS) else 1


def run(name: str, directory: Path) -> Outcomes:
    """Run the suite with one implementation; return for each requirement whether it is met."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "conformance", "-q", "--tb=line"]
        options = [f"--session=benchmarks.implementations:{name}", f"--junit-xml={report}"]
        environment = os.environ | {RELEASE: str(directory)}
        done = subprocess.run(
            [*command, *options], cwd=ROOT, env=environment, stdout=sys.stderr, timeout=_SECONDS
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{name}: pytest ended with status {done.returncode}")
        return outcomes(report.read_text(encoding="utf-8"))


def outcomes(report: str) -> Outcomes:
    """Read a report of pytest: for each group and requirement, whether it is met."""
    found: Outcomes = {}
    for case in ET.fromstring(report).iter("testcase"):
        group = case.attrib["classname"].rpartition("test_")[2]
        [requirement] = case.findall("properties/property[@name='requirement']")
        failed = case.find("failure") is not None or case.find("error") is not None
        key = (group, requirement.attrib["value"])
        found[key] = found.get(key, True) and not failed
    return found


def caption() -> str:
    known = versions()
    return (
        f"Run on {date.today().isoformat()} with `nox -s conformance_table -- --write`: "
        f"openai-agents {known['SDK']}, openai-agents-session {known['ours']} and {known['old']}, "
        f"redis-py {known['redis-py']}, {known['server']}, SQLAlchemy {version('sqlalchemy')}, "
        f"aiosqlite {version('aiosqlite')} and Python {platform.python_version()}. The SQL "
        "sessions use a SQLite file, and `EncryptedSession` wraps a `SQLiteSession`; "
        "`SyncRedisSession` runs through `as_async()`. Redis is "
        f"{1000 * LATENCY:g} ms away. The first six columns are sessions of the SDK."
    )


def markdown(results: dict[str, Outcomes]) -> str:
    """Return the table: a row for each requirement, a column for each implementation."""
    requirements = list(results[OURS[0]])
    lines = [["Requirement", *(TITLES[name] for name in results)]]
    lines.append(["---", *[":-:"] * len(results)])
    for group, title in _GROUPS.items():
        lines.append([f"**{title}**", *[""] * len(results)])
        for key in requirements:
            if key[0] == group:
                cells = ("pass" if found[key] else "**FAIL**" for found in results.values())
                lines.append([key[1], *cells])
    met = (f"{sum(found.values())} of {len(found)}" for found in results.values())
    lines.append(["**Requirements met**", *met])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
