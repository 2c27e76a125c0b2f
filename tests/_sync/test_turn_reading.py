# Generated from tests/_async/test_turn_reading.py by tools/generate.py; edit that file instead.
"""What a turn reads, removes and trims, and how many requests it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from ..support.turns import KEY, called, said, stored, talk, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._blocking import Redis
    from ..support.proxy import FaultProxy
    from ..support.server import Server


@pytest.fixture
def session(client: Redis) -> SyncRedisSession:
    """A session of every kind of client."""
    return SyncRedisSession("ada", client, ttl=100)


@pytest.fixture
def reader(server: Server) -> Iterator[SyncRedisSession]:
    """What others see."""
    with SyncRedisSession.from_url("ada", server.url) as reader:
        yield reader


def warm_up(session: SyncRedisSession) -> None:
    """Let the server learn the scripts that begin and end a turn."""
    with session.turn() as turn:
        turn.add_items(talk("a"))
        turn.rollback()


def test_a_limit_in_the_settings(server: Server, proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url, session_settings={"limit": 3}) as session:
        session.add_items(talk("a", "b"))
        warm_up(session)
        with session.turn() as turn:
            before = proxy.stats.requests
            assert turn.get_items() == talk("a", "b")[1:]
            turn.add_items([user("c")])
            assert turn.get_items() == [*talk("b"), user("c")]
            assert turn.get_items(limit=2) == [said("B"), user("c")]
            assert turn.get_items(limit=4) == [*talk("a", "b"), user("c")][1:]
            assert proxy.stats.requests == before
            assert turn.get_items(limit=9) == [*talk("a", "b"), user("c")]
            assert turn.get_items(limit=9, skip=1) == talk("a", "b")
            assert proxy.stats.requests == before + 1
        assert len(stored(server)) == 5


def test_a_limit_of_zero(server: Server, proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url, session_settings={"limit": 0}) as session:
        session.add_items(talk("a"))
        warm_up(session)
        with session.turn() as turn:
            before = proxy.stats.requests
            turn.add_items([user("b")])
            assert turn.get_items() == []
            assert turn.get_items(limit=1) == [user("b")]
            assert proxy.stats.requests == before
            assert turn.get_items(limit=2) == [said("A"), user("b")]
            assert proxy.stats.requests == before + 1
        with session.turn() as turn:
            assert turn.pop_item() == user("b")
        assert len(stored(server)) == 2


@pytest.mark.parametrize("ttl", [None, 100])
def test_a_turn_is_two_requests(proxy: FaultProxy, ttl: int | None) -> None:
    with SyncRedisSession.from_url("ada", proxy.url, ttl=ttl) as session:
        for key in ("task-0", "task-1"):  # the server learns the scripts with the first
            requests, commands = proxy.stats.requests, proxy.stats.commands
            with session.turn(key) as turn:
                assert proxy.stats.requests == requests + 1 or key == "task-0"
                turn.get_items()
                turn.add_items([user("a")])
                turn.add_items(called(1))
                turn.add_items([said("A")])
                turn.get_items()
                assert proxy.stats.commands == commands + 2 or key == "task-0"
        assert proxy.stats.requests == requests + 2
        assert proxy.stats.commands == commands + 3
        with session.turn("task-1") as again:
            assert again.repeated
        assert proxy.stats.requests == requests + 3


def test_only_its_commit_trims(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url, max_items=4) as session:
        session.add_items(talk("a", "b"))
        with session.turn("task-1") as turn:
            turn.add_items(talk("d"))
            session.add_items(talk("c"))
            assert session.get_items() == talk("a", "b", "c")
            assert turn.get_items() == talk("a", "b", "d")
        assert session.get_items() == talk("c", "d")
        session.add_items(talk("e"))
        assert session.get_items() == talk("d", "e")
        with session.turn("task-1") as again:
            assert again.items == talk("d")
        session.add_items(talk("f", "g"))
        with session.turn("task-1") as again:
            assert again.repeated
            assert again.items == []


def test_lifetimes(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url, ttl=100) as session:
        with session.turn() as turn:
            turn.add_items(talk("a"))
        assert session.expires_in() == 100
        server.command("EXPIRE", KEY, "5")
        with session.turn():
            assert session.expires_in() == 100
        server.command("PERSIST", KEY)
        with session.turn() as turn:
            turn.pop_item()
        assert session.expires_in() is None
        with session.turn() as turn:
            turn.add_items([said("A")])
        assert session.expires_in() == 100


def test_a_conversation_outlives_its_turn(server: Server, reader: SyncRedisSession) -> None:
    reader.add_items(talk("a"))
    server.command("EXPIRE", KEY, "2")
    with reader.turn(lease=60):
        seconds = reader.expires_in()
        assert seconds is not None
        assert seconds > 55


def test_pop_inside_a_turn(session: SyncRedisSession) -> None:
    session.add_items(talk("a", "b"))
    with session.turn() as turn:
        turn.add_items([user("c")])
        assert turn.pop_item() == user("c")
        assert turn.pop_item() == said("B")
        assert turn.get_items() == talk("a", "b")[:3]
        assert session.get_items() == talk("a", "b")
        turn.add_items([said("new")])
        assert turn.items == [said("new")]
    assert session.get_items() == [*talk("a"), user("b"), said("new")]
    with session.turn() as turn:
        for _ in range(4):
            assert turn.pop_item() is not None
        assert turn.pop_item() is None
    assert session.get_items() == []


def test_clear_and_replace_inside_a_turn(session: SyncRedisSession) -> None:
    session.add_items(talk("a", "b"))
    with session.turn() as turn:
        turn.replace_items(talk("c"))
        assert turn.get_items() == talk("c")
        assert session.get_items() == talk("a", "b")
        assert turn.items == talk("c")
    assert session.get_items() == talk("c")
    with session.turn() as turn:
        turn.clear_session()
        assert turn.get_items() == []
        turn.add_items([user("d")])
    assert session.get_items() == [user("d")]
    assert session.expires_in() == 100
    with session.turn("task-1") as turn:
        turn.clear_session()
    assert session.count() == 0
    with session.turn("task-1") as again:
        assert again.repeated
        assert again.items == []


def test_elements_that_are_not_items(
    server: Server, reader: SyncRedisSession, caplog: pytest.LogCaptureFixture
) -> None:
    reader.add_items(talk("a"))
    server.command("RPUSH", KEY, "broken", b"\xff")
    with reader.turn() as turn:
        assert turn.get_items() == talk("a")
        assert "skipped 2 element(s)" in caplog.text
        turn.add_items(talk("b"))
    assert stored(server)[2:4] == [b"broken", b"\xff"]
    assert reader.get_items() == talk("a", "b")
    with reader.turn() as turn:
        for item in reversed(talk("a", "b")):
            assert turn.pop_item() == item
    assert "dropped 2 element(s)" in caplog.text
    assert stored(server) == []


def test_a_limit_counts_items(server: Server) -> None:
    url, settings = server.url, {"limit": 2}
    with SyncRedisSession.from_url("ada", url, session_settings=settings) as session:
        session.add_items(talk("a"))
        server.command("RPUSH", KEY, "broken", "broken")
        with session.turn() as turn:
            assert turn.get_items() == talk("a")


def test_a_managed_session_shows_messages_without_metadata(real_client: Redis) -> None:
    with SyncRedisSessionManager(real_client) as manager:
        manager.store_message("ada", "user", "Hello", {"page": 1})
        with manager.session("ada").turn() as turn:
            assert turn.get_items() == [user("Hello")]
            turn.add_items([said("Hi")])
        history = manager.get_history("ada")
        assert [item.get("metadata") for item in history] == [{"page": 1}, None]
