"""The command `import`: what was exported is there again, once, however often one has to begin."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import redis

from openai_agents_session import SyncRedisSessionManager

from .support.transfers import by_key, export_of, on_terminal, run, start, store_many, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .support.server import Server

ODD = [b"\xff\xfe", b"", b"[1]", b"no JSON", b'{"a":\n 1.0}', '{"ü": "\u202e"}'.encode(), b"\x7f"]
ITEM: list[Any] = [{}]
PREFIX = "openai_agents_session"


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


def outcomes(text: bytes) -> dict[str, str]:
    records = [json.loads(line) for line in text.splitlines()]
    return {record["session_id"]: record["outcome"] for record in records[:-1]}


def test_what_was_exported_is_there_again(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    many = {"odd": ODD, "id\n\u202e": [b"{}"], "long": [b'{"n":%d}' % n for n in range(5000)]}
    store_many(server, many)
    client.expire(f"{PREFIX}:odd", 500)
    path = tmp_path / "all.jsonl"
    assert run(server, "export", "--all", "-o", path).returncode == 0
    server.command("FLUSHALL")

    result = run(server, "import", path)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"3 conversations: 3 added\n"
    assert stored(server) == by_key(many)
    assert 490 < client.ttl(f"{PREFIX}:odd") <= 500
    assert client.ttl(f"{PREFIX}:long") == -1

    assert run(server, "import", path).stdout == b"3 conversations: 3 already there\n"
    text = path.read_bytes() * 2  # two files, one after the other
    assert run(server, "import", "-", stdin=text).stdout == b"6 conversations: 6 already there\n"
    assert stored(server) == by_key(many)
    assert run(server, "--prefix", "p", "import", "-", stdin=text).returncode == 0
    assert len(stored(server, "p:*")) == 3


def test_conversations_that_are_there(server: Server, tmp_path: Path) -> None:
    numbers = [b'{"n":%d}' % n for n in range(2500)]
    ids = ("begun", "whole", "more", "other", "other late", "shorter and other", "new")
    path = export_of(server, tmp_path / "all.jsonl", dict.fromkeys(ids, numbers))
    there = {
        "begun": numbers[:1500],
        "whole": numbers,
        "more": [*numbers, b'{"role":"user"}'],
        "other": [b"{}"],
        "other late": [*numbers[:2400], b"{}"],
        "shorter and other": [*numbers[:10], b"{}"],
    }
    store_many(server, there)
    result = run(server, "import", path, "--json")
    assert result.returncode == 1
    assert outcomes(result.stdout) == {
        "begun": "continued",
        "whole": "present",
        "more": "present",
        "other": "different",
        "other late": "different",
        "shorter and other": "different",
        "new": "added",
    }
    counts = json.loads(result.stdout.splitlines()[-1])
    assert counts == {
        "conversations": 7,
        "added": 1,
        "continued": 1,
        "present": 2,
        "different": 3,
        "left_out": 0,
        "dry_run": False,
    }
    notes = result.stderr.decode().splitlines()
    assert sorted(note.split(": ")[1] for note in notes) == [
        "other",
        "other late",
        "shorter and other",
    ]
    assert stored(server) == by_key({**there, "begun": numbers, "new": numbers})
    assert run(server, "import", path).stdout == (
        b"7 conversations: 4 already there, 3 different, and left as they are\n"
    )


@pytest.mark.parametrize("which", [["--all"], ["0", "1", "2", "3", "4"]])
def test_a_list_of_conversations_keeps_its_order(server: Server, which: list[str]) -> None:
    options = ("--prefix", "p", "--user", "alice")
    with SyncRedisSessionManager(url=server.url, key_prefix="p", ttl=None) as manager:
        alice = manager.user("alice")
        for name in (*"01234", "2", "0"):
            alice.session(name).add_items(ITEM * 100)
        exported = run(server, *options, "export", *which).stdout
        assert [info.session_id for info in alice.sessions()] == [*"02431"]
        server.command("FLUSHALL")
        assert run(server, *options, "import", "-", stdin=exported).returncode == 0
        assert [info.session_id for info in alice.sessions()] == [*"02431"]


def test_what_cannot_be_stored_is_named(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    path = export_of(server, tmp_path / "all.jsonl", {"ada": [b"{}"], "text": [b"{}"]})
    client.set(f"{PREFIX}:text", "x")
    renamed = path.read_bytes().replace(b'"ada"', b'"a}b"')
    result = run(server, "import", "-", stdin=renamed)
    assert result.returncode == 1
    assert b"text: it holds something else" in result.stderr
    assert b"a}b: session key" in result.stderr
    assert client.get(f"{PREFIX}:text") == b"x"
    assert stored(server) == {}


def test_titles_and_metadata_of_a_user(server: Server, client: redis.Redis, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    with SyncRedisSessionManager(url=server.url, key_prefix="p", ttl=None) as manager:
        alice = manager.user("alice")
        for name in ("one", "two", "bare"):
            alice.session(name).add_items(ITEM)
        alice.update("one", title="Rome ü", metadata={"n": 1.0})
        alice.update("two", title="Paris")
        assert run(server, "--prefix", "p", "--user", "alice", "export", "--all", "-o", path)
        server.command("FLUSHALL")

        def described() -> dict[str, Any]:
            return {info.session_id: (info.title, info.metadata) for info in alice.sessions()}

        assert run(server, "--prefix", "p", "--user", "alice", "import", path).returncode == 0
        expected = {"one": ("Rome ü", {"n": 1.0}), "two": ("Paris", {}), "bare": (None, {})}
        assert described() == expected
        alice.update("one", title="Milan")
        alice.update("two", title="")  # as if the import had ended just before it
        assert run(server, "--prefix", "p", "--user", "alice", "import", path).returncode == 0
        assert described() == {**expected, "one": ("Milan", {"n": 1.0})}

        result = run(server, "--prefix", "p", "import", path)
        assert result.returncode == 0
        assert b"titles or metadata of 2 conversations were left out" in result.stderr
        assert alice.count() == 3
    assert len(stored(server, "p:*")) == 3


def test_a_title_that_is_too_long(server: Server, tmp_path: Path) -> None:
    call = (server, "--prefix", "p", "--user", "alice")
    path = tmp_path / "all.jsonl"
    with SyncRedisSessionManager(url=server.url, key_prefix="p", ttl=None) as manager:
        alice = manager.user("alice")
        for name in ("one", "two"):
            alice.session(name).add_items(ITEM)
            alice.update(name, title=name)
        server.command("HSET", "p{alice}:one:~:info", "title", json.dumps("x" * 10_001))
        assert run(*call, "export", "--all", "-o", path).returncode == 0
        server.command("FLUSHALL")
        result = run(*call, "import", path)
        assert result.returncode == 0
        [why] = result.stderr.decode().splitlines()
        assert "one: its title and its metadata were left out: title must have at most" in why
        assert [info.title for info in alice.sessions()] == ["two", None]


def test_a_file_that_was_cut_off(server: Server, tmp_path: Path) -> None:
    many = {str(number): [b'{"n":1}', b"{}"] for number in range(50)}
    path = export_of(server, tmp_path / "all.jsonl", many)
    whole = path.read_bytes()
    cut = tmp_path / "cut.jsonl"
    for length in (0, 20, len(whole) // 2, len(whole) - 80, len(whole) - 2):
        cut.write_bytes(whole[:length])
        result = run(server, "import", cut)
        assert (result.returncode, result.stdout) == (1, b"")
        assert str(cut).encode() in result.stderr
        assert stored(server) == {}
        if length:  # from a pipe, nobody can look at the end first
            result = run(server, "import", "-", stdin=whole[:length])
            assert result.returncode == 1
            assert b"standard input: it was cut off" in result.stderr
            run(server, "import", path)
            assert stored(server) == by_key(many)
        server.command("FLUSHALL")
    missing = whole.splitlines(keepends=True)
    for number in (1, 3):
        result = run(server, "import", "-", stdin=b"".join(missing[:number]))
        assert b"standard input: it was cut off" in result.stderr
    server.command("FLUSHALL")
    del missing[3]
    cut.write_bytes(b"".join(missing))
    result = run(server, "import", cut)
    assert (result.returncode, result.stdout) == (1, b"50 conversations: 50 added\n")
    assert b"lines are missing" in result.stderr


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"element": 1}', "line 2 is not a line of an export"),
        (b'{"base64": "*"}', "line 2 is not a line of an export"),
        (b'{"element": "\\ud800"}', "line 2 is not a line of an export"),
        (b'{"session_id": 1}', "line 2 is not a line of an export"),
        (b'{"session_id": "ada", "expires_in": -1}', "line 2 is not a line of an export"),
        (b'{"session_id": "ada", "metadata": [1]}', "line 2 is not a line of an export"),
        (b'["session_id"]', "line 2 is not a line of an export"),
        (b'"session_id"', "line 2 is not a line of an export"),
        (b'{"format": "other"}', "line 2 is not a line of an export"),
        (b"{", "line 2 is not JSON"),
        (b"[" * 100_000, "line 2 is not JSON"),
        (b'{"element": "{}"}', "its lines are not in order"),
        (b'{"format": "openai-agents-session export", "version": 2}', "by a newer release"),
    ],
)
def test_a_file_that_was_damaged(line: bytes, reason: str, server: Server, tmp_path: Path) -> None:
    begin = b'{"format": "openai-agents-session export", "version": 1}\n'
    end = b'\n{"end": true, "sessions": 0, "elements": 0}\n'
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(begin + line + end)
    result = run(server, "import", path)
    assert result.returncode == 1
    assert f"{path}: " in result.stderr.decode()
    assert reason in result.stderr.decode()


def test_a_pipe_that_has_a_name(server: Server, tmp_path: Path) -> None:
    path = export_of(server, tmp_path / "all.jsonl", {"ada": [b"{}"]})
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        written = thread.submit(pipe.write_bytes, path.read_bytes())
        assert run(server, "import", pipe).stdout == b"1 conversation: 1 added\n"
        written.result()


def test_a_user_without_the_rights(own_server: Server, tmp_path: Path) -> None:
    path = export_of(own_server, tmp_path / "all.jsonl", {"ada": [b"{}"], "grace": [b"{}"]})
    own_server.command("ACL", "SETUSER", "eve", "on", "nopass", "~*", "+@connection")
    url = own_server.url.replace("redis://", "redis://eve:any@")
    result = run(own_server, "--url", url, "import", path)
    assert (result.returncode, result.stderr.count(b"\n")) == (1, 1)


def test_a_file_that_is_no_export(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(b'{"role": "user"}\n')
    assert run(server, "import", path).returncode == 1
    result = run(server, "import", "-", stdin=b'{"session_id": "ada"}\n')
    assert b"its first line does not say so" in result.stderr
    result = run(server, "import", tmp_path / "missing")
    assert (result.returncode, b"No such file" in result.stderr) == (1, True)


def test_progress_is_shown_on_a_terminal_alone(server: Server, tmp_path: Path) -> None:
    many = {str(number): [b"{}" * 1000] * 10 for number in range(50)}
    path = export_of(server, tmp_path / "all.jsonl", many)
    status, seen = on_terminal(server, "import", path)
    assert status == 0
    assert b"Importing" in seen
    assert b"50 conversations: 50 added" in seen
    with start(server, "import", path) as process:
        assert process.communicate(timeout=60) == (b"50 conversations: 50 already there\n", b"")
