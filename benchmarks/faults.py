"""Test four stores under the same faults, and print a table of the results.

    python -m benchmarks.faults DIRECTORY [--seed N] [--write]

The directory must contain `openai-agents-session` 0.1.0, which has the same import name as this
package. Install it with `pip install --no-deps --target DIRECTORY openai-agents-session==0.1.0`.

Each store runs each scenario in its own process, against its own servers. The exit status is 1 if
our store shows any fault.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from benchmarks.audit import Value
from benchmarks.peers import PEERS
from benchmarks.scenarios import REQUESTS, SCENARIOS
from tests.support.binary import find_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "_measured" / "faults.md"
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"

_JOBS = 2
_SECONDS = 300.0

Row: TypeAlias = dict[str, Value]
Results: TypeAlias = dict[str, dict[str, Row]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="contains openai-agents-session 0.1.0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the results for the docs")
    options = parser.parse_args()

    versions, results = measure(options.directory.resolve(), options.seed)
    table = f"{caption(versions, options.seed)}\n\n{markdown(versions, results)}\n"
    print(table)
    if options.write:
        facts = {"seed": options.seed, "versions": versions, "results": results}
        _write(RESULTS, json.dumps(facts, indent=2) + "\n")
        _write(TABLE, table)
    faults = list(our_faults(results))
    print(*faults or ["Our store shows no fault."], sep="\n")
    return 1 if faults else 0


def measure(directory: Path, seed: int) -> tuple[dict[str, str], Results]:
    """Run every scenario with every store; return the versions and the counts."""

    def run(store: str) -> list[Any]:
        environment = dict(os.environ)
        if store == "old":
            environment["PYTHONPATH"] = str(directory)
        command = [sys.executable, "-m", "benchmarks.scenarios", store, str(seed)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, timeout=_SECONDS, check=True
        )
        return list(map(json.loads, done.stdout.splitlines()))

    with ThreadPoolExecutor(_JOBS) as pool:
        answers = dict(zip(PEERS, pool.map(run, PEERS), strict=True))
    versions: dict[str, str] = {store: first for store, (first, *_) in answers.items()}
    counts = {store: dict(lines) for store, (_, *lines) in answers.items()}
    if versions["old"] != "0.1.0" or versions["async"] == "0.1.0":
        raise RuntimeError(f"these versions cannot be compared: {versions}")
    binary = find_binary()
    versions |= {
        "redis-py": version("redis"),
        "server": f"{binary.name.title()} {'.'.join(map(str, binary.version))}",
        "python": platform.python_version(),
    }
    results: Results = {
        name: {what: {store: counts[store][name][what] for store in PEERS} for what in whats}
        for name, whats in counts["async"].items()
    }
    return versions, results


def caption(versions: dict[str, str], seed: int) -> str:
    return (
        f"Measured with redis-py {versions['redis-py']}, {versions['server']} and Python "
        f"{versions['python']} (seed {seed}). In each scenario all sessions share one client, "
        "and have a TTL; `SyncRedisSession` runs through `as_async()`. SDK is the `RedisSession` "
        "of openai-agents. Rows in which every count is 0 are not shown."
    )


def markdown(versions: dict[str, str], results: Results) -> str:
    heads = [peer.title.format(version=versions[store]) for store, peer in PEERS.items()]
    lines = [["Scenario", "Count", *heads], ["---", "---", *["--:"] * len(heads)]]
    for scenario, counts in results.items():
        title = SCENARIOS[scenario].title
        for what, row in counts.items():
            if any(row.values()):
                lines.append([title, what, *map(_cell, row.values())])
                title = ""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def our_faults(results: Results) -> Iterator[str]:
    for scenario, counts in results.items():
        for what, row in counts.items():
            for store, value in row.items():
                if PEERS[store].is_ours and _is_fault(what, value):
                    yield f"{store}: {SCENARIOS[scenario].title}: {what}: {value}"


def _is_fault(what: str, value: Value) -> bool:
    if what == REQUESTS:
        return not isinstance(value, float) or not 1 <= value <= 1.1
    return bool(value)


def _cell(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(f"`{name}`" for name in value) or "none"
    return str(value)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
