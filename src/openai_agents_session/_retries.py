"""How often, and for how long, a command is sent again because its reply was lost."""

from __future__ import annotations

import random
import time
from typing import Any, Protocol

from redis.exceptions import ReadOnlyError

from . import _failures
from ._compat import is_cluster, sends_again

RETRY_SECONDS = 3.0
"""Seconds after the first attempt during which another one may follow."""

SLOT_MOVE_SECONDS = 25.0
"""The same for a slot of a cluster whose keys are on their way to another node."""

LAST_ATTEMPT_SECONDS = 30.0
"""Seconds after the first attempt past which none begins: its receipt must still be there."""

FAST_FAILURE_SECONDS = 0.5
"""A client that took longer for an attempt has spent the time on its own attempts."""

MAX_BACKOFF_SECONDS = 0.5


class Client(Protocol):
    """What a client of either kind tells about itself."""

    def get_connection_kwargs(self) -> dict[str, Any]: ...


class Retries:
    """The attempts at one command, starting with the first.

    They continue for `RETRY_SECONDS`. After a slow failure, such as a timeout, there is always a
    second one, unless the client sends commands again by itself: it has done so already.
    """

    def __init__(self, client: Client, started: float) -> None:
        self._client = client
        self._started = self._attempt_started = started
        self.failures = 0
        self._slot_moves = False
        self.last_error: Exception | None = None

    @property
    def seconds(self) -> float:
        """The time since the first attempt began."""
        return time.monotonic() - self._started

    def next_pause(self, error: Exception) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up."""
        self.failures += 1
        self.last_error = error
        now = time.monotonic()
        if not self._may_continue(error, now):
            return None
        pause = self._backoff()
        self._attempt_started = now + pause
        return pause

    def _may_continue(self, error: Exception, now: float) -> bool:
        elapsed = now - self._started
        if _failures.rejects_credentials(error) or _failures.rejects_certificate(error):
            return False
        if _failures.has_waited_for_connection(error):
            return False
        # A client that hears of a slot's new place may close connections that other calls use.
        self._slot_moves = self._slot_moves or _failures.is_slot_moving(error)
        if self._slot_moves or (is_cluster(self._client) and _failures.is_broken(error)):
            return elapsed < SLOT_MOVE_SECONDS
        if _failures.is_pool_exhausted(error):
            return elapsed < RETRY_SECONDS
        # A paused server refuses late, and no client repeats what was refused.
        slow = now - self._attempt_started > FAST_FAILURE_SECONDS
        if slow and not isinstance(error, ReadOnlyError) and sends_again(self._client):
            return False
        return elapsed < RETRY_SECONDS or (self.failures == 1 and elapsed < LAST_ATTEMPT_SECONDS)

    def _backoff(self) -> float:
        if self.failures == 1:
            return 0.0  # most often a connection that had died while it was idle
        longest = min(0.01 * 2.0 ** min(self.failures - 2, 10), MAX_BACKOFF_SECONDS)
        return longest * random.uniform(0.5, 1.0)
