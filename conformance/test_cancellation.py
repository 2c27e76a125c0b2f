"""Calls that are cancelled, at any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .batches import assert_whole, batch
from .cancelling import CALLS, cancel_at_many_moments, eventually, nothing
from .items import exact, expect, message, messages

if TYPE_CHECKING:
    from agents.memory import Session

_COUNT = CALLS + 5


async def test_cancelled_adds(session: Session) -> None:
    """Of a cancelled add, all items are stored or none."""
    added = await cancel_at_many_moments(
        lambda number: session.add_items(batch(number)), session.get_items
    )
    stored = assert_whole(await session.get_items())
    assert stored >= set(added)


async def test_cancelled_pops(session: Session) -> None:
    """A cancelled pop loses nothing: its item was returned, or is still there in its place."""
    added, popped = messages(_COUNT), list[Any]()
    await session.add_items(added)

    async def add_one() -> None:
        added.extend(messages(1, first=len(added)))
        await session.add_items(added[-1:])

    for before, meanwhile in ((session.get_items, nothing), (add_one, add_one)):
        results = await cancel_at_many_moments(lambda _: session.pop_item(), before, meanwhile)
        popped.extend(results.values())

    async def nothing_is_lost() -> None:
        returned = set(map(exact, popped))
        left = [item for item in added if exact(item) not in returned]
        items = await session.get_items()
        assert len(returned) == len(popped), "an item was returned twice"
        assert len(items) == len(left), f"{len(left)} items should be left, not {len(items)}"
        assert exact(items) == exact(left), "the items that are left are not in their order"

    await eventually(nothing_is_lost)


async def test_cancelled_reads(session: Session) -> None:
    """A cancelled read changes nothing, and the next call gets its own answer."""
    await session.add_items(messages(_COUNT))

    async def read_everything() -> None:
        expect(await session.get_items(), messages(_COUNT))

    reads = await cancel_at_many_moments(lambda _: session.get_items(limit=2), read_everything)
    for read in reads.values():
        expect(read, messages(_COUNT)[-2:])
    await read_everything()
    expect(await session.pop_item(), messages(_COUNT)[-1])
    expect(await session.get_items(), messages(_COUNT - 1))


async def test_session_works_after_cancelled_calls(session: Session) -> None:
    """A session works after calls were cancelled."""
    calls: list[Any] = [
        lambda number: session.add_items([message(str(number))]),
        lambda _: session.pop_item(),
        lambda _: session.clear_session(),
    ]
    for call in calls:
        await cancel_at_many_moments(call, session.get_items)
    await session.clear_session()
    expect(await session.get_items(), [])
    await session.add_items(messages(3))
    expect(await session.pop_item(), messages(3)[-1])
    expect(await session.get_items(), messages(2))
