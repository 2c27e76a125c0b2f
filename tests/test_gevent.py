"""Under gevent: the blocking session works, the SDK's `run_sync` one at a time, whatever session.

Each runs in an interpreter of its own, for gevent patches the standard library.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import openai_agents_session

if TYPE_CHECKING:
    from .support.server import Server

pytest.importorskip("gevent")

ROOT = Path(__file__).parents[1]
LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is

PROLOGUE = """
from gevent import monkey
monkey.patch_all()
import sys
import gevent, redis
from openai_agents_session import SyncRedisSession

client = redis.Redis.from_url(sys.argv[1])

def in_greenlets(work, count=40):
    return [g.get(timeout=30) for g in [gevent.spawn(work, n) for n in range(count)]]
"""

RUN_SYNC = """
from agents import Agent, RunConfig, Runner, SQLiteSession
from scripted_model import ScriptedModel
AGENT = Agent(name="x", model=ScriptedModel())
CONFIG = RunConfig(tracing_disabled=True)

def run(session):
    try:
        Runner.run_sync(AGENT, "Hello", session=session, run_config=CONFIG)
    except RuntimeError as error:
        assert "event loop is already running" in str(error), error
        return "refused"
    return "done"
"""


def run(server: Server, code: str) -> str:
    paths = [str(LIBRARY), str(ROOT / "examples"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROLOGUE + code, server.url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_operations_of_the_blocking_session(server: Server) -> None:
    run(
        server,
        """
def work(n):
    session = SyncRedisSession(f"user-{n % 8}", client, ttl=100)
    for turn in range(20):
        with session.lock(sleep=0.01):
            session.add_items([{"role": "user", "content": "x"}, {"role": "assistant"}])
            assert session.pop_item() == {"role": "assistant"}
        session.get_items()

in_greenlets(work)
for n in range(8):
    session = SyncRedisSession(f"user-{n}", client)
    assert session.get_items() == [{"role": "user", "content": "x"}] * 100
    session.replace_items([])
    assert session.count() == 0
""",
    )
    assert int(server.info("clients")["connected_clients"]) < 50


def test_run_sync_works_one_at_a_time(server: Server) -> None:
    code = """
from gevent.lock import Semaphore
one = Semaphore(1)

def work(n):
    with one:
        return run(SyncRedisSession(f"user-{n}", client).as_async())

print(*in_greenlets(work))
assert all(SyncRedisSession(f"user-{n}", client).count() == 2 for n in range(40))
"""
    assert run(server, RUN_SYNC + code).split() == ["done"] * 40


@pytest.mark.parametrize("session", ["SyncRedisSession('a', client).as_async()", "None"])
def test_run_sync_is_refused_in_greenlets_at_the_same_time(server: Server, session: str) -> None:
    code = f"print(*in_greenlets(lambda n: run({session})))"
    answers = run(server, RUN_SYNC + code).split()
    assert len(answers) == 40
    assert "refused" in answers
    assert "done" in answers
