"""A lock across threads, and one whose acquisition is cancelled or interrupted."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from openai_agents_session import RedisSession, SyncRedisSession

from .support.internals import script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.proxy import FaultProxy
    from .support.server import Server


class HandlerError(Exception):
    """What the signal handler raises."""


@pytest.fixture
def interruption() -> Iterator[type[BaseException]]:
    def interrupt(*_: object) -> None:
        raise HandlerError

    previous = signal.signal(signal.SIGUSR1, interrupt)
    yield HandlerError
    signal.signal(signal.SIGUSR1, previous)


def test_each_step_in_another_thread(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        lock = session.lock(timeout=60)

        def elsewhere(step: str) -> object:
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(
                    getattr(lock, step), *([30] if step == "extend" else [])
                ).result()

        assert elsewhere("acquire")
        assert elsewhere("owned")
        assert elsewhere("extend")
        assert elsewhere("reacquire")
        elsewhere("release")
        assert session.lock(blocking_timeout=0).acquire()


async def test_each_step_in_another_task(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        lock = session.lock(timeout=60)
        assert await asyncio.ensure_future(lock.acquire())
        assert await asyncio.ensure_future(lock.extend(30))
        assert await asyncio.ensure_future(lock.reacquire())
        await asyncio.ensure_future(lock.release())
        assert await session.lock(blocking_timeout=0).acquire()


async def test_a_cancelled_acquisition_leaves_it_free(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        async with session.lock():
            pass
        held = proxy.arm("delay", script("lock.ACQUIRE").sha.encode())
        task = asyncio.ensure_future(session.lock().acquire())
        await asyncio.to_thread(held.wait)  # Redis has given it away
        # Before Python 3.12, redis-py forgets a cancellation that comes as the sending ends.
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        held.release()
        assert await session.count() == 0  # and its own reply, not that of the lock
        assert await session.lock(blocking_timeout=0).acquire()


async def test_a_task_that_is_cancelled_while_it_waits_for_its_turn(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        lock = session.lock()
        await lock.acquire()
        waiting = asyncio.ensure_future(session.lock(sleep=5).acquire())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)  # it is asleep
        assert not done
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await lock.owned()
        await lock.release()
        assert await session.lock(blocking_timeout=0).acquire()


@pytest.mark.parametrize("name", ["EXTEND", "RELEASE"])
async def test_the_next_call_after_a_cancelled_one_gets_its_own_reply(
    proxy: FaultProxy, name: str
) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        lock = session.lock(timeout=60)
        await lock.acquire()
        await lock.extend(1)
        held = proxy.arm("delay", b"EVAL")
        step = lock.extend(5) if name == "EXTEND" else lock.release()
        task = asyncio.ensure_future(step)
        await asyncio.to_thread(held.wait)
        # Before Python 3.12, redis-py forgets a cancellation that comes as the sending ends.
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        held.release()
        assert [await session.count() for _ in range(3)] == [0, 0, 0]
        assert await session.ping() is True


@pytest.mark.parametrize("step", ["acquire", "extend", "release"])
def test_an_interrupted_step(
    proxy: FaultProxy, interruption: type[BaseException], step: str
) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        with session.lock():
            pass
        lock = session.lock(timeout=60)
        if step != "acquire":
            lock.acquire()
        held = proxy.arm("delay", b"EVAL")

        def strike() -> None:
            held.wait()
            os.kill(os.getpid(), signal.SIGUSR1)

        thread = threading.Thread(target=strike)
        thread.start()
        with pytest.raises(interruption):
            getattr(lock, step)(*([5] if step == "extend" else []))
        thread.join()
        held.release()
        assert [session.count() for _ in range(3)] == [0, 0, 0]
        assert session.lock(blocking_timeout=0).acquire() is (step != "extend")
