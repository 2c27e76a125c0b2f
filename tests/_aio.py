"""The tests' bridge for the async API; `_blocking` has the same names for the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

from fakeredis import FakeAsyncRedis as FakeRedis
from redis.asyncio import BlockingConnectionPool, Connection, ConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel

__all__ = [
    "CLASS_FOR_WRONG_CLIENT",
    "Action",
    "BlockingConnectionPool",
    "Connection",
    "ConnectionPool",
    "FakeRedis",
    "Redis",
    "RedisCluster",
    "Retry",
    "Sentinel",
    "in_thread",
    "pause",
    "together",
    "wrong_client",
]

T = TypeVar("T")

Action: TypeAlias = Callable[[], Awaitable[Any]]

CLASS_FOR_WRONG_CLIENT = "SyncRedisSession"


async def together(*calls: Callable[[], Awaitable[T]]) -> list[T]:
    """Make calls at the same time; return their results in order."""
    return list(await asyncio.gather(*(call() for call in calls)))


async def in_thread(call: Callable[[], T]) -> T:
    """Make a blocking call without blocking the other tasks."""
    return await asyncio.to_thread(call)


async def pause(seconds: float) -> None:
    """Wait, for what only time brings: the end of a lease."""
    await asyncio.sleep(seconds)


def wrong_client() -> Any:
    """Return a client of the other kind; it connects to nothing."""
    import redis

    return redis.Redis()
