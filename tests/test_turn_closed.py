"""A turn in a coroutine, or in a generator, that is closed where it is suspended."""

from __future__ import annotations

import asyncio
import gc
import warnings
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession, SyncRedisSession

from .support.polling import until
from .support.turns import LOCK, is_held, stored, talk

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Callable,
        Coroutine,
        Generator,
        Iterator,
    )

    from .support.proxy import FaultProxy
    from .support.server import Server

WARNING = "session key 'openai_agents_session:ada': a turn could not give up its lease"


class Loop:
    """An event loop that can be left with a coroutine suspended in it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, runs: bool) -> None:
        self._loop = loop
        self._runs = runs
        self._sessions: list[RedisSession] = []

    def session(self, url: str) -> RedisSession:
        """Return a session, to be used in this loop."""
        self._sessions.append(RedisSession.from_url("ada", url))
        return self._sessions[-1]

    def suspend(self, coroutine: Coroutine[Any, Any, None], reached: Callable[[], Any]) -> None:
        """Run a coroutine until it is suspended where it is to be closed, and close it there."""
        task = self._loop.create_task(coroutine)
        self._loop.run_until_complete(self._reach(reached))
        assert not task.done()
        if self._runs:
            self._loop.run_until_complete(self._close(coroutine))
        else:
            coroutine.close()
        task.cancel()  # it finds its coroutine closed
        self._loop.run_until_complete(asyncio.wait({task}))
        assert "cannot reuse" in str(task.exception())

    def end(self) -> None:
        """End as `asyncio.run` does."""
        for session in self._sessions:
            self._loop.run_until_complete(session.close())
        for task in (tasks := asyncio.all_tasks(self._loop)):
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks))
        self._loop.close()
        self._sessions.clear()
        with warnings.catch_warnings():
            # redis-py forgets the connection of a call whose coroutine was closed.
            warnings.simplefilter("ignore", ResourceWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            gc.collect()

    async def _reach(self, reached: Callable[[], Any]) -> None:
        await asyncio.to_thread(reached)
        for _ in range(10):
            await asyncio.sleep(0)

    async def _close(self, coroutine: Coroutine[Any, Any, None]) -> None:
        coroutine.close()


@pytest.fixture(params=[True, False], ids=["the loop runs", "the loop stands"])
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    loop = Loop(asyncio.new_event_loop(), request.param)
    yield loop
    loop.end()


@pytest.fixture(autouse=True)
def warm(server: Server) -> None:
    """Let the server learn the scripts, and have a conversation."""
    with SyncRedisSession.from_url("ada", server.url) as session:
        for rolls_back in (False, True):
            with session.turn() as turn:
                turn.add_items(talk("0"))
                if rolls_back:
                    turn.rollback()


def check(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing was stored, and the lease expires."""
    assert [record.getMessage()[: len(WARNING)] for record in caplog.records] == [WARNING]
    until(lambda: not is_held(server), 5, "the lease to expire")
    assert len(stored(server)) == 2
    with (
        SyncRedisSession.from_url("ada", server.url) as session,
        session.turn("task-1", blocking_timeout=0) as turn,
    ):
        assert not turn.repeated


def test_closed_while_it_begins(
    server: Server, proxy: FaultProxy, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    fault = proxy.arm("delay", b"~lock")

    async def run() -> None:
        async with session.turn("task-1", lease=0.6):
            pytest.fail("begun")

    session = loop.session(proxy.url)
    loop.suspend(run(), fault.wait)
    fault.release()
    check(server, caplog)


def test_closed_while_it_waits_for_another(
    server: Server, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with session.turn("task-1", lease=0.6):
            pytest.fail("begun")

    session = loop.session(server.url)
    server.command("SET", LOCK, "turn:host:1:other")
    with server.monitor() as monitor:

        def asked_again() -> None:
            until(lambda: len(monitor.commands) > 2, 5, "the second try")

        loop.suspend(run(), asked_again)
    server.command("DEL", LOCK)
    check(server, caplog)


@pytest.mark.parametrize("renews", [False, True])
def test_closed_in_its_body(
    server: Server, loop: Loop, renews: bool, caplog: pytest.LogCaptureFixture
) -> None:
    turns: list[Any] = []

    async def run() -> None:
        async with session.turn("task-1", lease=0.6) as turn:
            await turn.add_items(talk("a"))
            turns.append(turn)
            await asyncio.Event().wait()

    def reached() -> None:
        until(lambda: bool(turns), 5, "the body")
        if renews:
            until(lambda: int(str(server.command("PTTL", LOCK))) < 450, 5, "some time to pass")
            until(lambda: int(str(server.command("PTTL", LOCK))) > 450, 5, "the renewal")

    session = loop.session(server.url)
    loop.suspend(run(), reached)
    assert turns[0].items == []
    check(server, caplog)


def test_closed_before_its_commit_arrives(
    server: Server, proxy: FaultProxy, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    fault = proxy.arm("blackhole", b"~lock", skip=1)

    async def run() -> None:
        async with session.turn("task-1", lease=2) as turn:
            await turn.add_items(talk("a"))

    session = loop.session(proxy.url)
    loop.suspend(run(), fault.wait)
    check(server, caplog)


def test_closed_after_its_commit(server: Server, proxy: FaultProxy, loop: Loop) -> None:
    fault = proxy.arm("delay", b"~lock", skip=1)

    async def run() -> None:
        async with session.turn("task-1", lease=2) as turn:
            await turn.add_items(talk("a"))

    session = loop.session(proxy.url)
    loop.suspend(run(), fault.wait)
    fault.release()
    assert not is_held(server)
    with SyncRedisSession.from_url("ada", server.url) as reader:
        assert reader.get_items() == talk("0", "a")
        with reader.turn("task-1") as again:
            assert again.repeated


def test_closed_while_it_gives_up(server: Server, proxy: FaultProxy, loop: Loop) -> None:
    fault = proxy.arm("delay", b"~lock", skip=1)

    async def run() -> None:
        async with session.turn("task-1", lease=2) as turn:
            await turn.add_items(talk("a"))
            raise LookupError

    session = loop.session(proxy.url)
    loop.suspend(run(), fault.wait)
    fault.release()
    assert not is_held(server)
    assert len(stored(server)) == 2


def test_a_generator_that_is_closed_gives_up_its_lease(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    def stream() -> Generator[int, None, None]:
        with session.turn() as turn:
            turn.add_items(talk("a"))
            yield 1
            yield 2

    with SyncRedisSession.from_url("ada", server.url) as session:
        generator = stream()
        assert next(generator) == 1
        assert is_held(server)
        generator.close()
        assert not is_held(server)
    assert len(stored(server)) == 2
    assert caplog.records == []


async def test_a_generator_inside_another_that_is_closed_gives_up_its_lease(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    @asynccontextmanager
    async def dependency() -> AsyncIterator[Any]:
        async with session.turn() as turn:
            yield turn

    async def stream() -> AsyncGenerator[int, None]:
        async with dependency() as turn:
            await turn.add_items(talk("a"))
            yield 1

    async with RedisSession.from_url("ada", server.url) as session:
        generator = stream()
        assert await anext(generator) == 1
        assert is_held(server)
        await generator.aclose()
        assert not is_held(server)
    assert len(stored(server)) == 2
    assert caplog.records == []
