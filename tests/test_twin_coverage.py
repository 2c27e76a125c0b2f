"""The comparison of what ran in the two trees finds a line that ran in one of them only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from coverage import CoverageData

from tools import twin_coverage

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """\
# The first line differs.
async def read(key):
    if key:
        return await get(
            key,
        )
    return None
"""
TWIN = SOURCE.replace("async ", "").replace("await ", "")
CONFIG = '[tool.coverage.report]\nexclude_also = ["never"]\n'


@dataclass
class Trees:
    """A source, its twin, and what a run of their tests measured."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def __post_init__(self) -> None:
        (self.root / "pyproject.toml").write_text(CONFIG)
        self.write("_async", SOURCE)
        self.write("_sync", TWIN)

    def module(self, folder: str) -> Path:
        return self.root / twin_coverage.TREE / folder / "inner" / "reading.py"

    def write(self, folder: str, text: str) -> None:
        self.module(folder).parent.mkdir(parents=True, exist_ok=True)
        self.module(folder).write_text(text)

    def measure(self, folder: str, *lines: int) -> None:
        data = CoverageData(str(self.root / f"data{folder}"))
        data.add_lines({str(self.module(folder)): lines})
        data.write()

    def compare(self, *one_sided: tuple[str, str]) -> tuple[int, list[str]]:
        data = [str(self.root / f"data{folder}") for folder in ("_async", "_sync")]
        code = twin_coverage.main(data, self.root, one_sided)
        return code, self.capsys.readouterr().err.splitlines()


@pytest.fixture
def trees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Trees:
    return Trees(tmp_path, capsys)


def test_the_same_lines(trees: Trees) -> None:
    trees.measure("_async", 2, 3, 7)
    trees.measure("_sync", 2, 3, 7)
    assert trees.compare() == (0, [])


@pytest.mark.parametrize(
    ("more", "less", "text"),
    [("_async", "_sync", "return await get("), ("_sync", "_async", "return get(")],
)
def test_a_line_that_ran_in_one_of_them(trees: Trees, more: str, less: str, text: str) -> None:
    trees.measure(more, 2, 3, 4, 7)
    trees.measure(less, 2, 3, 7)
    code, problems = trees.compare()
    assert code == 1
    path = twin_coverage.TREE / more / "inner" / "reading.py"
    assert problems == [f"{path}:4: ran in {more} only: {text}"]


def test_a_statement_counts_once_however_many_lines_it_has(trees: Trees) -> None:
    trees.measure("_async", 2, 3, 4, 5)
    trees.measure("_sync", 2, 3, 5, 4, 6)
    assert trees.compare() == (0, [])


def test_lines_that_are_excluded_from_coverage_do_not_count(trees: Trees) -> None:
    for folder, text in (("_async", SOURCE), ("_sync", TWIN)):
        trees.write(folder, text.replace("return None", "return None  # never"))
    trees.measure("_async", 2, 3, 7)
    trees.measure("_sync", 2, 3)
    assert trees.compare() == (0, [])


def test_an_exception(trees: Trees) -> None:
    trees.measure("_async", 2, 3, 7)
    trees.measure("_sync", 2, 3)
    assert trees.compare(("inner/reading.py", "return None")) == (0, [])
    code, problems = trees.compare(("inner/reading.py", "return await get("))
    assert code == 1
    assert [problem.rpartition(": ")[2] for problem in problems] == [
        "return None",
        "('inner/reading.py', 'return await get(') in ONE_SIDED excuses nothing, remove it",
    ]


def test_an_exception_that_excuses_nothing(trees: Trees) -> None:
    trees.measure("_async", 2)
    trees.measure("_sync", 2)
    code, [problem] = trees.compare(("inner/reading.py", "return None"))
    assert code == 1
    assert "('inner/reading.py', 'return None') in ONE_SIDED excuses nothing" in problem


def test_a_module_that_nothing_ran(trees: Trees) -> None:
    trees.measure("_async")
    trees.measure("_sync")
    code, [problem] = trees.compare()
    assert code == 1
    assert problem.endswith("reading.py: no line of it ran in either API")


def test_a_run_that_was_not_measured(trees: Trees) -> None:
    trees.measure("_async", 2)
    with pytest.raises(SystemExit, match="there is no coverage data in"):
        trees.compare()
