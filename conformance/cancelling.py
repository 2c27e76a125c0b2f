"""Cancel a call at many different moments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

T = TypeVar("T")

ROUNDS = 40
SAMPLES = 3

_END_SECONDS = 20.0
_SETTLE_SECONDS = 0.2
_CORRECTION_SECONDS = 3.0
_POLL_SECONDS = 0.05


async def cancel_at_many_moments(
    call: Callable[[int], Coroutine[Any, Any, T]],
) -> dict[int, T]:
    """Call `SAMPLES + ROUNDS` times, and cancel all but the first ones, each a little later.

    The moments are spread over the turns of the event loop that a whole call takes.

    Returns:
        The results of the calls that returned, by their number.
    """
    results: dict[int, T] = {}
    turns = 0
    for number in range(SAMPLES):
        task = asyncio.ensure_future(call(number))
        turns = max(turns, await _turns(task))
        results[number] = task.result()
    for number in range(SAMPLES, SAMPLES + ROUNDS):
        task = asyncio.ensure_future(call(number))
        await _turns(task, round(1.2 * turns * (number - SAMPLES) / ROUNDS))
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=_END_SECONDS)
        assert done, f"a cancelled call did not end within {_END_SECONDS:.0f} s"
        if not task.cancelled():
            results[number] = task.result()
    await asyncio.sleep(_SETTLE_SECONDS)  # a thread may still carry a cancelled call out
    return results


async def _turns(task: asyncio.Task[Any], most: int | None = None) -> int:
    """Wait for a task, for at most this number of turns of the loop; return their number."""
    turns = 0
    while not task.done() and turns != most:
        await asyncio.sleep(0)
        turns += 1
    return turns


async def eventually(check: Callable[[], Awaitable[None]]) -> None:
    """Check until it holds: a cancelled call may be undone in the background."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _CORRECTION_SECONDS
    while loop.time() < deadline:
        try:
            return await check()
        except AssertionError:
            await asyncio.sleep(_POLL_SECONDS)
    return await check()
