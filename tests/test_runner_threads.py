"""One blocking client for a whole process: any thread, any loop, forked or not, and bounded."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from agents import Agent, RunConfig, Runner
from scripted_model import ScriptedModel

import openai_agents_session
from openai_agents_session import SyncRedisSession

from .support.internals import MAX_WORKER_THREADS
from .support.polling import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support.server import Server

ROOT = Path(__file__).parents[1]
LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is
CONFIG = RunConfig(tracing_disabled=True)
AGENT = Agent(name="Companion", model=ScriptedModel())
THREADS = 8


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


def run_sync(session: SyncRedisSession, turn: int) -> str:
    question = f"What did we talk about? ({turn})"
    result = Runner.run_sync(AGENT, question, session=session.as_async(), run_config=CONFIG)
    return str(result.final_output)


async def run(session: SyncRedisSession, turn: int) -> str:
    question = f"What did we talk about? ({turn})"
    result = await Runner.run(AGENT, question, session=session.as_async(), run_config=CONFIG)
    return str(result.final_output)


def in_loop(work: Callable[[], None]) -> None:
    """Give `run_sync` a loop that is closed: it would leave one of its own open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        work()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def in_threads(work: Callable[[int], None], count: int = THREADS) -> None:
    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(work, number) for number in range(count)]:
            done.result()


def check_answer(answer: str, turn: int) -> None:
    """The model saw every turn before, once and in order, or its answer is another."""
    said = " ".join(f"({n}) What did we talk about? ({n})" for n in range(1, turn + 1))
    assert answer.startswith(f"This is turn {turn}. ")
    assert answer.endswith(f"I answered {turn - 1} times. You said: {said}")


def check_stored(session: SyncRedisSession, turns: int) -> None:
    items: list[Any] = list(session.get_items())
    assert [item["role"] for item in items] == ["user", "assistant"] * turns
    asked = [item["content"] for item in items if item["role"] == "user"]
    assert asked == [f"What did we talk about? ({turn})" for turn in range(1, turns + 1)]


def workers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("openai-agents-session")]


def test_eight_threads_of_two_hundred_runs(server: Server, client: redis.Redis) -> None:
    users, turns = 20, 10

    def serve(thread: int) -> None:
        for turn in range(1, turns + 1):
            for user in range(users):
                session = SyncRedisSession(f"{thread}-{user}", client)
                check_answer(run_sync(session, turn), turn)

    in_threads(lambda thread: in_loop(lambda: serve(thread)))
    for thread in range(THREADS):
        for user in range(users):
            check_stored(SyncRedisSession(f"{thread}-{user}", client), turns)
    assert len(workers()) <= MAX_WORKER_THREADS
    # One for each thread that was ever inside a call, and the one that asks.
    assert int(server.info("clients")["connected_clients"]) <= MAX_WORKER_THREADS + 2


def test_a_new_thread_and_loop_for_every_call(server: Server, client: redis.Redis) -> None:
    before = threading.active_count() - len(workers())
    for turn in range(1, 26):

        def talk(user: int, turn: int = turn) -> None:
            in_loop(lambda: check_answer(run_sync(SyncRedisSession(f"{user}", client), turn), turn))

        in_threads(talk)
    for user in range(THREADS):
        check_stored(SyncRedisSession(f"{user}", client), 25)
    assert len(workers()) <= MAX_WORKER_THREADS
    assert threading.active_count() - len(workers()) == before
    assert int(server.info("clients")["connected_clients"]) <= MAX_WORKER_THREADS + 2


def test_asyncio_run_for_every_call(client: redis.Redis) -> None:
    def serve(user: int) -> None:
        for turn in range(1, 26):
            check_answer(asyncio.run(run(SyncRedisSession(f"{user}", client), turn)), turn)

    in_threads(serve)
    for user in range(THREADS):
        check_stored(SyncRedisSession(f"{user}", client), 25)


async def test_many_conversations_in_one_loop(server: Server, client: redis.Redis) -> None:
    for turn in range(1, 4):
        sessions = [SyncRedisSession(f"{user}", client) for user in range(100)]
        for answer in await asyncio.gather(*(run(session, turn) for session in sessions)):
            check_answer(answer, turn)
    for user in range(100):
        check_stored(SyncRedisSession(f"{user}", client), 3)
    assert len(workers()) <= MAX_WORKER_THREADS
    assert int(server.info("clients")["connected_clients"]) <= MAX_WORKER_THREADS + 2


FORKING = """
import os, sys
import redis
from tests.test_runner_threads import SyncRedisSession, check_answer, check_stored, in_loop
from tests.test_runner_threads import run_sync

client = redis.Redis.from_url(sys.argv[1])
def serve(user, turn):
    in_loop(lambda: check_answer(run_sync(SyncRedisSession(user, client), turn), turn))

serve("0", 1)
children = []
for child in range(4):
    if (pid := os.fork()) == 0:
        try:
            serve(str(child), 2 if child == 0 else 1)
            check_stored(SyncRedisSession(str(child), client), 2 if child == 0 else 1)
        except BaseException as error:
            print(child, repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    children.append(pid)
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
serve("0", 3)
check_stored(SyncRedisSession("0", client), 3)
sys.exit(max(codes))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_children_of_a_fork_use_the_same_client(server: Server) -> None:
    path = os.pathsep.join([str(LIBRARY), str(ROOT / "examples"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKING, server.url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([path, os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    until(lambda: int(server.info("clients")["connected_clients"]) <= 1, 5, "all to hang up")
