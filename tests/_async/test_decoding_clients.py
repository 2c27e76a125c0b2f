# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Clients that decode every reply, as redis-py 5.0 has one, whatever they are asked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession, RedisSessionManager, TurnConflictError

from .._aio import Connection, ConnectionPool, Redis
from ..support.internals import new_pop, script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..support.server import Server

KEY = "openai_agents_session:user-123"

A: Any = {"role": "user", "content": "a"}
# Of every length, the first and the last; what stands between them has another first byte.
EVERY: Any = {
    "role": "user",
    "content": "\x7f \x80\u07ff \u0800\u0fff\u1000\ucfff\ud000\ud7ff\ue000\uffff "
    "\U00010000\U0003ffff\U00040000\U000fffff\U00100000\U0010ffff",
}

BROKEN: dict[str, bytes] = {
    "no beginning": b"\x80",
    "no end": b"\xc3",
    "no end, of three bytes": b"\xe2\x82",
    "no end, of four bytes": b"\xf0\x9f\x98",
    "one byte as two": b"\xc1\xbf",
    "two bytes as three": b"\xe0\x9f\xbf",
    "three bytes as four": b"\xf0\x8f\xbf\xbf",
    "a surrogate": b"\xed\xa0\x80",
    "past the last one": b"\xf4\x90\x80\x80",
    "far past the last one": b"\xf5\x80\x80\x80",
    "none at all": b"\xff",
    "one after another that is right": b"\xc3\xa9\xa9",
}


class Decoding(Connection):
    """Decodes what it was asked not to."""

    async def read_response(
        self, disable_decoding: bool = False, *args: Any, **options: Any
    ) -> Any:
        return await super().read_response(False, *args, **options)


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Redis]:
    make: Any = ConnectionPool
    pool = make(
        connection_class=Decoding, host=server.host, port=server.port, decode_responses=True
    )
    client = Redis(connection_pool=pool)
    yield client
    await client.aclose()
    await pool.disconnect()


def element(content: bytes) -> bytes:
    return b'{"role":"user","content":"' + content + b'"}'


async def test_every_operation(client: Redis) -> None:
    session = RedisSession("user-123", client, ttl=100, max_items=10)
    await session.add_items([A, EVERY])
    assert await session.get_items() == [A, EVERY]
    assert await session.get_items(limit=1) == [EVERY]
    assert await session.pop_item() == EVERY
    assert await session.count() == 1
    assert await session.expires_in() == 100
    await session.replace_items([EVERY])
    assert await session.get_items() == [EVERY]
    await session.clear_session()
    assert await session.pop_item() is None
    manager = RedisSessionManager(client)
    assert await manager.store_message("user-123", "user", "\u00e9") is True
    [message] = await manager.get_history("user-123")
    assert message["content"] == "\u00e9"
    assert [session_id async for session_id in manager.session_ids()] == ["user-123"]


@pytest.mark.parametrize("ttl", [None, 100])
@pytest.mark.parametrize("name", BROKEN)
async def test_elements_that_are_not_utf8_are_passed_over(
    server: Server, client: Redis, ttl: int | None, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    session = RedisSession("user-123", client, ttl=ttl)
    server.command("RPUSH", KEY, "no JSON")
    await session.add_items([EVERY])
    server.command("RPUSH", KEY, element(BROKEN[name]), b"")
    await session.add_items([A])
    server.command("RPUSH", KEY, element(BROKEN[name]))
    with server.monitor() as monitor, caplog.at_level(logging.WARNING, "openai_agents_session"):
        assert await session.get_items() == [EVERY, A]
        assert await session.get_items(limit=1) == [A]
        assert (await session.expires_in() is None) is (ttl is None)
        assert await session.pop_item() == A
        assert await session.get_items(limit=2) == [EVERY]
        assert await session.pop_item() == EVERY
        assert await session.pop_item() is None
        assert await session.count() == 0
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "skipped 4 element(s) that are not JSON objects, at position(s) 0, 2, 3, 5",
        "skipped 1 element(s) that are not JSON objects, at position(s) -1",
        "dropped 1 element(s) that are not JSON objects, at position(s) 5",
        "skipped 3 element(s) that are not JSON objects, at position(s) -4, -2, -1",
        "dropped 2 element(s) that are not JSON objects, at position(s) 3, 2",
        "dropped 1 element(s) that are not JSON objects, at position(s) 0",
    ]
    digests = [command[1] for command in monitor.commands if command[0] == b"EVALSHA"]
    assert digests.count(script("readable.READABLE").sha.encode()) > 2
    assert digests.count(script("readable.READABLE_POP").sha.encode()) == 2


async def test_what_is_only_read_stays_as_it_is(server: Server, client: Redis) -> None:
    elements = [element(broken) for broken in BROKEN.values()]
    server.command("RPUSH", KEY, *elements)
    assert await RedisSession("user-123", client, ttl=100).get_items() == []
    assert server.command("LRANGE", KEY, 0, -1) == elements


async def test_what_was_dropped_can_be_put_back_as_it_was(server: Server, client: Redis) -> None:
    session = RedisSession("user-123", client)
    server.command("RPUSH", KEY, element(b"\xff"))
    pop = new_pop(session)
    assert (await pop.take(), pop.position) == (b"", 0)
    await pop.put_back()
    assert server.command("LRANGE", KEY, 0, -1) == [element(b"\xff")]


@pytest.mark.parametrize("limit", [None, 2, 50])
@pytest.mark.parametrize("name", BROKEN)
async def test_a_turn_passes_over_elements_that_are_not_utf8(
    server: Server, client: Redis, name: str, limit: int | None
) -> None:
    session = RedisSession("user-123", client, ttl=100, session_settings={"limit": limit})
    server.command("RPUSH", KEY, element(BROKEN[name]), b"")
    await session.add_items([EVERY])
    server.command("RPUSH", KEY, element(BROKEN[name]))
    await session.add_items([A])
    before = server.command("LRANGE", KEY, 0, -1)
    assert isinstance(before, list)
    async with session.turn("task-1") as turn:
        assert await turn.get_items() == [EVERY, A]
        await turn.add_items([EVERY])
        assert await turn.get_items(limit=10) == [EVERY, A, EVERY]
    async with session.turn("task-1") as again:
        assert again.repeated
        assert again.items == [EVERY]
    after = server.command("LRANGE", KEY, 0, -1)
    assert isinstance(after, list)
    assert after[:-1] == before
    assert await session.get_items(limit=10) == [EVERY, A, EVERY]


async def test_a_turn_removes_what_is_not_utf8(server: Server, client: Redis) -> None:
    session = RedisSession("user-123", client)
    await session.add_items([A, EVERY])
    server.command("RPUSH", KEY, element(b"\xff"))
    async with session.turn() as turn:
        assert await turn.pop_item() == EVERY
    assert await session.get_items() == [A]
    server.command("LPUSH", KEY, element(b"\xff"))
    async with session.turn() as turn:
        await turn.replace_items([EVERY])
    assert await session.get_items() == [EVERY]


async def test_a_turn_that_could_not_read_it_all_still_finds_a_conflict(
    server: Server, client: Redis
) -> None:
    session = RedisSession("user-123", client)
    server.command("RPUSH", KEY, element(b"\xff"))
    await session.add_items([A, EVERY])
    for position in (0, 1):
        with pytest.raises(TurnConflictError):
            await change_in_a_turn(server, session, position)
    assert await session.count() == 3


async def change_in_a_turn(server: Server, session: RedisSession, position: int) -> None:
    async with session.turn() as turn:
        await turn.add_items([A])
        server.command("LSET", KEY, position, element(b"other"))


async def test_a_turn_that_waits_passes_over_elements_that_are_not_utf8(
    server: Server, client: Redis
) -> None:
    session = RedisSession("user-123", client)
    await session.add_items([A])
    server.command("RPUSH", KEY, element(b"\xff"))
    server.command("SET", "{openai_agents_session:user-123}:~lock", "turn:other:1:", "PX", 300)
    async with session.turn() as turn:
        assert await turn.get_items() == [A]
        await turn.add_items([EVERY])
    assert await session.get_items() == [A, EVERY]


async def test_a_turn_reads_more_than_it_did_at_first(server: Server, client: Redis) -> None:
    session = RedisSession("user-123", client, session_settings={"limit": 1})
    server.command("RPUSH", KEY, element(b"\xff"))
    await session.add_items([EVERY, A])
    async with session.turn() as turn:
        assert await turn.get_items() == [A]
        assert await turn.get_items(limit=5) == [EVERY, A]
        await turn.add_items([A])
    assert await session.get_items(limit=5) == [EVERY, A, A]
