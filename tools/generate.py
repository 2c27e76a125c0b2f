"""Write the blocking twin of every async source; with --check, only report problems."""

import argparse
import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# When this file runs as a script, only its own folder is on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.replacements import NAMES
from tools.translate import Names, translate
from tools.twin_checks import find_dead_names, find_leaks, find_refusals

ROOT = Path(__file__).resolve().parents[1]
TREES = ("src/openai_agents_session", "tests")
REPAIR = "The blocking twins are out of date. To repair them, run: python tools/generate.py"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)

    twins, problems = make_twins(root, NAMES)
    if options.check and (differences := list(find_differences(root, twins))):
        problems += [*differences, REPAIR]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    if not options.check:
        write(root, twins)
    return 0


def make_twins(root: Path, names: Names) -> tuple[dict[str, str], list[str]]:
    """Return the text of every twin by its path, and the problems that prevent writing them."""
    sources = {path: (root / path).read_bytes().decode() for path in _modules(root, "_async")}
    refusals = {path: list(find_refusals(path, text, names)) for path, text in sources.items()}
    sound = {path: text for path, text in sources.items() if not refusals[path]}
    twins = translate(sound, names)
    problems = [
        *(refusal for found in refusals.values() for refusal in found),
        *(leak for path, twin in twins.items() for leak in find_leaks(path, twin, names)),
        *find_dead_names(sources.values(), names),
    ]
    return {_twin_of(path): twin for path, twin in twins.items()}, problems


def find_differences(root: Path, twins: Mapping[str, str]) -> Iterator[str]:
    """Compare the twins in the tree with the generated ones."""
    for path, twin in twins.items():
        if not (root / path).exists():
            yield f"{path}: missing"
        elif (found := (root / path).read_bytes()) != twin.encode():
            yield _diff(path, found.decode(errors="replace"), twin)
    yield from (f"{path}: stale, it has no source" for path in _stale(root))


def write(root: Path, twins: Mapping[str, str]) -> None:
    """Update the tree; do not touch twins that are already correct."""
    for path in _stale(root):
        (root / path).unlink()
        print(f"removed {path}")
    for path, twin in twins.items():
        target = root / path
        if not target.exists() or target.read_bytes() != twin.encode():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(twin.encode())
            print(f"wrote {path}")


def _modules(root: Path, folder: str) -> list[str]:
    found = (path for tree in TREES for path in (root / tree / folder).rglob("*.py"))
    return sorted(path.relative_to(root).as_posix() for path in found)


def _stale(root: Path) -> list[str]:
    return [path for path in _modules(root, "_sync") if not (root / _source_of(path)).exists()]


def _twin_of(source: str) -> str:
    return source.replace("/_async/", "/_sync/", 1)


def _source_of(twin: str) -> str:
    return twin.replace("/_sync/", "/_async/", 1)


def _diff(path: str, found: str, twin: str) -> str:
    old, new = found.splitlines(keepends=True), twin.splitlines(keepends=True)
    return "".join(difflib.unified_diff(old, new, path, f"{path} as generated")).rstrip("\n")


if __name__ == "__main__":
    sys.exit(main())
