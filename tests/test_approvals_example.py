"""The example of a tool that waits for a person, each command in its own process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from openai_agents_session import SyncRedisSession

from .support.app import example_environment, example_folder
from .support.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path

    from .support.server import Server

QUESTION = "I live in London. What is the weather there?"
ASK = ("ask", "ada", "message-1", QUESTION)
WAITING = (0, "waiting: approve or reject\n")
BOUGHT = (0, "The weather in London: 18 °C and light rain in London\n")
ASKED = ["message", "function_call"]
DECIDED = [*ASKED, "function_call_output", "message"]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def start(server: Server, *arguments: str, gate: Gate | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "approvals", *arguments],
        env=example_environment(server.url, gate),
        cwd=example_folder(gate),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def run(server: Server, *arguments: str) -> tuple[int, str]:
    """Run a command to its end; return its status, and what it said."""
    with start(server, *arguments) as process:
        output, errors = process.communicate(timeout=60)
    return process.returncode, output or errors


def kill_in_the_model(server: Server, gate: Gate, *arguments: str) -> None:
    """Kill a command while it waits for the model."""
    with start(server, *arguments, gate=gate) as process:
        gate.kill_caller()
        process.communicate(timeout=60)
    assert process.returncode == -9


def kinds(server: Server) -> list[str]:
    with SyncRedisSession.from_url("ada", server.url, key_prefix="approvals") as session:
        return [str(item.get("type", "message")) for item in session.get_items()]


def sales(server: Server) -> int:
    bought = server.command("SMEMBERS", "sales")
    assert isinstance(bought, list)
    return len(bought)


def test_a_person_approves(server: Server) -> None:
    assert run(server, *ASK) == WAITING
    assert run(server, *ASK) == WAITING  # the same message again
    assert kinds(server) == ASKED
    assert run(server, "ask", "ada", "message-2", "Hello?")[0] == 1  # it would follow an open call
    assert sales(server) == 0
    assert run(server, "approve", "ada") == BOUGHT
    assert run(server, "approve", "ada") == (1, "nothing is waiting\n")
    assert kinds(server) == DECIDED
    assert sales(server) == 1
    status, answer = run(server, "ask", "ada", "message-2", "What did we talk about?")
    assert (status, "I answered 1 times" in answer) == (0, True)


def test_a_person_rejects(server: Server) -> None:
    run(server, *ASK)
    assert run(server, "reject", "ada")[0] == 0
    assert kinds(server) == DECIDED
    assert sales(server) == 0


def test_a_question_whose_process_is_killed(server: Server, gate: Gate) -> None:
    kill_in_the_model(server, gate, *ASK)
    assert kinds(server) == []
    assert run(server, *ASK) == WAITING
    assert kinds(server) == ASKED


def test_a_decision_whose_process_is_killed(server: Server, gate: Gate) -> None:
    run(server, *ASK)
    kill_in_the_model(server, gate, "approve", "ada")
    assert kinds(server) == ASKED
    assert sales(server) == 1  # a turn cannot undo what its tools did
    assert run(server, "approve", "ada") == BOUGHT
    assert kinds(server) == DECIDED
    assert sales(server) == 1  # the second call had the same id


def test_a_decision_about_a_question_that_was_cleared(server: Server) -> None:
    run(server, *ASK)
    with SyncRedisSession.from_url("ada", server.url, key_prefix="approvals") as session:
        session.clear_session()
    assert run(server, "approve", "ada") == (1, "the question is gone; ask again\n")
    assert kinds(server) == []
