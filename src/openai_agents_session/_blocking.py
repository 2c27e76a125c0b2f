"""The bridge for callers that block; `_aio` has the same names for callers that await.

Nothing here imports the Agents SDK when it runs: a web worker or a script need not pay for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import redis.asyncio
from redis import Redis, RedisCluster
from redis.client import Pipeline as RedisPipeline
from redis.lock import Lock
from redis.retry import Retry
from redis.sentinel import Sentinel

from ._connect.late_cluster import LateCluster
from ._renewal_thread import Renewal
from ._sdk.settings import sdk_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.memory import SessionSettings
    from fakeredis import FakeServer

    from ._sdk.settings import Settings
    from ._sdk.threaded import ThreadedSession

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

Action: TypeAlias = Callable[..., T]
Client: TypeAlias = Redis | RedisCluster

CLIENTS = (Redis, RedisCluster, LateCluster)
OTHER_CLIENTS = (redis.asyncio.Redis, redis.asyncio.RedisCluster)
WANTED_CLIENTS = "redis.Redis or redis.RedisCluster"


class SessionBase:
    """What makes a session one that the Agents SDK can work with."""

    def __init__(self, session_id: str, session_settings: Settings) -> None:
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
                self._settings = sdk_settings(self._settings)
            return self._settings

        @session_settings.setter
        def session_settings(self, settings: Settings) -> None:
            self._settings = settings

    def as_async(self) -> ThreadedSession:
        """Return this session as the Agents SDK's `Session` protocol wants it.

        For `Runner.run_sync`, `Runner.run` and the SDK's wrappers. The calls block worker threads,
        never an event loop, and the result may be used from any loop and thread.

        Returns:
            A view of this session; make as many as you like.
        """
        from ._sdk.threaded import ThreadedSession

        return ThreadedSession(cast("Any", self))


class LoopGuard:
    """No-op counterpart: a blocking client may be used from any thread."""

    def __init__(self, client: object) -> None:
        pass

    def check(self) -> None:
        """Accept every caller."""


def why_not(user: str, client: str) -> str:
    """Return why a session or manager refuses a client of the other kind."""
    return f"{user} needs a blocking client, but {client} must be awaited"


def make_cluster(nodes: Sequence[tuple[str, int]], options: Mapping[str, Any]) -> RedisCluster:
    """Make a cluster client, which connects when it is first used."""
    return cast("RedisCluster", LateCluster(nodes, options))


def make_fake(server: FakeServer) -> Redis:
    """Make a client of a server in this process."""
    from fakeredis import FakeRedis

    return FakeRedis(server=server)


def pause(seconds: float) -> None:
    """Wait; under gevent, without blocking anything else."""
    if seconds > 0:  # Linux would take 50 microseconds for sleeping 0 seconds
        time.sleep(seconds)


def settle(action: Action[object], error: BaseException | None = None) -> bool:  # noqa: ARG001
    """Finish an action although its caller was interrupted; return whether it succeeded."""
    try:
        action()
    except Exception:  # noqa: BLE001  the interruption is what the caller must see
        return False
    return True


def after_interruption(error: BaseException, clean_up: Action[None]) -> None:  # noqa: ARG001
    """Leave no reply behind for the next call, after an exception from a signal handler.

    Raised between sending a command and reading its reply, it makes redis-py take back a connection
    on which the next command would read that reply.
    """
    clean_up()
