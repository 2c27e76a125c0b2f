"""The command `migrate`, on what the SDK's SQLiteSession has written."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from agents import SQLiteSession

from openai_agents_session import SyncRedisSession

from .support.polling import until
from .support.transfers import on_terminal, run, start, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from .support.proxy import FaultProxy
    from .support.server import Server

OURS = "openai_agents_session"
ITEMS: list[Any] = [
    {"role": "user", "content": 'Olá, "Ada" \u2028 \U0001f600 \ud800'},
    {"type": "function_call", "call_id": "1", "name": "f", "arguments": '{"n": 1.0}'},
    {"role": "assistant", "content": [{"type": "output_text", "text": "Hi", "n": 2**70}]},
]
MORE: list[Any] = [{"role": "user", "content": "And then?"}]


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


@pytest.fixture
async def in_sqlite(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Write and read with the SDK's class; in one thread, since 0.8 closes the thread's own."""
    with ThreadPoolExecutor(1) as thread:
        asyncio.get_running_loop().set_default_executor(thread)

        async def add_and_get(session_id: str, items: list[Any]) -> Any:
            session = SQLiteSession(session_id, tmp_path / "old.db")
            try:
                await session.add_items(items)
                return await session.get_items()
            finally:
                await asyncio.to_thread(session.close)

        yield add_and_get


def ours(client: redis.Redis, session_id: str) -> Any:
    return SyncRedisSession(session_id, client).get_items()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def summary(text: bytes) -> str:
    return text.decode().splitlines()[-1]


async def test_from_sqlite(
    server: Server, client: redis.Redis, in_sqlite: Callable[..., Any], tmp_path: Path
) -> None:
    ids = ["ada", "O'Hara: ünï", *map(str, range(30))]
    for session_id in ids:
        await in_sqlite(session_id, ITEMS)
        await in_sqlite(session_id, [{"id": session_id}])
    await in_sqlite("begun", ITEMS + MORE)
    SyncRedisSession("begun", client).add_items(MORE)
    await in_sqlite("a}b", ITEMS)
    await in_sqlite("broken", ITEMS)
    await in_sqlite("long", ITEMS * 5000)
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO agent_messages (session_id, message_data) VALUES ('broken', '{')"
        )
    before = contents(tmp_path)

    call = ("migrate", "--from", f"sqlite:///{path}")
    for dry_run in (("--dry-run",), ()):
        result = run(server, *call, *dry_run)
        assert result.returncode == 1
        added = f"{len(ids) + 2} {'would be added' if dry_run else 'added'}"
        assert summary(result.stdout) == (
            f"{len(ids) + 4} conversations: {added}, 1 different, and left as they are, 1 left out"
        )
        named = {line.split(": ")[1] for line in result.stderr.decode().splitlines()}
        assert named == {"begun", "a}b", "broken"}
        assert contents(tmp_path) == before
        assert len(stored(server)) == (1 if dry_run else len(ids) + 3)
    for session_id in ids:
        assert ours(client, session_id) == [*ITEMS, {"id": session_id}]
    assert ours(client, "begun") == MORE
    assert ours(client, "broken") == ITEMS
    assert ours(client, "long") == ITEMS * 5000
    assert client.ttl(f"{OURS}:ada") == -1


async def test_a_relative_path_while_it_is_open(
    server: Server,
    client: redis.Redis,
    in_sqlite: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await in_sqlite("ada", ITEMS)
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("old.db")) as database:
        with database:
            database.execute("UPDATE agent_messages SET session_id = 'grace'")
        assert run(server, "migrate", "--from", "sqlite:///old.db").returncode == 0
    assert ours(client, "grace") == ITEMS


async def test_a_file_that_changes_while_it_is_read(
    server: Server, proxy: FaultProxy, in_sqlite: Callable[..., Any], tmp_path: Path
) -> None:
    await in_sqlite("ada", ITEMS)
    call = ("migrate", "--from", f"sqlite:///{tmp_path / 'old.db'}")
    fault = proxy.arm("delay", b"EVAL")
    with ThreadPoolExecutor(1) as thread:
        copy = thread.submit(run, proxy, *call)
        await asyncio.to_thread(fault.wait)
        await in_sqlite("ada", MORE)
        fault.release()
        result = copy.result()
    assert (result.returncode, b"it was changed while it was read" in result.stderr) == (1, True)
    assert run(server, *call).stdout == b"1 conversation: 1 continued\n"


async def test_an_id_that_is_not_text(
    server: Server, in_sqlite: Callable[..., Any], tmp_path: Path
) -> None:
    await in_sqlite("ada", ITEMS)
    with closing(sqlite3.connect(tmp_path / "old.db")) as database, database:
        database.execute("UPDATE agent_messages SET session_id = CAST(X'ff' AS TEXT)")
    result = run(server, "migrate", "--from", f"sqlite:///{tmp_path / 'old.db'}")
    assert (result.returncode, stored(server)) == (1, {})
    assert b"\\xff: left out: its id is not UTF-8" in result.stderr


async def test_branches_are_not_mixed_up(
    server: Server, in_sqlite: Callable[..., Any], tmp_path: Path
) -> None:
    await in_sqlite("plain", ITEMS)
    await in_sqlite("branched", ITEMS)
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE message_structure (session_id TEXT, branch_id TEXT)")
        database.execute(
            "INSERT INTO message_structure VALUES ('plain', 'main'), ('branched', 'b1')"
        )
    result = run(server, "migrate", "--from", f"sqlite:///{path}")
    assert result.returncode == 1
    assert b"branched: left out: it has branches" in result.stderr
    assert list(stored(server)) == [b"openai_agents_session:plain"]


def test_sources_that_cannot_be_read(server: Server, tmp_path: Path) -> None:
    for url in ("redis://localhost", "sqlite://old.db", "sqlite:///", "sqlite:///:memory:", "x"):
        assert run(server, "migrate", "--from", url).returncode == 2
    assert run(server, "migrate", "--from", "sdk-redis://h:port/x").returncode == 2
    source = f"sdk-{server.url}"
    assert run(server, "migrate", "--from", source, "--from-prefix", "").returncode == 2
    text, empty = tmp_path / "text.db", tmp_path / "empty.db"
    text.write_bytes(b"no database" * 100)
    empty.touch()
    reasons = {
        tmp_path / "missing.db": b"No such file or directory",
        text: b"file is not a database",
        empty: b"it has no table agent_messages",
        tmp_path: b"directory",
    }
    for path, reason in reasons.items():
        result = run(server, "migrate", "--from", f"sqlite:///{path}")
        assert result.returncode == 1
        assert str(path).encode() in result.stderr
        assert reason in result.stderr
    assert sorted(tmp_path.iterdir()) == [empty, text]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
async def test_an_interrupted_copy_can_be_made_again(
    kind: signal.Signals,
    server: Server,
    client: redis.Redis,
    in_sqlite: Callable[..., Any],
    tmp_path: Path,
) -> None:
    for number in range(20):
        await in_sqlite(str(number), [{"n": n} for n in range(3000)])
    call = ("migrate", "--from", f"sqlite:///{tmp_path / 'old.db'}")
    for count in (3, 10):
        with start(server, *call) as process:
            wanted = partial(lambda n: len(stored(server)) >= n, count)
            await asyncio.to_thread(until, wanted, 60, "the copy to come so far")
            process.send_signal(kind)
            assert process.wait(60) in {130, -kind, 0}
    assert run(server, *call).returncode == 0
    for number in range(20):
        assert ours(client, str(number)) == [{"n": n} for n in range(3000)]


async def test_progress_is_shown_on_a_terminal_alone(
    server: Server, in_sqlite: Callable[..., Any], tmp_path: Path
) -> None:
    await in_sqlite("ada", ITEMS)
    call = ("migrate", "--from", f"sqlite:///{tmp_path / 'old.db'}")
    status, seen = await asyncio.to_thread(on_terminal, server, *call)
    assert (status, b"Copying" in seen) == (0, True)
    with start(server, *call) as process:
        output = await asyncio.to_thread(process.communicate, timeout=60)
    assert output == (b"1 conversation: 1 already there\n", b"")
