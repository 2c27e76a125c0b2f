# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Every operation on a cluster, with lost replies, and through the death of a node."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from openai_agents_session import RedisSession

from .._aio import RedisCluster, in_thread, together
from ..support.cluster import Cluster
from ..support.internals import replace_retry
from ..support.traffic import Traffic

if TYPE_CHECKING:
    from .._aio import Action

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


@pytest.mark.parametrize("ttl", [None, 1000])
async def test_every_operation(cluster_client: RedisCluster, ttl: int | None) -> None:
    for n in range(12):  # on all nodes
        session = RedisSession(f"user-{n}", cluster_client, ttl=ttl)
        await session.add_items([A])
        await session.add_items([B, B])
        assert await session.get_items() == [A, B, B]
        assert await session.get_items(limit=1) == [B]
        assert await session.pop_item() == B
        assert await session.count() == 2
        assert await session.expires_in() == ttl
        await session.replace_items([B])
        assert await session.get_items() == [B]
        assert await session.ping() is True
        async with session.lock(blocking_timeout=0):
            assert await session.lock(blocking_timeout=0).acquire() is False
        await session.clear_session()
        assert await session.get_items() == []
        assert await session.pop_item() is None


async def test_a_key_of_another_type(cluster_client: RedisCluster) -> None:
    session = RedisSession("user-123", cluster_client, ttl=1000)
    await cluster_client.set(session.key, "somebody else's")
    operations: list[Action] = [
        session.get_items,
        session.pop_item,
        session.clear_session,
        session.expires_in,
        lambda: session.add_items([A]),
    ]
    for operation in operations:
        with pytest.raises(ResponseError, match=r"^WRONGTYPE"):
            await operation()
    assert await cluster_client.ttl(session.key) == -1


async def test_scripts_that_the_nodes_forgot(
    cluster: Cluster, cluster_client: RedisCluster
) -> None:
    session = RedisSession("user-123", cluster_client, ttl=1000)
    for operation, result in (
        (lambda: session.add_items([A, B]), None),
        (session.get_items, [A, B]),
        (session.pop_item, B),
        (lambda: session.replace_items([B]), None),
        (session.clear_session, None),
    ):
        cluster.node_for(session.key).command("SCRIPT", "FLUSH")
        assert await operation() == result


async def test_a_redis_py_whose_retries_cannot_be_counted(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OldRetry:
        """As before redis-py 6, whose cluster clients took no such argument."""

        def __init__(self) -> None:
            raise AssertionError("it is not to be made")

    host, port = cluster.startup[0]
    replace_retry(monkeypatch, OldRetry)
    async with RedisSession.from_url("user-123", f"redis+cluster://{host}:{port}") as session:
        await session.add_items([A, B])
        assert await session.get_items() == [A, B]


@pytest.mark.slow
async def test_a_cluster_that_is_down() -> None:
    with Cluster() as cluster:
        host, port = cluster.startup[0]
        client = RedisCluster(host=host, port=port, socket_timeout=1.0)
        session = RedisSession("user-123", client)
        await session.add_items([A])
        for node in cluster.nodes:
            node.kill()
        with pytest.raises(ConnectionError, match="session key 'openai_agents_session:user-123'"):
            await session.add_items([B])
        assert await session.ping() is False
        await client.aclose()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_the_death_of_a_node() -> None:
    with Cluster() as cluster:
        host, port = cluster.startup[0]
        client = RedisCluster(host=host, port=port, socket_timeout=1.0)
        session = RedisSession("user-123", client, ttl=1000)
        traffic = Traffic()
        primary = cluster.node_for(session.key)

        def lose_primary() -> None:
            cluster.kill(primary)
            cluster.wait_failover(primary)

        async def write() -> None:
            while traffic.goes_on():
                number = traffic.next()
                try:
                    await session.add_items(traffic.items(number))
                except (ConnectionError, TimeoutError, ResponseError):
                    traffic.failed(number)
                else:
                    traffic.succeeded(number)

        async def kill() -> None:
            replica = cluster.replica_of(primary)
            await in_thread(
                lambda: traffic.through(replica, session.key, lose_primary, readonly=True)
            )

        await together(write, kill)
        stored: list[Any] = await session.get_items()
        traffic.audit(stored)
        assert await session.expires_in() is not None
        await client.aclose()
        gc.collect()  # redis-py forgets a node that is gone, and leaves its connection open
