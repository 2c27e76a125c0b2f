"""The quickstart runs as its reader runs it: a fresh interpreter, embedded and on a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import redis

import openai_agents_session

from .support.server import Server

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is
QUESTIONS = [
    "My name is Ada and I live in London.",
    "What is the weather there?",
    "What did we talk about?",
    "And what did we talk about up to now?",
]
WEATHER = "18 °C and light rain in London"
UNSET = {"OPENAI_API_KEY", "REDIS_URL"}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in UNSET}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(LIBRARY), str(EXAMPLES)]),
            "PYTHONIOENCODING": "utf-8",
            **environment,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def quickstart(*arguments: str, **environment: str) -> list[str]:
    """Run the example; every line that it printed, without the blank ones."""
    run = python(str(EXAMPLES / "quickstart.py"), *arguments, **environment)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout + run.stderr
    return [line.strip() for line in run.stdout.splitlines() if line.strip()]


def recital(said: list[str], reports: int = 1) -> str:
    listed = " ".join(f"({number}) {text}" for number, text in enumerate(said, start=1))
    return (
        f"Agent: This is turn {len(said)}. Your name: Ada. Your city: London. "
        f"Tools reported: {'; '.join([WEATHER] * reports)}. "
        f"I answered {len(said) - 1} times. You said: {listed}"
    )


CONVERSATION = [
    f"[async]    You:   {QUESTIONS[0]}",
    "Agent: Nice to meet you, Ada of London.",
    f"[async]    You:   {QUESTIONS[1]}",
    f"Agent: The weather in London: {WEATHER}",
    f"[async]    You:   {QUESTIONS[2]}",
    recital(QUESTIONS[:3]),
    f"[blocking] You:   {QUESTIONS[3]}",
    recital(QUESTIONS),
]


def test_embedded() -> None:
    model, server, *conversation, stored, expires = quickstart("embedded-1")
    assert model == "Model: scripted, no network (set OPENAI_API_KEY)"
    assert server.startswith("Redis: embedded in this process")
    assert conversation == CONVERSATION
    assert stored == "Stored: 10 items in the Redis list 'openai_agents_session:embedded-1'"
    assert expires in {
        f"It expires in {s} s unless the conversation continues." for s in (3600, 3599)
    }


def test_on_a_server() -> None:
    with Server(requirepass="s3cret") as server, redis.Redis.from_url(server.url) as client:
        said = quickstart("server-1", REDIS_URL=server.url)
        assert said[1] == "Redis: the server in REDIS_URL"
        assert said[2:-2] == CONVERSATION
        assert "s3cret" not in "\n".join(said)

        key = "openai_agents_session:server-1"
        assert client.type(key) == b"list"
        items = [json.loads(element) for element in client.lrange(key, 0, -1)]
        assert [item.get("role") or item["type"] for item in items] == [
            "user",
            "assistant",
            "user",
            "function_call",
            "function_call_output",
            "assistant",
            "user",
            "assistant",
            "user",
            "assistant",
        ]
        assert items[4]["output"] == WEATHER
        assert 0 < client.ttl(key) <= 3600

        # The same session again: the new process sees the conversation of the old one.
        again = quickstart("server-1", REDIS_URL=server.url)
        assert again[-3] == recital(QUESTIONS * 2, reports=2)
        assert client.llen(key) == 20


def test_without_a_name_it_is_a_new_conversation() -> None:
    with Server() as server, redis.Redis.from_url(server.url) as client:
        old = "openai_agents_session:quickstart-"
        client.rpush(old, '{"role": "user", "content": "I was here before"}')
        assert quickstart(REDIS_URL=server.url)[2:-2] == CONVERSATION
        (new,) = {key.decode() for key in client.keys(f"{old}*")} - {old}
        assert len(new) > len(old)
        assert client.llen(new) == 10


def test_a_wrong_history_fails_the_run() -> None:
    forgetful = """
import runpy, sys
import openai_agents_session as library
get_items = library.SyncRedisSession.get_items
library.SyncRedisSession.get_items = lambda *args, **options: get_items(*args, **options)[2:]
sys.argv = ["quickstart.py"]
runpy.run_path("examples/quickstart.py", run_name="__main__")
"""
    run = python("-c", forgetful)
    assert run.returncode == 1
    assert run.stderr.startswith("WRONG HISTORY")
