# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A soak: the server is killed in the middle of traffic, again and again, and each item is audited.

Its append-only file is written before it answers, so that what it acknowledged survives it. It runs
in a nox session of its own, for as many kills as CHAOS_KILLS says.
"""

from __future__ import annotations

import os
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError, TimeoutError

from openai_agents_session import RedisSession

from .._aio import Redis, in_thread, together
from ..support.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._aio import Action

pytestmark = pytest.mark.chaos

KILLS = int(os.environ.get("CHAOS_KILLS", "25"))
WRITERS = 4
BETWEEN_KILLS = 150  # operations
UNKNOWN = (ConnectionError, TimeoutError)


class Progress:
    """The progress of the writers, and when they stop."""

    def __init__(self) -> None:
        self.stopped = False
        self.operations = 0
        self._changed = threading.Condition()

    def advance(self) -> None:
        with self._changed:
            self.operations += 1
            self._changed.notify_all()

    def wait_for_more(self, operations: int) -> None:
        with self._changed:
            goal = self.operations + operations
            if not self._changed.wait_for(lambda: self.operations >= goal, timeout=60):
                raise TimeoutError(f"{self.operations} of {goal} operations in 60 s")


def user(writer: int, number: int) -> Any:
    return {"role": "user", "writer": writer, "number": number}


def choose(
    session: RedisSession, chance: random.Random, new: list[Any], before: list[Any]
) -> tuple[Action, list[Any]]:
    """Draw an operation; return it, and what the conversation must be after it."""
    if len(before) > 200:
        return session.clear_session, []
    draw = chance.random()
    if draw < 0.5:
        return lambda: session.add_items(new), [*before, *new]
    if draw < 0.9:
        return session.pop_item, before[:-1]
    return lambda: session.replace_items(new), new


async def write(client: Redis, writer: int, progress: Progress) -> None:
    """Change a conversation, and compare it with what it must be."""
    chance = random.Random(writer)
    session = RedisSession(f"user-{writer}", client, ttl=3600)
    expected: list[Any] = []
    number = 0
    while not progress.stopped:
        number += 1
        new = [user(writer, number), {"role": "assistant", "number": number}]
        operation, after = choose(session, chance, new, expected)
        try:
            result = await operation()
        except UNKNOWN:
            stored = await read(session)
            assert stored in (expected, after)
            expected = stored
        else:
            if operation == session.pop_item:
                assert result == (expected[-1] if expected else None)
            expected = after
            assert await read(session) == expected
        progress.advance()


async def read(session: RedisSession) -> list[Any]:
    """Read the conversation, however long the server takes to come back."""
    for _ in range(20):
        try:
            items: list[Any] = await session.get_items()
        except UNKNOWN:
            continue
        return items
    raise TimeoutError("the server did not come back")


async def write_together(
    client: Redis, writer: int, progress: Progress, known: list[Any], unsure: list[Any]
) -> None:
    """Add to one conversation that all writers share."""
    session = RedisSession("shared", client, ttl=3600)
    number = 0
    while not progress.stopped:
        number += 1
        try:
            await session.add_items([user(writer, number)])
        except UNKNOWN:
            unsure.append(user(writer, number))
        else:
            known.append(user(writer, number))


def kill_often(server: Server, progress: Progress) -> None:
    try:
        for _ in range(KILLS):
            progress.wait_for_more(BETWEEN_KILLS)
            server.kill()
            server.restart()
    finally:
        progress.stopped = True


async def test_a_server_that_is_killed_again_and_again() -> None:
    options = {"appendonly": "yes", "appendfsync": "always"}
    with Server(options) as server:
        client = Redis(host=server.host, port=server.port, socket_timeout=2.0)
        progress = Progress()
        known: list[Any] = []
        unsure: list[Any] = []

        def alone(writer: int) -> Callable[[], Any]:
            return lambda: write(client, writer, progress)

        def shared(writer: int) -> Callable[[], Any]:
            return lambda: write_together(client, writer, progress, known, unsure)

        await together(
            *map(alone, range(WRITERS)),
            *map(shared, range(2)),
            lambda: in_thread(lambda: kill_often(server, progress)),
        )
        stored: list[Any] = await RedisSession("shared", client).get_items()
        for writer in range(2):
            mine = [item["number"] for item in stored if item["writer"] == writer]
            assert mine == sorted(set(mine))
        assert [item for item in known if item not in stored] == []
        assert [item for item in stored if item not in known and item not in unsure] == []
        assert progress.operations >= KILLS * BETWEEN_KILLS
        await client.aclose()
