"""What tests of turns share: items, and what is stored of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import Server

KEY = "openai_agents_session:ada"
LOCK = "{openai_agents_session:ada}:~lock"
RECORDS = "{openai_agents_session:ada}:~t"


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def said(text: str) -> Any:
    """What the SDK stores of a model's message."""
    return {
        "id": f"msg_{text}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }


def called(number: int) -> list[Any]:
    return [
        {"type": "function_call", "call_id": f"call_{number}", "name": "tool", "arguments": "{}"},
        {"type": "function_call_output", "call_id": f"call_{number}", "output": "sunny"},
    ]


def talk(*names: str) -> list[Any]:
    """Questions and their answers, one turn each."""
    return [item for name in names for item in (user(name), said(name.upper()))]


def stored(server: Server, key: str = KEY) -> list[bytes]:
    """The conversation, byte for byte."""
    elements = server.command("LRANGE", key, "0", "-1")
    assert isinstance(elements, list)
    return [element for element in elements if isinstance(element, bytes)]


def is_held(server: Server) -> bool:
    """Whether anything holds the conversation."""
    return server.command("EXISTS", LOCK) == 1
