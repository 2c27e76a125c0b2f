"""What goes on after a cancellation waits for Redis: it does not keep the event loop busy."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from openai_agents_session import RedisSession, SyncRedisSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .support.proxy import FaultProxy

HELD_SECONDS = 0.3
MOST_ITERATIONS = 100  # a loop that spins makes thousands in that time


class CountingSelector(selectors.DefaultSelector):
    """Asked once in each iteration of an event loop."""

    iterations = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.iterations += 1
        return super().select(timeout)


CALLS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "get_items": lambda session: session.get_items(),
    "add_items": lambda session: session.add_items([{"content": "3"}]),
    "pop_item": lambda session: session.pop_item(),
    "clear_session": lambda session: session.clear_session(),
    "lock": lambda session: session.lock().acquire(),
}


async def in_timeout(
    proxy: FaultProxy, session: Any, call: Callable[[Any], Awaitable[object]]
) -> bool:
    """Make a call that a scope of anyio cancels long before Redis answers."""
    await session.get_items()
    proxy.arm("delay", times=None, seconds=HELD_SECONDS)
    with anyio.move_on_after(HELD_SECONDS / 4) as scope:
        await call(session)
    proxy.disarm()
    return scope.cancelled_caught


def iterations_of(call: Callable[[], Any]) -> int:
    """Run something in an event loop; count the iterations that it takes."""
    selector = CountingSelector()
    loop = asyncio.SelectorEventLoop(selector)
    try:
        assert loop.run_until_complete(call())
    finally:
        loop.close()
    return selector.iterations


@pytest.mark.parametrize("name", CALLS)
def test_a_cancelled_call_waits(proxy: FaultProxy, name: str) -> None:
    async def run() -> bool:
        async with RedisSession.from_url("ada", proxy.url) as session:
            return await in_timeout(proxy, session, CALLS[name])

    assert iterations_of(run) < MOST_ITERATIONS


@pytest.mark.parametrize("name", [name for name in CALLS if name != "lock"])
def test_a_cancelled_call_of_the_threaded_view_waits(proxy: FaultProxy, name: str) -> None:
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        view = session.as_async()
        assert iterations_of(lambda: in_timeout(proxy, view, CALLS[name])) < MOST_ITERATIONS
