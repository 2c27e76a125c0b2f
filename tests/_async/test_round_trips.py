# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""One operation is one round trip and one command, counted on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

from ..support.proxy import FaultProxy

if TYPE_CHECKING:
    from .._aio import Action, Redis
    from ..support.server import Server

BATCH: Any = [{"role": "user", "content": str(n)} for n in range(5)]


@pytest.mark.parametrize("ttl", [None, 100])
async def test_one_command_per_operation(
    server: Server, real_client: Redis, ttl: int | None
) -> None:
    session = RedisSession("user-123", real_client, ttl=ttl)
    read = ["LRANGE"] if ttl is None else ["LRANGE", "EVALSHA"]
    operations: list[tuple[Action, list[str]]] = [
        (lambda: session.add_items(BATCH), ["EVALSHA"]),
        (session.get_items, read),
        (lambda: session.get_items(limit=2), read),
        (lambda: session.get_items(limit=0), []),
        (session.pop_item, ["EVALSHA"]),
        (lambda: session.replace_items(BATCH), ["EVALSHA"]),
        (session.count, ["LLEN"]),
        (session.expires_in, ["LLEN", "TTL"]),
        (session.ping, ["PING"]),
        (session.clear_session, ["EVALSHA"]),
        (lambda: session.add_items([]), []),
    ]
    for operation, _ in operations:  # the server learns the scripts
        await operation()
    for operation, expected in operations:
        with server.monitor() as monitor:
            await operation()
        assert [command[0].decode() for command in monitor.commands] == expected


@pytest.mark.parametrize("ttl", [None, 100])
async def test_one_round_trip_per_operation(server: Server, ttl: int | None) -> None:
    with FaultProxy(server.host, server.port) as proxy:
        url = f"redis://{proxy.host}:{proxy.port}"
        async with RedisSession.from_url("user-123", url, ttl=ttl) as session:
            operations: list[Action] = [
                lambda: session.add_items(BATCH),
                session.get_items,
                session.pop_item,
                lambda: session.replace_items(BATCH),
                session.count,
                session.expires_in,
                session.clear_session,
            ]
            for operation in operations:
                await operation()
            for operation in operations:
                before = proxy.stats.requests
                await operation()
                assert proxy.stats.requests == before + 1
