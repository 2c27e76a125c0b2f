"""A blocking cluster client that connects on first use, as every other client does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from redis import RedisCluster
from redis.cluster import ClusterNode

from .._compat import close_cluster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class LateCluster:
    """A `RedisCluster` that connects on first use; redis-py's own connects when it is created.

    A cluster that is down must not keep an application from starting.
    """

    def __init__(self, nodes: Sequence[tuple[str, int]], options: Mapping[str, Any]) -> None:
        self._nodes = nodes
        self._options = options
        self._lock = threading.Lock()
        self._made: RedisCluster | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made or self._connect(), name)

    def get_nodes(self) -> list[Any]:
        """Return the nodes known so far; having this method marks a cluster client."""
        return [] if self._made is None else list(cast("Any", self._made).get_nodes())

    def close(self) -> None:
        """Close what was opened."""
        if self._made is not None:
            close_cluster(self._made)

    def _connect(self) -> RedisCluster:
        # Outside the lock: while a cluster is down, threads must not wait for each other.
        nodes = [cast("Any", ClusterNode)(host, port) for host, port in self._nodes]
        try:
            made: RedisCluster = cast("Any", RedisCluster)(startup_nodes=nodes, **self._options)
        except BaseException:
            _disconnect(nodes)
            raise
        with self._lock:
            if self._made is None:
                self._made = made
        if self._made is not made:
            close_cluster(made)
        return self._made


def _disconnect(nodes: Sequence[Any]) -> None:
    """Close what an attempt has opened, which the garbage collector would close at some time."""
    for node in nodes:
        if node.redis_connection is not None:
            node.redis_connection.connection_pool.disconnect()
