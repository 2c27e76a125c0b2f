# Generated from tests/_async/test_idempotency_keys.py by tools/generate.py; edit that file instead.
"""A batch that is added under a caller's key is added once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import pytest

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .._blocking import together

if TYPE_CHECKING:
    from .._blocking import Redis
    from ..support.proxy import FaultProxy
    from ..support.server import Server

KEY = "{openai_agents_session:user-123}:~k"


def items(*texts: str) -> list[Any]:
    return [{"role": "user", "content": text} for text in texts]


def test_a_key_stands_for_one_batch(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=100)
    for _ in range(3):
        session.add_items(items("a", "b"), idempotency_key="message-1")
    session.add_items(items("c"), idempotency_key="message-2")
    session.add_items(items("d"))
    assert session.get_items() == items("a", "b", "c", "d")
    assert session.expires_in() == 100
    SyncRedisSession("other", client).add_items(items("e"), idempotency_key="message-1")
    assert SyncRedisSession("other", client).count() == 1


def test_another_batch_is_not_stored(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with SyncRedisSession.from_url("user-123", server.url) as session:
        session.add_items(items("a"), idempotency_key="message-1")
        with caplog.at_level(logging.WARNING, "openai_agents_session"):
            session.add_items(items("a"), idempotency_key="message-1")
            assert caplog.records == []
            session.add_items(items("what nobody may read"), idempotency_key="message-1")
        assert session.get_items() == items("a")
    [record] = caplog.records
    assert "an idempotency_key was used for two different batches" in record.getMessage()
    assert session.key in record.getMessage()
    assert "nobody" not in record.getMessage()


def test_a_redelivery_does_not_bring_back_what_was_cleared(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items(items("a"), idempotency_key="message-1")
    session.clear_session()
    session.add_items(items("a"), idempotency_key="message-1")
    assert session.get_items() == []


def test_keys_of_turns_are_others(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items(items("a"), idempotency_key="message-1")
    with session.turn("message-1") as turn:
        assert not turn.repeated
        turn.add_items(items("b"))
    session.add_items(items("a"), idempotency_key="message-1")
    assert session.get_items() == items("a", "b")


@pytest.mark.parametrize("mode", ["cut_after", "cut_before"])
def test_a_lost_reply(proxy: FaultProxy, mode: Any) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url) as session:
        for number in range(3):
            proxy.arm(mode, b"EVAL")
            session.add_items(items(str(number)), idempotency_key=f"message-{number}")
        assert proxy.stats.fired == 3
        assert session.get_items() == items("0", "1", "2")


def test_many_callers_at_once(server: Server) -> None:
    def add() -> None:
        with SyncRedisSession.from_url("user-123", server.url) as session:
            session.add_items(items("a"), idempotency_key="message-1")

    together(*[add] * 10)
    with SyncRedisSession.from_url("user-123", server.url) as session:
        assert session.get_items() == items("a")


def test_old_turns_go_as_for_any_batch(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, max_items=2)
    session.add_items(items("a", "b"), idempotency_key="message-1")
    for _ in range(2):
        session.add_items(items("c"), idempotency_key="message-2")
    assert session.get_items() == items("b", "c")


def test_a_key_is_forgotten_after_a_day(server: Server) -> None:
    with SyncRedisSession.from_url("user-123", server.url) as session:
        session.add_items(items("a"), idempotency_key="message-1")
        ttl = server.command("TTL", KEY)
        assert isinstance(ttl, int)
        assert 86_000 < ttl <= 86_400
        field, record = cast("list[bytes]", server.command("HGETALL", KEY))
        assert b"message-1" not in field
        expired = b"1 " + record.split(b" ", 1)[1]
        server.command("HSET", KEY, field, expired)
        session.add_items(items("a"), idempotency_key="message-1")
        assert session.get_items() == items("a", "a")
        server.command("HSET", KEY, "forgotten", b"1 0")
        for number in range(20):  # each one looks at a few records
            session.add_items(items("b"), idempotency_key=f"message-{number}")
        assert server.command("HEXISTS", KEY, "forgotten") == 0


@pytest.mark.parametrize(("key", "error"), [("", ValueError), (5, TypeError), (b"k", TypeError)])
def test_a_key_that_is_none(client: Redis, key: Any, error: Any) -> None:
    with pytest.raises(error, match="idempotency_key must"):
        SyncRedisSession("user-123", client).add_items(items("a"), idempotency_key=key)
    assert SyncRedisSession("user-123", client).count() == 0


def test_a_message_of_a_manager(server: Server) -> None:
    with SyncRedisSessionManager(url=server.url) as manager:
        for _ in range(2):
            assert manager.store_message("ada", "user", "Hi", idempotency_key="message-1")
        assert len(manager.get_history("ada")) == 1
