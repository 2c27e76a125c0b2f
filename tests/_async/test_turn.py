# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A turn: read when it begins, local while it runs, stored as a whole when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError, ResponseError

from openai_agents_session import RedisSession

from ..support.turns import KEY, LOCK, called, is_held, said, talk, user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .._aio import Redis
    from ..support.proxy import FaultProxy
    from ..support.server import Server


@pytest.fixture
async def session(client: Redis) -> RedisSession:
    """A session of every kind of client."""
    return RedisSession("ada", client, ttl=100)


@pytest.fixture
async def reader(server: Server) -> AsyncIterator[RedisSession]:
    """What others see."""
    async with RedisSession.from_url("ada", server.url) as reader:
        yield reader


async def test_a_turn_is_stored_when_it_ends(session: RedisSession) -> None:
    await session.add_items(talk("a"))
    async with session.turn() as turn:
        assert not turn.repeated
        assert turn.session_id == "ada"
        assert await turn.get_items() == talk("a")
        await turn.add_items([user("b")])
        await turn.add_items([said("B")])
        assert await turn.get_items() == talk("a", "b")
        assert await turn.get_items(limit=3) == talk("a", "b")[1:]
        assert await turn.get_items(limit=1, skip=1) == [user("b")]
        assert await turn.get_items(limit=0) == []
        assert turn.items == talk("b")
        assert turn.output_text == "B"
        assert await session.get_items() == talk("a")
    assert await session.get_items() == talk("a", "b")
    assert turn.items == talk("b")
    assert turn.output_text == "B"
    assert not turn.repeated
    async with session.turn(blocking_timeout=0) as following:
        assert await following.get_items() == talk("a", "b")


async def test_the_first_turn_of_a_conversation(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        assert await turn.get_items() == []
        assert await turn.pop_item() is None
        await turn.add_items(talk("a"))
    assert await session.get_items() == talk("a")
    assert await session.expires_in() == 100


async def test_an_exception_stores_nothing(session: RedisSession) -> None:
    await session.add_items(talk("a"))
    with pytest.raises(LookupError, match="no model"):
        async with session.turn("task-1") as turn:
            await turn.add_items([user("b")])
            raise LookupError("no model")
    assert turn.items == []
    assert turn.output_text is None
    assert await session.get_items() == talk("a")
    async with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


async def test_an_exception_that_is_caught_inside_commits(session: RedisSession) -> None:
    bad: Any = [None]
    async with session.turn("task-1") as turn:
        await turn.add_items([user("a"), *called(1)])
        with pytest.raises(TypeError):
            await turn.add_items(bad)
    assert await session.get_items() == [user("a"), *called(1)]


async def test_a_rolled_back_turn_stores_nothing(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items([user("a")])
        turn.rollback()
        assert turn.items == []
        with pytest.raises(RuntimeError, match="was rolled back"):
            await turn.add_items([said("A")])
        with pytest.raises(RuntimeError, match="was rolled back"):
            await turn.get_items()
        turn.rollback()
    assert turn.items == []
    assert await session.get_items() == []
    async with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


async def test_a_rollback_after_the_end_changes_nothing(session: RedisSession) -> None:
    async with session.turn() as turn:
        await turn.add_items(talk("a"))
    turn.rollback()
    assert turn.items == talk("a")
    assert await session.get_items() == talk("a")


async def test_a_turn_that_did_nothing_leaves_no_record(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.get_items()
        await turn.add_items([])
    assert turn.items == []
    async with session.turn("task-1", blocking_timeout=0) as turn:
        assert not turn.repeated
        await turn.add_items(talk("a"))
        assert await turn.pop_item() == said("A")
        assert await turn.pop_item() == user("a")
    async with session.turn("task-1", blocking_timeout=0) as turn:
        assert not turn.repeated


async def test_a_turn_works_inside_its_block_only(session: RedisSession) -> None:
    turn = session.turn()
    with pytest.raises(RuntimeError, match="has not begun"):
        await turn.get_items()
    with pytest.raises(RuntimeError, match="has not begun"):
        await turn.add_items(talk("a"))
    assert turn.items == []
    async with turn:
        await turn.add_items(talk("a"))
    for call in (turn.get_items, turn.pop_item, turn.clear_session):
        with pytest.raises(RuntimeError, match="has ended"):
            await call()
    for change in (turn.add_items, turn.replace_items):
        with pytest.raises(RuntimeError, match="has ended"):
            await change(talk("b"))
    with pytest.raises(RuntimeError, match="begins once"):
        async with turn:
            pytest.fail("begun twice")
    assert await session.get_items() == talk("a")


async def test_bad_items_are_refused_at_once(reader: RedisSession) -> None:
    bad: Any = [user("a"), {"role": object()}]
    async with reader.turn() as turn:
        with pytest.raises(TypeError, match=r"items\[1\]"):
            await turn.add_items(bad)
        assert turn.items == []


async def test_a_key_of_another_type(server: Server, reader: RedisSession) -> None:
    server.command("SET", KEY, "text")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        async with reader.turn():
            pytest.fail("begun")
    assert not is_held(server)
    assert server.command("GET", KEY) == b"text"


async def test_a_closed_session(server: Server) -> None:
    session = RedisSession.from_url("ada", server.url)
    turn = session.turn()
    await session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.turn()
    with pytest.raises(RuntimeError, match="closed"):
        async with turn:
            pytest.fail("begun")


async def test_a_server_that_is_gone(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        with pytest.raises(ConnectionError, match="ada"):
            async with session.turn() as turn:
                await turn.add_items(talk("a"))
                proxy.refuse()
        assert turn.items == talk("a")
        with pytest.raises(ConnectionError, match="ada"):
            async with session.turn():
                pytest.fail("begun")


async def test_a_server_that_is_gone_hides_no_exception(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        with pytest.raises(LookupError):
            async with session.turn(lease=0.1):
                proxy.refuse()
                raise LookupError
        proxy.accept()
        async with session.turn(lease=0.1) as turn:
            await turn.add_items(talk("a"))
            turn.rollback()
            proxy.refuse()


async def test_a_lease_is_a_lock_that_expires(server: Server, reader: RedisSession) -> None:
    async with reader.turn(lease=20):
        milliseconds = server.command("PTTL", LOCK)
        assert isinstance(milliseconds, int)
        assert 15_000 < milliseconds <= 20_000
        holder = server.command("GET", LOCK)
        assert isinstance(holder, bytes)
        assert holder.startswith(b"turn:")
    assert not is_held(server)
