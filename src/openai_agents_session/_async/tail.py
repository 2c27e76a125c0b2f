# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The newest part of a conversation as it was read, replaceable while it is unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._codec import decode_element, encode_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .._codec import Item
    from .element_list import ElementList

# Read, and sent for comparison, with one replacement; the next one continues from there.
_MAX_PRUNED = 1000


class AsyncTail:
    """Elements that were the end of a list, and the items among them.

    Attributes:
        items: The items, oldest first.
        complete: Whether the list held nothing before them.
    """

    def __init__(self, stored: ElementList, elements: Sequence[bytes], complete: bool) -> None:
        decoded = [(n, decode_element(element)) for n, element in enumerate(elements)]
        self.items: list[Item] = [item for _, item in decoded if item is not None]
        self.complete = complete
        self._positions = [position for position, item in decoded if item is not None]
        self._elements = elements
        self._stored = stored

    async def replace(
        self, start: int, items: Iterable[object], prune: Callable[[Item], bool] | None
    ) -> bool:
        """Replace these items from a position on, all of them or none.

        Args:
            start: Position in `items` of the first one to replace.
            items: The new ones.
            prune: Returns whether an item may be deleted at the beginning of the list.

        Returns:
            False if the end of the list is not what it was, and nothing was changed.
        """
        if start >= len(self.items):
            return False
        first = 0 if start == 0 and self.complete else self._positions[start]
        elements = encode_items(items)
        pruned = [] if prune is None or self.complete else await self._prefix(prune)
        return await self._stored.replace_tail(pruned, self._elements[first:], elements)

    async def _prefix(self, prune: Callable[[Item], bool]) -> Sequence[bytes]:
        """Return the elements at the beginning of the list that may be deleted."""
        elements = await self._stored.read_head(_MAX_PRUNED)
        for number, element in enumerate(elements):
            item = decode_element(element)
            if item is None or not prune(item):
                return elements[:number]
        return elements
