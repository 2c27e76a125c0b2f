# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What a turn reads, removes and trims, and how many requests it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openai_agents_session import RedisSession, RedisSessionManager

from ..support.turns import KEY, called, said, stored, talk, user

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


async def warm_up(session: RedisSession) -> None:
    """Let the server learn the scripts that begin and end a turn."""
    async with session.turn() as turn:
        await turn.add_items(talk("a"))
        turn.rollback()


async def test_a_limit_in_the_settings(server: Server, proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url, session_settings={"limit": 3}) as session:
        await session.add_items(talk("a", "b"))
        await warm_up(session)
        async with session.turn() as turn:
            before = proxy.stats.requests
            assert await turn.get_items() == talk("a", "b")[1:]
            await turn.add_items([user("c")])
            assert await turn.get_items() == [*talk("b"), user("c")]
            assert await turn.get_items(limit=2) == [said("B"), user("c")]
            assert await turn.get_items(limit=4) == [*talk("a", "b"), user("c")][1:]
            assert proxy.stats.requests == before
            assert await turn.get_items(limit=9) == [*talk("a", "b"), user("c")]
            assert await turn.get_items(limit=9, skip=1) == talk("a", "b")
            assert proxy.stats.requests == before + 1
        assert len(stored(server)) == 5


async def test_a_limit_of_zero(server: Server, proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url, session_settings={"limit": 0}) as session:
        await session.add_items(talk("a"))
        await warm_up(session)
        async with session.turn() as turn:
            before = proxy.stats.requests
            await turn.add_items([user("b")])
            assert await turn.get_items() == []
            assert await turn.get_items(limit=1) == [user("b")]
            assert proxy.stats.requests == before
            assert await turn.get_items(limit=2) == [said("A"), user("b")]
            assert proxy.stats.requests == before + 1
        async with session.turn() as turn:
            assert await turn.pop_item() == user("b")
        assert len(stored(server)) == 2


@pytest.mark.parametrize("ttl", [None, 100])
async def test_a_turn_is_two_requests(proxy: FaultProxy, ttl: int | None) -> None:
    async with RedisSession.from_url("ada", proxy.url, ttl=ttl) as session:
        for key in ("task-0", "task-1"):  # the server learns the scripts with the first
            requests, commands = proxy.stats.requests, proxy.stats.commands
            async with session.turn(key) as turn:
                assert proxy.stats.requests == requests + 1 or key == "task-0"
                await turn.get_items()
                await turn.add_items([user("a")])
                await turn.add_items(called(1))
                await turn.add_items([said("A")])
                await turn.get_items()
                assert proxy.stats.commands == commands + 2 or key == "task-0"
        assert proxy.stats.requests == requests + 2
        assert proxy.stats.commands == commands + 3
        async with session.turn("task-1") as again:
            assert again.repeated
        assert proxy.stats.requests == requests + 3


async def test_only_its_commit_trims(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url, max_items=4) as session:
        await session.add_items(talk("a", "b"))
        async with session.turn("task-1") as turn:
            await turn.add_items(talk("d"))
            await session.add_items(talk("c"))
            assert await session.get_items() == talk("a", "b", "c")
            assert await turn.get_items() == talk("a", "b", "d")
        assert await session.get_items() == talk("c", "d")
        await session.add_items(talk("e"))
        assert await session.get_items() == talk("d", "e")
        async with session.turn("task-1") as again:
            assert again.items == talk("d")
        await session.add_items(talk("f", "g"))
        async with session.turn("task-1") as again:
            assert again.repeated
            assert again.items == []


async def test_lifetimes(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url, ttl=100) as session:
        async with session.turn() as turn:
            await turn.add_items(talk("a"))
        assert await session.expires_in() == 100
        server.command("EXPIRE", KEY, "5")
        async with session.turn():
            assert await session.expires_in() == 100
        server.command("PERSIST", KEY)
        async with session.turn() as turn:
            await turn.pop_item()
        assert await session.expires_in() is None
        async with session.turn() as turn:
            await turn.add_items([said("A")])
        assert await session.expires_in() == 100


async def test_a_conversation_outlives_its_turn(server: Server, reader: RedisSession) -> None:
    await reader.add_items(talk("a"))
    server.command("EXPIRE", KEY, "2")
    async with reader.turn(lease=60):
        seconds = await reader.expires_in()
        assert seconds is not None
        assert seconds > 55


async def test_pop_inside_a_turn(session: RedisSession) -> None:
    await session.add_items(talk("a", "b"))
    async with session.turn() as turn:
        await turn.add_items([user("c")])
        assert await turn.pop_item() == user("c")
        assert await turn.pop_item() == said("B")
        assert await turn.get_items() == talk("a", "b")[:3]
        assert await session.get_items() == talk("a", "b")
        await turn.add_items([said("new")])
        assert turn.items == [said("new")]
    assert await session.get_items() == [*talk("a"), user("b"), said("new")]
    async with session.turn() as turn:
        for _ in range(4):
            assert await turn.pop_item() is not None
        assert await turn.pop_item() is None
    assert await session.get_items() == []


async def test_clear_and_replace_inside_a_turn(session: RedisSession) -> None:
    await session.add_items(talk("a", "b"))
    async with session.turn() as turn:
        await turn.replace_items(talk("c"))
        assert await turn.get_items() == talk("c")
        assert await session.get_items() == talk("a", "b")
        assert turn.items == talk("c")
    assert await session.get_items() == talk("c")
    async with session.turn() as turn:
        await turn.clear_session()
        assert await turn.get_items() == []
        await turn.add_items([user("d")])
    assert await session.get_items() == [user("d")]
    assert await session.expires_in() == 100
    async with session.turn("task-1") as turn:
        await turn.clear_session()
    assert await session.count() == 0
    async with session.turn("task-1") as again:
        assert again.repeated
        assert again.items == []


async def test_elements_that_are_not_items(
    server: Server, reader: RedisSession, caplog: pytest.LogCaptureFixture
) -> None:
    await reader.add_items(talk("a"))
    server.command("RPUSH", KEY, "broken", b"\xff")
    async with reader.turn() as turn:
        assert await turn.get_items() == talk("a")
        assert "skipped 2 element(s)" in caplog.text
        await turn.add_items(talk("b"))
    assert stored(server)[2:4] == [b"broken", b"\xff"]
    assert await reader.get_items() == talk("a", "b")
    async with reader.turn() as turn:
        for item in reversed(talk("a", "b")):
            assert await turn.pop_item() == item
    assert "dropped 2 element(s)" in caplog.text
    assert stored(server) == []


async def test_a_limit_counts_items(server: Server) -> None:
    url, settings = server.url, {"limit": 2}
    async with RedisSession.from_url("ada", url, session_settings=settings) as session:
        await session.add_items(talk("a"))
        server.command("RPUSH", KEY, "broken", "broken")
        async with session.turn() as turn:
            assert await turn.get_items() == talk("a")


async def test_a_managed_session_shows_messages_without_metadata(real_client: Redis) -> None:
    async with RedisSessionManager(real_client) as manager:
        await manager.store_message("ada", "user", "Hello", {"page": 1})
        async with manager.session("ada").turn() as turn:
            assert await turn.get_items() == [user("Hello")]
            await turn.add_items([said("Hi")])
        history = await manager.get_history("ada")
        assert [item.get("metadata") for item in history] == [{"page": 1}, None]
