# Generated from tests/_async/test_lifetimes.py by tools/generate.py; edit that file instead.
"""Reading and popping refresh a lifetime, and never give one; an undo restores what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .._blocking import Redis, RedisCluster
from ..support.internals import new_pop
from ..support.resp import rows, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._blocking import Action
    from ..support.cluster import Cluster
    from ..support.sentinel import SentinelGroup
    from ..support.server import Server

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


@pytest.fixture(params=["server", "decoded", "cluster", "sentinels"])
def any_client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of every topology."""
    if request.param == "cluster":
        cluster: Cluster = request.getfixturevalue("cluster")
        host, port = cluster.startup[0]
        client: Any = RedisCluster(host=host, port=port)
    elif request.param == "sentinels":
        group: SentinelGroup = request.getfixturevalue("sentinels")
        group.primary.command("FLUSHALL")
        client = Redis(host=group.primary.host, port=group.primary.port)
    else:
        server: Server = request.getfixturevalue("server")
        decoded = request.param == "decoded"
        client = Redis(host=server.host, port=server.port, decode_responses=decoded)
    yield client
    client.close()


def readers(client: Any) -> list[Action]:
    """Return what reads or pops, through objects that have a ttl."""
    session = SyncRedisSession("ada", client, ttl=1000)
    manager = SyncRedisSessionManager(client, key_prefix="openai_agents_session")  # its default: 3600
    return [
        session.get_items,
        lambda: session.get_items(1),
        lambda: session.get_items(1, skip=1),
        session.pop_item,
        session.count,
        session.expires_in,
        lambda: manager.get_history("ada"),
        manager.session("ada").get_items,
        manager.session("ada").pop_item,
        lambda: manager.stats("ada"),
    ]


def test_what_is_permanent_stays_so(any_client: Any) -> None:
    permanent = SyncRedisSession("ada", any_client)
    permanent.add_items([A, B] * 10)
    for read in readers(any_client):
        read()
        assert any_client.ttl(permanent.key) == -1


def test_a_lifetime_is_refreshed(any_client: Any) -> None:
    session = SyncRedisSession("ada", any_client, ttl=1000)
    for read in (session.get_items, session.pop_item):
        session.replace_items([A, B])
        any_client.expire(session.key, 10)
        read()
        assert 990 < any_client.ttl(session.key) <= 1000


def test_without_a_ttl_a_lifetime_stays(any_client: Any) -> None:
    session = SyncRedisSession("ada", any_client)
    session.add_items([A, B, A])
    any_client.expire(session.key, 500)
    for read in (session.get_items, session.pop_item, session.count):
        read()
        assert 490 < any_client.ttl(session.key) <= 500


def test_nothing_is_made_by_reading(any_client: Any) -> None:
    for read in readers(any_client):
        read()
        assert any_client.exists("openai_agents_session:ada") == 0


@pytest.mark.parametrize("stored", [[A], [A, B]], ids=["the last item", "one of two"])
@pytest.mark.parametrize("lifetime", [-1, 500])
def test_an_undo_restores_the_lifetime(any_client: Any, stored: Any, lifetime: int) -> None:
    session = SyncRedisSession("ada", any_client, ttl=1000)
    SyncRedisSession("ada", any_client).add_items(stored)
    if lifetime > 0:
        any_client.expire(session.key, lifetime)
    taken = session._take()
    assert taken is not None
    taken[1]()
    assert SyncRedisSession("ada", any_client).get_items() == stored
    left = any_client.ttl(session.key)
    assert left == -1 if lifetime < 0 else 490 < left <= 1000


def test_an_undo_restores_a_lifetime_that_was_about_to_end(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        session.add_items([A])
        pop = new_pop(session)
        pop.take()
        log = f"{{{session.key}}}:~pops"
        [noted] = rows(server.command("LRANGE", log, 0, -1))
        token = text(noted).split()[1]
        server.command("LSET", log, 0, f"0 {token} 0")  # less than a millisecond was left
        pop.put_back()
        assert server.command("TTL", session.key) != -1
