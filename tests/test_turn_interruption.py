"""A turn whose task is cancelled, or whose thread is interrupted, where it talks to Redis."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from openai_agents_session import RedisSession, SyncRedisSession

from .support.turns import is_held, stored, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .support.faults import Fault
    from .support.proxy import FaultProxy
    from .support.server import Server

MANY = 100


@pytest.fixture
async def session(proxy: FaultProxy) -> AsyncIterator[RedisSession]:
    async with RedisSession.from_url("ada", proxy.url, ttl=1000) as session:
        async with session.turn("warm up") as turn:  # the server learns the scripts
            await turn.add_items(talk("0"))
        yield session


async def struck(fault: Fault) -> None:
    await asyncio.to_thread(fault.wait)
    for _ in range(10):
        await asyncio.sleep(0)


async def test_turns_cancelled_at_any_moment(
    server: Server, proxy: FaultProxy, session: RedisSession
) -> None:
    proxy.latency = (0.0, 0.002)
    finished: list[str] = []

    async def turn(name: str) -> None:
        async with session.turn(name, lease=1) as turn:
            await turn.add_items(talk(name))
        finished.append(name)

    interrupted = 0
    for number in range(MANY):
        task = asyncio.ensure_future(turn(f"n{number}"))
        await asyncio.wait({task}, timeout=random.uniform(0, 0.01))
        task.cancel()
        [outcome] = await asyncio.gather(task, return_exceptions=True)
        interrupted += isinstance(outcome, asyncio.CancelledError)
    proxy.latency = 0.0
    items: list[Any] = (await session.get_items())[2:]
    names = [item["content"] for item in items[::2]]
    assert items == talk(*names)
    assert len(names) == len(set(names))
    assert set(finished) <= set(names)
    assert interrupted == MANY - len(finished) > 0
    for number in range(MANY):
        async with session.turn(f"n{number}") as again:
            assert again.repeated == (f"n{number}" in names)


async def test_a_begin_that_is_cancelled(
    server: Server, proxy: FaultProxy, session: RedisSession
) -> None:
    fault = proxy.arm("delay", b"~lock")

    async def turn() -> None:
        async with session.turn():
            pytest.fail("begun")

    task = asyncio.ensure_future(turn())
    await struck(fault)
    assert is_held(server)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fault.release()
    assert not is_held(server)


async def test_a_commit_that_is_cancelled(
    server: Server, proxy: FaultProxy, session: RedisSession
) -> None:
    fault = proxy.arm("delay", b"~lock", skip=1)

    async def turn() -> None:
        async with session.turn("task-1") as turn:
            await turn.add_items(talk("a"))

    task = asyncio.ensure_future(turn())
    await struck(fault)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fault.release()
    assert await session.get_items() == talk("0", "a")
    assert not is_held(server)
    async with session.turn("task-1") as again:
        assert again.items == talk("a")


@pytest.mark.parametrize("stores", [False, True])
async def test_a_cancellation_at_the_end_is_not_lost(
    server: Server, proxy: FaultProxy, session: RedisSession, stores: bool
) -> None:
    fault = proxy.arm("delay", b"~lock", skip=1, seconds=0.5)

    async def turn() -> None:
        async with session.turn() as turn:
            if stores:
                await turn.add_items(talk("a"))
        await asyncio.sleep(10)
        pytest.fail("the cancellation was lost")

    task = asyncio.ensure_future(turn())
    await struck(fault)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert not is_held(server)


async def test_a_cancellation_before_the_commit(server: Server, session: RedisSession) -> None:
    async def turn() -> None:
        async with session.turn() as turn:
            await turn.add_items(talk("a"))
            task = asyncio.current_task()
            assert task is not None
            task.cancel()  # arrives at the next await, which ends the turn

    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(turn())
    assert await session.get_items() == talk("0")
    assert not is_held(server)


async def test_a_cancelled_scope_of_anyio(server: Server, session: RedisSession) -> None:
    with anyio.move_on_after(0.1) as scope:
        async with session.turn() as turn:
            await turn.add_items(talk("a"))
            await asyncio.sleep(10)
    assert scope.cancel_called
    assert len(stored(server)) == 2
    assert not is_held(server)


async def test_an_interrupted_thread(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        with pytest.raises(KeyboardInterrupt), session.turn() as turn:
            turn.add_items(talk("a"))
            raise KeyboardInterrupt
        assert stored(server) == []
        assert not is_held(server)
