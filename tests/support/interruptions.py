"""Interrupting or cancelling a call in the moment that Redis has acted and its reply is held."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from .faults import Fault


class SoftTimeLimitError(Exception):
    """As Celery raises it: an ordinary exception, in the middle of anything."""


INTERRUPTIONS: list[type[BaseException]] = [KeyboardInterrupt, SoftTimeLimitError]
_SIGNAL = signal.SIGUSR1


def items(*numbers: int) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in numbers]


async def struck(fault: Fault) -> None:
    """Wait until Redis has acted and the call waits for its reply.

    Before Python 3.12, `asyncio.wait_for`, through which redis-py sends, forgets a cancellation
    that comes in the moment when the sending is done. Such a call ends as if nobody had cancelled.
    """
    await asyncio.to_thread(fault.wait)
    for _ in range(10):
        await asyncio.sleep(0)


async def cancel_when_struck(fault: Fault, call: Awaitable[object]) -> None:
    """Make a call whose reply a delay holds, cancel it, wait for its end, and let the reply go."""
    task = asyncio.ensure_future(call)
    await struck(fault)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fault.release()


@contextmanager
def raised_by_signal(interruption: type[BaseException]) -> Iterator[None]:
    """Have the handler of a signal raise it while the block runs, in the middle of anything."""

    def interrupt(*_: object) -> None:
        raise interruption

    previous = signal.signal(_SIGNAL, interrupt)
    try:
        yield
    finally:
        signal.signal(_SIGNAL, previous)


def interrupt_when_struck(
    fault: Fault, call: Callable[[], object], interruption: type[BaseException]
) -> None:
    """Make a call whose reply a delay holds, interrupt it, and let the reply go.

    It needs `raised_by_signal` around it.
    """

    def strike() -> None:
        fault.wait()
        os.kill(os.getpid(), _SIGNAL)

    thread = threading.Thread(target=strike)
    thread.start()
    with pytest.raises(interruption):
        call()
    thread.join()
    fault.release()
