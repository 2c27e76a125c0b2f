"""The same task delivered three times, to workers that are killed in its middle: one turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import openai_agents_session

from .support import deliveries

if TYPE_CHECKING:
    from .support.server import Server

ROOT = Path(__file__).parents[1]
LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("api", ["awaited", "blocking"])
def test_killed_workers(server: Server, api: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.deliveries", server.url, api],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    tasks = [json.loads(line) for line in done.stdout.splitlines()]
    for task in tasks:
        check(task)
    assert len(tasks) == deliveries.TASKS
    assert sum(len(task["killed"]) for task in tasks) >= deliveries.TASKS / 2
    assert any(len(task["ran"]) > 1 for task in tasks)  # killed in the model call
    assert any(task["ran"] and set(task["ran"]) <= set(task["killed"]) for task in tasks)


def check(task: dict[str, Any]) -> None:
    """Every turn is there once, and nobody paid twice for what was stored."""
    text = f"answer to {task['name']}"
    assert task["stored"] == [task["name"], text]
    survivors = deliveries.DELIVERIES - len(task["killed"])
    assert len(task["ran"]) == len(set(task["ran"]))
    assert len(set(task["ran"]) - set(task["killed"])) <= 1
    assert survivors <= len(task["answers"]) <= deliveries.DELIVERIES
    assert set(task["answers"]) == {text}
    assert task["seconds_to_next"] < deliveries.LEASE_SECONDS + 1
