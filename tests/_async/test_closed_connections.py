# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A connection that is closed while a call uses it is lost, whatever the client raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

from .._aio import Connection, ConnectionPool, Redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..support.server import Server

ITEM: Any = {"role": "user", "content": "Hello"}


class Closing(Connection):
    """Is closed, on demand, while a call uses it: the call finds None where something was."""

    is_due = False

    async def read_response(self, *args: Any, **options: Any) -> Any:
        read: Any = super().read_response
        if not Closing.is_due:
            return await read(*args, **options)
        Closing.is_due = False
        close: Any = self.disconnect
        await close()
        parser: Any = self._parser
        self._parser: Any = None
        try:
            return await read(*args, **options)
        finally:
            self._parser = parser


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Redis]:
    make: Any = ConnectionPool
    pool = make(connection_class=Closing, host=server.host, port=server.port)
    client = Redis(connection_pool=pool)
    yield client
    await client.aclose()
    await pool.disconnect()


async def test_a_connection_that_is_closed_under_a_call(client: Redis) -> None:
    session = RedisSession("ada", client)
    await session.add_items([ITEM])
    Closing.is_due = True
    await session.add_items([ITEM])
    assert not Closing.is_due
    assert await session.get_items() == [ITEM, ITEM]


async def test_an_error_of_other_code_is_not_taken_for_one(
    client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'write'")

    session = RedisSession("ada", client)
    monkeypatch.setattr(client, "execute_command", fail)
    with pytest.raises(AttributeError, match="'write'"):
        await session.add_items([ITEM])
