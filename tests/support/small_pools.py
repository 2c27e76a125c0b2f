"""Clients with few connections, which leaked ones would soon exhaust."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .proxy import FaultProxy

CONNECTIONS = 10

POOLS: list[Any] = [redis.asyncio.ConnectionPool]
if tuple(map(int, redis.__version__.split(".")[:2])) >= (5, 1):
    # That of redis-py 5.0 loses a connection itself when a call is cancelled as it hands it back.
    POOLS.append(redis.asyncio.BlockingConnectionPool)


@asynccontextmanager
async def client_of_small_pool(kind: Any, proxy: FaultProxy) -> AsyncIterator[redis.asyncio.Redis]:
    """Open a client, through the proxy, whose pool is of this kind."""
    pool = kind(host=proxy.host, port=proxy.port, max_connections=CONNECTIONS)
    client = redis.asyncio.Redis(connection_pool=pool)
    yield client
    await client.aclose()
    await pool.disconnect()
