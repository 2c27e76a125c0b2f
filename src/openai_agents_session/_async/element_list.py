# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What a conversation uses of the list that holds its elements, in Redis or in a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Undoable(Protocol):
    """A pop that knows how to put back what it took."""

    position: int

    async def take(self) -> bytes | None: ...
    async def put_back(self) -> None: ...


class ElementList(Protocol):
    """What holds the elements of a conversation: the list in Redis, or the draft of a turn."""

    subject: str

    async def append(self, elements: Sequence[bytes]) -> None: ...
    async def replace(self, elements: Sequence[bytes]) -> None: ...
    async def replace_tail(
        self, dropped: Sequence[bytes], replaced: Sequence[bytes], elements: Sequence[bytes]
    ) -> bool: ...
    async def clear(self) -> None: ...
    async def read(self, first: int) -> list[bytes]: ...
    async def read_head(self, count: int) -> list[bytes]: ...
    def start_pop(self) -> Undoable: ...
