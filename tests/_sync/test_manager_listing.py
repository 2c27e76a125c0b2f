# Generated from tests/_async/test_manager_listing.py by tools/generate.py; edit that file instead.
"""Listing the sessions: all of them, nothing else, and without blocking the server."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest
import redis

from openai_agents_session import SyncRedisSessionManager

from .._blocking import together

if TYPE_CHECKING:
    from .._blocking import Redis, RedisCluster
    from ..support.cluster import Cluster
    from ..support.server import Server

MESSAGE = '{"role": "user", "content": "Hello", "metadata": {}}'
MANY = 10_000


def ids_of(manager: SyncRedisSessionManager, match: str | None = None) -> list[str]:
    """List the sessions, in order."""
    return sorted([session_id for session_id in manager.session_ids(match)])


def fill(client: Redis | RedisCluster) -> None:
    """Store many sessions."""
    for start in range(0, MANY, 1000):
        pipeline = client.pipeline()
        for n in range(start, start + 1000):
            pipeline.rpush(f"session:user-{n}", MESSAGE)
        pipeline.execute()


def list_while_others_write(manager: SyncRedisSessionManager) -> tuple[list[str], int]:
    """List the sessions while new ones come, old ones grow and others go."""
    listed: list[str] = []
    written = 0

    def read() -> None:
        listed.extend([session_id for session_id in manager.session_ids()])

    def write() -> None:
        nonlocal written
        while not listed:
            new = f"new-{uuid4()}"
            assert manager.store_message(new, "user", "Hello")
            assert manager.store_message(f"user-{written % MANY}", "user", "Hello")
            if written % 2:
                assert manager.clear_session(new)
            written += 1

    together(read, write)
    return listed, written


def check(listed: list[str], written: int) -> None:
    """Check that the list is complete, and names no session twice."""
    assert {f"user-{n}" for n in range(MANY)} <= set(listed)
    assert len(set(listed)) == len(listed)
    assert written > 0


def test_ten_thousand_sessions_while_others_write(server: Server, real_client: Redis) -> None:
    fill(real_client)
    manager = SyncRedisSessionManager(real_client, ttl=None)
    with server.monitor() as monitor:
        listed, written = list_while_others_write(manager)
    check(listed, written)
    assert "SCAN" in monitor.names
    assert not {"KEYS", "LRANGE", "EXPIRE", "TYPE"} & set(monitor.names)
    pages = [command for command in monitor.commands if command[0] == b"SCAN"]
    assert all(b"TYPE" in page and b"list" in page for page in pages)
    assert 10 <= len(pages) <= 40


def test_ten_thousand_sessions_on_a_cluster_while_others_write(
    cluster: Cluster, cluster_client: RedisCluster
) -> None:
    fill(cluster_client)
    manager = SyncRedisSessionManager(cluster_client, ttl=None)
    with ExitStack() as stack:
        monitors = [stack.enter_context(node.monitor()) for node in cluster.nodes]
        listed, written = list_while_others_write(manager)
    check(listed, written)
    names = [name for monitor in monitors for name in monitor.names]
    assert "KEYS" not in names
    assert sum("SCAN" in monitor.names for monitor in monitors) == 3  # the primaries


@pytest.mark.parametrize("prefix", ["a*b", "a?b", "a[ab]b", "a\\b", "a^b", "[!-]", "{tag}"])
def test_a_prefix_is_no_pattern(client: Redis, prefix: str) -> None:
    manager = SyncRedisSessionManager(client, key_prefix=prefix)
    for other in ("aab", "axb", "a", "axxb", "[", "x"):
        SyncRedisSessionManager(client, key_prefix=other).store_message("o", "user", "Hello")
    manager.store_message("user-123", "user", "Hello")
    assert ids_of(manager) == ["user-123"]


def test_match(client: Redis) -> None:
    manager = SyncRedisSessionManager(client)
    for session_id in ("user-1", "user-2", "user-[3]", "bot:1", "é"):
        manager.store_message(session_id, "user", "Hello")
    assert ids_of(manager) == sorted(["user-1", "user-2", "user-[3]", "bot:1", "é"])
    assert ids_of(manager, "user-*") == ["user-1", "user-2", "user-[3]"]
    assert ids_of(manager, "user-[12]") == ["user-1", "user-2"]
    assert ids_of(manager, "user-\\[3]") == ["user-[3]"]
    assert ids_of(manager, "é") == ["é"]
    assert ids_of(manager, "nobody") == []


@pytest.mark.parametrize("prefix", ["session", "{session}"])
def test_side_keys_and_other_keys_are_not_shown(client: Redis, prefix: str) -> None:
    manager = SyncRedisSessionManager(client, key_prefix=prefix)
    session = manager.session("user-123")
    session.add_items([{"role": "user", "content": "a"}])
    client.set(f"{prefix}:text", "no list")
    client.rpush(f"{prefix}", "x")
    client.rpush(f"{prefix}:", "x")
    client.rpush(f"{prefix}s:other", "x")
    client.rpush(f"x{prefix}:other", "x")
    no_session = ":no}session" if prefix == "session" else ":user-9:~:lock"
    client.rpush(prefix + no_session, "x")
    with session.lock():
        assert ids_of(manager) == ["user-123"]


def test_names_that_are_not_utf8_are_passed_over(client: Redis) -> None:
    encoder = cast("Any", client).get_encoder()
    if redis.__version__.startswith("5.0.") and encoder.decode_responses:
        pytest.skip("redis-py 5.0 may decode what it was asked not to")
    client.rpush(b"session:\xff\xfe", "x")
    manager = SyncRedisSessionManager(client)
    manager.store_message("user-123", "user", "Hello")
    assert ids_of(manager) == ["user-123"]


def test_listing_refreshes_no_ttl(real_client: Redis) -> None:
    manager = SyncRedisSessionManager(real_client, ttl=100)
    manager.store_message("user-123", "user", "Hello")
    real_client.expire("session:user-123", 10)
    assert ids_of(manager) == ["user-123"]
    assert (manager.stats("user-123")).expires_in == 10
