"""The bridge for callers that block; `_aio` has the same names for callers that await.

Nothing here imports the Agents SDK when it runs: a web worker or a script need not pay for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast

import redis.asyncio
from redis import Redis, RedisCluster
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.client import Pipeline as RedisPipeline
from redis.lock import Lock
from redis.retry import Retry
from redis.sentinel import Sentinel

from ._late_cluster import LateCluster

if TYPE_CHECKING:
    from agents.memory import SessionSettings
    from typing_extensions import Self

    from ._sync.session import SyncRedisSession
    from ._threaded import ThreadedSession

__all__ = [
    "Action",
    "Client",
    "Lock",
    "LoopGuard",
    "Pipeline",
    "SessionBase",
    "Transport",
    "accept_client",
    "close_client",
    "discard_connections",
    "drop_unread_replies",
    "explain_loop_error",
    "open_client",
    "pause",
    "settle",
]

T = TypeVar("T")

Action: TypeAlias = Callable[..., T]
Client: TypeAlias = Redis | RedisCluster

# redis-py before 8 has no types for how these are made.
_retry: Any = Retry
_NoBackoff: Any = NoBackoff
_ExponentialBackoff: Any = ExponentialBackoff

_CLIENTS = (Redis, RedisCluster, LateCluster)


class Pipeline(Protocol):
    """What is used of a redis-py pipeline."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc_info: object) -> None: ...
    def execute_command(self, *args: object, **options: object) -> object: ...
    def execute(self, raise_on_error: bool = True) -> list[Any]: ...


class Transport(Protocol):
    """What is used of a redis-py client. Its own types differ by version; these hold for all."""

    def get_connection_kwargs(self) -> dict[str, Any]: ...
    def pipeline(self, transaction: bool) -> Pipeline: ...
    def get_node(self, *, node_name: str) -> object: ...
    def execute_command(self, *args: object, **options: object) -> Any: ...
    def close(self) -> None: ...


class SessionBase:
    """What makes a session one that the Agents SDK can work with."""

    def __init__(
        self, session_id: str, session_settings: SessionSettings | Mapping[str, Any] | None
    ) -> None:
        self.session_id = session_id
        self._settings = session_settings

    if TYPE_CHECKING:
        # A property, where the SDK's protocol has an attribute, is an error to some type checkers.
        session_settings: SessionSettings | None
    else:

        @property
        def session_settings(self) -> SessionSettings | None:
            """The SDK's settings of this session, None without any; a dict may be assigned, too."""
            if isinstance(self._settings, Mapping):
                # Only the SDK asks for its own type, so it was imported long before.
                from ._aio import sdk_settings

                self._settings = sdk_settings(self._settings)
            return self._settings

        @session_settings.setter
        def session_settings(self, settings: SessionSettings | Mapping[str, Any] | None) -> None:
            self._settings = settings

    def as_async(self) -> ThreadedSession:
        """Return this session as the Agents SDK's `Session` protocol wants it.

        For `Runner.run_sync`, `Runner.run` and the SDK's wrappers. The calls block worker threads,
        never an event loop, and the result may be used from any loop and thread.

        Returns:
            A view of this session; make as many as you like.
        """
        from ._threaded import ThreadedSession

        return ThreadedSession(cast("SyncRedisSession", self))

    def _put_back(self, receipt: bytes) -> None:
        # For the view above: its thread may have taken an item that nobody awaits any more.
        cast("SyncRedisSession", self)._items.history.put_back(receipt)


class LoopGuard:
    """Stands for its twin: a blocking client may be used from any thread, so nothing is kept."""

    def __init__(self, client: object) -> None:
        pass

    def check(self) -> None:
        """Accept every caller."""


def accept_client(client: object, user: type) -> Transport:
    """Return the client of a session or manager, typed by what is used of it.

    Raises:
        TypeError: It is not a blocking client of redis-py.
    """
    if isinstance(client, (redis.asyncio.Redis, redis.asyncio.RedisCluster)):
        raise TypeError(
            f"{user.__name__} does not await its client, but {_name(client)} must be awaited: pass "
            f"a redis.Redis or redis.RedisCluster, or use {user.__name__.removeprefix('Sync')}"
        )
    if not isinstance(client, _CLIENTS) or isinstance(client, RedisPipeline):
        raise TypeError(
            f"{user.__name__} needs a redis.Redis or redis.RedisCluster, not {_name(client)}"
        )
    return cast("Transport", client)


def open_client(url: str, redis_kwargs: Mapping[str, Any] | None) -> Client:
    """Make a client of our own, which `close_client` closes; it connects when it is first used.

    Raises:
        TypeError: The URL is not a string.
        ValueError: The URL cannot be read, or lacks what it needs.
        ImportError: The URL asks for a server in memory, and its engine is not installed.
    """
    from ._urls import ClusterNodes, Memory, Sentinels, read_url

    match read_url(url, redis_kwargs):
        case Memory(name):
            return open_memory(name)
        case Sentinels(nodes, service, options, sentinel_options):
            # Another sentinel is asked at once: by default redis-py tries a dead one for seconds.
            asked = {"retry": _retry(_NoBackoff(), 0), **sentinel_options}
            sentinel = cast("Any", Sentinel)(nodes, sentinel_kwargs=asked, **options)
            return cast("Redis", sentinel.master_for(service))
        case ClusterNodes(nodes, options):
            return cast("RedisCluster", LateCluster(nodes, {**_cluster_retries(), **options}))
        case standalone:
            return cast("Redis", cast("Any", Redis).from_url(standalone.url, **standalone.options))


def open_memory(name: str) -> Redis:
    """Make a client of the server of this name in this process."""
    from ._memory import memory_server

    server = memory_server(name)
    from fakeredis import FakeRedis

    return FakeRedis(server=server)


def close_client(client: Transport) -> None:
    """Close a client of our own, and the connections by which it found its primary."""
    client.close()
    pool = vars(client).get("connection_pool")
    for sentinel in getattr(getattr(pool, "sentinel_manager", None), "sentinels", ()):
        sentinel.close()


def pause(seconds: float) -> None:
    """Wait; under gevent, without holding up anything else."""
    time.sleep(seconds)


def drop_unread_replies(client: Transport) -> None:
    """Leave no reply behind for the next call, after an exception from a signal handler.

    Raised between sending a command and reading its reply, it makes redis-py take back a connection
    on which the next command would read that reply.
    """
    discard_connections(client)


def explain_loop_error(error: BaseException) -> None:
    """Do nothing: a blocking client may be used from any thread."""


def discard_connections(client: Any) -> None:
    """Close the connections that no call uses."""
    for pool in _pools(client):
        try:
            pool.disconnect(inuse_connections=False)
        except TypeError:  # before redis-py 7 the blocking pool closes all; calls are sent again
            pool.disconnect()
    connection = vars(client).get("connection")  # that of a single_connection_client
    if connection is not None:
        connection.disconnect()


def _pools(client: Any) -> list[Any]:
    if hasattr(client, "get_nodes"):
        nodes = [node.redis_connection for node in client.get_nodes()]
        return [node.connection_pool for node in nodes if node is not None]
    return [client.connection_pool]


def settle(action: Action[object]) -> bool:
    """Finish an action although its caller was interrupted; tell whether it succeeded."""
    try:
        action()
    except Exception:  # noqa: BLE001  the interruption is what the caller must see
        return False
    return True


def _cluster_retries() -> dict[str, Any]:
    """Return how often a cluster client looks for the new primary of a slot: a few times."""
    # Since 8.1 redis-py goes on for a minute. Before 6.0 it took other arguments, and three times.
    if not hasattr(Retry, "get_retries"):
        return {}
    return {"retry": _retry(_ExponentialBackoff(cap=0.5, base=0.05), 3)}


def _name(client: object) -> str:
    return f"{type(client).__module__}.{type(client).__qualname__}"
