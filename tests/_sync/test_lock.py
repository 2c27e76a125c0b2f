# Generated from tests/_async/test_lock.py by tools/generate.py; edit that file instead.
"""The lock of a conversation: in other threads, with lost replies, on a full server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import LockError, LockNotOwnedError

from openai_agents_session import SyncRedisSession

from .._blocking import RedisCluster, in_thread, together
from ..support.internals import script

if TYPE_CHECKING:
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.sentinel import SentinelGroup
    from ..support.server import Server

ITEM: Any = {"role": "user", "content": "Hello"}


def is_free(session: SyncRedisSession) -> bool:
    """Whether somebody else may have it; it is free again afterwards."""
    other = session.lock(blocking_timeout=0)
    if not other.acquire():
        return False
    other.release()
    return True


def milliseconds_left(server: Server, lock: Any) -> int:
    left = server.command("PTTL", lock.name)
    assert isinstance(left, int)
    return left


def is_used_up(session: SyncRedisSession) -> None:
    """Take a lock, prolong it in both ways, and free it; nobody else has it before the end."""
    lock = session.lock(timeout=60)
    assert lock.acquire()
    assert lock.owned()
    assert lock.locked()
    assert not is_free(session)
    assert lock.extend(30)
    assert lock.extend(20, replace_ttl=True)
    assert lock.reacquire()
    lock.release()
    assert not lock.locked()
    assert is_free(session)


def test_on_a_cluster(cluster_client: RedisCluster) -> None:
    for n in range(5):
        is_used_up(SyncRedisSession(f"user-{n}", cluster_client))


def test_through_sentinels(sentinels: SentinelGroup) -> None:
    hosts = ",".join(f"{host}:{port}" for host, port in sentinels.sentinels)
    url = f"redis+sentinel://{hosts}/{sentinels.service_name}"
    with SyncRedisSession.from_url("ada", url) as session:
        is_used_up(session)


@pytest.mark.parametrize("options", [{}, {"decode_responses": True}, {"protocol": 3}])
def test_on_every_kind_of_client(server: Server, options: dict[str, Any]) -> None:
    with SyncRedisSession.from_url("ada", server.url, redis_kwargs=options) as session:
        is_used_up(session)


def test_how_long_it_lives(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        lock = session.lock(timeout=60)

        def milliseconds() -> int:
            return milliseconds_left(server, lock)

        lock.acquire()
        assert 50_000 < milliseconds() <= 60_000
        lock.extend(100)
        assert 150_000 < milliseconds() <= 160_000
        lock.extend(30, replace_ttl=True)
        assert 20_000 < milliseconds() <= 30_000
        lock.reacquire()
        assert 50_000 < milliseconds() <= 60_000
        lock.release()
        forever = session.lock(timeout=None)
        forever.acquire()
        assert milliseconds() == -1
        forever.release()
        assert milliseconds() == -2


def test_one_holder_at_a_time(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        inside = most = 0

        def turn() -> None:
            nonlocal inside, most
            with session.lock(sleep=0.01):
                inside += 1
                most = max(most, inside)
                session.add_items([ITEM])
                inside -= 1

        together(*[turn] * 8)
        assert most == 1
        assert session.count() == 8


def test_a_lock_that_somebody_else_has_is_not_ones_own(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        lock: Any = session.lock()
        lock.acquire()
        server.command("SET", lock.name, "somebody else's")
        assert lock.locked()
        assert not lock.owned()
        for act in (lambda: lock.extend(5), lock.reacquire, lock.release):
            with pytest.raises(LockNotOwnedError):
                act()
        with pytest.raises(LockError):
            lock.release()
        assert server.command("GET", lock.name) == b"somebody else's"


def test_a_lost_reply_to_acquire(server: Server, proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        assert is_free(session)  # now the server knows the scripts
        lost = proxy.arm("cut_after", script("lock.ACQUIRE").sha.encode())
        lock = session.lock(blocking_timeout=0)
        assert lock.acquire()
        assert lost.fired == 1
        assert not is_free(session)
        lock.release()
        assert is_free(session)


def test_a_lost_reply_to_release(server: Server, proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        assert is_free(session)
        lost = proxy.arm("cut_after", script("lock.RELEASE").sha.encode())
        with session.lock(blocking_timeout=0):
            pass  # the end of the block must not say that the lock was somebody else's
        assert lost.fired == 1
        assert is_free(session)


def test_a_repeated_release_leaves_the_next_holder_alone(
    server: Server, proxy: FaultProxy
) -> None:
    with (
        SyncRedisSession.from_url("ada", proxy.url, redis_kwargs={"socket_timeout": 30}) as session,
        SyncRedisSession.from_url("ada", server.url) as other,
    ):
        assert is_free(session)
        lock, next_lock = session.lock(), other.lock(blocking_timeout=5)
        lock.acquire()
        held = proxy.arm("delay", script("lock.RELEASE").sha.encode())

        def take_over() -> None:
            in_thread(held.wait)  # Redis has freed it, and the reply is on its way
            assert next_lock.acquire()
            proxy.cut_all()

        together(lock.release, take_over)
        assert next_lock.owned()
        next_lock.release()


def test_a_lost_reply_to_extend(server: Server, proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        lock = session.lock(timeout=60)
        lock.acquire()
        lock.extend(0.001)
        lost = proxy.arm("cut_after", script("lock.EXTEND").sha.encode(), times=2)
        lock.extend(100)
        assert lost.fired == 2
        assert 150_000 < milliseconds_left(server, lock) <= 161_000  # 100 s more, once
        lock.release()


def test_a_lost_reply_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    with SyncRedisSession.from_url("ada", f"redis+cluster://{host}:{port}") as session:
        node = cluster.node_for(session.key)
        lock = session.lock()
        lock.acquire()
        node.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        lock.extend(5)
        node.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        lock.release()
        assert is_free(session)


def test_a_full_server_frees_it(own_server: Server) -> None:
    with SyncRedisSession.from_url("ada", own_server.url) as session:
        lock: Any = session.lock()
        lock.acquire()
        own_server.command("CONFIG", "SET", "maxmemory", "1")
        assert own_server.command("EXISTS", lock.name) == 1
        lock.release()
        assert own_server.command("EXISTS", lock.name) == 0


def test_other_sessions_are_not_locked(server: Server) -> None:
    with (
        SyncRedisSession.from_url("ada", server.url) as ada,
        SyncRedisSession.from_url("bob", server.url) as bob,
        ada.lock(),
    ):
        assert is_free(bob)
        assert not is_free(ada)


def test_a_lock_that_is_not_free_in_time(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session, session.lock():
        with pytest.raises(LockError):
            with session.lock(blocking_timeout=0.05, sleep=0.01):
                pytest.fail("it must not be entered")
