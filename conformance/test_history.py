"""Adding, reading and clearing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .items import expect, message, messages

if TYPE_CHECKING:
    from agents.memory import Session

    from .items import Item


async def test_order_within_a_batch(session: Session) -> None:
    """The items of a batch are returned in their order, oldest first."""
    await session.add_items(messages(20))
    expect(await session.get_items(), messages(20))


async def test_order_of_batches(session: Session) -> None:
    """Later batches follow earlier ones."""
    for first in range(0, 12, 3):
        await session.add_items(messages(3, first))
    expect(await session.get_items(), messages(12))


async def test_long_batch(session: Session) -> None:
    """A batch of 1,000 items is stored whole and in order."""
    await session.add_items(messages(1000))
    expect(await session.get_items(), messages(1000))


async def test_equal_items(session: Session) -> None:
    """Equal items are all kept, in one batch and in several."""
    await session.add_items([message("again"), message("again")])
    await session.add_items([message("again")])
    expect(await session.get_items(), [message("again")] * 3)


async def test_items_with_the_same_id(session: Session) -> None:
    """Items with the same `id` are all kept: many models have the same for all that they say."""
    items: list[Item] = [{"id": "__fake_id__", **message(str(n))} for n in range(4)]
    await session.add_items(items[:2])
    await session.add_items(items[2:])
    expect(await session.get_items(), items)


async def test_empty_batch(session: Session) -> None:
    """An empty batch changes nothing."""
    await session.add_items([])
    expect(await session.get_items(), [])
    await session.add_items(messages(2))
    await session.add_items([])
    expect(await session.get_items(), messages(2))


async def test_reading_changes_nothing(session: Session) -> None:
    """Reading twice returns the same items."""
    await session.add_items(messages(3))
    expect(await session.get_items(), messages(3))
    expect(await session.get_items(limit=1), messages(1, first=2))
    expect(await session.get_items(), messages(3))


async def test_clear(session: Session) -> None:
    """A cleared session is empty."""
    await session.add_items(messages(3))
    await session.clear_session()
    expect(await session.get_items(), [])
    expect(await session.pop_item(), None)


async def test_clear_an_empty_session(session: Session) -> None:
    """Clearing an empty session is allowed."""
    await session.clear_session()
    await session.clear_session()
    expect(await session.get_items(), [])


async def test_add_after_clear(session: Session) -> None:
    """A cleared session can be used again, and nothing old comes back."""
    await session.add_items(messages(3))
    await session.clear_session()
    await session.add_items(messages(2, first=3))
    expect(await session.get_items(), messages(2, first=3))
