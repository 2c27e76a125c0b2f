# Generated from tests/_async/test_turn_conflicts.py by tools/generate.py; edit that file instead.
"""What becomes of a turn if the conversation changes while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import WatchError

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager, TurnConflictError

from ..support.turns import KEY, LOCK, RECORDS, is_held, stored, talk, user

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


def test_what_was_appended_meanwhile_stays(session: SyncRedisSession) -> None:
    session.add_items(talk("a"))
    with session.turn("task-1") as turn:
        turn.add_items(talk("b"))
        session.add_items(talk("c"))
        assert turn.get_items() == talk("a", "b")
        session.add_items(talk("d"))
    assert session.get_items() == talk("a", "c", "d", "b")
    with session.turn("task-1") as again:
        assert again.items == talk("b")


def test_what_was_appended_to_nothing_stays(session: SyncRedisSession) -> None:
    with session.turn() as turn:
        turn.add_items(talk("b"))
        session.add_items(talk("c"))
    assert session.get_items() == talk("c", "b")


def pop(session: SyncRedisSession) -> None:
    session.pop_item()


def pop_and_add(session: SyncRedisSession) -> None:
    session.pop_item()
    session.add_items(talk("c"))


def replace(session: SyncRedisSession) -> None:
    session.replace_items(talk("c", "d", "e", "f"))


def clear(session: SyncRedisSession) -> None:
    session.clear_session()


def clear_and_restore(session: SyncRedisSession) -> None:
    items = session.get_items()
    session.clear_session()
    session.add_items(items)


CHANGES: list[Callable[[SyncRedisSession], Any]] = [
    pop,
    pop_and_add,
    replace,
    clear,
    clear_and_restore,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_conversation_is_a_conflict(session: SyncRedisSession, change: Change) -> None:
    session.add_items(talk("a", "b"))
    with pytest.raises(TurnConflictError, match="run the turn again"):
        with session.turn("task-1") as turn:
            turn.add_items(talk("x"))
            change(session)
            changed = session.get_items()
    assert session.get_items() == changed
    assert turn.items == talk("x")
    assert turn.output_text == "X"
    with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_turn_that_only_read_conflicts_with_nothing(
    session: SyncRedisSession, change: Change
) -> None:
    session.add_items(talk("a", "b"))
    with session.turn() as turn:
        change(session)
        assert turn.get_items() == talk("a", "b")
    with session.turn(blocking_timeout=0):
        pass


@pytest.mark.parametrize("restore", [[], talk("c")])
def test_a_clear_counts_even_if_nothing_was_read(
    session: SyncRedisSession, restore: list[Any]
) -> None:
    with pytest.raises(TurnConflictError, match="cleared"):
        with session.turn() as turn:
            turn.add_items(talk("x"))
            session.clear_session()
            session.add_items(restore)
    assert session.get_items() == restore


def test_a_turn_begins_after_a_clear_that_voided_another(session: SyncRedisSession) -> None:
    session.add_items(talk("a"))
    with session.turn() as turn:
        session.clear_session()
        session.clear_session()
        turn.rollback()
    with session.turn(blocking_timeout=0) as turn:
        turn.add_items(talk("b"))
    assert session.get_items() == talk("b")


def test_a_manager_clears(server: Server, real_client: Redis) -> None:
    with SyncRedisSessionManager(real_client) as manager:
        with pytest.raises(TurnConflictError, match="cleared"):
            with manager.session("ada").turn() as turn:
                turn.add_items(talk("x"))
                assert manager.clear_session("ada")
        assert manager.get_history("ada") == []


def test_a_deleted_key_is_a_conflict(server: Server, other: SyncRedisSession) -> None:
    other.add_items(talk("a"))
    with pytest.raises(TurnConflictError):
        with other.turn() as turn:
            turn.add_items(talk("x"))
            server.command("DEL", KEY)
    assert stored(server) == []
    assert not is_held(server)


def test_a_change_far_back_is_no_conflict(server: Server, other: SyncRedisSession) -> None:
    other.add_items(talk(*"abcdefgh"))
    with other.turn() as turn:
        turn.add_items(talk("x"))
        server.command("LSET", KEY, "0", '{"role":"user","content":"redacted"}')
    assert other.get_items() == [
        user("redacted"),
        *talk(*"abcdefgh")[1:],
        *talk("x"),
    ]
    for position in ("-1", "-8"):
        with pytest.raises(TurnConflictError, match="no longer holds what"):
            with other.turn() as turn:
                turn.add_items(talk("y"))
                server.command("LSET", KEY, position, '{"role":"user","content":"redacted"}')


def test_elements_cannot_be_taken_for_others(server: Server, other: SyncRedisSession) -> None:
    server.command("RPUSH", KEY, "ab", "c")
    with pytest.raises(TurnConflictError):
        with other.turn() as turn:
            turn.add_items(talk("x"))
            server.command("DEL", KEY)
            server.command("RPUSH", KEY, "a", "bc")


def test_another_holder_is_a_conflict(server: Server, other: SyncRedisSession) -> None:
    with pytest.raises(TurnConflictError, match="another turn holds"):
        with other.turn() as turn:
            turn.add_items(talk("x"))
            server.command("SET", LOCK, "turn:host:1:other")
    assert stored(server) == []
    assert server.command("GET", LOCK) == b"turn:host:1:other"
    server.command("DEL", LOCK)
    with pytest.raises(TurnConflictError, match="another turn holds"):
        with other.turn() as turn:
            turn.add_items(talk("x"))
            server.command("SET", LOCK, "of session.lock()")
    assert server.command("GET", LOCK) == b"of session.lock()"


def test_a_lost_lease_and_something_added(server: Server, other: SyncRedisSession) -> None:
    other.add_items(talk("a"))
    with pytest.raises(TurnConflictError, match="lease was lost"):
        with other.turn() as turn:
            turn.add_items(talk("x"))
            server.command("DEL", LOCK)
            other.add_items(talk("b"))
    assert other.get_items() == talk("a", "b")


@pytest.mark.parametrize("before", [[], talk("a")])
def test_a_lease_that_is_merely_gone(
    server: Server, other: SyncRedisSession, before: list[Any]
) -> None:
    other.add_items(before)
    with other.turn("task-1") as turn:
        turn.add_items(talk("x"))
        server.command("DEL", LOCK)
    assert other.get_items() == [*before, *talk("x")]
    assert not is_held(server)
    with other.turn("task-1") as again:
        assert again.repeated


def test_a_turn_that_another_one_followed(server: Server, other: SyncRedisSession) -> None:
    other.add_items(talk("a"))
    with pytest.raises(TurnConflictError):
        with other.turn() as late:
            late.add_items(talk("x"))
            server.command("DEL", LOCK)  # it hung for so long that its lease has expired
            with other.turn() as turn:
                turn.add_items(talk("b"))
    assert other.get_items() == talk("a", "b")


def test_a_conflict_leaves_no_record(server: Server, other: SyncRedisSession) -> None:
    with pytest.raises(WatchError):
        with other.turn("task-1") as turn:
            turn.add_items(talk("x"))
            other.clear_session()
    assert server.command("EXISTS", RECORDS, LOCK) == 0
