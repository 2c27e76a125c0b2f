"""A blocking session for code that awaits: its calls run in worker threads, never in the loop."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._compaction import changes_items
from ._settling import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents import TResponseInputItem
    from agents.memory import SessionSettings

    from ._compaction import Snapshot
    from ._items import Item
    from ._sync.session import SyncRedisSession
    from ._sync.tail import SyncTail

T = TypeVar("T")

MOST_THREADS = 32
"""Worker threads in a process, however many sessions, loops and request threads there are."""


class ThreadedSession:
    """A `SyncRedisSession` as the Agents SDK's `Session` protocol wants it.

    It may be used from any number of event loops and threads. `SyncRedisSession.as_async()` makes
    one; it holds nothing but the session.
    """

    def __init__(self, session: SyncRedisSession) -> None:
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
        def session_settings(self, settings: SessionSettings | Mapping[str, Any] | None) -> None:
            self._session.session_settings = settings

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """Read the conversation as `SyncRedisSession.get_items` does."""
        return await _in_thread(lambda: self._session.get_items(limit))

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add items as `SyncRedisSession.add_items` does."""
        await _in_thread(lambda: self._session.add_items(items))

    async def pop_item(self) -> TResponseInputItem | None:
        """Take the newest item as `SyncRedisSession.pop_item` does.

        Cancelled, it leaves the item in the conversation: the thread puts back what nobody awaits.
        """
        pop = _Pop(self._session)
        return await _in_thread(pop.take, pop.abandon)

    async def clear_session(self) -> None:
        """Delete the conversation as `SyncRedisSession.clear_session` does."""
        await _in_thread(self._session.clear_session)

    async def _atomic_replace_items(self, items: list[TResponseInputItem]) -> bool:
        # The SDK's compaction looks for it on the class, and clears and adds where it is False.
        if _changes_items(self._session):
            return False
        await _in_thread(lambda: self._session.replace_items(items))
        return True

    async def _get_compaction_snapshot(
        self, limit: int, *, prune_prefix: Callable[[Item], bool] | None = None
    ) -> Snapshot | None:
        # The SDK's compaction asks for it, and replaces the whole conversation where it is None.
        from ._aio import make_snapshot

        session = self._session
        if _changes_items(session):
            return None

        def read() -> SyncTail:
            session._check_usable()
            return session._items.tail(limit)

        tail = await _in_thread(read)

        async def replace_suffix(start: int, items: list[TResponseInputItem]) -> bool:
            session._check_usable()
            return await _in_thread(lambda: tail.replace(start, items, prune_prefix))

        return make_snapshot(tail.items, tail.complete, replace_suffix)


def _changes_items(session: SyncRedisSession) -> bool:
    from ._sync.session import SyncRedisSession

    return changes_items(session, SyncRedisSession)


class _Pop:
    """One pop, between the thread that makes it and the task that may be cancelled meanwhile."""

    def __init__(self, session: SyncRedisSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._receipt: bytes | None = None
        self._abandoned = False

    def take(self) -> TResponseInputItem | None:
        """Take the newest item, in the thread; put it back where nobody waits for it any more."""
        taken = self._session._take_item()
        if taken is None:
            return None
        item, receipt = taken
        with self._lock:
            self._receipt = receipt
            abandoned = self._abandoned
        if abandoned:
            self._session._put_back(receipt)
        return cast("TResponseInputItem", item)

    def abandon(self) -> Future[None] | None:
        """Have the item put back: by the thread that takes it, or, if it has ended, by another."""
        with self._lock:
            self._abandoned = True
            receipt = self._receipt
        return None if receipt is None else _workers().submit(self._session._put_back, receipt)


_pool: ThreadPoolExecutor | None = None
_pool_lock = threading.Lock()


def _workers() -> ThreadPoolExecutor:
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="openai-agents-session")
        return _pool


def _forget_workers() -> None:
    """Start without threads after a fork: the parent's did not come along."""
    global _pool, _pool_lock
    _pool, _pool_lock = None, threading.Lock()


with suppress(AttributeError):  # not every system forks
    os.register_at_fork(after_in_child=_forget_workers)


async def _in_thread(
    call: Callable[[], T], abandon: Callable[[], Future[None] | None] = lambda: None
) -> T:
    """Make a call in a worker thread. Cancelled, it waits a while for what cannot be stopped."""
    made = _workers().submit(copy_context().run, call)
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
