"""The code of the documentation of 0.1.0, which users have copied: it must go on working.

Only the address is ours: the published blocks connect to `redis://localhost:6379`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio as redis
from redis.asyncio.sentinel import Sentinel

from openai_agents_session import RedisSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .support.server import Server

Session = tuple[RedisSession, "redis.Redis"]


@pytest.fixture
async def client(server: Server) -> AsyncIterator[redis.Redis]:
    client = redis.from_url(server.url)
    yield client
    await client.aclose()


async def test_basic_usage(client: redis.Redis) -> None:
    session = RedisSession(
        session_id="user-123",
        redis_client=client,
        ttl=3600,  # Optional: expire after 1 hour
    )
    await session.add_items([{"role": "user", "content": "Hello"}])
    assert await client.lrange("openai_agents_session:user-123", 0, -1) == [
        b'{"role":"user","content":"Hello"}'
    ]


async def test_key_prefix(client: redis.Redis) -> None:
    session = RedisSession(
        session_id="user-123",
        redis_client=client,
    )
    assert session._key == "openai_agents_session:user-123"
    session = RedisSession(
        session_id="user-123",
        redis_client=client,
        key_prefix="myapp:sessions",
    )
    await session.add_items([{"role": "user", "content": "Hello"}])
    assert await client.exists("myapp:sessions:user-123")


@pytest.mark.parametrize("ttl", [3600, 604800, None])
async def test_time_to_live(client: redis.Redis, ttl: int | None) -> None:
    session = RedisSession(session_id="...", redis_client=client, ttl=ttl)
    await session.add_items([{"role": "user", "content": "Hello"}])
    assert await client.ttl(session._key) == (-1 if ttl is None else ttl)


async def test_positional_arguments(client: redis.Redis) -> None:
    session = RedisSession("user-123", client)
    assert await session.get_items() == []


async def test_connection_pool(server: Server) -> None:
    client = redis.from_url(
        server.url,
        max_connections=50,
        socket_timeout=5.0,
        socket_connect_timeout=5.0,
    )
    session = RedisSession("user-123", client)
    assert await session.get_items() == []
    await client.aclose()


async def test_operations(client: redis.Redis) -> None:
    session = RedisSession(session_id="user-123", redis_client=client)
    await session.add_items([{"role": "user", "content": "Hello"}])
    await session.add_items(
        [
            {"role": "user", "content": "What's 2+2?"},
            {"role": "assistant", "content": "4"},
        ]
    )
    items = await session.get_items()
    assert len(items) == 3
    recent = await session.get_items(limit=10)
    assert recent == items
    last_item: Any = await session.pop_item()
    assert last_item["content"] == "4"
    await session.clear_session()
    assert await session.get_items() == []


async def test_sentinel_client_is_accepted() -> None:
    make_sentinel: Any = Sentinel  # before 8.0 it has no types
    sentinel = make_sentinel(
        [("sentinel1", 26379), ("sentinel2", 26379), ("sentinel3", 26379)],
        socket_timeout=0.5,
    )
    client = sentinel.master_for("mymaster")
    RedisSession(session_id="user-123", redis_client=client)


async def test_monitoring(client: redis.Redis) -> None:
    session = RedisSession("user-123", client, ttl=3600)
    assert not await client.exists(session._key)
    await session.add_items([{"role": "user", "content": "Hello"}])
    exists = await client.exists(session._key)
    assert exists
    ttl_remaining = await client.ttl(session._key)
    assert ttl_remaining == 3600
    memory = await client.memory_usage(session._key)
    assert memory is not None
    assert memory > 0
