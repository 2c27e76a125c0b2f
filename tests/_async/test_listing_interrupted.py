# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A listing of several pages loses nothing when connections break between and during them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openai_agents_session import RedisSessionManager

from ..support.internals import list_small_pages

if TYPE_CHECKING:
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

NAMES = {f"user-{number}" for number in range(60)}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    list_small_pages(monkeypatch, 10)


def fill(server: Server, names: set[str]) -> None:
    for name in names:
        server.command("RPUSH", f"session:{name}", "{}")


@pytest.mark.parametrize("skip", range(4))
async def test_a_lost_page_is_asked_for_again(server: Server, proxy: FaultProxy, skip: int) -> None:
    fill(server, NAMES)
    lost = proxy.arm("cut_after", b"SCAN", times=2, skip=skip)
    async with RedisSessionManager(url=proxy.url) as manager:
        listed = [session_id async for session_id in manager.session_ids()]
    assert lost.fired == 2
    assert len(listed) == len(NAMES)
    assert set(listed) == NAMES


@pytest.mark.parametrize("server_count", [1, 3])
async def test_connections_that_break_between_the_pages_of_a_cluster(
    cluster: Cluster, server_count: int
) -> None:
    for name in NAMES:
        cluster.node_for(f"session:{name}").command("RPUSH", f"session:{name}", "{}")
    host, port = cluster.startup[0]
    listed = []
    async with RedisSessionManager(url=f"redis+cluster://{host}:{port}") as manager:
        async for session_id in manager.session_ids():
            listed.append(session_id)
            if len(listed) in {1, 25, 45}:
                for node in cluster.nodes[:server_count]:
                    node.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert len(listed) == len(NAMES)
    assert set(listed) == NAMES


async def test_a_listing_that_is_given_up(server: Server, proxy: FaultProxy) -> None:
    fill(server, NAMES)
    async with RedisSessionManager(url=proxy.url) as manager:
        async for session_id in manager.session_ids():
            assert session_id in NAMES
            break
        assert (await manager.stats("user-1")).count == 1
        assert len([session_id async for session_id in manager.session_ids()]) == len(NAMES)
