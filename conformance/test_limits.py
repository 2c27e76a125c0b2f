"""The number of items that `get_items` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.memory import SessionSettings

from .items import a_turn, expect, messages

if TYPE_CHECKING:
    from agents.memory import Session


async def test_limit(session: Session) -> None:
    """A limit returns the newest items, oldest first."""
    await session.add_items(messages(5))
    for limit in range(1, 6):
        expect(await session.get_items(limit=limit), messages(5)[-limit:])


async def test_limit_across_batches(session: Session) -> None:
    """A limit counts items and not batches."""
    await session.add_items(messages(3))
    await session.add_items(messages(2, first=3))
    expect(await session.get_items(limit=3), messages(3, first=2))


async def test_limit_inside_a_turn(session: Session) -> None:
    """A limit counts items of every kind and not turns, also if it begins inside of one."""
    await session.add_items(a_turn())
    for limit in range(1, len(a_turn()) + 1):
        expect(await session.get_items(limit=limit), a_turn()[-limit:])


async def test_limit_above_the_number_of_items(session: Session) -> None:
    """A limit above the number of items returns all of them."""
    await session.add_items(messages(3))
    expect(await session.get_items(limit=1000), messages(3))


async def test_limit_of_zero(session: Session) -> None:
    """A limit of zero returns an empty list."""
    await session.add_items(messages(3))
    expect(await session.get_items(limit=0), [])


async def test_negative_limit(session: Session) -> None:
    """A negative limit returns an empty list."""
    await session.add_items(messages(3))
    for limit in (-1, -2, -1000):
        expect(await session.get_items(limit=limit), [])


async def test_no_limit(session: Session) -> None:
    """A limit of None returns all items."""
    await session.add_items(messages(150))
    for settings in (SessionSettings(), None):
        session.session_settings = settings
        expect(await session.get_items(limit=None), messages(150))
        expect(await session.get_items(), messages(150))


async def test_limit_in_the_settings(session: Session) -> None:
    """Without a limit, the limit in `session_settings` applies."""
    await session.add_items(messages(5))
    session.session_settings = SessionSettings(limit=2)
    expect(await session.get_items(), messages(2, first=3))
    expect(await session.get_items(limit=None), messages(2, first=3))
    session.session_settings = SessionSettings()
    expect(await session.get_items(), messages(5))


async def test_argument_overrides_the_settings(session: Session) -> None:
    """A limit that is passed overrides the one in `session_settings`."""
    await session.add_items(messages(5))
    session.session_settings = SessionSettings(limit=2)
    expect(await session.get_items(limit=1), messages(1, first=4))
    expect(await session.get_items(limit=4), messages(4, first=1))
    expect(await session.get_items(limit=0), [])
