"""Stored elements, shown as text or as JSON."""

import json
import re
from collections.abc import Iterable
from typing import Any

_BLANKS = str.maketrans("\n\r\t", "   ")
_ATTACHMENTS = {"image", "file", "audio"}
_NOT_PRINTABLE = re.compile("[^ -~]")


def is_item(element: bytes) -> bool:
    """Return whether a session reads an item from an element, be it with NaN, which is not JSON."""
    try:
        return isinstance(json.loads(str(element, "utf-8")), dict)
    except (ValueError, RecursionError):
        return False


def decode(element: bytes) -> dict[str, Any] | None:
    """Return the item that an element holds, or None if it holds none."""
    try:
        value = json.loads(str(element, "utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def in_one_line(element: bytes) -> str:
    """Return the JSON of an item as one line of ASCII, with its numbers as they are stored."""
    # In JSON, blanks other than spaces stand between values, and what is not ASCII in strings.
    return _NOT_PRINTABLE.sub(_escape, str(element, "utf-8").strip().translate(_BLANKS))


def print_stored(elements: Iterable[bytes]) -> int:
    """Print items as they are stored, one in a line; return how many elements are not items."""
    left_out = 0
    for element in elements:
        if decode(element) is None:
            left_out += 1
        else:
            print(in_one_line(element))
    return left_out


def title_and_text(element: bytes) -> tuple[str, str]:
    """Return who or what an element is from, and what it says."""
    item = decode(element)
    if item is None:
        return "(not an item)", str(element, "utf-8", "backslashreplace")
    kind = item.get("type", "message")
    if "role" in item and kind == "message":
        return str(item["role"]), _text(item.get("content"))
    title = " ".join(str(part) for part in (kind, item.get("name")) if part is not None)
    for field in ("arguments", "output", "summary"):
        if item.get(field):
            return title, _text(item[field])
    rest = {name: value for name, value in item.items() if name not in {"type", "name"}}
    return title, _text(rest)


def as_text(value: object, indent: int | None = None) -> str:
    """Return a text as it is, and anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=indent)


def part_text(part: object, indent: int | None = None) -> str:
    """Return what a part of a content says; of an image or a file, only that there is one."""
    if isinstance(part, dict):
        for field in ("text", "refusal"):
            if isinstance(part.get(field), str):
                return str(part[field])
        kind = str(part.get("type", "")).removeprefix("input_").removeprefix("output_")
        if kind in _ATTACHMENTS:
            name = part.get("filename")
            return f"[{kind} {name}]" if isinstance(name, str) else f"[{kind}]"
    return as_text(part, indent)


def _text(content: Any) -> str:
    return "\n".join(map(part_text, content)) if isinstance(content, list) else as_text(content)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f"
