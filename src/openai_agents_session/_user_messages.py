"""Where turns begin: at user messages, of which several in a row begin one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._codec import decode_element

if TYPE_CHECKING:
    from collections.abc import Sequence


def without_last_turns(elements: Sequence[bytes], turns: int) -> Sequence[bytes]:
    """Return the elements before the last turns, all of them for 0.

    More turns than there are end at the first user message: a greeting before it stays.
    """
    beginnings = [
        position
        for position, element in enumerate(elements)
        if _is_user_message(element) and not (position and _is_user_message(elements[position - 1]))
    ]
    if not turns or not beginnings:
        return elements
    return elements[: beginnings[max(len(beginnings) - turns, 0)]]


def _is_user_message(element: bytes) -> bool:
    if b'"user"' not in element:
        return False
    item = decode_element(element)
    return item is not None and item.get("role") == "user" and item.get("type") in _TYPES


_TYPES = (None, "message")
