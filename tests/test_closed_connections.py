"""A connection whose asyncio transport is gone is lost, whatever the client raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis.asyncio

from openai_agents_session import RedisSession

if TYPE_CHECKING:
    import pytest

    from .support.server import Server

ITEM: Any = {"role": "user", "content": "Hello"}


async def test_an_asyncio_transport_that_is_gone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    session = RedisSession("ada", client)
    await session.add_items([ITEM])
    [connection] = client.connection_pool._available_connections
    send = type(connection).send_command

    async def lose_writer_first(self: Any, *args: Any, **options: Any) -> None:
        monkeypatch.undo()
        self._writer = None  # as a disconnect by another task leaves it
        await send(self, *args, **options)

    writer: Any = connection._writer
    monkeypatch.setattr(type(connection), "send_command", lose_writer_first)
    await session.add_items([ITEM])
    assert await session.get_items() == [ITEM, ITEM]
    writer.close()
    await client.aclose()
