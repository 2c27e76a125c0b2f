# Generated from src/openai_agents_session/_async/draft.py by tools/generate.py; edit that file instead.
"""A conversation as a turn sees it: what was stored when it began, and what it has done since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import turn_conflict
from .element_list import ElementList, Undoable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._blocking import Action


class SyncDraft(ElementList):
    """The list of a turn, in memory: it has the operations of a stored list, and stores nothing.

    Attributes:
        length: How many elements were stored when the turn began.
        kept: How many of these it keeps; the rest was popped or replaced.
        added: The elements that it added after those.
    """

    def __init__(
        self, subject: str, length: int, newest: Sequence[bytes], read_before: Action[list[bytes]]
    ) -> None:
        self.subject = subject
        self.length = self.kept = length
        self.added: list[bytes] = []
        self._stored = list(newest)
        self._first = length - len(newest)  # the position of the first one that was read
        self._read_before = read_before

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.added) or self.kept < self.length

    def stored(self, first: int) -> list[bytes]:
        """Return the elements that were stored, from a position on that was read."""
        return self._stored[max(first - self._first, 0) :]

    def compared_from(self, count: int) -> int:
        """Return from where on the elements must be unchanged: the last ones, and all dropped."""
        return max(min(self.length - count, self.kept), self._first, 0)

    def append(self, elements: Sequence[bytes]) -> None:
        """Add elements at the end."""
        self.added += elements

    def replace(self, elements: Sequence[bytes]) -> None:
        """Replace all elements by these."""
        self._read_from(0)
        self.kept, self.added = 0, list(elements)

    def clear(self) -> None:
        """Drop all elements."""
        self.replace([])

    def replace_tail(
        self, dropped: Sequence[bytes], replaced: Sequence[bytes], elements: Sequence[bytes]
    ) -> bool:
        """Replace the elements at the end, and drop those at the beginning."""
        length = self.kept + len(self.added)
        start = length - len(replaced)
        if start < len(dropped) or self.read(max(start, 0)) != list(replaced):
            return False
        if dropped:
            before = (self.read(0))[:start]
            if before[: len(dropped)] != list(dropped) or b"" in before:
                return False  # an empty one may be one that the client could not decode
            self.replace([*before[len(dropped) :], *elements])
        else:
            del self.added[max(start - self.kept, 0) :]
            self.kept = min(self.kept, start)
            self.added += elements
        return True

    def start_pop(self) -> SyncDraftPop:
        """Return a pop of the newest element, to be made by its `take()`."""
        return SyncDraftPop(self)

    def take_newest(self) -> bytes | None:
        """Take the newest element, if there is one."""
        if self.added:
            return self.added.pop()
        if not self.kept:
            return None
        self._read_from(self.kept - 1)
        self.kept -= 1
        return self._stored[self.kept - self._first]

    def put_back(self, element: bytes, position: int) -> None:
        """Undo a pop from this position."""
        if position == self.kept < self.length and not self.added:
            self.kept += 1  # as if it had never been popped
        else:
            self.added.append(element)

    def read(self, first: int) -> list[bytes]:
        """Return the elements from a position on (negative: from the end)."""
        start = max(self.kept + len(self.added) + first, 0) if first < 0 else first
        self._read_from(min(start, self.kept))
        kept = self._stored[: self.kept - self._first]
        return [*kept, *self.added][max(start - self._first, 0) :]

    def read_head(self, count: int) -> list[bytes]:
        """Return the first elements, at most `count`."""
        return (self.read(0))[:count]

    def _read_from(self, position: int) -> None:
        """Read all that is missing if this element was not read when the turn began."""
        if position < self._first:
            earlier = self._read_before(self._first)
            if len(earlier) < self._first:
                raise turn_conflict(self.subject, b"changed")
            self._stored[:0] = earlier
            self._first = 0


class SyncDraftPop(Undoable):
    """A pop from a draft, which nobody else can see."""

    def __init__(self, draft: SyncDraft) -> None:
        self.position: int = -1
        self._draft = draft
        self._taken: bytes | None = None

    def take(self) -> bytes | None:
        """Take the newest element, or None."""
        self._taken = self._draft.take_newest()
        self.position = self._draft.kept + len(self._draft.added)
        return self._taken

    def put_back(self) -> None:
        """Add the element again."""
        if self._taken is not None:
            self._draft.put_back(self._taken, self.position)
            self._taken = None
