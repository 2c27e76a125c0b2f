"""Check a wheel and an sdist: two builds are identical, and no file is missing or unexpected."""

import hashlib
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    "src",
    "tests",
    "tools",
    "examples",
    "benchmarks",
    "conformance",
    "docs",
    ".ci",
    ".github",
)
FILES = (
    ".gitattributes",
    ".gitignore",
    ".pre-commit-config.yaml",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "mkdocs.yml",
    "noxfile.py",
    "pyproject.toml",
    "uv.lock",
)
METADATA = ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")


def main(first: str, second: str) -> int:
    """Compare the distributions in two folders with each other and with the source tree."""
    problems = [*differences(Path(first), Path(second)), *contents(Path(first))]
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


def differences(first: Path, second: Path) -> Iterator[str]:
    """Compare the files of two builds byte by byte."""
    names = sorted({path.name for folder in (first, second) for path in folder.iterdir()})
    for name in names:
        hashes = {_hash(folder / name) for folder in (first, second)}
        if len(hashes) > 1:
            yield f"{name}: a second build gave different bytes"
        print(name, *hashes)


def contents(folder: Path) -> Iterator[str]:
    """Compare the files in the distributions with those in the source tree."""
    [wheel] = folder.glob("*.whl")
    [sdist] = folder.glob("*.tar.gz")
    name, version, *_ = wheel.name.split("-")
    with zipfile.ZipFile(wheel) as zipped:
        found = set(zipped.namelist())
    package = {path.removeprefix("src/") for path in _files("src")}
    wanted = package | {f"{name}-{version}.dist-info/{file}" for file in METADATA}
    yield from _compare(wheel.name, found, wanted)
    with tarfile.open(sdist) as archive:
        found = {path.split("/", 1)[1] for path in archive.getnames()}
    wanted = {"PKG-INFO", *FILES, *(path for folder in FOLDERS for path in _files(folder))}
    yield from _compare(sdist.name, found, wanted)


def _files(folder: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(ROOT).as_posix()


def _compare(archive: str, found: set[str], wanted: set[str]) -> Iterator[str]:
    yield from (f"{archive}: {path} is missing" for path in sorted(wanted - found))
    yield from (f"{archive}: {path} should not be there" for path in sorted(found - wanted))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "missing"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
