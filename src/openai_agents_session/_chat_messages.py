"""Messages as a manager stores them: role, content and metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._codec import Item

_FIELDS = {"role", "content", "metadata"}


def make_message(role: str, content: str | list[Any], metadata: Mapping[str, Any] | None) -> Item:
    """Return a message to store.

    Raises:
        TypeError: A part of it is of the wrong type.
        ValueError: The role is empty.
    """
    if not isinstance(role, str):
        raise TypeError(f"role must be a string, not {type(role).__name__}")
    if not role:
        raise ValueError("role must not be empty; it is 'user' or 'assistant', for instance")
    if not isinstance(content, (str, list)):
        raise TypeError(f"content must be a string or a list, not {type(content).__name__}")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise TypeError(f"metadata must be a mapping or None, not {type(metadata).__name__}")
    return {"role": role, "content": content, "metadata": dict(metadata or {})}


def without_metadata(item: Item) -> Item:
    """Return a stored message as models accept it: they refuse unknown fields."""
    if item.keys() == _FIELDS:
        return {"role": item["role"], "content": item["content"]}
    return item
