"""The bridge for callers that await; `_blocking` has the same names for callers that block.

The only module that imports the Agents SDK when it runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary

import redis
from agents.memory import SessionABC, SessionSettings
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import Pipeline as RedisPipeline
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.lock import Lock
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff, NoBackoff

from ._compaction import changes_items
from ._settling import settle

if TYPE_CHECKING:
    from agents import TResponseInputItem
    from typing_extensions import Self

    from ._async.session import RedisSession
    from ._compaction import ReplaceSuffix, Snapshot
    from ._items import Item

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

Action: TypeAlias = Callable[..., Awaitable[T]]
Client: TypeAlias = Redis | RedisCluster

# redis-py before 8 has no types for how these are made.
_retry: Any = Retry
_NoBackoff: Any = NoBackoff
_ExponentialBackoff: Any = ExponentialBackoff
_RedisCluster: Callable[..., RedisCluster] = cast("Any", RedisCluster)

_OTHER_LOOP = (
    "this session's Redis client was first used in another event loop; create one client per event "
    "loop, or use SyncRedisSession, which works in any thread"
)

_loops: WeakKeyDictionary[object, asyncio.AbstractEventLoop] = WeakKeyDictionary()


class Pipeline(Protocol):
    """What is used of a redis-py pipeline."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc_info: object) -> None: ...
    def execute_command(self, *args: object, **options: object) -> object: ...
    async def execute(self, raise_on_error: bool = True) -> list[Any]: ...


class Transport(Protocol):
    """What is used of a redis-py client. Its own types differ by version; these hold for all."""

    def get_connection_kwargs(self) -> dict[str, Any]: ...
    def pipeline(self, transaction: bool) -> Pipeline: ...
    def get_node(self, *, node_name: str) -> object: ...
    async def execute_command(self, *args: object, **options: object) -> Any: ...
    async def aclose(self) -> None: ...


class SessionBase(SessionABC):
    """What makes a session a session of the Agents SDK."""

    def __init__(
        self, session_id: str, session_settings: SessionSettings | Mapping[str, Any] | None
    ) -> None:
        self.session_id = session_id
        self._settings = (
            SessionSettings() if session_settings is None else sdk_settings(session_settings)
        )

    if TYPE_CHECKING:
        # A property, where the SDK's protocol has an attribute, is an error to some type checkers.
        session_settings: SessionSettings | None
    else:

        @property
        def session_settings(self) -> SessionSettings | None:
            """The SDK's settings of this session; a dict may be assigned, too."""
            return self._settings

        @session_settings.setter
        def session_settings(self, settings: SessionSettings | Mapping[str, Any] | None) -> None:
            self._settings = sdk_settings(settings)

    async def _atomic_replace_items(self, items: list[TResponseInputItem]) -> bool:
        # The SDK's compaction looks for it on the class, and clears and adds where it is False.
        session = cast("RedisSession", self)
        if _changes_items(session):
            return False
        await session.replace_items(items)
        return True

    async def _get_compaction_snapshot(
        self, limit: int, *, prune_prefix: Callable[[Item], bool] | None = None
    ) -> Snapshot | None:
        # The SDK's compaction asks for it, and replaces the whole conversation where it is None.
        session = cast("RedisSession", self)
        if _changes_items(session):
            return None
        session._check_usable()
        tail = await session._items.tail(limit)

        async def replace_suffix(start: int, items: list[TResponseInputItem]) -> bool:
            session._check_usable()
            return await tail.replace(start, items, prune_prefix)

        return make_snapshot(tail.items, tail.complete, replace_suffix)


def _changes_items(session: RedisSession) -> bool:
    from ._async.session import RedisSession

    return changes_items(session, RedisSession)


def make_snapshot(
    items: list[Any], complete: bool, replace_suffix: ReplaceSuffix
) -> Snapshot | None:
    """Make what the SDK's compaction expects, or None where it has another name for it now."""
    try:
        from agents.memory.session import _CompactionSnapshot
    except ImportError:
        return None
    snapshot: Snapshot = _CompactionSnapshot(items, complete, replace_suffix)
    return snapshot


def sdk_settings(
    settings: SessionSettings | Mapping[str, Any] | None,
) -> SessionSettings | None:
    """Return settings as the SDK's own type, which not every release accepts a dict for."""
    return SessionSettings(**settings) if isinstance(settings, Mapping) else settings


class LoopGuard:
    """Keeps a client to the event loop that first used it: its connections belong to that loop."""

    def __init__(self, client: object) -> None:
        # Clients may share a pool; a cluster client is its own.
        self._connections = getattr(client, "connection_pool", client)
        self._loop: asyncio.AbstractEventLoop | None = None

    def check(self) -> None:
        """Raise a RuntimeError where the running loop is not the client's."""
        running = asyncio.get_running_loop()
        if running is self._loop:
            return
        if _loops.setdefault(self._connections, running) is not running:
            raise RuntimeError(_OTHER_LOOP)
        self._loop = running


def accept_client(client: object, user: type) -> Transport:
    """Return the client of a session or manager, typed by what is used of it.

    Raises:
        TypeError: It is not an asyncio client of redis-py.
    """
    if isinstance(client, (redis.Redis, redis.RedisCluster)):
        raise TypeError(
            f"{user.__name__} awaits its client, but {_name(client)} blocks: pass a "
            f"redis.asyncio.Redis or redis.asyncio.RedisCluster, or use Sync{user.__name__}"
        )
    if not isinstance(client, (Redis, RedisCluster)) or isinstance(client, RedisPipeline):
        raise TypeError(
            f"{user.__name__} needs a redis.asyncio.Redis or redis.asyncio.RedisCluster, "
            f"not {_name(client)}"
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
            startup = [ClusterNode(host, port) for host, port in nodes]
            return _RedisCluster(startup_nodes=startup, **{**_cluster_retries(), **options})
        case standalone:
            return cast("Redis", cast("Any", Redis).from_url(standalone.url, **standalone.options))


def open_memory(name: str) -> Redis:
    """Make a client of the server of this name in this process."""
    from ._memory import memory_server

    server = memory_server(name)
    from fakeredis import FakeAsyncRedis

    return FakeAsyncRedis(server=server)


async def close_client(client: Transport) -> None:
    """Close a client of our own, and the connections by which it found its primary."""
    await client.aclose()
    pool = vars(client).get("connection_pool")
    for sentinel in getattr(getattr(pool, "sentinel_manager", None), "sentinels", ()):
        await sentinel.aclose()


async def pause(seconds: float) -> None:
    """Wait without holding up anything else."""
    await asyncio.sleep(seconds)


async def drop_unread_replies(client: Transport) -> None:
    """Do nothing: a cancelled call of an asyncio client closes its connection itself."""


def explain_loop_error(error: BaseException) -> None:
    """Raise an error that names the cure if a client's connections belong to another loop."""
    if isinstance(error, RuntimeError) and "loop" in str(error).lower():
        raise RuntimeError(_OTHER_LOOP) from error


async def discard_connections(client: Any) -> None:
    """Close the connections that no call uses: they lead to a server that is no longer primary."""
    if hasattr(client, "get_nodes"):
        return  # a cluster client learns from its nodes where the primaries are
    await client.connection_pool.disconnect(inuse_connections=False)
    if client.connection is not None:
        await client.connection.disconnect()


def _cluster_retries() -> dict[str, Any]:
    """Return how often a cluster client looks for the new primary of a slot: a few times."""
    # Since 8.1 redis-py goes on for a minute. Before 6.0 it took other arguments, and three times.
    if not hasattr(Retry, "get_retries"):
        return {}
    return {"retry": _retry(_ExponentialBackoff(cap=0.5, base=0.05), 3)}


def _name(client: object) -> str:
    return f"{type(client).__module__}.{type(client).__qualname__}"
