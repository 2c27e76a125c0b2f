# Generated from src/openai_agents_session/_async/element_list.py by tools/generate.py; edit that file instead.
"""What a conversation uses of the list that holds its elements, in Redis or in a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Undoable(Protocol):
    """A pop that knows how to put back what it took."""

    position: int

    def take(self) -> bytes | None: ...
    def put_back(self) -> None: ...


class ElementList(Protocol):
    """What holds the elements of a conversation: the list in Redis, or the draft of a turn."""

    subject: str

    def append(self, elements: Sequence[bytes]) -> None: ...
    def replace(self, elements: Sequence[bytes]) -> None: ...
    def replace_tail(
        self, dropped: Sequence[bytes], replaced: Sequence[bytes], elements: Sequence[bytes]
    ) -> bool: ...
    def clear(self) -> None: ...
    def read(self, first: int) -> list[bytes]: ...
    def read_head(self, count: int) -> list[bytes]: ...
    def start_pop(self) -> Undoable: ...
