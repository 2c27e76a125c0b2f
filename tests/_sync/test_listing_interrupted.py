# Generated from tests/_async/test_listing_interrupted.py by tools/generate.py; edit that file instead.
"""A listing of several pages loses nothing when connections break between and during them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openai_agents_session import SyncRedisSessionManager

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
def test_a_lost_page_is_asked_for_again(server: Server, proxy: FaultProxy, skip: int) -> None:
    fill(server, NAMES)
    lost = proxy.arm("cut_after", b"SCAN", times=2, skip=skip)
    with SyncRedisSessionManager(url=proxy.url) as manager:
        listed = [session_id for session_id in manager.session_ids()]
    assert lost.fired == 2
    assert len(listed) == len(NAMES)
    assert set(listed) == NAMES


@pytest.mark.parametrize("server_count", [1, 3])
def test_connections_that_break_between_the_pages_of_a_cluster(
    cluster: Cluster, server_count: int
) -> None:
    for name in NAMES:
        cluster.node_for(f"session:{name}").command("RPUSH", f"session:{name}", "{}")
    host, port = cluster.startup[0]
    listed = []
    with SyncRedisSessionManager(url=f"redis+cluster://{host}:{port}") as manager:
        for session_id in manager.session_ids():
            listed.append(session_id)
            if len(listed) in {1, 25, 45}:
                for node in cluster.nodes[:server_count]:
                    node.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert len(listed) == len(NAMES)
    assert set(listed) == NAMES


def test_a_listing_that_is_given_up(server: Server, proxy: FaultProxy) -> None:
    fill(server, NAMES)
    with SyncRedisSessionManager(url=proxy.url) as manager:
        for session_id in manager.session_ids():
            assert session_id in NAMES
            break
        assert (manager.stats("user-1")).count == 1
        assert len([session_id for session_id in manager.session_ids()]) == len(NAMES)
