# Generated from tests/_async/test_read_only_behind_a_stable_address.py by tools/generate.py; edit that file instead.
"""A name that leads to a new primary, while open connections stay with the old one: READONLY."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, ReadOnlyError, TimeoutError

from openai_agents_session import SyncRedisSession

from .._blocking import BlockingConnectionPool, ConnectionPool, Redis, Retry, together
from ..support.stable_address import StableAddress

if TYPE_CHECKING:
    from collections.abc import Iterator, Iterator

KEY = "openai_agents_session:user-123"
BOUND = 5.0  # seconds after which a call must have given up
CONNECTIONS = 20  # that one call may open while it tries

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}
C: Any = {"role": "user", "content": "c"}


@pytest.fixture
def address() -> Iterator[StableAddress]:
    """A primary and a replica behind one address."""
    with StableAddress() as address:
        yield address


def pooled(address: StableAddress) -> Redis:
    return Redis(connection_pool=ConnectionPool(host=address.proxy.host, port=address.proxy.port))


def pooled_and_waiting(address: StableAddress) -> Redis:
    make: Any = BlockingConnectionPool
    return Redis(connection_pool=make(host=address.proxy.host, port=address.proxy.port))


def of_one_connection(address: StableAddress) -> Redis:
    host, port = address.proxy.address
    return Redis(host=host, port=port, single_connection_client=True)


def retrying(address: StableAddress) -> Redis:
    host, port = address.proxy.address
    retried: Any = [TimeoutError, ConnectionError]
    return Redis(host=host, port=port, retry=Retry(NoBackoff(), 1), retry_on_error=retried)


CLIENTS = [pooled, pooled_and_waiting, of_one_connection, retrying]


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, address: StableAddress) -> Iterator[Redis]:
    """A client of every kind that is connected to the address."""
    client: Redis = request.param(address)
    yield client
    client.close()
    client.connection_pool.disconnect()  # redis-py leaves a pool that was passed in open


def test_every_write_reaches_the_new_primary(address: StableAddress, client: Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    session.add_items([A])
    for write, result, expected in (
        (lambda: session.add_items([B, C]), None, [A, B, C]),
        (session.pop_item, C, [A, B]),
        (lambda: session.replace_items([B]), None, [B]),
        (session.clear_session, None, []),
        (lambda: session.add_items([C]), None, [C]),
    ):
        address.fail_over()
        assert write() == result
        assert address.primary.command("LLEN", KEY) == len(expected)
        assert session.get_items() == expected


def test_a_lock_reaches_the_new_primary(address: StableAddress, client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    assert session.ping()
    address.fail_over()
    lock = session.lock(timeout=60, blocking_timeout=0)
    assert lock.acquire()
    assert session.lock(blocking_timeout=0).acquire() is False
    address.fail_over()
    lock.extend(60)
    address.fail_over()
    lock.release()
    assert address.primary.command("KEYS", "*~lock") == []


@pytest.mark.parametrize("client", [pooled], indirect=True)
def test_many_idle_connections_are_left_at_once(
    address: StableAddress, client: Redis
) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    address.proxy.latency = 0.2
    together(*[session.count] * 30)
    address.proxy.latency = 0.0
    opened = address.proxy.stats.connections
    assert opened >= 30
    address.fail_over()
    session.add_items([A])
    session.add_items([B])
    assert session.get_items() == [A, B]
    assert address.proxy.stats.connections - opened <= 3


@pytest.mark.parametrize("client", [pooled], indirect=True)
def test_calls_at_the_same_time_all_reach_the_new_primary(
    address: StableAddress, client: Redis
) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    together(*[session.count] * 10)
    address.fail_over()
    together(*[lambda: session.add_items([A, B])] * 10)
    assert session.get_items() == [A, B] * 10
    assert address.primary.command("LLEN", KEY) == 20


def test_a_refusal_that_arrives_late(address: StableAddress, client: Redis) -> None:
    """A client that sends commands again by itself does not do so after READONLY."""
    session = SyncRedisSession("user-123", client, ttl=1000)
    session.add_items([A])
    address.fail_over()
    fault = address.proxy.arm("delay", b"EVALSHA", seconds=0.8)
    session.add_items([B])
    assert fault.fired == 1
    assert session.get_items() == [A, B]
    assert address.primary.command("LLEN", KEY) == 2


def test_a_read_whose_refresh_is_refused_goes_to_the_new_primary(
    address: StableAddress, client: Redis
) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    session.add_items([A])
    address.fail_over_without_replication()
    address.primary.command("RPUSH", KEY, '{"role":"user","content":"b"}')
    address.primary.command("EXPIRE", KEY, 10)
    assert session.get_items() == [A, B]
    assert session.expires_in() == 1000


def test_a_replica_that_stays_one_can_be_read(address: StableAddress, client: Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    session.add_items([A, B])
    address.demote(address.primary)
    opened = address.proxy.stats.connections
    with address.primary.monitor() as monitor:
        assert session.get_items() == [A, B]
    assert monitor.names.count("LRANGE") == 2  # once more, and then it is answered
    assert session.get_items(limit=1) == [B]
    assert session.count() == 2
    assert address.proxy.stats.connections - opened <= 4


@pytest.mark.parametrize("client", [pooled, of_one_connection], indirect=True)
def test_a_replica_that_stays_one_refuses_writes_in_bounded_time(
    address: StableAddress, client: Redis
) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    session.add_items([A, B])
    address.demote(address.primary)
    opened = address.proxy.stats.connections
    started = time.monotonic()
    with pytest.raises(ReadOnlyError, match=f"session key '{KEY}'") as caught:
        session.add_items([C])
    assert 1.0 < time.monotonic() - started < BOUND
    assert isinstance(caught.value.__cause__, ReadOnlyError)
    assert caught.value.__cause__ is not caught.value
    assert 1 <= address.proxy.stats.connections - opened <= CONNECTIONS
    assert session.get_items() == [A, B]


@pytest.mark.parametrize("client", [pooled], indirect=True)
def test_many_calls_at_a_replica_that_stays_one(
    address: StableAddress, client: Redis
) -> None:
    session = SyncRedisSession("user-123", client, ttl=1000)
    together(*[session.count] * 10)
    address.demote(address.primary)
    opened = address.proxy.stats.connections

    def write() -> bool:
        try:
            session.add_items([A])
        except ReadOnlyError as error:
            return KEY in str(error)
        return False

    started = time.monotonic()
    assert together(*[write] * 10) == [True] * 10
    assert time.monotonic() - started < BOUND
    assert address.proxy.stats.connections - opened <= 10 * CONNECTIONS
