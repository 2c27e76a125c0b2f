"""The hooks by which the Agents SDK's compaction puts a summary in the place of a history.

The SDK calls them by private names that only some of its releases have. One that lacks them, or
renames them, goes on without: it reads, clears and adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents import TResponseInputItem

    ReplaceSuffix = Callable[[int, list[TResponseInputItem]], Awaitable[bool]]

_ITEM_METHODS = ("get_items", "add_items", "pop_item", "clear_session", "replace_items")


class Snapshot(Protocol):
    """What the SDK wants to know of a history that it may compact."""

    @property
    def items(self) -> list[TResponseInputItem]:
        """The newest items, oldest first."""

    @property
    def complete(self) -> bool:
        """Whether there are no others."""

    @property
    def replace_suffix(self) -> ReplaceSuffix:
        """Put items in the place of these from a position on, unless the history has changed."""


def changes_items(session: object, base: type) -> bool:
    """Tell whether a session's class has item methods of its own.

    It may store items in another form, or keep an index of them. What replaces a history without
    those methods must not be offered then.
    """
    return any(getattr(type(session), name) is not getattr(base, name) for name in _ITEM_METHODS)
