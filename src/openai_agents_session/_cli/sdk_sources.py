"""Conversations that the SDK's own sessions have stored, read without changing anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .elements import is_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class SourceError(Exception):
    """A source cannot be read; says why."""


@dataclass
class SourceConversation:
    """A conversation of a source.

    Attributes:
        session_id: Names the conversation.
        expires_in: Seconds that it has left, or None if it does not expire.
        elements: Its elements, oldest first.
        refused: Why it cannot be copied, or None.
        taken: How many items were taken.
        passed_over: How many elements before these were not items.
    """

    session_id: str
    expires_in: int | None
    elements: Iterable[bytes]
    refused: str | None = None
    taken: int = field(default=0, init=False)
    passed_over: int = field(default=0, init=False)

    def items(self) -> Iterator[bytes]:
        """Yield the elements that are items: the SDK's sessions skip broken ones, too."""
        for element in self.elements:
            if is_item(element):
                self.taken += 1
                yield element
            else:
                self.passed_over += 1


class Source(Protocol):
    """Where conversations come from."""

    def conversations(self) -> Iterator[SourceConversation]:
        """Yield all conversations."""

    def close(self) -> None:
        """Close the source, and check that it was not changed."""


def literal(text: str) -> str:
    """Return a glob that matches this text alone."""
    return re.sub(r"[\\*?\[\]]", r"\\\g<0>", text)
