# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A batch that is added under a caller's key is added once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import pytest

from openai_agents_session import RedisSession, RedisSessionManager

from .._aio import together

if TYPE_CHECKING:
    from .._aio import Redis
    from ..support.proxy import FaultProxy
    from ..support.server import Server

KEY = "{openai_agents_session:user-123}:~k"


def items(*texts: str) -> list[Any]:
    return [{"role": "user", "content": text} for text in texts]


async def test_a_key_stands_for_one_batch(client: Redis) -> None:
    session = RedisSession("user-123", client, ttl=100)
    for _ in range(3):
        await session.add_items(items("a", "b"), idempotency_key="message-1")
    await session.add_items(items("c"), idempotency_key="message-2")
    await session.add_items(items("d"))
    assert await session.get_items() == items("a", "b", "c", "d")
    assert await session.expires_in() == 100
    await RedisSession("other", client).add_items(items("e"), idempotency_key="message-1")
    assert await RedisSession("other", client).count() == 1


async def test_another_batch_is_not_stored(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with RedisSession.from_url("user-123", server.url) as session:
        await session.add_items(items("a"), idempotency_key="message-1")
        with caplog.at_level(logging.WARNING, "openai_agents_session"):
            await session.add_items(items("a"), idempotency_key="message-1")
            assert caplog.records == []
            await session.add_items(items("what nobody may read"), idempotency_key="message-1")
        assert await session.get_items() == items("a")
    [record] = caplog.records
    assert "an idempotency_key was used for two different batches" in record.getMessage()
    assert session.key in record.getMessage()
    assert "nobody" not in record.getMessage()


async def test_a_redelivery_does_not_bring_back_what_was_cleared(client: Redis) -> None:
    session = RedisSession("user-123", client)
    await session.add_items(items("a"), idempotency_key="message-1")
    await session.clear_session()
    await session.add_items(items("a"), idempotency_key="message-1")
    assert await session.get_items() == []


async def test_keys_of_turns_are_others(client: Redis) -> None:
    session = RedisSession("user-123", client)
    await session.add_items(items("a"), idempotency_key="message-1")
    async with session.turn("message-1") as turn:
        assert not turn.repeated
        await turn.add_items(items("b"))
    await session.add_items(items("a"), idempotency_key="message-1")
    assert await session.get_items() == items("a", "b")


@pytest.mark.parametrize("mode", ["cut_after", "cut_before"])
async def test_a_lost_reply(proxy: FaultProxy, mode: Any) -> None:
    async with RedisSession.from_url("user-123", proxy.url) as session:
        for number in range(3):
            proxy.arm(mode, b"EVAL")
            await session.add_items(items(str(number)), idempotency_key=f"message-{number}")
        assert proxy.stats.fired == 3
        assert await session.get_items() == items("0", "1", "2")


async def test_many_callers_at_once(server: Server) -> None:
    async def add() -> None:
        async with RedisSession.from_url("user-123", server.url) as session:
            await session.add_items(items("a"), idempotency_key="message-1")

    await together(*[add] * 10)
    async with RedisSession.from_url("user-123", server.url) as session:
        assert await session.get_items() == items("a")


async def test_old_turns_go_as_for_any_batch(client: Redis) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await session.add_items(items("a", "b"), idempotency_key="message-1")
    for _ in range(2):
        await session.add_items(items("c"), idempotency_key="message-2")
    assert await session.get_items() == items("b", "c")


async def test_a_key_is_forgotten_after_a_day(server: Server) -> None:
    async with RedisSession.from_url("user-123", server.url) as session:
        await session.add_items(items("a"), idempotency_key="message-1")
        ttl = server.command("TTL", KEY)
        assert isinstance(ttl, int)
        assert 86_000 < ttl <= 86_400
        field, record = cast("list[bytes]", server.command("HGETALL", KEY))
        assert b"message-1" not in field
        expired = b"1 " + record.split(b" ", 1)[1]
        server.command("HSET", KEY, field, expired)
        await session.add_items(items("a"), idempotency_key="message-1")
        assert await session.get_items() == items("a", "a")
        server.command("HSET", KEY, "forgotten", b"1 0")
        for number in range(20):  # each one looks at a few records
            await session.add_items(items("b"), idempotency_key=f"message-{number}")
        assert server.command("HEXISTS", KEY, "forgotten") == 0


@pytest.mark.parametrize(("key", "error"), [("", ValueError), (5, TypeError), (b"k", TypeError)])
async def test_a_key_that_is_none(client: Redis, key: Any, error: Any) -> None:
    with pytest.raises(error, match="idempotency_key must"):
        await RedisSession("user-123", client).add_items(items("a"), idempotency_key=key)
    assert await RedisSession("user-123", client).count() == 0


async def test_a_message_of_a_manager(server: Server) -> None:
    async with RedisSessionManager(url=server.url) as manager:
        for _ in range(2):
            assert await manager.store_message("ada", "user", "Hi", idempotency_key="message-1")
        assert len(await manager.get_history("ada")) == 1
