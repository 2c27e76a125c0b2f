"""The plan of `nox -s matrix`: what it runs, what it leaves out, and when it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools import interpreters
from tools.cells import pin_of_newest
from tools.matrix import (
    CELLS,
    NEWEST,
    OLDEST,
    PYTHONS,
    REDIS,
    SDKS,
    UPCOMING,
    Cell,
    MissingError,
    Result,
    asked,
    count,
    plan,
    table,
)

SYSTEM = "redis 7.0.15 (/usr/bin/redis-server)"


def test_every_cell_has_a_name_of_its_own() -> None:
    assert len({cell.name for cell in CELLS}) == len(CELLS)


def test_every_python_is_tested() -> None:
    assert {cell.python for cell in CELLS} == {*PYTHONS, *UPCOMING}


@pytest.mark.parametrize("python", [OLDEST, NEWEST])
def test_every_redis_py_with_the_oldest_and_the_newest_python(python: str) -> None:
    pins = {pin for cell in CELLS if cell.python == python for pin in cell.pins}
    assert {f"redis[hiredis]=={version}" for version in REDIS} <= pins


def test_a_brief_matrix_has_each_redis_py_and_both_pythons() -> None:
    cells, left_out = plan((), (*PYTHONS, *UPCOMING), SYSTEM, brief=True)
    pinned = [cell for cell in cells if cell.pins and cell.pins[0].startswith("redis")]
    assert sorted(cell.pins[0].partition("==")[2] for cell in pinned) == sorted(REDIS)
    assert {cell.python for cell in pinned} == {OLDEST, NEWEST}
    assert [cell for cell in CELLS if cell not in cells and "redis" not in cell.name] == []
    assert left_out == ["a second Python for each redis-py: asked for a brief matrix"]


@pytest.mark.parametrize("without", [OLDEST, NEWEST])
def test_a_brief_matrix_without_a_python_still_has_each_redis_py(without: str) -> None:
    cells, _ = plan([without], PYTHONS, SYSTEM, brief=True)
    pins = {pin for cell in cells for pin in cell.pins}
    assert {f"redis[hiredis]=={version}" for version in REDIS} <= pins


def test_on_a_machine_that_has_everything() -> None:
    assert plan((), (*PYTHONS, *UPCOMING), SYSTEM) == (CELLS, [])


def test_what_may_be_absent_is_left_out_and_named() -> None:
    cells, left_out = plan((), PYTHONS, "")
    assert {cell.python for cell in cells} == set(PYTHONS)
    assert "system" not in {cell.server for cell in cells}
    assert left_out == ["Python 3.14: not on this machine", "a server of the system: none on PATH"]


def test_a_missing_python_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(MissingError, match=r"-- --without 3\.12 3\.13$"):
        plan((), ("3.10", "3.11"), SYSTEM)


def test_a_python_is_left_out_when_told() -> None:
    cells, left_out = plan(["3.12"], ("3.10", "3.11", "3.13"), SYSTEM)
    assert cells
    assert "3.12" not in {cell.python for cell in cells}
    assert "Python 3.12: asked for" in left_out


def test_nothing_to_test_is_an_error() -> None:
    with pytest.raises(MissingError, match="nothing"):
        plan(PYTHONS, (), SYSTEM)
    with pytest.raises(MissingError, match=r"no cell is for Python 3\.9"):
        plan(["3.9"], PYTHONS, SYSTEM)


def test_the_table() -> None:
    versions = {"python": "3.10.13", "server": "redis 6.2.9"}
    text = table([Result("lowest", versions, 7, 0, 1, 61.7)], ["Python 3.14: not on this machine"])
    head, row, left_out = text.splitlines()
    assert head.split()[:3] == ["cell", "python", "redis"]
    assert row.split() == [
        "lowest",
        "3.10.13",
        "?",
        "?",
        "?",
        "?",
        "redis",
        "6.2.9",
        "7",
        "0",
        "1",
        "62",
    ]
    assert left_out == "left out: Python 3.14: not on this machine"


class FakeSession:
    """As nox has one, with what uv would find."""

    def __init__(self, folder: Path, found: str) -> None:
        self.folder, self.found = folder, found
        self.commands: list[tuple[str, ...]] = []

    def create_tmp(self) -> str:
        return str(self.folder)

    def run(self, *command: str) -> None:
        pinned = Path(command[command.index("--output-file") + 1])
        assert not pinned.exists(), "uv would prefer what is in it"
        pinned.write_text(self.found)
        self.commands.append(command)


def test_the_newest_version_may_be_a_pre_release(tmp_path: Path) -> None:
    session: Any = FakeSession(tmp_path, "redis==8.2.0b1\n")
    for _ in range(2):
        assert pin_of_newest(session, "redis") == "redis==8.2.0b1"
    command = session.commands[0]
    assert command[command.index("--prerelease") + 1] == "allow"
    assert Path(command[-1]).read_text() == "redis"


def test_what_was_asked_for_if_it_could_not_be_installed() -> None:
    cell = Cell("next", "3.13", ())
    versions = asked(cell, ("redis[hiredis]==8.2.0b1", "openai-agents==1.0.0", "openai>=2"))
    assert versions == {"python": "3.13?", "redis": "8.2.0b1?", "openai-agents": "1.0.0?"}
    _, row = table([Result("next", versions, 0, 0, 0, 3.0)], []).splitlines()
    assert row.split()[:6] == ["next", "3.13?", "8.2.0b1?", "?", "1.0.0?", "?"]


def test_counting(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert count(report) == (0, 0, 0)
    suite = '<testsuite errors="1" failures="2" skipped="3" tests="10"></testsuite>'
    report.write_text(f"<testsuites>{suite}</testsuites>")
    assert count(report) == (4, 3, 3)


def fake(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a shim on PATH and nothing behind it."""
    for variable, _, _ in interpreters.FOLDERS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    fake(tmp_path / "shims" / "python3.12", "exit 127")
    return tmp_path


def test_a_shim_is_not_an_interpreter(home: Path) -> None:
    assert interpreters.find_interpreter("3.12") is None


@pytest.mark.parametrize(
    "folder",
    [
        ".pyenv/versions/3.12.9",
        ".asdf/installs/python/3.12.9",
        ".local/share/mise/installs/python/3.12.9",
        ".local/share/uv/python/cpython-3.12.9-linux-x86_64-gnu",
    ],
)
def test_behind_a_shim_stands_a_version_manager(home: Path, folder: str) -> None:
    for name in ("3.12.1", "3.12.10t", "3.1.12", "3.12-dev"):
        fake(home / folder.replace("3.12.9", name) / "bin" / "python", "echo 3.12")
    path = fake(home / folder / "bin" / "python", "echo 3.12")
    assert interpreters.find_interpreter("3.12") == str(path)


def test_what_is_on_path_comes_first(home: Path) -> None:
    fake(home / ".pyenv" / "versions" / "3.12.1" / "bin" / "python", "echo 3.12")
    path = fake(home / "shims" / "python3.12", "echo 3.12")
    assert interpreters.find_interpreter("3.12") == str(path)


def test_another_version_under_that_name_is_not_taken(home: Path) -> None:
    fake(home / "shims" / "python3.12", "echo 3.11")
    assert interpreters.find_interpreter("3.12") is None


def test_a_setting_names_the_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fake(home / "elsewhere" / "versions" / "3.12.1" / "bin" / "python", "echo 3.12")
    monkeypatch.setenv("PYENV_ROOT", str(home / "elsewhere"))
    assert interpreters.find_interpreter("3.12") == str(path)


def test_the_floors_of_the_matrix_are_those_of_the_package() -> None:
    settings = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'  "redis[hiredis]>={REDIS[0]}",\n' in settings
    assert f'  "openai-agents>={SDKS[0]}",\n' in settings
    assert f'requires-python = ">={OLDEST}"\n' in settings
