"""Blocking clients that cache replies: every operation works, and sees what others wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
import redis

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .support.polling import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.cluster import Cluster
    from .support.server import Server

caching: Any = pytest.importorskip("redis.cache", reason="redis-py caches nothing before 5.1")

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}
C: Any = {"role": "user", "content": "c"}
STORED_A = b'{"role":"user","content":"a"}'


@pytest.fixture(autouse=True)
def _any_server(shared_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let redis-py cache replies of every server that we test with, not only of Redis 7.4."""
    connection: Any = vars(redis.connection)["CacheProxyConnection"]
    monkeypatch.setattr(connection, "DEFAULT_SERVER_NAME", shared_server.binary.name)
    monkeypatch.setattr(connection, "MIN_ALLOWED_VERSION", "6.0.0")


@pytest.fixture(params=[False, True], ids=["bytes", "decoded"])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[redis.Redis]:
    """A caching client of a server."""
    make: Any = redis.Redis
    with make(
        host=server.host,
        port=server.port,
        protocol=3,
        cache_config=caching.CacheConfig(),
        decode_responses=request.param,
    ) as client:
        yield client


@pytest.fixture
def other(server: Server) -> Iterator[redis.Redis]:
    """A client of somebody else's, which caches nothing."""
    with redis.Redis(host=server.host, port=server.port) as other:
        yield other


@pytest.mark.parametrize("ttl", [None, 1000])
def test_every_operation(client: redis.Redis, ttl: int | None) -> None:
    session = SyncRedisSession("user-123", client, ttl=ttl)
    for _ in range(2):  # the second time, replies could come from the cache
        assert session.get_items() == []
        session.add_items([A])
        assert session.get_items() == [A]
        session.add_items([B, C])
        assert session.get_items() == [A, B, C]
        assert session.get_items(limit=1) == [C]
        assert session.count() == 3
        assert session.expires_in() == ttl
        assert session.pop_item() == C
        assert session.count() == 2
        assert session.get_items() == [A, B]
        session.replace_items([B])
        assert session.get_items() == [B]
        assert session.ping() is True
        session.clear_session()
        assert session.count() == 0
        assert session.expires_in() is None
        assert session.pop_item() is None


def test_the_lock(client: redis.Redis) -> None:
    session = SyncRedisSession("user-123", client)
    for _ in range(2):
        lock = session.lock(timeout=60, blocking_timeout=0)
        assert lock.locked() is False
        with lock:
            assert lock.locked() is True
            assert lock.owned() is True
            assert session.lock(blocking_timeout=0).acquire() is False
            lock.extend(60)
            lock.reacquire()


def test_the_manager(client: redis.Redis) -> None:
    manager = SyncRedisSessionManager(client)
    for count in (1, 2):
        assert manager.store_message("ada", "user", "Hello") is True
        assert len(manager.get_history("ada")) == count
        assert manager.stats("ada").count == count
        assert list(manager.session_ids()) == ["ada"]
    assert manager.clear_session("ada") is True
    assert manager.get_history("ada") == []
    assert list(manager.session_ids()) == []


@pytest.mark.parametrize("ttl", [None, 1000])
def test_what_others_wrote_is_seen_at_once(
    client: redis.Redis, other: redis.Redis, ttl: int | None
) -> None:
    ours = SyncRedisSession("user-123", client, ttl=ttl)
    theirs = SyncRedisSession("user-123", other)
    for number in range(20):
        theirs.add_items([A])
        assert ours.count() == number + 1
        assert ours.get_items() == [A] * (number + 1)
        assert ours.get_items(limit=1) == [A]
    theirs.clear_session()
    assert ours.get_items() == []
    assert ours.count() == 0


def test_what_the_user_caches_stays_as_he_reads_it(client: redis.Redis, other: redis.Redis) -> None:
    """Elements are read as bytes, which a client that decodes must not find in its cache."""
    ttl_free, with_ttl = (SyncRedisSession("user-123", client, ttl=ttl) for ttl in (None, 1000))
    ttl_free.add_items([A])
    decodes = client.get_connection_kwargs().get("decode_responses")
    expected = [STORED_A.decode() if decodes else STORED_A]
    for session in (ttl_free, with_ttl):
        assert session.get_items() == [A]
        assert session.count() == 1
        for _ in range(2):
            assert client.lrange(session.key, 0, -1) == expected
            assert client.llen(session.key) == 1
            assert client.type(session.key) == ("list" if decodes else b"list")
        assert session.get_items() == [A]
    other.rpush(ttl_free.key, STORED_A)
    until(lambda: client.lrange(ttl_free.key, 0, -1) == expected * 2, 5, "redis-py to notice")


def test_the_user_s_own_replies_are_still_cached(client: redis.Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items([A])
    client.set("mine", "1")
    client.get("mine")
    cached = cast("Any", client).get_cache()
    before = cached.size
    assert before >= 1
    session.get_items()
    session.count()
    session.expires_in()
    assert cached.size == before


@pytest.mark.parametrize("ttl", [None, 1000])
def test_elements_that_are_not_utf_8(
    client: redis.Redis, other: redis.Redis, ttl: int | None
) -> None:
    session = SyncRedisSession("user-123", client, ttl=ttl)
    other.rpush(session.key, b"\xff", STORED_A, b"\xff")
    assert session.get_items() == [A]
    assert session.pop_item() == A
    assert session.get_items() == []


def test_a_key_of_another_type(client: redis.Redis, other: redis.Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    other.set(session.key, "no list")
    for call in (session.get_items, session.count, session.expires_in, session.pop_item):
        with pytest.raises(redis.ResponseError, match=r"^WRONGTYPE"):
            call()
    assert other.ttl(session.key) == -1


async def test_as_async(client: redis.Redis) -> None:
    session = SyncRedisSession("user-123", client).as_async()
    for _ in range(2):
        await session.add_items([A, B])
        assert await session.get_items() == [A, B]
        assert await session.pop_item() == B
        assert await session.get_items() == [A]
        await session.clear_session()


def test_a_url_with_a_cache(server: Server) -> None:
    options = {"protocol": 3, "cache_config": caching.CacheConfig()}
    with SyncRedisSession.from_url("user-123", server.url, redis_kwargs=options) as session:
        for count in (1, 2):
            session.add_items([A])
            assert session.get_items() == [A] * count
            assert session.count() == count


@pytest.fixture
def cluster_client(cluster: Cluster) -> Iterator[redis.RedisCluster]:
    """A caching client of the cluster."""
    host, port = cluster.startup[0]
    make: Any = redis.RedisCluster
    client = make(host=host, port=port, protocol=3, cache_config=caching.CacheConfig())
    yield client
    client.close()


@pytest.mark.parametrize("ttl", [None, 1000])
def test_on_a_cluster(cluster_client: redis.RedisCluster, ttl: int | None) -> None:
    for number in range(12):  # on all nodes
        session = SyncRedisSession(f"user-{number}", cluster_client, ttl=ttl)
        for count in (1, 2):
            session.add_items([A])
            assert session.get_items() == [A] * count
            assert session.get_items(limit=1) == [A]
            assert session.count() == count
            assert session.expires_in() == ttl
        assert session.pop_item() == A
        with session.lock(blocking_timeout=0) as lock:
            assert lock.owned() is True
        session.clear_session()
        assert session.get_items() == []
    manager = SyncRedisSessionManager(cluster_client)
    assert manager.store_message("ada", "user", "Hello") is True
    assert list(manager.session_ids()) == ["ada"]


def test_on_a_cluster_what_others_wrote_is_seen_at_once(
    cluster: Cluster, cluster_client: redis.RedisCluster
) -> None:
    for number in range(6):
        session = SyncRedisSession(f"user-{number}", cluster_client)
        node = cluster.node_for(session.key)
        for count in (1, 2, 3):
            node.command("RPUSH", session.key, STORED_A)
            assert session.count() == count
            assert session.get_items() == [A] * count
        assert cast("Any", cluster_client).lrange(session.key, 0, -1) == [STORED_A] * 3
