# Generated from tests/_async/test_sentinel.py by tools/generate.py; edit that file instead.
"""Every operation through Sentinel, and through a failover."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from openai_agents_session import SyncRedisSession

from .._blocking import Sentinel, in_thread, together
from ..support.sentinel import SentinelGroup
from ..support.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._blocking import Redis

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


@contextmanager
def primary_of(group: SentinelGroup) -> Iterator[Redis]:
    """A client that asks the sentinels; redis-py leaves it to us to close what it asks with."""
    sentinel: Any = cast("Any", Sentinel)(group.sentinels, socket_timeout=1.0)
    client: Redis = sentinel.master_for(group.service_name, socket_timeout=1.0)
    yield client
    client.close()
    client.connection_pool.disconnect()
    for watcher in sentinel.sentinels:
        watcher.close()


@pytest.mark.parametrize("ttl", [None, 1000])
def test_every_operation(sentinels: SentinelGroup, ttl: int | None) -> None:
    with primary_of(sentinels) as client:
        session = SyncRedisSession("user-123", client, ttl=ttl)
        session.add_items([A])
        session.add_items([B, B])
        assert session.get_items() == [A, B, B]
        assert session.get_items(limit=1) == [B]
        assert session.pop_item() == B
        assert session.count() == 2
        assert session.expires_in() == ttl
        session.replace_items([B])
        assert session.get_items() == [B]
        assert session.ping() is True
        with session.lock(blocking_timeout=0):
            assert session.lock(blocking_timeout=0).acquire() is False
        session.clear_session()
        assert session.get_items() == []


@pytest.mark.slow
def test_a_failover() -> None:
    with SentinelGroup() as group:
        with primary_of(group) as client:
            session = SyncRedisSession("user-123", client, ttl=1000)
            traffic = Traffic()

            def write() -> None:
                while traffic.goes_on():
                    number = traffic.next()
                    try:
                        session.add_items(traffic.items(number))
                    except (ConnectionError, TimeoutError, ResponseError):
                        traffic.failed(number)
                    else:
                        traffic.succeeded(number)

            def fail_over() -> None:
                group.wait_failover(group.kill_primary())

            def kill() -> None:
                replica = group.replicas[0]
                in_thread(lambda: traffic.through(replica, session.key, fail_over))

            together(write, kill)
            stored: list[Any] = session.get_items()
            traffic.audit(stored)
            assert session.expires_in() is not None
