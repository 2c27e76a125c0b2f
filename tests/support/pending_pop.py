"""Pops that Redis has carried out, whose callers are interrupted before they hear of it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from openai_agents_session import RedisSession, SyncRedisSession

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .proxy import FaultProxy

Kind: TypeAlias = Literal["awaited", "threaded", "blocking"]
Step: TypeAlias = "int | Callable[[], object]"

_SECONDS = 10.0


class Interruption(BaseException):
    """What a signal handler raises."""


class PendingPops:
    """Makes pops through a proxy that withholds their replies, and interrupts them.

    Each kind of caller has its own way: a task that is cancelled, of `RedisSession` or of
    `SyncRedisSession.as_async()`, or a blocking call in the main thread, which a signal interrupts.
    """

    def __init__(self, kind: Kind, proxy: FaultProxy, session_id: str, **options: Any) -> None:
        self._kind = kind
        self._proxy = proxy
        self._session_id = session_id
        self._options = options

    def interrupted_after(self, meanwhile: Callable[[], object]) -> None:
        """Let something happen between a pop and its interruption."""
        self.run(["pop", meanwhile, 0])

    def run(self, steps: Sequence[Literal["pop"] | Step]) -> None:
        """Take steps in turn: `"pop"` begins one, a number interrupts that one, a call is made.

        A blocking caller makes one pop at a time.
        """
        # So that the one command of a pop carries it out, and is not refused as an unknown script.
        with SyncRedisSession.from_url("nobody", self._proxy.url) as warm:
            warm.pop_item()
        if self._kind == "blocking":
            self._interrupt_by_a_signal(steps)
        else:
            asyncio.run(self._cancel(steps))

    async def _cancel(self, steps: Sequence[Literal["pop"] | Step]) -> None:
        session: Any
        if self._kind == "awaited":
            session = RedisSession.from_url(self._session_id, self._proxy.url, **self._options)
        else:
            owner = SyncRedisSession.from_url(self._session_id, self._proxy.url, **self._options)
            session = owner.as_async()
        tasks: list[asyncio.Task[Any]] = []
        faults = []
        for step in steps:
            if step == "pop":
                faults.append(self._proxy.arm("delay", b"EVALSHA"))
                tasks.append(asyncio.ensure_future(session.pop_item()))
                await asyncio.to_thread(faults[-1].wait)
                await asyncio.sleep(0.01)  # until the task waits for the reply
            elif isinstance(step, int):
                tasks[step].cancel()
                if self._kind == "threaded":  # its thread hears of nothing before the reply
                    await asyncio.sleep(0.05)
                    faults[step].release()
                with suppress(asyncio.CancelledError):
                    await tasks[step]
                    raise AssertionError("the pop was not cancelled")
                faults[step].release()
            else:
                assert callable(step)
                await asyncio.to_thread(step)
        if self._kind == "awaited":
            await session.close()
        else:
            owner.close()

    def _interrupt_by_a_signal(self, steps: Sequence[Literal["pop"] | Step]) -> None:
        pop, *between, _ = steps
        assert pop == "pop"
        fault = self._proxy.arm("delay", b"EVALSHA")
        failures: list[BaseException] = []

        def strike() -> None:
            try:
                fault.wait()
                for step in between:
                    assert callable(step)
                    step()
            except BaseException as error:  # noqa: BLE001 - raised in the main thread
                failures.append(error)
            os.kill(os.getpid(), signal.SIGUSR1)

        def interrupt(*_: object) -> None:
            raise Interruption

        previous = signal.signal(signal.SIGUSR1, interrupt)
        thread = threading.Thread(target=strike)
        options = self._options
        try:
            with SyncRedisSession.from_url(self._session_id, self._proxy.url, **options) as session:
                thread.start()
                with suppress(Interruption):
                    session.pop_item()
                    raise AssertionError("the pop was not interrupted")
                thread.join(_SECONDS)
        finally:
            signal.signal(signal.SIGUSR1, previous)
            fault.release()
        if failures:
            raise failures[0]
