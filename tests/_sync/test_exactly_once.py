# Generated from tests/_async/test_exactly_once.py by tools/generate.py; edit that file instead.
"""Each operation happens once, however often it is sent because a reply was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError

from openai_agents_session import SyncRedisSession

from .._blocking import BlockingConnectionPool, ConnectionPool, Redis, Retry, together
from ..support.internals import replace_pause, set_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..support.proxy import FaultProxy
    from ..support.server import Server

MANY = 1_000


def retrying(proxy: FaultProxy) -> Redis:
    """From redis-py 6 on, this client sends commands again by itself, as Redis() does."""
    return Redis(host=proxy.host, port=proxy.port, retry=Retry(NoBackoff(), 3))


def retrying_on_errors(proxy: FaultProxy) -> Redis:
    """The way to have redis-py 5 send commands again."""
    return Redis(
        host=proxy.host,
        port=proxy.port,
        retry=Retry(NoBackoff(), 3),
        retry_on_error=[ConnectionError, TimeoutError],
    )


def from_url(proxy: FaultProxy) -> Redis:
    client: Redis = Redis.from_url(proxy.url)
    return client


def with_pool(proxy: FaultProxy) -> Redis:
    return Redis(connection_pool=ConnectionPool(host=proxy.host, port=proxy.port))


def with_blocking_pool(proxy: FaultProxy) -> Redis:
    make: Any = BlockingConnectionPool
    pool = make(host=proxy.host, port=proxy.port, max_connections=2)
    return Redis(connection_pool=pool)


WAYS = [retrying, retrying_on_errors, from_url, with_pool, with_blocking_pool]


def items(*numbers: int) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in numbers]


@pytest.mark.parametrize("make_client", WAYS, ids=lambda way: way.__name__)
def test_lost_replies(proxy: FaultProxy, make_client: Callable[[FaultProxy], Redis]) -> None:
    client = make_client(proxy)
    session = SyncRedisSession("user-123", client, ttl=1000)
    lost = proxy.arm("cut_after", b"EVALSHA", times=None, probability=0.2)
    for number in range(MANY):
        session.add_items(items(number))
    assert lost.fired > MANY / 10
    assert session.get_items() == items(*range(MANY))
    popped = [session.pop_item() for _ in range(MANY)]
    assert popped == items(*reversed(range(MANY)))
    assert lost.fired > MANY / 5
    assert session.pop_item() is None
    client.close()
    client.connection_pool.disconnect()


def test_the_default_client(proxy: FaultProxy) -> None:
    client = Redis(host=proxy.host, port=proxy.port)
    session = SyncRedisSession("user-123", client, ttl=1000)
    proxy.arm("cut_after", b"EVALSHA", skip=2)
    proxy.arm("cut_after", b"EVALSHA", skip=7)
    for number in range(5):
        session.add_items(items(number))
    assert [session.pop_item() for _ in range(5)] == items(4, 3, 2, 1, 0)
    assert proxy.stats.fired == 2
    client.close()


@pytest.mark.parametrize("mode", ["cut_after", "cut_before"])
def test_every_operation_survives_a_cut(proxy: FaultProxy, mode: Any) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        session.add_items(items(1, 2, 3))
        proxy.arm(mode)
        session.add_items(items(4))
        proxy.arm(mode)
        assert session.pop_item() == items(4)[0]
        proxy.arm(mode)
        assert session.get_items() == items(1, 2, 3)
        proxy.arm(mode)
        assert session.count() == 3
        proxy.arm(mode)
        assert session.expires_in() == 1000
        proxy.arm(mode)
        assert session.ping() is True
        proxy.arm(mode)
        session.replace_items(items(5, 6))
        proxy.arm(mode)
        assert session.get_items(limit=1) == items(6)
        proxy.arm(mode)
        session.clear_session()
        assert session.get_items() == []
        assert proxy.stats.fired == 9


def test_replies_later_than_the_timeout(proxy: FaultProxy) -> None:
    url, options = proxy.url, {"socket_timeout": 0.3}
    with SyncRedisSession.from_url("user-123", url, redis_kwargs=options) as session:
        session.add_items(items(1))
        for number in range(2, 5):
            late = proxy.arm("delay", b"EVALSHA")
            session.add_items(items(number))
            late.release()
            assert late.fired == 1
        late = proxy.arm("delay", b"EVALSHA")
        assert session.pop_item() == items(4)[0]
        late.release()
        assert session.get_items() == items(1, 2, 3)


def test_a_connection_that_goes_silent(proxy: FaultProxy) -> None:
    url, options = proxy.url, {"socket_timeout": 0.3}
    with SyncRedisSession.from_url("user-123", url, redis_kwargs=options) as session:
        session.add_items(items(1))
        proxy.arm("blackhole", b"EVALSHA")
        session.add_items(items(2))
        assert session.get_items() == items(1, 2)


OVERWRITES: dict[str, Callable[[SyncRedisSession], Any]] = {
    "clear": lambda session: session.clear_session(),
    "replace": lambda session: session.replace_items(items(7)),
}


@pytest.mark.parametrize("name", OVERWRITES)
def test_a_repeat_spares_what_others_have_added_since(
    proxy: FaultProxy, server: Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    other = SyncRedisSession.from_url("user-123", server.url)

    def write_before_the_repeat(seconds: float) -> None:
        other.add_items(items(8))

    with SyncRedisSession.from_url("user-123", proxy.url) as session, other:
        session.add_items(items(1, 2))
        proxy.arm("cut_after", b"EVAL\r\n")
        replace_pause(monkeypatch, write_before_the_repeat)
        OVERWRITES[name](session)
        assert session.get_items() == (items(7, 8) if name == "replace" else items(8))


def test_scripts_that_the_server_forgot(proxy: FaultProxy, server: Server) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        for number in range(5):
            server.command("SCRIPT", "FLUSH")
            proxy.arm("cut_after", b"EVAL\r\n")
            session.add_items(items(number))
        server.command("SCRIPT", "FLUSH")
        assert session.get_items() == items(*range(5))
        for number in reversed(range(5)):
            server.command("SCRIPT", "FLUSH")
            proxy.arm("cut_after", b"EVAL\r\n")
            assert session.pop_item() == items(number)[0]
        assert proxy.stats.fired == 10


def test_a_big_batch_is_one_step(proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        proxy.arm("cut_after", b"EVAL", skip=1)
        session.add_items(items(*range(20_000)))
        assert session.get_items() == items(*range(20_000))
        proxy.arm("cut_after", b"EVAL", skip=1)
        session.replace_items(items(*range(12_345)))
        assert session.count() == 12_345


def test_twenty_writers_and_their_faults(proxy: FaultProxy) -> None:
    client: Redis = Redis.from_url(proxy.url)
    proxy.arm("cut_after", b"EVALSHA", times=None, probability=0.2)
    proxy.arm("cut_before", b"EVALSHA", times=None, probability=0.1)

    def writer(name: int) -> Callable[[], Any]:
        def write() -> None:
            session = SyncRedisSession("user-123", client, ttl=1000)
            for batch in range(10):
                three: list[Any] = [{"writer": name, "batch": batch, "n": n} for n in range(3)]
                session.add_items(three)

        return write

    together(*map(writer, range(20)))
    proxy.disarm()
    stored: list[Any] = SyncRedisSession("user-123", client).get_items()
    batches = [stored[start : start + 3] for start in range(0, len(stored), 3)]
    for batch in batches:
        first = batch[0]
        assert batch == [{**first, "n": n} for n in range(3)]
    seen = [(batch[0]["writer"], batch[0]["batch"]) for batch in batches]
    assert sorted(seen) == [(name, batch) for name in range(20) for batch in range(10)]
    for name in range(20):
        assert [batch for writer, batch in seen if writer == name] == list(range(10))
    client.close()


def test_an_add_is_one_request_also_among_many(proxy: FaultProxy) -> None:
    client: Redis = Redis.from_url(proxy.url)
    SyncRedisSession("user-123", client).add_items(items(0))
    before = proxy.stats.requests

    def write() -> None:
        session = SyncRedisSession("user-123", client, ttl=1000)
        for _ in range(4):
            session.add_items(items(1, 2, 3))

    together(*[write] * 50)
    assert proxy.stats.requests - before == 200
    assert SyncRedisSession("user-123", client).count() == 601
    client.close()


def test_an_item_that_cannot_be_shown_stays(server: Server) -> None:
    def refuse(_: object) -> Any:
        raise LookupError

    with SyncRedisSession.from_url("user-123", server.url, ttl=1000) as session:
        session.add_items(items(1, 2, 3))
        set_view(session, refuse)
        for _ in range(2):
            with pytest.raises(LookupError):
                session.pop_item()
        set_view(session, None)
        assert session.get_items() == items(1, 2, 3)
        assert session.pop_item() == items(3)[0]


def test_receipts_expire(server: Server) -> None:
    with SyncRedisSession.from_url("user-123", server.url) as session:
        session.add_items(items(1, 2))
        session.pop_item()
        session.replace_items(items(3))
        session.clear_session()
    keys = server.command("KEYS", "*")
    assert isinstance(keys, list)
    assert len(keys) == 4
    for key in keys:
        assert isinstance(key, bytes)
        assert key.startswith(b"{openai_agents_session:user-123}:~r:")
        seconds = server.command("TTL", key)
        assert isinstance(seconds, int)
        assert 100 < seconds <= 120
