# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A turn is known by its key: repeated, it has its items, and stores nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

from ..support.turns import RECORDS, called, said, talk, user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .._aio import Redis
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


@pytest.mark.parametrize("key", ["", 7, b"task-1", ["task-1"]])
async def test_keys_that_are_refused(reader: RedisSession, key: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="idempotency_key"):
        reader.turn(key)


@pytest.mark.parametrize("name", ["timeout", "lease", "blocking_timeout"])
@pytest.mark.parametrize("value", [-1, math.nan, math.inf, "1", True])
async def test_times_that_are_refused(reader: RedisSession, name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        reader.turn(**{name: value})


@pytest.mark.parametrize("key", ["a" * 10_000, "\ud800", "a b:c\n", "ä"])
async def test_every_other_text_is_a_key(reader: RedisSession, key: str) -> None:
    async with reader.turn(key) as turn:
        await turn.add_items(talk("a"))
    async with reader.turn(key) as again:
        assert again.repeated


async def test_keys_belong_to_one_conversation(server: Server, reader: RedisSession) -> None:
    async with reader.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    async with (
        RedisSession.from_url("bob", server.url) as other,
        other.turn("task-1") as turn,
    ):
        assert not turn.repeated


async def test_a_turn_with_a_known_key_is_repeated(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    await session.add_items(talk("b"))
    async with session.turn("task-1", blocking_timeout=0) as again:
        assert again.repeated
        assert again.items == turn.items == talk("a")
        assert again.output_text == "A"
        assert await again.get_items() == talk("a", "b")
        for change in (again.add_items, again.replace_items):
            with pytest.raises(RuntimeError, match=r"check turn\.repeated"):
                await change(talk("c"))
        for remove in (again.pop_item, again.clear_session):
            with pytest.raises(RuntimeError, match=r"check turn\.repeated"):
                await remove()
    assert again.items == talk("a")
    assert again.output_text == "A"
    assert await session.get_items() == talk("a", "b")
    async with session.turn("task-2") as other:
        assert not other.repeated


async def test_a_known_key_does_not_wait(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    async with session.lock(), session.turn("task-1", blocking_timeout=0) as again:
        assert again.repeated
        assert again.items == talk("a")


async def test_without_a_key_nothing_is_repeated(server: Server, reader: RedisSession) -> None:
    for _ in range(2):
        async with reader.turn() as turn:
            await turn.add_items(talk("a"))
    assert await reader.get_items() == talk("a", "a")
    assert server.command("EXISTS", RECORDS) == 0


OUTPUTS: dict[str, tuple[list[Any], str | None]] = {
    "text": ([user("a"), {"role": "assistant", "content": "yes"}], "yes"),
    "message": ([user("a"), said("A")], "A"),
    "parts": (
        [{**said("A"), "content": [{"type": "output_text", "text": t} for t in ("one ", "two")]}],
        "one two",
    ),
    "refusal": ([{**said("A"), "content": [{"type": "refusal", "refusal": "no"}]}], None),
    "tool output": ([user("a"), said("A"), *called(1)], None),
    "approval": ([user("a"), called(1)[0]], None),
    "question": ([said("A"), user("b")], None),
    "encrypted": ([{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": "gAAA"}], None),
    "compaction": ([said("A"), {"type": "compaction", "encrypted_content": "gAAA"}], None),
}


@pytest.mark.parametrize("name", OUTPUTS)
async def test_the_text_that_ended_a_turn(reader: RedisSession, name: str) -> None:
    items, text = OUTPUTS[name]
    async with reader.turn("task-1") as turn:
        await turn.add_items(items)
        assert turn.output_text == text
    assert turn.output_text == text
    async with reader.turn("task-1") as again:
        assert again.output_text == text


async def test_records_expire_by_themselves(server: Server, reader: RedisSession) -> None:
    async with reader.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    seconds = server.command("TTL", RECORDS)
    assert isinstance(seconds, int)
    assert 86_390 < seconds <= 86_400
    [key, record] = fields(server)
    server.command("HSET", RECORDS, key, b"1" + record[record.index(b" ") :])  # since 1970
    async with reader.turn("task-1") as again:
        assert not again.repeated
        await again.add_items(talk("b"))
    assert len(fields(server)) == 2


async def test_old_records_are_pruned(server: Server, reader: RedisSession) -> None:
    for number in range(20):
        server.command("HSET", RECORDS, str(number), "1 0 ")
    for number in range(40):
        async with reader.turn(str(number)) as turn:
            await turn.add_items([user("a")])
    old = [value for value in fields(server)[1::2] if value.startswith(b"1 ")]
    assert len(old) < 5


async def test_a_record_holds_no_text(server: Server, reader: RedisSession) -> None:
    async with reader.turn("secret-key") as turn:
        await turn.add_items(talk("secret"))
    assert b"secret" not in b"".join(fields(server)).lower()


def fields(server: Server) -> list[bytes]:
    found = server.command("HGETALL", RECORDS)
    assert isinstance(found, list)
    return [value for value in found if isinstance(value, bytes)]


async def test_records_outlive_a_clear(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    await session.clear_session()
    async with session.turn("task-1") as again:
        assert again.repeated
        assert again.items == []
        assert again.output_text is None
    await session.add_items(talk("b", "a", "c"))
    async with session.turn("task-1") as again:  # as if a trim had moved them
        assert again.items == talk("a")
    assert await session.get_items() == talk("b", "a", "c")
