"""The bridge for callers that await; `_blocking` has the same names for callers that block.

The only module that imports the Agents SDK when it is imported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary

import redis
from agents.memory import SessionABC, SessionSettings
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import Pipeline as RedisPipeline
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.lock import Lock
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel

from ._renewal_task import Renewal
from ._sdk.hooks import CompactionHooks, keeps_items_as_they_are
from ._sdk.settings import sdk_settings
from ._settling import closing_behind, settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fakeredis import FakeServer

    from ._sdk.settings import Settings

__all__ = [
    "CLIENTS",
    "OTHER_CLIENTS",
    "WANTED_CLIENTS",
    "Action",
    "Client",
    "Lock",
    "LoopGuard",
    "Redis",
    "RedisPipeline",
    "Renewal",
    "Retry",
    "Sentinel",
    "SessionBase",
    "after_interruption",
    "make_cluster",
    "make_fake",
    "pause",
    "settle",
    "why_not",
]

T = TypeVar("T")

Action: TypeAlias = Callable[..., Awaitable[T]]
Client: TypeAlias = Redis | RedisCluster

CLIENTS = (Redis, RedisCluster)
OTHER_CLIENTS = (redis.Redis, redis.RedisCluster)
WANTED_CLIENTS = "redis.asyncio.Redis or redis.asyncio.RedisCluster"

_OTHER_LOOP = (
    "this session's Redis client was first used in another event loop; create one client per event "
    "loop, or use SyncRedisSession, which works in any thread"
)

_loops: WeakKeyDictionary[object, asyncio.AbstractEventLoop] = WeakKeyDictionary()


class SessionBase(CompactionHooks, SessionABC):
    """What makes a session a session of the Agents SDK."""

    def __init__(self, session_id: str, session_settings: Settings) -> None:
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
        def session_settings(self, settings: Settings) -> None:
            self._settings = sdk_settings(settings)

    def _keeps_items_as_they_are(self) -> bool:
        return keeps_items_as_they_are(self)


class LoopGuard:
    """Keeps a client to the event loop that first used it: its connections belong to that loop."""

    def __init__(self, client: object) -> None:
        # Clients may share a pool; a cluster client is its own.
        self._connections = getattr(client, "connection_pool", client)
        self._loop: asyncio.AbstractEventLoop | None = None

    def check(self) -> None:
        """Raise a RuntimeError if the running loop is not the client's."""
        running = asyncio.get_running_loop()
        if running is self._loop:
            return
        if _loops.setdefault(self._connections, running) is not running:
            raise RuntimeError(_OTHER_LOOP)
        self._loop = running


def why_not(user: str, client: str) -> str:
    """Return why a session or manager refuses a client of the other kind."""
    return f"{user} needs an asyncio client, but {client} is blocking"


def make_cluster(nodes: Sequence[tuple[str, int]], options: Mapping[str, Any]) -> RedisCluster:
    """Make a cluster client, which connects when it is first used."""
    startup = [ClusterNode(host, port) for host, port in nodes]
    cluster: RedisCluster = cast("Any", RedisCluster)(startup_nodes=startup, **options)
    return cluster


def make_fake(server: FakeServer) -> Redis:
    """Make a client of a server in this process."""
    from fakeredis import FakeAsyncRedis

    return FakeAsyncRedis(server=server)


async def pause(seconds: float) -> None:
    """Wait without blocking anything else."""
    await asyncio.sleep(seconds)


async def after_interruption(
    error: BaseException,
    clean_up: Action[None],  # noqa: ARG001  asyncio has nothing to clean up
) -> None:
    """Explain an error of asyncio. A cancelled call closes its connection by itself."""
    if isinstance(error, RuntimeError) and (closed := closing_behind(error)):
        raise closed from error
    if isinstance(error, RuntimeError) and "loop" in str(error).lower():
        raise RuntimeError(_OTHER_LOOP) from error
