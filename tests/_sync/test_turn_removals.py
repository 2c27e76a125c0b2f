# Generated from tests/_async/test_turn_removals.py by tools/generate.py; edit that file instead.
"""A turn that removes stored items does so only if nothing else has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession, TurnConflictError

from ..support.turns import KEY, said, stored, talk

if TYPE_CHECKING:
    from collections.abc import Iterator, Callable

    from .._blocking import Redis
    from ..support.server import Server

Change = Any


@pytest.fixture
def session(client: Redis) -> SyncRedisSession:
    """A session of every kind of client."""
    return SyncRedisSession("ada", client, ttl=100)


@pytest.fixture
def other(server: Server) -> Iterator[SyncRedisSession]:
    """A session of another application, on the real server."""
    with SyncRedisSession.from_url("ada", server.url) as other:
        yield other


def take(turn: Any) -> None:
    turn.pop_item()


def take_and_add(turn: Any) -> None:
    turn.pop_item()
    turn.add_items([said("new")])


def rewrite(turn: Any) -> None:
    turn.replace_items(talk("x"))


def wipe(turn: Any) -> None:
    turn.clear_session()


REMOVALS: list[tuple[Callable[[Any], Any], list[Any]]] = [
    (take, talk("a", "b")[:3]),
    (take_and_add, [*talk("a", "b")[:3], said("new")]),
    (rewrite, talk("x")),
    (wipe, []),
]


@pytest.mark.parametrize(("remove", "left"), REMOVALS)
def test_a_turn_that_removed_items(
    session: SyncRedisSession, remove: Change, left: list[Any]
) -> None:
    session.add_items(talk("a", "b"))
    with pytest.raises(TurnConflictError):
        with session.turn() as turn:
            remove(turn)
            session.add_items(talk("c"))
    assert session.get_items() == talk("a", "b", "c")
    session.replace_items(talk("a", "b"))
    with session.turn(blocking_timeout=0) as turn:
        remove(turn)
    assert session.get_items() == left


@pytest.mark.parametrize(("remove", "left"), REMOVALS)
def test_a_turn_that_removed_items_which_changed(
    server: Server, other: SyncRedisSession, remove: Change, left: list[Any]
) -> None:
    other.add_items(talk("a", "b"))
    with pytest.raises(TurnConflictError):
        with other.turn() as turn:
            remove(turn)
            server.command("LSET", KEY, "-1", '{"role":"user","content":"other"}')
    assert len(stored(server)) == 4


def test_a_turn_that_replaced_more_than_it_had_read(server: Server) -> None:
    settings = {"limit": 1}
    with SyncRedisSession.from_url("ada", server.url, session_settings=settings) as session:
        session.add_items(talk(*"abcdefgh"))
        with pytest.raises(TurnConflictError):
            with session.turn() as turn:
                turn.replace_items(talk("x"))
                server.command("LSET", KEY, "0", '{"role":"user","content":"other"}')
        with session.turn() as turn:
            turn.replace_items(talk("x"))
        assert session.get_items(limit=9) == talk("x")


def test_a_pop_is_undone_where_a_turn_left_its_place(server: Server, other: Any) -> None:
    other.add_items(talk("a"))
    taken = other._take()
    with other.turn() as turn:
        turn.add_items(talk("b"))
    taken[1]()
    assert other.get_items() == talk("a", "b")
    taken = other._take()
    with other.turn() as turn:
        turn.clear_session()
        turn.add_items(talk("c"))
    taken[1]()
    assert other.get_items() == talk("c")
