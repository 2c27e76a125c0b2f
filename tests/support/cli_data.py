"""The conversations that the documentation of the command line shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSessionManager

if TYPE_CHECKING:
    from .server import Server

TRIP: list[Any] = [
    {"role": "user", "content": "Is it warm in Rome in May?"},
    {
        "type": "function_call",
        "name": "weather",
        "call_id": "call-1",
        "arguments": '{"city": "Rome", "month": 5}',
    },
    {"type": "function_call_output", "call_id": "call-1", "output": "23 degrees, mostly sunny"},
    {"role": "assistant", "content": "Yes: 23 degrees and mostly sunny."},
    {"role": "user", "content": "And in January?"},
    {"role": "assistant", "content": "Rarely: about 12 degrees."},
]


def fill(server: Server) -> None:
    """Store them."""
    prefix = DEFAULT_KEY_PREFIX
    with SyncRedisSessionManager(url=server.url, key_prefix=prefix, ttl=None) as lasting:
        lasting.session("user-123").add_items(TRIP)
    with SyncRedisSessionManager(url=server.url, ttl=None) as manager:
        manager.session("old-chat").add_items(TRIP[:1])
        alice = manager.user("alice")
        for session_id, title in (("holiday", "Two weeks in Rome"), ("garden", "Tomatoes")):
            alice.session(session_id).add_items(TRIP[-2:])
            alice.update(session_id, title=title, metadata={"model": "gpt-5"})
    with SyncRedisSessionManager(url=server.url, key_prefix=prefix, ttl=5_430) as mortal:
        mortal.session("user-124").add_items(TRIP[-2:])
