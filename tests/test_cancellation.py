"""Calls that are cancelled at any moment: all of a batch or none, and no popped item lost."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio

from openai_agents_session import RedisSession, SyncRedisSession

from .support.internals import new_pop, settle_briefly
from .support.interruptions import cancel_when_struck, struck

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from .support.cluster import Cluster
    from .support.proxy import FaultProxy
    from .support.server import Server

MANY = 300
POOL = 10
MOMENTS = (0.002, 0.002, 0.02)  # seconds; the last is for a busy machine

POOLS: list[Any] = [redis.asyncio.ConnectionPool]
if tuple(map(int, redis.__version__.split(".")[:2])) >= (5, 1):
    # That of redis-py 5.0 loses a connection itself when a call is cancelled as it hands it back.
    POOLS.append(redis.asyncio.BlockingConnectionPool)


def items(*numbers: int) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in numbers]


def batch(number: int) -> list[Any]:
    return [{"role": "user", "batch": number, "n": n} for n in range(3)]


@pytest.fixture(params=POOLS, ids=lambda pool: pool.__name__)
async def client(
    request: pytest.FixtureRequest, proxy: FaultProxy
) -> AsyncIterator[redis.asyncio.Redis]:
    """A client with a small pool, which a leaked connection would soon exhaust."""
    pool = request.param(host=proxy.host, port=proxy.port, max_connections=POOL)
    client = redis.asyncio.Redis(connection_pool=pool)
    yield client
    await client.aclose()
    await pool.disconnect()


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
    await asyncio.gather(*(client.ping() for _ in range(POOL)))
    assert int(server.info("clients")["connected_clients"]) <= POOL + 1


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


async def test_a_pop_that_redis_has_carried_out(
    proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1, 2))
    await session.pop_item()
    await session.add_items(items(2))
    fault = proxy.arm("delay", b"EVALSHA")
    await cancel_when_struck(fault, session.pop_item())
    assert await session.get_items() == items(1, 2)


async def test_an_item_goes_back_to_its_place(
    server: Server, proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1, 2, 3))
    fault = proxy.arm("delay", b"EVAL\r\n")
    task = asyncio.ensure_future(session.pop_item())
    await struck(fault)
    async with RedisSession.from_url("user-123", server.url) as other:
        await other.add_items(items(4, 5))
        assert await other.get_items() == items(1, 2, 4, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fault.release()
    assert await session.get_items() == items(1, 2, 3, 4, 5)


async def test_the_only_item_goes_back_with_its_lifetime(
    proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1))
    fault = proxy.arm("delay", b"EVAL\r\n")
    task = asyncio.ensure_future(session.pop_item())
    await struck(fault)
    assert await client.exists(session.key) == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fault.release()
    assert await session.get_items() == items(1)
    assert await session.expires_in() == 1000


async def test_a_pop_that_arrives_after_its_undo_does_nothing(server: Server) -> None:
    async with RedisSession.from_url("user-123", server.url) as session:
        await session.add_items(items(1, 2))
        pop = new_pop(session)
        await pop.put_back()
        assert await pop.take() is None
        assert await session.get_items() == items(1, 2)
        await pop.put_back()
        assert await session.get_items() == items(1, 2)


async def test_an_undo_is_made_once(server: Server) -> None:
    async with RedisSession.from_url("user-123", server.url) as session:
        await session.add_items(items(1, 2))
        pop = new_pop(session)
        assert await pop.take() is not None
        for _ in range(3):
            await pop.put_back()
        assert await session.get_items() == items(1, 2)
        assert await pop.take() is None


async def test_a_second_cancellation_does_not_stop_the_undo(
    proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1, 2))
    await session.pop_item()
    await session.add_items(items(2))
    pop = proxy.arm("delay", b"EVALSHA")
    task = asyncio.ensure_future(session.pop_item())
    await struck(pop)
    undo = proxy.arm("delay", b"EVALSHA")
    task.cancel()
    await struck(undo)
    task.cancel()
    task.cancel()
    pop.release()
    undo.release()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await session.get_items() == items(1, 2)


async def test_an_undo_that_cannot_be_made_is_logged(
    proxy: FaultProxy,
    client: redis.asyncio.Redis,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle_briefly(monkeypatch, 0.2)
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1))
    fault = proxy.arm("delay", b"EVAL\r\n")
    task = asyncio.ensure_future(session.pop_item())
    await struck(fault)
    proxy.arm("blackhole", b"EVAL")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "a pop was interrupted" in caplog.text
    assert session.key in caplog.text
    assert "role" not in caplog.text


async def test_a_timeout_around_a_pop(proxy: FaultProxy, client: redis.asyncio.Redis) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1))
    fault = proxy.arm("delay", b"EVAL\r\n")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(session.pop_item(), timeout=0.2)
    fault.release()
    assert await session.get_items() == items(1)


async def test_a_loop_that_ends_puts_the_item_back(server: Server, proxy: FaultProxy) -> None:
    fault = proxy.arm("delay", b"EVAL\r\n")

    async def abandon_a_pop() -> None:
        async with RedisSession.from_url("user-123", proxy.url) as session:
            task = asyncio.ensure_future(session.pop_item())
            await struck(fault)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async with RedisSession.from_url("user-123", server.url) as session:
        await session.add_items(items(1, 2))
        server.command("SCRIPT", "FLUSH")
        await asyncio.to_thread(lambda: asyncio.run(abandon_a_pop()))
        fault.release()
        assert await session.get_items() == items(1, 2)


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


async def test_a_loop_that_cancels_the_undo_as_it_shuts_down(
    proxy: FaultProxy, client: redis.asyncio.Redis
) -> None:
    session = RedisSession("user-123", client, ttl=1000)
    await session.add_items(items(1, 2))
    await session.pop_item()
    await session.add_items(items(2))
    pop = proxy.arm("delay", b"EVALSHA")
    task = asyncio.ensure_future(session.pop_item())
    await struck(pop)
    undo = proxy.arm("blackhole", b"EVALSHA")
    task.cancel()
    await struck(undo)
    for other in asyncio.all_tasks() - {asyncio.current_task()}:  # as asyncio.run does at its end
        other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pop.release()
    assert await session.get_items() == items(1, 2)
