"""A cancelled pop is undone: the item goes back to its place, with the lifetime of its list."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from openai_agents_session import RedisSession

from .support.internals import new_pop, settle_briefly
from .support.interruptions import cancel_when_struck, items, struck
from .support.small_pools import POOLS, client_of_small_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import redis.asyncio

    from .support.proxy import FaultProxy
    from .support.server import Server


@pytest.fixture(params=POOLS, ids=lambda pool: pool.__name__)
async def client(
    request: pytest.FixtureRequest, proxy: FaultProxy
) -> AsyncIterator[redis.asyncio.Redis]:
    async with client_of_small_pool(request.param, proxy) as client:
        yield client


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
