"""Examples whose process is killed in the middle of a turn: a retry stores the turn once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from .support.app import Program, WebApp, example_environment, example_folder
from .support.gate import Gate
from .support.polling import until
from .support.server import Server
from .test_web_examples import FIRST, RECITED, SECOND, SERVERS
from .test_worker_examples import POOLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST_ANSWER = "Nice to meet you, Ada of London."
FREE_SECONDS = 15.0  # the lease lasts a second in these tests, and 30 by default

CALLER = f"""
import json
from celery_app import chat, history

answers = [
    chat.apply_async(["ada", message], task_id=task_id).get(timeout=60)
    for message, task_id in [({FIRST!r}, "task-1"), ({SECOND!r}, "task-2")]
]
print(json.dumps([answers, history.delay("ada").get(timeout=60)]))
"""


@pytest.fixture
def own_server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def roles(items: list[Any]) -> list[str]:
    return [item["role"] for item in items]


@pytest.mark.parametrize("name", SERVERS)
def test_a_killed_web_server(own_server: Server, gate: Gate, name: str) -> None:
    with (
        WebApp(SERVERS[name], own_server.url, gate) as killed,
        WebApp(SERVERS[name], own_server.url, gate) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        lost = pool.submit(killed.ask, "POST", "ada", FIRST, "message-1")
        gate.kill_caller()
        killed_at = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011  the connection ends in one of several ways
            lost.result()
        gate.open()

        def retried() -> Any:
            status, body = other.ask("POST", "ada", FIRST, "message-1")
            assert status in (200, 409)
            return body

        assert until(retried, FREE_SECONDS, "the lease to expire") == {"answer": FIRST_ANSWER}
        assert time.monotonic() - killed_at < FREE_SECONDS
        assert other.ask("POST", "ada", FIRST, "message-1") == (200, {"answer": FIRST_ANSWER})
        assert len(gate.calls) == 2  # the killed one, and one for all that came after
        assert other.ask("POST", "ada", SECOND, "message-2") == (200, {"answer": RECITED})
        assert roles(other.ask("GET", "ada")[1]["items"]) == ["user", "assistant"] * 2


def test_a_killed_worker(own_server: Server, gate: Gate) -> None:
    with Program(POOLS["prefork"], own_server.url, gate):
        caller = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CALLER],
            env=example_environment(own_server.url, gate),
            cwd=example_folder(gate),
            stdout=subprocess.PIPE,
        )
        gate.kill_caller()
        gate.open()
        with caller:
            output, _ = caller.communicate(timeout=60)
    answers, stored = json.loads(output)
    assert answers == [FIRST_ANSWER, RECITED]
    assert roles(stored) == ["user", "assistant"] * 2
    assert len(gate.calls) == 3
