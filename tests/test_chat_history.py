"""The example of a chat history runs as its reader runs it: without Redis, and on a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import redis

from .test_quickstart import EXAMPLES, python

if TYPE_CHECKING:
    from .support.server import Server

CHAT = [
    "ada: Hello! (web)",
    "bot: You said 'Hello!'.",
    "ada: What did I say? (web)",
    "bot: You said 'Hello!', 'What did I say?'.",
]


def chat_history(**environment: str) -> list[str]:
    run = python(str(EXAMPLES / "chat_history.py"), **environment)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout + run.stderr
    return run.stdout.splitlines()


def test_in_memory() -> None:
    assert chat_history(REDIS_ENABLED="") == [
        *CHAT,
        "ada-lovelace: 4 messages, forgotten in 3600 s",
    ]


def test_on_a_server(server: Server) -> None:
    said = chat_history(REDIS_URL=server.url, REDIS_ENABLED="", REDIS_TTL="60")
    assert said == [*CHAT, "ada-lovelace: 4 messages, forgotten in 60 s"]
    with redis.from_url(server.url) as client:
        stored = client.lrange("session:ada-lovelace", 0, -1)
        assert [json.loads(element)["role"] for element in stored] == ["user", "assistant"] * 2
        assert 0 < client.ttl("session:ada-lovelace") <= 60
