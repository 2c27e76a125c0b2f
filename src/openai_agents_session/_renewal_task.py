"""Renewing something at intervals while async code runs; `_renewal_thread` is for blocking code."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Renewal:
    """Calls something every so many seconds, until it returns False, time is up, or `stop()`."""

    def __init__(
        self, renew: Callable[[], Awaitable[bool]], interval: float, timeout: float
    ) -> None:
        self._renew = renew
        self._interval = interval
        self._end = time.monotonic() + timeout
        self._stopped = False
        # Most turns end before the first renewal: a timer costs them less than a task.
        self._timer = asyncio.get_running_loop().call_later(interval, self._start)
        self._task: asyncio.Task[None] | None = None

    def abandon(self) -> None:
        """Make no further call, without waiting for one that is under way."""
        self._stopped = True
        self._timer.cancel()

    async def stop(self) -> None:
        """Stop, and wait for a call that is under way."""
        self.abandon()
        while self._task is not None and not self._task.done():
            # Before Python 3.12, redis-py forgets a cancellation that comes as the sending ends.
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)

    def _start(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while not self._stopped and time.monotonic() < self._end:
            with suppress(Exception):  # the next one may succeed; the end of the turn finds out
                if not await self._renew():
                    return
            await asyncio.sleep(self._interval)
