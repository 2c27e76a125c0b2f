# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The lease of a turn: one at a time, across sessions, and for no longer than its holder lives."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import LockError

from openai_agents_session import RedisSession, TurnBusyError

from .._aio import pause, together
from ..support.turns import KEY, LOCK, is_held, stored, talk, user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..support.proxy import FaultProxy
    from ..support.server import Server


@pytest.fixture
async def session(server: Server) -> AsyncIterator[RedisSession]:
    async with RedisSession.from_url("ada", server.url) as session:
        yield session


@pytest.fixture
async def other(server: Server) -> AsyncIterator[RedisSession]:
    """A session of another request, which tries once."""
    async with RedisSession.from_url("ada", server.url) as other:
        yield other


async def tries(session: RedisSession, calls: list[str]) -> None:
    """Begin a turn, unless another one runs; the caller is not inside of that."""

    async def attempt() -> None:
        try:
            async with session.turn(blocking_timeout=0):
                calls.append("begun")
        except TurnBusyError as error:
            calls.append(str(error))

    await together(attempt)


async def test_turns_run_one_at_a_time(session: RedisSession, other: RedisSession) -> None:
    running: list[int] = []
    most: list[int] = []

    async def run(number: int) -> None:
        async with (session, other)[number % 2].turn() as turn:
            running.append(number)
            most.append(len(running))
            seen = await turn.get_items()
            await turn.add_items([user(str(len(seen)))])
            await pause(0.01)
            running.remove(number)

    await together(*[lambda number=n: run(number) for n in range(8)])
    assert most == [1] * 8
    assert await session.get_items() == [user(str(n)) for n in range(8)]


async def test_a_busy_conversation(session: RedisSession, server: Server) -> None:
    calls: list[str] = []
    async with RedisSession.from_url("bob", server.url) as bob, session.turn():
        await tries_elsewhere(server, calls)
        async with bob.turn(blocking_timeout=0):
            pass  # another conversation is free
    [message] = calls
    assert KEY in message
    assert f"process {os.getpid()} on " in message
    assert "blocking_timeout" in message


async def tries_elsewhere(server: Server, calls: list[str]) -> None:
    """Try in the way of another process: its token is not one of this code."""
    holder = server.command("GET", LOCK)
    assert isinstance(holder, bytes)
    left = server.command("PTTL", LOCK)
    assert isinstance(left, int)
    server.command("SET", LOCK, holder + b"0", "PX", str(left))
    async with RedisSession.from_url("ada", server.url) as other:
        await tries(other, calls)
    server.command("SET", LOCK, holder, "PX", str(left))


async def test_a_turn_waits_for_a_lock(session: RedisSession, other: RedisSession) -> None:
    async with session.lock():
        with pytest.raises(TurnBusyError, match="held by a lock"):
            async with other.turn(blocking_timeout=0):
                pytest.fail("two at a time")
    async with other.turn(blocking_timeout=0):
        with pytest.raises(LockError):
            async with session.lock(blocking_timeout=0):
                pytest.fail("two at a time")
        with pytest.raises(LockError):
            async with session.lock(blocking_timeout=0.05, sleep=0.01):
                pytest.fail("two at a time")


async def test_how_long_a_turn_waits(session: RedisSession, other: RedisSession) -> None:
    async with session.lock():
        started = time.monotonic()
        with pytest.raises(TurnBusyError):
            async with other.turn(blocking_timeout=0.4):
                pytest.fail("two at a time")
        assert 0.4 <= time.monotonic() - started < 2


async def test_who_waits_does_not_read(session: RedisSession, server: Server) -> None:
    await session.add_items(talk("a"))
    async with session.turn():
        pass  # the server learns the scripts
    held = session.lock()
    await held.acquire()

    async def wait() -> None:
        async with session.turn() as turn:
            assert await turn.get_items() == talk("a", "b")

    async def release() -> None:
        await pause(0.5)
        await session.add_items(talk("b"))
        await held.release()

    with server.monitor() as monitor:
        await together(wait, release)
    names = [command[0] for command in monitor.commands]
    assert names.count(b"LRANGE") == 2  # when it came, and when its turn had come
    assert names.count(b"EVALSHA") >= 4


async def test_the_same_task_delivered_twice_at_once(
    session: RedisSession, other: RedisSession
) -> None:
    runs: list[bool] = []

    async def deliver(session: RedisSession) -> str | None:
        async with session.turn("task-1") as turn:
            runs.append(turn.repeated)
            if not turn.repeated:
                await turn.add_items(talk("a"))
                await pause(0.1)
        return turn.output_text

    answers = await together(*[lambda s=s: deliver(s) for s in (session, other) * 2])
    assert answers == ["A"] * 4
    assert sorted(runs) == [False, True, True, True]
    assert await session.get_items() == talk("a")


async def test_a_running_turn_keeps_its_lease(server: Server, session: RedisSession) -> None:
    server.command("EXPIRE", KEY, "1")
    async with session.turn(lease=0.3) as turn:
        await turn.add_items(talk("a"))
        for _ in range(10):
            await pause(0.1)
            assert is_held(server)
            left = server.command("PTTL", LOCK)
            assert isinstance(left, int)
            assert left <= 300
    assert not is_held(server)
    assert await session.get_items() == talk("a")


async def test_a_renewal_keeps_the_conversation(server: Server, session: RedisSession) -> None:
    await session.add_items(talk("a"))
    server.command("PEXPIRE", KEY, "200")
    async with session.turn(lease=0.3):
        await pause(0.6)
        assert len(stored(server)) == 2


async def test_a_turn_that_hangs_loses_its_lease(server: Server, session: RedisSession) -> None:
    async with session.turn(lease=0.3, timeout=0.6) as turn:
        await turn.add_items(talk("a"))
        await pause(0.7)
        assert not is_held(server)
    assert await session.get_items() == talk("a")


async def test_a_timeout_shorter_than_the_lease(server: Server, session: RedisSession) -> None:
    async with session.turn(timeout=0.2):
        left = server.command("PTTL", LOCK)
        assert isinstance(left, int)
        assert left <= 200
        await pause(0.3)
        assert not is_held(server)


async def test_a_renewal_never_takes_a_lease(server: Server, session: RedisSession) -> None:
    async with session.turn(lease=0.15) as turn:
        server.command("DEL", LOCK)
        await pause(0.2)
        assert not is_held(server)
        server.command("SET", LOCK, "another", "PX", "100")
        await pause(0.2)
        assert not is_held(server)
        turn.rollback()


async def test_a_cleared_conversation_stays_held(server: Server, session: RedisSession) -> None:
    async with session.turn(lease=0.3) as turn:
        await session.clear_session()
        await pause(0.6)
        assert is_held(server)
        turn.rollback()
    assert not is_held(server)


async def test_a_renewal_that_fails_is_made_again(proxy: FaultProxy, server: Server) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        async with session.turn(lease=0.6) as turn:
            await turn.add_items(talk("a"))
            cut = proxy.arm("cut_before", b"EVALSHA", times=2)
            await pause(1)
            assert cut.fired == 2
            assert is_held(server)
        assert await session.get_items() == talk("a")


async def test_a_turn_inside_a_turn(session: RedisSession, other: RedisSession) -> None:
    async with session.turn() as turn:
        with pytest.raises(RuntimeError, match="inside a turn"):
            async with other.turn():
                pytest.fail("begun")
        await turn.add_items(talk("a"))
        await session.clear_session()
        with pytest.raises(RuntimeError, match="inside a turn"):
            async with other.turn(blocking_timeout=5):
                pytest.fail("begun")
        turn.rollback()
        with pytest.raises(RuntimeError, match="inside a turn"):
            async with other.turn():
                pytest.fail("begun")
    async with other.turn(blocking_timeout=0):
        pass


async def test_a_known_key_inside_a_turn(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    async with session.turn("task-2"), session.turn("task-1") as again:
        assert again.repeated


async def test_an_abandoned_lease_expires(server: Server, other: RedisSession) -> None:
    server.command("SET", LOCK, "turn:host:1:of-a-killed-worker", "PX", "300")
    started = time.monotonic()
    async with other.turn():
        assert time.monotonic() - started < 2


async def test_a_turn_that_cannot_renew_its_lease_gives_it_up(
    session: RedisSession, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("can't start new thread")

    turn = session.turn()
    monkeypatch.setattr(turn, "_start_renewal", fail)
    with pytest.raises(RuntimeError, match="new thread"):
        async with turn:
            pass
    assert not is_held(server)
