"""What a session stores is not shared with its callers."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from .items import exact, expect, messages

if TYPE_CHECKING:
    from agents.memory import Session


def _nested() -> list[Any]:
    return [{"role": "user", "content": [{"type": "input_text", "text": "hello"}]}]


async def test_returned_items_are_copies(session: Session) -> None:
    """Changing a returned list or item does not change what is stored."""
    await session.add_items(_nested())
    items: list[Any] = await session.get_items()
    items[0]["content"][0]["text"] = "changed"
    items[0]["role"] = "changed"
    items.clear()
    expect(await session.get_items(), _nested())
    expect(await session.pop_item(), _nested()[0])


async def test_added_items_are_copied(session: Session) -> None:
    """Changing a list or an item after adding it does not change what is stored."""
    items = _nested()
    await session.add_items(items)
    items[0]["content"][0]["text"] = "changed"
    items[0]["role"] = "changed"
    items.append({"role": "user", "content": "appended"})
    expect(await session.get_items(), _nested())


async def test_reads_share_nothing(session: Session) -> None:
    """Two reads return lists and items that can be changed independently."""
    await session.add_items(_nested())
    one: list[Any] = await session.get_items()
    other: list[Any] = await session.get_items()
    one[0]["content"].append("changed")
    expect(other, _nested())


async def test_same_object_twice(session: Session) -> None:
    """One object that is added twice is stored as two items."""
    [item] = _nested()
    await session.add_items([item, item])
    first: Any = (await session.get_items())[0]
    first["role"] = "changed"
    items: list[Any] = await session.get_items()
    items[0]["role"] = "changed"
    expect(items[1], _nested()[0])


async def test_arguments_are_not_changed(session: Session) -> None:
    """Adding items does not change the caller's list or items."""
    items = [*_nested(), *messages(2)]
    before, kept = exact(deepcopy(items)), list(items)
    await session.add_items(items)
    await session.pop_item()
    await session.clear_session()
    assert exact(items) == before
    assert all(item is same for item, same in zip(items, kept, strict=True))
