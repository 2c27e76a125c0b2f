"""Cancel a call at many different moments."""

from __future__ import annotations

import asyncio
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine


T = TypeVar("T")

_ROUNDS = 60
_SAMPLES = 3
CALLS = _SAMPLES + _ROUNDS

_END_SECONDS = 20.0
_SETTLE_SECONDS = 0.2
_CORRECTION_SECONDS = 3.0
_POLL_SECONDS = 0.05


async def nothing() -> None:
    """Do nothing meanwhile."""


async def cancel_at_many_moments(
    call: Callable[[int], Coroutine[Any, Any, T]],
    before: Callable[[], Awaitable[object]],
    meanwhile: Callable[[], Awaitable[object]] = nothing,
) -> dict[int, T]:
    """Call `CALLS` times, and cancel all but the first calls, each a little later.

    Half of the moments are the first turns of the event loop after the start. The others are spread
    over the turns that one of the first calls took.

    Args:
        call: What is cancelled; it gets the number of the call.
        before: What is done before each call: it restores what the last cancellation may have
            closed, such as a connection.
        meanwhile: What is done at the same time as the call, and is not cancelled.

    Returns:
        The results of the calls that returned, by their number.
    """
    results: dict[int, T] = {}
    samples = []

    async def begin(number: int) -> tuple[asyncio.Task[T], asyncio.Future[object]]:
        await before()
        return asyncio.ensure_future(call(number)), asyncio.ensure_future(meanwhile())

    for number in range(_SAMPLES):
        task, other = await begin(number)
        samples.append(await _turns(task))
        results[number] = task.result()
        await other
    early = range(_ROUNDS // 2)
    moments = [*early, *(round(1.2 * median(samples) * n / len(early)) for n in early)]
    for number, turns in enumerate(moments, _SAMPLES):
        task, other = await begin(number)
        await _turns(task, turns)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=_END_SECONDS)
        assert done, f"a cancelled call did not end within {_END_SECONDS:.0f} s"
        if not task.cancelled():
            results[number] = task.result()
        await other
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
