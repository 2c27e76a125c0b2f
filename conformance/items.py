"""Items of conversations, and their exact comparison."""

from __future__ import annotations

import json
from reprlib import Repr
from typing import Any, TypeAlias

import pytest

Item: TypeAlias = Any

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlist = 8


def message(text: str) -> Item:
    """Return a message of the user."""
    return {"role": "user", "content": text}


def messages(count: int, first: int = 0) -> list[Item]:
    """Return messages that differ, numbered from `first`."""
    return [message(f"message {number}") for number in range(first, first + count)]


def a_turn() -> list[Item]:
    """Return the items of a turn, each of another kind."""
    return [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "What is the weather?"}]},
        {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
        {
            "id": "fc_1",
            "type": "function_call",
            "call_id": "call_1",
            "name": "get_weather",
            "arguments": '{"city": "Oslo",  "days":[1, 2]}',
            "status": "completed",
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "7 °C"},
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {"type": "output_text", "text": "7 °C.", "annotations": [], "logprobs": []},
            ],
        },
    ]


def exact(value: object) -> str:
    """Return JSON that is equal only if the types are equal, too: 1, 1.0 and True differ."""
    return json.dumps(value, sort_keys=True)


def expect(actual: object, expected: object) -> None:
    """Fail with a short message unless both are exactly equal."""
    __tracebackhide__ = True
    try:
        equal = exact(actual) == exact(expected)
    except TypeError:  # an object that is not JSON
        equal = False
    if not equal:
        pytest.fail(f"expected {_SHORT.repr(expected)}, but got {_SHORT.repr(actual)}")
