"""The page about moving here, from the SDK's `SQLiteSession`: its own scripts, on a real file."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from agents import SQLiteSession

from openai_agents_session import SyncRedisSession

from .support.migration import HELLO, MORE, ours, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import redis

    from .support.server import Server

DATABASE = "conversations.db"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the scripts run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
async def in_sqlite(folder: Path) -> AsyncIterator[Any]:
    """Write and read with the SDK's class; in one thread, since 0.8 closes the thread's own."""
    with ThreadPoolExecutor(1) as thread:
        asyncio.get_running_loop().set_default_executor(thread)

        async def add_and_get(session_id: str, items: list[Any]) -> Any:
            session = SQLiteSession(session_id, folder / DATABASE)
            try:
                await session.add_items(items)
                return await session.get_items()
            finally:
                await asyncio.to_thread(session.close)

        yield add_and_get


async def test_copying_from_sqlite(
    api: int,
    server: Server,
    folder: Path,
    in_sqlite: Any,
    connection: redis.Redis,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = ["ada", "O'Hara: ünï", *map(str, range(30))]
    for session_id in ids:
        await in_sqlite(session_id, HELLO)
        await in_sqlite(session_id, [{"id": session_id}])
    await in_sqlite("begun", HELLO)
    SyncRedisSession("begun", connection).add_items(MORE)
    await in_sqlite("a}b", HELLO)
    await in_sqlite("nan", [{"n": float("nan")}])
    await in_sqlite("broken", HELLO)
    await in_sqlite("long", HELLO * 10_000)
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute(
            "INSERT INTO agent_messages (session_id, message_data) VALUES ('broken', '{')"
        )

    await run("IDS = ", api, server)
    *left_out, counts = capsys.readouterr().out.splitlines()
    assert {line.split(":")[1].strip() for line in left_out} == {"'a}b'", "'nan'", "'broken'"}
    assert counts == f"{len(ids) + 1} copied, 1 were there"
    for session_id in ids:
        assert ours(connection, session_id) == [*HELLO, {"id": session_id}]
    assert ours(connection, "begun") == MORE
    assert ours(connection, "broken") == ours(connection, "nan") == []
    assert ours(connection, "long") == HELLO * 10_000

    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute("DELETE FROM agent_messages WHERE message_data = '{'")
    SyncRedisSession("ada", connection).add_items(MORE)
    await run("IDS = ", api, server)
    assert capsys.readouterr().out.splitlines()[-1] == f"1 copied, {len(ids) + 2} were there"
    assert ours(connection, "ada") == [*HELLO, {"id": "ada"}, *MORE]
    assert ours(connection, "broken") == HELLO


async def test_copying_from_a_file_that_is_not_there(
    api: int, server: Server, folder: Path
) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await run("IDS = ", api, server)
    assert not await asyncio.to_thread(lambda: [*folder.iterdir()])


async def test_copying_back_to_sqlite(
    api: int, server: Server, in_sqlite: Any, connection: redis.Redis
) -> None:
    await in_sqlite("ada", HELLO)
    await in_sqlite("cleared", HELLO)
    await run("IDS = ", api, server)
    SyncRedisSession("ada", connection).add_items(MORE)
    SyncRedisSession("cleared", connection).clear_session()
    SyncRedisSession("new", connection).add_items(MORE)
    for _ in range(2):
        await run("def copy_back", api, server)
    assert await in_sqlite("ada", HELLO) == HELLO + MORE + HELLO
    assert await in_sqlite("new", HELLO) == MORE + HELLO
    assert await in_sqlite("cleared", []) == HELLO


async def test_what_sqlite_does_otherwise(folder: Path) -> None:
    with closing(SQLiteSession("ada")) as session, closing(SQLiteSession("ada")) as another:
        items: list[Any] = [*HELLO, {"n": float("nan")}]
        await session.add_items(items)
        assert len(await session.get_items(limit=-1)) == 4
        assert await another.get_items() == []
