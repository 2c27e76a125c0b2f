"""The blocking cluster client that connects late."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from ._blocking import together
from .support.internals import give_up_at_once
from .support.polling import until
from .support.ports import free_port
from .support.proxy import FaultProxy

if TYPE_CHECKING:
    from .support.cluster import Cluster
    from .support.server import Server


def connections(cluster: Cluster) -> int:
    """Count the clients of all nodes; who asks is among them each time."""
    return sum(int(node.info("clients")["connected_clients"]) for node in cluster.nodes)


def test_threads_that_come_first_at_once_share_one_client(cluster: Cluster) -> None:
    before = connections(cluster)
    [(host, port), *_] = cluster.startup
    with SyncRedisSessionManager(url=f"redis+cluster://{host}:{port}") as manager:

        def store() -> bool:
            return manager.store_message("user-123", "user", "Hello")

        assert together(*[store] * 20) == [True] * 20
        assert manager.stats("user-123").count == 20
    assert connections(cluster) <= before


def test_nothing_is_opened_before_it_is_used_or_by_closing(cluster: Cluster) -> None:
    before = connections(cluster)
    [(host, port), *_] = cluster.startup
    session = SyncRedisSession.from_url("user-123", f"redis+cluster://{host}:{port}")
    assert connections(cluster) <= before
    session.close()
    assert connections(cluster) <= before


def test_an_interruption_while_it_connects_is_what_the_caller_sees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with SyncRedisSession.from_url("user-123", f"redis+cluster://x:{free_port()}") as session:
        monkeypatch.setattr("redis.cluster.RedisCluster.__init__", interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            session.get_items()
        assert caught.value.__context__ is None


def test_attempts_at_a_server_without_a_cluster_leave_no_connection_open(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_at_once(monkeypatch)

    def connected() -> int:
        return int(own_server.info("clients")["connected_clients"])

    before = connected()
    url = f"redis+cluster://{own_server.host}:{own_server.port}"
    gc.disable()
    try:
        with SyncRedisSession.from_url("user-123", url) as session:
            for _ in range(3):
                with pytest.raises(RedisConnectionError, match="user-123"):
                    session.get_items()
            until(lambda: connected() <= before, 10, "the server to see the end of them")
    finally:
        gc.enable()


def test_a_cluster_that_comes_up_later_is_found(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_at_once(monkeypatch)
    with FaultProxy(*cluster.startup[0]) as node:
        node.refuse()
        url = f"redis+cluster://{node.host}:{node.port}"
        with SyncRedisSession.from_url("user-123", url) as session:
            with pytest.raises(RedisConnectionError, match="user-123"):
                session.get_items()
            node.accept()
            assert session.get_items() == []
