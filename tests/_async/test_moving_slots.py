# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A slot on its way to another node of a cluster: calls wait for it, and succeed once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

from .._aio import RedisCluster, in_thread, together
from ..support.slot_move import SlotMove

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._aio import Action
    from ..support.cluster import Cluster

SECONDS = 5.0  # that the move takes: longer than any other trouble is borne
BOUND = 15.0

pytestmark = pytest.mark.slow

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


@pytest.fixture
def move(cluster: Cluster) -> Iterator[SlotMove]:
    """A move of the slot of the sessions `{one slot}...`, undone in the end."""
    move = SlotMove(cluster, "{one slot}")
    yield move
    move.undo()


@pytest.fixture(params=["moved", "left"])
def is_moved(request: pytest.FixtureRequest) -> bool:
    """Whether the list of the session is among the keys that have moved already."""
    return bool(request.param == "moved")


async def test_every_operation_waits_for_the_slot(
    cluster_client: RedisCluster, move: SlotMove, is_moved: bool
) -> None:
    sessions = [
        RedisSession(name, cluster_client, key_prefix="{one slot}", ttl=1000)
        for name in ("add", "pop", "replace", "clear", "read", "count")
    ]
    adding, popping, replacing, clearing, reading, counting = sessions
    for session in sessions:
        await session.add_items([A, B])
    move.begin([session.key for session in sessions] if is_moved else [])
    started = time.monotonic()
    finishing = threading.Timer(SECONDS, move.finish)
    finishing.start()
    try:
        results = await together(
            lambda: adding.add_items([A]),
            popping.pop_item,
            lambda: replacing.replace_items([B]),
            clearing.clear_session,
            reading.get_items,
            counting.count,
        )
    finally:
        await in_thread(finishing.join)
    assert SECONDS - 0.5 < time.monotonic() - started < BOUND
    assert results == [None, B, None, None, [A, B], 2]
    assert await adding.get_items() == [A, B, A]
    assert await popping.get_items() == [A]
    assert await replacing.get_items() == [B]
    assert await clearing.get_items() == []
    for session in (adding, popping, replacing, reading):
        seconds = await session.expires_in()
        assert seconds is not None
        assert 1000 - BOUND < seconds <= 1000


async def test_a_lock_waits_for_the_slot(cluster_client: RedisCluster, move: SlotMove) -> None:
    session = RedisSession("user-123", cluster_client, key_prefix="{one slot}")
    await session.add_items([A])
    move.begin([session.key])
    finishing = threading.Timer(SECONDS, move.finish)
    finishing.start()
    try:
        lock = session.lock(timeout=60, blocking_timeout=30)
        assert await lock.acquire()
        await lock.release()
    finally:
        await in_thread(finishing.join)
    assert await session.lock(blocking_timeout=0).acquire()


async def test_many_writers_store_each_batch_once(
    cluster_client: RedisCluster, move: SlotMove
) -> None:
    session = RedisSession("user-123", cluster_client, key_prefix="{one slot}")
    await session.add_items([A])
    move.begin([session.key])
    finishing = threading.Timer(SECONDS, move.finish)
    finishing.start()

    def writer(number: int) -> Action:
        async def write() -> None:
            for part in range(3):
                batch: Any = [{"number": number, "part": part}]
                await session.add_items(batch)

        return write

    try:
        await together(*map(writer, range(6)))
    finally:
        await in_thread(finishing.join)
    stored: list[Any] = await session.get_items()
    assert len(stored) == 1 + 6 * 3
    for number in range(6):
        parts = [item["part"] for item in stored[1:] if item["number"] == number]
        assert parts == [0, 1, 2]
