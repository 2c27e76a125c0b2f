"""An element of a conversation as HTML: what was said, and what the tools did, as text."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from .elements import as_text, part_text

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "developer": "Developer"}
_NAMES = {
    "function_call": "Tool call",
    "function_call_output": "Tool result",
    "reasoning": "Reasoning",
    "compaction": "Summary of earlier messages, encrypted",
}


def to_html(value: object) -> str:
    """Return a text as HTML that shows it, control characters and changes of direction included."""
    return escape(_UNSEEN.sub(_visible, str(value)))


def element_html(element: bytes) -> str:
    """Return the HTML of one stored element."""
    try:
        item = json.loads(str(element, "utf-8"))
        if isinstance(item, dict):
            return _item(item)
    except (ValueError, RecursionError):
        pass
    return _folded("Not an item of a conversation", element.decode("utf-8", "backslashreplace"))


def _item(item: dict[str, Any]) -> str:
    role = item.get("role")
    if isinstance(role, str) and item.get("type", "message") == "message":
        return _message(role, item)
    return _step(item)


def _message(role: str, item: dict[str, Any]) -> str:
    side = role if role in {"user", "assistant"} else "other"
    body = "".join(f'<p class="text" dir="auto">{to_html(text)}</p>' for text in _texts(item))
    more = item.get("metadata")
    if more:
        body += _details("Metadata", as_text(more, indent=2))
    label = to_html(_ROLES.get(role, role))
    return f'<article class="{side}"><h3>{label}</h3>{body}</article>\n'


def _texts(item: dict[str, Any]) -> list[str]:
    content = item.get("content")
    parts = content if isinstance(content, list) else [content]
    return [part_text(part, indent=2) for part in parts if part is not None]


def _step(item: dict[str, Any]) -> str:
    kind = item.get("type")
    title = _NAMES.get(kind, kind.replace("_", " ").capitalize()) if isinstance(kind, str) else ""
    if isinstance(item.get("name"), str):
        title = f"{title}: {item['name']}"
    if kind == "function_call":
        return _folded(title, as_text(_parsed(item.get("arguments")), indent=2))
    if kind == "function_call_output":
        output = item.get("output")
        return _folded(title, "\n".join(_texts({"content": output})))
    if kind == "reasoning" and isinstance(item.get("summary"), list):
        return _folded(title, "\n\n".join(_texts({"content": item["summary"]})))
    return _folded(title or "Item", as_text(item, indent=2))


def _folded(title: str, text: str) -> str:
    return f'<article class="step">{_details(title, text)}</article>\n'


def _details(title: str, text: str) -> str:
    shown = f'<pre dir="auto">{to_html(text)}</pre>'
    return f"<details><summary>{to_html(title)}</summary>{shown}</details>"


def _parsed(arguments: object) -> object:
    """Return what the JSON text of a call's arguments says, or the text if it is not JSON."""
    try:
        return json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        return arguments


def _visible(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
