"""Random operations on users' conversations, by a process that may be killed at any time.

Usage: python -m tests.support.user_soak URL API SEED OPERATIONS. It prints a dot for each one.
"""

from __future__ import annotations

import asyncio
import inspect
import random
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis.exceptions import ConnectionError, LockError, TimeoutError, WatchError

from openai_agents_session import RedisSessionManager, SyncRedisSessionManager

if TYPE_CHECKING:
    from collections.abc import Callable

USERS = ("alice", "bob*")
NAMES = [f"talk-{number}" for number in range(10)]
SHARED_TTL_SECONDS = 500
BRIEF_TTL_SECONDS = 1  # these conversations expire under the others' hands

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "assistant", "content": "b"}

# What may happen to a call here. Anything else is a fault.
EXPECTED = (ConnectionError, TimeoutError, LockError, WatchError)


async def finish(result: Any) -> Any:
    """Await what is awaitable, in the API that has such things."""
    return await result if inspect.isawaitable(result) else result


async def take_a_turn(session: Any, chance: random.Random) -> None:
    turn = session.turn(blocking_timeout=0, lease=2)
    if hasattr(turn, "__aenter__"):
        async with turn:
            await change_in_a_turn(turn, chance)
    else:
        with turn:
            await change_in_a_turn(turn, chance)


async def change_in_a_turn(turn: Any, chance: random.Random) -> None:
    if chance.random() < 0.4:
        await finish(turn.pop_item())
    if chance.random() < 0.6:
        await finish(turn.add_items([A, B]))


async def adopt(manager: Any, user: Any, name: str) -> None:
    await finish(manager.session(name).add_items([A, B]))
    with suppress(ValueError):  # both exist
        await finish(user.adopt(name))


async def fork(session: Any, name: str) -> None:
    with suppress(ValueError):  # it exists
        await finish(session.fork(name, rewind=1))


def draw(managers: list[Any], chance: random.Random) -> Callable[[], Any]:
    """Draw an operation."""
    manager = chance.choice(managers)
    user, name = manager.user(chance.choice(USERS)), chance.choice(NAMES)
    session = user.session(name)
    operations: dict[Callable[[], Any], float] = {
        lambda: session.add_items([A, B][: chance.randint(1, 2)]): 6,
        lambda: session.add_items([A], idempotency_key=str(chance.randint(0, 50))): 2,
        session.pop_item: 6,
        session.get_items: 2,
        lambda: session.replace_items([A] * chance.randint(0, 2)): 1,
        session.clear_session: 1,
        session.rewind: 2,
        lambda: take_a_turn(session, chance): 4,
        lambda: fork(session, chance.choice(NAMES)): 1,
        lambda: user.update(name, title=str(chance.random()), metadata={"n": name}): 3,
        lambda: user.delete(name): 1,
        lambda: adopt(manager, user, name): 1,
        lambda: user.page(chance.randint(1, 9)): 2,
        user.count: 1,
        user.erase: 0.1,
    }
    return chance.choices(list(operations), list(operations.values()))[0]


async def operate(call: Callable[[], Any], cancelled_after: float | None) -> None:
    task = asyncio.ensure_future(finish(call()))
    if cancelled_after is not None:
        await asyncio.wait({task}, timeout=cancelled_after)
        task.cancel()
    with suppress(*EXPECTED, asyncio.CancelledError):
        await task


async def work(url: str, api: str, seed: int, count: int) -> None:
    chance = random.Random(seed)
    make: Any = RedisSessionManager if api == "awaited" else SyncRedisSessionManager
    lifetimes = (None, None, SHARED_TTL_SECONDS, BRIEF_TTL_SECONDS)
    managers = [make(url=url, ttl=ttl) for ttl in lifetimes]
    managers.append(make(url=url, ttl=None, max_items=3))
    for _ in range(count):
        is_cancelled = api == "awaited" and chance.random() < 0.1
        await operate(draw(managers, chance), chance.uniform(0, 0.004) if is_cancelled else None)
        sys.stdout.write(".")
        sys.stdout.flush()
    for manager in managers:
        await finish(manager.close())


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
