"""Renewing something at intervals while blocking code runs, with one timer thread per process."""

from __future__ import annotations

import heapq
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from itertools import count
from typing import TYPE_CHECKING

from ._per_process import PerProcess

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_CALLS = 8  # at a time, so that one dead server does not stop the renewals of others

_MAX_WAIT_SECONDS = 3600.0

_order = count()


class Renewal:
    """Calls something every so many seconds, until it returns False, time is up, or `stop()`."""

    def __init__(self, renew: Callable[[], bool], interval: float, timeout: float) -> None:
        self._renew = renew
        self._interval = interval
        self._end = time.monotonic() + timeout
        self._stopped = False
        self._context = copy_context()  # so that it belongs to the caller's trace, as a task does
        self._call: Future[None] | None = None
        self._plan()

    def abandon(self) -> None:
        """Make no further call, without waiting for one that is under way."""
        self._stopped = True

    def stop(self) -> None:
        """Stop, and wait for a call that is under way."""
        self.abandon()
        call = self._call
        if call is not None and not call.cancel():
            wait([call])

    def _plan(self) -> None:
        due = time.monotonic() + self._interval
        if due < self._end:
            _timer.get().at(due, self._start)

    def _start(self, workers: ThreadPoolExecutor) -> None:
        if self._stopped:
            return
        try:
            self._call = workers.submit(self._context.run, self._run)
        except RuntimeError:  # the main thread has ended, and others have not
            self._context.run(self._run)

    def _run(self) -> None:
        held = True
        with suppress(Exception):  # the next one may succeed; the end of the turn finds out
            held = self._stopped or self._renew()
        if held and not self._stopped:
            self._plan()


class _Timer:
    """A daemon thread that starts what is due."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[ThreadPoolExecutor], None]]] = []
        self._changed = threading.Condition()
        self._workers = ThreadPoolExecutor(_MAX_CALLS, "agents-session-renewal")
        threading.Thread(target=self._run, name="agents-session-timer", daemon=True).start()

    def at(self, due: float, start: Callable[[ThreadPoolExecutor], None]) -> None:
        """Start something at a time of `time.monotonic`."""
        with self._changed:
            entry = (due, next(_order), start)
            heapq.heappush(self._due, entry)
            if self._due[0] is entry:  # or the thread wakes up earlier anyway
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    left = self._due[0][0] - time.monotonic() if self._due else _MAX_WAIT_SECONDS
                    self._changed.wait(min(left, _MAX_WAIT_SECONDS))
                start = heapq.heappop(self._due)[2]
            start(self._workers)


_timer = PerProcess(_Timer)
