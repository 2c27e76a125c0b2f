# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A turn that removes stored items does so only if nothing else has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession, TurnConflictError

from ..support.turns import KEY, said, stored, talk

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


async def take(turn: Any) -> None:
    await turn.pop_item()


async def take_and_add(turn: Any) -> None:
    await turn.pop_item()
    await turn.add_items([said("new")])


async def rewrite(turn: Any) -> None:
    await turn.replace_items(talk("x"))


async def wipe(turn: Any) -> None:
    await turn.clear_session()


REMOVALS: list[tuple[Callable[[Any], Any], list[Any]]] = [
    (take, talk("a", "b")[:3]),
    (take_and_add, [*talk("a", "b")[:3], said("new")]),
    (rewrite, talk("x")),
    (wipe, []),
]


@pytest.mark.parametrize(("remove", "left"), REMOVALS)
async def test_a_turn_that_removed_items(
    session: RedisSession, remove: Change, left: list[Any]
) -> None:
    await session.add_items(talk("a", "b"))
    with pytest.raises(TurnConflictError):
        async with session.turn() as turn:
            await remove(turn)
            await session.add_items(talk("c"))
    assert await session.get_items() == talk("a", "b", "c")
    await session.replace_items(talk("a", "b"))
    async with session.turn(blocking_timeout=0) as turn:
        await remove(turn)
    assert await session.get_items() == left


@pytest.mark.parametrize(("remove", "left"), REMOVALS)
async def test_a_turn_that_removed_items_which_changed(
    server: Server, other: RedisSession, remove: Change, left: list[Any]
) -> None:
    await other.add_items(talk("a", "b"))
    with pytest.raises(TurnConflictError):
        async with other.turn() as turn:
            await remove(turn)
            server.command("LSET", KEY, "-1", '{"role":"user","content":"other"}')
    assert len(stored(server)) == 4


async def test_a_turn_that_replaced_more_than_it_had_read(server: Server) -> None:
    settings = {"limit": 1}
    async with RedisSession.from_url("ada", server.url, session_settings=settings) as session:
        await session.add_items(talk(*"abcdefgh"))
        with pytest.raises(TurnConflictError):
            async with session.turn() as turn:
                await turn.replace_items(talk("x"))
                server.command("LSET", KEY, "0", '{"role":"user","content":"other"}')
        async with session.turn() as turn:
            await turn.replace_items(talk("x"))
        assert await session.get_items(limit=9) == talk("x")


async def test_a_pop_is_undone_where_a_turn_left_its_place(server: Server, other: Any) -> None:
    await other.add_items(talk("a"))
    taken = await other._take()
    async with other.turn() as turn:
        await turn.add_items(talk("b"))
    await taken[1]()
    assert await other.get_items() == talk("a", "b")
    taken = await other._take()
    async with other.turn() as turn:
        await turn.clear_session()
        await turn.add_items(talk("c"))
    await taken[1]()
    assert await other.get_items() == talk("c")
