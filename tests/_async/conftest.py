# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Clients to test with: of a real server and, where the fake can, of fakeredis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fakeredis import FakeServer

from .._aio import FakeRedis, Redis, RedisCluster
from ..support.internals import give_up_at_once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..support.cluster import Cluster
    from ..support.server import Server

REAL: dict[str, dict[str, Any]] = {
    "server": {},
    "server-decoded": {"decode_responses": True},
    "server-resp3": {"protocol": 3},
}
FAKE: dict[str, dict[str, Any]] = {"fake": {}, "fake-decoded": {"decode_responses": True}}


@pytest.fixture(params=[*REAL, *FAKE])
async def client(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Redis]:
    """A client of every kind that holds data; tests that use it run once for each."""
    if request.param in FAKE:
        client: Redis = FakeRedis(server=FakeServer(), **FAKE[request.param])
    else:
        client = Redis(host=server.host, port=server.port, **REAL[request.param])
    yield client
    await client.aclose()


@pytest.fixture
async def real_client(server: Server) -> AsyncIterator[Redis]:
    """A client of the real server, for what a fake does not show."""
    client = Redis(host=server.host, port=server.port)
    yield client
    await client.aclose()


@pytest.fixture
async def cluster_client(cluster: Cluster) -> AsyncIterator[RedisCluster]:
    """A client of the healthy cluster."""
    host, port = cluster.startup[0]
    client = RedisCluster(host=host, port=port)
    yield client
    await client.aclose()


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after the first attempt."""
    give_up_at_once(monkeypatch)
