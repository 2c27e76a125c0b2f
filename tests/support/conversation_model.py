"""What a conversation is and does, in a few lines of Python that know nothing of Redis.

An item is written as a word: `u17` is a user's message, `a18` one of the assistant.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Items: TypeAlias = tuple[str, ...]


class Pending(NamedTuple):
    """An item that a cancelled pop took, and the place to which it goes back."""

    place: int
    pop: int
    item: str


class Conversation(NamedTuple):
    """The items, oldest first, and those that may come back, in the order of their places."""

    items: Items = ()
    pending: tuple[Pending, ...] = ()

    def read(self, limit: int | None) -> Items:
        """Return the newest items, oldest first."""
        if limit is None:
            return self.items
        return self.items[-limit:] if limit > 0 else ()

    def add(self, new: Items, most: int | None) -> Conversation:
        """Add items at the end, and trim."""
        items = self.items + new
        start = 0 if most is None else _start(items, len(self.items), most)
        if start == 0:
            return self._replace(items=items)
        # A place at the very front of what is left was in front of the user message there.
        left = [p._replace(place=p.place - start) for p in self.pending if p.place > start]
        return Conversation(items[start:], tuple(left))

    def replace(self, items: Items) -> Conversation:
        """Replace all items for good; without new ones, this clears."""
        return Conversation(items)

    def pop(self) -> tuple[str | None, Conversation]:
        """Take the newest item for good."""
        if not self.items:
            return None, self
        end = len(self.items) - 1
        pending = tuple(p._replace(place=min(p.place, end)) for p in self.pending)
        return self.items[end], Conversation(self.items[:end], pending)

    def take(self, pop: int) -> Conversation:
        """Take the newest item in a way that can be undone."""
        item, after = self.pop()
        if item is None:
            return self
        end = len(after.items)
        before = sum(p.place <= end for p in self.pending)
        pending = (*after.pending[:before], Pending(end, pop, item), *after.pending[before:])
        return after._replace(pending=pending)

    def put_back(self, pop: int) -> Conversation:
        """Undo a pop, unless the place of its item is gone."""
        index = next((n for n, p in enumerate(self.pending) if p.pop == pop), None)
        if index is None:
            return self
        place, _, item = self.pending[index]
        items = (*self.items[:place], item, *self.items[place:])
        behind = (p._replace(place=p.place + 1) for p in self.pending[index + 1 :])
        return Conversation(items, (*self.pending[:index], *behind))


def _start(items: Items, new: int, most: int) -> int:
    """Return the position to begin at: that of a user message not behind the first new item."""
    starts = [n for n, item in enumerate(items) if item.startswith("u") and n <= new]
    if len(items) <= most or not starts:
        return 0
    return next((n for n in starts if len(items) - n <= most), starts[-1])
