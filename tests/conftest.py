"""What every test may ask for: a server of the tests' own."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio

from openai_agents_session import RedisSession, SyncRedisSession

from .support.binary import find_binary
from .support.cluster import Cluster
from .support.proxy import FaultProxy
from .support.sentinel import SentinelGroup
from .support.server import Server
from .support.turn_runs import Conversation
from .support.wrappers import FakeOpenAI

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .support.telemetry import Telemetry


def pytest_configure(config: pytest.Config) -> None:
    """Prepare for shells and clients that would make tests fail.

    What a script runs in the background ignores SIGINT, and so would each process that is started.
    What old clients leave to the garbage collector may show up in any test.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if int(redis.__version__.partition(".")[0]) < 8:
        kinds = "socket|_SelectorTransport|StreamWriter|ClusterNode|Connection"
        config.addinivalue_line(
            "filterwarnings",
            f"ignore:Exception ignored in.*({kinds}):pytest.PytestUnraisableExceptionWarning",
        )


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """One server for the whole run."""
    with Server() as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The server of the run, emptied, with its default configuration."""
    shared_server.command("FLUSHALL")
    shared_server.command("SCRIPT", "FLUSH")
    return shared_server


@pytest.fixture
def unix_server() -> Iterator[Server]:
    """A server that listens on a Unix socket, too."""
    with Server(unix_socket=True) as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server for this test alone, which may misconfigure it as it likes."""
    debug = {"enable-debug-command": "yes"} if find_binary().version >= (7,) else {}
    with Server(debug) as server:
        yield server


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    """A proxy before the server of the run, which breaks what the test tells it to."""
    with FaultProxy(server.host, server.port) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[Cluster]:
    """One healthy cluster for the whole run; tests that break one start their own."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    """The cluster of the run, emptied."""
    for primary in {shared_cluster.node_for(str(n)) for n in range(50)}:
        primary.command("FLUSHALL")
        primary.command("SCRIPT", "FLUSH")
    return shared_cluster


@pytest.fixture(scope="session")
def sentinels() -> Iterator[SentinelGroup]:
    """One healthy Sentinel group for the whole run; tests that break one start their own."""
    with SentinelGroup() as group:
        yield group


@pytest.fixture
def connection(server: Server) -> Iterator[redis.Redis]:
    """A blocking client, to write and read what is stored."""
    with redis.Redis(host=server.host, port=server.port, decode_responses=True) as connection:
        yield connection


@pytest.fixture(params=[0, 1], ids=["async", "blocking"])
def api(request: pytest.FixtureRequest) -> int:
    """Which of the two tabs of a page its reader follows."""
    return int(request.param)


@pytest.fixture(params=["awaited", "blocking"])
async def session(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Any]:
    """A session of either API, as the SDK gets it."""
    awaited = redis.asyncio.Redis(host=server.host, port=server.port)
    blocking = redis.Redis(host=server.host, port=server.port)
    if request.param == "awaited":
        yield RedisSession("ada", awaited, ttl=100)
    else:
        yield SyncRedisSession("ada", blocking, ttl=100).as_async()
    await awaited.aclose()
    blocking.close()


@pytest.fixture(params=["awaited", "blocking"])
async def conversation(
    request: pytest.FixtureRequest, server: Server
) -> AsyncIterator[Conversation]:
    """A conversation of either API, to run turns of."""
    awaited = redis.asyncio.Redis(host=server.host, port=server.port)
    blocking = redis.Redis(host=server.host, port=server.port)
    if request.param == "awaited":
        yield Conversation(RedisSession("ada", awaited, ttl=100))
    else:
        yield Conversation(SyncRedisSession("ada", blocking, ttl=100))
    await awaited.aclose()
    blocking.close()


@pytest.fixture
def openai() -> FakeOpenAI:
    """An OpenAI client for compaction."""
    return FakeOpenAI()


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """What sessions report while the test runs."""
    from .support.telemetry import instrumented

    with instrumented() as telemetry:
        yield telemetry
