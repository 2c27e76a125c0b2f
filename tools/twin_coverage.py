"""Compare what ran: line N of a source runs in its tests exactly when line N of its twin does.

A line that only one of the two ran is tested in one API only, or it means something else there.
"""

import argparse
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]
TREE = Path("src/openai_agents_session")

OneSided = Collection[tuple[str, str]]

# (path inside the two folders, text of the line): lines that only one of the APIs can run.
ONE_SIDED: tuple[tuple[str, str], ...] = ()


class Module(NamedTuple):
    """What one run measured of one module, by the lines on which statements begin."""

    statements: set[int]
    ran: set[int]


def main(
    arguments: Sequence[str] | None = None, root: Path = ROOT, one_sided: OneSided = ONE_SIDED
) -> int:
    """Run the command and give its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("awaited", type=Path, help="coverage data of tests/_async")
    parser.add_argument("blocking", type=Path, help="coverage data of tests/_sync")
    options = parser.parse_args(arguments)

    problems = list(find_problems(root, options.awaited, options.blocking, one_sided))
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    print("Both APIs ran the same lines.")
    return 0


def find_problems(root: Path, awaited: Path, blocking: Path, one_sided: OneSided) -> Iterator[str]:
    """Say where the two differ, what was not measured, and which exceptions excuse nothing."""
    sources, twins = root / TREE / "_async", root / TREE / "_sync"
    run, twin_run = _load(root, awaited), _load(root, blocking)
    unused = set(one_sided)
    for source in sorted(sources.rglob("*.py")):
        path = source.relative_to(sources)
        one, other = _measured(run, source), _measured(twin_run, twins / path)
        if one.statements and not (one.ran or other.ran):
            yield f"{TREE / '_async' / path}: no line of it ran in either API"
        for number in sorted(one.ran ^ other.ran):
            folder = sources if number in one.ran else twins
            text = (folder / path).read_text("utf-8").splitlines()[number - 1].strip()
            unused.discard((path.as_posix(), text))
            if (path.as_posix(), text) not in one_sided:
                yield f"{TREE / folder.name / path}:{number}: ran in {folder.name} only: {text}"
    for exception in sorted(unused):
        yield f"tools/twin_coverage.py: {exception!r} in ONE_SIDED excuses nothing, remove it"


def _load(root: Path, data: Path) -> Coverage:
    if not data.is_file():  # to coverage, that is a run which measured nothing
        sys.exit(f"there is no coverage data in {data}")
    coverage = Coverage(data_file=str(data), config_file=str(root / "pyproject.toml"))
    coverage.load()
    return coverage


def _measured(coverage: Coverage, path: Path) -> Module:
    _, statements, _, missing, _ = coverage.analysis2(str(path))
    return Module(set(statements), set(statements) - set(missing))


if __name__ == "__main__":
    sys.exit(main())
