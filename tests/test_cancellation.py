"""Calls that are cancelled at any moment: all of a batch or none, and no popped item lost."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio

from openai_agents_session import RedisSession, SyncRedisSession

from .support.interruptions import cancel_when_struck, items
from .support.small_pools import CONNECTIONS, POOLS, client_of_small_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from .support.cluster import Cluster
    from .support.proxy import FaultProxy
    from .support.server import Server

MANY = 300
MOMENTS = (0.002, 0.002, 0.02)  # seconds; the last is for a busy machine


def batch(number: int) -> list[Any]:
    return [{"role": "user", "batch": number, "n": n} for n in range(3)]


@pytest.fixture(params=POOLS, ids=lambda pool: pool.__name__)
async def client(
    request: pytest.FixtureRequest, proxy: FaultProxy
) -> AsyncIterator[redis.asyncio.Redis]:
    async with client_of_small_pool(request.param, proxy) as client:
        yield client


async def cancelled(call: Awaitable[object]) -> bool:
    """Cancel a call at a random moment; tell whether that came before its end."""
    task = asyncio.ensure_future(call)
    await asyncio.wait({task}, timeout=random.uniform(0, random.choice(MOMENTS)))
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


async def check_pool(server: Server, client: redis.asyncio.Redis) -> None:
    """The pool still hands out all its connections, and the server knows of no others."""
    await asyncio.gather(*(client.ping() for _ in range(CONNECTIONS)))
    assert int(server.info("clients")["connected_clients"]) <= CONNECTIONS + 1


async def test_cancelled_adds(
    server: Server, proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    proxy.latency = (0.0, 0.001)
    finished = []
    for number in range(MANY):
        session = RedisSession(f"user-{number % 10}", client, ttl=1000)
        if not await cancelled(session.add_items(batch(number))):
            finished.append(number)
    proxy.latency = 0.0
    stored: list[Any] = []
    for user in range(10):
        session = RedisSession(f"user-{user}", client, ttl=1000)
        history: list[Any] = await session.get_items()
        stored += [item["batch"] for item in history[::3]]
        assert history == [item for first in history[::3] for item in batch(first["batch"])]
        assert [item["batch"] % 10 for item in history] == [user] * len(history)
        assert not history or await session.expires_in() is not None
    assert len(stored) == len(set(stored))
    assert set(finished) <= set(stored)
    assert 0 < len(finished) < MANY
    await check_pool(server, client)


async def test_cancelled_pops(
    server: Server, proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(*range(MANY)))
    proxy.latency = (0.0, 0.001)
    returned: list[Any] = []

    async def pop() -> None:
        item: Any = await session.pop_item()
        returned.append(item)

    interrupted = sum([await cancelled(pop()) for _ in range(MANY)])
    proxy.latency = 0.0
    left: list[Any] = await session.get_items()
    assert left + returned[::-1] == items(*range(MANY))
    assert 0 < interrupted < MANY
    assert await session.expires_in() == 1000
    await check_pool(server, client)


async def test_no_call_reads_the_reply_of_another(
    server: Server, proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    sessions = [RedisSession(f"user-{n}", client, ttl=1000) for n in range(10)]
    for number, session in enumerate(sessions):
        await session.add_items(items(number))
    proxy.latency = (0.0, 0.001)

    async def use(number: int) -> None:
        for _ in range(MANY // 10):
            await cancelled(sessions[number].get_items())
            await cancelled(sessions[number].count())
            assert await sessions[number].get_items() == items(number)

    await asyncio.gather(*map(use, range(10)))
    await check_pool(server, client)


async def test_an_add_that_redis_has_carried_out(
    proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1))
    fault = proxy.arm("delay", b"EVALSHA")
    await cancel_when_struck(fault, session.add_items(items(2, 3)))
    assert await session.get_items() == items(1, 2, 3)


async def test_cancelled_calls_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    client = redis.asyncio.RedisCluster(host=host, port=port)
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(*range(MANY)))
    returned: list[Any] = []

    async def pop() -> None:
        item: Any = await session.pop_item()
        returned.append(item)

    for _ in range(MANY):
        await cancelled(pop())
    left: list[Any] = await session.get_items()
    assert left + returned[::-1] == items(*range(MANY))
    await client.aclose()


async def test_a_cancelled_call_of_the_threaded_view_is_over_when_it_ends(
    proxy: FaultProxy,
) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        view = session.as_async()
        await view.add_items(items(1, 2))
        fault = proxy.arm("delay", b"EVAL", seconds=0.3)
        await cancel_when_struck(fault, view.pop_item())
        assert await view.get_items() == items(1, 2)
        fault = proxy.arm("delay", b"EVAL", seconds=0.3)
        await cancel_when_struck(fault, view.add_items(items(3)))
        await view.clear_session()
        assert await view.get_items() == []
