"""Taking the newest item back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.memory import SessionSettings

from .items import expect, message, messages

if TYPE_CHECKING:
    from agents.memory import Session


async def test_pop(session: Session) -> None:
    """A pop returns the newest item and removes it."""
    await session.add_items(messages(3))
    expect(await session.pop_item(), messages(3)[-1])
    expect(await session.get_items(), messages(2))


async def test_order_of_pops(session: Session) -> None:
    """Pops return all items, newest first."""
    await session.add_items(messages(3))
    await session.add_items(messages(2, first=3))
    expect([await session.pop_item() for _ in range(5)], messages(5)[::-1])
    expect(await session.get_items(), [])


async def test_pop_of_an_empty_session(session: Session) -> None:
    """A pop of an empty session returns None."""
    expect(await session.pop_item(), None)
    await session.add_items(messages(1))
    await session.pop_item()
    expect(await session.pop_item(), None)
    expect(await session.get_items(), [])


async def test_pop_one_of_equal_items(session: Session) -> None:
    """A pop removes only one of several equal items."""
    await session.add_items([message("again")] * 3)
    expect(await session.pop_item(), message("again"))
    expect(await session.get_items(), [message("again")] * 2)


async def test_add_after_pop(session: Session) -> None:
    """An item added after a pop takes the place of the popped one."""
    await session.add_items(messages(3))
    await session.pop_item()
    await session.add_items([message("instead")])
    expect(await session.get_items(), [*messages(2), message("instead")])


async def test_pop_ignores_the_settings(session: Session) -> None:
    """The limit in `session_settings` does not affect what a pop removes."""
    await session.add_items(messages(3))
    session.session_settings = SessionSettings(limit=1)
    expect([await session.pop_item() for _ in range(4)], [*messages(3)[::-1], None])
