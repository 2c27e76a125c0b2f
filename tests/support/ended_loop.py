"""Run as a program: use clients in a loop that ends, and then in sessions in another loop.

It is a process of its own because what is left of the first loop complains when it is collected.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import redis.asyncio

from openai_agents_session import RedisSession, RedisSessionManager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ITEMS: Any = [{"role": "user", "content": "Hello"}]


async def list_sessions(session: RedisSession) -> None:
    client: Any = session._transport
    async for _ in RedisSessionManager(client).session_ids():
        pass


USES: dict[str, Callable[[RedisSession], Awaitable[object]]] = {
    "get_items": lambda session: session.get_items(),
    "add_items": lambda session: session.add_items(ITEMS),
    "pop_item": lambda session: session.pop_item(),
    "clear_session": lambda session: session.clear_session(),
    "replace_items": lambda session: session.replace_items(ITEMS),
    "count": lambda session: session.count(),
    "ping": lambda session: session.ping(),
    "lock": lambda session: session.lock(blocking_timeout=0).acquire(),
    "session_ids": list_sessions,
}


def make_client(kind: str, host: str, port: int) -> Any:
    """Make a client of the kind that a test names."""
    make: Any = redis.asyncio.Redis
    if kind == "cluster":
        make = redis.asyncio.RedisCluster
    elif kind == "blocking pool":
        pool: Any = redis.asyncio.BlockingConnectionPool
        return make(connection_pool=pool(host=host, port=port))
    options: dict[str, dict[str, Any]] = {
        "single connection": {"single_connection_client": True},
        "decoded": {"decode_responses": True},
        "resp3": {"protocol": 3},
    }
    return make(host=host, port=port, **options.get(kind, {}))


def use_all(kind: str, host: str, port: int) -> None:
    """Print what each use of a session says, a line for each."""
    for name, use in USES.items():
        client = make_client(kind, host, port)
        asyncio.run(client.get("anything"))
        try:
            asyncio.run(_use(use, client))
        except RuntimeError as error:
            print(f"{kind}, {name}: {error}")
        else:
            print(f"{kind}, {name}: no error")


async def _use(use: Callable[[RedisSession], Awaitable[object]], client: Any) -> None:
    await use(RedisSession("ada", client))


if __name__ == "__main__":
    for each in sys.argv[3:]:
        use_all(each, sys.argv[1], int(sys.argv[2]))
