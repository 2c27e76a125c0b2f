"""Runs in threads that share a client: an asyncio client, and a blocking client.

    python benchmarks/threads.py [REDIS_URL]      # without a URL, starts a server

Every call is one `Runner` turn of a scripted model: done if it returned, failed if it raised. A
thread hung if it did not complete all its calls within the time limit. Each row of the table runs
in its own process.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "examples")]

THREADS, CALLS = 8, 200
LIMIT_SECONDS = 60.0
TITLES = {
    "sdk": "agents.extensions.memory.RedisSession, one redis.asyncio client",
    "ours": "SyncRedisSession(...).as_async(), one redis.Redis",
    "run_sync": "8 threads, run_sync",
    "new_thread": "a thread for each call",
    "asyncio_run": "asyncio.run for each call",
}


def session_maker(store: str, url: str) -> Callable[[str], Any]:
    """Create the shared client; return a function that creates a session on it."""
    if store == "ours":
        import redis

        from openai_agents_session import SyncRedisSession

        client = redis.from_url(url)
        return lambda name: SyncRedisSession(name, client).as_async()
    import redis.asyncio
    from agents.extensions.memory import RedisSession

    shared = redis.asyncio.from_url(url)
    return lambda name: RedisSession(name, redis_client=shared)


def measure(store: str, way: str, url: str) -> None:
    """Make all the calls of one row, and print the outcome."""
    from agents import Agent, RunConfig, Runner
    from scripted_model import ScriptedModel

    make, agent = session_maker(store, url), Agent(name="Companion", model=ScriptedModel())
    config, errors, done = RunConfig(tracing_disabled=True), list[str](), list[str]()

    def call(user: str) -> None:
        session = make(user)
        try:
            if way == "asyncio_run":
                asyncio.run(Runner.run(agent, "Hello", session=session, run_config=config))
            else:
                Runner.run_sync(agent, "Hello", session=session, run_config=config)
            done.append(user)
        except Exception as error:  # noqa: BLE001  errors are counted
            errors.append(f"{type(error).__name__}: {error}")

    def work(thread: int) -> None:
        for number in range(CALLS):
            arguments = (f"{thread}-{number % 20}",)
            if way == "new_thread":
                one = threading.Thread(target=call, args=arguments, daemon=True)
                one.start()
                one.join()
            else:
                call(*arguments)

    started = time.monotonic()
    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, started + LIMIT_SECONDS - time.monotonic()))
    hung = sum(thread.is_alive() for thread in threads)
    print(json.dumps([len(done), len(errors), hung, time.monotonic() - started, errors[:1]]))
    sys.stdout.flush()
    os._exit(0)  # hanging threads would keep the process alive


def report(url: str) -> None:
    print("| session | called by | done | failed | threads hung | seconds |")
    print("|---|---|--:|--:|--:|--:|", flush=True)
    for store in ("sdk", "ours"):
        for way in ("run_sync", "new_thread", "asyncio_run"):
            command = [sys.executable, "-W", "ignore", __file__, "--measure", store, way, url]
            line = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            done, failed, hung, seconds, error = json.loads(line)
            names = f"{TITLES[store]} | {TITLES[way]}"
            print(f"| {names} | {done} | {failed} | {hung} | {seconds:.1f} |", flush=True)
            print(*error, file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        with ExitStack() as stack:
            if sys.argv[1:]:
                address = sys.argv[1]
            else:
                from tests.support.server import Server

                address = stack.enter_context(Server()).url
            report(address)
