# Generated from tests/_async/test_turn_bypassed.py by tools/generate.py; edit that file instead.
"""A warning about items that are added to the session, not to the turn that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from ..support.turns import talk

if TYPE_CHECKING:
    import pytest

    from .._blocking import Redis
    from ..support.server import Server

WARNING = (
    "session key 'openai_agents_session:ada': items were added to the session inside one of its "
    "turns; they are stored immediately, and do not belong to the turn. Pass the turn to the "
    "Runner, not the session"
)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_a_session_in_its_own_turn(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = SyncRedisSession("ada", real_client)
    for _ in range(2):
        caplog.clear()
        with session.turn() as turn:
            session.get_items()
            turn.add_items(talk("a"))
            session.add_items([])
            assert warnings(caplog) == []
            session.add_items(talk("secret"))
            assert warnings(caplog) == [WARNING]
            session.add_items(talk("secret"))  # as the Runner does, after each step
        session.add_items(talk("b"))
        assert warnings(caplog) == [WARNING]


def test_a_session_with_a_maximum(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = SyncRedisSession("ada", real_client, max_items=10)
    with session.turn():
        session.add_items(talk("a"))
    assert warnings(caplog) == [WARNING]


def test_another_session_of_the_same_conversation(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    with SyncRedisSession("ada", real_client).turn():
        SyncRedisSession("ada", real_client).add_items(talk("a"))
    assert warnings(caplog) == [WARNING]


def test_a_manager_in_a_turn(real_client: Redis, caplog: pytest.LogCaptureFixture) -> None:
    with SyncRedisSessionManager(real_client, key_prefix="openai_agents_session") as manager:
        with manager.session("ada").turn():
            manager.store_message("bob", "user", "hello")
            assert warnings(caplog) == []
            manager.store_message("ada", "user", "hello")
        assert warnings(caplog) == [WARNING]


def test_another_conversation(
    server: Server, real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session, bob = SyncRedisSession("ada", real_client), SyncRedisSession("bob", real_client)
    with session.turn() as turn, bob.turn() as other:
        turn.add_items(talk("a"))
        other.add_items(talk("b"))
        SyncRedisSession("eve", real_client).add_items(talk("c"))
        SyncRedisSession("ada", real_client, key_prefix="own").add_items(talk("d"))
    assert warnings(caplog) == []


def test_a_turn_that_was_rolled_back_or_is_repeated(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = SyncRedisSession("ada", real_client)
    with session.turn("task-1") as turn:
        turn.add_items(talk("a"))
        turn.rollback()
        session.add_items(talk("stopped"))
    with session.turn("task-1") as turn:
        turn.add_items(talk("a"))
    with session.turn("task-1") as turn:
        assert turn.repeated
        session.add_items(talk("b"))
    assert warnings(caplog) == []


def test_a_batch_with_a_key_is_meant_to_be_stored_at_once(
    real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    session = SyncRedisSession("ada", real_client)
    with session.turn():
        session.add_items(talk("a"), idempotency_key="message-1")
    assert warnings(caplog) == []
