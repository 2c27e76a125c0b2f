"""The cluster and the Sentinel group of the tests come up, and fail over."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from redis.cluster import RedisCluster
from redis.sentinel import Sentinel

from .support.cluster import Cluster
from .support.polling import until
from .support.sentinel import SentinelGroup

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def cluster_client(cluster: Cluster) -> Iterator[RedisCluster]:
    client: Any = RedisCluster.from_url(cluster.url)
    try:
        yield client
    finally:
        client.disconnect_connection_pools()  # close() alone leaves a socket open in redis-py 8.1
        client.close()


def test_a_cluster_fails_over_and_takes_back_the_lost() -> None:
    with Cluster() as cluster:
        assert len({cluster.node_for(key).port for key in "abcdefgh"}) == 3
        with cluster_client(cluster) as client:
            for key in "abcdefgh":
                client.set(key, key)
        old = cluster.node_for("a")
        heir = cluster.replica_of(old)
        until(lambda: heir.command("DBSIZE") == old.command("DBSIZE"), 5, "the replica")
        cluster.kill(old)
        assert cluster.wait_failover(old) is heir
        assert cluster.node_for("a") is heir
        with cluster_client(cluster) as client:
            assert [client.get(key) for key in "abcdefgh"] == [key.encode() for key in "abcdefgh"]
        old.restart()
        cluster.wait_healthy()
        assert cluster.replica_of(heir) is old
        assert len(cluster.startup) == 6
    assert not any(node.alive for node in cluster.nodes)


def test_sentinels_fail_over() -> None:
    with SentinelGroup() as group:
        assert len(group.replicas) == 2
        make: Any = Sentinel  # not typed in redis-py
        sentinel = make(group.sentinels, socket_timeout=1)
        assert sentinel.discover_master(group.service_name) == group.primary.address
        assert len(sentinel.discover_slaves(group.service_name)) == 2
        old = group.kill_primary()
        new = group.wait_failover(old)
        assert new is not old
        assert group.primary is new
        assert sentinel.discover_master(group.service_name) == new.address
        for client in sentinel.sentinels:
            client.close()
    assert not any(server.alive for server in [*group.servers, *group.watchers])
