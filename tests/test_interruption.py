"""Blocking calls that a signal handler interrupts: Ctrl-C, or the soft time limit of Celery."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support.faults import Fault
    from .support.proxy import FaultProxy


class SoftTimeLimitError(Exception):
    """As Celery raises it: an ordinary exception, in the middle of anything."""


def items(*numbers: int) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in numbers]


@pytest.fixture(params=[KeyboardInterrupt, SoftTimeLimitError])
def interruption(request: pytest.FixtureRequest) -> Iterator[type[BaseException]]:
    """An exception that a signal raises."""

    def interrupt(*_: object) -> None:
        raise request.param

    previous = signal.signal(signal.SIGUSR1, interrupt)
    yield request.param
    signal.signal(signal.SIGUSR1, previous)


def interrupted_when_redis_has_acted(
    fault: Fault, call: Callable[[], object], interruption: type[BaseException]
) -> None:
    def strike() -> None:
        fault.wait()
        os.kill(os.getpid(), signal.SIGUSR1)

    thread = threading.Thread(target=strike)
    thread.start()
    with pytest.raises(interruption):
        call()
    thread.join()
    fault.release()


def test_an_interrupted_pop_puts_its_item_back(
    proxy: FaultProxy, interruption: type[BaseException]
) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        session.add_items(items(1, 2))
        fault = proxy.arm("delay", b"EVAL\r\n")
        interrupted_when_redis_has_acted(fault, session.pop_item, interruption)
        assert session.get_items() == items(1, 2)


def test_an_interrupted_add_is_there_as_a_whole(
    proxy: FaultProxy, interruption: type[BaseException]
) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        fault = proxy.arm("delay", b"EVAL\r\n")
        add = lambda: session.add_items(items(1, 2, 3))  # noqa: E731
        interrupted_when_redis_has_acted(fault, add, interruption)
        assert session.get_items() == items(1, 2, 3)
        assert session.expires_in() == 1000
