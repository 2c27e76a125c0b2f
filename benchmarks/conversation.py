"""The items for the measurements: turns as in the quick start, with answers of one kilobyte."""

from __future__ import annotations

import json
from itertools import cycle, islice
from typing import Any, TypeAlias

Item: TypeAlias = dict[str, Any]

_ANSWER_CHARACTERS = 1000
_SENTENCES = (
    "It is 18 °C in London today, with light rain in the morning and some sun later on. "
    "Take a coat with you, and have a look at the forecast again before you leave.\n\n"
)
_ANSWER = "".join(islice(cycle(_SENTENCES), _ANSWER_CHARACTERS))
_KINDS = ("user", "call", "output", "answer", "user", "answer")


def conversation(count: int, first: int = 0) -> list[Item]:
    """Return items of a long conversation, starting at a position: always the same ones.

    Every other turn calls a tool: question, call, output, answer, then question, answer.
    """
    return [_item(number) for number in range(first, first + count)]


def encoded(items: list[Item]) -> list[bytes]:
    """Encode items as compact JSON, which leaves only the work of the client and the server."""
    return [json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() for item in items]


def _item(number: int) -> Item:
    kind = _KINDS[number % len(_KINDS)]
    if kind == "user":
        return {"role": "user", "content": f"What is the weather in London on day {number}?"}
    if kind == "call":
        return {
            "arguments": '{"city":"London"}',
            "call_id": f"call_{number:032x}",
            "name": "get_weather",
            "type": "function_call",
            "id": f"fc_{number:032x}",
            "status": "completed",
        }
    if kind == "output":
        return {
            "call_id": f"call_{number - 1:032x}",
            "output": "18 °C and light rain in London",
            "type": "function_call_output",
        }
    return {
        "id": f"msg_{number:032x}",
        "content": [{"annotations": [], "text": _ANSWER, "type": "output_text"}],
        "role": "assistant",
        "status": "completed",
        "type": "message",
    }
