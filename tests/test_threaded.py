"""The view for code that awaits: its calls run in threads, and a cancelled one loses nothing."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import pytest
import redis

from openai_agents_session import SyncRedisSession

from .support.internals import as_in_a_child, settle_briefly, use_workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server

SECONDS = 10
ITEMS: Any = [{"role": "user", "content": letter} for letter in "abc"]


class Watched(SyncRedisSession):
    """Stops before and after it takes an item, and tells when it has put one back."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__("ada", client)
        self.may_take, self.may_return = threading.Event(), threading.Event()
        self.taking, self.taken, self.back = (threading.Event() for _ in range(3))

    def _take(self, abandoned: Any = None) -> Any:
        self.taking.set()
        assert self.may_take.wait(SECONDS)
        item, put_back = cast("Any", super()._take(abandoned))
        self.taken.set()
        assert self.may_return.wait(SECONDS)

        def put_back_and_tell() -> None:
            put_back()
            self.back.set()

        return item, put_back_and_tell


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled call waits only briefly for its thread, which these tests delay."""
    settle_briefly(monkeypatch, 0.1)


@pytest.fixture
def session(server: Server) -> Iterator[Watched]:
    with redis.Redis(host=server.host, port=server.port) as client:
        session = Watched(client)
        session.add_items(ITEMS)
        yield session


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        use_workers(monkeypatch, pool)
        yield pool


async def wait_for(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, SECONDS)


async def cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_before_the_item_is_taken(session: Watched) -> None:
    task = asyncio.create_task(session.as_async().pop_item())
    await wait_for(session.taking)
    await cancel(task)
    session.may_return.set()
    session.may_take.set()
    await wait_for(session.back)
    assert session.get_items() == ITEMS


async def test_cancelled_after_the_item_is_taken(session: Watched) -> None:
    session.may_take.set()
    task = asyncio.create_task(session.as_async().pop_item())
    await wait_for(session.taken)
    assert session.get_items() == ITEMS[:2]
    await cancel(task)
    session.may_return.set()
    await wait_for(session.back)
    assert session.get_items() == ITEMS


async def test_cancelled_while_the_item_is_on_its_way(
    session: Watched, one_thread: ThreadPoolExecutor
) -> None:
    session.may_take.set()
    session.may_return.set()
    task = asyncio.create_task(session.as_async().pop_item())
    await asyncio.sleep(0)
    one_thread.submit(lambda: None).result(SECONDS)  # the loop stands still: the thread is done
    await cancel(task)
    await wait_for(session.back)
    assert session.get_items() == ITEMS


async def test_cancelled_in_the_queue(session: Watched, one_thread: ThreadPoolExecutor) -> None:
    gate = threading.Event()
    one_thread.submit(gate.wait, SECONDS)
    task = asyncio.create_task(session.as_async().pop_item())
    await asyncio.sleep(0)
    await cancel(task)
    gate.set()
    one_thread.submit(lambda: None).result(SECONDS)
    assert not session.taking.is_set()
    assert session.get_items() == ITEMS


async def test_others_take_the_item_that_came_back(session: Watched) -> None:
    view = session.as_async()
    task = asyncio.create_task(view.pop_item())
    await wait_for(session.taking)
    await cancel(task)
    session.may_return.set()
    session.may_take.set()
    await wait_for(session.back)
    assert await view.pop_item() == ITEMS[2]
    assert await view.pop_item() == ITEMS[1]


async def test_cancelling_the_rest_leaves_the_view_usable(
    server: Server, session: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = session.as_async()
    threads = ThreadPoolExecutor(3)
    use_workers(monkeypatch, threads)
    server.pause()
    try:
        for call in (view.get_items(), view.add_items(ITEMS[:1]), view.clear_session()):
            task = asyncio.ensure_future(call)
            await asyncio.sleep(0)
            await cancel(task)
    finally:
        server.resume()
    threads.shutdown()  # what was cancelled comes to its end in its thread
    use_workers(monkeypatch, None)
    await view.clear_session()
    await view.add_items(ITEMS)
    assert await view.get_items() == ITEMS


async def test_a_child_of_a_fork_has_no_threads_and_makes_its_own(
    session: Watched, one_thread: ThreadPoolExecutor
) -> None:
    gate = threading.Event()
    one_thread.submit(gate.wait, SECONDS)  # as if it had not come along
    with as_in_a_child():
        try:
            assert await session.as_async().get_items() == ITEMS
        finally:
            gate.set()


async def test_more_calls_than_threads(session: Watched, one_thread: ThreadPoolExecutor) -> None:
    view = session.as_async()
    await asyncio.gather(*(view.add_items(ITEMS[:1]) for _ in range(50)))
    assert session.count() == 53
