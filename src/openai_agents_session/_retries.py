"""When a command is sent again because its reply was lost, and what is said when none came."""

from __future__ import annotations

import random
import re
import time
from typing import Any, Protocol

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    ClusterError,
    ConnectionError,  # noqa: A004  redis-py's own, and what this module is about
    NoPermissionError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,  # noqa: A004
    TryAgainError,
)

PATIENCE = 3.0
"""Seconds after the first attempt, during which another one may follow."""

LAST_START = 30.0
"""Seconds after the first attempt, past which none begins: its receipt must still be there."""

QUICK = 0.5
"""Seconds: a client that took longer for an attempt has spent them on attempts of its own."""

LONGEST_PAUSE = 0.5

LOST = (
    ConnectionError,
    TimeoutError,
    ClusterDownError,
    ClusterError,  # as long as a slot moves to another node
    RedisClusterException,
    TryAgainError,
)
"""Errors that leave open whether the command was carried out."""

_CLIENT_REPR = r"(?s)<redis\..*?> - |Redis<.*?> - "

_REFUSED = (AuthenticationError, AuthorizationError)


class Client(Protocol):
    """What a client of either kind tells about itself."""

    def get_connection_kwargs(self) -> dict[str, Any]: ...


class Retries:
    """The attempts at one command, from the first on.

    They go on for `PATIENCE`. After a slow failure, such as a timeout, there is always a second
    one. But a client that sends commands again by itself is not made to do so all over again.
    """

    def __init__(self, client: Client, started: float) -> None:
        self._client = client
        self._started = self._attempt_started = started
        self._failures = 0

    def next_pause(self, error: Exception) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up."""
        self._failures += 1
        now = time.monotonic()
        if isinstance(error, _REFUSED) or not self._may_go_on(now):
            return None
        pause = self._backoff()
        self._attempt_started = now + pause
        return pause

    def _may_go_on(self, now: float) -> bool:
        if now - self._attempt_started > QUICK and _resends(self._client):
            return False
        elapsed = now - self._started
        return elapsed < PATIENCE or (self._failures == 1 and elapsed < LAST_START)

    def _backoff(self) -> float:
        if self._failures == 1:
            return 0.0  # most often a connection that had died while it was idle
        longest = min(0.01 * 2.0 ** min(self._failures - 2, 10), LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1.0)


def unreachable(error: Exception, key: str) -> Exception:
    """Say for which session no answer came, by an error of the same class where it fits."""
    if isinstance(error, _REFUSED):
        return error
    kind = type(error) if isinstance(error, (ConnectionError, TimeoutError)) else ConnectionError
    return kind(f"Redis did not answer for session key {key!r}: {without_clients(error)}")


def without_clients(error: BaseException) -> str:
    """Return an error's text without the clients that Sentinel's errors show.

    Before redis-py 7 it shows them with their passwords.
    """
    return re.sub(_CLIENT_REPR, "", str(error))


def _resends(client: Client) -> bool:
    """Tell whether the client itself sends a command again when its reply is lost."""
    if hasattr(client, "get_nodes"):
        return True  # a cluster client
    settings = client.get_connection_kwargs()
    if settings.get("retry_on_timeout") or settings.get("retry_on_error"):
        return True
    # Before redis-py 6 a retry policy alone covers connecting, not commands; it cannot be asked.
    retry: Any = settings.get("retry")
    return hasattr(retry, "get_retries") and bool(retry.get_retries())


def refuses_writes(error: ResponseError) -> bool:
    """Tell whether a server that can still be read refused a write."""
    return isinstance(error, (ReadOnlyError, NoPermissionError)) or str(error).startswith(
        ("NOREPLICAS", "MISCONF")
    )
