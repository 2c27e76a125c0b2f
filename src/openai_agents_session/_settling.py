"""Finishing what has begun although the caller was cancelled, within bounds."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SETTLE_SECONDS = 5.0


async def settle(
    action: Callable[[], Awaitable[object]], error: BaseException | None = None
) -> bool:
    """Finish an action although its caller was interrupted; return whether it succeeded in time.

    Further cancellations wait, too: the first one is on its way to the caller already. A loop that
    shuts down cancels the action itself, which is then restarted: it must be safe to repeat. If
    `error` says that the caller was closed, nothing can be awaited, and nothing is done.
    """
    if isinstance(error, GeneratorExit) and _cannot_wait(error):
        return False
    from anyio import CancelScope

    succeeded = False
    try:
        # A cancelled scope of anyio cancels its tasks again in every iteration of the loop.
        with CancelScope(shield=True):
            succeeded = await _finish(action)
    except RuntimeError as outside:  # a scope can only be left in its own task
        if closed := closing_behind(outside):
            raise closed from None
        raise
    return succeeded


def closing_behind(error: RuntimeError) -> GeneratorExit | None:
    """Return the closing of a coroutine if the error is that something wanted to wait for its end.

    As redis-py does: to close a connection, in its loop, or to release one.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, GeneratorExit):
        if str(cause).endswith("ignored GeneratorExit"):
            return GeneratorExit()
        cause = cause.__context__
    return cause


def _cannot_wait(error: GeneratorExit) -> bool:
    """Return whether a coroutine is being closed: it must end at once.

    An async generator that is closed may wait, in the loop that closes it. A suspended coroutine
    shows in the traceback, and so does its generator; what it awaited has been closed before.
    """
    if asyncio._get_running_loop() is None:
        return True
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_code.co_flags & inspect.CO_ASYNC_GENERATOR:
            return True
        trace = trace.tb_next
    return False


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
