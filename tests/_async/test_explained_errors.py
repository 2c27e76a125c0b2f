# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""An exhausted pool, a cluster behind a plain client, a dead or silent server: each says so."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError

from openai_agents_session import RedisSession, RedisSessionManager

from .._aio import BlockingConnectionPool, ConnectionPool, Redis, Retry
from ..support.internals import RETRY_SECONDS, give_up_at_once, replace_pause
from ..support.ports import LOOPBACK, free_port
from ..support.tls import untrusted_port

if TYPE_CHECKING:
    from pathlib import Path

    from .._aio import Action
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

KEY = "openai_agents_session:ada"
SUBJECT = f"session key '{KEY}'"
SLACK = 2.0  # seconds that a busy machine may add

ITEM: Any = {"role": "user", "content": "what nobody else may read"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a session give up soon: how long it takes is the subject of other tests."""
    give_up_at_once(monkeypatch, 0.05)


def operations(session: RedisSession) -> list[Action]:
    return [
        session.get_items,
        lambda: session.add_items([ITEM]),
        session.pop_item,
        session.clear_session,
        lambda: session.replace_items([ITEM]),
        session.count,
        session.expires_in,
        session.lock(blocking_timeout=0).acquire,
        session.lock(blocking_timeout=0).locked,
    ]


def chain(error: BaseException) -> list[BaseException]:
    """Return an error and its causes; a chain that bites its own tail fails the test."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        assert cause not in found
        found.append(cause)
        cause = cause.__cause__
    return found


async def explanation(operation: Action, kind: type[RedisError]) -> str:
    """Return the text of the error: it names the key, and its cause is the client's own."""
    with pytest.raises(kind) as caught:
        await operation()
    said = str(caught.value)
    assert SUBJECT in said
    assert "nobody else" not in said
    assert len(chain(caught.value)) > 1
    assert SUBJECT not in str(caught.value.__cause__)
    return said


async def check(session: RedisSession, kind: type[RedisError], words: str) -> None:
    for operation in operations(session):
        assert re.search(words, await explanation(operation, kind))


EXHAUSTED = f"^no free connection for {SUBJECT}: .*; raise max_connections"


@pytest.mark.usefixtures("impatient")
async def test_a_pool_that_is_exhausted(server: Server) -> None:
    pool = ConnectionPool(host=server.host, port=server.port, max_connections=1)
    client: Any = Redis(connection_pool=pool)
    async with client.pipeline() as busy:
        await busy.watch("anything")  # it holds the only connection
        await check(RedisSession("ada", client, ttl=100), ConnectionError, EXHAUSTED)
    await pool.disconnect()


async def test_a_pool_that_recovers_is_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ConnectionPool(host=server.host, port=server.port, max_connections=1)
    client: Any = Redis(connection_pool=pool)
    async with client.pipeline() as busy:
        await busy.watch("anything")

        async def set_free(seconds: float) -> None:
            await busy.reset()

        replace_pause(monkeypatch, set_free)
        await RedisSession("ada", client).add_items([ITEM])
    assert server.command("LLEN", KEY) == 1
    await pool.disconnect()


@pytest.mark.parametrize("timeout", [0.5, 1.0])
async def test_a_pool_in_which_calls_wait_is_waited_for_once(
    server: Server, timeout: float
) -> None:
    make: Any = BlockingConnectionPool
    pool = make(host=server.host, port=server.port, max_connections=1, timeout=timeout)
    client: Any = Redis(connection_pool=pool)
    session = RedisSession("ada", client, ttl=100)
    async with client.pipeline() as busy:
        await busy.watch("anything")
        started = time.perf_counter()
        for operation in (session.get_items, lambda: session.add_items([ITEM])):
            assert re.search(EXHAUSTED, await explanation(operation, ConnectionError))
        assert time.perf_counter() - started < 2 * (2 * timeout)
    await pool.disconnect()


async def test_a_plain_client_on_a_cluster(cluster: Cluster) -> None:
    wrong = next(node for node in cluster.nodes[:3] if node is not cluster.node_for(KEY))
    words = f"^{SUBJECT} belongs to a Redis Cluster, .*MOVED .*redis\\+cluster://"
    started = time.perf_counter()
    for ttl in (None, 100):
        async with RedisSession.from_url("ada", wrong.url, ttl=ttl) as session:
            await check(session, ResponseError, words)
    assert time.perf_counter() - started < RETRY_SECONDS  # nothing is tried again


async def test_a_plain_client_of_a_manager_on_a_cluster(cluster: Cluster) -> None:
    wrong = next(node for node in cluster.nodes[:3] if node is not cluster.node_for("session:ada"))
    words = r"^session key 'session:ada' belongs to a Redis Cluster, .*redis\+cluster://"
    async with RedisSessionManager(url=wrong.url, strict=True) as manager:
        for operation in (
            lambda: manager.store_message("ada", "user", "Hello"),
            lambda: manager.get_history("ada"),
            lambda: manager.clear_session("ada"),
            lambda: manager.stats("ada"),
        ):
            with pytest.raises(ResponseError, match=words):
                await operation()


DOWN = f"^cannot connect to Redis for {SUBJECT}: .*; check that the server is running"


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_is_down() -> None:
    url = f"redis://{LOOPBACK}:{free_port()}"
    async with RedisSession.from_url("ada", url, ttl=100) as session:
        await check(session, ConnectionError, DOWN)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "url",
    ["redis+cluster://{0}:{1}", "redis+sentinel://{0}:{1}/mymaster", "unix:///no/such/socket"],
)
async def test_a_server_of_another_kind_that_is_down(url: str) -> None:
    address = url.format(LOOPBACK, free_port())
    async with RedisSession.from_url("ada", address, ttl=100) as session:
        for operation in operations(session)[:2]:
            assert re.search(DOWN, await explanation(operation, ConnectionError))


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_says_nothing(proxy: FaultProxy) -> None:
    words = f"^Redis did not answer in time for {SUBJECT}: .*; .*raise socket_timeout"
    options = {"socket_timeout": 0.1}
    async with RedisSession.from_url("ada", proxy.url, ttl=100, redis_kwargs=options) as session:
        await session.ping()
        proxy.arm("blackhole", times=None)
        await check(session, TimeoutError, words)


@pytest.mark.usefixtures("impatient")
async def test_a_connection_that_breaks(proxy: FaultProxy) -> None:
    words = f"^lost the connection to Redis for {SUBJECT}: .*; .*it may have done so"
    client = Redis(host=proxy.host, port=proxy.port, retry=Retry(NoBackoff(), 0))
    session = RedisSession("ada", client, ttl=100)
    proxy.arm("cut_before", times=None)
    await check(session, ConnectionError, words)
    await client.aclose()


@pytest.mark.parametrize("scheme", ["rediss://{}:{}", "rediss+cluster://{}:{}"])
async def test_a_certificate_that_is_not_trusted(tmp_path: Path, scheme: str) -> None:
    words = f"^the TLS connection to Redis failed for {SUBJECT}: .*; check the certificates"
    with untrusted_port(tmp_path) as port:
        url = scheme.format(port.host, port.port)
        async with RedisSession.from_url("ada", url, ttl=100) as session:
            for number, operation in enumerate(operations(session), 1):
                assert re.search(words, await explanation(operation, ConnectionError))
                assert port.visits == number
