"""What a rewind took out, as it was stored: some sessions return items without their metadata."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .elements import is_item

if TYPE_CHECKING:
    from collections.abc import Sequence


def as_stored(before: Sequence[bytes], items: Sequence[Any]) -> tuple[list[bytes], list[Any]]:
    """Find the items that were taken out among the elements that were there before.

    Args:
        before: The elements of the conversation before the rewind.
        items: What the rewind returned.

    Returns:
        The elements that were taken out, and the items that were added after `before` was read.
    """
    places = _places(before, len(items))
    for number, start in enumerate(places):
        known = len(places) - number
        if all(map(_is_same, (before[place] for place in places[number:]), items[:known])):
            return list(before[start:]), list(items[known:])
    return [], list(items)


def _places(elements: Sequence[bytes], count: int) -> list[int]:
    """Return where the last items are, at most so many."""
    places: list[int] = []
    for place in reversed(range(len(elements))):
        if len(places) == count:
            break
        if is_item(elements[place]):
            places.append(place)
    return places[::-1]


def _is_same(element: bytes, item: Any) -> bool:
    stored = json.loads(str(element, "utf-8"))
    without = {name: value for name, value in stored.items() if name != "metadata"}
    return _text(item) in {_text(stored), _text(without)}


def _text(item: Any) -> str:
    return json.dumps(item)  # unlike NaN itself, its text is equal to itself
