# Generated from tests/_async/test_turn.py by tools/generate.py; edit that file instead.
"""A turn: read when it begins, local while it runs, stored as a whole when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError, ResponseError

from openai_agents_session import SyncRedisSession

from ..support.turns import KEY, LOCK, called, is_held, said, talk, user

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


def test_a_turn_is_stored_when_it_ends(session: SyncRedisSession) -> None:
    session.add_items(talk("a"))
    with session.turn() as turn:
        assert not turn.repeated
        assert turn.session_id == "ada"
        assert turn.get_items() == talk("a")
        turn.add_items([user("b")])
        turn.add_items([said("B")])
        assert turn.get_items() == talk("a", "b")
        assert turn.get_items(limit=3) == talk("a", "b")[1:]
        assert turn.get_items(limit=1, skip=1) == [user("b")]
        assert turn.get_items(limit=0) == []
        assert turn.items == talk("b")
        assert turn.output_text == "B"
        assert session.get_items() == talk("a")
    assert session.get_items() == talk("a", "b")
    assert turn.items == talk("b")
    assert turn.output_text == "B"
    assert not turn.repeated
    with session.turn(blocking_timeout=0) as following:
        assert following.get_items() == talk("a", "b")


def test_the_first_turn_of_a_conversation(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        assert turn.get_items() == []
        assert turn.pop_item() is None
        turn.add_items(talk("a"))
    assert session.get_items() == talk("a")
    assert session.expires_in() == 100


def test_an_exception_stores_nothing(session: SyncRedisSession) -> None:
    session.add_items(talk("a"))
    with pytest.raises(LookupError, match="no model"):
        with session.turn("task-1") as turn:
            turn.add_items([user("b")])
            raise LookupError("no model")
    assert turn.items == []
    assert turn.output_text is None
    assert session.get_items() == talk("a")
    with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


def test_an_exception_that_is_caught_inside_commits(session: SyncRedisSession) -> None:
    bad: Any = [None]
    with session.turn("task-1") as turn:
        turn.add_items([user("a"), *called(1)])
        with pytest.raises(TypeError):
            turn.add_items(bad)
    assert session.get_items() == [user("a"), *called(1)]


def test_a_rolled_back_turn_stores_nothing(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        turn.add_items([user("a")])
        turn.rollback()
        assert turn.items == []
        with pytest.raises(RuntimeError, match="was rolled back"):
            turn.add_items([said("A")])
        with pytest.raises(RuntimeError, match="was rolled back"):
            turn.get_items()
        turn.rollback()
    assert turn.items == []
    assert session.get_items() == []
    with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


def test_a_rollback_after_the_end_changes_nothing(session: SyncRedisSession) -> None:
    with session.turn() as turn:
        turn.add_items(talk("a"))
    turn.rollback()
    assert turn.items == talk("a")
    assert session.get_items() == talk("a")


def test_a_turn_that_did_nothing_leaves_no_record(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        turn.get_items()
        turn.add_items([])
    assert turn.items == []
    with session.turn("task-1", blocking_timeout=0) as turn:
        assert not turn.repeated
        turn.add_items(talk("a"))
        assert turn.pop_item() == said("A")
        assert turn.pop_item() == user("a")
    with session.turn("task-1", blocking_timeout=0) as turn:
        assert not turn.repeated


def test_a_turn_works_inside_its_block_only(session: SyncRedisSession) -> None:
    turn = session.turn()
    with pytest.raises(RuntimeError, match="has not begun"):
        turn.get_items()
    with pytest.raises(RuntimeError, match="has not begun"):
        turn.add_items(talk("a"))
    assert turn.items == []
    with turn:
        turn.add_items(talk("a"))
    for call in (turn.get_items, turn.pop_item, turn.clear_session):
        with pytest.raises(RuntimeError, match="has ended"):
            call()
    for change in (turn.add_items, turn.replace_items):
        with pytest.raises(RuntimeError, match="has ended"):
            change(talk("b"))
    with pytest.raises(RuntimeError, match="begins once"):
        with turn:
            pytest.fail("begun twice")
    assert session.get_items() == talk("a")


def test_bad_items_are_refused_at_once(reader: SyncRedisSession) -> None:
    bad: Any = [user("a"), {"role": object()}]
    with reader.turn() as turn:
        with pytest.raises(TypeError, match=r"items\[1\]"):
            turn.add_items(bad)
        assert turn.items == []


def test_a_key_of_another_type(server: Server, reader: SyncRedisSession) -> None:
    server.command("SET", KEY, "text")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        with reader.turn():
            pytest.fail("begun")
    assert not is_held(server)
    assert server.command("GET", KEY) == b"text"


def test_a_closed_session(server: Server) -> None:
    session = SyncRedisSession.from_url("ada", server.url)
    turn = session.turn()
    session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.turn()
    with pytest.raises(RuntimeError, match="closed"):
        with turn:
            pytest.fail("begun")


def test_a_server_that_is_gone(proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        with pytest.raises(ConnectionError, match="ada"):
            with session.turn() as turn:
                turn.add_items(talk("a"))
                proxy.refuse()
        assert turn.items == talk("a")
        with pytest.raises(ConnectionError, match="ada"):
            with session.turn():
                pytest.fail("begun")


def test_a_server_that_is_gone_hides_no_exception(proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        with pytest.raises(LookupError):
            with session.turn(lease=0.1):
                proxy.refuse()
                raise LookupError
        proxy.accept()
        with session.turn(lease=0.1) as turn:
            turn.add_items(talk("a"))
            turn.rollback()
            proxy.refuse()


def test_a_lease_is_a_lock_that_expires(server: Server, reader: SyncRedisSession) -> None:
    with reader.turn(lease=20):
        milliseconds = server.command("PTTL", LOCK)
        assert isinstance(milliseconds, int)
        assert 15_000 < milliseconds <= 20_000
        holder = server.command("GET", LOCK)
        assert isinstance(holder, bytes)
        assert holder.startswith(b"turn:")
    assert not is_held(server)
