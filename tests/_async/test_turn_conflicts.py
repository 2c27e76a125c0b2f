# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What becomes of a turn if the conversation changes while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import WatchError

from openai_agents_session import RedisSession, RedisSessionManager, TurnConflictError

from ..support.turns import KEY, LOCK, RECORDS, is_held, stored, talk, user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .._aio import Redis
    from ..support.server import Server

Change = Any


@pytest.fixture
async def session(client: Redis) -> RedisSession:
    """A session of every kind of client."""
    return RedisSession("ada", client, ttl=100)


@pytest.fixture
async def other(server: Server) -> AsyncIterator[RedisSession]:
    """A session of another application, on the real server."""
    async with RedisSession.from_url("ada", server.url) as other:
        yield other


async def test_what_was_appended_meanwhile_stays(session: RedisSession) -> None:
    await session.add_items(talk("a"))
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("b"))
        await session.add_items(talk("c"))
        assert await turn.get_items() == talk("a", "b")
        await session.add_items(talk("d"))
    assert await session.get_items() == talk("a", "c", "d", "b")
    async with session.turn("task-1") as again:
        assert again.items == talk("b")


async def test_what_was_appended_to_nothing_stays(session: RedisSession) -> None:
    async with session.turn() as turn:
        await turn.add_items(talk("b"))
        await session.add_items(talk("c"))
    assert await session.get_items() == talk("c", "b")


async def pop(session: RedisSession) -> None:
    await session.pop_item()


async def pop_and_add(session: RedisSession) -> None:
    await session.pop_item()
    await session.add_items(talk("c"))


async def replace(session: RedisSession) -> None:
    await session.replace_items(talk("c", "d", "e", "f"))


async def clear(session: RedisSession) -> None:
    await session.clear_session()


async def clear_and_restore(session: RedisSession) -> None:
    items = await session.get_items()
    await session.clear_session()
    await session.add_items(items)


CHANGES: list[Callable[[RedisSession], Any]] = [
    pop,
    pop_and_add,
    replace,
    clear,
    clear_and_restore,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_changed_conversation_is_a_conflict(session: RedisSession, change: Change) -> None:
    await session.add_items(talk("a", "b"))
    with pytest.raises(TurnConflictError, match="run the turn again"):
        async with session.turn("task-1") as turn:
            await turn.add_items(talk("x"))
            await change(session)
            changed = await session.get_items()
    assert await session.get_items() == changed
    assert turn.items == talk("x")
    assert turn.output_text == "X"
    async with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_turn_that_only_read_conflicts_with_nothing(
    session: RedisSession, change: Change
) -> None:
    await session.add_items(talk("a", "b"))
    async with session.turn() as turn:
        await change(session)
        assert await turn.get_items() == talk("a", "b")
    async with session.turn(blocking_timeout=0):
        pass


@pytest.mark.parametrize("restore", [[], talk("c")])
async def test_a_clear_counts_even_if_nothing_was_read(
    session: RedisSession, restore: list[Any]
) -> None:
    with pytest.raises(TurnConflictError, match="cleared"):
        async with session.turn() as turn:
            await turn.add_items(talk("x"))
            await session.clear_session()
            await session.add_items(restore)
    assert await session.get_items() == restore


async def test_a_turn_begins_after_a_clear_that_voided_another(session: RedisSession) -> None:
    await session.add_items(talk("a"))
    async with session.turn() as turn:
        await session.clear_session()
        await session.clear_session()
        turn.rollback()
    async with session.turn(blocking_timeout=0) as turn:
        await turn.add_items(talk("b"))
    assert await session.get_items() == talk("b")


async def test_a_manager_clears(server: Server, real_client: Redis) -> None:
    async with RedisSessionManager(real_client) as manager:
        with pytest.raises(TurnConflictError, match="cleared"):
            async with manager.session("ada").turn() as turn:
                await turn.add_items(talk("x"))
                assert await manager.clear_session("ada")
        assert await manager.get_history("ada") == []


async def test_a_deleted_key_is_a_conflict(server: Server, other: RedisSession) -> None:
    await other.add_items(talk("a"))
    with pytest.raises(TurnConflictError):
        async with other.turn() as turn:
            await turn.add_items(talk("x"))
            server.command("DEL", KEY)
    assert stored(server) == []
    assert not is_held(server)


async def test_a_change_far_back_is_no_conflict(server: Server, other: RedisSession) -> None:
    await other.add_items(talk(*"abcdefgh"))
    async with other.turn() as turn:
        await turn.add_items(talk("x"))
        server.command("LSET", KEY, "0", '{"role":"user","content":"redacted"}')
    assert await other.get_items() == [
        user("redacted"),
        *talk(*"abcdefgh")[1:],
        *talk("x"),
    ]
    for position in ("-1", "-8"):
        with pytest.raises(TurnConflictError, match="no longer holds what"):
            async with other.turn() as turn:
                await turn.add_items(talk("y"))
                server.command("LSET", KEY, position, '{"role":"user","content":"redacted"}')


async def test_elements_cannot_be_taken_for_others(server: Server, other: RedisSession) -> None:
    server.command("RPUSH", KEY, "ab", "c")
    with pytest.raises(TurnConflictError):
        async with other.turn() as turn:
            await turn.add_items(talk("x"))
            server.command("DEL", KEY)
            server.command("RPUSH", KEY, "a", "bc")


async def test_another_holder_is_a_conflict(server: Server, other: RedisSession) -> None:
    with pytest.raises(TurnConflictError, match="another turn holds"):
        async with other.turn() as turn:
            await turn.add_items(talk("x"))
            server.command("SET", LOCK, "turn:host:1:other")
    assert stored(server) == []
    assert server.command("GET", LOCK) == b"turn:host:1:other"
    server.command("DEL", LOCK)
    with pytest.raises(TurnConflictError, match="another turn holds"):
        async with other.turn() as turn:
            await turn.add_items(talk("x"))
            server.command("SET", LOCK, "of session.lock()")
    assert server.command("GET", LOCK) == b"of session.lock()"


async def test_a_lost_lease_and_something_added(server: Server, other: RedisSession) -> None:
    await other.add_items(talk("a"))
    with pytest.raises(TurnConflictError, match="lease was lost"):
        async with other.turn() as turn:
            await turn.add_items(talk("x"))
            server.command("DEL", LOCK)
            await other.add_items(talk("b"))
    assert await other.get_items() == talk("a", "b")


@pytest.mark.parametrize("before", [[], talk("a")])
async def test_a_lease_that_is_merely_gone(
    server: Server, other: RedisSession, before: list[Any]
) -> None:
    await other.add_items(before)
    async with other.turn("task-1") as turn:
        await turn.add_items(talk("x"))
        server.command("DEL", LOCK)
    assert await other.get_items() == [*before, *talk("x")]
    assert not is_held(server)
    async with other.turn("task-1") as again:
        assert again.repeated


async def test_a_turn_that_another_one_followed(server: Server, other: RedisSession) -> None:
    await other.add_items(talk("a"))
    with pytest.raises(TurnConflictError):
        async with other.turn() as late:
            await late.add_items(talk("x"))
            server.command("DEL", LOCK)  # it hung for so long that its lease has expired
            async with other.turn() as turn:
                await turn.add_items(talk("b"))
    assert await other.get_items() == talk("a", "b")


async def test_a_conflict_leaves_no_record(server: Server, other: RedisSession) -> None:
    with pytest.raises(WatchError):
        async with other.turn("task-1") as turn:
            await turn.add_items(talk("x"))
            await other.clear_session()
    assert server.command("EXISTS", RECORDS, LOCK) == 0
