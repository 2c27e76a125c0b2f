"""Finishing what has begun although the caller was cancelled, within bounds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SETTLE_SECONDS = 5.0


async def settle(action: Callable[[], Awaitable[object]]) -> bool:
    """Finish an action although its caller was interrupted; return whether it succeeded in time.

    Further cancellations wait, too: the first one is on its way to the caller already. A loop that
    shuts down cancels the action itself, which is then restarted: it must be safe to repeat.
    """
    from anyio import CancelScope

    succeeded = False
    # A cancelled scope of anyio cancels its tasks again in every iteration of the loop.
    with CancelScope(shield=True):
        succeeded = await _finish(action)
    return succeeded  # noqa: RET504  to a type checker, the scope may swallow an error


async def _finish(action: Callable[[], Awaitable[object]]) -> bool:
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    task = asyncio.ensure_future(action())
    while not task.done() or task.cancelled():
        remaining = deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            task.cancel()
            return False
        if task.cancelled():
            task = asyncio.ensure_future(action())
        try:
            await asyncio.wait({task}, timeout=remaining)
        except asyncio.CancelledError:
            continue
    return task.exception() is None
