# Generated from tests/_async/test_turn_lease.py by tools/generate.py; edit that file instead.
"""The lease of a turn: one at a time, across sessions, and for no longer than its holder lives."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import LockError

from openai_agents_session import SyncRedisSession, TurnBusyError

from .._blocking import pause, together
from ..support.turns import KEY, LOCK, is_held, stored, talk, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..support.proxy import FaultProxy
    from ..support.server import Server


@pytest.fixture
def session(server: Server) -> Iterator[SyncRedisSession]:
    with SyncRedisSession.from_url("ada", server.url) as session:
        yield session


@pytest.fixture
def other(server: Server) -> Iterator[SyncRedisSession]:
    """A session of another request, which tries once."""
    with SyncRedisSession.from_url("ada", server.url) as other:
        yield other


def tries(session: SyncRedisSession, calls: list[str]) -> None:
    """Begin a turn, unless another one runs; the caller is not inside of that."""

    def attempt() -> None:
        try:
            with session.turn(blocking_timeout=0):
                calls.append("begun")
        except TurnBusyError as error:
            calls.append(str(error))

    together(attempt)


def test_turns_run_one_at_a_time(session: SyncRedisSession, other: SyncRedisSession) -> None:
    running: list[int] = []
    most: list[int] = []

    def run(number: int) -> None:
        with (session, other)[number % 2].turn() as turn:
            running.append(number)
            most.append(len(running))
            seen = turn.get_items()
            turn.add_items([user(str(len(seen)))])
            pause(0.01)
            running.remove(number)

    together(*[lambda number=n: run(number) for n in range(8)])
    assert most == [1] * 8
    assert session.get_items() == [user(str(n)) for n in range(8)]


def test_a_busy_conversation(session: SyncRedisSession, server: Server) -> None:
    calls: list[str] = []
    with SyncRedisSession.from_url("bob", server.url) as bob, session.turn():
        tries_elsewhere(server, calls)
        with bob.turn(blocking_timeout=0):
            pass  # another conversation is free
    [message] = calls
    assert KEY in message
    assert f"process {os.getpid()} on " in message
    assert "blocking_timeout" in message


def tries_elsewhere(server: Server, calls: list[str]) -> None:
    """Try in the way of another process: its token is not one of this code."""
    holder = server.command("GET", LOCK)
    assert isinstance(holder, bytes)
    left = server.command("PTTL", LOCK)
    assert isinstance(left, int)
    server.command("SET", LOCK, holder + b"0", "PX", str(left))
    with SyncRedisSession.from_url("ada", server.url) as other:
        tries(other, calls)
    server.command("SET", LOCK, holder, "PX", str(left))


def test_a_turn_waits_for_a_lock(session: SyncRedisSession, other: SyncRedisSession) -> None:
    with session.lock():
        with pytest.raises(TurnBusyError, match="held by a lock"):
            with other.turn(blocking_timeout=0):
                pytest.fail("two at a time")
    with other.turn(blocking_timeout=0):
        with pytest.raises(LockError):
            with session.lock(blocking_timeout=0):
                pytest.fail("two at a time")
        with pytest.raises(LockError):
            with session.lock(blocking_timeout=0.05, sleep=0.01):
                pytest.fail("two at a time")


def test_how_long_a_turn_waits(session: SyncRedisSession, other: SyncRedisSession) -> None:
    with session.lock():
        started = time.monotonic()
        with pytest.raises(TurnBusyError):
            with other.turn(blocking_timeout=0.4):
                pytest.fail("two at a time")
        assert 0.4 <= time.monotonic() - started < 2


def test_who_waits_does_not_read(session: SyncRedisSession, server: Server) -> None:
    session.add_items(talk("a"))
    with session.turn():
        pass  # the server learns the scripts
    held = session.lock()
    held.acquire()

    def wait() -> None:
        with session.turn() as turn:
            assert turn.get_items() == talk("a", "b")

    def release() -> None:
        pause(0.5)
        session.add_items(talk("b"))
        held.release()

    with server.monitor() as monitor:
        together(wait, release)
    names = [command[0] for command in monitor.commands]
    assert names.count(b"LRANGE") == 2  # when it came, and when its turn had come
    assert names.count(b"EVALSHA") >= 4


def test_the_same_task_delivered_twice_at_once(
    session: SyncRedisSession, other: SyncRedisSession
) -> None:
    runs: list[bool] = []

    def deliver(session: SyncRedisSession) -> str | None:
        with session.turn("task-1") as turn:
            runs.append(turn.repeated)
            if not turn.repeated:
                turn.add_items(talk("a"))
                pause(0.1)
        return turn.output_text

    answers = together(*[lambda s=s: deliver(s) for s in (session, other) * 2])
    assert answers == ["A"] * 4
    assert sorted(runs) == [False, True, True, True]
    assert session.get_items() == talk("a")


def test_a_running_turn_keeps_its_lease(server: Server, session: SyncRedisSession) -> None:
    server.command("EXPIRE", KEY, "1")
    with session.turn(lease=0.3) as turn:
        turn.add_items(talk("a"))
        for _ in range(10):
            pause(0.1)
            assert is_held(server)
            left = server.command("PTTL", LOCK)
            assert isinstance(left, int)
            assert left <= 300
    assert not is_held(server)
    assert session.get_items() == talk("a")


def test_a_renewal_keeps_the_conversation(server: Server, session: SyncRedisSession) -> None:
    session.add_items(talk("a"))
    server.command("PEXPIRE", KEY, "200")
    with session.turn(lease=0.3):
        pause(0.6)
        assert len(stored(server)) == 2


def test_a_turn_that_hangs_loses_its_lease(server: Server, session: SyncRedisSession) -> None:
    with session.turn(lease=0.3, timeout=0.6) as turn:
        turn.add_items(talk("a"))
        pause(0.7)
        assert not is_held(server)
    assert session.get_items() == talk("a")


def test_a_timeout_shorter_than_the_lease(server: Server, session: SyncRedisSession) -> None:
    with session.turn(timeout=0.2):
        left = server.command("PTTL", LOCK)
        assert isinstance(left, int)
        assert left <= 200
        pause(0.3)
        assert not is_held(server)


def test_a_renewal_never_takes_a_lease(server: Server, session: SyncRedisSession) -> None:
    with session.turn(lease=0.15) as turn:
        server.command("DEL", LOCK)
        pause(0.2)
        assert not is_held(server)
        server.command("SET", LOCK, "another", "PX", "100")
        pause(0.2)
        assert not is_held(server)
        turn.rollback()


def test_a_cleared_conversation_stays_held(server: Server, session: SyncRedisSession) -> None:
    with session.turn(lease=0.3) as turn:
        session.clear_session()
        pause(0.6)
        assert is_held(server)
        turn.rollback()
    assert not is_held(server)


def test_a_renewal_that_fails_is_made_again(proxy: FaultProxy, server: Server) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        with session.turn(lease=0.6) as turn:
            turn.add_items(talk("a"))
            cut = proxy.arm("cut_before", b"EVALSHA", times=2)
            pause(1)
            assert cut.fired == 2
            assert is_held(server)
        assert session.get_items() == talk("a")


def test_a_turn_inside_a_turn(session: SyncRedisSession, other: SyncRedisSession) -> None:
    with session.turn() as turn:
        with pytest.raises(RuntimeError, match="inside a turn"):
            with other.turn():
                pytest.fail("begun")
        turn.add_items(talk("a"))
        session.clear_session()
        with pytest.raises(RuntimeError, match="inside a turn"):
            with other.turn(blocking_timeout=5):
                pytest.fail("begun")
        turn.rollback()
        with pytest.raises(RuntimeError, match="inside a turn"):
            with other.turn():
                pytest.fail("begun")
    with other.turn(blocking_timeout=0):
        pass


def test_a_known_key_inside_a_turn(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        turn.add_items(talk("a"))
    with session.turn("task-2"), session.turn("task-1") as again:
        assert again.repeated


def test_an_abandoned_lease_expires(server: Server, other: SyncRedisSession) -> None:
    server.command("SET", LOCK, "turn:host:1:of-a-killed-worker", "PX", "300")
    started = time.monotonic()
    with other.turn():
        assert time.monotonic() - started < 2


def test_a_turn_that_cannot_renew_its_lease_gives_it_up(
    session: SyncRedisSession, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("can't start new thread")

    turn = session.turn()
    monkeypatch.setattr(turn, "_start_renewal", fail)
    with pytest.raises(RuntimeError, match="new thread"):
        with turn:
            pass
    assert not is_held(server)
