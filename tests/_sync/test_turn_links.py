# Generated from tests/_async/test_turn_links.py by tools/generate.py; edit that file instead.
"""Turns over connections that fail, are alone, or lead to another kind of server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError

from openai_agents_session import SyncRedisSession

from .._blocking import Redis, pause
from ..support.internals import share_connection_without_lock
from ..support.turns import LOCK, is_held, stored, talk, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._blocking import RedisCluster
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


@pytest.mark.parametrize("mode", ["cut_after", "cut_before"])
def test_lost_replies(proxy: FaultProxy, mode: Any) -> None:
    with SyncRedisSession.from_url("ada", proxy.url, session_settings={"limit": 9}) as session:
        session.add_items(talk("a"))
        for number in range(4):  # the server knows the scripts from the second one on
            first = proxy.arm(mode, b"~lock")
            with session.turn(str(number), blocking_timeout=0) as turn:
                assert first.fired == 1
                turn.add_items([user(str(number))])
                last = proxy.arm(mode, b"~lock")
            assert last.fired == 1
        numbers = [user(str(number)) for number in range(4)]
        assert session.get_items() == [*talk("a"), *numbers]
        first = proxy.arm(mode, b"~lock")
        with session.turn("0") as again:
            assert again.repeated
            assert again.items == [user("0")]


def test_many_lost_replies(proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        lost = proxy.arm("cut_after", times=None, probability=0.2)
        for number in range(60):
            with session.turn(str(number), blocking_timeout=0) as turn:
                turn.add_items([user(str(number))])
        assert lost.fired > 10
        assert session.get_items() == [user(str(number)) for number in range(60)]


def test_an_outcome_that_stays_unknown(proxy: FaultProxy, server: Server) -> None:
    url, options = proxy.url, {"socket_timeout": 0.2}
    with SyncRedisSession.from_url("ada", url, redis_kwargs=options) as session:
        with session.turn("task-0") as turn:  # the server learns the scripts
            turn.add_items(talk("0"))
        with pytest.raises(ConnectionError, match="ada"):
            with session.turn("task-1") as turn:
                turn.add_items(talk("a"))
                lost = proxy.arm("cut_after", b"~lock", times=None)
        assert lost.fired > 1
        proxy.disarm()
        with session.turn("task-1") as again:
            assert again.repeated
            assert again.items == talk("a")
        assert len(stored(server)) == 4


@pytest.mark.usefixtures("no_patience")
def test_a_turn_that_cannot_be_stored_gives_up_its_lease(
    proxy: FaultProxy, server: Server
) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        with pytest.raises(ConnectionError, match="ada"):
            with session.turn("task-1") as turn:
                turn.add_items([user("unlucky")])
                lost = proxy.arm("cut_before", b"unlucky", times=None)  # the commit, nothing else
                assert is_held(server)
        assert lost.fired
        assert not is_held(server)
        assert stored(server) == []


def test_a_client_with_one_connection(server: Server, other: SyncRedisSession) -> None:
    client = Redis(host=server.host, port=server.port, single_connection_client=True)
    session = SyncRedisSession("ada", client)
    with session.turn("task-1", lease=0.3) as turn:
        for number in range(20):
            turn.add_items([user(str(number))])
            assert session.count() == 0
            pause(0.03)
        assert is_held(server)
    assert other.count() == 20
    client.close()


def test_the_lease_of_a_client_with_one_connection_and_no_lock(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_connection_without_lock(monkeypatch)  # as before redis-py 6
    with SyncRedisSession.from_url("ada", server.url) as session:
        with session.turn(lease=0.2, timeout=50):
            left = server.command("PTTL", LOCK)
            assert isinstance(left, int)
            assert left > 40_000
        assert not is_held(server)


def test_turns_on_a_cluster(cluster_client: RedisCluster) -> None:
    session = SyncRedisSession("ada", cluster_client, session_settings={"limit": 3}, ttl=100)
    for number in range(3):
        with session.turn(str(number), lease=0.3) as turn:
            turn.add_items(talk(str(number)))
            pause(0.2)
    assert session.get_items(limit=9) == talk("0", "1", "2")
    with session.turn("1") as again:
        assert again.items == talk("1")


def test_a_server_in_memory() -> None:
    with SyncRedisSession.from_url("ada", f"memory://{os.urandom(8).hex()}") as session:
        session.add_items(talk("a"))
        with session.turn("task-1", lease=0.2) as turn:  # its Lua has no redis.sha1hex
            turn.add_items(talk("b"))
            pause(0.3)
        assert session.get_items() == talk("a", "b")
        with session.turn("task-1") as again:
            assert again.items == talk("b")
