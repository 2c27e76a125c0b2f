"""Delivers tasks several times, and kills the workers: a program that reports in lines of JSON.

It imports once, and forks its workers: they would take a second to start otherwise. Each task is
one turn of a conversation of its own. Usage: python -m tests.support.deliveries URL API
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import redis
import redis.asyncio

from openai_agents_session import RedisSession, SyncRedisSession

TASKS = 50
DELIVERIES = 3
AT_ONCE = 10  # tasks at a time
LEASE_SECONDS = 0.5
MODEL_SECONDS = 0.05
LAST_SECONDS = 20


@dataclass
class Task:
    """One task, and what became of it."""

    name: str
    at_once: bool  # or one delivery after another
    in_commit: bool  # or at any moment
    killed: list[int] = field(default_factory=list)
    ran: list[int] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    seconds_to_next: float = -1.0


def question(task: str) -> Any:
    return {"role": "user", "content": task}


def answer(task: str) -> Any:
    return {"role": "assistant", "content": f"answer to {task}"}


def work(url: str, task: str, tell: int) -> str | None:
    """Handle one delivery with the blocking API."""
    with (
        redis.Redis.from_url(url) as client,
        SyncRedisSession(task, client).turn(task, lease=LEASE_SECONDS) as turn,
    ):
        if not turn.repeated:
            turn.add_items([question(task)])
            client.rpush(f"ran:{task}", os.getpid())
            time.sleep(MODEL_SECONDS)
            turn.add_items([answer(task)])
            os.write(tell, b".")
    return turn.output_text


async def work_awaited(url: str, task: str, tell: int) -> str | None:
    """Handle one delivery with the async API."""
    async with redis.asyncio.Redis.from_url(url) as client:
        async with RedisSession(task, client).turn(task, lease=LEASE_SECONDS) as turn:
            if not turn.repeated:
                await turn.add_items([question(task)])
                await cast("Any", client).rpush(f"ran:{task}", os.getpid())
                await asyncio.sleep(MODEL_SECONDS)
                await turn.add_items([answer(task)])
                os.write(tell, b".")
        return turn.output_text


class Worker:
    """A process that handles one delivery."""

    def __init__(self, url: str, api: str, task: str) -> None:
        self._told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                if api == "awaited":
                    text = asyncio.run(work_awaited(url, task, tell))
                else:
                    text = work(url, task, tell)
                with redis.Redis.from_url(url) as client:
                    client.rpush(f"answers:{task}", str(text))
            finally:
                os._exit(0)
        os.close(tell)

    def kill(self, *, in_commit: bool) -> None:
        """Kill it at a random moment, or at one after its model has answered."""
        if in_commit:
            os.read(self._told, 1)  # b"" if it ends without a commit
            time.sleep(random.uniform(0, 0.003))
        else:
            time.sleep(random.uniform(0, 2 * MODEL_SECONDS))
        os.kill(self.pid, signal.SIGKILL)  # it is a zombie at least

    def wait(self) -> bool:
        """Wait for its end; return whether it was killed."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self._told)
        return os.WIFSIGNALED(status)


def deliver(url: str, api: str, task: Task) -> None:
    """Deliver a task so often; the last delivery is not killed."""
    waiting: list[Worker] = []
    for number in range(DELIVERIES):
        waiting.append(Worker(url, api, task.name))
        if not task.at_once:
            end(waiting, task, kill=number < DELIVERIES - 1)
    end(waiting, task, kill=True)


def end(workers: list[Worker], task: Task, *, kill: bool) -> None:
    """Kill all workers but the last one, or that one, too, and wait for their ends."""
    for worker in workers[: -1 if task.at_once else None]:
        if kill:
            worker.kill(in_commit=task.in_commit)
    task.killed += [worker.pid for worker in workers if worker.wait()]
    workers.clear()


def audit(url: str, task: Task) -> None:
    """Note what is stored, who ran the model, and how long the next turn waits."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        task.ran = [int(pid) for pid in lines(client, f"ran:{task.name}")]
        task.answers = lines(client, f"answers:{task.name}")
        session = SyncRedisSession(task.name, client)
        started = time.monotonic()
        with session.turn(blocking_timeout=LAST_SECONDS):
            task.seconds_to_next = time.monotonic() - started
        task.stored = [str(dict(item)["content"]) for item in session.get_items()]


def lines(client: redis.Redis, key: str) -> list[str]:
    found: Any = client.lrange(key, 0, -1)
    return [str(line) for line in found]


def handle(url: str, api: str, task: Task) -> None:
    deliver(url, api, task)
    audit(url, task)
    with redis.Redis.from_url(url) as client:
        client.rpush("reports", json.dumps(asdict(task)))


def main(url: str, api: str) -> None:
    # A process for each task. None of them has threads when it forks, which might hold a lock.
    running = 0
    for number in range(TASKS):
        task = Task(f"task-{number}", at_once=number % 2 == 0, in_commit=number % 4 > 1)
        if running == AT_ONCE:
            os.wait()
            running -= 1
        if os.fork() == 0:
            try:
                handle(url, api, task)
            except Exception:  # noqa: BLE001  the test fails on what is printed
                traceback.print_exc()
            finally:
                os._exit(0)
        running += 1
    for _ in range(running):
        os.wait()
    with redis.Redis.from_url(url, decode_responses=True) as client:
        print(*lines(client, "reports"), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
