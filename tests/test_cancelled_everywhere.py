"""Calls that are cancelled at each of their suspensions in turn, on each client."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count, product
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import redis
import redis.asyncio
from redis.exceptions import RedisError

from openai_agents_session import RedisSession, RedisSessionManager, SyncRedisSession

from .support.everywhere import Cancelling, Failures
from .support.kinds import KINDS, SLOTS, make_kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .support.kinds import Kind

PREFIX = "{one slot}"
LOCK = f"{PREFIX}:ada:~:lock"
OLD: list[Any] = [{"content": "a1"}, {"content": "a2"}, {"content": "a3"}]
NEW: list[Any] = [{"content": "a4"}, {"content": "a5"}]
BOBS: list[Any] = [{"content": "b1"}]
FILLERS = 2500  # keys that a listing looks at: three pages of them

if tuple(map(int, redis.__version__.split(".")[:2])) < (5, 1):
    # That of redis-py 5.0 loses a connection itself when a call is cancelled as it hands it back.
    KINDS = [kind for kind in KINDS if kind != "blocking_pool"]


class Scene:
    """Ada's conversation, whose calls are cancelled, and Bob's on the same client."""

    def __init__(self, kinds: tuple[Kind, Kind]) -> None:
        self._kinds = kinds
        kind, blocking = kinds
        self.client = kind.make()
        self.manager = RedisSessionManager(self.client, key_prefix=PREFIX, ttl=None)
        self.ada = RedisSession("ada", self.client, key_prefix=PREFIX)
        self.fleeting = RedisSession("ada", self.client, key_prefix=PREFIX, ttl=100)
        self.bob: Any = RedisSession("bob", self.client, key_prefix=PREFIX)
        self.healthy = kind.healthy
        self.stored = SyncRedisSession("ada", kind.healthy, key_prefix=PREFIX)
        SyncRedisSession("bob", kind.healthy, key_prefix=PREFIX).replace_items(BOBS)
        for key in self.healthy.keys(LOCK):
            self.healthy.delete(key)
        self.lock = self.ada.lock()
        self.blocking = blocking.make()
        self.view = SyncRedisSession("ada", self.blocking, key_prefix=PREFIX).as_async()

    async def is_whole(self) -> bool:
        """Whether the client's pool still has all its connections."""
        if getattr(getattr(self.client, "connection_pool", None), "max_connections", 0) != SLOTS:
            return True
        async with AsyncExitStack() as stack:
            try:
                for _ in range(SLOTS):  # each holds a connection
                    pipeline = await stack.enter_async_context(self.client.pipeline())
                    await pipeline.watch("a key")
            except RedisError:
                return False
        return True

    async def disconnect(self) -> None:
        """Let the client connect again."""
        if hasattr(self.client, "get_nodes"):
            for node in self.client.get_nodes():
                await node.disconnect()
        else:
            await self.client.connection_pool.disconnect()
            if self.client.connection is not None:
                await self.client.connection.disconnect()

    async def close(self) -> None:
        await self.client.aclose()
        if hasattr(self.client, "connection_pool"):
            await self.client.connection_pool.disconnect()
            self.blocking.connection_pool.disconnect()
        self.blocking.close()
        for awaited in self._kinds[0].helpers:
            await awaited.aclose()
        for blocking in self._kinds[1].helpers:
            blocking.close()


async def nothing(scene: Scene) -> None:
    pass


@dataclass
class Operation:
    """A call of Ada's: what it leaves if it is carried out, and what must hold afterwards."""

    run: Callable[[Scene], Awaitable[object]]
    outcome: list[Any] | None = None
    prepare: Callable[[Scene], Awaitable[object]] = nothing
    check: Callable[[Scene], Awaitable[object]] = nothing
    undone: bool = False  # if it is cancelled, it never happened


async def list_ids(scene: Scene) -> None:
    ids = [session_id async for session_id in scene.manager.session_ids()]
    assert sorted(ids) == ["ada", "bob"]


async def fill(scene: Scene) -> None:
    if scene.healthy.dbsize() < FILLERS:
        scene.healthy.mset({f"{PREFIX}{n}": "" for n in range(FILLERS)})


async def locked_block(scene: Scene) -> None:
    scene.lock = scene.ada.lock()
    async with scene.lock:
        await asyncio.sleep(0)


async def lock(scene: Scene) -> None:
    scene.lock = scene.ada.lock()
    await scene.lock.acquire()


async def lock_in_vain(scene: Scene) -> None:
    await scene.ada.lock(blocking_timeout=0.02, sleep=0.01).acquire()


async def is_free(scene: Scene) -> None:
    assert not scene.healthy.keys(LOCK), "the conversation stays locked"


async def is_free_or_known(scene: Scene) -> None:
    """Nobody holds the lock but an object that can release it."""
    if await scene.lock.owned():
        await scene.lock.release()
    await is_free(scene)


async def is_held(scene: Scene) -> None:
    assert await scene.lock.owned()
    await scene.lock.release()


async def forget_scripts(scene: Scene) -> None:
    scene.healthy.script_flush()


OPERATIONS: dict[str, Operation] = {
    "get_items": Operation(lambda s: s.ada.get_items()),
    "get_items_with_ttl": Operation(lambda s: s.fleeting.get_items()),
    "add_items": Operation(lambda s: s.ada.add_items(NEW), OLD + NEW),
    "add_items_new_script": Operation(lambda s: s.ada.add_items(NEW), OLD + NEW, forget_scripts),
    "pop_item": Operation(lambda s: s.ada.pop_item(), OLD[:-1], undone=True),
    "pop_item_new_script": Operation(
        lambda s: s.ada.pop_item(), OLD[:-1], forget_scripts, undone=True
    ),
    "clear_session": Operation(lambda s: s.ada.clear_session(), []),
    "replace_items": Operation(lambda s: s.ada.replace_items(NEW), NEW),
    "count": Operation(lambda s: s.ada.count()),
    "expires_in": Operation(lambda s: s.ada.expires_in()),
    "ping": Operation(lambda s: s.ada.ping()),
    "session_ids": Operation(list_ids, prepare=fill),
    "stats": Operation(lambda s: s.manager.stats("ada")),
    "lock_block": Operation(locked_block, check=is_free),
    "lock_acquire": Operation(lock, check=is_free_or_known),
    "lock_in_vain": Operation(lock_in_vain, prepare=lock, check=is_held),
    "lock_release": Operation(lambda s: s.lock.release(), prepare=lock, check=is_free_or_known),
    "lock_extend": Operation(lambda s: s.lock.extend(5), prepare=lock, check=is_held),
    "view_get_items": Operation(lambda s: s.view.get_items()),
    "view_add_items": Operation(lambda s: s.view.add_items(NEW), OLD + NEW),
    "view_pop_item": Operation(lambda s: s.view.pop_item(), OLD[:-1], undone=True),
    "view_clear_session": Operation(lambda s: s.view.clear_session(), []),
}
MOST_SUSPENSIONS = 100


@pytest.fixture(params=KINDS)
def kinds(request: pytest.FixtureRequest) -> Any:
    awaited = make_kind(request, request.param, redis.asyncio)
    blocking = make_kind(request, request.param, redis)
    awaited.healthy.flushall()
    yield awaited, blocking
    awaited.close()
    blocking.close()


class Attempt:
    """One call, cancelled at its n-th suspension by asyncio or by a scope of anyio."""

    def __init__(self, kind: Kind, number: int, by: str, on_waking: bool) -> None:
        self._number = number
        self._on_waking = on_waking
        self._brake = kind.brake
        self._by = by
        self.has_struck = False
        self.was_raised = False

    async def make(self, call: Callable[[], Awaitable[object]]) -> None:
        await (self._in_scope(call) if self._by == "anyio" else self._in_task(call))

    async def _in_scope(self, call: Callable[[], Awaitable[object]]) -> None:
        with anyio.CancelScope() as scope:
            await self._cancelling(call, scope.cancel)
        self.was_raised = scope.cancelled_caught

    async def _in_task(self, call: Callable[[], Awaitable[object]]) -> None:
        async def run() -> None:
            await self._cancelling(call, task.cancel)

        task = asyncio.ensure_future(run())
        await asyncio.wait({task})
        self.was_raised = task.cancelled()
        if not self.was_raised:
            task.result()

    def _cancelling(
        self, call: Callable[[], Awaitable[object]], cancel: Callable[[], object]
    ) -> Cancelling:
        def strike() -> None:
            self.has_struck = True
            cancel()

        return Cancelling(self._brake, call, self._number, strike, on_waking=self._on_waking)


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "disconnected"])
@pytest.mark.parametrize("name", OPERATIONS)
async def test_cancelled_at_each_suspension(
    kinds: tuple[Kind, Kind], name: str, connected: bool
) -> None:
    kind, _ = kinds
    operation, failures = OPERATIONS[name], Failures()
    scene = Scene(kinds)
    for by, on_waking in product(["asyncio", "anyio"], [False, True]):
        for number in count(1):
            assert number < MOST_SUSPENSIONS
            scene.stored.replace_items(OLD)
            await operation.prepare(scene)
            if not connected:
                await scene.disconnect()
            attempt = Attempt(kind, number, by, on_waking)
            try:
                await attempt.make(partial(operation.run, scene))
                await check_others(scene, kind, number)
                kind.brake.release()
                check_own(scene, operation, attempt)
                await operation.check(scene)
                assert await scene.is_whole()
            except Exception as error:  # noqa: BLE001  each of them is told at the end
                failures.add(error, number, [by, "waking" if on_waking else "waiting"])
                kind.brake.release()
                await scene.close()
                scene = Scene(kinds)
            if not attempt.has_struck or failures.are_many:
                break
    await scene.close()
    failures.report()


async def check_others(scene: Scene, kind: Kind, number: int) -> None:
    """Bob's calls get their own replies, or an error with his key and a reply when repeated."""

    async def add_and_pop() -> Any:
        await scene.bob.add_items(NEW[:1])
        return await scene.bob.pop_item()

    calls: list[tuple[Callable[[], Any], Any]] = 2 * [
        (scene.bob.get_items, BOBS),
        (scene.bob.count, len(BOBS)),
        (add_and_pop, NEW[0]),
    ]
    for call, expected in calls[number % 3 :][:3]:
        try:
            answer = await Cancelling(kind.brake, call)
        except RedisError as error:
            if scene.bob.key not in str(error):
                raise
            answer = await Cancelling(kind.brake, call)
        assert answer == expected


def check_own(scene: Scene, operation: Operation, attempt: Attempt) -> None:
    done = OLD if operation.outcome is None else operation.outcome
    stored: list[Any] = scene.stored.get_items()
    if not attempt.was_raised:
        assert stored == done
    elif operation.undone:
        assert stored == OLD
    else:
        assert stored in (OLD, done)
