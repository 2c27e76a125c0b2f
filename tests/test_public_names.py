"""Python's own messages name the classes that users write, not those that these inherit from."""

from __future__ import annotations

import gc
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio

from openai_agents_session import (
    RedisSession,
    RedisSessionManager,
    SyncRedisSession,
    SyncRedisSessionManager,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SESSIONS: list[Any] = [RedisSession, SyncRedisSession]
CLIENTS: dict[Any, Any] = {RedisSession: redis.asyncio.Redis, SyncRedisSession: redis.Redis}


@pytest.mark.parametrize("kind", SESSIONS)
def test_a_session_without_a_client(kind: Any) -> None:
    with pytest.raises(TypeError) as caught:
        kind("user-123")
    said = "__init__() missing 1 required positional argument: 'redis_client'"
    assert str(caught.value) == f"{kind.__name__}.{said}"


@pytest.mark.parametrize("kind", SESSIONS)
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda kind: kind.from_url(), "from_url() missing 1"),
        (lambda kind: kind("ada", CLIENTS[kind](), bogus=1), "__init__() got an unexpected"),
        (lambda kind: kind("ada", CLIENTS[kind]()).lock(1, 2, 3, 4), "lock() takes"),
    ],
)
def test_arguments_of_a_session(kind: Any, call: Callable[[Any], object], said: str) -> None:
    with pytest.raises(TypeError) as caught:
        call(kind)
    assert str(caught.value).startswith(f"{kind.__name__}.{said}")


async def test_arguments_of_what_is_awaited() -> None:
    session: Any = RedisSession("ada", redis.asyncio.Redis())
    manager: Any = RedisSessionManager(redis.asyncio.Redis())
    calls: list[Any] = [lambda: session.count(1), lambda: session.raw_elements(1, 2, 3)]
    for call in calls:
        with pytest.raises(TypeError, match=r"^RedisSession\."):
            await call()
    with pytest.raises(TypeError, match=r"^RedisSessionManager\.get_history\(\) "):
        await manager.get_history()


def test_arguments_of_what_blocks() -> None:
    session: Any = SyncRedisSession("ada", redis.Redis())
    manager: Any = SyncRedisSessionManager(redis.Redis())
    calls: list[Any] = [lambda: session.count(1), lambda: session.raw_elements(1, 2, 3)]
    for call in calls:
        with pytest.raises(TypeError, match=r"^SyncRedisSession\."):
            call()
    with pytest.raises(TypeError, match=r"^SyncRedisSessionManager\.get_history\(\) "):
        manager.get_history()


async def test_a_forgotten_await() -> None:
    session: Any = RedisSession("ada", redis.asyncio.Redis())
    manager: Any = RedisSessionManager(redis.asyncio.Redis())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session.count()
        manager.get_history("ada")
        gc.collect()
    said = [str(warning.message) for warning in caught if warning.category is RuntimeWarning]
    assert said == [
        "coroutine 'RedisSession.count' was never awaited",
        "coroutine 'RedisSessionManager.get_history' was never awaited",
    ]
