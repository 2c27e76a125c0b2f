"""The command `export` does not replace an earlier file by one in which something is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .support.transfers import run, store_many

if TYPE_CHECKING:
    from pathlib import Path

    from .support.server import Server


@pytest.mark.parametrize("form", [(), ("--html",)])
def test_a_mistyped_id_does_not_cost_an_earlier_export(
    form: tuple[str, ...], server: Server, tmp_path: Path
) -> None:
    store_many(server, {"ada": [b"{}"]})
    path, other = tmp_path / "ada.jsonl", tmp_path / "new.jsonl"
    assert run(server, "export", "ada", "-o", path, *form).returncode == 0
    whole = path.read_bytes()
    for ids in (("adda",), ("ada", "adda")):
        for file in (path, other):
            result = run(server, "export", *ids, "-o", file, *form)
            missing, nothing = result.stderr.decode().splitlines()
            assert result.returncode == 1
            assert "adda: there is no such conversation" in missing
            assert f"{file}: nothing was written" in nothing
    assert path.read_bytes() == whole
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("form", [(), ("--html",)])
@pytest.mark.parametrize("user", [(), ("--user", "eve")])
def test_an_export_of_nothing_does_not_replace_an_earlier_one(
    user: tuple[str, ...], form: tuple[str, ...], server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "all.jsonl"
    path.write_text("earlier")
    for prefix in ((), ("--prefix", "mistyped")):
        result = run(server, *prefix, *user, "export", "--all", "-o", path, *form)
        none, nothing = result.stderr.decode().splitlines()
        assert result.returncode == 1
        assert "no conversations" in none
        assert ("pass --prefix session" in none) is (not prefix)
        assert f"{path}: nothing was written" in nothing
    assert path.read_text() == "earlier"
    assert [*tmp_path.iterdir()] == [path]


def test_an_export_of_nothing_is_one_where_nothing_is_lost(server: Server, tmp_path: Path) -> None:
    new, empty = tmp_path / "new.jsonl", tmp_path / "empty.jsonl"
    empty.touch()
    written = [run(server, "export", "--all", "-o", path) for path in (new, empty)]
    printed = run(server, "export", "--all")
    for result in (*written, printed):
        assert result.returncode == 0
        assert b"no conversations under the prefix" in result.stderr
    assert new.read_bytes() == empty.read_bytes() == printed.stdout
    last = json.loads(printed.stdout.splitlines()[-1])
    assert last == {"end": True, "sessions": 0, "elements": 0}


def test_a_key_of_another_type_does_not_cost_an_earlier_export(
    server: Server, tmp_path: Path
) -> None:
    server.command("SET", "openai_agents_session:text", "x")
    path = tmp_path / "text.jsonl"
    path.write_text("earlier")
    result = run(server, "export", "text", "-o", path)
    assert (result.returncode, b"WRONGTYPE" in result.stderr) == (1, True)
    assert path.read_text() == "earlier"
