"""The tests' bridge for the blocking API; `_aio` has the same names for the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

from fakeredis import FakeRedis
from redis import BlockingConnectionPool, Connection, ConnectionPool, Redis, RedisCluster
from redis.retry import Retry
from redis.sentinel import Sentinel

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

Action: TypeAlias = Callable[[], Any]

CLASS_FOR_WRONG_CLIENT = "RedisSession"


def together(*calls: Callable[[], T]) -> list[T]:
    """Make calls at the same time, each in its thread; return their results in order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def in_thread(call: Callable[[], T]) -> T:
    """Make a blocking call; in a thread of `together` it blocks no other call."""
    return call()


def pause(seconds: float) -> None:
    """Wait, for what only time brings: the end of a lease."""
    time.sleep(seconds)


def wrong_client() -> Any:
    """Return a client of the other kind; it connects to nothing."""
    import redis.asyncio

    return redis.asyncio.Redis()
