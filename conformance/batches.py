"""Numbered batches, and whether they are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .items import expect, message

if TYPE_CHECKING:
    from .items import Item

SIZE = 5


def batch(number: int) -> list[Item]:
    """Return the items of a batch, each with its number and position."""
    return [message(f"{number}/{position}") for position in range(SIZE)]


def assert_whole(items: list[Any]) -> set[int]:
    """Check that a history consists of whole batches, none of them twice; return their numbers."""
    __tracebackhide__ = True
    numbers: list[int] = []
    for start in range(0, len(items), SIZE):
        number = int(str(items[start]["content"]).partition("/")[0])
        expect(items[start : start + SIZE], batch(number))
        numbers.append(number)
    assert len(numbers) == len(set(numbers)), f"a batch is stored twice: {numbers}"
    return set(numbers)
