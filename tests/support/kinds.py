"""Each kind of client that a session accepts, with something that delays its replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio.sentinel
import redis.sentinel

from .everywhere import ProxyBrake, ServerBrake

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from .everywhere import Brake

KINDS = ["pool", "blocking_pool", "single", "unix", "cluster", "sentinel"]
SLOTS = 2  # connections of a pool: one may be lost, and the second one tells
PATIENT_SECONDS = 0.1


@dataclass
class Kind:
    """How to make a client of this kind, and a blocking one that is never disturbed."""

    make: Callable[[], Any]
    healthy: Any
    brake: Brake
    spare: int = 1  # connections that a client may lose and still work
    helpers: Sequence[Any] = ()  # clients that find the server for another one

    def close(self) -> None:
        self.brake.release()
        self.healthy.close()


def make_kind(request: pytest.FixtureRequest, name: str, api: Any) -> Kind:
    """Make a kind for `redis` or `redis.asyncio`, on the servers of the test that asks."""
    if name == "cluster":
        cluster = request.getfixturevalue("cluster")
        host, port = cluster.startup[0]
        primaries = {cluster.node_for(str(n)) for n in range(50)}
        healthy: Any = redis.RedisCluster(host=host, port=port)
        brake: Brake = ServerBrake(list(primaries))
        return Kind(lambda: api.RedisCluster(host=host, port=port), healthy, brake, spare=20)
    helpers: list[Any] = []
    if name == "sentinel":
        group = request.getfixturevalue("sentinels")
        server = group.primary
        sentinel = api.sentinel.Sentinel(group.sentinels)
        make: Callable[[], Any] = lambda: sentinel.master_for(group.service_name)  # noqa: E731
        brake, helpers = ServerBrake([server]), sentinel.sentinels
    elif name == "unix":
        server = request.getfixturevalue("unix_server")
        make = lambda: api.Redis(unix_socket_path=str(server.unix_socket))  # noqa: E731
        brake = ServerBrake([server])
    else:
        server, proxy = request.getfixturevalue("server"), request.getfixturevalue("proxy")
        make = _maker(name, api, {"host": proxy.host, "port": proxy.port})
        brake = ProxyBrake(proxy)
    healthy = redis.Redis(host=server.host, port=server.port)
    return Kind(make, healthy, brake, helpers=helpers)


def _maker(name: str, api: Any, address: dict[str, Any]) -> Callable[[], Any]:
    if name == "single":
        return lambda: api.Redis(single_connection_client=True, **address)
    if name == "pool":
        pool, options = api.ConnectionPool, {}
    else:
        pool, options = api.BlockingConnectionPool, {"timeout": PATIENT_SECONDS}
    return lambda: api.Redis(connection_pool=pool(max_connections=SLOTS, **address, **options))
