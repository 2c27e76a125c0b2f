"""What the page shows of a conversation: the texts, and the turns that they belong to."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

Items = Sequence[Mapping[str, Any]]  # what a session holds, oldest first


def turn_starts(items: Items) -> list[int]:
    """Return the positions at which turns begin: each at a user message, or several in a row."""
    asks = [item.get("role") == "user" for item in items]
    return [at for at, ask in enumerate(asks) if ask and not (at and asks[at - 1])]


def shown(items: Items) -> list[dict[str, Any]]:
    """Return what people have said and read, without calls of tools or reasoning."""
    starts = turn_starts(items)
    return [
        {"role": item["role"], "text": text, "turn": bisect_right(starts, at) - 1}
        for at, item in enumerate(items)
        if item.get("role") in ("user", "assistant") and (text := text_of(item))
    ]


def text_of(item: Mapping[str, Any]) -> str:
    content = item.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def title_of(question: str) -> str:
    """Return the first words of a question."""
    line = " ".join(question.split())
    return line if len(line) <= 60 else line[:59] + "…"


def version_of(items: Items) -> str:
    """Return a name for what a conversation holds: an edit says which version it was made in."""
    return hashlib.sha256(json.dumps(items).encode()).hexdigest()[:16]
