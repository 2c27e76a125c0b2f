# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Listing the sessions: all of them, nothing else, and without blocking the server."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest
import redis

from openai_agents_session import RedisSessionManager

from .._aio import together

if TYPE_CHECKING:
    from .._aio import Redis, RedisCluster
    from ..support.cluster import Cluster
    from ..support.server import Server

MESSAGE = '{"role": "user", "content": "Hello", "metadata": {}}'
MANY = 10_000


async def ids_of(manager: RedisSessionManager, match: str | None = None) -> list[str]:
    """List the sessions, in order."""
    return sorted([session_id async for session_id in manager.session_ids(match)])


async def fill(client: Redis | RedisCluster) -> None:
    """Store many sessions."""
    for start in range(0, MANY, 1000):
        pipeline = client.pipeline()
        for n in range(start, start + 1000):
            pipeline.rpush(f"session:user-{n}", MESSAGE)
        await pipeline.execute()


async def list_while_others_write(manager: RedisSessionManager) -> tuple[list[str], int]:
    """List the sessions while new ones come, old ones grow and others go."""
    listed: list[str] = []
    written = 0

    async def read() -> None:
        listed.extend([session_id async for session_id in manager.session_ids()])

    async def write() -> None:
        nonlocal written
        while not listed:
            new = f"new-{uuid4()}"
            assert await manager.store_message(new, "user", "Hello")
            assert await manager.store_message(f"user-{written % MANY}", "user", "Hello")
            if written % 2:
                assert await manager.clear_session(new)
            written += 1

    await together(read, write)
    return listed, written


def check(listed: list[str], written: int) -> None:
    """Check that the list is complete, and names no session twice."""
    assert {f"user-{n}" for n in range(MANY)} <= set(listed)
    assert len(set(listed)) == len(listed)
    assert written > 0


async def test_ten_thousand_sessions_while_others_write(server: Server, real_client: Redis) -> None:
    await fill(real_client)
    manager = RedisSessionManager(real_client, ttl=None)
    with server.monitor() as monitor:
        listed, written = await list_while_others_write(manager)
    check(listed, written)
    assert "SCAN" in monitor.names
    assert not {"KEYS", "LRANGE", "EXPIRE", "TYPE"} & set(monitor.names)
    pages = [command for command in monitor.commands if command[0] == b"SCAN"]
    assert all(b"TYPE" in page and b"list" in page for page in pages)
    assert 10 <= len(pages) <= 40


async def test_ten_thousand_sessions_on_a_cluster_while_others_write(
    cluster: Cluster, cluster_client: RedisCluster
) -> None:
    await fill(cluster_client)
    manager = RedisSessionManager(cluster_client, ttl=None)
    with ExitStack() as stack:
        monitors = [stack.enter_context(node.monitor()) for node in cluster.nodes]
        listed, written = await list_while_others_write(manager)
    check(listed, written)
    names = [name for monitor in monitors for name in monitor.names]
    assert "KEYS" not in names
    assert sum("SCAN" in monitor.names for monitor in monitors) == 3  # the primaries


@pytest.mark.parametrize("prefix", ["a*b", "a?b", "a[ab]b", "a\\b", "a^b", "[!-]", "{tag}"])
async def test_a_prefix_is_no_pattern(client: Redis, prefix: str) -> None:
    manager = RedisSessionManager(client, key_prefix=prefix)
    for other in ("aab", "axb", "a", "axxb", "[", "x"):
        await RedisSessionManager(client, key_prefix=other).store_message("o", "user", "Hello")
    await manager.store_message("user-123", "user", "Hello")
    assert await ids_of(manager) == ["user-123"]


async def test_match(client: Redis) -> None:
    manager = RedisSessionManager(client)
    for session_id in ("user-1", "user-2", "user-[3]", "bot:1", "é"):
        await manager.store_message(session_id, "user", "Hello")
    assert await ids_of(manager) == sorted(["user-1", "user-2", "user-[3]", "bot:1", "é"])
    assert await ids_of(manager, "user-*") == ["user-1", "user-2", "user-[3]"]
    assert await ids_of(manager, "user-[12]") == ["user-1", "user-2"]
    assert await ids_of(manager, "user-\\[3]") == ["user-[3]"]
    assert await ids_of(manager, "é") == ["é"]
    assert await ids_of(manager, "nobody") == []


@pytest.mark.parametrize("prefix", ["session", "{session}"])
async def test_side_keys_and_other_keys_are_not_shown(client: Redis, prefix: str) -> None:
    manager = RedisSessionManager(client, key_prefix=prefix)
    session = manager.session("user-123")
    await session.add_items([{"role": "user", "content": "a"}])
    await client.set(f"{prefix}:text", "no list")
    await client.rpush(f"{prefix}", "x")
    await client.rpush(f"{prefix}:", "x")
    await client.rpush(f"{prefix}s:other", "x")
    await client.rpush(f"x{prefix}:other", "x")
    no_session = ":no}session" if prefix == "session" else ":user-9:~:lock"
    await client.rpush(prefix + no_session, "x")
    async with session.lock():
        assert await ids_of(manager) == ["user-123"]


async def test_names_that_are_not_utf8_are_passed_over(client: Redis) -> None:
    encoder = cast("Any", client).get_encoder()
    if redis.__version__.startswith("5.0.") and encoder.decode_responses:
        pytest.skip("redis-py 5.0 may decode what it was asked not to")
    await client.rpush(b"session:\xff\xfe", "x")
    manager = RedisSessionManager(client)
    await manager.store_message("user-123", "user", "Hello")
    assert await ids_of(manager) == ["user-123"]


async def test_listing_refreshes_no_ttl(real_client: Redis) -> None:
    manager = RedisSessionManager(real_client, ttl=100)
    await manager.store_message("user-123", "user", "Hello")
    await real_client.expire("session:user-123", 10)
    assert await ids_of(manager) == ["user-123"]
    assert (await manager.stats("user-123")).expires_in == 10
