"""A blocking session for async code: its calls run in worker threads, never in the event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from .._per_process import PerProcess
from .._settling import settle
from .hooks import CompactionHooks, keeps_items_as_they_are

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents import TResponseInputItem
    from agents.memory import SessionSettings

    from .hooks import Prune, Tail
    from .settings import Settings

T = TypeVar("T")

MAX_WORKER_THREADS = 32
"""Worker threads in a process, for all its sessions, loops and request threads together."""


class BlockingTail(Protocol):
    """The newest part of a conversation, as it was read."""

    items: list[Any]
    complete: bool

    def replace(self, start: int, items: list[Any], prune: Prune | None) -> bool:
        """Replace these items from a position on, unless the conversation has changed."""


class BlockingSession(Protocol):
    """What is used of a blocking session."""

    session_id: str

    @property
    def session_settings(self) -> SessionSettings | None: ...
    @session_settings.setter
    def session_settings(self, settings: Any) -> None: ...
    def get_items(self, limit: int | None = None, *, skip: int = 0) -> list[TResponseInputItem]: ...
    def add_items(
        self, items: list[TResponseInputItem], *, idempotency_key: str | None = None
    ) -> None: ...
    def clear_session(self) -> None: ...
    def replace_items(self, items: list[TResponseInputItem]) -> None: ...
    def _take(
        self, abandoned: Callable[[], bool] = ...
    ) -> tuple[Any, Callable[[], None]] | None: ...
    def _read_tail(self, limit: int) -> BlockingTail: ...


class ThreadedSession(CompactionHooks):
    """Adapts a `SyncRedisSession` to the Agents SDK's async `Session` protocol.

    It may be used from any number of event loops and threads. `SyncRedisSession.as_async()` returns
    one.
    """

    __module__ = "openai_agents_session"

    def __init__(self, session: BlockingSession) -> None:
        self.session_id: str = session.session_id
        self._session = session

    def __repr__(self) -> str:
        return f"{self._session!r}.as_async()"

    if TYPE_CHECKING:
        # A property, where the SDK's protocol has an attribute, is an error to some type checkers.
        session_settings: SessionSettings | None
    else:

        @property
        def session_settings(self) -> SessionSettings | None:
            """The SDK's settings of the blocking session; assigning them here sets them there."""
            return self._session.session_settings

        @session_settings.setter
        def session_settings(self, settings: Settings) -> None:
            self._session.session_settings = settings

    async def get_items(
        self, limit: int | None = None, *, skip: int = 0
    ) -> list[TResponseInputItem]:
        """Return the conversation as `SyncRedisSession.get_items` does."""
        return await _in_thread(lambda: self._session.get_items(limit, skip=skip))

    async def add_items(
        self, items: list[TResponseInputItem], *, idempotency_key: str | None = None
    ) -> None:
        """Add items as `SyncRedisSession.add_items` does."""
        named = {} if idempotency_key is None else {"idempotency_key": idempotency_key}
        await _in_thread(lambda: self._session.add_items(items, **named))

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove and return the newest item as `SyncRedisSession.pop_item` does.

        If it is cancelled, the thread puts the item back into the conversation.
        """
        pop = _Pop(self._session)
        return await _in_thread(pop.take, pop.abandon)

    async def clear_session(self) -> None:
        """Delete the conversation as `SyncRedisSession.clear_session` does."""
        await _in_thread(self._session.clear_session)

    def _keeps_items_as_they_are(self) -> bool:
        return keeps_items_as_they_are(self._session)

    async def _replace_all(self, items: list[Any]) -> None:
        await _in_thread(lambda: self._session.replace_items(items))

    async def _read_tail(self, limit: int) -> Tail:
        return _ThreadedTail(await _in_thread(lambda: self._session._read_tail(limit)))


class _ThreadedTail:
    """A tail whose replacement runs in a worker thread."""

    def __init__(self, tail: BlockingTail) -> None:
        self.items = tail.items
        self.complete = tail.complete
        self._tail = tail

    async def replace(self, start: int, items: list[Any], prune: Prune | None) -> bool:
        """Replace the items as the tail does."""
        return await _in_thread(lambda: self._tail.replace(start, items, prune))


class _Pop:
    """One pop, shared by the thread that makes it and the task that may be cancelled."""

    def __init__(self, session: BlockingSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._put_back: Callable[[], None] | None = None
        self._abandoned = False

    def take(self) -> TResponseInputItem | None:
        """Take the newest item, in the thread; put it back if its caller has gone."""
        taken = self._session._take(lambda: self._abandoned)
        if taken is None:
            return None
        item, put_back = taken
        with self._lock:
            self._put_back = put_back
            abandoned = self._abandoned
        if abandoned:
            put_back()
        return cast("TResponseInputItem", item)

    def abandon(self) -> Future[None] | None:
        """Have the item put back: by the thread that takes it, or by another if that has ended."""
        with self._lock:
            self._abandoned = True
            put_back = self._put_back
        return None if put_back is None else _workers.get().submit(put_back)


_workers = PerProcess(lambda: ThreadPoolExecutor(MAX_WORKER_THREADS, "openai-agents-session"))


async def _in_thread(
    call: Callable[[], T], abandon: Callable[[], Future[None] | None] = lambda: None
) -> T:
    """Make a call in a worker thread. If cancelled, wait a while for what cannot be stopped."""
    made = _workers.get().submit(copy_context().run, call)
    try:
        await _ended(made)
        return made.result()
    except asyncio.CancelledError:
        made.cancel()
        pending = [future for future in (made, abandon()) if future and not future.cancelled()]
        if pending:
            await settle(lambda: _all_ended(pending))
        raise


async def _all_ended(futures: list[Future[Any]]) -> None:
    await asyncio.gather(*map(_ended, futures))


async def _ended(future: Future[Any]) -> None:
    """Wait for a thread's future, and leave it running if the caller is cancelled.

    `asyncio.wrap_future` would do, but under gevent it never wakes the loop on Python 3.13.12,
    3.14.3 and newer: it takes the worker for the loop's own thread (gevent issue 2213).
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wake(_: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any longer
            loop.call_soon_threadsafe(ended.set)

    future.add_done_callback(wake)
    await ended.wait()
