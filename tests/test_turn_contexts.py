"""A turn that is left elsewhere than it began: in another task, thread, context, or process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio

import openai_agents_session
from openai_agents_session import RedisSession, SyncRedisSession, TurnBusyError, _turn_context

from .support.polling import until
from .support.turns import is_held, stored, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .support.server import Server

LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is


@pytest.fixture
async def session(server: Server) -> AsyncIterator[RedisSession]:
    async with RedisSession.from_url("ada", server.url) as session:
        yield session


@pytest.fixture
def blocking(server: Server) -> Iterator[SyncRedisSession]:
    with SyncRedisSession.from_url("ada", server.url) as session:
        yield session


async def test_left_in_another_task(session: RedisSession) -> None:
    turn = session.turn()
    await asyncio.ensure_future(turn.__aenter__())
    await turn.add_items(talk("a"))
    await asyncio.ensure_future(turn.__aexit__(None, None, None))
    assert await session.get_items() == talk("a")
    async with session.turn(blocking_timeout=0):
        pass


async def test_left_by_a_generator_in_another_context(session: RedisSession) -> None:
    async def dependency() -> AsyncIterator[Any]:
        async with session.turn() as turn:
            yield turn

    async def step(generator: Any) -> Any:
        return await anext(generator, None)

    generator = dependency()
    turn = await asyncio.ensure_future(step(generator))
    await turn.add_items(talk("a"))
    assert await asyncio.ensure_future(step(generator)) is None
    assert await session.get_items() == talk("a")


async def test_a_generator_that_is_closed(server: Server, session: RedisSession) -> None:
    async def stream() -> Any:
        async with session.turn() as turn:
            await turn.add_items(talk("a"))
            yield 1
            yield 2

    generator = stream()
    assert await anext(generator) == 1
    await generator.aclose()
    assert stored(server) == []
    assert not is_held(server)


def test_left_in_another_thread(blocking: SyncRedisSession) -> None:
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for _ in range(3):
            turn = one.submit(blocking.turn().__enter__).result()
            turn.add_items(talk("a"))
            other.submit(turn.__exit__, None, None, None).result()
        entered = one.submit(_turn_context._entered.get).result()
    assert blocking.get_items() == talk("a", "a", "a")
    assert len(entered) == 1  # a thread does not collect the turns that others ended


def test_left_in_another_context(blocking: SyncRedisSession) -> None:
    turn = blocking.turn()
    copy_context().run(turn.__enter__)
    turn.add_items(talk("a"))
    copy_context().run(turn.__exit__, None, None, None)
    with blocking.turn(blocking_timeout=0) as turn:
        assert turn.get_items() == talk("a")


async def test_a_turn_in_a_task_of_a_turn(session: RedisSession) -> None:
    async def nest() -> None:
        async with session.turn():
            pytest.fail("begun")

    async with session.turn():
        with pytest.raises(RuntimeError, match="inside a turn"):
            await asyncio.create_task(nest())


async def test_a_turn_in_a_task_beside_a_turn(session: RedisSession) -> None:
    begun = asyncio.Event()

    async def follow() -> None:
        await begun.wait()
        with pytest.raises(TurnBusyError):
            async with session.turn(blocking_timeout=0):
                pytest.fail("two at a time")

    beside = asyncio.create_task(follow())
    async with session.turn():
        begun.set()
        await beside


async def test_a_turn_in_a_thread_of_a_turn(
    session: RedisSession, blocking: SyncRedisSession
) -> None:
    def nest() -> None:
        with blocking.turn():
            pytest.fail("begun")

    async with session.turn():
        with pytest.raises(RuntimeError, match="inside a turn"):
            await asyncio.to_thread(nest)
    with blocking.turn(), ThreadPoolExecutor(1) as pool:
        with pytest.raises(RuntimeError, match="inside a turn"):
            pool.submit(copy_context().run, nest).result()
        with pytest.raises(TurnBusyError):
            pool.submit(blocking.turn(blocking_timeout=0).__enter__).result()


async def test_both_apis_exclude_each_other(
    server: Server, session: RedisSession, blocking: SyncRedisSession
) -> None:
    inside = threading.Event()
    leave = threading.Event()

    def hold() -> None:
        with blocking.turn() as turn:
            turn.add_items(talk("a"))
            inside.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    await asyncio.to_thread(inside.wait)
    with pytest.raises(TurnBusyError, match=f"process {os.getpid()} on "):
        async with session.turn(blocking_timeout=0):
            pytest.fail("two at a time")
    leave.set()
    async with session.turn() as turn:
        assert await turn.get_items() == talk("a")
    holder.join()


async def test_a_loop_that_was_blocked(server: Server) -> None:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    session = RedisSession("ada", client)
    async with session.turn(lease=0.1) as turn:
        await turn.add_items(talk("a"))
        until(lambda: not is_held(server), 5, "the lease to expire")  # blocks the loop
    assert len(stored(server)) == 2
    await client.aclose()


FORKING = """
import os, sys
from openai_agents_session import SyncRedisSession

session = SyncRedisSession.from_url("ada", sys.argv[1])
with session.turn(lease=0.3) as turn:
    turn.add_items([{"role": "user", "content": "parent"}])
    pid = os.fork()
    if pid == 0:
        turn.add_items([{"role": "user", "content": "child"}])
    else:
        assert os.waitpid(pid, 0)[1] == 0
        assert session.count() == 0
        assert session.lock().locked()
if pid == 0:
    own = SyncRedisSession.from_url("bob", sys.argv[1])
    with own.turn(lease=0.3) as turn:  # with a timer thread of its own
        import time
        time.sleep(0.5)
        assert own.lock().locked()
    own.close()
    os._exit(0)
assert [item["content"] for item in session.get_items()] == ["parent"]
session.close()
"""

THREAD_AFTER_MAIN = """
import sys, threading, time
from openai_agents_session import SyncRedisSession

def work():
    session = SyncRedisSession.from_url("ada", sys.argv[1])
    with session.turn(lease=0.3) as turn:
        turn.add_items([{"role": "user", "content": "late"}])
        time.sleep(1)
        assert session.lock().locked(), "the lease was lost"
    session.close()

threading.Thread(target=work).start()
"""


def python(program: str, url: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, url],
        env={**os.environ, "PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_stores_nothing(server: Server) -> None:
    assert python(FORKING, server.url) == (0, "")


def test_a_thread_that_outlives_the_main_thread_keeps_its_lease(server: Server) -> None:
    assert python(THREAD_AFTER_MAIN, server.url) == (0, "")
    assert len(stored(server)) == 1
