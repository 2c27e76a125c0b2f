# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A warning about items that are added to the session, not to the turn that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_agents_session import RedisSession, RedisSessionManager

from ..support.turns import talk

if TYPE_CHECKING:
    import pytest

    from .._aio import Redis
    from ..support.server import Server

WARNING = (
    "session key 'openai_agents_session:ada': items were added to the session inside one of its "
    "turns; they are stored immediately, and do not belong to the turn. Pass the turn to the "
    "Runner, not the session"
)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_a_session_in_its_own_turn(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = RedisSession("ada", real_client)
    for _ in range(2):
        caplog.clear()
        async with session.turn() as turn:
            await session.get_items()
            await turn.add_items(talk("a"))
            await session.add_items([])
            assert warnings(caplog) == []
            await session.add_items(talk("secret"))
            assert warnings(caplog) == [WARNING]
            await session.add_items(talk("secret"))  # as the Runner does, after each step
        await session.add_items(talk("b"))
        assert warnings(caplog) == [WARNING]


async def test_a_session_with_a_maximum(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = RedisSession("ada", real_client, max_items=10)
    async with session.turn():
        await session.add_items(talk("a"))
    assert warnings(caplog) == [WARNING]


async def test_another_session_of_the_same_conversation(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async with RedisSession("ada", real_client).turn():
        await RedisSession("ada", real_client).add_items(talk("a"))
    assert warnings(caplog) == [WARNING]


async def test_a_manager_in_a_turn(real_client: Redis, caplog: pytest.LogCaptureFixture) -> None:
    async with RedisSessionManager(real_client, key_prefix="openai_agents_session") as manager:
        async with manager.session("ada").turn():
            await manager.store_message("bob", "user", "hello")
            assert warnings(caplog) == []
            await manager.store_message("ada", "user", "hello")
        assert warnings(caplog) == [WARNING]


async def test_another_conversation(
    server: Server, real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session, bob = RedisSession("ada", real_client), RedisSession("bob", real_client)
    async with session.turn() as turn, bob.turn() as other:
        await turn.add_items(talk("a"))
        await other.add_items(talk("b"))
        await RedisSession("eve", real_client).add_items(talk("c"))
        await RedisSession("ada", real_client, key_prefix="own").add_items(talk("d"))
    assert warnings(caplog) == []


async def test_a_turn_that_was_rolled_back_or_is_repeated(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = RedisSession("ada", real_client)
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
        turn.rollback()
        await session.add_items(talk("stopped"))
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    async with session.turn("task-1") as turn:
        assert turn.repeated
        await session.add_items(talk("b"))
    assert warnings(caplog) == []


async def test_a_batch_with_a_key_is_meant_to_be_stored_at_once(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = RedisSession("ada", real_client)
    async with session.turn():
        await session.add_items(talk("a"), idempotency_key="message-1")
    assert warnings(caplog) == []
