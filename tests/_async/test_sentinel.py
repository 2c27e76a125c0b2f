# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Every operation through Sentinel, and through a failover."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from openai_agents_session import RedisSession

from .._aio import Sentinel, in_thread, together
from ..support.sentinel import SentinelGroup
from ..support.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .._aio import Redis

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


@asynccontextmanager
async def primary_of(group: SentinelGroup) -> AsyncIterator[Redis]:
    """A client that asks the sentinels; redis-py leaves it to us to close what it asks with."""
    sentinel: Any = cast("Any", Sentinel)(group.sentinels, socket_timeout=1.0)
    client: Redis = sentinel.master_for(group.service_name, socket_timeout=1.0)
    yield client
    await client.aclose()
    await client.connection_pool.disconnect()
    for watcher in sentinel.sentinels:
        await watcher.aclose()


@pytest.mark.parametrize("ttl", [None, 1000])
async def test_every_operation(sentinels: SentinelGroup, ttl: int | None) -> None:
    async with primary_of(sentinels) as client:
        session = RedisSession("user-123", client, ttl=ttl)
        await session.add_items([A])
        await session.add_items([B, B])
        assert await session.get_items() == [A, B, B]
        assert await session.get_items(limit=1) == [B]
        assert await session.pop_item() == B
        assert await session.count() == 2
        assert await session.expires_in() == ttl
        await session.replace_items([B])
        assert await session.get_items() == [B]
        assert await session.ping() is True
        async with session.lock(blocking_timeout=0):
            assert await session.lock(blocking_timeout=0).acquire() is False
        await session.clear_session()
        assert await session.get_items() == []


@pytest.mark.slow
async def test_a_failover() -> None:
    with SentinelGroup() as group:
        async with primary_of(group) as client:
            session = RedisSession("user-123", client, ttl=1000)
            traffic = Traffic()

            async def write() -> None:
                while traffic.goes_on():
                    number = traffic.next()
                    try:
                        await session.add_items(traffic.items(number))
                    except (ConnectionError, TimeoutError, ResponseError):
                        traffic.failed(number)
                    else:
                        traffic.succeeded(number)

            def fail_over() -> None:
                group.wait_failover(group.kill_primary())

            async def kill() -> None:
                replica = group.replicas[0]
                await in_thread(lambda: traffic.through(replica, session.key, fail_over))

            await together(write, kill)
            stored: list[Any] = await session.get_items()
            traffic.audit(stored)
            assert await session.expires_in() is not None
