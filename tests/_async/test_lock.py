# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The lock of a conversation: in other threads, with lost replies, on a full server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import LockError, LockNotOwnedError

from openai_agents_session import RedisSession

from .._aio import RedisCluster, in_thread, together
from ..support.internals import script

if TYPE_CHECKING:
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.sentinel import SentinelGroup
    from ..support.server import Server

ITEM: Any = {"role": "user", "content": "Hello"}


async def is_free(session: RedisSession) -> bool:
    """Whether somebody else may have it; it is free again afterwards."""
    other = session.lock(blocking_timeout=0)
    if not await other.acquire():
        return False
    await other.release()
    return True


def milliseconds_left(server: Server, lock: Any) -> int:
    left = server.command("PTTL", lock.name)
    assert isinstance(left, int)
    return left


async def is_used_up(session: RedisSession) -> None:
    """Take a lock, prolong it in both ways, and free it; nobody else has it before the end."""
    lock = session.lock(timeout=60)
    assert await lock.acquire()
    assert await lock.owned()
    assert await lock.locked()
    assert not await is_free(session)
    assert await lock.extend(30)
    assert await lock.extend(20, replace_ttl=True)
    assert await lock.reacquire()
    await lock.release()
    assert not await lock.locked()
    assert await is_free(session)


async def test_on_a_cluster(cluster_client: RedisCluster) -> None:
    for n in range(5):
        await is_used_up(RedisSession(f"user-{n}", cluster_client))


async def test_through_sentinels(sentinels: SentinelGroup) -> None:
    hosts = ",".join(f"{host}:{port}" for host, port in sentinels.sentinels)
    url = f"redis+sentinel://{hosts}/{sentinels.service_name}"
    async with RedisSession.from_url("ada", url) as session:
        await is_used_up(session)


@pytest.mark.parametrize("options", [{}, {"decode_responses": True}, {"protocol": 3}])
async def test_on_every_kind_of_client(server: Server, options: dict[str, Any]) -> None:
    async with RedisSession.from_url("ada", server.url, redis_kwargs=options) as session:
        await is_used_up(session)


async def test_how_long_it_lives(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        lock = session.lock(timeout=60)

        def milliseconds() -> int:
            return milliseconds_left(server, lock)

        await lock.acquire()
        assert 50_000 < milliseconds() <= 60_000
        await lock.extend(100)
        assert 150_000 < milliseconds() <= 160_000
        await lock.extend(30, replace_ttl=True)
        assert 20_000 < milliseconds() <= 30_000
        await lock.reacquire()
        assert 50_000 < milliseconds() <= 60_000
        await lock.release()
        forever = session.lock(timeout=None)
        await forever.acquire()
        assert milliseconds() == -1
        await forever.release()
        assert milliseconds() == -2


async def test_one_holder_at_a_time(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        inside = most = 0

        async def turn() -> None:
            nonlocal inside, most
            async with session.lock(sleep=0.01):
                inside += 1
                most = max(most, inside)
                await session.add_items([ITEM])
                inside -= 1

        await together(*[turn] * 8)
        assert most == 1
        assert await session.count() == 8


async def test_a_lock_that_somebody_else_has_is_not_ones_own(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        lock: Any = session.lock()
        await lock.acquire()
        server.command("SET", lock.name, "somebody else's")
        assert await lock.locked()
        assert not await lock.owned()
        for act in (lambda: lock.extend(5), lock.reacquire, lock.release):
            with pytest.raises(LockNotOwnedError):
                await act()
        with pytest.raises(LockError):
            await lock.release()
        assert server.command("GET", lock.name) == b"somebody else's"


async def test_a_lost_reply_to_acquire(server: Server, proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        assert await is_free(session)  # now the server knows the scripts
        lost = proxy.arm("cut_after", script("lock.ACQUIRE").sha.encode())
        lock = session.lock(blocking_timeout=0)
        assert await lock.acquire()
        assert lost.fired == 1
        assert not await is_free(session)
        await lock.release()
        assert await is_free(session)


async def test_a_lost_reply_to_release(server: Server, proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        assert await is_free(session)
        lost = proxy.arm("cut_after", script("lock.RELEASE").sha.encode())
        async with session.lock(blocking_timeout=0):
            pass  # the end of the block must not say that the lock was somebody else's
        assert lost.fired == 1
        assert await is_free(session)


async def test_a_repeated_release_leaves_the_next_holder_alone(
    server: Server, proxy: FaultProxy
) -> None:
    async with (
        RedisSession.from_url("ada", proxy.url, redis_kwargs={"socket_timeout": 30}) as session,
        RedisSession.from_url("ada", server.url) as other,
    ):
        assert await is_free(session)
        lock, next_lock = session.lock(), other.lock(blocking_timeout=5)
        await lock.acquire()
        held = proxy.arm("delay", script("lock.RELEASE").sha.encode())

        async def take_over() -> None:
            await in_thread(held.wait)  # Redis has freed it, and the reply is on its way
            assert await next_lock.acquire()
            proxy.cut_all()

        await together(lock.release, take_over)
        assert await next_lock.owned()
        await next_lock.release()


async def test_a_lost_reply_to_extend(server: Server, proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        lock = session.lock(timeout=60)
        await lock.acquire()
        await lock.extend(0.001)
        lost = proxy.arm("cut_after", script("lock.EXTEND").sha.encode(), times=2)
        await lock.extend(100)
        assert lost.fired == 2
        assert 150_000 < milliseconds_left(server, lock) <= 161_000  # 100 s more, once
        await lock.release()


async def test_a_lost_reply_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    async with RedisSession.from_url("ada", f"redis+cluster://{host}:{port}") as session:
        node = cluster.node_for(session.key)
        lock = session.lock()
        await lock.acquire()
        node.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await lock.extend(5)
        node.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await lock.release()
        assert await is_free(session)


async def test_a_full_server_frees_it(own_server: Server) -> None:
    async with RedisSession.from_url("ada", own_server.url) as session:
        lock: Any = session.lock()
        await lock.acquire()
        own_server.command("CONFIG", "SET", "maxmemory", "1")
        assert own_server.command("EXISTS", lock.name) == 1
        await lock.release()
        assert own_server.command("EXISTS", lock.name) == 0


async def test_other_sessions_are_not_locked(server: Server) -> None:
    async with (
        RedisSession.from_url("ada", server.url) as ada,
        RedisSession.from_url("bob", server.url) as bob,
        ada.lock(),
    ):
        assert await is_free(bob)
        assert not await is_free(ada)


async def test_a_lock_that_is_not_free_in_time(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session, session.lock():
        with pytest.raises(LockError):
            async with session.lock(blocking_timeout=0.05, sleep=0.01):
                pytest.fail("it must not be entered")
