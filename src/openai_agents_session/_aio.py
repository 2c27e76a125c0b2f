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
from redis.asyncio.lock import Lock

from ._urls import client_options

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "Action",
    "Client",
    "Lock",
    "LoopGuard",
    "Pipeline",
    "SessionBase",
    "Transport",
    "accept_client",
    "open_client",
    "pause",
    "settle",
]

T = TypeVar("T")

Action: TypeAlias = Callable[[], Awaitable[T]]
Client: TypeAlias = Redis | RedisCluster

_SETTLE_SECONDS = 5.0

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
    def lock(
        self, name: bytes, timeout: float | None, sleep: float, *, blocking_timeout: float | None
    ) -> Lock: ...
    async def execute_command(self, *args: object, **options: object) -> Any: ...
    async def aclose(self) -> None: ...


class SessionBase(SessionABC):
    """What makes a session a session of the Agents SDK."""

    def __init__(
        self, session_id: str, session_settings: SessionSettings | Mapping[str, Any] | None
    ) -> None:
        self.session_id = session_id
        self.session_settings = SessionSettings() if session_settings is None else session_settings

    @property
    def session_settings(self) -> SessionSettings | None:
        """The SDK's settings of this session; a dict may be assigned, too."""
        return self._settings

    @session_settings.setter
    def session_settings(self, settings: SessionSettings | Mapping[str, Any] | None) -> None:
        self._settings = sdk_settings(settings)


def sdk_settings(
    settings: SessionSettings | Mapping[str, Any] | None,
) -> SessionSettings | None:
    """Return settings as the SDK's own type, which not every release accepts a dict for."""
    return SessionSettings(**settings) if isinstance(settings, Mapping) else settings


class LoopGuard:
    """Keeps a client to the event loop that first used it: its connections belong to that loop."""

    def __init__(self, client: object) -> None:
        self._client = client
        self._loop: asyncio.AbstractEventLoop | None = None

    def check(self) -> None:
        """Raise a RuntimeError where the running loop is not the client's."""
        running = asyncio.get_running_loop()
        if running is self._loop:
            return
        if _loops.setdefault(self._client, running) is not running:
            raise RuntimeError(
                "this session's Redis client belongs to another event loop, and its connections "
                "cannot follow; make one client per event loop, or use SyncRedisSession, which "
                "works from any thread"
            )
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
    """Make the client that a session of its own URL owns; it connects when it is first used."""
    return Redis.from_url(url, **client_options(url, redis_kwargs))


async def pause(seconds: float) -> None:
    """Wait without holding up anything else."""
    await asyncio.sleep(seconds)


async def settle(action: Action[object]) -> bool:
    """Finish an action although its caller was interrupted; tell whether it succeeded in time.

    Further cancellations wait, too: the first one is on its way to the caller already.
    """
    task = asyncio.ensure_future(action())
    deadline = asyncio.get_running_loop().time() + _SETTLE_SECONDS
    while not task.done():
        remaining = deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            task.cancel()
            return False
        try:
            await asyncio.wait({task}, timeout=remaining)
        except asyncio.CancelledError:
            continue
    return not task.cancelled() and task.exception() is None


def _name(client: object) -> str:
    return f"{type(client).__module__}.{type(client).__qualname__}"
