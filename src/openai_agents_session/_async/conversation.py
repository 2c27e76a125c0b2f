# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Items in, items out: which elements of the list are items, and which are passed over."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from .. import _observer
from .._codec import decode_element, decode_elements, encode_items
from .tail import AsyncTail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .._aio import Action
    from .._codec import Item
    from .element_list import ElementList

logger = logging.getLogger("openai_agents_session")


class AsyncConversation:
    """The items of a conversation; other elements are passed over with a warning.

    Args:
        elements: What holds the elements.
        view: How readers see an item, if not as it is.
    """

    def __init__(self, elements: ElementList, view: Callable[[Item], Item] | None = None) -> None:
        self.view = view
        self._elements = elements

    async def add(self, items: Iterable[object]) -> None:
        """Add items at the end; none if one of them cannot be encoded."""
        elements = encode_items(items)
        if elements:
            await self._elements.append(elements)

    def decode(self, elements: list[bytes]) -> list[Item]:
        """Return the items among elements, as readers see them."""
        return self._seen(decode_elements(elements)[0])

    async def replace(self, items: Iterable[object]) -> None:
        """Replace all items; change nothing if a new one cannot be encoded."""
        elements = encode_items(items)
        if elements:
            await self._elements.replace(elements)
        else:
            await self.clear()

    async def clear(self) -> None:
        """Remove all items."""
        await self._elements.clear()

    async def newest(self, wanted: int | None, skip: int = 0) -> list[Item]:
        """Read the newest items, all for None, before the last `skip`; oldest first."""
        if wanted == 0:
            return []
        most = None if wanted is None else wanted + skip
        first = 0 if most is None else -most
        while True:
            elements = await self._elements.read(first)
            items, broken = decode_elements(elements)
            if most is None or len(items) >= most or len(elements) < -first:
                break
            first *= 2  # items are counted, and some of these elements are not items
        if broken:
            start = -len(elements) if first else 0
            self._warn("skipped", [start + offset for offset in broken])
        last = max(len(items) - skip, 0)
        return self._seen(items[0 if wanted is None else max(last - wanted, 0) : last])

    async def tail(self, limit: int) -> AsyncTail:
        """Read the newest elements, at most `limit`, to replace some of them later."""
        elements = await self._elements.read(-limit - 1)
        complete = len(elements) <= limit
        tail = AsyncTail(self._elements, elements if complete else elements[1:], complete)
        tail.items = self._seen(tail.items)
        return tail

    async def take(
        self, abandoned: Callable[[], bool] = lambda: False
    ) -> tuple[Item, Action[None]] | None:
        """Take the newest item; return it with the function that puts it back.

        Interrupted, it puts back what it took: nobody else has seen it. So it does if the outcome
        is unknown and the caller has abandoned it.
        """
        dropped: list[int] = []
        while True:
            pop = self._elements.start_pop()
            try:
                element = await pop.take()
                item = None if element is None else decode_element(element)
                if item is not None or element is None:
                    if dropped:
                        self._warn("dropped", dropped)
                    return None if item is None else (self._see(item), pop.put_back)
                dropped.append(pop.position)
            except (RedisError, GeneratorExit):
                if abandoned():
                    await pop.put_back()
                raise
            except BaseException:
                await pop.put_back()
                raise

    def _see(self, item: Item) -> Item:
        return item if self.view is None else self.view(item)

    def _seen(self, items: list[Item]) -> list[Item]:
        return items if self.view is None else list(map(self.view, items))

    def _warn(self, what: str, positions: list[int]) -> None:
        _observer.count("skipped_items", len(positions))
        logger.warning(
            "%s: %s %d element(s) that are not JSON objects, at position(s) %s",
            self._elements.subject,
            what,
            len(positions),
            ", ".join(map(str, positions[:10])) + (", ..." if len(positions) > 10 else ""),
        )
