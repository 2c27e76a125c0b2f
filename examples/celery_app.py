"""Agents in Celery tasks: one Redis client per worker process, one turn per task.

    celery --app celery_app worker                                  # processes (prefork)
    celery --app celery_app worker --pool threads --concurrency 16

    chat.delay("ada", "Hello").get()   history.delay("ada").get()   reset.delay("ada").get()

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the broker, which also keeps the conversations
LEASE           seconds until a conversation is free after its worker was killed; otherwise 30
"""

import os
from typing import Any

import redis
from agents import Agent, RunConfig, Runner
from celery import Celery, Task
from celery.signals import worker_init, worker_process_init
from scripted_model import ScriptedModel

from openai_agents_session import SyncRedisSession

DAY = 24 * 3600
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
LEASE = float(os.environ.get("LEASE", "30"))
KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(name="Companion", model=None if KEY_GIVEN else ScriptedModel())
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)

app = Celery("celery_app", broker=REDIS_URL, backend=REDIS_URL)
app.conf.task_acks_late = True  # a task whose worker died is delivered again
app.conf.task_reject_on_worker_lost = True


class Worker:
    """State shared by the tasks of this process."""

    redis: redis.Redis


@worker_init.connect  # with --pool threads, tasks run in this process
@worker_process_init.connect  # with prefork, in each of its child processes
def connect(**_: object) -> None:
    Worker.redis = redis.from_url(REDIS_URL)


@app.task(bind=True, autoretry_for=(redis.RedisError,), retry_backoff=True, max_retries=10)
def chat(self: Task, name: str, message: str) -> str | None:
    session = SyncRedisSession(name, Worker.redis, ttl=DAY)
    # A retry and a second delivery have the same id. Tasks of one conversation run in turn.
    with session.turn(self.request.id, blocking_timeout=60, lease=LEASE) as turn:
        if not turn.repeated:
            Runner.run_sync(AGENT, message, session=turn.as_async(), run_config=CONFIG)
    return turn.output_text


@app.task
def history(name: str) -> list[Any]:
    return list(SyncRedisSession(name, Worker.redis, ttl=DAY).get_items())


@app.task(bind=True, autoretry_for=(redis.RedisError,), retry_backoff=True, max_retries=10)
def reset(self: Task, name: str) -> None:
    session = SyncRedisSession(name, Worker.redis, ttl=DAY)
    with session.turn(self.request.id, blocking_timeout=60, lease=LEASE) as turn:
        if not turn.repeated:  # a second delivery must not clear what was said since
            turn.clear_session()
