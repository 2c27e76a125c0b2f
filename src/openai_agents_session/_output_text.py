"""The text that ended a turn, from items as the SDK stores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def output_text(items: Sequence[Any]) -> str | None:
    """Return the text of the last item if it is an assistant message, or None."""
    last = items[-1] if items else None
    if not isinstance(last, Mapping) or last.get("role") != "assistant":
        return None
    content = last.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [part for part in content if isinstance(part, Mapping)]
    texts = [part.get("text") for part in parts if part.get("type") == "output_text"]
    found = [text for text in texts if isinstance(text, str)]
    return "".join(found) if found else None
