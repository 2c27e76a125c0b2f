"""Calls at the same time: batches stay whole, and every item is popped once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from .batches import SIZE, assert_whole, batch
from .items import exact, expect, message, messages
from .sessions import new_id

if TYPE_CHECKING:
    from agents.memory import Session

    from .sessions import Sessions

_CALLS = 20
_OBJECTS = 4


async def _several(sessions: Sessions) -> list[Session]:
    session_id = new_id()
    return [await sessions.open(session_id) for _ in range(_OBJECTS)]


async def test_concurrent_adds(session: Session) -> None:
    """Batches that are added at the same time are all stored, each whole and in order."""
    await asyncio.gather(*(session.add_items(batch(number)) for number in range(_CALLS)))
    assert assert_whole(await session.get_items()) == set(range(_CALLS))


async def test_concurrent_adds_of_several_objects(sessions: Sessions) -> None:
    """Batches stay whole if several objects with the same id add them at the same time."""
    several = await _several(sessions)
    calls = (several[n % _OBJECTS].add_items(batch(n)) for n in range(_CALLS))
    await asyncio.gather(*calls)
    assert assert_whole(await several[0].get_items()) == set(range(_CALLS))


async def test_concurrent_pops(session: Session) -> None:
    """Pops at the same time return every item once, and then None."""
    await session.add_items(messages(_CALLS))
    popped = await asyncio.gather(*(session.pop_item() for _ in range(_CALLS + 5)))
    _expect_all(popped, [*messages(_CALLS), *[None] * 5])
    expect(await session.get_items(), [])


async def test_concurrent_pops_of_several_objects(sessions: Sessions) -> None:
    """Every item is popped once if several objects with the same id pop at the same time."""
    several = await _several(sessions)
    await several[0].add_items(messages(_CALLS))
    popped = await asyncio.gather(*(several[n % _OBJECTS].pop_item() for n in range(_CALLS)))
    _expect_all(popped, messages(_CALLS))
    expect(await several[0].get_items(), [])


async def test_concurrent_adds_and_pops(sessions: Sessions) -> None:
    """With adds and pops at the same time, no item is lost and none appears twice."""
    several = await _several(sessions)
    calls: list[Any] = []
    for number in range(_CALLS):
        session = several[number % _OBJECTS]
        calls += [session.add_items([message(str(number))]), session.pop_item()]
    popped = [item for item in await asyncio.gather(*calls) if item is not None]
    left = await several[0].get_items()
    _expect_all([*popped, *left], [message(str(number)) for number in range(_CALLS)])


async def test_readers_see_whole_batches(sessions: Sessions) -> None:
    """Someone who reads while batches are added sees each of them whole or not at all."""
    several = await _several(sessions)
    adding = asyncio.gather(*(several[n % 2].add_items(batch(n)) for n in range(_CALLS)))
    done = False
    while not done:
        done = adding.done()
        assert_whole(await several[2].get_items())
        await asyncio.sleep(0)
    await adding
    assert len(await several[3].get_items()) == _CALLS * SIZE


async def test_concurrent_sessions(sessions: Sessions) -> None:
    """Different sessions can be used at the same time."""
    many = [await sessions.open() for _ in range(10)]
    await asyncio.gather(*(session.add_items(batch(n)) for n, session in enumerate(many)))
    read = await asyncio.gather(*(session.get_items() for session in many))
    expect(list(read), [batch(n) for n in range(10)])


def _expect_all(actual: list[Any], expected: list[Any]) -> None:
    """Fail unless both hold the same items, in any order."""
    __tracebackhide__ = True
    assert Counter(map(exact, actual)) == Counter(map(exact, expected))
