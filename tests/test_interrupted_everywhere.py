"""Blocking calls that a signal interrupts at each point where that can happen, on each client."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import redis
from redis.exceptions import RedisError

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .support.everywhere import Failures, Interrupter
from .support.interruptions import INTERRUPTIONS
from .support.kinds import KINDS, SLOTS, make_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support.kinds import Kind

PREFIX = "{one slot}"
OLD: list[Any] = [{"content": "a1"}, {"content": "a2"}, {"content": "a3"}]
NEW: list[Any] = [{"content": "a4"}, {"content": "a5"}]
BOBS: list[Any] = [{"content": "b1"}]
LOCK = f"{PREFIX}:ada:~:lock"
FILLERS = 1100  # keys that a listing looks at: two pages of them
FEWEST_POINTS = 50


class Scene:
    """Ada's conversation, whose calls are interrupted, and Bob's on the same client."""

    def __init__(self, kind: Kind) -> None:
        self.client, self._helpers = kind.make(), kind.helpers
        self.manager = SyncRedisSessionManager(self.client, key_prefix=PREFIX, ttl=None)
        self.ada = SyncRedisSession("ada", self.client, key_prefix=PREFIX)
        self.fleeting = SyncRedisSession("ada", self.client, key_prefix=PREFIX, ttl=100)
        self.bob: Any = SyncRedisSession("bob", self.client, key_prefix=PREFIX)
        self.bob.get_items()  # from now on there is a connection
        self.healthy = kind.healthy
        self.stored = SyncRedisSession("ada", kind.healthy, key_prefix=PREFIX)
        SyncRedisSession("bob", kind.healthy, key_prefix=PREFIX).replace_items(BOBS)
        self.free()
        self.lock = self.ada.lock()
        self.ids: Any = None
        self.lost = 0

    def free(self) -> None:
        """Free the lock, even if another client holds it."""
        for key in self.healthy.keys(LOCK):
            self.healthy.delete(key)

    def is_whole(self) -> bool:
        """Whether the client still has what it had: its connections, and a lock of its own."""
        single = getattr(self.client, "single_connection_lock", None)
        if single is not None and not _is_free(single):
            return False
        if getattr(getattr(self.client, "connection_pool", None), "max_connections", 0) != SLOTS:
            return True
        with ExitStack() as stack:
            try:
                for _ in range(SLOTS):  # each holds a connection
                    stack.enter_context(self.client.pipeline()).watch("a key")
            except RedisError:
                return False
        return True

    def close(self) -> None:
        self.client.close()
        if hasattr(self.client, "connection_pool"):
            self.client.connection_pool.disconnect()
        for helper in self._helpers:
            helper.close()


def _is_free(lock: Any) -> bool:
    def try_it() -> bool:
        acquired: bool = lock.acquire(blocking=False)
        if acquired:
            lock.release()
        return acquired

    with ThreadPoolExecutor(1) as other_thread:  # this one could take it again
        return other_thread.submit(try_it).result()


def nothing(scene: Scene) -> None:
    pass


@dataclass
class Operation:
    """A call of Ada's: what it leaves if it is carried out, and what must hold afterwards."""

    run: Callable[[Scene], object]
    outcome: list[Any] | None = None
    prepare: Callable[[Scene], object] = nothing
    check: Callable[[Scene], object] = nothing
    undone: bool = False  # if it is interrupted, it never happened


def locked_block(scene: Scene) -> None:
    scene.lock = scene.ada.lock()
    with scene.lock:
        pass


def lock(scene: Scene) -> None:
    scene.lock = scene.ada.lock()
    scene.lock.acquire()


def lock_in_vain(scene: Scene) -> None:
    scene.ada.lock(blocking_timeout=0.02, sleep=0.01).acquire()


def list_ids(scene: Scene) -> None:
    assert sorted(scene.manager.session_ids()) == ["ada", "bob"]


def fill(scene: Scene) -> None:
    if scene.healthy.dbsize() < FILLERS:
        scene.healthy.mset({f"{PREFIX}{n}": "" for n in range(FILLERS)})


def first_id(scene: Scene) -> None:
    scene.ids = scene.manager.session_ids()
    next(scene.ids)


def break_off(scene: Scene) -> None:
    if scene.ids is not None:
        scene.ids.close()


def is_free_or_known(scene: Scene) -> None:
    """Nobody holds the lock but an object that can release it."""
    if scene.lock.owned():
        scene.lock.release()
    assert not scene.healthy.keys(LOCK), "the conversation stays locked"


def is_held(scene: Scene) -> None:
    assert scene.lock.owned()
    scene.lock.release()


def forget_scripts(scene: Scene) -> None:
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
    "session_ids": Operation(list_ids),
    "session_ids_in_pages": Operation(list_ids, prepare=fill),
    "session_ids_broken_off": Operation(first_id, prepare=fill, check=break_off),
    "stats": Operation(lambda s: s.manager.stats("ada")),
    "lock_block": Operation(locked_block, check=is_free_or_known),
    "lock_acquire": Operation(lock, check=is_free_or_known),
    "lock_in_vain": Operation(lock_in_vain, prepare=lock, check=is_held),
    "lock_release": Operation(lambda s: s.lock.release(), prepare=lock, check=is_free_or_known),
    "lock_extend": Operation(lambda s: s.lock.extend(5), prepare=lock, check=is_held),
}
FEW = ["get_items", "add_items", "pop_item", "session_ids", "lock_acquire"]
CASES = [
    (kind, name, INTERRUPTIONS if kind == "pool" and name in FEW else INTERRUPTIONS[n % 2 :][:1])
    for kind in KINDS
    for n, name in enumerate(OPERATIONS if kind == "pool" else FEW)
]


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    kind = make_kind(request, request.param, redis)
    kind.healthy.flushall()
    yield kind
    kind.close()


def name_case(value: object) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # redis-py was about to connect
@pytest.mark.parametrize(("kind", "name", "interruptions"), CASES, ids=name_case, indirect=["kind"])
def test_interrupted_at_each_point(
    kind: Kind, name: str, interruptions: list[type[BaseException]]
) -> None:
    operation, interrupter, failures = OPERATIONS[name], Interrupter(kind.brake), Failures()
    for interruption in interruptions:
        scene = Scene(kind)
        for number in count(1):
            scene.stored.replace_items(OLD)
            operation.prepare(scene)
            has_struck = interrupter.interrupt(number, partial(operation.run, scene), interruption)
            try:
                check_others(scene, interrupter, number)
                check_own(scene, operation, interrupter)
            except Exception as error:  # noqa: BLE001  each of them is told at the end
                failures.add(error, number, interrupter.path)
                kind.brake.release()
                scene.close()
                scene = Scene(kind)
            else:
                if is_lost_by_redis_py(interrupter.path):
                    scene.lost += 1
                elif not scene.is_whole():
                    failures.add("a connection is lost", number, interrupter.path)
                    scene.lost += 1
                if scene.lost == kind.spare:
                    scene.close()
                    scene = Scene(kind)
            if not has_struck or failures.are_many:
                break
        scene.close()
    failures.report()
    assert number > FEWEST_POINTS


def check_others(scene: Scene, interrupter: Interrupter, number: int) -> None:
    """Bob's calls get their own replies, or an error with his key and a reply when repeated."""

    def add_and_pop() -> Any:
        scene.bob.add_items(NEW[:1])
        return scene.bob.pop_item()

    calls: list[tuple[Callable[[], Any], Any]] = 2 * [
        (scene.bob.get_items, BOBS),
        (scene.bob.count, len(BOBS)),
        (add_and_pop, NEW[0]),
    ]
    for call, expected in calls[number % 3 :][:2]:
        try:
            answer = interrupter.undisturbed(call)
        except RedisError as error:
            if scene.bob.key not in str(error):
                raise
            answer = interrupter.undisturbed(call)
        assert answer == expected


def check_own(scene: Scene, operation: Operation, interrupter: Interrupter) -> None:
    """Ada's caller sees the interruption; her conversation is as it was, or as it was to be."""
    # The telemetry of redis-py 8 keeps any Exception to itself.
    if interrupter.has_raised and not issubclass(interrupter.interruption, Exception):
        assert interrupter.has_ended
    done = OLD if operation.outcome is None else operation.outcome
    stored: list[Any] = scene.stored.get_items()
    if not interrupter.has_ended:
        assert stored == done
    elif operation.undone:
        assert stored == OLD
    else:
        assert stored in (OLD, done)
    operation.check(scene)


def is_lost_by_redis_py(path: list[str]) -> bool:
    """Whether a connection was on its way out of a pool or back: redis-py loses track of it."""
    pool = re.compile(r"\w*Pool\.(get_connection|release):")
    client = re.compile(r"(Redis\._?execute_command|Pipeline\.\w+):")
    return any(map(pool.match, path)) or any(map(client.match, path[-2:-1]))
