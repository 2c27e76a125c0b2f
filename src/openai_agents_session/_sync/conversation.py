# Generated from src/openai_agents_session/_async/conversation.py by tools/generate.py; edit that file instead.
"""The items of a conversation: what of its list is one, and what is passed over."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .._items import decode_element, decode_elements, encode_items
from .history import SyncHistory
from .tail import SyncTail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .._blocking import Transport
    from .._items import Item
    from .._keys import SessionKeys

logger = logging.getLogger("openai_agents_session")


class SyncConversation:
    """Items in, items out. Elements of the list that are none are passed over with a warning."""

    def __init__(
        self,
        transport: Transport,
        key: str,
        keys: SessionKeys,
        ttl: int | None,
        max_items: int | None,
    ) -> None:
        self.history = SyncHistory(transport, key, keys, ttl, max_items)
        self.view: Callable[[Item], Item] | None = None  # how a reader is to see an item
        self._key = key

    def add(self, items: Iterable[object]) -> None:
        """Add items at the end; none where one of them cannot be encoded."""
        elements = encode_items(items)
        if elements:
            self.history.append(elements)

    def replace(self, items: Iterable[object]) -> None:
        """Put items in the place of all others; none where one of them cannot be encoded."""
        elements = encode_items(items)
        if elements:
            self.history.replace(elements)
        else:
            self.history.clear()

    def newest(self, wanted: int | None) -> list[Item]:
        """Read the newest items, oldest first: at most so many, or all of them for None."""
        if wanted == 0:
            return []
        first = 0 if wanted is None else -wanted
        while True:
            elements = self.history.read(first)
            items, broken = decode_elements(elements)
            if wanted is None or len(items) >= wanted or len(elements) < -first:
                break
            first *= 2  # the limit counts items, and some of these elements are none
        if broken:
            start = -len(elements) if first else 0
            self._warn("skipped", [start + offset for offset in broken])
        return self._seen(items if wanted is None else items[-wanted:])

    def tail(self, limit: int) -> SyncTail:
        """Read the newest elements, at most so many, to replace some of them later."""
        elements = self.history.read(-limit - 1)
        complete = len(elements) <= limit
        tail = SyncTail(self.history, elements if complete else elements[1:], complete)
        tail.items = self._seen(tail.items)
        return tail

    def take(self) -> tuple[Item, bytes] | None:
        """Take the newest item; return it with the receipt by which it can be put back."""
        dropped: list[int] = []
        taken = None
        while taken is None and (popped := self.history.pop()):
            try:
                item = decode_element(popped.element)
                if item is None:
                    dropped.append(popped.position)
                else:
                    taken = self._seen([item])[0], popped.receipt
            except BaseException:
                self.history.put_back(popped.receipt)
                raise
        if dropped:
            self._warn("dropped", dropped)
        return taken

    def _seen(self, items: list[Item]) -> list[Item]:
        return items if self.view is None else [self.view(item) for item in items]

    def _warn(self, what: str, positions: list[int]) -> None:
        logger.warning(
            "session key %r: %s %d element(s) that are no JSON objects, at position(s) %s",
            self._key,
            what,
            len(positions),
            ", ".join(map(str, positions[:10])) + (", ..." if len(positions) > 10 else ""),
        )
