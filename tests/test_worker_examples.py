"""The Celery example under real workers, and the script in many processes at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

from .support.app import EXAMPLES, Program, example_environment
from .support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORKER = ["celery", "--app", "celery_app", "worker", "--loglevel", "warning", "--without-mingle"]
POOLS = {
    "prefork": [*WORKER, "--pool", "prefork", "--concurrency", "2"],
    "threads": [*WORKER, "--pool", "threads", "--concurrency", "16"],
}
USERS, TASKS = 20, 200
QUESTION = "What did we talk about?"

# The caller, as an application would be: it knows the tasks by import.
CALLER = f"""
import json
from celery import group
from celery_app import chat, history, reset

users = [f"user-{{n}}" for n in range({USERS})]
tasks = group(chat.s(users[n % {USERS}], {QUESTION!r}) for n in range({TASKS}))
answers = tasks.apply_async().get(timeout=60)
stored = [history.delay(user).get(timeout=60) for user in users]
for user in users:
    reset.delay(user).get(timeout=60)
left = [history.delay(user).get(timeout=60) for user in users]
print(json.dumps([answers, stored, left]))
"""


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A broker must not share its server with tests that empty it."""
    with Server() as server:
        yield server


def python(server: Server, *arguments: str, text: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        env=example_environment(server.url),
        cwd=EXAMPLES,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def check_turns(answers: list[str]) -> None:
    """Each turn saw all turns before it, whatever the order in which they ran."""
    turns = sorted(int(answer.split(".")[0].removeprefix("This is turn ")) for answer in answers)
    assert turns == list(range(1, len(answers) + 1))
    for answer in answers:
        turn = int(answer.split(".")[0].removeprefix("This is turn "))
        said = " ".join(f"({n}) {QUESTION}" for n in range(1, turn + 1))
        assert answer.endswith(f"I answered {turn - 1} times. You said: {said}")


def check_history(items: Sequence[Any], turns: int) -> None:
    assert [item["role"] for item in items] == ["user", "assistant"] * turns


@pytest.mark.parametrize("pool", POOLS)
def test_tasks(own_server: Server, pool: str) -> None:
    with Program(POOLS[pool], own_server.url):
        answers, stored, left = json.loads(python(own_server, "-c", CALLER))
    assert len(answers) == TASKS
    for user in range(USERS):
        check_turns(answers[user::USERS])
        check_history(stored[user], TASKS // USERS)
    assert left == [[]] * USERS


def test_the_script(server: Server) -> None:
    script, turns = str(EXAMPLES / "script.py"), 50
    lines = f"{QUESTION}\n" * turns

    with ThreadPoolExecutor(4) as pool:  # two users, each in two terminals
        users = [f"user-{n % 2}" for n in range(4)]
        talks = [pool.submit(python, server, script, user, text=lines) for user in users]
        answers = [talk.result().splitlines() for talk in talks]
        for user in range(2):
            check_turns(answers[user] + answers[user + 2])
            with SyncRedisSession.from_url(users[user], server.url, key_prefix="script") as session:
                check_history(session.get_items(), 2 * turns)
        history = pool.submit(python, server, script, "user-0", "--history")
        reset = pool.submit(python, server, script, "user-1", "--reset")
        said = history.result().splitlines()
        assert reset.result() == ""
    check_history([json.loads(line) for line in said], 2 * turns)
    assert server.command("EXISTS", "script:user-0") == 1
    assert server.command("EXISTS", "script:user-1") == 0
