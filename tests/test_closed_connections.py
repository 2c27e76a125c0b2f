"""A connection that is closed while a call uses it is lost, whatever the client raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio

from openai_agents_session import RedisSession, SyncRedisSession

if TYPE_CHECKING:
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


def test_an_error_of_our_own_is_not_taken_for_one(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'write'")

    with redis.Redis(host=server.host, port=server.port) as client:
        session = SyncRedisSession("ada", client)
        monkeypatch.setattr(client, "execute_command", fail)
        with pytest.raises(AttributeError):
            session.add_items([ITEM])
