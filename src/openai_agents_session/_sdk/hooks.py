"""The hooks that let the Agents SDK's compaction replace a history by its summary.

The SDK looks for them by private names, which only some of its releases have. A release that lacks
or renames them does without: it reads, clears and adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents import TResponseInputItem

    from .._codec import Item

    ReplaceSuffix = Callable[[int, list[TResponseInputItem]], Awaitable[bool]]
    Prune = Callable[[Item], bool]

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
        """Replace these items from a position on, unless the history has changed."""


class Tail(Protocol):
    """The newest part of a conversation, as it was read."""

    items: list[Any]
    complete: bool

    async def replace(self, start: int, items: list[Any], prune: Prune | None) -> bool:
        """Replace these items from a position on, unless the conversation has changed."""


class CompactionHooks:
    """The hooks, for every class that the SDK may take for a session."""

    async def _atomic_replace_items(self, items: list[TResponseInputItem]) -> bool:
        # The SDK looks for it on the class, and clears and adds if it is False.
        if not self._keeps_items_as_they_are():
            return False
        await self._replace_all(items)
        return True

    async def _get_compaction_snapshot(
        self, limit: int, *, prune_prefix: Prune | None = None
    ) -> Snapshot | None:
        # The SDK replaces the whole conversation if it is None.
        if not self._keeps_items_as_they_are():
            return None
        tail = await self._read_tail(limit)

        async def replace_suffix(start: int, items: list[TResponseInputItem]) -> bool:
            return await tail.replace(start, items, prune_prefix)

        return make_snapshot(tail.items, tail.complete, replace_suffix)

    def _keeps_items_as_they_are(self) -> bool:
        raise NotImplementedError

    async def _replace_all(self, items: list[Any]) -> None:
        raise NotImplementedError

    async def _read_tail(self, limit: int) -> Tail:
        raise NotImplementedError


def keeps_items_as_they_are(session: object) -> bool:
    """Return whether a session has the item methods of this package.

    A subclass may store items in another form, or keep an index of them. What replaces a history
    without its methods must not be offered then.
    """
    package = f"{__name__.partition('.')[0]}."
    methods = [getattr(type(session), name, None) for name in _ITEM_METHODS]
    return all(getattr(method, "__module__", "").startswith(package) for method in methods)


def make_snapshot(
    items: list[Any], complete: bool, replace_suffix: ReplaceSuffix
) -> Snapshot | None:
    """Make what the SDK's compaction expects, or None if that has another name or form now."""
    fields: dict[str, Any] = {
        "items": items,
        "complete": complete,
        "replace_suffix": replace_suffix,
    }
    try:
        from agents.memory.session import _CompactionSnapshot

        snapshot: Snapshot = _CompactionSnapshot(**fields)
    except (ImportError, TypeError):
        return None
    return snapshot
