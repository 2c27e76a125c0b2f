"""The page about moving here, from the SDK's `SQLiteSession`: its own scripts, on a real file."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from agents import SQLiteSession

from openai_agents_session import SyncRedisSession

from .support.command_line import succeed
from .support.migration import HELLO, MORE, run

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


async def test_copying_back_to_sqlite(
    api: int, server: Server, in_sqlite: Any, connection: redis.Redis
) -> None:
    await in_sqlite("ada", HELLO)
    await in_sqlite("cleared", HELLO)
    assert succeed(server, "migrate", "--from", f"sqlite:///{DATABASE}").lines == [
        "2 conversations: 2 added"
    ]
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
